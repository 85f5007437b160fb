"""What is established about the hours of requests: fetched, incomplete, or not fetched.

DAP's windows are of commit times, and rows are committed late (``meta.ts`` is not the time
of the request), so an hour counts as fetched only when a window that contains it reaches
:data:`LATE` past its end.  Windows that meet or overlap count as one: a chain of jobs.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from logsleuth.filter.tree import Span
from logsleuth.model import times

FEED = "canvas_logs.web_logs"
"""DAP's name of the requests: namespace and table."""

LATE = 10 * times.HOUR
"""Rows may come so late: sites that archive the log wait as long for the day before."""

KEPT = 30 * times.DAY
"""DAP drops what is older (its page "Limits and policies")."""

QUIET_WEEKS = 4
QUIET_OTHERS = 2
QUIET_MEDIAN = 50
QUIET_SHARE = 0.1
"""An hour is quiet when it has less than a tenth of the median of the same hour of the week
in the four weeks before and after, if at least two of those hours have requests and the
median is at least fifty: then a part of the log may be missing upstream."""

CoverageState = Literal["covered", "partial", "none"]

STATE_WORDS: dict[CoverageState, str] = {
    "covered": "fetched",
    "partial": "incomplete or not established",
    "none": "not fetched",
}
"""What a state is called on screen and in reports."""

REASON_WORDS = {
    "imported": "nobody has stated that all is there",
    "recent": "more may still come",
    "quiet": "far quieter than the same hour of other weeks",
    "unfinished": "a job was not finished",
    "rejected": "lines could not be taken in",
    "never_fetched": "never fetched",
    "out_of_range": "no longer offered by DAP",
    "pruned": "pruned",
    "failed": "a job failed",
}
"""What a reason is called; one that is not here ("pruned DATE by WHO") says it itself."""


@dataclass(frozen=True, slots=True)
class Hour:
    """Coverage of one hour of requests that starts at ``start`` (microseconds).

    ``reason`` for ``partial``: ``imported`` (nobody said that all is there), ``recent``
    (later rows may still come), ``quiet``, ``unfinished`` (a job was not finished),
    ``rejected`` (lines of its job could not be taken in); for ``none``: ``never_fetched``,
    ``out_of_range``, ``pruned``, ``failed``; else ``None``.
    """

    start: int
    state: CoverageState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody, or the program, said about a span, and when (all microseconds)."""

    since: int
    until: int
    state: CoverageState
    reason: str | None
    said: int


@dataclass(frozen=True, slots=True)
class Window:
    """Commit times that a job of DAP was asked for, from ``since`` until ``until``.

    ``state``: ``finished``, ``rejected`` (finished, but lines of it could not be taken in),
    ``unfinished`` or ``failed``; ``ended``: when it was finished (microseconds).
    """

    since: int
    until: int
    state: Literal["finished", "rejected", "unfinished", "failed"]
    ended: int


def together(hours: Sequence[Hour]) -> tuple[CoverageState, str | None]:
    """Coverage of a stretch by its hours: all of them, none of them, or in part.

    The reasons are those of the hours that are not covered, each once, in their order.
    """
    states = {hour.state for hour in hours}
    reasons = dict.fromkeys(hour.reason for hour in hours if hour.reason)
    state: CoverageState = states.pop() if len(states) == 1 else "partial"
    return state, ", ".join(reasons) or None


class Coverage:
    """All that was said and fetched; asked hour by hour.

    ``rows`` gives how many requests the cache has in the hour that starts at a moment;
    ``statements`` are in the order in which they were made.
    """

    def __init__(
        self,
        rows: Callable[[int], int],
        statements: Sequence[Statement],
        windows: Sequence[Window],
    ) -> None:
        self._rows = rows
        self._statements = statements[::-1]
        self._windows = windows
        self._chains: dict[int, list[Span]] = {}

    def hour(self, start: int) -> Hour:
        """What is established about the hour that starts at ``start``."""
        end = start + times.HOUR
        said = next(
            (one for one in self._statements if one.since <= start and end <= one.until), None
        )
        if said is not None and said.state == "covered":
            return Hour(start, "covered", None)
        # What was fetched before an hour was pruned went with it.
        chain = self._chain(start, said.said if said and said.reason == "pruned" else 0)
        if chain is not None and chain >= end + LATE:
            return (
                Hour(start, "partial", "quiet")
                if self._quiet(start)
                else Hour(start, "covered", None)
            )
        if chain is not None:
            return Hour(start, "partial", "recent")
        touching = {one.state for one in self._windows if one.since < end and start < one.until}
        if self._rows(start):
            for reason in ("unfinished", "rejected"):
                if reason in touching:
                    return Hour(start, "partial", reason)
            return Hour(start, "partial", "unfinished" if "failed" in touching else "imported")
        if said is not None and said.state == "none":
            return Hour(start, "none", said.reason)
        return Hour(start, "none", "failed" if "failed" in touching else "never_fetched")

    def _chain(self, start: int, after: int) -> int | None:
        """The end of the windows fetched after a moment that hold an hour from its start on."""
        if after not in self._chains:
            self._chains[after] = _joined(
                one for one in self._windows if one.state == "finished" and one.ended > after
            )
        chains = self._chains[after]
        place = bisect_right(chains, start, key=lambda span: span.since or 0) - 1
        if place < 0 or (chains[place].until or 0) <= start:
            return None
        return chains[place].until

    def _quiet(self, start: int) -> bool:
        weeks = (week for week in range(-QUIET_WEEKS, QUIET_WEEKS + 1) if week)
        others = [count for week in weeks if (count := self._rows(start + week * times.WEEK))]
        if len(others) < QUIET_OTHERS:
            return False
        usual = median(others)
        return usual >= QUIET_MEDIAN and self._rows(start) < QUIET_SHARE * usual


def _joined(windows: Iterable[Window]) -> list[Span]:
    """Spans that windows make together, oldest first."""
    found: list[Span] = []
    for window in sorted(windows, key=lambda one: (one.since, one.until)):
        last = found[-1] if found else None
        if last and (last.until or 0) >= window.since:
            found[-1] = Span(last.since, max(last.until or 0, window.until))
        else:
            found.append(Span(window.since, window.until))
    return found
