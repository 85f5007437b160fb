"""The frame: header, filter, panes, the page on top, detail, breadcrumb, footer.

It owns the steps: which pane, which pages are opened over it, which filter.  Each is one
step, and going back undoes exactly one.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from logsleuth.filter.tree import Node
from logsleuth.model.event import CourseEvent
from logsleuth.tui import actions, acts, filters, place, surroundings, terminal
from logsleuth.tui.cells import Line, Role, line, wrapped
from logsleuth.tui.column_work import ColumnWork
from logsleuth.tui.copy_work import CopyWork
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail_column import DetailColumn
from logsleuth.tui.filter_bar import FilterBar
from logsleuth.tui.filters import Filter
from logsleuth.tui.header import Contents, contents, header_line
from logsleuth.tui.history import History, Step
from logsleuth.tui.news import News
from logsleuth.tui.pages.opening import page_of
from logsleuth.tui.pages.page import Page
from logsleuth.tui.paint import Lines, OneLine
from logsleuth.tui.panes.making import PANES, make
from logsleuth.tui.remembering import Left
from logsleuth.tui.screen_work import ScreenWork
from logsleuth.tui.syncing import SyncWork
from logsleuth.tui.table import RecordTable
from logsleuth.tui.terminal_work import TerminalWork
from logsleuth.tui.timeline import brush
from logsleuth.tui.timeline.reading import lane_field
from logsleuth.tui.timeline.strip import Strip

if TYPE_CHECKING:
    from logsleuth.tui.case_work import CaseWork

WIDE = 120
"""Columns from which on the detail stands open by itself."""

NEWS_PACE = 2.0
"""Seconds between two looks at what is in the cache, while something is fetched."""

TIMELINE = frozenset({"timeline"})


class Frame(Screen[None], inherit_bindings=False):
    """The one screen of the app; help and palette come over it."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings()

    def __init__(
        self, desk: Desk, name: str, *, pane: str, event: CourseEvent | None, left: Left, said: str
    ) -> None:
        """``left`` is how the app was left the last time, ``said`` what to say at first."""
        super().__init__()
        self.desk = desk
        self._left = left
        self._cache_name = name
        self._contents: Contents | None = None
        self._contents_lane = desk.lane("contents")
        self._history = History()
        self._panes: dict[str, Page] = {}
        self._pane = pane
        self._stack: list[Page] = []
        self._start_event = event
        self._said = said
        self._leaving = False
        self._detail_wanted = left.detail
        self.screen_work = ScreenWork(desk, self, self._show)
        self.column_work = ColumnWork(desk, lambda: self.page, self._show, self.redraw_columns)
        self.copy_work = CopyWork(
            self, lambda: self.page, self._command_line, plain=desk.terminal.ascii
        )
        self.terminal_work = TerminalWork(self, self._say, desk.terminal, left.theme)
        self.news = News(desk, self._renew)
        self.sync_work = SyncWork(desk, self._say, self.news.look)
        self.header = OneLine(id="header")
        self.filter_bar = FilterBar(self._read, desk)
        for text in left.filters:
            self.filter_bar.remember(text)
        self.strip = Strip(desk)
        self.tabs = OneLine(id="tabs")
        self.pages = Vertical(id="pages")
        self.detail = DetailColumn(self._draw_detail)
        self.crumbs = OneLine(id="crumbs")
        self.footer = OneLine(id="footer")
        self.small = Lines(id="small")

    @cached_property
    def case_work(self) -> "CaseWork":
        """Loaded when somebody first does something that nothing else does."""
        from logsleuth.tui.case_work import Around, CaseWork

        def say(sentence: str) -> None:
            self.post_message(Page.Say(sentence))

        return CaseWork(self.desk, Around(lambda: self.page, self._show, say, self._draw_around))

    def _show(self, screen: Screen[Any], answered: Callable[[Any], None]) -> None:
        """Put a screen on top and pass its answer on."""
        self.app.push_screen(screen, answered)

    def compose(self) -> ComposeResult:
        # Before there is anything that would get its styles anew.
        self.set_class(self.app.size.width < WIDE, "-narrow")
        yield self.header
        yield self.filter_bar
        yield self.strip
        yield self.tabs
        with Container(id="body"):
            yield self.pages
            yield self.detail
        yield self.crumbs
        yield self.footer
        yield self.small

    def on_mount(self) -> None:
        desk = self.desk
        self._read_contents()
        self.set_interval(NEWS_PACE, self._look_for_news)
        self.call_after_refresh(self._warm_up)
        if not desk.filter.empty:
            self._history.add(Step("filter", self._lift_filter))
        self._bring_up()
        if self._start_event is not None:
            self.open_page(page_of(desk, self._start_event, None))

    def _warm_up(self) -> None:
        """Load the parser of filters, once there is something to look at meanwhile."""
        desk = self.desk
        desk.asking.ask(desk.lane("parser"), filters.warmed, _forget, self._say, patient=True)

    def _read_contents(self) -> None:
        desk = self.desk
        desk.asking.ask(
            self._contents_lane,
            lambda cancel: contents(desk.store, desk.catalogue, cancel),
            self._know_contents,
            self._say,
        )

    # What is fetched meanwhile

    def _look_for_news(self) -> None:
        if self.sync_work.running is not None:
            self.news.look()

    def _renew(self) -> None:
        """The cache holds something else now: show it."""
        self._read_contents()
        self.strip.read_again()
        self.news.renew(self.page)

    def left(self) -> Left:
        """How the app is left, to be opened so again."""
        shown = {name: page.kept() for name, page in self._panes.items()}
        zones = self.desk.zones
        return Left(
            pane=self._pane,
            filter=filters.in_utc(self.desk.filter),
            utc=zones.campus is not None and zones.shown is not zones.campus,
            zone="" if zones.campus is None else str(zones.campus),
            columns=self.desk.columns,
            detail=self._detail_wanted,
            theme=self.terminal_work.theme,
            panes={**self._left.panes, **shown},
            filters=self.filter_bar.history,
        )

    # What is on top

    @property
    def page(self) -> Page:
        """The page on top."""
        return self._stack[-1] if self._stack else self._pane_page()

    @property
    def contexts(self) -> frozenset[str]:
        """Which actions apply: those of the strip while one is in it, else of the page."""
        return TIMELINE if self.strip.has_focus else self.page.contexts

    def _pane_page(self) -> Page:
        """The pane itself, below the pages opened over it."""
        if self._pane not in self._panes:
            pane = self._panes[self._pane] = make(self._pane, self.desk)
            pane.recall(self._left.panes.get(self._pane, {}))
        return self._panes[self._pane]

    def _bring_up(self) -> None:
        """Show the page that is on top now, and only it."""
        if not self.pages.is_attached:
            return  # The app is left before it was there.
        page = self.page
        for other in self.pages.children:
            other.display = other is page
        if not page.is_attached:
            self.pages.mount(page)
        elif page.is_mounted:
            page.came_up()
            self.news.renew(page)
        self.call_after_refresh(self._focus_page)
        self._draw_around()

    def _focus_page(self) -> None:
        if not self.filter_bar.editing:
            self.set_focus(self.page.main)
            self._draw_detail()

    def open_page(self, page: Page) -> None:
        """Open a page over the one on top, as one step."""
        self._stack.append(page)
        self._history.add(Step(page.crumb, self._close_top, opens=True))
        self._bring_up()

    def _close_top(self) -> None:
        self._stack.pop().remove()
        self._bring_up()

    def _go_to_pane(self, pane: str) -> None:
        if pane == self._pane and not self._stack:
            return
        before = (self._pane, self._stack)

        def undo() -> None:
            self._pane, self._stack = before
            self._bring_up()

        self._pane, self._stack = pane, []
        self.desk.log("query", pane=pane, filter=acts.resolved(self.desk.filter.node))
        self._history.add(Step("pane", undo))
        self._bring_up()

    # The filter

    def _read(self, text: str) -> Filter:
        return filters.read(text, self.desk.zone)

    def _set_filter(self, new: Filter, *, from_page: bool = False) -> None:
        """Put another filter in force, as one step."""
        old, page, standing = self.desk.filter, self.page, self.page.standing()
        if new.node == old.node:
            return

        def undo() -> None:
            self.desk.filter = old
            page.restore(standing)
            self._draw_around()

        self.desk.filter = new
        self.desk.log("query", pane=self._pane, filter=acts.resolved(new.node))
        self.filter_bar.remember(new.text)
        self._history.add(Step("filter", undo))
        if from_page:
            page.narrowed()
        else:
            page.came_up()
        self._draw_around()

    def _lift_filter(self) -> None:
        """Undo the filter with which the app was opened."""
        self.desk.filter = Filter()
        self.page.came_up()
        self._draw_around()

    def on_filter_bar_entered(self, message: FilterBar.Entered) -> None:
        self._set_filter(message.filter)
        if message.said:
            self._say(message.said)

    def on_filter_bar_say(self, message: FilterBar.Say) -> None:
        self._say(message.sentence)

    def on_filter_bar_left(self) -> None:
        self.tabs.display = True
        self.set_focus(self.page.main)

    # What the strip wants

    def on_strip_brushed(self, message: Strip.Brushed) -> None:
        self._bound(brush.narrowed(self.desk.filter.node, message.span))

    def on_strip_lifted(self) -> None:
        self._bound(brush.lifted(self.desk.filter.node))

    def _bound(self, node: Node) -> None:
        """Put the filter with other bounds of time in force."""
        if node == self.desk.filter.node:
            self._say("The filter has these bounds of time already.")
        else:
            self._set_filter(filters.of_node(node), from_page=True)

    def on_strip_left(self) -> None:
        self.set_focus(self.page.main)

    def on_strip_said(self, message: Strip.Said) -> None:
        self._say(message.sentence)

    def on_descendant_focus(self) -> None:
        self._draw_footer()

    # What pages want

    def on_page_open(self, message: Page.Open) -> None:
        if message.page is self.page:  # Not of a page that another one covers by now.
            self.desk.log("pivot", **acts.told(message.destination))
            self.open_page(page_of(self.desk, message.destination, message.origin))

    def on_page_narrow(self, message: Page.Narrow) -> None:
        self._set_filter(self.desk.filter.narrowed(message.node), from_page=True)

    def on_page_took(self, message: Page.Took) -> None:
        self._history.add(message.step)
        self._draw_around()

    def on_page_say(self, message: Page.Say) -> None:
        self._say(message.sentence)

    def on_page_copy(self, message: Page.Copy) -> None:
        self.desk.log("copy", **acts.copied(message.what, message.text))
        self._say(self.desk.copy(message.text, message.said))

    def on_page_changed(self) -> None:
        self._draw_around()

    # Drawing

    def _know_contents(self, found: Contents) -> None:
        self._contents = found
        self.desk.bounds = found.bounds
        self._draw_around()

    def _draw_around(self) -> None:
        """Draw what stands around the page; lines that stay the same are not sent."""
        desk, width = self.desk, self.size.width
        self.header.show(header_line(self._cache_name, self._contents, desk.zones, width))
        case = surroundings.open_case("" if desk.cases is None else desk.cases.name)
        table = self.page.main
        marked = surroundings.marked(len(table.marked) if isinstance(table, RecordTable) else 0)
        self.filter_bar.show(desk.filter, (*self.page.tally(), *marked, *case))
        self.strip.look_at(self.page.timeline())
        self.tabs.show(surroundings.tabs(PANES, self._pane, width))
        self.crumbs.show(self._crumbs())
        self._draw_footer()
        self._draw_detail()

    def _draw_footer(self) -> None:
        plain = self.desk.terminal.ascii
        self.footer.show(surroundings.footer(self.contexts, self.size.width, plain=plain))

    def _crumbs(self) -> Line:
        names = [self._pane_page().crumb, *(page.crumb for page in self._stack)]
        return surroundings.crumbs(self._said, names, self.size.width)

    def _draw_detail(self) -> None:
        wanted = self.size.width >= WIDE if self._detail_wanted is None else self._detail_wanted
        if self.detail.display != wanted:
            self.detail.display = wanted
        if wanted and self.detail.size.width:
            self.detail.show(self.page.detail(self.detail.size.width - 2))

    def _say(self, sentence: str) -> None:
        self._said = sentence
        self.crumbs.show(self._crumbs())

    def on_resize(self) -> None:
        self.set_class(self.size.width < WIDE, "-narrow")
        said = wrapped(self.too_small, max(1, self.size.width), Role.WARN)
        self.set_class(bool(self.too_small), "-too-small")
        self.small.show([line(cell) for cell in said])
        self.call_after_refresh(self._draw_around)

    # Actions

    @property
    def too_small(self) -> str:
        """Why there is too little room to show anything; empty where there is enough."""
        return terminal.too_small(self.size.width, self.size.height)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While somebody types a filter, keys are letters; nothing is done unseen."""
        if action != "perform":
            return True
        if self.too_small and not set(str(parameters[0]).split()) & {"quit", "interrupt"}:
            return False
        return not self.filter_bar.editing

    def action_perform(self, ids: str) -> None:
        """Do the first of the actions that applies here."""
        applying = {action.id for action in actions.applying(self.contexts)}
        wanted = [action for action in ids.split() if action in applying]
        if not wanted:
            names = " ".join(actions.named(name).title.lower() for name in ids.split())
            self._say(f"Not on this page: {names}.")
            return
        if self._said:
            self._said = ""
            self.crumbs.show(self._crumbs())
        leaving, self._leaving = self._leaving, False
        if wanted[0] == "leave":
            self._leave(again=leaving)
        elif wanted[0] == "interrupt":
            self._interrupt(again=leaving)
        elif wanted[0].startswith(actions.PANE):
            self._go_to_pane(wanted[0].removeprefix(actions.PANE))
        else:
            self._do(wanted[0])

    def _do(self, action: str) -> None:
        for target in self._targets():
            done = getattr(target, f"do_{action}", None)
            if done is not None:
                done()
                return

    def _targets(self) -> Iterator[object]:
        """Who may do an action, the nearest first."""
        near: list[DOMNode] = []
        if self.focused is not None:
            near = list(self.focused.ancestors_with_self)
        if not {self.page, self.detail, self.strip} & set(near):
            near = []  # The focus has not come to the page on top yet.
        works = (self.screen_work, self.column_work, self.copy_work, self.terminal_work)
        yield from (*near, self.page.main, self.page, *works, self)
        yield self.case_work

    def do_back(self) -> None:
        if self._history.back() is None:
            self._say("There is nothing left to undo; q leaves.")

    def _leave(self, *, again: bool) -> None:
        if not self._stack:
            if again:
                self.app.exit(0)
            self._leaving = True
            self._say("Press q again to quit.")
            return
        step = self._history.back()
        while step is not None and not step.opens:
            step = self._history.back()

    def _interrupt(self, *, again: bool) -> None:
        """Stop what is being read; with nothing to stop, ask whether to quit."""
        if self.desk.asking.stop("Stopped before its end; r reads again."):
            self._say("Stopped what was being read; r reads again.")
        elif again:
            self.app.exit(0)
        else:
            self._leaving = True
            self._say("Press ^C again to quit.")

    def do_quit(self) -> None:
        self.app.exit(0)

    def do_filter(self) -> None:
        self.tabs.display = False
        self.filter_bar.edit(self.desk.filter)

    def do_readings(self) -> None:
        self.filter_bar.readings(self.desk.filter)

    def do_detail(self) -> None:
        self._detail_wanted = not self.detail.display
        if not self._detail_wanted and self.focused is self.detail:
            self.set_focus(self.page.main)
        self._draw_detail()

    def do_other_focus(self) -> None:
        others: list[Widget] = [self.page.main]
        others += [found for found in self.page.query(Lines) if found.can_focus and found.lines]
        if self.detail.display:
            others.append(self.detail)
        at = others.index(self.focused) if self.focused in others else -1
        self.set_focus(others[(at + 1) % len(others)])

    def do_timeline(self) -> None:
        if self.strip.has_focus:
            self.set_focus(self.page.main)
        else:
            self.strip.enter()

    def do_lanes(self) -> None:
        """Split the strip by the column under the table's cursor, or the first that can be;
        the same again: no more."""
        table = self.page.main
        columns = [table.column, *table.columns] if isinstance(table, RecordTable) else []
        fields = (lane_field(column.name) for column in columns if column is not None)
        by = next((field for field in fields if field is not None), None)
        if by is None:
            self._say("There is no column here to split the timeline by.")
        else:
            self.strip.split(None if by is self.strip.split_by else by)

    def _command_line(self) -> str | None:
        return place.command_line(self.desk, self._pane, self._stack)

    def do_zone(self) -> None:
        if self.desk.zones.campus is None:
            self._say("No campus zone: --timezone America/Denver, or timezone in the settings.")
            return
        self.desk.zones = self.desk.zones.turned()
        self.redraw_columns()

    def redraw_columns(self) -> None:
        """Draw times and columns as they are to be shown now, on every page."""
        for page in self.query(Page):
            page.zone_changed()
        self._draw_around()


def _forget(_: object) -> None:
    """For a question whose answer nobody needs."""
