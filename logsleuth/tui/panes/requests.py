"""The Requests pane: everything that reached Canvas, newest first."""

from collections.abc import Sequence
from dataclasses import replace

from logsleuth.filter.tree import All, Node, Not
from logsleuth.model.weblog import WebLog
from logsleuth.tui import filters
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.desk import Desk
from logsleuth.tui.pages.listing import Listing, View
from logsleuth.tui.remembering import Shown
from logsleuth.tui.wording import number

NOTHING = Not(All())
"""A tree that no row matches."""


class RequestsPane(Listing):
    """All requests that match the global filter."""

    def __init__(self, desk: Desk) -> None:
        self._filter = desk.filter
        self._left_on = ""
        super().__init__(desk)

    @property
    def crumb(self) -> str:
        return "Requests"

    def base(self) -> Node:
        node = self._filter.node
        return NOTHING if filters.only_of_events(node) else node

    def empty(self) -> Sequence[str]:
        if fields := filters.only_of_events(self._filter.node):
            names = ", ".join(field.name for field in fields)
            return (
                f"The filter asks for {names}, which only course changes have.",
                "2 shows the changes that match; Backspace takes the filter back.",
            )
        if not self._filter.empty:
            return ("No request matches the filter.", "Backspace takes it back, / changes it.")
        return (
            "There are no requests in this cache.",
            "Fetch some with 'logsleuth import PATH', or try 'logsleuth demo'.",
        )

    def tally(self) -> Line:
        rows = self.desk.bounds.rows
        if self.split.total is None:
            return (Cell("counting…", Role.MUTED),)
        return (Cell(f"{self.split.total} of {number(rows)}"),)

    def came_up(self) -> None:
        if self._filter is not self.desk.filter:
            near = self.near()
            self._filter = self.desk.filter
            self._show(View(self.base(), self.view.hide_automatic, self.view.oldest_first), near)

    def kept(self) -> Shown:
        return {
            "oldest_first": self.view.oldest_first,
            "hide_automatic": self.view.hide_automatic,
            **self.table.kept(),
        }

    def recall(self, kept: Shown) -> None:
        self.view = replace(
            self.view,
            oldest_first=kept.get("oldest_first") is True,
            hide_automatic=kept.get("hide_automatic") is True,
        )
        self._left_on = self.table.recall(kept)

    def open_rows(self, near: WebLog | None) -> None:
        row_id, self._left_on = self._left_on, ""
        if row_id:
            store = self.desk.store
            self.table.open_found(self._rows(), lambda: store.request(row_id))
        else:
            super().open_rows(near)

    def restore(self, standing: object) -> None:
        self._filter = self.desk.filter
        super().restore(standing)
