"""The things one can open a page of: a session, an account, an address, a key, a time,
and what a request is about: a quiz, an assignment, a discussion, a file, a course.

A thing is a filter that shows everything of it, and the words that say what it is.
"""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from logsleuth.filter.building import address_is as address_is
from logsleuth.filter.building import between as between
from logsleuth.filter.building import equal as equal
from logsleuth.filter.building import equal_or_absent as equal_or_absent
from logsleuth.filter.fields import field
from logsleuth.filter.thing import account_is, everything_of
from logsleuth.filter.tree import All, Match, Node, Not, Range, both
from logsleuth.model import times
from logsleuth.model.ids import show_id
from logsleuth.model.networks import Networks
from logsleuth.model.urls import SEGMENTS, ThingKind, named_in
from logsleuth.model.weblog import WebLog
from logsleuth.store import usual
from logsleuth.tui import wording
from logsleuth.tui.names import Names

Scope = Literal["account", "session", "address", "all"]
SCOPES: tuple[Scope, ...] = ("account", "session", "address", "all")

WIDTHS = (1, 5, 10, 30, 60, 6 * 60, 24 * 60, 7 * 24 * 60)
"""Minutes on either side of a row that ``+`` and ``-`` step through."""

_PER_DAY, _PER_HOUR = 24 * 60, 60


@dataclass(frozen=True, slots=True)
class Thing:
    """What a page is about.

    ``crumb`` is its place in the breadcrumb, ``title`` what the page says it is.
    ``related`` are the fields whose top values belong in the headline.
    """

    where: Node
    crumb: str
    title: str
    related: tuple[str, ...] = ()
    oldest_first: bool = False
    note: str = ""


WRITES = equal("write", True)
ERRORS = Match(field("http_status"), Range(">=", 400))


def minute(us: int) -> Node:
    """Requests of the minute that a moment lies in."""
    start = us - us % times.MINUTE
    return between(start, start + times.MINUTE - 1)


def session(request: WebLog, names: Names) -> Thing:
    """The session of a request.  Token calls have none: then it is what the same key,
    account, address and agent sent."""
    whose = names.label("user", request.actor) or "nobody signed in"
    if request.session_id is not None and request.developer_key_id is None:
        return browser_session(request.session_id, whose)
    return Thing(
        both(
            equal_or_absent("developer_key_id", request.developer_key_id),
            equal_or_absent("actor", request.actor),
            address_is(request.remote_ip),
            equal_or_absent("user_agent", request.user_agent),
        ),
        "no session: same client",
        f"same key, account, address and agent ({whose})",
        oldest_first=True,
        note="Calls with a token have no session; this is what the same client sent.",
    )


def browser_session(session_id: str, whose: str) -> Thing:
    """Everything of a session."""
    short = wording.session_short(session_id)
    return Thing(
        equal("session_id", session_id),
        f"session {short}",
        f"session {short} of {whose}",
        ("remote_ip", "user_agent"),
        oldest_first=True,
    )


def other_sessions(request: WebLog, names: Names) -> Thing:
    """What the account signed in did in other sessions within 30 minutes."""
    whose = names.label("user", request.actor)
    return Thing(
        both(usual.near(request), Not(session(request, names).where)),
        "other sessions",
        f"other sessions of {whose} within 30 minutes",
        ("remote_ip", "user_agent"),
        oldest_first=True,
    )


def account(user_id: int, names: Names) -> Thing:
    """Everything that an account did, as itself or as others, and others did as it."""
    label = names.label("user", user_id)
    return Thing(
        account_is(user_id),
        f"account {label}",
        f"account {label}: its own requests, as others, and by others as it",
        ("remote_ip", "user_agent"),
    )


def address(text: str, networks: Networks) -> Thing:
    """Everything from an address."""
    where, title = address_is(text), f"address {networks.beside(text)}"
    return Thing(where, f"address {text}", title, ("actor", "user_agent"))


def key(key_id: int, names: Names) -> Thing:
    """Everything with a developer key."""
    label = names.label("key", key_id)
    return Thing(
        equal("developer_key_id", key_id),
        f"key {label}",
        f"key {label}",
        ("actor", "remote_ip"),
        note="A key is not a token: manual tokens of the whole institution share one key.",
    )


NARROW: dict[ThingKind, str] = {
    "quiz": "quiz_id",
    "assignment": "assignment_id",
    "discussion": "discussion_id",
    "conversation": "conversation_id",
    "file": "",
}
"""What a request can be about within a course or an inbox, and the column that says so."""


def about(request: WebLog, names: Names) -> Thing | None:
    """The narrowest thing that a request is about: the last one that its URL names, else
    one of its columns, else its course; ``None`` if it is about none."""
    in_url = [(one.kind, one.number) for one in named_in(request.url or "") if one.kind in NARROW]
    columns = [(kind, getattr(request, name)) for kind, name in NARROW.items() if name]
    for kind, number in (*reversed(in_url), *columns):
        if number is not None:
            return whole(kind, number, names)
    return course(request, names)


def course(request: WebLog, names: Names) -> Thing | None:
    """The course of a request, by its column or else by its URL."""
    in_url = [one.number for one in named_in(request.url or "") if one.kind == "course"]
    number = next((one for one in (request.course_id, *in_url) if one is not None), None)
    return None if number is None else whole("course", number, names)


def whole(kind: ThingKind, number: int, names: Names) -> Thing:
    """Everything of a course, a quiz, a file, …"""
    words = f"{kind} {show_id(number)}"
    if kind == "course":
        words = wording.course_label(number, names)
    column = "course_id" if kind == "course" else NARROW.get(kind, "")
    in_url = f"/{SEGMENTS[kind][0]}/{show_id(number)} in the url"
    return Thing(
        everything_of(kind, number),
        words,
        f"{words}: {f'{column}:{number}, or ' if column else ''}{in_url}",
        ("actor", "remote_ip"),
    )


@dataclass(frozen=True, slots=True)
class Centre:
    """A moment and who was there: what a page of the time around a row starts from."""

    at: int
    account: int | None
    session: str | None = None
    address: str | None = None

    @classmethod
    def of(cls, request: WebLog) -> "Centre":
        """A request as the middle of a time."""
        return cls(request.timestamp, request.actor, request.session_id, request.remote_ip)

    def scopes(self) -> tuple[Scope, ...]:
        """The scopes that this centre has something for."""
        has = {"account": self.account, "session": self.session, "address": self.address}
        return tuple(scope for scope in SCOPES if scope == "all" or has[scope] is not None)

    def around(self, scope: Scope, minutes: int, names: Names, zone: tzinfo) -> Thing:
        """What happened within so many minutes before and after."""
        reach = minutes * times.MINUTE
        whose: Node = All()
        words = "everybody"
        if scope == "account" and self.account is not None:
            whose = account_is(self.account)
            words = f"account {names.label('user', self.account)}"
        elif scope == "session" and self.session is not None:
            whose = equal("session_id", self.session)
            words = f"session {wording.session_short(self.session)}"
        elif scope == "address" and self.address is not None:
            whose = address_is(self.address)
            words = f"address {self.address}"
        moment = wording.short_time(self.at, zone)
        return Thing(
            both(between(self.at - reach, self.at + reach), whose),
            f"±{reach_words(minutes)}, {words}",
            f"±{reach_words(minutes)} around {moment} {wording.zone_label(zone)}, {words}",
            oldest_first=True,
        )


def reach_words(minutes: int) -> str:
    """``10 min``, ``6 h``, ``7 d``."""
    if minutes >= _PER_DAY:
        return f"{minutes // _PER_DAY} d"
    if minutes >= _PER_HOUR:
        return f"{minutes // _PER_HOUR} h"
    return f"{minutes} min"
