"""The strip between the filter and the panes: it asks, draws, and is moved in by keys."""

from collections.abc import Sequence
from dataclasses import replace

from textual import events
from textual.message import Message

from logsleuth.filter.fields import Field
from logsleuth.filter.tree import Node, Span
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.desk import Desk
from logsleuth.tui.filters import EVERYTHING
from logsleuth.tui.paint import Painted
from logsleuth.tui.table import PATIENCE
from logsleuth.tui.timeline import drawing
from logsleuth.tui.timeline.brush import Selection
from logsleuth.tui.timeline.drawing import Look
from logsleuth.tui.timeline.picture import Picture
from logsleuth.tui.timeline.reading import TOP, WHOLE, Question, read

TALL = 36
"""Lines of the terminal from which on all lines of the strip stand there by themselves."""

MOST_SMALL, MOST = 4, TOP + 2
"""Lanes that there is room for."""

LEAP = 10
"""Columns that a screenful of columns is."""

NEARER = 3
"""How many times nearer, or further away, the next look is."""


class Strip(Painted):
    """Requests per column of time: of the page on top, under its filter.

    It has the focus only by :meth:`enter`, never because a page went away.
    """

    class Brushed(Message):
        """The marked time is to be the filter."""

        def __init__(self, span: Span) -> None:
            super().__init__()
            self.span = span

    class Lifted(Message):
        """The filter is to lose its bounds of time."""

    class Left(Message):
        """One is done here."""

    class Said(Message):
        """A sentence for the person."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="timeline")
        self._desk = desk
        self._lane = desk.lane("timeline")
        self._where: Node = EVERYTHING
        self._asked: Question | None = None
        self._picture: Picture | None = None
        self._said = ""
        self._fresh = False
        self._view = WHOLE
        self._by: Field | None = None
        self._selection = Selection()
        self._lines: Sequence[Line] = ()
        # What the lines were drawn from: they are looked at with each step in a table.
        self._drawn: tuple[Look, Picture | None, str, bool] | None = None

    # What it shows

    def enter(self) -> None:
        """Take the focus."""
        self.can_focus = True
        self.screen.set_focus(self)

    @property
    def picture(self) -> Picture | None:
        """What was counted, so far or all of it."""
        return self._picture

    @property
    def lines(self) -> Sequence[Line]:
        """What stands there."""
        return self._lines

    @property
    def split_by(self) -> Field | None:
        """The field that there are lanes of."""
        return self._by

    def look_at(self, where: Node) -> None:
        """Show the requests that match; asks only if that is something else than before."""
        if where != self._where:
            self._where, self._view = where, WHOLE
        self._ask()

    def split(self, by: Field | None) -> None:
        """Split into lanes by a field, or show all as one."""
        self._by = by
        self._selection = replace(self._selection, lane=0)
        self._ask()

    def read_again(self) -> None:
        """Ask anew: the cache may hold more by now."""
        self._asked = None
        self._ask()

    def _look(self) -> Look:
        full = self.has_focus or self._by is not None or self.screen.size.height >= TALL
        selection = self._selection if self.has_focus else None
        return Look(self.size.width, full, selection, "" if self._by is None else self._by.label)

    def _ask(self) -> None:
        desk, look = self._desk, self._look()
        if not look.width:
            return
        tall = self.screen.size.height >= TALL
        question = Question(
            self._where,
            look.columns,
            desk.zone,
            self._view,
            self._by,
            MOST if tall else MOST_SMALL,
        )
        if question == self._asked:
            self._draw()
            return
        self._asked, self._said, self._fresh = question, "", True
        desk.asking.ask(
            self._lane,
            lambda cancel: read(desk.store, desk.catalogue, desk.names, question, cancel),
            self._know,
            self._failed,
            done=self._draw,
            patient=True,
        )
        self.set_timer(PATIENCE, self._forget_older)

    def _forget_older(self) -> None:
        """Take bars away that answer another question than the one now open."""
        if self._fresh and self._picture is not None:
            self._picture = None
            self._draw()

    def _know(self, picture: Picture | None) -> None:
        self._fresh = False
        self._picture = picture
        if picture is None:
            self._said = "No time that the cache has requests of."
        elif not picture.grid.holds(self._selection.cursor):
            # One begins at the newest, and stays within what is in sight.
            newest = picture.grid.edges[-2]
            self._selection = Selection(newest, lane=self._selection.lane)
        self._draw()

    def _failed(self, sentence: str) -> None:
        self._fresh = False
        self._picture, self._said = None, sentence
        self._draw()

    # Drawing

    def _draw(self) -> None:
        """Draw what has changed; the height follows only when all is known."""
        look = self._look()
        if not look.width:
            return
        busy = self._desk.asking.asks(self._lane)
        drawn = (look, self._picture, self._said, busy)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        if self._picture is not None:
            lines = drawing.lines(self._picture, look)
        else:
            role = Role.MUTED if busy or not self._said else Role.WARN
            lines = drawing.nothing(self._said or "reading…", look.width, role)
        least = self.size.height if busy else 1
        lines += [()] * (least - len(lines))
        before, self._lines = self._lines, lines
        self.styles.height = len(lines)
        for y, now in enumerate(lines):
            if y >= len(before) or before[y] != now:
                self.refresh_line(y)

    def cells(self, y: int) -> Sequence[Cell]:
        return self._lines[y] if y < len(self._lines) else ()

    def on_resize(self) -> None:
        self._ask()

    def on_focus(self) -> None:
        self.call_later(self._draw)  # Only then it says that it has the focus.

    def on_blur(self) -> None:
        self.can_focus = False
        self._selection = replace(self._selection, mark=None, lane=0)
        self.call_later(self._draw)

    def on_unmount(self) -> None:
        self._desk.asking.take_back(self._lane)

    def on_click(self, event: events.Click) -> None:
        self.enter()
        picture, at = self._picture, event.x - self._look().left
        if picture is not None and 0 <= at < len(picture.grid):
            self._select(replace(self._selection, cursor=picture.grid.edges[at]))

    # Moving

    def _select(self, selection: Selection) -> None:
        self._selection = selection
        self._draw()

    def _move(self, count: int) -> None:
        if self._picture is not None:
            self._select(self._selection.moved(self._picture.grid, count))

    def do_left(self) -> None:
        self._move(-1)

    def do_right(self) -> None:
        self._move(1)

    def do_page_up(self) -> None:
        self._move(-LEAP)

    def do_page_down(self) -> None:
        self._move(LEAP)

    def do_first(self) -> None:
        if self._picture is not None:
            self._move(-len(self._picture.grid))

    def do_last(self) -> None:
        if self._picture is not None:
            self._move(len(self._picture.grid))

    def do_up(self) -> None:
        self._choose_lane(-1)

    def do_down(self) -> None:
        self._choose_lane(1)

    def _choose_lane(self, count: int) -> None:
        if self._picture is None or not self._picture.lanes:
            self._say("There are no lanes: L splits by the column of the table's cursor.")
            return
        lane = self._selection.lane + count
        lane = max(0, min(lane, len(self._picture.lanes)))
        self._select(replace(self._selection, lane=lane))

    # Marking, filtering, looking closer

    def do_mark(self) -> None:
        """Begin to mark at the cursor, or let go of what is marked."""
        if self._picture is None:
            return
        marked = self._selection.mark is not None
        mark = None if marked else self._selection.cursor
        self._select(replace(self._selection, mark=mark))

    def do_brush(self) -> None:
        """Make the marked time the filter."""
        if self._picture is None:
            self._say("There is no time to filter by yet.")
            return
        self.post_message(self.Brushed(self._selection.span(self._picture.grid)))
        self._select(replace(self._selection, mark=None))

    def do_lift(self) -> None:
        """Take the bounds of time out of the filter."""
        self._view = WHOLE
        self.post_message(self.Lifted())

    def do_leave_timeline(self) -> None:
        if self._selection.mark is not None:
            self.do_mark()
        else:
            self.post_message(self.Left())

    def do_closer(self) -> None:
        """Look at what is marked, or at the time around the cursor, without a filter."""
        if self._picture is None:
            return
        grid, reach = self._picture.grid, 0
        first, last = self._selection.columns(grid)
        if self._selection.mark is None:
            reach = len(grid) // (2 * NEARER)
        view = grid.span(max(0, first - reach), min(last + reach, len(grid) - 1))
        if len(grid) == 1 or view == grid.span(0, len(grid) - 1):
            self._say("This is the closest look.")
            return
        self._selection = replace(self._selection, mark=None)
        self._look_into(view)

    def do_further(self) -> None:
        """Look from further away, until all of the filter's time is in sight."""
        if self._picture is None or self._view == WHOLE:
            self._say("All of the filter's time is in sight; 0 takes bounds out of the filter.")
            return
        since, until = self._view.since or 0, self._view.until or 0
        more = (until - since) * (NEARER - 1) // 2
        view = Span(since - more, until + more)
        everything = self._picture.all_time
        self._look_into(WHOLE if view.meet(everything) == everything else view)

    def _look_into(self, view: Span) -> None:
        self._view = view
        self._ask()

    def _say(self, sentence: str) -> None:
        self.post_message(self.Said(sentence))
