"""Every field of a request or a course change, by name, with what it means beside it."""

from collections.abc import Sequence

from logsleuth.filter.fields import BY_NAME
from logsleuth.model import ids
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import COLUMNS, TRUNCATED, UNSPECIFIED, WebLog
from logsleuth.tui import wording
from logsleuth.tui.cells import Cell, Line, Role, line, wrapped
from logsleuth.tui.desk import Desk
from logsleuth.tui.wording import automatic, both_times, course_label, who

LABEL_WIDTH = 13

FIRST = ("remote_ip", "http_method", "url", "http_status", "session_id", "user_agent")
"""Columns that people ask for first."""

SHOWN = FIRST + tuple(name for name in COLUMNS if name not in {*FIRST, "timestamp"})
"""Every column, in the order of the detail; the time stands above them."""

Fact = tuple[str, str, Role]
"""Label, value, and what the value is."""


def summary_facts(request: WebLog, desk: Desk) -> list[Fact]:
    """What people ask of a request first of all: when it was, what it did, who sent it."""
    facts: list[Fact] = [
        ("time", both_times(request.timestamp, desk.zones), Role.STRONG),
        ("what", wording.route_label(request), Role.STRONG),
        ("", automatic(request), Role.PLAIN),
        ("who", who(request, desk.names), Role.ACTING if request.masqueraded else Role.STRONG),
    ]
    if request.masqueraded:
        facts.append(("", "acting as another account", Role.ACTING))
    return facts


def request_facts(request: WebLog, desk: Desk) -> list[Fact]:
    """Every field of a request but its time, what people ask for first on top."""
    names = desk.names
    facts: list[Fact] = []
    if request.deleted_upstream is not None:
        when = both_times(request.deleted_upstream, desk.zones)
        facts.append(("deleted", f"marked as deleted upstream at {when}; kept here", Role.WARN))
    if request.versions > 1:
        facts.append(("versions", f"{request.versions} versions; this is the newest", Role.WARN))
    if request.masked:
        facts.append(("masked", "a secret in the url was masked on import", Role.WARN))
    present = [name for name in SHOWN if getattr(request, name) is not None]
    facts += [_column_fact(request, name, desk) for name in present]
    if request.about_user is not None:
        facts.append(("about", names.label("user", request.about_user), Role.PLAIN))
    absent = [BY_NAME[name].label for name in SHOWN if getattr(request, name) is None]
    if absent:
        facts.append(("absent", ", ".join(absent), Role.MUTED))
    facts.append(("kind", request.kind, Role.PLAIN))
    facts += [
        (name, wording.value(extra), Role.WARN) for name, extra in sorted(request.extra.items())
    ]
    if request.meta_ts is not None:
        facts.append(("committed", both_times(request.meta_ts, desk.zones), Role.MUTED))
    if request.line_sha256:
        facts.append(("line sha-256", request.line_sha256, Role.MUTED))
    if not request.position:
        facts.append(("source", "sent by Canvas with the change; not in the cache", Role.WARN))
    return facts


def _column_fact(request: WebLog, name: str, desk: Desk) -> Fact:
    raw = getattr(request, name)
    label = BY_NAME[name].label
    text, role = str(raw), Role.PLAIN
    match name:
        case "user_id" | "real_user_id":
            text = desk.names.label("user", raw)
            if ids.is_foreign(raw):
                text += " (account of another institution)"
            role = Role.ACTING if name == "real_user_id" and request.masqueraded else role
        case "course_id":
            text = course_label(raw, desk.names)
        case "remote_ip":
            text = desk.networks.beside(raw)
        case "developer_key_id":
            text = desk.names.label("key", raw)
        case "interaction_micros":
            text = f"{wording.number(raw)} µs"
        case "http_status":
            role = Role.ERROR if raw >= 400 else role
        case "participated":
            text = "yes" if raw else "no"
        case "user_agent" if raw in TRUNCATED:
            text, role = "(over 255 characters long, not delivered)", Role.MUTED
        case "web_application_controller" | "web_application_action" if raw == UNSPECIFIED:
            text, role = "(none)", Role.MUTED
    return (label, text, role)


def event_facts(event: CourseEvent, desk: Desk) -> list[Fact]:
    """What Canvas recorded of a course change."""
    names = desk.names
    facts: list[Fact] = [
        ("change", event.label, Role.STRONG),
        ("time", both_times(event.created_at, desk.zones, fraction=False), Role.STRONG),
        ("course", course_label(event.course_id, names) or "–", Role.STRONG),
        ("recorded as", names.label("user", event.user_id) or "(nobody)", Role.STRONG),
    ]
    facts += [
        (field, f"{wording.value(old)} → {wording.value(new)}", Role.PLAIN)
        for field, old, new in event.changes()
    ]
    if event.other_course_id is not None:
        facts.append(("other course", course_label(event.other_course_id, names), Role.PLAIN))
    source = event.event_source or "–"
    facts.append(("source", f"{source}{SOURCES.get(source, '')}", Role.PLAIN))
    if event.sis_batch_id is not None:
        facts.append(("SIS import", str(event.sis_batch_id), Role.PLAIN))
    facts += [
        ("account", names.label("account", event.account_id) or "–", Role.PLAIN),
        ("page view", event.page_view_id or "–", Role.PLAIN),
        ("event id", event.id, Role.PLAIN),
    ]
    return facts


SOURCES = {
    "manual": " (a web form)",
    "api": " (a path under /api/: web page, app or token alike)",
    "sis": " (a SIS import job)",
    "blueprint_sync": " (a blueprint sync)",
    "api_in_app": " (a content migration started in the web page)",
}


def laid_out(facts: Sequence[Fact], width: int) -> list[Line]:
    """Label and value beside each other, long values over several lines, nothing cut."""
    lines: list[Line] = []
    for label, text, role in facts:
        room = max(10, width - LABEL_WIDTH - 1)
        start = Cell(label, Role.MUTED).fitted(LABEL_WIDTH)
        for part in wrapped(text, room, role):
            lines.append(line(start, " ", part))
            start = Cell(" " * LABEL_WIDTH, Role.MUTED)
    return lines
