"""The requests of a piece of evidence as the case kept them, whatever the cache holds now."""

from typing import ClassVar

from textual.app import ComposeResult

from logsleuth.filter.tree import Node
from logsleuth.tui.cells import Cell, Role, line
from logsleuth.tui.desk import Desk
from logsleuth.tui.pages.page import Kept
from logsleuth.tui.pages.request_table import RequestTable
from logsleuth.tui.paint import OneLine
from logsleuth.tui.panes.requests import NOTHING
from logsleuth.tui.rows import ListRows
from logsleuth.tui.wording import counted


class KeptPage(RequestTable):
    """Requests from a case."""

    contexts: ClassVar[frozenset[str]] = RequestTable.contexts

    def __init__(self, desk: Desk, kept: Kept) -> None:
        super().__init__(desk)
        self._kept = kept
        self.title_line = OneLine()
        self.why_line = OneLine()

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.why_line
        yield self.table

    def on_mount(self) -> None:
        self.desk.names.learn_requests(self._kept.rows)
        self.title_line.show(line(" ", Cell(self._kept.title, Role.HEADING)))
        count = counted(len(self._kept.rows), "request", "requests")
        self.why_line.show(line(" ", Cell(f"{self._kept.why} {count}, oldest first.", Role.WARN)))
        self.draw_columns()
        self.table.set_empty(("The case kept no request with this evidence.",))
        self.table.open(ListRows(self._kept.rows, lambda row: f"{row.id} {row.timestamp}"))

    @property
    def crumb(self) -> str:
        return self._kept.crumb

    def oldest_first(self) -> bool:
        return True

    def timeline(self) -> Node:
        return NOTHING
