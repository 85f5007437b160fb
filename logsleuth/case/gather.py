"""Evidence gathered from a cache: rows with where they came from, names, and coverage.

Nothing is written here; what was gathered is plain text, ready to be kept in one short
transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from logsleuth.case.errors import CaseError
from logsleuth.case.masking import Masking
from logsleuth.case.model import MOST_ROWS, EvidenceKind
from logsleuth.case.naming import Value, called, named, named_by, people, values
from logsleuth.filter.building import equal
from logsleuth.filter.show import show
from logsleuth.filter.tree import Node, Span, span_of
from logsleuth.model import chain, ids, times
from logsleuth.model.weblog import WebLog
from logsleuth.store import acting
from logsleuth.store.base import ActSpan, Cancel, Partial
from logsleuth.store.cache import Cache
from logsleuth.store.catalogue import Source
from logsleuth.store.stretches import Stretch, stretches
from logsleuth.trace.kept import KeptTraces
from logsleuth.trace.result import Trace

PAGE = 1000
"""Requests asked for at once: a question that is taken back ends soon."""

Advance = Callable[[str, int, int], None]
"""Told what is done (``reading`` or ``copying``), with so many requests, of so many in all (0
while that is not known)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """A request to keep: its time, its text, and the SHA-256 of that, which is its key."""

    key: str
    at: int
    text: str


@dataclass(slots=True)
class Gathered:
    """One piece of evidence, before it is in a case."""

    kind: EvidenceKind
    reference: str
    cache: str
    count: int
    span: Span
    filter: str | None = None
    coverage: list[Stretch] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    event: str | None = None
    event_id: str | None = None
    names: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    values: list[Value] = field(default_factory=list)
    first: int | None = None
    last: int | None = None


class Gatherer:
    """Gathers evidence from one opened cache; usable from any thread."""

    def __init__(
        self, cache: Cache, cancel: Cancel | None = None, progress: Advance | None = None
    ) -> None:
        self._cache = cache
        self._cancel = cancel
        self._progress = progress
        self._sources = {source.id: source for source in cache.catalogue.sources()}

    def request(self, request_id: str) -> Gathered:
        """A request by its id, in any spelling."""
        row = self._cache.requests.request(request_id)
        if row is None:
            raise CaseError(
                f"The cache holds no request {request_id}; 'logsleuth search' lists those it holds."
            )
        node = equal("id", row.id)
        found = self._new("request", row.id, 1, Span(row.timestamp, row.timestamp + 1), node)
        return self._fill(found, [row])

    def session(self, session_id: str) -> Gathered:
        """All requests of a browser session."""
        name = ids.parse_uuid(session_id) or session_id
        rows, count = self._rows(equal("session_id", name))
        if not rows:
            raise CaseError(
                f"The cache holds no session {session_id}; 'logsleuth sessions' lists those it"
                " holds. Calls with a token have none: add them by a filter."
            )
        node = equal("session_id", name)
        return self._fill(self._new("session", name, count, _reach(rows), node), rows)

    def span(self, request_id: str) -> Gathered:
        """The span of acting as another that a request belongs to."""
        row = self._cache.requests.request(request_id)
        spans: tuple[ActSpan, ...] = ()
        if row is not None and row.real_user_id is not None:
            spans = _whole(self._cache.requests.spans(equal("id", row.id), cancel=self._cancel))
        if not spans:
            raise CaseError(
                f"No request {request_id} of somebody who acted as another is in the cache;"
                " 'logsleuth search masqueraded:true' lists those there are."
            )
        return self.act_span(spans[0])

    def act_span(self, span: ActSpan) -> Gathered:
        """A span of acting as another."""
        node = acting.node(span)
        rows, count = self._rows(node)
        reference = f"{span.real_user_id} as {span.user_id}, {show(node)}"
        found = self._new("span", reference, count, Span(span.start, span.end + 1), node)
        return self._fill(found, rows)

    def filter(self, where: Node) -> Gathered:
        """A filter with its result: the newest of its rows, and how many there are."""
        text = show(where)
        if Masking(self._cache)(text) != text:
            raise CaseError(
                "The filter holds what looks like a secret, which no case keeps; look for its"
                " fingerprint, which 'logsleuth fingerprint' tells and the rows hold in its place."
            )
        rows, count = self._rows(where)
        found = self._new("filter", text, count, self._asked(where), where)
        return self._fill(found, rows)

    def event(self, event_id: str) -> Gathered:
        """A course event with its trace as it is now, and the requests that the trace lists."""
        catalogue = self._cache.catalogue
        event = catalogue.event(event_id)
        if event is None:
            raise CaseError(
                f"The cache holds no course event {event_id}; 'logsleuth events' lists those it"
                " holds."
            )
        trace = KeptTraces.of(self._cache).trace(event, self._cancel)
        listed = [cause.request for cause in trace.causes]
        rows = [self._current(cause.request) for cause in trace.causes if _cached(cause.source)]
        at = event.created_at
        span = Span(min([at, *(row.timestamp for row in rows)]), max(at, *_ends(rows)) + 1)
        found = self._new("event", event.id, len(rows), span, None)
        found.event_id = event.id
        found.event = chain.canonical(
            {
                "event": msgspec.to_builtins(msgspec.structs.replace(event, source_id=None)),
                "trace": msgspec.to_builtins(_portable(trace)),
                "page_view": event.page_view_id and catalogue.page_view(event.page_view_id),
                "source": self._keep_source(found, event.source_id),
            }
        )
        found.values += people((event.user_id, trace.signed_in_user_id)) + values(listed)
        found.names += called(catalogue, named_by(event, trace))
        self._fill(found, rows)
        found.first, found.last = at, at
        return found

    def count(self, where: Node) -> int:
        """How many requests match now."""
        return _whole(self._cache.requests.count(where, cancel=self._cancel))

    # Rows

    def _rows(self, where: Node) -> tuple[list[WebLog], int]:
        """The newest matching rows, oldest first, and how many match in all."""
        rows: list[WebLog] = []
        after, more = None, True
        while more and len(rows) < MOST_ROWS:
            page = _whole(
                self._cache.requests.page(
                    where,
                    limit=min(PAGE, MOST_ROWS - len(rows)),
                    after=after,
                    cancel=self._cancel,
                )
            )
            rows += page.rows
            after, more = page.after, page.more
            self._tell("reading", len(rows), 0)
        count = len(rows)
        if more:
            count = max(count, self.count(where))
        return rows[::-1], count

    def _current(self, request: WebLog) -> WebLog:
        return self._cache.requests.request(request.id) or request

    def _fill(self, found: Gathered, rows: Sequence[WebLog]) -> Gathered:
        """Put in the rows, oldest first, and what they name."""
        for done, row in enumerate(rows):
            if self._cancel is not None:
                self._cancel.check()
            if done % PAGE == 0:
                self._tell("copying", done, len(rows))
            found.rows.append(self._row(found, row))
        found.names += called(self._cache.catalogue, named(rows))
        found.values += values(rows)
        if rows:
            found.first, found.last = rows[0].timestamp, rows[-1].timestamp
        return found

    def _tell(self, step: str, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(step, done, total)

    def _row(self, found: Gathered, row: WebLog) -> Row:
        older: Sequence[WebLog] = ()
        if row.versions > 1:
            older = self._cache.requests.older_versions(row.id, at=row.timestamp)
        text = chain.canonical(
            {
                "row": _plain_row(row),
                "older": [_plain_row(one) for one in older],
                "source": self._keep_source(found, row.source_id),
                # No cache knows it so far.
                "line": None,
            }
        )
        return Row(sha256(text.encode()).hexdigest(), row.timestamp, text)

    # What stands beside them

    def _new(
        self, kind: EvidenceKind, reference: str, count: int, span: Span, node: Node | None
    ) -> Gathered:
        return Gathered(
            kind,
            reference,
            self._cache.fingerprint,
            count,
            span,
            None if node is None else show(node),
            stretches(self._cache.catalogue, span),
        )

    def _asked(self, where: Node) -> Span:
        """The span that a filter is about; an open end is that of the cache."""
        bounds = self._cache.requests.bounds()
        asked = span_of(where)
        since, until = asked.since, asked.until
        if bounds.first is not None and bounds.last is not None:
            since = bounds.first if since is None else since
            until = bounds.last + 1 if until is None else until
        return Span(since, until)

    def _keep_source(self, found: Gathered, source_id: int | None) -> str | None:
        """Keep the source of a row; the key that rows name it by."""
        source = None if source_id is None else self._sources.get(source_id)
        if source is None:
            return None
        text = chain.canonical({"cache": found.cache, **_plain_source(source)})
        key = sha256(text.encode()).hexdigest()
        found.sources[key] = text
        return key


def _whole(answers: Iterator[Partial[T]]) -> T:
    *_, answer = answers
    if not answer.complete:
        raise CaseError("The store answered in part only, and no part is kept as if it were all.")
    return answer.value


def _reach(rows: Sequence[WebLog]) -> Span:
    return Span(rows[0].timestamp, rows[-1].timestamp + 1)


def _ends(rows: Sequence[WebLog]) -> list[int]:
    return [row.timestamp for row in rows] or [times.FIRST]


def _cached(source: str) -> bool:
    return source == "web_logs"


def _portable(trace: Trace) -> Trace:
    """A trace without what means something in its cache only."""
    return replace(
        trace,
        causes=tuple(
            replace(
                cause,
                request=msgspec.structs.replace(cause.request, source_id=None, position=""),
            )
            for cause in trace.causes
        ),
    )


def _plain_row(row: WebLog) -> dict[str, Any]:
    """What is known of a request, without what means something in its cache only."""
    plain: dict[str, Any] = msgspec.to_builtins(
        msgspec.structs.replace(row, source_id=None, position="")
    )
    return {name: value for name, value in plain.items() if value is not None}


def _plain_source(source: Source) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(source)
    del plain["id"]
    return plain
