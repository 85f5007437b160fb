"""What the made-up campus leaves behind: requests, course events, and the truth."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import msgspec

from logsleuth.model import times

START = times.day_start("2026-10-01")
END = times.day_start("2026-10-31")
GAP = (times.parse("2026-10-17T02:00:00Z"), times.parse("2026-10-17T05:00:00Z"))
"""Three busy evening hours whose requests were never fetched."""

SECOND = times.SECOND
MINUTE = times.MINUTE


class Row(msgspec.Struct, omit_defaults=True, gc=False):
    """The ``value`` of a web_logs record: columns of the DAP schema, nulls left out."""

    timestamp: str
    user_id: int | None = None
    real_user_id: int | None = None
    course_id: int | None = None
    quiz_id: int | None = None
    discussion_id: int | None = None
    conversation_id: int | None = None
    assignment_id: int | None = None
    url: str | None = None
    http_method: str | None = None
    http_status: int | None = None
    http_version: str | None = None
    remote_ip: str | None = None
    interaction_micros: int | None = None
    web_application_controller: str | None = None
    web_application_action: str | None = None
    web_application_context_type: str | None = None
    web_application_context_id: int | None = None
    session_id: str | None = None
    developer_key_id: int | None = None
    participated: bool | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """Who sends a request, from where, with what."""

    user: int | None
    ip: str
    agent: str | None
    session: str | None = None
    key: int | None = None
    real: int | None = None

    def acting_as(self, user: int) -> "Client":
        """The same client after the account signed in has become somebody else."""
        return replace(self, user=user, real=self.user)


@dataclass(frozen=True, slots=True)
class Event:
    """A course event as the audit log has it; ``link`` is the other course's key and id."""

    id: str
    us: int
    type: str
    source: str | None
    course: int
    account: int
    user: int | None
    data: dict[str, Any]
    sis_batch: int | None = None
    link: tuple[str, int] | None = None


@dataclass(slots=True)
class Truth:
    """The request that caused an event, or why there is none to find."""

    cause: str | None
    absent: str | None
    signed_in_user_id: int | None


@dataclass
class Log:
    """Collects what happens.  Every id follows from the seed and the order of calls."""

    seed: int
    rows: list[tuple[int, str, Row]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    truths: dict[str, Truth] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)

    def name(self, what: str) -> str:
        """A fresh id in the form of a UUID."""
        number = self._numbers[what] = self._numbers.get(what, 0) + 1
        plain = hashlib.blake2b(f"{self.seed}/{what}/{number}".encode(), digest_size=16).hexdigest()
        return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"

    def session(self) -> str:
        return self.name("session")

    def request(
        self,
        us: int,
        client: Client,
        method: str,
        url: str,
        controller: str | None,
        action: str | None,
        *,
        status: int = 200,
        course: int | None = None,
        context: tuple[str, int] | None = None,
        assignment: int | None = None,
        quiz: int | None = None,
        discussion: int | None = None,
        conversation: int | None = None,
        participated: bool = False,
        micros: int | None = None,
        version: str = "1.1",
    ) -> str:
        """Log a request at ``us`` microseconds; its id.  In the gap it is lost."""
        request_id = self.name("request")
        if not START <= us < END or GAP[0] <= us < GAP[1]:
            self.lost.add(request_id)
            return request_id
        if micros is None:
            micros = 17_000 + int(request_id[:2], 16) * int(request_id[2:4], 16) * 9
        if context is None and course is not None:
            context = ("Course", course)
        row = Row(
            stamp(us),
            client.user,
            client.real,
            course,
            quiz,
            discussion,
            conversation,
            assignment,
            url,
            method,
            status,
            version,
            client.ip,
            micros,
            controller,
            action,
            context[0] if context else None,
            context[1] if context else None,
            client.session,
            client.key,
            participated,
            client.agent,
        )
        self.rows.append((us, request_id, row))
        return request_id

    def event(
        self,
        us: int,
        kind: str,
        source: str | None,
        course: int,
        user: int | None,
        *,
        account: int,
        cause: str | None = None,
        absent: str | None = None,
        signed_in: int | None = None,
        data: dict[str, Any] | None = None,
        sis_batch: int | None = None,
        link: tuple[str, int] | None = None,
    ) -> str:
        """Log a course event in the second of ``us``, with what truly caused it.

        ``signed_in`` is the account at the keyboard where that is not ``user``.
        """
        event_id = self.name("event")
        whole = us - us % SECOND
        self.events.append(
            Event(event_id, whole, kind, source, course, account, user, data or {}, sis_batch, link)
        )
        if cause in self.lost:
            cause, absent = None, "gap"
        self.truths[event_id] = Truth(cause, absent, signed_in or user)
        return event_id


@lru_cache(maxsize=4096)
def _hour(hours: int) -> str:
    return times.iso(hours * times.HOUR)[:14]


def stamp(us: int) -> str:
    """An instant as DAP writes it: ``2026-10-01T08:15:30.123Z``."""
    hours, rest = divmod(us // 1000, 3_600_000)
    minute, rest = divmod(rest, 60_000)
    second, milli = divmod(rest, 1000)
    return f"{_hour(hours)}{minute:02d}:{second:02d}.{milli:03d}Z"


def at(text: str) -> int:
    """``2026-10-12 22:40:05`` UTC in microseconds."""
    return times.parse(text.replace(" ", "T") + "Z")
