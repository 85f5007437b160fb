"""A page with a table of course changes, whose causes are traced as they come in sight."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult

from logsleuth.filter.tree import Node, Not
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.trace import words
from logsleuth.trace.result import Trace
from logsleuth.tui import subjects, things, wording
from logsleuth.tui.cells import Line, Role
from logsleuth.tui.changes import ChangeRows
from logsleuth.tui.copies import Copies
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import event_facts, laid_out
from logsleuth.tui.pages.columns import VERDICT_ROLES, another_signed_in, change_columns
from logsleuth.tui.pages.page import Destination, Page
from logsleuth.tui.paint import OneLine
from logsleuth.tui.subjects import Subject
from logsleuth.tui.table import RecordTable
from logsleuth.tui.things import Centre


class ChangeTable(Page):
    """A title, counts, and course changes."""

    contexts: ClassVar[frozenset[str]] = frozenset({"rows", "records", "traced", "changes"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._tracing = desk.lane("traces")
        self.title_line = OneLine()
        self.counts_line = OneLine()
        self.table: RecordTable[CourseEvent] = RecordTable(
            desk.asking, desk.lane("rows"), role=self._role
        )

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.counts_line
        yield self.table

    def make_rows(self) -> ChangeRows:
        """The listing to show."""
        raise NotImplementedError

    def draw_titles(self) -> None:
        """Draw title and counts."""
        raise NotImplementedError

    @property
    def main(self) -> RecordTable[CourseEvent]:
        return self.table

    @property
    def columns_of(self) -> str:
        return "changes"

    def on_mount(self) -> None:
        self._draw_columns()
        self.open_rows()
        self.draw_titles()

    def open_rows(self) -> None:
        """Show the listing for the first time."""
        self.table.open(self.make_rows())

    def _draw_columns(self) -> None:
        chosen = self.desk.columns.get(self.columns_of, ())
        self.table.set_columns(change_columns(self.desk), "event_type", chosen)

    def zone_changed(self) -> None:
        self._draw_columns()

    def on_record_table_moved(self) -> None:
        self.draw_titles()
        self._trace_in_sight()
        self.post_message(self.Changed())

    def _role(self, event: CourseEvent) -> Role:
        return Role.ACTING if another_signed_in(self.desk, event) else Role.PLAIN

    def _trace_in_sight(self) -> None:
        desk = self.desk
        missing = desk.traces.missing(self.table.in_sight)
        if not missing or desk.asking.asks(self._tracing):
            return
        desk.asking.ask(
            self._tracing,
            lambda cancel: desk.traces.make(missing, desk.names, cancel),
            self._traced,
            self.say,
            done=self._trace_in_sight,
            patient=True,
        )

    def _traced(self, done: int) -> None:
        self.table.redraw()
        self.post_message(self.Changed())

    def subject(self) -> Subject | None:
        row = self.table.row
        return None if row is None else subjects.change(row)

    def copies(self) -> Copies[CourseEvent] | None:
        return Copies.of(
            self.table,
            self._sentence,
            CourseEvent.as_json,
            lambda row: things.equal("id", row.id),
        )

    def detail(self, width: int) -> Sequence[Line]:
        row = self.table.row
        if row is None:
            return ()
        facts = event_facts(row, self.desk)
        trace = self.desk.traces.get(row)
        if trace is not None:
            signed_in = words.signed_in(row, trace, self.desk.names.text)
            facts[4:4] = [
                ("signed in as", signed_in, Role.STRONG),
                ("verdict", f"{trace.verdict}: {trace.reason_text}", VERDICT_ROLES[trace.verdict]),
            ]
        return laid_out(facts, width)

    # Actions

    def _open(self, destination: Destination, origin: WebLog | None = None) -> None:
        self.post_message(self.Open(destination, origin))

    def _with_row(self, then: Callable[[CourseEvent], None]) -> None:
        row = self.table.row
        if row is None:
            self.say("There is no change under the cursor.")
        else:
            then(row)

    def _with_trace(self, then: Callable[[CourseEvent, Trace], None]) -> None:
        row = self.table.row
        trace = self.desk.traces.get(row) if row else None
        if row is None:
            self.say("There is no change under the cursor.")
        elif trace is None:
            self.say("The cause of this change is still being traced.")
        else:
            then(row, trace)

    def do_drill(self) -> None:
        self._with_row(self._open)

    def do_cause(self) -> None:
        self.do_drill()

    def do_session(self) -> None:
        def opened(row: CourseEvent, trace: Trace) -> None:
            if not trace.causes:
                self.say(f"No request is known for this change. {trace.reason_text}")
            else:
                request = trace.causes[0].request
                thing = things.session(request, self.desk.names)
                self._open(thing, request)

        self._with_trace(opened)

    def do_account(self) -> None:
        def opened(row: CourseEvent, trace: Trace) -> None:
            if trace.signed_in_user_id is None:
                self.say("Who was signed in is not known; U opens the recorded account.")
            else:
                self._open_account(trace.signed_in_user_id)

        self._with_trace(opened)

    def do_acted_as(self) -> None:
        def opened(row: CourseEvent) -> None:
            if row.user_id is None:
                self.say("The change names no account.")
            else:
                self._open_account(row.user_id)

        self._with_row(opened)

    def _open_account(self, user_id: int) -> None:
        self._open(things.account(user_id, self.desk.names))

    def do_address(self) -> None:
        def opened(row: CourseEvent, trace: Trace) -> None:
            address = trace.causes[0].request.remote_ip if trace.causes else None
            if address is None:
                self.say("The address of this change is not known.")
            else:
                self._open(things.address(address, self.desk.networks), trace.causes[0].request)

        self._with_trace(opened)

    def do_key(self) -> None:
        def opened(row: CourseEvent, trace: Trace) -> None:
            key = trace.causes[0].request.developer_key_id if trace.causes else None
            if key is None:
                self.say("No developer key is known for this change.")
            else:
                thing = things.key(key, self.desk.names)
                self._open(thing, trace.causes[0].request)

        self._with_trace(opened)

    def do_wider(self) -> None:
        self._with_row(lambda row: self._open(Centre(row.created_at, row.user_id)))

    def do_narrower(self) -> None:
        self.do_wider()

    def do_filter_cell(self) -> None:
        self._narrow(lambda node: node)

    def do_exclude_cell(self) -> None:
        self._narrow(Not)

    def _narrow(self, turned: Callable[[Node], Node]) -> None:
        row, column = self.table.row, self.table.column
        node = column.test(row) if row is not None and column is not None else None
        if node is None:
            self.say("There is no filter for this cell.")
        else:
            self.post_message(self.Narrow(turned(node)))

    def do_reload(self) -> None:
        row = None if self.table.at_start else self.table.row
        if row is None:
            self.table.open(self.make_rows())
        else:
            self.table.open_at(self.make_rows(), row)

    def do_copy_cell(self) -> None:
        row, column = self.table.row, self.table.column
        if row is None or column is None:
            return
        raw = getattr(row, column.name, None)
        text = column.cell(row).text if raw is None else str(raw)
        if column.name == "timestamp":
            text = times.iso_seconds(row.created_at)
        elif column.name == "event_data":
            text = wording.changed(row)
        self.post_message(self.Copy([text], column.title, named=True))

    def _sentence(self, row: CourseEvent) -> str:
        sentence = wording.event_sentence(row, self.desk.names, self.desk.zones)
        trace = self.desk.traces.get(row)
        if trace is not None:
            found = words.signed_in(row, trace, self.desk.names.text)
            sentence = f"{sentence} Signed in: {found} (verdict: {trace.verdict})."
        return sentence

    def on_unmount(self) -> None:
        self.desk.asking.take_back(self._tracing)
