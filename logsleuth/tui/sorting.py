"""Rows that are read whole, once, and shown in any order: by a column, either way round.

Values, spans and sessions are thousands, where requests are millions; so they are sorted
here, after a thread has read them, and a sort is of all of them, never of a page.
"""

import threading
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
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
        read: Callable[[Cancel], Iterator[Partial[Sequence[R]]]],
        profiles: Profiles[Any, Any] | None = None,
    ) -> None:
        self.profiles = profiles
        self.left_out = 0
        self._read = read
        self._lock = threading.Lock()
        self.rows: Sequence[R] = ()
        self.complete = False
        self.done = 0
        self.total = 0

    @property
    def counted(self) -> bool:
        """Whether every day was asked, even where comparisons are still to come."""
        return self.complete or 0 < self.total == self.done

    def answers(self, cancel: Cancel) -> Iterator[Partial[Sequence[R]]]:
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


@dataclass(frozen=True, slots=True)
class _Order(Generic[R]):
    """Some of the rows in an order: ``numbers`` says which, ``hashes`` are those of their
    keys, which take little room and are looked through in a moment."""

    rows: Sequence[R]
    numbers: "array[int]"
    hashes: "array[int]"

    def at(self, place: int) -> R:
        return self.rows[self.numbers[place]]

    def between(self, start: int, end: int) -> tuple[R, ...]:
        return tuple(self.rows[number] for number in self.numbers[start:end])

    def place(self, wanted: str, key: Callable[[R], str]) -> int | None:
        """Where the row with that key stands."""
        place = -1
        with suppress(ValueError):
            while True:
                place = self.hashes.index(hash(wanted), place + 1)
                if key(self.at(place)) == wanted:
                    return place
        return None


class SortedRows(Generic[R]):
    """The rows of a reading, those that are kept, sorted, as a listing for a table.

    It holds numbers, not rows: these may be made only when they are looked at.
    """

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
        self._order: _Order[R] = _Order((), array("I"), array("q"))

    def key(self, row: R) -> str:
        return self._key(row)

    def first(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        for answer in self._listed(cancel):
            yield self._slice(0, limit, len(self._order.numbers) > limit, answer)

    def last(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        for answer in self._listed(cancel):
            start = max(0, len(self._order.numbers) - limit)
            yield self._slice(start, len(self._order.numbers), start > 0, answer)

    def after(self, row: R, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        for answer in self._listed(cancel):
            start = self._place(row) + self.holds(row)
            yield self._slice(
                start, start + limit, start + limit < len(self._order.numbers), answer
            )

    def before(self, row: R, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        for answer in self._listed(cancel):
            end = self._place(row)
            start = max(0, end - limit)
            yield self._slice(start, end, start > 0, answer)

    def holds(self, row: R) -> bool:
        # The same value under another filter is another row: its own figures are shown.
        order = self._order
        place = order.place(self._key(row), self._key)
        return place is not None and order.at(place) == row

    def named(self, key: str) -> R | None:
        """The row with that key."""
        order = self._order
        place = order.place(key, self._key)
        return None if place is None else order.at(place)

    def _place(self, row: R) -> int:
        """Where a row stands that has the key of this one; the start, if none has."""
        return self._order.place(self._key(row), self._key) or 0

    def _slice(self, start: int, end: int, more: bool, so_far: Partial[None]) -> Partial[Slice[R]]:
        rows = self._order.between(start, end)
        self._learn(rows)
        return Partial(Slice(rows, more), so_far.complete, so_far.done, so_far.total)

    def _listed(self, cancel: Cancel) -> Iterator[Partial[None]]:
        """Sort what is read, as far as it is."""
        if self._complete:
            yield Partial(None, True)
            return
        for answer in self._reading.answers(cancel):
            if answer.value is self._order.rows and not answer.complete:
                yield Partial(None, False, answer.done, answer.total)
                continue
            if self._prepare is not None:
                if not answer.complete:
                    yield Partial(None, False, answer.done, answer.total)
                    continue
                yield from self._prepare([row for row in answer.value if self._keep(row)], cancel)
            self._sort(answer.value)
            if answer.complete:
                self._finish()
                self._complete = True
            yield Partial(None, answer.complete, answer.done, answer.total)

    def _sort(self, rows: Sequence[R]) -> None:
        values: list[Any] = []
        numbers, hashes = array("I"), array("q")
        without, their_hashes = array("I"), array("q")
        for number, row in enumerate(rows):
            if not self._keep(row):
                continue
            if (value := self._by(row)) is None:
                without.append(number)
                their_hashes.append(hash(self._key(row)))
            else:
                values.append(value)
                numbers.append(number)
                hashes.append(hash(self._key(row)))
        order = sorted(range(len(values)), key=values.__getitem__, reverse=self._largest_first)
        self._order = _Order(
            rows,
            array("I", map(numbers.__getitem__, order)) + without,
            array("q", map(hashes.__getitem__, order)) + their_hashes,
        )
