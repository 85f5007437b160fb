"""A page of requests: the pane of all of them, or everything of one thing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult

from logsleuth.filter.tree import Node, Not, both, span_of
from logsleuth.model.weblog import WebLog
from logsleuth.store.gaps import unfetched
from logsleuth.tui import things, wording
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.desk import Desk
from logsleuth.tui.headline import Split, split, split_line
from logsleuth.tui.history import Step
from logsleuth.tui.pages.request_table import RequestTable
from logsleuth.tui.paint import OneLine
from logsleuth.tui.rows import RequestRows
from logsleuth.tui.table import Standing


@dataclass(frozen=True, slots=True)
class View:
    """What of the requests is shown, and in which order."""

    where: Node
    hide_automatic: bool = False
    oldest_first: bool = False

    @property
    def shown(self) -> Node:
        """The tree of the rows in the table."""
        if self.hide_automatic:
            return both(self.where, Not(things.equal("automatic", True)))
        return self.where


@dataclass(frozen=True, slots=True)
class Place:
    """Where one stands on a page of requests; ``applied``: with the filter, on a page
    that has everything of a thing otherwise."""

    view: View
    split: Split
    table: Standing[WebLog]
    applied: bool = False


class Listing(RequestTable):
    """A page with a table of requests and the headline above it."""

    contexts: ClassVar[frozenset[str]] = RequestTable.contexts | {"requests"}

    def __init__(self, desk: Desk, *, oldest_first: bool = False) -> None:
        super().__init__(desk)
        self._counts = desk.lane("counts")
        self.title_line = OneLine()
        self.counts_line = OneLine()
        self.more_line = OneLine()
        self.view = View(self.base(), oldest_first=oldest_first)
        self.split = Split()

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.counts_line
        yield self.more_line
        yield self.table

    # What a kind of listing says of itself

    def base(self) -> Node:
        """The requests of the page, with nothing hidden."""
        raise NotImplementedError

    def title(self) -> Line:
        """What the page is, where the breadcrumb does not say it."""
        return ()

    def empty(self) -> Sequence[str]:
        """What to say, and do next, where there are no requests."""
        raise NotImplementedError

    def oldest_first(self) -> bool:
        return self.view.oldest_first

    def related(self) -> tuple[str, ...]:
        """Fields whose top values the headline names."""
        return ()

    def matching(self) -> Node | None:
        """What to count besides, for the title."""
        return None

    # Showing

    def on_mount(self) -> None:
        self._show(self.view, self.origin())

    def _rows(self) -> RequestRows:
        desk, view = self.desk, self.view
        return RequestRows(desk.store, desk.names, view.shown, oldest_first=view.oldest_first)

    def _show(self, view: View, near: WebLog | None = None) -> None:
        """Show a view, near a row if there is one to stay near."""
        counted = view.where == self.view.where and self.split.total is not None
        self.view = view
        self.draw_columns()
        self.table.set_empty((*self.empty(), *self._unfetched()))
        self.open_rows(near)
        if not counted:
            self._count()
        self._draw_titles()

    def open_rows(self, near: WebLog | None) -> None:
        """Show the rows of the view, near one of them if there is one to stay near."""
        if near is None:
            self.table.open(self._rows())
        else:
            self.table.open_at(self._rows(), near)

    def _unfetched(self) -> tuple[str, ...]:
        """What to say of an empty page that is about hours without a log."""
        found = unfetched(self.desk.catalogue, self.desk.bounds, span_of(self.view.where))
        if not found:
            return ()
        first = found[0]
        stretch = wording.span(first.since or 0, first.until or 0, self.desk.zone)
        more = f", and {len(found) - 1} more stretches" if len(found) > 1 else ""
        return (
            f"The log of {stretch} was not fetched{more}:",
            "this is no evidence that no request was made.",
        )

    def _count(self) -> None:
        desk, where = self.desk, self.view.where
        matching, related = self.matching(), self.related()
        self.split = Split()

        def counted(found: Split) -> None:
            self.split = found
            self._draw_titles()
            self.post_message(self.Changed())

        desk.asking.ask(
            self._counts,
            lambda cancel: split(
                desk.store, desk.names, where, cancel, matching=matching, related=related
            ),
            counted,
            lambda sentence: self.counts_line.show(line(" ", Cell(sentence, Role.ERROR))),
            patient=True,
        )

    def _draw_titles(self) -> None:
        for widget, cells in (
            (self.title_line, self.title()),
            (self.counts_line, self.headline()),
            (self.more_line, self.more()),
        ):
            widget.display = bool(cells)
            widget.show(line(" ", *cells))

    def headline(self) -> Line:
        """The counts, split, with what is hidden."""
        return split_line(self.split, self.size.width - 2, hidden=self.view.hide_automatic)

    def more(self) -> Line:
        """A second line of counts, for the pages that have one."""
        return ()

    def near(self) -> WebLog | None:
        """The row to stay near when the listing changes: none at its very start."""
        return None if self.table.at_start else self.table.row

    def zone_changed(self) -> None:
        super().zone_changed()
        self._draw_titles()

    def on_resize(self) -> None:
        self._draw_titles()

    def standing(self) -> Place:
        return Place(self.view, self.split, self.table.standing())

    def restore(self, standing: object) -> None:
        if isinstance(standing, Place):
            self.desk.asking.take_back(self._counts)
            self.view, self.split = standing.view, standing.split
            self.draw_columns()
            self.table.set_empty(self.empty())
            self.table.restore(standing.table)
            if self.split.total is None or self.split.opaque is None:
                self._count()
            self._draw_titles()

    def _step(self, name: str, view: View) -> None:
        """Change the view as one step that can be undone."""
        before = self.standing()
        self._show(view, self.near())
        self.post_message(self.Took(Step(name, lambda: self.restore(before))))

    # Actions

    def do_hide_automatic(self) -> None:
        self._step("automatic", replace(self.view, hide_automatic=not self.view.hide_automatic))

    def do_order(self) -> None:
        self._step("order", replace(self.view, oldest_first=not self.view.oldest_first))

    def do_reload(self) -> None:
        self.split = Split()
        self._show(self.view, self.near())

    def on_unmount(self) -> None:
        super().on_unmount()
        self.desk.asking.take_back(self._counts)
