"""The changes that one request, or one span of acting as another, caused."""

from typing import ClassVar

from logsleuth.filter.tree import All
from logsleuth.tui.cells import Cell, Role, line
from logsleuth.tui.changes import ChangeRows
from logsleuth.tui.desk import Desk
from logsleuth.tui.pages.change_table import ChangeTable
from logsleuth.tui.pages.page import CausedBy
from logsleuth.tui.wording import counted


class CausedPage(ChangeTable):
    """Course changes that are traced to a request, or to those of a span."""

    contexts: ClassVar[frozenset[str]] = ChangeTable.contexts

    def __init__(self, desk: Desk, caused: CausedBy) -> None:
        super().__init__(desk)
        self._caused = caused

    @property
    def crumb(self) -> str:
        return "changes it caused"

    def make_rows(self) -> ChangeRows:
        desk = self.desk
        changes = self._caused.changes
        return ChangeRows(desk.catalogue, desk.traces, desk.names, All(), events=changes)

    def draw_titles(self) -> None:
        title = f"Changes traced to {self._caused.what}"
        self.title_line.show(line(" ", Cell(title, Role.HEADING)))
        count = counted(len(self._caused.changes), "course change", "course changes")
        self.counts_line.show(line(" ", Cell(count, Role.STRONG), ": the verdict says how sure"))
