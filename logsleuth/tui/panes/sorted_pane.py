"""What the panes of values, spans and sessions share: one row for each, in any order."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult

from logsleuth.filter.tree import Node, Not, both
from logsleuth.store.base import Cancel, Partial
from logsleuth.tui import filters, subjects
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.copies import Copies
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import Fact, laid_out
from logsleuth.tui.filters import Filter
from logsleuth.tui.history import Step
from logsleuth.tui.pages.page import Destination, Page
from logsleuth.tui.paint import OneLine
from logsleuth.tui.panes.requests import NOTHING
from logsleuth.tui.remembering import Shown
from logsleuth.tui.sorting import Reading, Sort, Sortable, SortedRows
from logsleuth.tui.subjects import Subject
from logsleuth.tui.table import RecordTable, Standing
from logsleuth.tui.wording import counted, number

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Place(Generic[R]):
    """Where one stands in a pane."""

    reading: Reading[R]
    sort: Sort
    folded: bool
    table: Standing[R]


@dataclass(frozen=True, slots=True)
class Told(Generic[R]):
    """How many of the rows are ``kept``, and what the headline says of them."""

    reading: Reading[R]
    rows: Sequence[R]
    folded: bool
    kept: int
    cells: Line


class SortedPane(Page, Generic[R]):
    """A headline and a table that sorts by any of its columns, under the global filter.

    Leaving the pane while it reads takes the question back; coming back asks it again.
    """

    contexts: ClassVar[frozenset[str]] = frozenset({"rows", "sorted"})
    NAME: ClassVar[str]
    ONE: ClassVar[str]
    MANY: ClassVar[str]
    START: ClassVar[Sort]
    LEFT_OUT: ClassVar[str] = ""
    FOLDED: ClassVar[bool] = False

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._filter: Filter = desk.filter
        self._folded = self.FOLDED
        self._told: Told[R] | None = None
        self._left_on = ""
        self._deep = desk.lane("profiles")
        self.sort = self.START
        self.reading = self.make_reading(self.where)
        self.head_line = OneLine()
        self._lane = desk.lane("rows")
        self.table: RecordTable[R] = RecordTable(desk.asking, self._lane, role=self.role)

    def compose(self) -> ComposeResult:
        yield self.head_line
        yield self.table

    # What a kind of pane says of itself

    def make_reading(self, where: Node) -> Reading[R]:
        """The question for the rows under a filter."""
        raise NotImplementedError

    def key(self, row: R) -> str:
        """What tells the row from all others."""
        raise NotImplementedError

    def sortables(self) -> Sequence[Sortable[R]]:
        """The columns, for the zone shown now."""
        raise NotImplementedError

    def node(self, row: R) -> Node | None:
        """The requests of the row: what a cell without a test of its own stands for;
        ``None`` where no filter can say it."""
        raise NotImplementedError

    def destination(self, row: R) -> Destination:
        """The page of the row."""
        raise NotImplementedError

    def facts(self, row: R) -> list[Fact]:
        """What the detail says."""
        raise NotImplementedError

    def sentence(self, row: R) -> str:
        """The row as one sentence for a ticket."""
        raise NotImplementedError

    def says(self) -> Line:
        """What the headline says besides how many rows there are."""
        left_out = self.reading.left_out
        if not left_out:
            return ()
        count = counted(left_out, "request", "requests")
        return (Cell(f" · {count} {self.LEFT_OUT}", Role.WARN),)

    def role(self, row: R) -> Role:
        """The colour of a row."""
        return Role.PLAIN

    def keeps(self, row: R) -> bool:
        """Whether the row is shown."""
        return True

    def number_kept(self, rows: Sequence[R]) -> int:
        """How many of all rows are shown."""
        return sum(1 for row in rows if self.keeps(row))

    def learn(self, rows: Sequence[R]) -> None:
        """Read the names that the rows need.  Called from threads."""

    def profile_key(self, row: R) -> Hashable:
        """What the row's profile is asked by, in panes whose reading has profiles."""
        return self.key(row)

    def all_folded(self) -> Sequence[str]:
        """What to say, and do next, where all rows are hidden."""
        return ()

    def nothing_there(self) -> Sequence[str]:
        """What to say, and do next, where the whole cache has no such row."""
        raise NotImplementedError

    def profile(self, row: R) -> Any:
        """What the requests of a row are made of (of the pane's own type), or ``None``
        where that is not read yet."""
        profiles = self.reading.profiles
        return None if profiles is None else profiles.get(self.profile_key(row))

    @property
    def filter_empty(self) -> bool:
        """Whether the rows are of all requests."""
        return self._filter.empty

    def under_filter(self) -> str:
        """What makes the numbers of a sentence true: the filter, if there is one."""
        return "" if self._filter.empty else f" (requests that match: {self._filter.text})"

    def evidence(self, row: R) -> Subject | None:
        """What a row is as evidence: its requests under the filter; ``None`` where no filter
        can say which these are."""
        node = self.node(row)
        return None if node is None else subjects.requests(both(self.where, node))

    def copies(self) -> Copies[R] | None:
        return Copies.of(self.table, self.sentence, self._record, self.node)

    def _record(self, row: R) -> dict[str, Any]:
        """The columns as values: what they are sorted by, or else their text."""
        found: dict[str, Any] = {}
        for one in self.sortables():
            value = one.by(row)
            plain = isinstance(value, str | int | None) and one.column.right
            found[one.column.name] = value if plain else str(one.column.cell(row).text)
        return found

    def subject(self) -> Subject | None:
        row = self.table.row
        return None if row is None else self.evidence(row)

    # Showing

    @property
    def crumb(self) -> str:
        return self.NAME

    @property
    def columns_of(self) -> str:
        return self.NAME.lower()

    @property
    def main(self) -> RecordTable[R]:
        return self.table

    @property
    def where(self) -> Node:
        """The filter, as far as it is about requests."""
        node = self._filter.node
        return NOTHING if filters.only_of_events(node) else node

    def on_mount(self) -> None:
        self._show()

    def _rows(self) -> SortedRows[R]:
        chosen = next(s for s in self.sortables() if s.column.name == self.sort.column)
        return SortedRows(
            self.reading,
            self.key,
            chosen.by,
            largest_first=self.sort.largest_first,
            keep=self.keeps,
            learn=self.learn,
            prepare=partial(self._read_profiles, self.reading) if chosen.deep else None,
            finish=self._count_early,
        )

    def _read_profiles(
        self, reading: Reading[R], rows: Sequence[R], cancel: Cancel
    ) -> Iterator[Partial[None]]:
        """Read what the profiles of these rows lack.  Called from threads."""
        if reading.profiles is not None:
            yield from reading.profiles.make([self.profile_key(row) for row in rows], cancel)

    def _show(self, near: R | None = None) -> None:
        """Show the rows, near one of them if there is one to stay near."""
        self._draw_columns()
        self.table.set_empty(self._empty())
        if near is None:
            self.table.open(self._rows())
        else:
            self.table.open_at(self._rows(), near)
        self._draw_head()

    def _draw_columns(self) -> None:
        columns = [sortable.headed(self.sort) for sortable in self.sortables()]
        chosen = self.desk.columns.get(self.columns_of, ())
        self.table.set_columns(columns, self.START.column, chosen)

    def _empty(self) -> Sequence[str]:
        if self.folded and self.reading.rows:
            return self.all_folded()
        if fields := filters.only_of_events(self._filter.node):
            names = ", ".join(field.name for field in fields)
            return (
                f"The filter asks for {names}, which only course changes have.",
                "2 shows the changes that match; Backspace takes the filter back.",
            )
        if not self._filter.empty:
            return (
                f"No {self.ONE} has a request that matches the filter.",
                "Backspace takes it back, / changes it.",
            )
        return self.nothing_there()

    def _draw_head(self) -> None:
        reading = self.reading
        if reading.complete:
            cells = self._told_now().cells
        elif not self.desk.asking.asks(self._lane):
            cells = (Cell("not read to the end: r reads again", Role.WARN),)
        else:
            days = f" {reading.done} of {reading.total} days so far" if reading.total else ""
            more = ": numbers still grow" if reading.rows else ""
            cells = (Cell(f"reading…{days}{more}", Role.WARN),)
            if self._filter.empty and not reading.rows:
                cells += (Cell(" · a narrower filter is faster, leaving stops it", Role.MUTED),)
        self.head_line.show(line(" ", *cells))

    def _count(self) -> Told[R]:
        reading, rows, folded = self.reading, self.reading.rows, self.folded
        kept = self.number_kept(rows)
        cells = (Cell(counted(kept, self.ONE, self.MANY), Role.STRONG), *self.says())
        return Told(reading, rows, folded, kept, cells)

    def _count_early(self) -> None:
        """Count what will be told of all rows.  Called from threads: if another reading
        or fold is shown by the end, nothing was counted."""
        told = self._count()
        if told.reading is self.reading and told.folded == self.folded:
            self._told = told

    def _told_now(self) -> Told[R]:
        """What is told of all rows, counted once for the same ones: they may be many, and
        the headline is drawn with every step of the cursor."""
        told, reading = self._told, self.reading
        if (
            told is None
            or told.reading is not reading
            or told.rows is not reading.rows
            or told.folded != self.folded
        ):
            told = self._told = self._count()
        return told

    def tally(self) -> Line:
        if not self.reading.complete:
            stopped = not self.desk.asking.asks(self._lane)
            return (Cell("not counted" if stopped else "counting…", Role.MUTED),)
        everything = counted(len(self.reading.rows), self.ONE, self.MANY)
        kept = self._told_now().kept
        if kept == len(self.reading.rows):
            return (Cell(everything),)
        return (Cell(f"{number(kept)} of {everything}"),)

    def _go_back_to_row(self) -> None:
        """Stand on the row that one left the app on, once all are there."""
        if not self._left_on or not self.reading.complete:
            return
        key, self._left_on = self._left_on, ""
        rows = self.table.rows
        row = rows.named(key) if isinstance(rows, SortedRows) else None
        if row is not None and self.table.at_start:
            self.table.open_at(self._rows(), row)

    def on_record_table_moved(self) -> None:
        self._go_back_to_row()
        self.table.set_empty(self._empty())
        self._draw_head()
        self._deepen_in_sight()
        self.post_message(self.Changed())

    def _deepen_in_sight(self) -> None:
        """Read the profiles of the rows on screen, once it is known which these are."""
        desk, reading, rows = self.desk, self.reading, self.table.in_sight
        if reading.profiles is None or not reading.counted or desk.asking.asks(self._deep):
            return
        if not reading.profiles.missing([self.profile_key(row) for row in rows]):
            return

        def read(cancel: Cancel) -> Iterator[bool]:
            for _ in self._read_profiles(reading, rows, cancel):
                pass
            yield True

        def known(_: bool) -> None:
            self.table.redraw()
            self.post_message(self.Changed())

        desk.asking.ask(self._deep, read, known, self.say, done=self._deepen_in_sight, patient=True)

    def detail(self, width: int) -> Sequence[Line]:
        row = self.table.row
        return laid_out(self.facts(row), width) if row is not None else ()

    def zone_changed(self) -> None:
        self._draw_columns()
        self._draw_head()

    def on_resize(self) -> None:
        self._deepen_in_sight()

    # Coming, going, and back

    def on_hide(self) -> None:
        self._take_back()

    def on_unmount(self) -> None:
        self._take_back()

    def _take_back(self) -> None:
        """Nobody looks any more: ask nothing further."""
        self.desk.asking.take_back(self._deep)
        self.desk.asking.take_back(self._lane)

    def came_up(self) -> None:
        if self._filter is not self.desk.filter:
            self._filter = self.desk.filter
            self.do_reload()
        elif not self.reading.complete and not self.desk.asking.asks(self._lane):
            self._show(self._near())
        else:
            self._deepen_in_sight()

    def _near(self) -> R | None:
        """The row to stay near when the listing changes: none at its very start."""
        return None if self.table.at_start else self.table.row

    def kept(self) -> Shown:
        column, largest_first = self.sort.column, self.sort.largest_first
        told: Shown = {"sort": column, "largest_first": largest_first, "folded": self._folded}
        return told | self.table.kept()

    def recall(self, kept: Shown) -> None:
        column = kept.get("sort")
        if any(one.column.name == column for one in self.sortables()):
            self.sort = Sort(str(column), kept.get("largest_first") is True)
        self._folded = bool(kept.get("folded", self._folded))
        self._left_on = self.table.recall(kept)

    def standing(self) -> Place[R]:
        return Place(self.reading, self.sort, self._folded, self.table.standing())

    def restore(self, standing: object) -> None:
        if isinstance(standing, Place):
            self._take_back()
            self._filter = self.desk.filter
            self.reading, self.sort = standing.reading, standing.sort
            self._folded = standing.folded
            self._draw_columns()
            self.table.set_empty(self._empty())
            self.table.restore(standing.table)
            if not self.reading.complete or self.table.row is None:
                self._show(self._near())
            self._draw_head()

    def _took(self, name: str, before: Place[R]) -> None:
        self.post_message(self.Took(Step(name, lambda: self.restore(before))))

    # Actions

    def do_reload(self) -> None:
        near = self._near()
        self.reading = self.make_reading(self.where)
        self._show(near)

    def do_sort(self) -> None:
        chosen = self._standing_in()
        if chosen is None:
            self.say("There is no column under the cursor to sort by.")
            return
        before, name = self.standing(), chosen.column.name
        again = self.sort.column == name
        self.sort = self.sort.turned() if again else Sort(name, chosen.largest_first)
        self._show()
        self._took("sort", before)

    def _standing_in(self) -> Sortable[R] | None:
        """The column under the cursor."""
        column = self.table.column
        name = None if column is None else column.name
        return next((s for s in self.sortables() if s.column.name == name), None)

    def fold(self, name: str) -> None:
        """Hide or show the rows that :meth:`keeps` tells by ``folded``."""
        before = self.standing()
        self._folded = not self._folded
        self._show(self._near())
        self._took(name, before)

    @property
    def folded(self) -> bool:
        """Whether harmless rows are hidden."""
        return self._folded

    def with_row(self, then: Callable[[R], object]) -> None:
        """Do something with the row under the cursor, or say that there is none."""
        row = self.table.row
        if row is None:
            self.say(f"There is no {self.ONE} under the cursor.")
        else:
            then(row)

    def do_drill(self) -> None:
        self.with_row(lambda row: self.post_message(self.Open(self.destination(row))))

    def do_filter_cell(self) -> None:
        self._narrow(lambda node: node)

    def do_exclude_cell(self) -> None:
        self._narrow(Not)

    def _narrow(self, turned: Callable[[Node], Node]) -> None:
        def narrowed(row: R) -> None:
            column = self.table.column
            node = column.test(row) if column is not None else None
            node = self.node(row) if node is None else node
            if node is None:
                self.say(f"There is no filter for this {self.ONE}.")
            else:
                self.post_message(self.Narrow(turned(node)))

        self.with_row(narrowed)

    def do_copy_cell(self) -> None:
        def copied(row: R) -> None:
            chosen = self._standing_in()
            if chosen is not None:
                column, value = chosen.column, chosen.by(row)
                exact = column.right and value is not None  # a number, without its commas
                text = str(value) if exact else column.cell(row).text
                self.post_message(self.Copy([text], column.title, named=True))

        self.with_row(copied)
