"""The local catalogue: course events, names, coverage, rejects, sources, traces, days.

One small SQLite file in every cache, ``catalogue.db``.  Requests are elsewhere
(:mod:`logsleuth.store.base`); what is here is always local and always whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from logsleuth.filter.tree import Span
from logsleuth.model.event import CourseEvent

EVERYTHING = Span()

NameKind = Literal["user", "course", "key", "account"]
CoverageState = Literal["covered", "partial", "none"]


@dataclass(frozen=True, slots=True)
class Name:
    """What Canvas called a thing, and when it said so (names change).

    ``detail`` is the login of a user, the code of a course; ``sis_id`` its id in the
    student information system.  ``seen_at`` is in microseconds.
    """

    kind: NameKind
    id: int
    name: str
    detail: str | None = None
    sis_id: str | None = None
    seen_at: int | None = None


@dataclass(frozen=True, slots=True)
class Hour:
    """Coverage of one hour of requests that starts at ``start`` (microseconds).

    ``reason`` for ``partial``: ``imported``, ``recent``, ``quiet``, ``unfinished``; for
    ``none``: ``never_fetched``, ``out_of_range``, ``pruned``, ``failed``; else ``None``.
    """

    start: int
    state: CoverageState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A file or download that rows came from, as recorded before it was read."""

    id: int
    name: str
    sha256: str
    size: int
    kind: str
    format: str
    rows: int
    rejected: int
    seen_at: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be taken in: where it stood, why, and its masked bytes."""

    id: int
    source: str
    line: int
    offset: int
    reason: str
    raw: bytes
    seen_at: int


class Catalogue:
    """The catalogue of a cache, for reading; usable from any thread."""

    def events(self, span: Span = EVERYTHING) -> Sequence[CourseEvent]:
        """Course events, newest first (then by id)."""
        raise NotImplementedError

    def event(self, event_id: str) -> CourseEvent | None:
        """A course event by its id, in any spelling of the UUID."""
        raise NotImplementedError

    def page_view(self, page_view_id: str) -> dict[str, Any] | None:
        """A page view object that Canvas sent along with an event, as delivered."""
        raise NotImplementedError

    def name(self, kind: NameKind, number: int) -> Name | None:
        """What a user, course, key or account was last called."""
        raise NotImplementedError

    def names(self, kind: NameKind) -> dict[int, Name]:
        """All known names of a kind."""
        raise NotImplementedError

    def hours(self, span: Span) -> Sequence[Hour]:
        """Coverage of every hour that the (closed) span touches, oldest first."""
        raise NotImplementedError

    def student_view_users(self) -> frozenset[int]:
        """Accounts known to be a course's Test Student."""
        raise NotImplementedError

    def sources(self) -> Sequence[Source]:
        """Every source, in the order of import."""
        raise NotImplementedError

    def rejects(self, limit: int = 0) -> Sequence[Reject]:
        """Rejected lines, newest import first; 0 for all."""
        raise NotImplementedError

    def revision(self, span: Span = EVERYTHING) -> str:
        """Changes whenever requests of the span, any event or any coverage changes."""
        raise NotImplementedError

    def traces(self, event_ids: Iterable[str] | None = None) -> dict[str, tuple[str, str]]:
        """Kept traces: event id -> (revision they were made at, JSON text)."""
        raise NotImplementedError

    def meta(self, key: str) -> str | None:
        """A setting of this cache (``pinned_clock``, …)."""
        raise NotImplementedError
