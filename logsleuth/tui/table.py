"""The table: rows of any listing, read in pages as one scrolls, never all of them.

It keeps a window of neighbouring rows, a cursor in it and the first row in sight.  Moving
the cursor draws two lines again; scrolling draws the table.  A row is one segment where
it can be, and the cursor's row three.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events
from textual.message import Message

from logsleuth.store.base import Cancel
from logsleuth.tui.asking import Asking
from logsleuth.tui.cells import Cell, Line, Role, line, wrapped
from logsleuth.tui.columns import GAP, Column, Placed, chosen, fitted
from logsleuth.tui.paint import Painted
from logsleuth.tui.remembering import Shown
from logsleuth.tui.rows import Opened, Rows, around, ending, opening, returning
from logsleuth.tui.window import Window

R = TypeVar("R")

READ = 200
"""Rows read in one go."""

PATIENCE = 0.15
"""Seconds that rows of the question before stay in sight; then they would mislead."""

MARK = "■"
"""Stands behind the first column of a row that was marked."""

HEADING = 1
"""Lines above the first row."""


@dataclass(frozen=True, slots=True)
class Standing(Generic[R]):
    """Where one stands in a table; putting it back takes no question, unless its first
    rows were still being read (``unread``)."""

    rows: Rows[R] | None
    window: Window[R]
    cursor: int
    top: int
    column: str
    unread: bool = False


def _no_role(row: object) -> Role:
    return Role.PLAIN


class RecordTable(Painted, Generic[R], can_focus=True):
    """A table of rows of one kind."""

    class Moved(Message):
        """The cursor stands on another row, or the rows have changed."""

        def __init__(self, table: "RecordTable[R]") -> None:
            super().__init__()
            self.table = table

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RecordTable.Moved) and message.table is self.table

    def __init__(
        self,
        asking: Asking,
        lane: str,
        *,
        role: Callable[[R], Role] = _no_role,
        id: str | None = None,  # noqa: A002 (Textual's own name)
    ) -> None:
        super().__init__(id=id)
        self._asking = asking
        self._lane = lane
        self._role = role
        self._rows: Rows[R] | None = None
        self._window: Window[R] = Window()
        self._cursor = 0
        self._top = 0
        # The first row in sight before the table got less room: with more, it is so again.
        self._left_at: int | None = None
        self._marked: dict[str, R] = {}
        self._all_columns: Sequence[Column[R]] = ()
        self._columns: Sequence[Column[R]] = ()
        self._placed: tuple[Placed[R], ...] = ()
        # The column under the cursor; the one that was gone to, which may have no room now.
        self._column = self._gone_to = self._start_column = ""
        self._empty: Sequence[str] = ()
        self._error: str | None = None
        self._done_of: tuple[int, int] | None = None
        self._fresh = True
        self._height = 1
        self._fitted_to = self.size

    # What stands there

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self._window.rows[self._cursor] if self._window.rows else None

    @property
    def marked(self) -> tuple[R, ...]:
        """The rows that were marked, as far as they are still listed, in the order in which
        they were marked."""
        rows = self._rows
        return () if rows is None else tuple(r for r in self._marked.values() if rows.holds(r))

    @property
    def chosen(self) -> tuple[R, ...]:
        """The marked rows, or else the one under the cursor."""
        return self.marked or self._window.rows[self._cursor : self._cursor + 1]

    @property
    def column(self) -> Column[R] | None:
        """The column under the cursor."""
        return next((p.column for p in self._placed if p.column.name == self._column), None)

    @property
    def columns(self) -> Sequence[Column[R]]:
        """The columns that are to be shown, also those that there is no room for."""
        return self._columns

    @property
    def all_columns(self) -> Sequence[Column[R]]:
        """All columns, also those that nobody chose."""
        return self._all_columns

    @property
    def placed(self) -> tuple[Placed[R], ...]:
        """The columns on screen."""
        return self._placed

    @property
    def in_sight(self) -> tuple[R, ...]:
        """The rows on screen."""
        return self._window.rows[self._top : self._top + self._height]

    @property
    def at_start(self) -> bool:
        """Whether the cursor stands on the very first row."""
        return self._cursor == 0 and not self._window.above

    @property
    def rows(self) -> Rows[R] | None:
        """The listing shown."""
        return self._rows

    def standing(self) -> Standing[R]:
        """Where one stands, to come back to."""
        unread = not self._window.rows and self._asking.asks(self._lane)
        top = self._top if self._left_at is None else self._left_at
        return Standing(self._rows, self._window, self._cursor, top, self._gone_to, unread)

    def restore(self, standing: Standing[R]) -> None:
        """Stand there again: the same rows, row, scroll and column."""
        self._asking.take_back(self._lane)
        self._rows, self._window = standing.rows, standing.window
        self._cursor, self._top = standing.cursor, standing.top
        self._left_at = standing.top
        self._gone_to = standing.column
        self._error = None
        self._fresh = False
        if standing.unread and standing.rows is not None:
            self.open(standing.rows)
        self._place()
        self._after_change()

    def kept(self) -> Shown:
        """In which column one stands, and on which row: not at the very start, where one wants
        to see what is new."""
        row, column, rows = self.row, self.column, self._rows
        kept: Shown = {} if column is None else {"column": column.name}
        if row is not None and rows is not None and not self.at_start:
            kept["row"] = rows.key(row)
        return kept

    def recall(self, kept: Shown) -> str:
        """Begin in that column; the key of the row to stand on, empty for the first.  Called
        before there are any."""
        self._gone_to, row = str(kept.get("column", "")), kept.get("row")
        return row if isinstance(row, str) else ""

    # What to show

    def set_columns(
        self, columns: Sequence[Column[R]], start: str, names: Collection[str] = ()
    ) -> None:
        """Show these columns, or those of them that were chosen by their names; the cursor
        stays in its column, or begins in ``start``."""
        self._all_columns, self._columns = columns, chosen(columns, names)
        self._start_column = start
        self._place()
        self.refresh()

    def set_empty(self, sentences: Sequence[str]) -> None:
        """What to say, and what to do next, where there are no rows."""
        self._empty = sentences
        if not self._window.rows:
            self.refresh()

    def open(self, rows: Rows[R]) -> None:
        """Show a listing from its start."""
        self._rows = rows
        self._ask(lambda cancel: opening(rows, READ, cancel))

    def open_at(self, rows: Rows[R], row: R) -> None:
        """Show a listing around a row."""
        self._rows = rows
        self._ask(lambda cancel: around(rows, row, READ // 2, cancel))

    def open_found(self, rows: Rows[R], find: Callable[[], R | None]) -> None:
        """Show a listing around the row that ``find`` gives, called from a thread; from its
        start if that gives none."""
        self._rows = rows
        self._ask(lambda cancel: returning(rows, find, READ, cancel))

    def redraw(self) -> None:
        """Draw the rows again: what they look like has changed, not what they are."""
        self.refresh()

    # Reading

    def _ask(self, question: Callable[[Cancel], Iterator[Opened[R]]]) -> None:
        self._error = None
        self._fresh = True
        self._asking.ask(self._lane, question, self._opened, self._failed, done=self._finished)
        self.set_timer(PATIENCE, self._forget_older_rows)

    def _forget_older_rows(self) -> None:
        """Take rows away that answer another question than the one now open."""
        if self._fresh and self._window.rows:
            self._window = Window()
            self._after_change()

    def _opened(self, opened: Opened[R]) -> None:
        row, rows = self.row, self._rows
        # At the very start one stays there, also when other rows come in front.
        stays = not self._fresh and not self.at_start
        self._window = opened.window
        self._left_at = None
        kept = None
        if stays and row is not None and rows is not None:
            kept = opened.window.find(rows.key(row), rows.key)
        if kept is None:
            self._cursor = opened.cursor
            self._top = max(0, opened.cursor - self._height // 2)
            if opened.cursor < self._height:
                self._top = 0
        else:
            self._top = max(0, self._top + kept - self._cursor)
            self._cursor = kept
        self._fresh = False
        self._done_of = None if opened.complete else (opened.done, opened.total)
        self._after_change()

    def _failed(self, sentence: str) -> None:
        self._error = sentence
        self._window = Window()
        self._after_change()

    def _finished(self) -> None:
        self._done_of = None
        if not self._window.rows:
            self.refresh()
        self._read_on()

    def _read_on(self) -> None:
        """Read the next page before one gets there."""
        rows, window = self._rows, self._window
        if rows is None or not window.rows or self._asking.asks(self._lane):
            return
        margin = 2 * self._height
        if window.below and self._cursor + margin >= len(window.rows):
            last = window.rows[-1]
            self._asking.ask(
                self._lane,
                lambda cancel: rows.after(last, READ, cancel),
                lambda answer: self._join(window.with_below(answer.value), -1),
                self._failed,
                done=self._read_on,
            )
        elif window.above and self._cursor - margin < 0:
            first = window.rows[0]
            self._asking.ask(
                self._lane,
                lambda cancel: rows.before(first, READ, cancel),
                lambda answer: self._join(window.with_above(answer.value), 1),
                self._failed,
                done=self._read_on,
            )

    def _join(self, joined: tuple[Window[R], int], way: int) -> None:
        """Take in a longer window, on the same row as before."""
        window, moved = joined
        row, before = self.row, self.in_sight
        self._window = window
        if row is None or self._rows is None:
            return
        old = self._cursor
        place = window.find(self._rows.key(row), self._rows.key)
        self._cursor = place if place is not None else old + way * moved
        self._top = max(0, self._top + self._cursor - old)
        self._keep_in_sight()
        if self.in_sight != before:
            self.refresh()

    # Moving

    def _after_change(self) -> None:
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved(self))
        self._read_on()

    def _keep_in_sight(self) -> bool:
        """Scroll so far that the cursor is on screen; whether that moved anything."""
        last = max(0, len(self._window.rows) - 1)
        self._cursor = max(0, min(self._cursor, last))
        top = min(self._top, self._cursor, max(0, last + 1 - self._height))
        top = max(top, self._cursor - self._height + 1)
        moved = top != self._top
        self._top = top
        return moved

    def _move(self, count: int, *, scroll: int = 0) -> None:
        old, old_top = self._cursor, self._top
        self._cursor += count
        self._top = max(0, self._top + scroll)
        self._keep_in_sight()
        if self._cursor == old and self._top == old_top:
            return
        self._left_at = None
        if self._top == old_top:
            self.refresh_line(HEADING + old - self._top)
            self.refresh_line(HEADING + self._cursor - self._top)
        else:
            self.refresh()
        self.post_message(self.Moved(self))
        self._read_on()

    def do_down(self) -> None:
        self._move(1)

    def do_up(self) -> None:
        self._move(-1)

    def do_half_down(self) -> None:
        half = max(1, self._height // 2)
        self._move(half, scroll=half)

    def do_half_up(self) -> None:
        half = max(1, self._height // 2)
        self._move(-half, scroll=-half)

    def do_page_down(self) -> None:
        self._move(self._height, scroll=self._height)

    def do_page_up(self) -> None:
        self._move(-self._height, scroll=-self._height)

    def do_mark_row(self) -> None:
        """Mark the row, or take its mark away; on to the next one."""
        row, rows = self.row, self._rows
        if row is None or rows is None:
            return
        key = rows.key(row)
        if self._marked.pop(key, None) is None:
            self._marked[key] = row
        self.refresh_line(HEADING + self._cursor - self._top)
        self.post_message(self.Moved(self))
        self._move(1)

    def unmark(self) -> int:
        """Take all marks away; how many there were, also on rows not listed any more."""
        count = len(self._marked)
        self._marked.clear()
        self.refresh()
        self.post_message(self.Moved(self))
        return count

    def do_first(self) -> None:
        if self._window.above and self._rows is not None:
            rows = self._rows
            self._ask(lambda cancel: opening(rows, READ, cancel))
        else:
            self._move(-self._cursor)

    def do_last(self) -> None:
        if self._window.below and self._rows is not None:
            rows = self._rows
            self._ask(lambda cancel: ending(rows, READ, cancel))
        else:
            self._move(len(self._window.rows))

    def do_right(self) -> None:
        self._move_column(1)

    def do_left(self) -> None:
        self._move_column(-1)

    def _move_column(self, count: int) -> None:
        names = [placed.column.name for placed in self._placed if placed.column.heading]
        if self._column in names:
            at = max(0, min(names.index(self._column) + count, len(names) - 1))
            if names[at] != self._column:
                self._column = self._gone_to = names[at]
                self.refresh_line(0)
                self.refresh_line(HEADING + self._cursor - self._top)

    # Drawing

    def cells(self, y: int) -> Sequence[Cell]:
        if self._fitted_to != self.size:
            # It may be drawn before it hears of its size, or heard of one that it had in between.
            self._fitted_to = self.size
            self.call_later(self.on_resize)
        if y < HEADING:
            return self._heading()
        at = self._top + y - HEADING
        if at < len(self._window.rows):
            return self._row_cells(self._window.rows[at], at == self._cursor)
        if not self._window.rows:
            message = self._message()
            return message[y - HEADING] if y - HEADING < len(message) else ()
        return ()

    def _heading(self) -> Line:
        cells: list[Cell] = []
        for placed in self._placed:
            role = Role.HEADING
            heading = Cell(placed.column.heading, role)
            cells.append(heading.fitted(placed.width, right=placed.column.right))
            cells.append(Cell(" " * GAP, Role.HEADING))
        used = sum(cell.width for cell in cells)
        return (*cells, Cell(" " * max(0, self.size.width - used), Role.HEADING))

    def _row_cells(self, row: R, under_cursor: bool) -> Line:
        whole = Role.CURSOR if under_cursor else self._role(row)
        cells: list[Cell] = []
        marked = self._rows is not None and self._marked.get(self._rows.key(row)) == row
        last = len(self._placed) - 1
        for place, placed in enumerate(self._placed):
            cell = placed.column.fitted_cell(row, placed.width)
            role = cell.role if cell.role is not Role.PLAIN and not under_cursor else whole
            if under_cursor and placed.column.name == self._column and self.has_focus:
                role = Role.FIELD
            cells.append(Cell(cell.text, role))
            if marked and not place:
                cells.append(Cell(MARK, whole))
            elif place < last:  # A line that is too long has to be measured and cut.
                cells.append(Cell(" " * GAP, whole))
        if under_cursor:
            left = self.size.width - sum(cell.width for cell in cells)
            if left > 0:
                cells.append(Cell(" " * left, whole))
        return tuple(cells)

    def _message(self) -> list[Line]:
        """Why there are no rows."""
        width = max(10, self.size.width - 2)
        if self._error is not None:
            return [line(" ", cell) for cell in wrapped(self._error, width, Role.ERROR)]
        if self._asking.asks(self._lane):
            if self._done_of and self._done_of[1]:
                done, total = self._done_of
                return [line(Cell(f" reading… {done} of {total} days so far", Role.MUTED))]
            return [line(Cell(" reading…", Role.MUTED))]
        return [
            line(" ", cell)
            for sentence in self._empty
            for cell in wrapped(sentence, width, Role.MUTED)
        ]

    # Size, focus, mouse

    def _place(self) -> None:
        self._placed = fitted(self._columns, self.size.width)
        names = [placed.column.name for placed in self._placed if placed.column.heading]
        preferred = (self._gone_to, self._start_column, *names)
        self._column = next((name for name in preferred if name in names), "")

    def on_resize(self) -> None:
        self._fitted_to = self.size
        if not self.size.height:
            return  # A table behind another page: one comes back to it as it was.
        height = max(1, self.size.height - HEADING)
        if height < self._height and self._left_at is None:
            self._left_at = self._top
        elif height > self._height and self._left_at is not None:
            self._top = self._left_at
        self._height = height
        self._place()
        self._after_change()

    def on_focus(self) -> None:
        self.refresh_line(HEADING + self._cursor - self._top)

    def on_blur(self) -> None:
        self.refresh_line(HEADING + self._cursor - self._top)

    def on_mouse_scroll_down(self) -> None:
        self._move(3, scroll=3)

    def on_mouse_scroll_up(self) -> None:
        self._move(-3, scroll=-3)

    def on_click(self, event: events.Click) -> None:
        at = self._top + event.y - HEADING
        if event.y >= HEADING and at < len(self._window.rows):
            self._move(at - self._cursor)

    def on_unmount(self) -> None:
        self._asking.take_back(self._lane)
