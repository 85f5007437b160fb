"""What is established about the hours of requests: fetched, incomplete, or not fetched.

DAP's windows are of commit times, and rows are committed late (``meta.ts`` is not the time
of the request), so an hour counts as fetched only when a window that contains it reaches
:data:`LATE` past its end.  Windows that meet or overlap count as one: a chain of jobs.

A job that was given an end leaves out the rows that changed after it; they are in the jobs
that follow.  So it counts only in a chain that goes on to what was the newest when it was
done: to a job without an end, asked for after it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    ``unfinished`` or ``failed``; ``asked`` and ``ended``: when it was asked for and finished
    (microseconds); ``bounded``: it was asked for with an end.
    """

    since: int
    until: int
    state: Literal["finished", "rejected", "unfinished", "failed"]
    ended: int
    asked: int
    bounded: bool


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
        # That DAP does not offer a span any more takes nothing back that was said before.
        self._statements = sorted(statements, key=lambda one: one.reason != "out_of_range")[::-1]
        self._windows = windows
        self._chains: dict[int, tuple[list[Span], list[Span]]] = {}

    def hour(self, start: int) -> Hour:
        """What is established about the hour that starts at ``start``."""
        end = start + times.HOUR
        said = next(
            (one for one in self._statements if one.since <= start and end <= one.until), None
        )
        if said is not None and said.state == "covered":
            return Hour(start, "covered", None)
        # What was fetched before an hour was pruned went with it.
        settled, fetched = self._fetched(said.said if said and said.reason == "pruned" else 0)
        if _reach(settled, start) >= end + LATE:
            return (
                Hour(start, "partial", "quiet")
                if self._quiet(start)
                else Hour(start, "covered", None)
            )
        if _reach(fetched, start) > start:
            return Hour(start, "partial", "recent")
        touching = {one.state for one in self._windows if one.since < end and start < one.until}
        if "unfinished" in touching and self._rows(start):
            return Hour(start, "partial", "unfinished")
        if "rejected" in touching:
            return Hour(start, "partial", "rejected")
        if self._rows(start):
            return Hour(start, "partial", "unfinished" if "failed" in touching else "imported")
        if said is not None and said.state == "none":
            return Hour(start, "none", said.reason)
        return Hour(start, "none", "failed" if "failed" in touching else "never_fetched")

    def _fetched(self, after: int) -> tuple[list[Span], list[Span]]:
        """What was fetched after a moment: what will not change any more, and all of it."""
        if after not in self._chains:
            done = [one for one in self._windows if one.state == "finished"]
            windows = [one for one in done if one.ended > after]
            fetched = _joined(windows)
            self._chains[after] = _joined(_settled(windows, fetched)), fetched
        return self._chains[after]

    def _quiet(self, start: int) -> bool:
        weeks = (week for week in range(-QUIET_WEEKS, QUIET_WEEKS + 1) if week)
        others = [count for week in weeks if (count := self._rows(start + week * times.WEEK))]
        if len(others) < QUIET_OTHERS:
            return False
        usual = median(others)
        return usual >= QUIET_MEDIAN and self._rows(start) < QUIET_SHARE * usual


def _settled(windows: Sequence[Window], chains: Sequence[Span]) -> Iterator[Window]:
    """The windows that nothing is left out of any more."""
    for chain in chains:
        linked = [one for one in windows if (chain.since or 0) <= one.since <= (chain.until or 0)]
        newest = max((one.asked for one in linked if not one.bounded), default=None)
        for one in linked:
            if not one.bounded or (newest is not None and one.ended <= newest):
                yield one


def _reach(chains: Sequence[Span], start: int) -> int:
    """Until when, without a hole, what begins at ``start`` was fetched; 0 if it was not."""
    place = bisect_right(chains, start, key=lambda span: span.since or 0) - 1
    until = (chains[place].until or 0) if place >= 0 else 0
    return until if until > start else 0


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
