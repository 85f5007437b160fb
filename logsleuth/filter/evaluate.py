"""A filter tested in memory, on one request or one course event.

The meaning is that of the tree: a null never equals, is never in a range, contains
nothing, and is matched by ``not``.
"""

import operator
from collections.abc import Callable, Mapping

from logsleuth.filter.fields import Field, Kind
from logsleuth.filter.tree import (
    All,
    And,
    Contains,
    Equals,
    Glob,
    Match,
    Node,
    Not,
    Or,
    Phrase,
    Present,
    Range,
    Test,
    Within,
)
from logsleuth.filter.wildcard import fold, parts_match
from logsleuth.model import addresses, ids
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog

_ORDER: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_OF_REQUEST: dict[str, Callable[[WebLog], object]] = {
    "actor": lambda request: request.actor,
    "masqueraded": lambda request: request.masqueraded,
    "student_view": lambda request: request.student_view,
    "token": lambda request: request.developer_key_id is not None,
    "write": lambda request: request.write,
    "automatic": lambda request: "unknown" if request.automatic is None else request.automatic,
    "foreign": lambda request: ids.is_foreign(request.user_id),
    "deleted": lambda request: request.deleted_upstream is not None,
}
"""Fields that are no attribute of a request; all others are, by their names."""

_OF_EVENT: dict[str, Callable[[CourseEvent], object]] = {
    "id": lambda event: event.id,
    "timestamp": lambda event: event.created_at,
    "user_id": lambda event: event.user_id,
    "course_id": lambda event: event.course_id,
    "event_type": lambda event: event.event_type,
    "event_source": lambda event: event.event_source,
    "sis_batch_id": lambda event: event.sis_batch_id,
    "account_id": lambda event: event.account_id,
}
"""Fields that an event has itself, when events are filtered."""

_TRACED = frozenset({"signed_in_user_id", "verdict"})
"""Fields of an event that its trace knows."""


def matches(
    node: Node,
    request: WebLog | None,
    event: CourseEvent | None = None,
    own: Mapping[str, object] | None = None,
) -> bool:
    """Whether a request, or (where one is given) a course event, passes the filter.

    With an event, ``request`` is its cause (None: not known, and every field of it
    absent), and ``own`` has what its trace says: ``signed_in_user_id`` and ``verdict``.
    """
    match node:
        case All():
            return True
        case And(parts):
            return all(matches(part, request, event, own) for part in parts)
        case Or(parts):
            return any(matches(part, request, event, own) for part in parts)
        case Not(part):
            return not matches(part, request, event, own)
        case Phrase(text):
            if request is None:
                return False
            return _contains(text, request.url) or _contains(text, request.user_agent)
        case Match(field, test):
            value = _value(field.name, request, event, own or {})
            if field.name == "event_type" and value == "claimed":
                # Canvas documents "unpublished" and writes "claimed".
                return _passes(field, test, value) or _passes(field, test, "unpublished")
            return _passes(field, test, value)


def _value(
    name: str, request: WebLog | None, event: CourseEvent | None, own: Mapping[str, object]
) -> object:
    """What the field holds, None where nothing."""
    if name in _TRACED:
        return own.get(name)
    if event is not None and name in _OF_EVENT:
        return _OF_EVENT[name](event)
    if request is None:
        return None
    computed = _OF_REQUEST.get(name)
    if computed is not None:
        return computed(request)
    return getattr(request, name, None)


def _passes(field: Field, test: Test, value: object) -> bool:
    if value is None:
        return False
    match test:
        case Present():
            return True
        case Equals(wanted):
            return _normal(field, value) == wanted
        case Range(order, bound):
            return isinstance(value, int) and _ORDER[order](value, bound)
        case Within(first, last):
            packed = addresses.pack(str(value))
            return packed is not None and first <= packed <= last
        case Contains(text):
            return _contains(text, str(value))
        case Glob(parts):
            text = _spelling(field, str(value))
            if field.kind is Kind.SEARCHED:
                return parts_match(tuple(fold(part) for part in parts), fold(text))
            return parts_match(parts, text)


def _contains(text: str, value: str | None) -> bool:
    return value is not None and fold(text) in fold(value)


def _normal(field: Field, value: object) -> object:
    """The value as ``Equals`` has it."""
    if not isinstance(value, str):
        return value
    if field.kind is Kind.ADDRESS:
        packed = addresses.pack(value)
        return value if packed is None else packed
    return _spelling(field, value)


def _spelling(field: Field, value: str) -> str:
    """The one spelling of a method, UUID or address; other text as it is."""
    match field.kind:
        case Kind.METHOD:
            return value.upper()
        case Kind.UUID:
            return ids.parse_uuid(value) or value
        case Kind.ADDRESS:
            packed = addresses.pack(value)
            return value if packed is None else addresses.unpack(packed)
    return value
