"""Numbers, times and rows in words, the same on every page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.ids import show_id
from logsleuth.model.routes import describe
from logsleuth.model.weblog import UNSPECIFIED, WebLog
from logsleuth.store.catalogue import Hour
from logsleuth.tui.names import Names


@dataclass(frozen=True, slots=True)
class Zones:
    """The zone that times are shown in, and the zone of the campus, if one is set."""

    shown: tzinfo = UTC
    campus: tzinfo | None = None

    def turned(self) -> "Zones":
        """The other of campus time and UTC."""
        other = UTC if self.shown is not UTC else self.campus
        return Zones(other or UTC, self.campus)


def number(count: int) -> str:
    """``200,413``."""
    return f"{count:,}"


def counted(count: int, one: str, many: str) -> str:
    """``1 request``, ``214 requests``."""
    return f"{number(count)} {one if count == 1 else many}"


def zone_label(zone: tzinfo) -> str:
    """``UTC``, or the last part of a zone's name: ``Denver``."""
    if zone is UTC:
        return "UTC"
    if isinstance(zone, ZoneInfo):
        return zone.key.rpartition("/")[2].replace("_", " ")
    return str(zone)


def short_time(us: int, zone: tzinfo) -> str:
    """``10-12 16:02:39``."""
    return f"{times.from_us(us, zone):%m-%d %H:%M:%S}"


def minute_time(us: int, zone: tzinfo) -> str:
    """``10-12 16:02``."""
    return f"{times.from_us(us, zone):%m-%d %H:%M}"


def long_time(us: int, zone: tzinfo, *, fraction: bool = True) -> str:
    """``2026-10-12 16:02:39.250``; 6 digits when there are microseconds."""
    text = f"{times.from_us(us, zone):%Y-%m-%d %H:%M:%S}"
    if not fraction:
        return text
    digits = f"{us % times.SECOND:06d}"
    return f"{text}.{digits[:3] if digits.endswith('000') else digits}"


def both_times(us: int, zones: Zones, *, fraction: bool = True) -> str:
    """The zone shown, and the other one: ``2026-10-12 10:02:39.250 -06:00 (16:02:39.250 UTC)``.

    ``fraction`` is false for course changes, which Canvas stores in whole seconds.
    """
    shown = _zoned(us, zones.shown, fraction=fraction)
    other = zones.campus if zones.shown is UTC else UTC
    if other is None or other is zones.shown:
        return shown
    beside = _zoned(us, other, fraction=fraction)
    return f"{shown} ({beside[11:] if beside[:10] == shown[:10] else beside})"


def _zoned(us: int, zone: tzinfo, *, fraction: bool) -> str:
    offset = "UTC" if zone is UTC else times.offset(times.from_us(us, zone))
    return f"{long_time(us, zone, fraction=fraction)} {offset}"


def span(first: int, last: int, zone: tzinfo) -> str:
    """``2026-10-01 00:00 → 10-30 23:59 UTC``."""
    start, end = times.from_us(first, zone), times.from_us(last, zone)
    form = "%m-%d %H:%M" if start.year == end.year else "%Y-%m-%d %H:%M"
    return f"{start:%Y-%m-%d %H:%M} → {end.strftime(form)} {zone_label(zone)}"


def dates(first: int, last: int, zone: tzinfo) -> str:
    """``2026-10-01 → 10-30 UTC``."""
    start, end = times.from_us(first, zone), times.from_us(last, zone)
    form = "%m-%d" if start.year == end.year else "%Y-%m-%d"
    return f"{start:%Y-%m-%d} → {end.strftime(form)} {zone_label(zone)}"


def gaps(hours: Sequence[Hour], zone: tzinfo) -> list[str]:
    """Runs of hours that were not fetched: ``10-17 02–05``, in the zone shown."""
    runs: list[tuple[int, int]] = []
    for hour in hours:
        if hour.state != "none":
            continue
        if runs and runs[-1][1] == hour.start:
            runs[-1] = (runs[-1][0], hour.start + times.HOUR)
        else:
            runs.append((hour.start, hour.start + times.HOUR))
    found = []
    for first, last in runs:
        start, end = times.from_us(first, zone), times.from_us(last, zone)
        form = "%H" if start.date() == end.date() else "%m-%d %H"
        found.append(f"{start:%m-%d %H}–{end.strftime(form)}")
    return found


def who(request: WebLog, names: Names) -> str:
    """``202 Miller``; ``101 Ortiz as 202 Miller``; ``101 Ortiz in Student View``."""
    user = names.label("user", request.user_id) or "(no account)"
    if request.real_user_id is None:
        return user
    real = names.label("user", request.real_user_id)
    return f"{real} in Student View" if request.student_view else f"{real} as {user}"


def who_short(request: WebLog, names: Names) -> str:
    """``101 as 202``: who, where there is no room for names."""
    if request.real_user_id is None or request.user_id is None:
        return who(request, names)
    real = show_id(request.real_user_id)
    return f"{real} in SV" if request.student_view else f"{real} as {show_id(request.user_id)}"


def code_path(request: WebLog) -> str:
    """``courses#update``; ``(none)`` where DAP knew of no controller."""
    controller = request.web_application_controller
    action = request.web_application_action
    if controller in (UNSPECIFIED, None) and action in (UNSPECIFIED, None):
        return "(none)"
    return f"{controller or '(none)'}#{action or '(none)'}"


def route_label(request: WebLog) -> str:
    """What the request is, in plain English; its controller where no rule says more."""
    label = describe(
        request.http_method,
        request.web_application_controller,
        request.web_application_action,
        request.url or "",
    )
    return label or code_path(request)


def automatic(request: WebLog) -> str:
    """Whether page or app sent the request by itself, in words that claim no more."""
    if request.automatic is None:
        return "not classified"
    if request.automatic:
        return "sent automatically by page or app"
    if request.write:
        return "a change was sent (consistent with a person, not proof)"
    return "page opened (consistent with a person, not proof)"


def session_short(session_id: str | None) -> str:
    """``9f3a1c20…``: enough of a session to know it again."""
    if not session_id:
        return ""
    return f"{session_id[:8]}…" if len(session_id) > 12 else session_id


def request_sentence(request: WebLog, names: Names, zones: Zones) -> str:
    """A request as one sentence for a ticket."""
    address = request.remote_ip or "an unknown address"
    status = "no status" if request.http_status is None else f"status {request.http_status}"
    method = request.http_method or "(no method)"
    return (
        f"At {both_times(request.timestamp, zones)}, account {who(request, names)} "
        f"from {address}: {method} {request.url or '(no url)'}, {status}, "
        f"request id {request.id}."
    )


def course_short(course_id: int | None, names: Names) -> str:
    """A course by its name, or by its id where there is no name."""
    if course_id is None:
        return ""
    return names.text("course", course_id) or f"course {show_id(course_id)}"


def course_label(course_id: int | None, names: Names) -> str:
    """``Biology 101 (5001)``: a course by its name first, since people know it so."""
    if course_id is None:
        return ""
    name = names.text("course", course_id)
    return f"{name} ({show_id(course_id)})" if name else f"course {show_id(course_id)}"


def value(thing: object) -> str:
    """An old or new value as it was: text in quotes, nothing as ``(none)``."""
    return "(none)" if thing is None else json.dumps(thing, ensure_ascii=False)


def changed(event: CourseEvent) -> str:
    """What a change changed, on one line: ``name: "Old" → "New"``."""
    return " · ".join(f"{name}: {value(old)} → {value(new)}" for name, old, new in event.changes())


def event_sentence(event: CourseEvent, names: Names, zones: Zones) -> str:
    """A course change as one sentence for a ticket."""
    course = course_label(event.course_id, names) or "an unknown course"
    recorded = names.label("user", event.user_id) or "nobody"
    what = f" ({changed(event)})" if event.changes() else ""
    when = both_times(event.created_at, zones, fraction=False)
    return (
        f"At {when}, course {course}: {event.label}{what}, "
        f"recorded as {recorded}, event id {event.id}."
    )
