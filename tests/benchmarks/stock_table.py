"""The rows of a CSV file in Textual's own table, to compare the app with.

python tests/benchmarks/stock_table.py FILE [ROWS]
"""

import csv
import sys
from itertools import islice
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import DataTable


class StockTable(App[None]):
    """Nothing but the table."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, path: Path, rows: int | None) -> None:
        super().__init__()
        self._path = path
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        with self._path.open(newline="") as file:
            lines = csv.reader(file)
            table.add_columns(*next(lines))
            for line in islice(lines, self._rows):
                table.add_row(*map(Text, line))


if __name__ == "__main__":
    StockTable(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else None).run()
