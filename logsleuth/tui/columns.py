"""Columns of a table, and which of them fit a width."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from logsleuth.filter.tree import Node
from logsleuth.tui.cells import Cell

R = TypeVar("R")

NO_LIMIT = 10_000
GAP = 1

CORE = 3
"""Columns of a higher rank are extras: they come where all others have a good width."""


def _no_test(row: object) -> Node | None:
    return None


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column.

    ``least`` to ``most`` columns of the terminal wide; where space is short, the column
    with the highest ``rank`` goes first, and those of rank 0 stay.  At ``good`` columns it
    reads well.  ``test`` gives the
    filter that a cell stands for, ``opens`` names the kind of page that Enter opens, ``short``
    is what a cell says where there is little room.
    """

    name: str
    heading: str
    least: int
    most: int
    rank: int
    cell: Callable[[R], Cell]
    test: Callable[[R], Node | None] = _no_test
    opens: str = ""
    right: bool = False
    short: Callable[[R], Cell] | None = None
    good: int = 0

    @property
    def title(self) -> str:
        """The heading without the arrow of its order."""
        return self.heading.rstrip("↑↓ ")

    def fitted_cell(self, row: R, width: int) -> Cell:
        """The cell in just that width, in its short form where the long one is too wide."""
        cell = self.cell(row)
        if self.short is not None and cell.width > width:
            cell = self.short(row)
        return cell.fitted(width, right=self.right)


@dataclass(frozen=True, slots=True)
class Placed(Generic[R]):
    """A column that fits, and how wide it is."""

    column: Column[R]
    width: int


def chosen(columns: Sequence[Column[R]], names: Collection[str]) -> Sequence[Column[R]]:
    """The columns of these names, and those of signs, which have no heading; all of them where
    nobody chose, or none has such a name.  Of chosen ones none counts for more than the others:
    where they do not all fit, the last go first."""
    if not any(column.name in names for column in columns):
        return columns
    kept = [column for column in columns if not column.heading or column.name in names]
    return [replace(column, rank=place, good=0) for place, column in enumerate(kept)]


def fitted(columns: Sequence[Column[R]], width: int) -> tuple[Placed[R], ...]:
    """The columns that fit side by side, with a blank between; the space left over goes
    round in turn, first to those that do not read well yet, then to all that can use it."""
    kept = list(columns)
    while _needed(kept) > width and any(column.rank for column in kept):
        kept.remove(max(kept, key=lambda column: column.rank))
    widths = [column.least for column in kept]
    spare = width - _side_by_side(widths)
    for wanted in ([column.good for column in kept], [column.most for column in kept]):
        growing = True
        while spare > 0 and growing:
            growing = False
            for at, most in enumerate(wanted):
                if spare > 0 and widths[at] < most:
                    widths[at] += 1
                    spare -= 1
                    growing = True
    return tuple(Placed(column, taken) for column, taken in zip(kept, widths, strict=True))


def _needed(columns: Sequence[Column[R]]) -> int:
    """The width without which a column has to go."""
    extras = any(column.rank > CORE for column in columns)
    return _side_by_side([max(c.least, c.good) if extras else c.least for c in columns])


def _side_by_side(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * max(0, len(widths) - 1)
