"""Course audit documents as Canvas answers them, and as people save them.

The compound document has ``links``, ``events`` and ``linked`` (Canvas
``lib/api/v1/course_event.rb``); saved pages come as a list of such documents, or with the
HTTP answer around them (``{"_http": …, "body": …}``).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from logsleuth.model import ids, times
from logsleuth.model.event import CourseEvent
from logsleuth.model.text import well_formed
from logsleuth.sources import limits
from logsleuth.sources.errors import SourceError

_ACCOUNT = re.compile(r"/audit/course/accounts/(\d+)[?>]")


@dataclass(frozen=True, slots=True)
class LinkedName:
    """What Canvas calls a user, course, account or key: sent along with events, or asked for."""

    kind: str
    id: int
    name: str
    detail: str | None
    sis_id: str | None


@dataclass(slots=True)
class AuditDocument:
    """Events with their raw JSON, what was linked, and what could not be taken in.

    ``rejected`` holds ``(number of the event, reason, raw JSON)``.
    """

    events: list[tuple[CourseEvent, str]] = field(default_factory=list)
    names: list[LinkedName] = field(default_factory=list)
    page_views: dict[str, Any] = field(default_factory=dict)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    read: int = 0


def parse(content: bytes, name: str) -> Any:
    """The JSON of a document; ``SourceError`` if it is none, or larger than one may be."""
    if limits.values(content) > limits.MOST_VALUES or len(content) > limits.LARGEST_DOCUMENT:
        raise SourceError(
            f"{name} is larger than a document may be ({limits.LARGEST_DOCUMENT >> 20} MiB,"
            f" {limits.MOST_VALUES:,} values); split it."
        )
    try:
        loaded = json.loads(content)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise SourceError(f"{name} is not a JSON document: {reason}.") from error
    if limits.too_deep(loaded):
        raise SourceError(f"{name} is not a JSON document of Canvas: it is nested too deep.")
    return loaded


def course_audit(
    loaded: Any, source_id: int, name: str, *, account: int | None = None
) -> AuditDocument:
    """The events of a document, a saved page, or a list of either.

    ``account`` is the account that was asked about, where a page does not say itself.
    """
    found = AuditDocument()
    for number, (owner, page) in enumerate(_pages(loaded, account, name), 1):
        if number > limits.MOST_PAGES:
            raise SourceError(f"{name} holds more than {limits.MOST_PAGES:,} pages; split it.")
        for event in page["events"]:
            found.read += 1
            raw = json.dumps(event, sort_keys=True, ensure_ascii=True)
            try:
                if len(raw) > limits.LONGEST_LINE:
                    raise ValueError("the event is too long")
                if limits.values(raw.encode()) > limits.MOST_VALUES_OF_ONE:
                    raise ValueError("the event holds too many values")
                found.events.append((_event(event, owner, source_id), raw))
            except ValueError as error:
                found.rejected.append((found.read, str(error), raw))
                if len(found.rejected) > limits.MOST_REJECTS:
                    raise SourceError(
                        f"{name} was not imported: more than {limits.MOST_REJECTS:,} of its"
                        f" events could not be read (the first: {found.rejected[0][1]})."
                    ) from error
        linked = page.get("linked")
        if isinstance(linked, dict):
            found.names += _linked(linked)
            for view in _objects(linked.get("page_views")):
                if isinstance(view.get("id"), str):
                    found.page_views[_uuid(view["id"])] = view
    return found


def _pages(loaded: Any, account: int | None, name: str) -> Iterator[tuple[int | None, Any]]:
    if isinstance(loaded, list):
        for page in loaded:
            yield from _pages(page, account, name)
        return
    if isinstance(loaded, dict) and "body" in loaded and "events" not in loaded:
        where = _ACCOUNT.search(json.dumps(loaded.get("_http")))
        yield from _pages(loaded["body"], int(where[1]) if where else account, name)
        return
    if not isinstance(loaded, dict) or not isinstance(loaded.get("events"), list):
        raise SourceError(
            f"{name} holds no course audit document: an object with 'events' was expected."
        )
    yield account, loaded


def _event(event: Any, account: int | None, source_id: int) -> CourseEvent:
    if not isinstance(event, dict):
        raise ValueError("the event is no object")
    event_id, created = event.get("id"), event.get("created_at")
    if not isinstance(event_id, str) or not event_id:
        raise ValueError("the event has no id")
    if not isinstance(created, str):
        raise ValueError("the event has no created_at")
    links = event.get("links")
    links = links if isinstance(links, dict) else {}
    page_view = links.get("page_view")
    return CourseEvent(
        id=_uuid(event_id),
        created_at=times.parse(created),
        event_type=_text(event.get("event_type")),
        event_source=_text(event.get("event_source")),
        account_id=account,
        course_id=_id(links.get("course")),
        user_id=_id(links.get("user")),
        page_view_id=_uuid(page_view) if isinstance(page_view, str) and page_view else None,
        copied_from=_id(links.get("copied_from")),
        copied_to=_id(links.get("copied_to")),
        reset_from=_id(links.get("reset_from")),
        reset_to=_id(links.get("reset_to")),
        sis_batch_id=_id(links.get("sis_batch")),
        event_data=_data(event.get("event_data")),
        source_id=source_id,
    )


def _data(data: Any) -> Any:
    """Older documents hold the event data as a JSON text."""
    if isinstance(data, str):
        try:
            loaded = json.loads(data)
        except (ValueError, RecursionError):
            return data
        return data if limits.too_deep(loaded) else loaded
    return data


def _id(value: Any) -> int | None:
    """Link ids are integers in current Canvas and strings in older documents."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if ids.INT64_MIN <= value <= ids.INT64_MAX else None
    return ids.parse_id(value) if isinstance(value, str) else None


def _uuid(text: str) -> str:
    return ids.parse_uuid(text) or well_formed(text)


def _text(value: Any) -> str | None:
    return None if value is None else well_formed(str(value))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


_NAMED = {
    "user": ("login_id", "sis_user_id"),
    "course": ("course_code", "sis_course_id"),
    "account": (None, "sis_account_id"),
    "key": (None, None),
}
"""Kind of a thing -> where Canvas writes its login or code, and its SIS id."""


def named(kind: str, thing: dict[str, Any]) -> LinkedName | None:
    """What an object of the Canvas API is called; ``None`` if it has no id or no name."""
    number = _id(thing.get("id"))
    if number is None or not thing.get("name"):
        return None
    detail, sis = _NAMED[kind]
    return LinkedName(
        kind,
        number,
        well_formed(str(thing["name"])),
        _text(thing.get(detail)) if detail else None,
        _text(thing.get(sis)) if sis else None,
    )


def _linked(linked: dict[str, Any]) -> Iterator[LinkedName]:
    for kind in ("user", "course"):
        for thing in _objects(linked.get(f"{kind}s")):
            name = named(kind, thing)
            if name:
                yield name
