"""A stretch of time as part of a filter, and the part of the strip that is marked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from logsleuth.filter.fields import field
from logsleuth.filter.tree import And, Match, Node, Range, Span, both, span_of
from logsleuth.tui.timeline.grid import Grid

_TIME = field("timestamp")


def during(span: Span) -> Node:
    """Everything from the span's start (included) until its end (excluded)."""
    since, until = span.since, span.until
    return both(
        *(() if since is None else (Match(_TIME, Range(">=", since)),)),
        *(() if until is None else (Match(_TIME, Range("<", until)),)),
    )


def narrowed(node: Node, span: Span) -> Node:
    """The filter within the span; bounds that this makes needless are left out."""
    kept = (part for part in _conditions(node) if not _holds_all_of(part, span))
    return both(*kept, during(span))


def lifted(node: Node) -> Node:
    """The filter without the bounds of time that all of it is within."""
    return both(*(part for part in _conditions(node) if not _is_bound(part)))


def _conditions(node: Node) -> Iterator[Node]:
    """What all has to be so."""
    if isinstance(node, And):
        for part in node.parts:
            yield from _conditions(part)
    else:
        yield node


def _is_bound(node: Node) -> bool:
    return isinstance(node, Match) and node.field is _TIME and isinstance(node.test, Range)


def _holds_all_of(node: Node, span: Span) -> bool:
    return _is_bound(node) and span_of(node).meet(span) == span


@dataclass(frozen=True, slots=True)
class Selection:
    """Where the cursor stands, and where one began to mark (microseconds); the lane."""

    cursor: int = 0
    mark: int | None = None
    lane: int = 0

    def columns(self, grid: Grid) -> tuple[int, int]:
        """The first and the last column that is marked, or that of the cursor twice."""
        ends = (grid.place(self.cursor), grid.place(self.start))
        return min(ends), max(ends)

    def span(self, grid: Grid) -> Span:
        """The time that is marked."""
        return grid.span(*self.columns(grid))

    def moved(self, grid: Grid, count: int) -> "Selection":
        """The cursor so many columns further right; what is marked goes along."""
        place = max(0, min(grid.place(self.cursor) + count, len(grid) - 1))
        return replace(self, cursor=grid.edges[place])

    @property
    def start(self) -> int:
        """Where what is marked begins: at the cursor, as long as nothing is."""
        return self.cursor if self.mark is None else self.mark
