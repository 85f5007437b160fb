"""What speaks for a request as the cause of an event, and what against it.

Every rule of the weighing that concerns one event and one request is here:

- **signature**: method, path, controller and action can write this kind of event;
- **account**: ``user_id`` is the event's account (while somebody acts as somebody, both
  name the account acted as; the one signed in is only in ``real_user_id``);
- **course**: the path, the course column or the context names it; another course there
  rules the request out;
- **outcome**: 2xx and 302 did something; 4xx was refused and caused nothing;
- **time**: the event's second is cut off, and the log does not say whether a request's
  time marks its start or its end.

Scores only put candidates in order.  Times are microseconds.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from logsleuth.model import ids, times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.trace.signatures import Signature

ACCOUNT = 40
COURSE = 30
DONE = 10
FAILED = -40
SAID = 10  # the query itself says event=conclude, or the like
PAGE_BEFORE = 5
INSIDE, CLOSE, NEAR = 20, 12, 4  # how the times agree

SLACK = 2 * times.SECOND
"""Clocks of different machines, and the rest of a cut-off second."""

LATEST = 30 * times.SECOND
"""How long after any request an event that it wrote itself comes at most."""

EVENT_WORDS = {
    "offer": {"published", "unconcluded"},
    "claim": {"claimed", "unpublished"},
    "conclude": {"concluded"},
    "delete": {"deleted"},
    "undelete": {"restored"},
}
"""What ``event=…`` of a request asks Canvas to do, and the events that this writes."""

CLAIMABLE = frozenset(name for names in EVENT_WORDS.values() for name in names)
"""Event types that an ``event=…`` in the query confirms or rules out."""

_EVENT_WORD = re.compile(r"[?&](?:course(?:\[|%5B))?event(?:\]|%5D)?=([a-z]+)", re.I)

CourseFit = Literal["same", "unknown"]
Outcome = Literal["done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A request that may have written an event, and why it may.

    ``tier`` is INSIDE, CLOSE, NEAR for how the times agree (0 for a job's starter);
    ``tight`` is the condition on time of a strong cause.
    """

    request: WebLog
    signature: Signature
    course: CourseFit
    outcome: Outcome
    score: int
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    tier: int = 0
    tight: bool = False

    def plus(
        self,
        score: int,
        evidence: Iterable[str] = (),
        against: Iterable[str] = (),
    ) -> "Weighed":
        """The same request with more to say about it."""
        return replace(
            self,
            score=self.score + score,
            evidence=(*self.evidence, *evidence),
            against=(*self.against, *against),
        )


def fit(event: CourseEvent, request: WebLog, signatures: Iterable[Signature]) -> Weighed | None:
    """Weigh everything but time; ``None`` if the request cannot be the cause."""
    for signature in signatures:
        path = signature.path_of(request)
        if path is not None:
            break
    else:
        return None
    if event.user_id is not None and request.user_id != event.user_id:
        return None
    outcome = outcome_of(request)
    if outcome is None:
        return None
    word = event_word(request)
    if word is not None and event.event_type in CLAIMABLE and event.event_type not in word[1]:
        return None
    course = _course(event, request, signature, path.groupdict().get("course"))
    if course is None:
        return None

    score = 0
    evidence: list[str] = []
    against: list[str] = []
    if event.user_id is None:
        against.append("the audit event names no account")
    else:
        score += ACCOUNT
        evidence.append("same account")
    if request.student_view:
        evidence.append(f"teacher {request.real_user_id} in Student View")
    elif request.masqueraded:
        evidence.append(f"{request.real_user_id} signed in, acting as {request.user_id}")
    fits, words = course
    if fits == "same":
        score += COURSE
        evidence.append(words)
    else:
        against.append(words)
    if word is not None and event.event_type in word[1]:
        score += SAID
        evidence.append(f"event={word[0]} in the query")
    if outcome == "done":
        score += DONE
        evidence.append(f"done with {request.http_status}")
    elif outcome == "failed":
        score += FAILED
        against.append(f"failed with {request.http_status}")
    else:
        against.append("its outcome is not logged")
    if not signature.named_by(request):
        against.append("its controller and action are not logged")
    return Weighed(request, signature, fits, outcome, score, tuple(evidence), tuple(against))


def event_word(request: WebLog) -> tuple[str, set[str]] | None:
    """The ``event=…`` of a request's query and the event types it stands for."""
    found = _EVENT_WORD.search(request.url or "")
    if not found or found[1].lower() not in EVENT_WORDS:
        return None
    return found[1].lower(), EVENT_WORDS[found[1].lower()]


def outcome_of(request: WebLog) -> Outcome | None:
    """Whether the request did something; ``None`` if it was refused (4xx)."""
    status = request.http_status
    if status is None or status < 200:
        return "unknown"
    if status < 300 or status in (302, 303):
        return "done"
    if status < 400:
        return "unknown"
    return None if status < 500 else "failed"


def duration(request: WebLog) -> int:
    """How long the request was served, microseconds; 0 where that is not logged."""
    return max(0, request.interaction_micros or 0)


def by_time(event: CourseEvent, weighed: Weighed) -> Weighed | None:
    """Weigh the time of a request that writes its event itself; ``None`` if it cannot be.

    With ``t`` the request's time and ``d`` how long it took, the event was written in
    ``[t, t + d]`` or in ``[t - d, t]``, and its time is cut to whole seconds.
    """
    request = weighed.request
    t, d, written = request.timestamp, duration(request), event.created_at
    latest = max(d + SLACK, weighed.signature.seconds * times.SECOND)
    if not second(t - d) - SLACK <= written <= t + latest:
        return None
    if second(t - d) <= written <= t + d:
        tier = INSIDE
    elif second(t - d) - SLACK <= written <= t + d + SLACK:
        tier = CLOSE
    else:
        tier = NEAR
    tight = second(t) <= written <= t + d + SLACK
    against: list[str] = []
    if written < second(t):
        against.append(
            f"the change was written {seconds(second(t) - written)} before it was logged"
        )
    elif written > t + d + SLACK:
        against.append(f"the change was written {seconds(written - t - d)} after it ended")
    if request.interaction_micros is None:
        against.append("how long it took is not logged")
    told = weighed.plus(tier, [ahead(event, request)], against)
    return replace(told, tier=tier, tight=tight)


def second(us: int) -> int:
    """An instant cut to its whole second, as Canvas does with audit times."""
    return us - us % times.SECOND


def ahead(event: CourseEvent, request: WebLog) -> str:
    """``0.4 s before``, ``in the same second``, ``1.2 s after``."""
    gap = event.created_at - request.timestamp
    if gap >= 0:
        return f"{seconds(gap)} before"
    return "in the same second" if gap > -times.SECOND else f"{seconds(-gap)} after"


def seconds(us: int) -> str:
    """A length of time for people: ``0.4 s``, ``5 min``, ``2 h 10 min``."""
    if us < 90 * times.SECOND:
        return f"{us / times.SECOND:.1f} s"
    minutes = round(us / times.MINUTE)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def contradictions(
    event: CourseEvent, request: WebLog, signatures: Iterable[Signature]
) -> list[str]:
    """Why a request with the id that Canvas stored cannot be the cause, in words."""
    found = []
    if None not in (event.user_id, request.user_id) and event.user_id != request.user_id:
        found.append(
            f"the request ran as {request.user_id}, the change is recorded for {event.user_id}"
        )
    signature = next((s for s in signatures if s.path_of(request) is not None), None)
    if signature is not None:
        path = signature.path_of(request)
        named = path.groupdict().get("course") if path else None
        if _course(event, request, signature, named) is None:
            found.append("the request names another course")
    elif _column_course(request) not in (None, event.course_id, event.other_course_id):
        found.append("the request names another course")
    if outcome_of(request) is None:
        found.append(f"refused with {request.http_status}")
    gap = event.created_at - request.timestamp
    latest = max([LATEST, *(s.seconds * times.SECOND for s in signatures)])
    if gap < -(duration(request) + SLACK + times.SECOND):
        found.append(f"the request was made {seconds(-gap)} after the change")
    elif gap > duration(request) + latest:
        found.append(f"the request was made {seconds(gap)} before the change")
    return found


def _column_course(request: WebLog) -> int | None:
    """The course in the columns: the course column, else a course as context."""
    if request.course_id is not None:
        return request.course_id
    if request.web_application_context_type == "Course":
        return request.web_application_context_id
    return None


def _course(
    event: CourseEvent, request: WebLog, signature: Signature, in_path: str | None
) -> tuple[CourseFit, str] | None:
    """Whether the request names the event's course, and the words for it.

    ``None`` if it names another one.
    """
    if signature.course == "blueprint":
        return "unknown", "the log names the blueprint course only, not the courses synced from it"
    expected = signature.expected_course(event) if signature.course else event.course_id
    if expected is None:
        return "unknown", "the audit event does not name the course of the request"
    if in_path is not None:
        number = ids.parse_id(in_path)
        same = None if number is None else _same_id(number, expected)
        if same is not None:
            return ("same", "same course in path") if same else None
    for column, words in (
        (request.course_id, "same course in the course column"),
        (
            request.web_application_context_id
            if request.web_application_context_type == "Course"
            else None,
            "same course as context",
        ),
    ):
        if column is None:
            continue
        if _same_id(column, expected):
            return "same", words
        if column != event.other_course_id:
            return None
    return "unknown", "the course is not in the log of the request"


def _same_id(one: int, other: int) -> bool | None:
    """Whether two ids name one object; ``None`` for a local and a global id that may."""
    if one == other:
        return True
    if ids.is_foreign(one) != ids.is_foreign(other) and one % ids.SHARD == other % ids.SHARD:
        return None
    return False
