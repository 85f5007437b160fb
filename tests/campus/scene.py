"""Single scenes: a few requests and changes, written down by hand."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from campus.memory import MemoryCatalogue, MemoryStore
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.trace.engine import Tracer
from logsleuth.trace.result import Trace

NOON = times.parse("2026-10-05T12:00:00Z")
COURSE = 5001


def at(seconds: float) -> int:
    """So many seconds after noon."""
    return NOON + round(seconds * times.SECOND)


def _id(*parts: object) -> str:
    """A UUID that is the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, repr(parts)))


def request(seconds: float, **columns: Any) -> WebLog:
    """Teacher 202 updates course 5001 by its API, in a browser; 0.2 s, status 200."""
    made: dict[str, Any] = {
        "id": _id("request", seconds, columns),
        "timestamp": at(seconds),
        "user_id": 202,
        "http_method": "PUT",
        "http_status": 200,
        "url": f"/api/v1/courses/{COURSE}",
        "web_application_controller": "courses",
        "web_application_action": "update",
        "interaction_micros": 200_000,
        "session_id": "3a04b2ff-ede5-3ea6-7c24-da2c1c12ba75",
        "remote_ip": "203.0.113.10",
    }
    made.update(columns)
    return WebLog(**made)


def event(seconds: float, **columns: Any) -> CourseEvent:
    """Course 5001 was published through the API by teacher 202."""
    made: dict[str, Any] = {
        "id": _id("event", seconds, columns),
        "created_at": at(seconds) // times.SECOND * times.SECOND,
        "event_type": "published",
        "event_source": "api",
        "course_id": COURSE,
        "user_id": 202,
        "account_id": 1,
    }
    made.update(columns)
    return CourseEvent(**made)


def tracer(rows: Iterable[WebLog], events: Iterable[CourseEvent], **catalogue: Any) -> Tracer:
    """A tracer over these; the whole day was fetched unless said otherwise."""
    day = NOON - 12 * times.HOUR
    catalogue.setdefault("covered", [(day, day + times.DAY)])
    return Tracer(MemoryStore(rows), MemoryCatalogue(events, **catalogue))


def trace(
    target: CourseEvent,
    rows: Iterable[WebLog],
    others: Sequence[CourseEvent] = (),
    **catalogue: Any,
) -> Trace:
    """The trace of one event among others."""
    return tracer(rows, [target, *others], **catalogue).trace(target)
