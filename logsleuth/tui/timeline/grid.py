"""Columns of time: whole minutes, hours, days or weeks of a zone, side by side."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from itertools import pairwise

from logsleuth.filter.tree import Span
from logsleuth.model import times

_QUARTER = 15 * times.MINUTE
"""Offsets of zones are whole quarters of an hour, local mean times of old apart."""

_FIRST_YEAR, _LAST_DAY = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Unit:
    """How long a column is: ``us`` microseconds on an ordinary day."""

    us: int
    label: str


UNITS: tuple[Unit, ...] = (
    *(Unit(n * times.MINUTE, f"{n} min") for n in (1, 2, 5, 10, 15, 30)),
    *(Unit(n * times.HOUR, f"{n} h") for n in (1, 2, 3, 6, 12)),
    Unit(times.DAY, "1 d"),
    # A single request with a date of another century must not push the others off the strip.
    *(Unit(2**n * times.WEEK, f"{2**n} w") for n in range(18)),
)
"""The lengths that a column can have, shortest first."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns that follow one another without gaps.

    Column ``i`` is from ``edges[i]`` (included) to ``edges[i + 1]`` (excluded),
    microseconds.  ``zone`` is the one whose hours and days they are.
    """

    unit: Unit
    zone: tzinfo
    edges: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.edges) - 1

    def span(self, first: int, last: int) -> Span:
        """The time of the columns from ``first`` to ``last``, both included."""
        return Span(self.edges[first], self.edges[last + 1])

    def place(self, us: int) -> int:
        """The column that a moment lies in, the nearest for one outside."""
        return max(0, min(bisect_right(self.edges, us) - 1, len(self) - 1))

    def holds(self, us: int) -> bool:
        """Whether a moment lies in one of the columns."""
        return self.edges[0] <= us < self.edges[-1]

    @property
    def seconds(self) -> int:
        """Counts per so many seconds of UTC can be put together to counts per column."""
        return math.gcd(times.DAY, *self.edges) // times.SECOND


def grid(since: int, until: int, most: int, zone: tzinfo) -> Grid:
    """Columns that hold every instant from ``since`` until ``until`` (excluded), at most
    ``most`` of them and as short as that allows.

    They are in UTC where the zone's hours do not begin on a quarter of one of UTC.
    """
    for unit in UNITS:
        if (until - since) // unit.us > most:
            continue
        edges = _edges(unit, since, until, zone)
        if any(edge % _QUARTER for edge in edges) and unit.us >= _QUARTER:
            zone = UTC
            edges = _edges(unit, since, until, zone)
        if len(edges) - 1 <= max(1, most):
            return Grid(unit, zone, edges)
    whole = Unit(times.LAST + 1 - times.FIRST, "all time")
    return Grid(whole, UTC, (times.FIRST, times.LAST + 1))


def _edges(unit: Unit, since: int, until: int, zone: tzinfo) -> tuple[int, ...]:
    if unit.us <= times.HOUR:
        starts = _even(unit, since, until, zone)
    elif unit.us < times.DAY:
        starts = _hours(unit, since, until, zone)
    else:
        starts = _days(unit, since, until, zone)
    # What the calendar of a zone left out (a day, an hour) makes edges fall together.
    edges = sorted(starts)
    kept = [at for at, after in pairwise(edges) if after > since and at < until]
    return (*kept, next(edge for edge in edges if edge > kept[-1]))


def _even(unit: Unit, since: int, until: int, zone: tzinfo) -> set[int]:
    """Edges evenly apart, beginning as the zone's clock does at ``since``."""
    offset = times.from_us(since, zone).utcoffset()
    shift = 0 if offset is None else round(offset.total_seconds()) * times.SECOND
    first = since - (since + shift) % unit.us
    return set(range(first, until + unit.us, unit.us))


def _hours(unit: Unit, since: int, until: int, zone: tzinfo) -> set[int]:
    """Edges at hours of the zone's clock, which is not evenly when it is put forward."""
    hours = range(0, 24, unit.us // times.HOUR)
    first, last = _day(since, zone), _day(until, zone)
    return {_clamped(day, hour, zone) for day in range(first - 1, last + 2) for hour in hours}


def _days(unit: Unit, since: int, until: int, zone: tzinfo) -> set[int]:
    """Edges at midnights; weeks begin on Mondays."""
    step = unit.us // times.DAY
    first = (_day(since, zone) - 1) // step * step + 1
    return {
        _clamped(day, 0, zone) for day in range(first - step, _day(until, zone) + 2 * step, step)
    }


def _day(us: int, zone: tzinfo) -> int:
    return times.from_us(min(us, times.LAST), zone).toordinal()


def _clamped(day: int, hour: int, zone: tzinfo) -> int:
    """Microseconds of an hour of a day, which may lie outside the calendar."""
    if day < _FIRST_YEAR:
        return times.FIRST
    if day > _LAST_DAY:
        return times.LAST + 1
    return times.to_us(datetime.combine(date.fromordinal(day), time(hour), tzinfo=zone))
