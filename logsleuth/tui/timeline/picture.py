"""What the timeline shows: counts, coverage and changes per column, and lanes."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.store.base import Bucket
from logsleuth.store.coverage import CoverageState, Hour, together
from logsleuth.tui.timeline.grid import Grid


@dataclass(frozen=True, slots=True)
class Figures:
    """Requests, and the errors and writes among them."""

    requests: int = 0
    errors: int = 0
    writes: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.requests + other.requests,
            self.errors + other.errors,
            self.writes + other.writes,
        )

    def __sub__(self, other: "Figures") -> "Figures":
        return Figures(
            self.requests - other.requests,
            self.errors - other.errors,
            self.writes - other.writes,
        )


def total(figures: Iterable[Figures]) -> Figures:
    """The figures put together."""
    return sum(figures, Figures())


@dataclass(frozen=True, slots=True)
class Cover:
    """What the log covers of a column; the reason is empty where it covers all of it."""

    state: CoverageState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """The requests with one value of a field, column by column."""

    label: str
    figures: tuple[Figures, ...]

    @property
    def total(self) -> Figures:
        return total(self.figures)


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the strip draws, column by column of ``grid``.

    ``all_time`` is the time of the filter in the cache, of which a closer look shows a
    part.  ``changes`` counts course changes, ``other_changes`` those before and after all
    columns; ``any_cause`` says that the filter asks for more than a change knows of itself,
    and that changes were not asked for that.  Until it is ``complete``, ``done`` of ``days``
    days are in it, newest first.  ``lanes`` is ``None`` where there are none, or none yet.
    """

    grid: Grid
    all_time: Span
    figures: tuple[Figures, ...]
    covers: tuple[Cover, ...]
    changes: tuple[int, ...]
    other_changes: int = 0
    any_cause: bool = False
    complete: bool = False
    done: int = 0
    days: int = 0
    lanes: tuple[Lane, ...] | None = None

    @property
    def closer(self) -> bool:
        """Whether only a part of the filter's time is in sight."""
        since, until = self.all_time.since or 0, self.all_time.until or 0
        return not (self.grid.edges[0] <= since and until <= self.grid.edges[-1])


def spread(grid: Grid, buckets: Iterable[Bucket]) -> tuple[Figures, ...]:
    """Counts per column from counts per bucket, none of which crosses an edge."""
    found = [Figures()] * len(grid)
    for bucket in buckets:
        place = grid.place(bucket.start)
        found[place] += Figures(bucket.count, bucket.errors, bucket.writes)
    return tuple(found)


def numbers(grid: Grid, moments: Iterable[int]) -> tuple[int, ...]:
    """How many of the moments lie in each column."""
    found = [0] * len(grid)
    for us in moments:
        if grid.holds(us):
            found[grid.place(us)] += 1
    return tuple(found)


def covered(grid: Grid, hours: Sequence[Hour]) -> tuple[Cover, ...]:
    """Coverage per column from that of all hours it touches (oldest first)."""
    starts = [hour.start for hour in hours]
    found = []
    for since, until in zip(grid.edges, grid.edges[1:], strict=False):
        first = bisect_right(starts, since - times.HOUR)
        state, reason = together(hours[first : bisect_left(starts, until)])
        found.append(Cover(state, reason or ""))
    return tuple(found)


def arranged(
    whole: Sequence[Figures], values: Sequence[Lane], absent: Lane, most: int
) -> tuple[Lane, ...]:
    """At most ``most`` lanes that add up to the whole: values, then those without one,
    then all other values.

    Raises:
        ValueError: the lanes hold more than the whole, so they were not counted together.
    """
    kept = list(values)
    while True:
        rest = list(whole)
        for lane in (*kept, absent):
            rest = [left - taken for left, taken in zip(rest, lane.figures, strict=True)]
        if any(min(f.requests, f.errors, f.writes) < 0 for f in rest):
            raise ValueError("lanes hold more than the whole")
        lanes = list(kept)
        if any(figures.requests for figures in absent.figures):
            lanes.append(absent)
        if any(figures.requests for figures in rest):
            lanes.append(Lane("others", tuple(rest)))
        if len(lanes) <= max(most, 2):
            return tuple(lanes)
        kept.pop()
