"""Columns of a table, and which of them fit a width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from logsleuth.filter.tree import Node
from logsleuth.tui.cells import Cell

R = TypeVar("R")

NO_LIMIT = 10_000
GAP = 1


def _no_test(row: object) -> Node | None:
    return None


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column.

    ``least`` to ``most`` columns of the terminal wide; where space is short, the column
    with the highest ``rank`` goes first, and those of rank 0 stay.  ``test`` gives the
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


def fitted(columns: Sequence[Column[R]], width: int) -> tuple[Placed[R], ...]:
    """The columns that fit side by side, with a blank between; the space left over goes
    round in turn to those that can use it."""
    chosen = list(columns)
    while _least(chosen) > width and any(column.rank for column in chosen):
        chosen.remove(max(chosen, key=lambda column: column.rank))
    widths = [column.least for column in chosen]
    spare = width - _least(chosen)
    growing = True
    while spare > 0 and growing:
        growing = False
        for at, column in enumerate(chosen):
            if spare > 0 and widths[at] < column.most:
                widths[at] += 1
                spare -= 1
                growing = True
    return tuple(Placed(column, taken) for column, taken in zip(chosen, widths, strict=True))


def _least(columns: Sequence[Column[R]]) -> int:
    return sum(column.least for column in columns) + GAP * max(0, len(columns) - 1)
