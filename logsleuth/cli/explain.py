"""The answer of a trace in words, for reading on a terminal."""

from collections.abc import Iterator
from datetime import tzinfo

from logsleuth.model import ids, times
from logsleuth.model.event import CourseEvent
from logsleuth.store.catalogue import Catalogue
from logsleuth.trace import words
from logsleuth.trace.result import Cause, Trace


def names_of(catalogue: Catalogue) -> words.NameOf:
    """What looks up names in the catalogue, each once."""
    known: dict[tuple[words.Named, int], str | None] = {}

    def name(kind: words.Named, number: int) -> str | None:
        if (kind, number) not in known:
            found = catalogue.name(kind, number)
            known[kind, number] = found.name if found else None
        return known[kind, number]

    return name


def explained(event: CourseEvent, trace: Trace, name: words.NameOf, zone: tzinfo) -> Iterator[str]:
    """The lines that tell what changed, who it was, and which requests it may have been.

    They hold text from data that is not yet safe to show.
    """
    where = f"course {course(event, name)}" if event.course_id is not None else "no course"
    yield f"{times.iso_seconds(event.created_at, zone)}  {event.label}, {where}"
    yield f"  event {event.id}, source {event.event_source or '(none)'}"
    yield f"  {words.who(event, trace, name)}"
    yield f"  {trace.verdict}: {trace.reason_text}"
    for number, cause in enumerate(trace.causes, 1):
        yield from _cause(number, cause, zone)
    if trace.verdict == "none":
        yield f"  none: {words.DEFINITIONS['none']}"


def course(event: CourseEvent, name: words.NameOf) -> str:
    """``5001 Biology 101``; empty where the event names no course."""
    if event.course_id is None:
        return ""
    return labelled("course", event.course_id, name)


def labelled(kind: words.Named, number: int, name: words.NameOf) -> str:
    """``202 Miller``; the id alone where no name is known."""
    called = name(kind, number)
    return f"{ids.show_id(number)} {called}" if called else ids.show_id(number)


def _cause(number: int, cause: Cause, zone: tzinfo) -> Iterator[str]:
    request = cause.request
    origin = " (a page view that Canvas sent)" if cause.source == "canvas_page_view" else ""
    yield (
        f"  {number}. {times.iso(request.timestamp, zone)}  {request.http_method} {request.url}  "
        f"status {request.http_status}{origin}"
    )
    parts = [f"request {request.id}", f"from {request.remote_ip or '(no address)'}"]
    if request.session_id:
        parts.append(f"session {request.session_id}")
    if request.developer_key_id is not None:
        parts.append(f"key {request.developer_key_id}")
    yield f"     {', '.join(parts)}"
    yield f"     shows: {', '.join(cause.evidence)}"
    if cause.against:
        yield f"     does not show, or speaks against it: {', '.join(cause.against)}"
