"""The Case pane: what the open case holds, and what was said of it."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult

from logsleuth.case.model import Evidence
from logsleuth.case.view import Overview
from logsleuth.store.base import Cancel
from logsleuth.tui.case_items import Item, columns, facts, items, role, tags
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import laid_out
from logsleuth.tui.pages.page import Page
from logsleuth.tui.paint import OneLine
from logsleuth.tui.rows import ListRows
from logsleuth.tui.table import RecordTable
from logsleuth.tui.wording import counted

PACE = 1.0
"""Seconds between two looks at whether another investigator added something."""

NO_CASE = (
    "No case is open.",
    "C opens one or makes one. Then b puts the row under the cursor into it, on any pane,",
    "F the filter with its result, and n writes a note on the row.",
)


NOTHING_YET = (
    "There is no evidence in this case yet.",
    "On any pane, b puts the row under the cursor into it, F the filter with its result.",
)


class CasePane(Page):
    """The open case, line by line, as it is now: others may add to it at the same time."""

    contexts: ClassVar[frozenset[str]] = frozenset({"case pane"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._lane = desk.lane("case")
        self._found: Overview | None = None
        self.title_line = OneLine()
        self.counts_line = OneLine()
        self.table: RecordTable[Item] = RecordTable(desk.asking, desk.lane("case rows"), role=role)

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.counts_line
        yield self.table

    @property
    def crumb(self) -> str:
        return "Case"

    @property
    def main(self) -> RecordTable[Item]:
        return self.table

    @property
    def found(self) -> Overview | None:
        """What the open case says; ``None`` without one, or while it is read."""
        return self._found

    @property
    def item(self) -> Item | None:
        """The line under the cursor."""
        return self.table.row

    def on_mount(self) -> None:
        self.table.set_columns(columns(self.desk), "what")
        self.look()
        self.set_interval(PACE, self._look_if_changed)

    def came_up(self) -> None:
        self.look()

    def look(self) -> None:
        """Read the case again."""
        book = self.desk.cases
        if book is None or book.case is None:
            self.desk.asking.take_back(self._lane)
            self._show(None, ())
            return
        case, names = book.case, self.desk.names

        def read(cancel: Cancel) -> Iterator[tuple[Overview, tuple[Item, ...]]]:
            found = case.overview()
            yield found, items(found, names)

        self.desk.asking.ask(self._lane, read, lambda answer: self._know(*answer), self._failed)

    def _look_if_changed(self) -> None:
        """See whether anybody added something, without a flicker if nobody did."""
        book, known = self.desk.cases, self._found
        if not self.display or book is None or book.case is None or known is None:
            return
        case, names = book.case, self.desk.names
        if self.desk.asking.asks(self._lane):
            return

        def read(cancel: Cancel) -> Iterator[tuple[Overview, tuple[Item, ...]]]:
            if case.changed_since(known.head):
                found = case.overview()
                yield found, items(found, names)

        self.desk.asking.ask(self._lane, read, lambda answer: self._know(*answer), self._failed)

    def _know(self, found: Overview, lines: tuple[Item, ...]) -> None:
        if self.desk.cases is not None:
            self.desk.cases.follow(found)
        self._show(found, lines)

    def _failed(self, sentence: str) -> None:
        self._show(None, ())
        self.title_line.show(line(" ", Cell(sentence, Role.ERROR)))
        self.title_line.display = True

    def _show(self, found: Overview | None, lines: Sequence[Item]) -> None:
        row, self._found = self.table.row, found
        self.table.set_empty(NO_CASE if found is None else NOTHING_YET)
        rows = ListRows(lines, lambda item: item.label)
        if row is not None and rows.holds(row):
            self.table.open_at(rows, next(one for one in lines if one.label == row.label))
        else:
            self.table.open(rows)
        self._draw_titles(lines)
        self.post_message(self.Changed())

    def _draw_titles(self, lines: Sequence[Item]) -> None:
        found = self._found
        self.title_line.display = self.counts_line.display = found is not None
        if found is None:
            return
        about = found.state.about
        status = "open" if about.closed_as is None else f"closed as {about.closed_as}"
        words = " ".join(f"#{tag}" for tag in tags(found.state, None))
        parts = (about.title, about.ticket, status, f"revision {found.state.revision}", words)
        self.title_line.show(
            line(
                Cell(f" {about.name} ", Role.HEADING),
                Cell("".join(f"· {part} " for part in parts if part)),
            )
        )
        state = found.state
        counts = (
            counted(len(state.evidence), "piece of evidence", "pieces of evidence"),
            counted(len(state.findings), "finding", "findings"),
            counted(len(state.notes), "note", "notes"),
        )
        flagged = sum(one.difference is not None for one in state.evidence.values())
        flags = f" · {flagged} differ in the cache now ≠" if flagged else ""
        self.counts_line.show(
            line(" ", Cell(" · ".join(counts), Role.STRONG), Cell(flags, Role.WARN))
        )

    def on_record_table_moved(self) -> None:
        self.post_message(self.Changed())

    def detail(self, width: int) -> Sequence[Line]:
        item = self.item
        return () if item is None else laid_out(facts(item, self.desk), width)

    def zone_changed(self) -> None:
        self.table.set_columns(columns(self.desk), "what")

    def on_unmount(self) -> None:
        self.desk.asking.take_back(self._lane)

    @property
    def evidence(self) -> Evidence | None:
        """The evidence under the cursor, if it is some."""
        about = None if self.item is None else self.item.about
        return about if isinstance(about, Evidence) else None
