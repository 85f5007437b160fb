"""Requests and events in memory, answering what the trace asks of store and catalogue."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from logsleuth.filter.tree import All, And, Equals, Match, Node, Not, Or, Range, Span, span_of
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Bounds, Cancel
from logsleuth.store.catalogue import Hour


def passes(node: Node, row: WebLog) -> bool:
    """Whether a row matches a tree of the tests that the trace uses."""
    match node:
        case All():
            return True
        case And(parts):
            return all(passes(part, row) for part in parts)
        case Or(parts):
            return any(passes(part, row) for part in parts)
        case Not(part):
            return not passes(part, row)
        case Match(field, Equals(value)):
            return getattr(row, field.name) == value
        case Match(field, Range(operator, value)):
            found = getattr(row, field.name)
            if found is None:
                return False
            return {
                "<": found < value,
                "<=": found <= value,
                ">": found > value,
                ">=": found >= value,
            }[operator]
    raise NotImplementedError(node)


class MemoryStore:
    """The part of a store that the trace asks; every question must have bounds."""

    def __init__(self, rows: Iterable[WebLog]) -> None:
        self.rows = sorted(rows, key=lambda row: row.timestamp)
        self.times = [row.timestamp for row in self.rows]
        self.by_id = {row.id: row for row in self.rows}
        self.by_user: dict[int | None, list[WebLog]] = {}
        for row in self.rows:
            self.by_user.setdefault(row.user_id, []).append(row)
        self.questions = 0

    def bounds(self) -> Bounds:
        if not self.rows:
            return Bounds()
        return Bounds(len(self.rows), self.times[0], self.times[-1])

    def request(self, request_id: str) -> WebLog | None:
        return self.by_id.get(request_id)

    def candidates(self, where: Node, *, limit: int, cancel: Cancel | None = None) -> list[WebLog]:
        self.questions += 1
        span = span_of(where)
        assert span.since is not None
        assert span.until is not None
        assert isinstance(where, And)
        rows = self.rows
        for part in where.parts:
            match part:
                case Match(field, Equals(value)) if field.name == "user_id":
                    rows = self.by_user.get(value, [])  # type: ignore[arg-type]
        start = bisect_left(rows, span.since, key=lambda row: row.timestamp)
        stop = bisect_left(rows, span.until, key=lambda row: row.timestamp)
        return [row for row in rows[start:stop] if passes(where, row)][:limit]


class MemoryCatalogue:
    """Events, page views and coverage.

    ``covered`` are spans that were fetched; hours of ``partial`` are not established
    as complete, and all others were never fetched.
    """

    def __init__(
        self,
        events: Iterable[CourseEvent],
        covered: Sequence[tuple[int, int]] = (),
        partial: Iterable[int] = (),
        page_views: dict[str, dict[str, Any]] | None = None,
        student_views: Iterable[int] = (),
    ) -> None:
        self.all = sorted(events, key=lambda event: (-event.created_at, event.id))
        self.covered = covered
        self.partial = frozenset(partial)
        self.page_views = page_views or {}
        self.student_views = frozenset(student_views)

    def events(self, span: Span = Span()) -> Sequence[CourseEvent]:  # noqa: B008
        assert span.since is not None
        assert span.until is not None
        return [e for e in self.all if span.since <= e.created_at < span.until]

    def page_view(self, page_view_id: str) -> dict[str, Any] | None:
        return self.page_views.get(page_view_id)

    def student_view_users(self) -> frozenset[int]:
        return self.student_views

    def hours(self, span: Span) -> Sequence[Hour]:
        assert span.since is not None
        assert span.until is not None
        first = span.since - span.since % times.HOUR
        found = []
        for start in range(first, span.until, times.HOUR):
            if any(since <= start and start + times.HOUR <= until for since, until in self.covered):
                found.append(Hour(start, "covered", None))
            elif start in self.partial:
                found.append(Hour(start, "partial", "imported"))
            else:
                found.append(Hour(start, "none", "never_fetched"))
        return found
