"""Rows that are read whole, once, and shown in any order: by a column, either way round.

Values, spans and sessions are thousands, where requests are millions; so they are sorted
here, after a thread has read them, and a sort is of all of them, never of a page.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from logsleuth.store.base import Cancel, Partial
from logsleuth.tui.columns import Column
from logsleuth.tui.profiles import Profiles
from logsleuth.tui.window import Slice

R = TypeVar("R")
T = TypeVar("T")

LARGEST_FIRST, SMALLEST_FIRST = "↑", "↓"


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column, and which end comes first."""

    column: str
    largest_first: bool = True

    def turned(self) -> "Sort":
        """The other end first."""
        return Sort(self.column, not self.largest_first)


@dataclass(frozen=True, slots=True)
class Sortable(Generic[R]):
    """A column and what it is sorted by: values that compare, ``None`` always at the end.

    ``largest_first`` is the way round that one wants first.  ``deep`` values are read for
    the rows in sight only; sorting by them has to read them for all rows.
    """

    column: Column[R]
    by: Callable[[R], Any]
    largest_first: bool = True
    deep: bool = False

    def headed(self, sort: Sort) -> Column[R]:
        """The column, with an arrow in its heading where it is the one sorted by."""
        if sort.column != self.column.name:
            return self.column
        heading = self.column.heading + (LARGEST_FIRST if sort.largest_first else SMALLEST_FIRST)
        least, most = (max(width, len(heading)) for width in (self.column.least, self.column.most))
        return replace(self.column, heading=heading, least=least, most=most)


class Reading(Generic[R]):
    """Rows that a thread reads once and everybody keeps; answers until then are so far.

    ``profiles`` say what the requests of a row are made of, where the rows have that;
    ``left_out`` counts the matching requests that no row stands for.
    """

    def __init__(
        self,
        read: Callable[[Cancel], Iterator[Partial[tuple[R, ...]]]],
        profiles: Profiles[Any, Any] | None = None,
    ) -> None:
        self.profiles = profiles
        self.left_out = 0
        self._read = read
        self._lock = threading.Lock()
        self.rows: tuple[R, ...] = ()
        self.complete = False
        self.done = 0
        self.total = 0

    @property
    def counted(self) -> bool:
        """Whether every day was asked, even where comparisons are still to come."""
        return self.complete or 0 < self.total == self.done

    def answers(self, cancel: Cancel) -> Iterator[Partial[tuple[R, ...]]]:
        """The rows so far, and at last all of them.  Called from threads."""
        with self._lock:
            if not self.complete:
                for answer in self._read(cancel):
                    self.rows, self.complete = answer.value, answer.complete
                    self.done, self.total = answer.done, answer.total
                    yield answer
                return
        yield Partial(self.rows, True, self.done, self.total)


def until_counted(answers: Iterator[Partial[T]]) -> Iterator[Partial[T]]:
    """The answers of a ``top`` up to the one whose counts are final; its comparison with
    all requests, which costs as much again, is left."""
    for answer in answers:
        yield answer
        if answer.done == answer.total:
            return


Prepare = Callable[[Sequence[R], Cancel], Iterator[Partial[None]]]
"""Reads what a sort needs to know of all rows."""


def _nothing() -> None:
    return


class SortedRows(Generic[R]):
    """The rows of a reading, those that are kept, sorted, as a listing for a table."""

    def __init__(
        self,
        reading: Reading[R],
        key: Callable[[R], str],
        by: Callable[[R], Any],
        *,
        largest_first: bool,
        keep: Callable[[R], bool],
        learn: Callable[[Sequence[R]], None],
        prepare: Prepare[R] | None = None,
        finish: Callable[[], None] = _nothing,
    ) -> None:
        """``finish`` is called, in the thread that reads, when all rows are there."""
        self._reading = reading
        self._key = key
        self._by = by
        self._largest_first = largest_first
        self._keep = keep
        self._learn = learn
        self._prepare = prepare
        self._finish = finish
        self._complete = False
        self._read: tuple[R, ...] | None = None
        self._sorted: tuple[R, ...] = ()
        self._places: dict[str, int] = {}

    def key(self, row: R) -> str:
        return self._key(row)

    def first(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        for answer in self._listed(cancel):
            yield self._slice(0, limit, len(self._sorted) > limit, answer)

    def last(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        for answer in self._listed(cancel):
            start = max(0, len(self._sorted) - limit)
            yield self._slice(start, len(self._sorted), start > 0, answer)

    def after(self, row: R, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        for answer in self._listed(cancel):
            start = self._places.get(self._key(row), 0) + self.holds(row)
            yield self._slice(start, start + limit, start + limit < len(self._sorted), answer)

    def before(self, row: R, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        for answer in self._listed(cancel):
            end = self._places.get(self._key(row), 0)
            start = max(0, end - limit)
            yield self._slice(start, end, start > 0, answer)

    def holds(self, row: R) -> bool:
        # The same value under another filter is another row: its own figures are shown.
        place = self._places.get(self._key(row))
        return place is not None and self._sorted[place] == row

    def _slice(self, start: int, end: int, more: bool, so_far: Partial[None]) -> Partial[Slice[R]]:
        rows = self._sorted[start:end]
        self._learn(rows)
        return Partial(Slice(rows, more), so_far.complete, so_far.done, so_far.total)

    def _listed(self, cancel: Cancel) -> Iterator[Partial[None]]:
        """Sort what is read, as far as it is."""
        if self._complete:
            yield Partial(None, True)
            return
        for answer in self._reading.answers(cancel):
            if answer.value is self._read and not answer.complete:
                yield Partial(None, False, answer.done, answer.total)
                continue
            self._read = answer.value
            kept = [row for row in answer.value if self._keep(row)]
            if self._prepare is not None:
                if not answer.complete:
                    yield Partial(None, False, answer.done, answer.total)
                    continue
                yield from self._prepare(kept, cancel)
            self._sort(kept)
            if answer.complete:
                self._finish()
                self._complete = True
            yield Partial(None, answer.complete, answer.done, answer.total)

    def _sort(self, rows: Sequence[R]) -> None:
        known = [row for row in rows if self._by(row) is not None]
        known.sort(key=self._by, reverse=self._largest_first)
        self._sorted = (*known, *(row for row in rows if self._by(row) is None))
        self._places = {self._key(row): at for at, row in enumerate(self._sorted)}
