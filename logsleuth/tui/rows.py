"""Where a table's rows come from: a listing that is read in pages, from any place in it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from logsleuth.filter import evaluate
from logsleuth.filter.tree import Node
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Cancel, Partial, Store
from logsleuth.tui.names import Names
from logsleuth.tui.window import Slice, Window

R = TypeVar("R")


class Rows(Protocol[R]):
    """A listing in a fixed order.  Called from threads; each answer replaces the one
    before it; ``Cancelled`` when the question was taken back."""

    def key(self, row: R) -> str:
        """What tells the row from all others."""
        ...

    def first(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        """The first rows."""
        ...

    def last(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        """The last rows, in the listing's order; ``more`` is about those in front."""
        ...

    def after(self, row: R, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        """The rows that follow ``row``, which need not be one of the listing."""
        ...

    def before(self, row: R, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        """The rows just in front of ``row``, in the listing's order."""
        ...

    def holds(self, row: R) -> bool:
        """Whether the row itself belongs to the listing."""
        ...


@dataclass(frozen=True, slots=True)
class Opened(Generic[R]):
    """A window that was read, and the place in it to stand on."""

    window: Window[R]
    cursor: int
    done: int = 0
    total: int = 0
    complete: bool = True


def around(rows: Rows[R], row: R, limit: int, cancel: Cancel) -> Iterator[Opened[R]]:
    """A window with ``row`` in it, or with the place where it would stand."""
    above: Slice[R] = Slice()
    for answer in rows.before(row, limit, cancel):
        above = answer.value
    middle = (row,) if rows.holds(row) else ()
    for answer in rows.after(row, limit, cancel):
        below = answer.value
        window = Window(above.rows + middle + below.rows, above.more, below.more)
        cursor = max(0, min(len(above.rows), len(window.rows) - 1))
        yield Opened(window, cursor, answer.done, answer.total, answer.complete)


def opening(rows: Rows[R], limit: int, cancel: Cancel) -> Iterator[Opened[R]]:
    """The first window of a listing."""
    for answer in rows.first(limit, cancel):
        window = Window(answer.value.rows, False, answer.value.more)
        yield Opened(window, 0, answer.done, answer.total, answer.complete)


def ending(rows: Rows[R], limit: int, cancel: Cancel) -> Iterator[Opened[R]]:
    """The last window of a listing."""
    for answer in rows.last(limit, cancel):
        window = Window(answer.value.rows, answer.value.more, False)
        cursor = max(0, len(window.rows) - 1)
        yield Opened(window, cursor, answer.done, answer.total, answer.complete)


def returning(
    rows: Rows[R], find: Callable[[], R | None], limit: int, cancel: Cancel
) -> Iterator[Opened[R]]:
    """The window around the row that ``find`` gives, or the first one if it gives none."""
    row = find()
    if row is None:
        return opening(rows, limit, cancel)
    return around(rows, row, limit // 2, cancel)


class ListRows(Generic[R]):
    """Rows that are all at hand."""

    def __init__(self, rows: Sequence[R], key: Callable[[R], str]) -> None:
        self._all = tuple(rows)
        self._key = key

    def key(self, row: R) -> str:
        return self._key(row)

    def first(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        yield Partial(Slice(self._all), complete=True)

    def last(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        return self.first(limit, cancel)

    def after(self, row: R, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        yield Partial(Slice(self._all[self._place(row) + 1 :]), complete=True)

    def before(self, row: R, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[R]]]:
        yield Partial(Slice(self._all[: max(0, self._place(row))]), complete=True)

    def holds(self, row: R) -> bool:
        return self._place(row) >= 0

    def _place(self, row: R) -> int:
        keys = [self._key(other) for other in self._all]
        return keys.index(self._key(row)) if self._key(row) in keys else -1


class RequestRows:
    """Requests that match a tree, in time order."""

    def __init__(
        self, store: Store, names: Names, where: Node, *, oldest_first: bool = False
    ) -> None:
        self.where = where
        self.oldest_first = oldest_first
        self._store = store
        self._names = names

    def key(self, row: WebLog) -> str:
        return row.id

    def first(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[WebLog]]]:
        return self._read(limit, cancel)

    def last(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[WebLog]]]:
        return self._read(limit, cancel, turned=True)

    def after(self, row: WebLog, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[WebLog]]]:
        return self._read(limit, cancel, start=self._position(row))

    def before(self, row: WebLog, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[WebLog]]]:
        return self._read(limit, cancel, start=self._position(row), turned=True)

    def holds(self, row: WebLog) -> bool:
        return bool(row.position) and evaluate.matches(self.where, row)

    def _position(self, row: WebLog) -> str:
        """A cursor at the row; one at its time for a request that is not in the cache."""
        return row.position or self._store.cursor_at(row.timestamp)

    def _read(
        self, limit: int, cancel: Cancel, *, start: str | None = None, turned: bool = False
    ) -> Iterator[Partial[Slice[WebLog]]]:
        """Rows from a place on; ``turned``: towards the listing's start, which is reading
        the other way round, and the only way to learn whether there are more."""
        pages = self._store.page(
            self.where,
            limit=limit,
            after=start,
            oldest_first=self.oldest_first is not turned,
            cancel=cancel,
        )
        for answer in pages:
            page = answer.value
            rows = page.rows[::-1] if turned else page.rows
            self._names.learn_requests(rows)
            yield Partial(Slice(rows, page.more), answer.complete, answer.done, answer.total)
