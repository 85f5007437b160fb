"""A case as plain data: everything that a report, a listing or a screen needs of it.

All of it follows from the case's activity log up to a *revision*, and from the rows that
were copied into the case.  The revision is the number of the last entry that is no
disclosure: to export a case is logged, but what the case says is the same afterwards.

Times are microseconds since the epoch.  Labels (``E1``, ``F2``, ``N3``) are given once and
never again.
"""

from dataclasses import dataclass
from typing import Any, Literal

from logsleuth.filter.tree import Span
from logsleuth.model.chain import Entry, Head
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.catalogue import EVERYTHING, Name
from logsleuth.store.stretches import Stretch
from logsleuth.trace.result import Trace

EvidenceKind = Literal["request", "session", "span", "event", "filter"]
Closing = Literal["substantiated", "unsubstantiated", "inconclusive", "no_incident"]
Confidence = Literal["low", "medium", "high"]
PseudonymKind = Literal["person", "address", "session", "key"]

CLOSINGS: tuple[Closing, ...] = (
    "substantiated",
    "unsubstantiated",
    "inconclusive",
    "no_incident",
)
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")

MOST_ROWS = 50_000
"""Requests that one addition copies at most."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a case is about.

    ``name`` is that of its file.  ``span`` is the time under investigation, ``zone`` an IANA
    name for the times of its report (UTC if ``None``).  ``closed_as`` and ``reason`` are those
    of the last closing, ``None`` while the case is open.
    """

    id: str
    name: str
    title: str
    created_at: int
    created_by: dict[str, Any]
    ticket: str | None = None
    requester: str | None = None
    prepared_for: str | None = None
    prepared_by: str | None = None
    authority: str | None = None
    questions: tuple[str, ...] = ()
    span: Span = EVERYTHING
    zone: str | None = None
    closed_as: Closing | None = None
    reason: str | None = None
    closed_at: int | None = None

    @property
    def open(self) -> bool:
        return self.closed_as is None


@dataclass(frozen=True, slots=True)
class Difference:
    """Evidence for which the cache answered otherwise when the two were compared.

    The evidence itself stays as it was; ``text`` is a sentence, ``entry`` the number of the
    log's entry.
    """

    text: str
    at: int
    entry: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence.

    ``reference`` is what it was asked by: the id of a request, event or session, that of a
    request in a span of acting as another, or the filter's text.  ``filter`` is the query that
    found its requests, with times in UTC; an event has none.  ``count`` requests matched at
    that time, ``copied`` of them, the newest, are in the case.  ``first`` and ``last`` are the
    times of its first and last row; ``None`` where it has none.  ``coverage`` is that of the
    requests' log at that time, for the span the evidence speaks of.  ``cache`` is the
    fingerprint of the cache that answered, ``entry`` the number of the log's entry.
    """

    label: str
    kind: EvidenceKind
    reference: str
    added_at: int
    added_by: dict[str, Any]
    entry: int
    cache: str
    count: int
    copied: int
    first: int | None
    last: int | None
    span: Span
    filter: str | None = None
    coverage: tuple[Stretch, ...] = ()
    requests: tuple[str, ...] = ()
    event_id: str | None = None
    content_sha256: str = ""
    difference: Difference | None = None

    @property
    def cut(self) -> bool:
        """Whether more requests matched than were copied."""
        return self.copied < self.count


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request as it was copied, with where it came from.

    ``key`` tells versions of a request apart that were copied at different times; it is what
    ``Evidence.requests`` lists.  ``source`` is the number of a :class:`KeptSource`.  ``older``
    are the versions that this one had replaced, newest first.  The SHA-256 of the original
    line, where a secret was masked in it, is ``row.line_sha256``; ``line`` is its number in
    the source, where the cache knows it.
    """

    key: str
    row: WebLog
    source: int | None
    line: int | None
    older: tuple[WebLog, ...]
    entry: int


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A course event with its trace as it was made at ``traced_at``.

    The trace carries its rules' version.  ``page_view`` is what Canvas sent along, if so.
    """

    label: str
    event: CourseEvent
    trace: Trace
    traced_at: int
    page_view: dict[str, Any] | None
    source: int | None
    entry: int


@dataclass(frozen=True, slots=True)
class KeptName:
    """What a thing was called when evidence that names it was added."""

    name: Name
    entry: int


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A file or download that kept rows came from, as its cache recorded it.

    ``details`` is what that cache records beside the rest (DAP jobs and objects).
    """

    number: int
    cache: str
    name: str
    sha256: str
    size: int
    kind: str
    format: str
    rows: int
    rejected: int
    seen_at: int
    finished: bool
    error: str | None
    details: dict[str, Any]
    entry: int


@dataclass(frozen=True, slots=True)
class Note:
    """Markdown on a piece of evidence, or on the case where ``on`` is ``None``.

    A note that was written anew keeps its label; the log keeps what it said before.
    """

    label: str
    on: str | None
    text: str
    at: int
    by: dict[str, Any]
    entry: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A word on a piece of evidence, or on the case where ``on`` is ``None``."""

    on: str | None
    tag: str
    at: int
    by: dict[str, Any]
    entry: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What the investigator concludes, how sure, and how else it may have been.

    ``cites`` are labels of evidence.  A finding written anew keeps its label.
    """

    label: str
    statement: str
    confidence: Confidence
    alternative: str
    cites: tuple[str, ...]
    at: int
    by: dict[str, Any]
    entry: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """An export: ``data`` says its kind, purpose, recipient and hash."""

    at: int
    by: dict[str, Any]
    data: dict[str, Any]
    entry: int


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """The number that stands for a value in redacted reports of this case, per kind."""

    kind: PseudonymKind
    value: str
    number: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A case at a revision; the same revision gives the same snapshot, byte for byte.

    ``as_of`` is the time of the revision's entry, ``head`` the chain's head there.
    ``evidence``, ``findings``, ``notes`` and ``tags`` are in the order of their labels or of
    the log; ``requests`` and ``events`` in the order of time.  ``activity`` holds the whole
    log up to the revision.  ``pseudonyms`` are those of the kept rows: people by id (as text)
    in the order of their first addition, so that the numbers tell nothing.
    """

    revision: int
    as_of: int
    head: Head
    header: Header
    evidence: tuple[Evidence, ...]
    requests: tuple[KeptRequest, ...]
    events: tuple[KeptEvent, ...]
    notes: tuple[Note, ...]
    tags: tuple[Tag, ...]
    findings: tuple[Finding, ...]
    names: tuple[KeptName, ...]
    sources: tuple[KeptSource, ...]
    activity: tuple[Entry, ...]
    disclosures: tuple[Disclosure, ...]
    pseudonyms: tuple[Pseudonym, ...]
