"""What one can do with a request under the cursor, on whatever page it stands."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from logsleuth.filter.tree import Node, Not
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.tui import beside, subjects, things, wording
from logsleuth.tui.beside import Beside, Found
from logsleuth.tui.cells import Line
from logsleuth.tui.columns import Column
from logsleuth.tui.copies import Copies
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import laid_out, request_facts, summary_facts
from logsleuth.tui.names import Names
from logsleuth.tui.pages.columns import request_columns, request_marks, request_role
from logsleuth.tui.pages.page import CausedBy, Destination, Page
from logsleuth.tui.subjects import Subject
from logsleuth.tui.table import RecordTable
from logsleuth.tui.things import Centre, Thing

EMPTY = 2
"""Lines that may stand empty between what is said of a request and its fields."""


class RequestTable(Page):
    """A page with a table of requests."""

    contexts: ClassVar[frozenset[str]] = frozenset({"rows", "records", "traced", "about"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._caused = desk.lane("caused")
        self.beside = Beside(desk, self._looked_up)
        self._room = 0
        self.table: RecordTable[WebLog] = RecordTable(
            desk.asking, desk.lane("rows"), role=request_role
        )

    @property
    def main(self) -> RecordTable[WebLog]:
        return self.table

    @property
    def columns_of(self) -> str:
        return "requests"

    def marked(self, request: WebLog) -> bool:
        """Whether a request gets the mark of those that match the filter."""
        return False

    def oldest_first(self) -> bool:
        """The order of the rows."""
        return False

    def origin(self) -> WebLog | None:
        """The request that one came from."""
        return None

    def here(self, request: WebLog) -> bool:
        """Whether a request is (one of) what one came from."""
        origin = self.origin()
        return origin is not None and request.id == origin.id

    def table_columns(self) -> Sequence[Column[WebLog]]:
        """The columns, for the zone shown now."""
        marks: Column[WebLog] = Column(
            "marks",
            "",
            4,
            4,
            0,
            lambda row: request_marks(row, matching=self.marked(row), here=self.here(row)),
        )
        return request_columns(self.desk, marks, oldest_first=self.oldest_first())

    def draw_columns(self) -> None:
        """Show the columns, or those that were chosen."""
        chosen = self.desk.columns.get(self.columns_of, ())
        self.table.set_columns(self.table_columns(), "url", chosen)

    def zone_changed(self) -> None:
        self.draw_columns()

    def on_record_table_moved(self) -> None:
        self.post_message(self.Changed())

    def subject(self) -> Subject | None:
        row = self.table.row
        return None if row is None else subjects.request(row)

    def copies(self) -> Copies[WebLog] | None:
        names, zones = self.desk.names, self.desk.zones
        return Copies.of(
            self.table,
            lambda row: wording.request_sentence(row, names, zones),
            WebLog.as_json,
            lambda row: things.equal("id", row.id),
        )

    def detail(self, width: int) -> Sequence[Line]:
        row = self.table.row
        if row is None:
            return ()
        found = self.beside.of(row)
        summary = summary_facts(row, self.desk) + beside.facts(row, found, self.desk)
        fields = request_facts(row, self.desk) + beside.origin_facts(row, found, self.desk)
        return [*self._in_room(laid_out(summary, width), found), *laid_out(fields, width)]

    def _in_room(self, lines: list[Line], found: Found) -> list[Line]:
        """The lines, and empty ones below, so that the fields stand where those of the row
        before stood: else each row would draw all of them again, twice."""
        if found.whole and not len(lines) <= self._room <= len(lines) + EMPTY:
            self._room = len(lines)
        return lines + [()] * (self._room - len(lines))

    def _looked_up(self) -> None:
        """There is more to show beside the row."""
        self.post_message(self.Changed())

    def on_unmount(self) -> None:
        self.desk.asking.take_back(self._caused)
        self.beside.forget()

    def _with_row(self, then: Callable[[WebLog], None]) -> None:
        row = self.table.row
        if row is None:
            self.say("There is no request under the cursor.")
        else:
            then(row)

    def _open(self, destination: Destination, row: WebLog) -> None:
        self.post_message(self.Open(destination, row))

    def do_drill(self) -> None:
        column = self.table.column
        match column.opens if column else "":
            case "account":
                self.do_account()
            case "address":
                self.do_address()
            case "key":
                self.do_key()
            case "about":
                self.do_about()
            case "course":
                self._open_thing(things.course)
            case _:
                self.do_session()

    def do_session(self) -> None:
        self._with_row(lambda row: self._open(things.session(row, self.desk.names), row))

    def do_account(self) -> None:
        self._with_row(lambda row: self._open_account(row.actor, row, "Nobody was signed in."))

    def do_acted_as(self) -> None:
        self._with_row(lambda row: self._open_account(row.user_id, row, "Nobody was signed in."))

    def _open_account(self, user_id: int | None, row: WebLog, otherwise: str) -> None:
        if user_id is None:
            self.say(otherwise)
        else:
            self._open(things.account(user_id, self.desk.names), row)

    def do_address(self) -> None:
        def opened(row: WebLog) -> None:
            if row.remote_ip is None:
                self.say("The request has no recorded address.")
            else:
                self._open(things.address(row.remote_ip, self.desk.networks), row)

        self._with_row(opened)

    def do_key(self) -> None:
        def opened(row: WebLog) -> None:
            if row.developer_key_id is None:
                self.say("The request was not made with a developer key.")
            else:
                self._open(things.key(row.developer_key_id, self.desk.names), row)

        self._with_row(opened)

    def do_others(self) -> None:
        """Open what the account did meanwhile in other sessions."""

        def opened(row: WebLog) -> None:
            if row.actor is None:
                self.say("Nobody was signed in.")
            else:
                self._open(things.other_sessions(row, self.desk.names), row)

        self._with_row(opened)

    def do_about(self) -> None:
        self._open_thing(things.about)

    def _open_thing(self, thing_of: Callable[[WebLog, Names], Thing | None]) -> None:
        def opened(row: WebLog) -> None:
            thing = thing_of(row, self.desk.names)
            if thing is None:
                self.say("The request names no course, and nothing in one.")
            else:
                self._open(thing, row)

        self._with_row(opened)

    def do_wider(self) -> None:
        self._with_row(lambda row: self._open(Centre.of(row), row))

    def do_narrower(self) -> None:
        self.do_wider()

    def do_cause(self) -> None:
        """Open the changes that the request caused."""
        self._with_row(self._ask_for_changes)

    def _ask_for_changes(self, row: WebLog) -> None:
        desk = self.desk

        def answered(changes: tuple[CourseEvent, ...]) -> None:
            if changes:
                what = f"{row.http_method or ''} {row.path}".strip()
                self._open(CausedBy(what, changes), row)
            else:
                self.say("No course change in this cache is traced to this request.")

        self.say("Looking for the changes that this request caused…")
        desk.asking.ask(
            self._caused,
            lambda cancel: desk.traces.caused_by(row, desk.names, cancel),
            answered,
            self.say,
        )

    def do_filter_cell(self) -> None:
        self._narrow(lambda node: node)

    def do_exclude_cell(self) -> None:
        self._narrow(Not)

    def _narrow(self, turned: Callable[[Node], Node]) -> None:
        row, column = self.table.row, self.table.column
        if row is None or column is None:
            self.say("There is no cell under the cursor.")
            return
        node = column.test(row)
        if node is None:
            self.say(f"There is no filter for this {column.heading}.")
        else:
            self.post_message(self.Narrow(turned(node)))

    def do_copy_cell(self) -> None:
        row, column = self.table.row, self.table.column
        if row is not None and column is not None:
            self.post_message(self.Copy([_exact(row, column.name)], column.title, named=True))


def _exact(row: WebLog, column: str) -> str:
    """The value of a cell as it was delivered, for the clipboard."""
    if column == "timestamp":
        return times.iso(row.timestamp)
    found = getattr(row, column)
    return "" if found is None else str(found)
