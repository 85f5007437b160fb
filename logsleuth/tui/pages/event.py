"""The page of one course change: who is recorded, who was signed in, and why we say so."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult

from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.trace import words
from logsleuth.trace.result import Cause, Trace
from logsleuth.tui import beside, subjects, things, wording
from logsleuth.tui.cells import Cell, Line, Role, line, wrapped
from logsleuth.tui.copies import Copies
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import event_facts, laid_out
from logsleuth.tui.pages.columns import VERDICT_ROLES, change_columns
from logsleuth.tui.pages.request_table import RequestTable
from logsleuth.tui.paint import Lines
from logsleuth.tui.rows import ListRows
from logsleuth.tui.subjects import Subject
from logsleuth.tui.table import RecordTable
from logsleuth.tui.things import Centre

MOST_CAUSES = 6
"""Rows of the table of causes that are in sight at once."""

INDENT = 2


class EventPage(RequestTable):
    """A change, its causes, and what speaks for and against each."""

    contexts: ClassVar[frozenset[str]] = RequestTable.contexts

    def __init__(self, desk: Desk, event: CourseEvent) -> None:
        super().__init__(desk)
        self.event = event
        self._tracing = desk.lane("trace")
        self._trace: Trace | None = None
        self._failure = ""
        self.about = Lines(id="about")
        self.about.can_focus = False
        self.evidence = Lines(id="evidence")

    def compose(self) -> ComposeResult:
        yield self.about
        yield self.table
        yield self.evidence

    @property
    def crumb(self) -> str:
        course = wording.course_label(self.event.course_id, self.desk.names)
        return f"{self.event.label} {course}".strip()

    def on_mount(self) -> None:
        desk, event = self.desk, self.event
        self.draw_columns()
        self.table.display = False
        known = desk.traces.get(event)
        if known is not None:
            self._show(known)
            return
        self._draw()
        desk.asking.ask(
            self._tracing,
            lambda cancel: desk.traces.make((event,), desk.names, cancel),
            lambda done: self._show(desk.traces.get(event)),
            self._failed,
        )

    def _failed(self, sentence: str) -> None:
        self._failure = sentence
        self._draw()

    def _show(self, trace: Trace | None) -> None:
        if trace is None:
            return
        self._trace = trace
        requests = [cause.request for cause in trace.causes]
        self.table.display = bool(requests)
        self.table.styles.height = min(len(requests), MOST_CAUSES) + 1
        self.table.open(ListRows(requests, lambda request: request.id))
        self._draw()
        self.post_message(self.Changed())

    def _draw(self) -> None:
        about = self._about()
        self.about.styles.height = len(about)
        self.about.show(about)
        self.evidence.show(self._evidence())

    # What stands above the causes

    def _about(self) -> list[Line]:
        width = max(20, self.size.width - 2)
        event, names = self.event, self.desk.names
        course = wording.course_label(event.course_id, names) or "an unknown course"
        lines = [
            line(" ", Cell(f"{event.label} · {course}", Role.HEADING)),
            line(" ", Cell(wording.both_times(event.created_at, self.desk.zones, fraction=False))),
        ]
        if self._failure:
            return [*lines, *_indented(self._failure, width, Role.ERROR, 0)]
        trace = self._trace
        if trace is None:
            return [*lines, line(Cell(" tracing…", Role.MUTED))]
        who = words.who(event, trace, names.text)
        acting = trace.signed_in_user_id not in (None, event.user_id)
        lines += _indented(who, width, Role.ACTING if acting else Role.STRONG, 0)
        changed = wording.changed(event)
        if changed:
            lines += _indented(changed, width, Role.PLAIN, 0)[:3]
        said = f"{trace.verdict.upper()}. {trace.reason_text}"
        return [*lines, *_indented(said, width, VERDICT_ROLES[trace.verdict], 0)]

    # What stands below them

    def _evidence(self) -> list[Line]:
        trace = self._trace
        if trace is None:
            return []
        width = max(20, self.size.width - 2)
        lines: list[Line] = []
        cause = self._cause(trace)
        if cause is not None:
            lines += self._weighed(trace, cause, width)
        else:
            lines += self._way_on(width)
        lines += self._beside(width)
        definition = f"{trace.verdict}: {words.DEFINITIONS[trace.verdict]}"
        lines += [(), *_indented(definition, width, Role.MUTED, 0)]
        return [*lines, *_indented(words.FOOTNOTE, width, Role.MUTED, 0)]

    def _cause(self, trace: Trace) -> Cause | None:
        row = self.table.row or (trace.causes[0].request if trace.causes else None)
        return next((c for c in trace.causes if row is not None and c.request.id == row.id), None)

    def _weighed(self, trace: Trace, cause: Cause, width: int) -> list[Line]:
        request, names = cause.request, self.desk.names
        place = trace.causes.index(cause) + 1
        which = f" · candidate {place} of {len(trace.causes)}" if len(trace.causes) > 1 else ""
        lines = [
            line(" ", Cell(f"{wording.route_label(request)}{which}", Role.HEADING)),
            line(" by ", Cell(wording.who(request, names), Role.STRONG)),
        ]
        if cause.source == "canvas_page_view":
            said = "Canvas sent this page view with the change; the request is not in the cache."
            lines += _indented(said, width, Role.WARN, 0)
        lines.append(line(Cell(" What speaks for it:", Role.MUTED)))
        for reason in cause.evidence:
            lines += _indented(f"+ {reason}", width, Role.GOOD, INDENT)
        if cause.against:
            lines.append(line(Cell(" What it does not show, or speaks against it:", Role.MUTED)))
        for reason in cause.against:
            lines += _indented(f"− {reason}", width, Role.WARN, INDENT)
        return lines

    def _beside(self, width: int) -> list[Line]:
        """Whether the cause's address, agent and hour are usual for who was signed in."""
        row = self.table.row
        if row is None:
            return []
        facts = beside.facts(row, self.beside.of(row), self.desk)
        lines = [line(Cell(" Usual for the account signed in?", Role.MUTED))] if facts else []
        for _, text, role in facts:
            lines += _indented(text, width, role, INDENT)
        return lines

    def _way_on(self, width: int) -> list[Line]:
        lines = [line(Cell(" What you can do:", Role.MUTED))]
        ways = ["Press + to see what the recorded account did around that time"]
        if self.event.user_id is not None:
            ways.append("Press U to see everything of the recorded account")
        for way in ways:
            lines += _indented(way, width, Role.PLAIN, INDENT)
        return lines

    def _looked_up(self) -> None:
        self.evidence.show(self._evidence(), keep_place=True)
        super()._looked_up()

    def on_record_table_moved(self) -> None:
        self.evidence.show(self._evidence())
        super().on_record_table_moved()

    def on_resize(self) -> None:
        self._draw()

    def zone_changed(self) -> None:
        super().zone_changed()
        self._draw()

    @property
    def main(self) -> RecordTable[WebLog]:
        return self.table

    def subject(self) -> Subject | None:
        """The change with its trace, which has the requests above in it."""
        return subjects.change(self.event)

    def detail(self, width: int) -> Sequence[Line]:
        return super().detail(width) or laid_out(event_facts(self.event, self.desk), width)

    # Actions: those that make sense without a cause

    def do_wider(self) -> None:
        if self.table.row is None:
            centre = Centre(self.event.created_at, self.event.user_id)
            self.post_message(self.Open(centre))
        else:
            super().do_wider()

    def do_about(self) -> None:
        course = self.event.course_id
        if self.table.row is None and course is not None:
            self.post_message(self.Open(things.whole("course", course, self.desk.names)))
        else:
            super().do_about()

    def do_acted_as(self) -> None:
        if self.table.row is None and self.event.user_id is not None:
            self.post_message(self.Open(things.account(self.event.user_id, self.desk.names)))
        else:
            super().do_acted_as()

    def copies(self) -> Copies[Any] | None:
        """The requests above, or without any the change itself."""
        if self.table.row is not None:
            return super().copies()
        event, desk = self.event, self.desk
        sentence = wording.event_sentence(event, desk.names, desk.zones)
        return Copies(
            (event,),
            (event,),
            change_columns(desk),
            None,
            lambda _: sentence,
            CourseEvent.as_json,
            lambda row: things.equal("id", row.id),
        )

    def on_unmount(self) -> None:
        super().on_unmount()
        self.desk.asking.take_back(self._tracing)


def _indented(text: str, width: int, role: Role, indent: int) -> list[Line]:
    blank = " " * (indent + 1)
    return [line(blank, cell) for cell in wrapped(text, width - indent, role)]
