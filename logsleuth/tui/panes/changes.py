"""The Changes pane: what happened to courses, who is recorded and who was signed in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from logsleuth.filter.tree import Node, has_words, odd_types
from logsleuth.model.event import EVENT_LABELS, CourseEvent
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.changes import ChangeRows
from logsleuth.tui.desk import Desk
from logsleuth.tui.filters import Filter
from logsleuth.tui.history import Step
from logsleuth.tui.pages.change_table import ChangeTable
from logsleuth.tui.remembering import Shown
from logsleuth.tui.table import Standing
from logsleuth.tui.wording import counted, number


@dataclass(frozen=True, slots=True)
class Place:
    """Where one stands in the pane."""

    hide_sis: bool
    listing: ChangeRows
    table: Standing[CourseEvent]


class ChangesPane(ChangeTable):
    """All course changes that match the global filter."""

    contexts: ClassVar[frozenset[str]] = ChangeTable.contexts | {"changes pane"}

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._filter: Filter = desk.filter
        self._hide_sis = False
        self._left_on = ""
        self._listing = self.make_rows()

    @property
    def crumb(self) -> str:
        return "Changes"

    def make_rows(self) -> ChangeRows:
        desk = self.desk
        self._listing = ChangeRows(
            desk.catalogue, desk.traces, desk.names, self._filter.node, hide_sis=self._hide_sis
        )
        self.table.set_empty(self._empty())
        return self._listing

    def _empty(self) -> Sequence[str]:
        if self._hide_sis:
            return ("Nothing but changes by SIS imports.", "S shows them.")
        if not self._filter.empty:
            return (
                "No course change matches the filter.",
                *_hints(self._filter.node),
                "Backspace takes it back.",
            )
        return (
            "There are no course changes in this cache.",
            "Canvas's course audit log is a source of its own: 'logsleuth import PATH' takes "
            "documents of its audit API.",
        )

    def open_rows(self) -> None:
        catalogue, event_id = self.desk.catalogue, self._left_on
        if event_id:
            self.table.open_found(self.make_rows(), lambda: catalogue.event(event_id))
        else:
            super().open_rows()

    def draw_titles(self) -> None:
        self.title_line.display = False
        found = self._listing
        if not found.counted:
            self.counts_line.show(line(Cell(" counting…", Role.MUTED)))
            return
        cells = [
            *(
                Cell(f" no type is called '{kind}' ·", Role.WARN)
                for kind in odd_types(self._filter.node)
            ),
            Cell(f" {counted(found.matched, 'course change', 'course changes')}", Role.STRONG),
            Cell(", newest first"),
        ]
        if found.sis:
            hidden = "hidden" if self._hide_sis else "among them"
            verb = "shows" if self._hide_sis else "hides"
            cells.append(Cell(f" · {number(found.sis)} by SIS imports {hidden} · "))
            cells += [Cell("S", Role.KEY), Cell(f" {verb} them")]
        if found.unknown:
            cells.append(Cell(f" · no cause known for {number(found.unknown)}", Role.WARN))
        self.counts_line.show(tuple(cells))

    def tally(self) -> Line:
        found = self._listing
        if not found.counted:
            return (Cell("counting…", Role.MUTED),)
        return (Cell(f"{number(found.matched)} of {number(found.total)}"),)

    def came_up(self) -> None:
        if self._filter is not self.desk.filter:
            self._filter = self.desk.filter
            self.do_reload()
            self.draw_titles()

    def do_hide_sis(self) -> None:
        before = self.standing()
        self._hide_sis = not self._hide_sis
        self.do_reload()
        self.draw_titles()
        self.post_message(self.Took(Step("SIS imports", lambda: self.restore(before))))

    def kept(self) -> Shown:
        return {"hide_sis": self._hide_sis, **self.table.kept()}

    def recall(self, kept: Shown) -> None:
        self._hide_sis = kept.get("hide_sis") is True
        self._left_on = self.table.recall(kept)
        self._listing = self.make_rows()

    def standing(self) -> Place:
        return Place(self._hide_sis, self._listing, self.table.standing())

    def restore(self, standing: object) -> None:
        if isinstance(standing, Place):
            self._filter = self.desk.filter
            self._hide_sis, self._listing = standing.hide_sis, standing.listing
            self.table.set_empty(self._empty())
            self.table.restore(standing.table)
            self.draw_titles()


def _hints(node: Node) -> Iterator[str]:
    """Why a filter may have found nothing."""
    if has_words(node):
        yield (
            "Words are looked for in the cause's url and agent; try event_type:, course_id: or"
            " user_id:."
        )
    if odd_types(node):
        yield f"The types are {', '.join(EVENT_LABELS)}."
