"""Choosing which columns of a table are shown."""

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from logsleuth.tui.desk import Desk
from logsleuth.tui.dialogs import Ticks
from logsleuth.tui.pages.page import Page
from logsleuth.tui.table import RecordTable


class ColumnWork:
    """Lets choose the columns of the page on top; all pages of such rows show the same.

    ``show`` puts a screen on top and passes its answer on; ``redraw`` draws the columns again.
    """

    def __init__(
        self,
        desk: Desk,
        page: Callable[[], Page],
        show: Callable[[Screen[Any], Callable[[Any], None]], object],
        redraw: Callable[[], object],
    ) -> None:
        self._desk = desk
        self._page = page
        self._show = show
        self._redraw = redraw

    def do_columns(self) -> None:
        page, table = self._page(), self._page().main
        if not page.columns_of or not isinstance(table, RecordTable):
            page.say("The columns of this page cannot be chosen.")
            return
        columns = [column for column in table.all_columns if column.heading]
        placed = [one.column.name for one in table.placed]
        ticked = self._desk.columns.get(page.columns_of, placed)

        def answered(wanted: tuple[int, ...] | None) -> None:
            if wanted is not None:
                self._choose(page, table, [columns[at].name for at in wanted])

        headings = [column.title for column in columns]
        ticks = Ticks(
            f"Columns of {page.columns_of}",
            headings,
            [column.name in ticked for column in columns],
        )
        self._show(ticks, answered)

    def _choose(self, page: Page, table: RecordTable[Any], names: list[str]) -> None:
        """Show these columns; with none, as many as there is room for, as at first."""
        if names:
            self._desk.columns[page.columns_of] = tuple(names)
        else:
            self._desk.columns.pop(page.columns_of, None)
        self._redraw()
        without = set(names) - {one.column.name for one in table.placed}
        if without:
            page.say(f"There is no room for {len(without)} of them; a wider window has it.")
        elif not names:
            page.say("The columns are again as many as there is room for.")
