"""The page of a thing: everything of it, whatever the global filter says.

Rows that match the filter are marked, and one key applies it here.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from logsleuth.filter import evaluate
from logsleuth.filter.tree import Node, both
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Partial
from logsleuth.tui import filters
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.desk import Desk
from logsleuth.tui.headline import Split
from logsleuth.tui.history import Step
from logsleuth.tui.pages.listing import Listing, Place
from logsleuth.tui.rows import RequestRows
from logsleuth.tui.things import WIDTHS, Centre, Thing
from logsleuth.tui.window import Slice

RELATED = {"actor": "accounts", "remote_ip": "addresses", "user_agent": "agents"}
START_WIDTH = WIDTHS.index(10)


class ThingPage(Listing):
    """All requests of a session, an account, an address or a key."""

    contexts: ClassVar[frozenset[str]] = Listing.contexts | {"drilled"}

    def __init__(self, desk: Desk, thing: Thing, origin: WebLog | None) -> None:
        self.thing = thing
        self._origin = origin
        self._applied = False
        self._filter = desk.filter
        self._matches = desk.lane("matches")
        super().__init__(desk, oldest_first=thing.oldest_first)

    @property
    def crumb(self) -> str:
        return self.thing.crumb

    def base(self) -> Node:
        return both(self.thing.where, self.desk.filter.node) if self._applied else self.thing.where

    def timeline(self) -> Node:
        return self.base()

    def origin(self) -> WebLog | None:
        return self._origin

    def related(self) -> tuple[str, ...]:
        return self.thing.related

    def matching(self) -> Node | None:
        return None if self._foreign() or self._applied else self.desk.filter.node

    def marked(self, request: WebLog) -> bool:
        return not self._foreign() and evaluate.matches(self.desk.filter.node, request)

    def _foreign(self) -> str:
        """Why the filter cannot be applied to requests; empty if it can be."""
        if self.desk.filter.empty:
            return "There is no filter to apply: / types one."
        fields = filters.only_of_events(self.desk.filter.node)
        if not fields:
            return ""
        return f"The filter asks for {fields[0].name}, which only course changes have."

    def title(self) -> Line:
        return (Cell(self.thing.title, Role.HEADING),)

    def more(self) -> Line:
        found = (*self._filter_words(), *self._related_words())
        if self.thing.note:
            found = (*found, *_apart(found), Cell(self.thing.note, Role.MUTED))
        return found

    def _filter_words(self) -> Line:
        if self.desk.filter.empty:
            return ()
        if self._applied:
            return (Cell("filter on · ", Role.WARN), Cell("=", Role.KEY), Cell(" lifts it"))
        if self._foreign():
            return (Cell("filter off (it is about course changes)", Role.WARN),)
        count = "…" if self.split.matching is None else str(self.split.matching)
        return (
            Cell(f"filter off ({count} match) · ", Role.WARN),
            Cell("=", Role.KEY),
            Cell(" applies it"),
        )

    def _related_words(self) -> Line:
        words = [
            f"{RELATED[name]}: {', '.join(values)}" for name, values in self.split.related if values
        ]
        if not words:
            return ()
        return (*_apart(self._filter_words()), Cell(" · ".join(words)))

    def empty(self) -> Sequence[str]:
        if self._applied:
            return ("No request here matches the filter.", "= lifts the filter from this page.")
        if self.view.hide_automatic:
            return ("Everything here was sent automatically.", "B shows it.")
        return ("The cache has no such request.", "Backspace goes back.")

    def came_up(self) -> None:
        if self._filter is not self.desk.filter:
            self._filter = self.desk.filter
            self.split = Split()
            self._show(replace(self.view, where=self.base()), self.table.row)

    def narrowed(self) -> None:
        self._applied = not self._foreign()
        self.came_up()

    def standing(self) -> Place:
        return replace(super().standing(), applied=self._applied)

    def restore(self, standing: object) -> None:
        self._filter = self.desk.filter
        if isinstance(standing, Place):
            self._applied = standing.applied
        super().restore(standing)

    def do_next_match(self) -> None:
        """To the next row that matches the filter, in the order shown."""
        self._to_match(turned=False)

    def do_previous_match(self) -> None:
        """To the row before that matches the filter."""
        self._to_match(turned=True)

    def _to_match(self, *, turned: bool) -> None:
        row = self.table.row
        if self._foreign() or row is None:
            self.say(self._foreign() or "There is no row here.")
            return
        desk, rows = self.desk, self._rows()
        matching = RequestRows(
            desk.store,
            desk.names,
            both(rows.where, desk.filter.node),
            oldest_first=rows.oldest_first is not turned,
        )

        def found(answer: Partial[Slice[WebLog]]) -> None:
            if answer.value.rows:
                self.table.open_at(rows, answer.value.rows[0])
            elif answer.complete:
                way = "before" if turned else "after"
                self.say(f"No row {way} this one matches the filter.")

        desk.asking.ask(
            self._matches, lambda cancel: matching.after(row, 1, cancel), found, self.say
        )

    def do_apply_filter(self) -> None:
        if foreign := self._foreign():
            self.say(foreign)
            return
        before, near = self.standing(), self.table.row
        self._applied = not self._applied
        self.split = Split()
        self._show(replace(self.view, where=self.base()), near)
        self.post_message(self.Took(Step("filter here", lambda: self.restore(before))))


class AroundPage(ThingPage):
    """What happened shortly before and after a moment."""

    contexts: ClassVar[frozenset[str]] = ThingPage.contexts | {"around"}

    def __init__(self, desk: Desk, centre: Centre, origin: WebLog | None) -> None:
        self._centre = centre
        self._width = START_WIDTH
        self._scope = 0
        super().__init__(desk, self._thing(desk), origin)

    def _thing(self, desk: Desk) -> Thing:
        scopes = self._centre.scopes()
        scope = scopes[self._scope % len(scopes)]
        return self._centre.around(scope, WIDTHS[self._width], desk.names, desk.zone)

    def _change(self) -> None:
        self.thing = self._thing(self.desk)
        self.split = Split()
        self._show(replace(self.view, where=self.base()), self.table.row or self.origin())
        self.post_message(self.Changed())

    def do_wider(self) -> None:
        if self._width + 1 < len(WIDTHS):
            self._width += 1
            self._change()
        else:
            self.say("This is the widest; i, u and s show everything of a thing.")

    def do_narrower(self) -> None:
        if self._width:
            self._width -= 1
            self._change()
        else:
            self.say("This is the narrowest.")

    def do_scope(self) -> None:
        self._scope += 1
        self._change()

    def zone_changed(self) -> None:
        self.thing = self._thing(self.desk)
        super().zone_changed()


def _apart(before: Line) -> Line:
    """What stands between two parts of a line, if there is a first part."""
    return (Cell(" · ", Role.MUTED),) if before else ()
