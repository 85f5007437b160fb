"""The columns of requests and of course changes."""

from collections.abc import Sequence

from logsleuth.filter.fields import field
from logsleuth.filter.tree import Contains, Match, Node, Not, Present
from logsleuth.model import addresses
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.tui import things, wording
from logsleuth.tui.cells import Cell, Role
from logsleuth.tui.columns import NO_LIMIT, Column
from logsleuth.tui.desk import Desk

ACTING = "┃"
"""Marks a request in which one account acted as another; below one another, a bar."""

STUDENT_VIEW = "S"
MATCHING = "•"
DELETED = "D"


def request_marks(request: WebLog, *, matching: bool, here: bool) -> Cell:
    """The signs in front of a request: where one came from, acting as, matching."""
    acting = ACTING if request.masqueraded else STUDENT_VIEW if request.student_view else " "
    match = MATCHING if matching else " "
    deleted = DELETED if request.deleted_upstream is not None else " "
    return Cell(f"{'▸' if here else ' '}{acting}{match}{deleted}")


def request_role(request: WebLog) -> Role:
    """The colour of a request: acting as somebody, or sent by itself."""
    if request.masqueraded:
        return Role.ACTING
    return Role.MUTED if request.automatic else Role.PLAIN


def request_columns(
    desk: Desk, marks: Column[WebLog], *, oldest_first: bool
) -> Sequence[Column[WebLog]]:
    """Columns of requests, for the zone shown now."""
    names, zone = desk.names, desk.zone
    when = f"time {wording.zone_label(zone)} {'↓' if oldest_first else '↑'}"
    return (
        marks,
        Column(
            "timestamp",
            when,
            max(14, len(when)),
            max(14, len(when)),
            0,
            lambda row: Cell(wording.short_time(row.timestamp, zone)),
            lambda row: things.minute(row.timestamp),
        ),
        Column(
            "actor",
            "account",
            12,
            34,
            0,
            lambda row: Cell(wording.who(row, names)),
            lambda row: things.equal_or_absent("actor", row.actor),
            "account",
            short=lambda row: Cell(wording.who_short(row, names)),
            good=22,
        ),
        Column(
            "remote_ip",
            "address",
            13,
            32,
            1,
            lambda row: Cell(desk.networks.beside(row.remote_ip)),
            _address_test,
            "address",
            short=lambda row: Cell(row.remote_ip or ""),
            good=28 if desk.networks else 15,
        ),
        Column(
            "http_status",
            "st",
            3,
            3,
            0,
            _status,
            lambda row: things.equal_or_absent("http_status", row.http_status),
            right=True,
        ),
        Column(
            "http_method",
            "method",
            6,
            7,
            3,
            lambda row: Cell(row.http_method or ""),
            lambda row: things.equal_or_absent("http_method", row.http_method),
        ),
        Column(
            "url",
            "url",
            18,
            NO_LIMIT,
            0,
            lambda row: Cell(row.url or ""),
            lambda row: _contains("url", row.path),
            good=44,
        ),
        Column(
            "kind",
            "what it is",
            14,
            30,
            4,
            lambda row: Cell(wording.route_label(row)),
            lambda row: things.equal("kind", row.kind),
            "about",
            good=26,
        ),
        Column(
            "course_id",
            "course",
            12,
            24,
            5,
            lambda row: Cell(wording.course_label(row.course_id, names)),
            lambda row: things.equal_or_absent("course_id", row.course_id),
            "course",
            short=lambda row: Cell(wording.course_short(row.course_id, names)),
        ),
        Column(
            "session_id",
            "session",
            9,
            9,
            6,
            lambda row: Cell(wording.session_short(row.session_id)),
            lambda row: things.equal_or_absent("session_id", row.session_id),
            "session",
        ),
        Column(
            "developer_key_id",
            "key",
            6,
            16,
            7,
            lambda row: Cell(names.label("key", row.developer_key_id)),
            lambda row: things.equal_or_absent("developer_key_id", row.developer_key_id),
            "key",
        ),
        Column(
            "user_agent",
            "agent",
            20,
            60,
            8,
            lambda row: Cell(row.user_agent or ""),
            lambda row: _contains("user_agent", row.user_agent),
        ),
    )


def _status(request: WebLog) -> Cell:
    if request.http_status is None:
        return Cell("")
    return Cell(str(request.http_status), Role.ERROR if request.http_status >= 400 else Role.PLAIN)


def _contains(name: str, text: str | None) -> Node:
    if not text:
        return Not(Match(field(name), Present()))
    return Match(field(name), Contains(text))


def _address_test(request: WebLog) -> Node | None:
    if request.remote_ip is not None and addresses.pack(request.remote_ip) is None:
        return None
    return things.address_is(request.remote_ip)


def another_signed_in(desk: Desk, event: CourseEvent) -> bool:
    """Whether somebody else was signed in than the account that is recorded."""
    trace = desk.traces.get(event)
    known = trace.signed_in_user_id if trace else None
    return known is not None and known != event.user_id


def change_columns(desk: Desk) -> Sequence[Column[CourseEvent]]:
    """Columns of course changes, for the zone shown now."""
    names, zone = desk.names, desk.zone

    def signed_in(event: CourseEvent) -> Cell:
        trace = desk.traces.get(event)
        if trace is None:
            return Cell("…", Role.MUTED)
        if trace.signed_in_user_id is None:
            return Cell("not known", Role.MUTED)
        if trace.signed_in_user_id == event.user_id:
            return Cell("same", Role.MUTED)
        return Cell(names.label("user", trace.signed_in_user_id), Role.ACTING)

    def verdict(event: CourseEvent) -> Cell:
        trace = desk.traces.get(event)
        if trace is None:
            return Cell("…", Role.MUTED)
        return Cell(trace.verdict, VERDICT_ROLES[trace.verdict])

    def verdict_test(event: CourseEvent) -> Node | None:
        trace = desk.traces.get(event)
        return None if trace is None else things.equal("verdict", trace.verdict)

    def signed_in_test(event: CourseEvent) -> Node | None:
        trace = desk.traces.get(event)
        if trace is None:
            return None
        return things.equal_or_absent("signed_in_user_id", trace.signed_in_user_id)

    when = f"time {wording.zone_label(zone)}"

    def mark(event: CourseEvent) -> Cell:
        return Cell(ACTING if another_signed_in(desk, event) else "")

    return (
        Column("marks", "", 1, 1, 0, mark),
        Column(
            "timestamp",
            when,
            max(14, len(when)),
            max(14, len(when)),
            0,
            lambda row: Cell(wording.short_time(row.created_at, zone)),
            lambda row: things.minute(row.created_at),
        ),
        Column(
            "event_type",
            "change",
            8,
            13,
            0,
            lambda row: Cell(row.label),
            lambda row: things.equal_or_absent("event_type", row.event_type),
            good=11,
        ),
        Column(
            "course_id",
            "course",
            6,
            30,
            0,
            lambda row: Cell(wording.course_label(row.course_id, names)),
            lambda row: things.equal_or_absent("course_id", row.course_id),
            short=lambda row: Cell(wording.course_short(row.course_id, names)),
            good=14,
        ),
        Column(
            "user_id",
            "recorded as",
            7,
            26,
            0,
            lambda row: Cell(names.label("user", row.user_id) or "(nobody)"),
            lambda row: things.equal_or_absent("user_id", row.user_id),
            "account",
            good=12,
        ),
        Column(
            "signed_in_user_id",
            "signed in as",
            7,
            26,
            0,
            signed_in,
            signed_in_test,
            "account",
            good=12,
        ),
        Column("verdict", "verdict", 9, 9, 0, verdict, verdict_test),
        Column(
            "event_source",
            "source",
            6,
            8,
            4,
            lambda row: Cell(row.event_source or ""),
            lambda row: things.equal_or_absent("event_source", row.event_source),
        ),
        Column("event_data", "old → new", 18, NO_LIMIT, 5, lambda row: Cell(wording.changed(row))),
    )


VERDICT_ROLES = {
    "exact": Role.GOOD,
    "strong": Role.GOOD,
    "possible": Role.WARN,
    "ambiguous": Role.WARN,
    "none": Role.MUTED,
}
