"""How the rows of a page are written down elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from logsleuth.filter.tree import Node
from logsleuth.tui.cells import Cell
from logsleuth.tui.columns import Column
from logsleuth.tui.table import RecordTable

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Copies(Generic[R]):
    """The ``rows`` to copy and those ``in_sight``, and what a row is: its ``columns``, one
    ``sentence`` for a ticket, a JSON ``record`` of exact values, and the filter (``node``) of
    what it stands for, where there is one.  ``cell`` is the filter of the cell under the cursor.
    """

    rows: Sequence[R]
    in_sight: Sequence[R]
    columns: Sequence[Column[R]]
    cell: Node | None
    sentence: Callable[[R], str]
    record: Callable[[R], Mapping[str, Any]]
    node: Callable[[R], Node | None]

    @classmethod
    def of(
        cls,
        table: RecordTable[R],
        sentence: Callable[[R], str],
        record: Callable[[R], Mapping[str, Any]],
        node: Callable[[R], Node | None],
    ) -> "Copies[R]":
        """The marked rows of a table, or else the one under its cursor."""
        column, row = table.column, table.row
        cell = None if column is None or row is None else column.test(row)
        columns = [one for one in table.columns if one.heading]
        return cls(table.chosen, table.in_sight, columns, cell, sentence, record, node)

    def in_columns(self, rows: Sequence[R]) -> list[str]:
        """Headings and rows in columns as wide as what stands in them, nothing cut."""
        table = [[Cell(column.heading) for column in self.columns]]
        table += [[column.cell(row) for column in self.columns] for row in rows]
        widths = [max(cells[at].width for cells in table) for at in range(len(self.columns))]
        return [
            "  ".join(
                cell.fitted(width).text for cell, width in zip(cells, widths, strict=True)
            ).rstrip()
            for cells in table
        ]
