"""Which requests can write which course event: the table, and how a request matches it.

The facts are in ``signatures.json``, read from Canvas's routes and controllers.  The
word that tells a publish from a rename travels in the request's body, which is not
logged; so many events share one signature.
"""

import re
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import UNSPECIFIED, WebLog

Mode = Literal["sync", "async"]
Role = Literal["changed", "old", "source", "target", "blueprint"]

_SAME_TYPE = {"unpublished": "claimed"}
"""Documented types that Canvas writes under another name."""


class Signature(msgspec.Struct, frozen=True):
    """One kind of request, and the events it can write.

    ``request`` is ``controller#action``.  ``seconds`` is how long after the request the
    event comes at most; ``async`` events are written by a job that the request starts.
    ``course`` says which course the path names, ``None`` if it names none.
    """

    events: tuple[str, ...]
    sources: tuple[str, ...]
    request: str
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    mode: Mode
    seconds: int
    course: Role | None

    @property
    def controller(self) -> str:
        return self.request.partition("#")[0]

    @property
    def action(self) -> str:
        return self.request.partition("#")[2]

    def path_of(self, request: WebLog) -> re.Match[str] | None:
        """The match of the request's path, with group ``course`` where the path has one.

        ``None`` if method, path or a logged controller and action say otherwise.
        """
        if not self._takes(request.http_method):
            return None
        if named(request.web_application_controller, self.controller) is False:
            return None
        if named(request.web_application_action, self.action) is False:
            return None
        asked = _SLASHES.sub("/", request.path)
        for path in self.paths:
            found = _pattern(path).fullmatch(asked)
            if found:
                return found
        return None

    def _takes(self, method: str | None) -> bool:
        """Whether the method is the signature's, or may stand for it: Rails takes a POST
        whose body or header names another method for a request of that method."""
        if method in self.methods:
            return True
        return method == "POST" and not _OVERRIDABLE.isdisjoint(self.methods)

    def named_by(self, request: WebLog) -> bool:
        """Whether the log gives controller and action, and they are this signature's."""
        return bool(
            named(request.web_application_controller, self.controller)
            and named(request.web_application_action, self.action)
        )

    def expected_course(self, event: CourseEvent) -> int | None:
        """The course that the path should name for this event; ``None`` if unknown."""
        match self.course:
            case "changed":
                return event.course_id
            case "old":
                return event.reset_from if event.event_type == "reset_from" else event.course_id
            case "source":
                return event.copied_from if event.event_type == "copied_from" else event.course_id
            case "target":
                return event.copied_to if event.event_type == "copied_to" else event.course_id
            case _:
                return None


_OVERRIDABLE = frozenset({"PUT", "PATCH", "DELETE"})
_SLASHES = re.compile("//+")
"""Rails reads several slashes as one."""


def named(logged: str | None, expected: str) -> bool | None:
    """Whether a logged controller or action is the expected one; ``None`` if none is logged."""
    if logged is None or logged == UNSPECIFIED:
        return None
    return logged == expected


class _Table(msgspec.Struct):
    signatures: tuple[Signature, ...]


@cache
def table() -> tuple[Signature, ...]:
    """Every signature."""
    text = resources.files("logsleuth.trace").joinpath("signatures.json").read_bytes()
    return msgspec.json.decode(text, type=_Table).signatures


def signatures_for(event: CourseEvent) -> tuple[Signature, ...]:
    """The signatures of an event's type and source.

    A source that nobody has seen yet takes those of the type from any source; an
    unknown type has none.
    """
    return _lookup(event.event_type, event.event_source)


def signatures_of(request: WebLog) -> tuple[Signature, ...]:
    """The signatures that a request matches, whatever the event."""
    return tuple(s for s in table() if s.path_of(request) is not None)


@cache
def _lookup(event_type: str | None, event_source: str | None) -> tuple[Signature, ...]:
    kind = _SAME_TYPE.get(event_type or "", event_type)
    of_type = tuple(s for s in table() if kind in s.events)
    return tuple(s for s in of_type if event_source in s.sources) or of_type


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """``/courses/:course`` as a pattern; a trailing ``.json`` or slash does not matter."""
    parts = []
    for part in path.strip("/").split("/"):
        if part == ":course":
            parts.append(r"(?P<course>[^/]+?)")
        elif part.startswith(":"):
            parts.append(r"[^/]+?")
        else:
            parts.append(re.escape(part))
    return re.compile("/" + "/".join(parts) + r"(?:\.json)?/?")
