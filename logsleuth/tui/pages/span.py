"""The page of a span: who acted as whom, what they read and changed, and the session."""

from typing import ClassVar

from textual.app import ComposeResult

from logsleuth.model.weblog import WebLog
from logsleuth.store.base import ActSpan, Partial
from logsleuth.tui import span_changes, spans
from logsleuth.tui.cells import Cell, Line, Role, line, wrapped
from logsleuth.tui.desk import Desk
from logsleuth.tui.headline import split_line
from logsleuth.tui.pages.thing import ThingPage
from logsleuth.tui.paint import Lines, OneLine
from logsleuth.tui.span_changes import Caused
from logsleuth.tui.spans import Read

IN_SIGHT = 4
"""Lines of what was read that are in sight; Tab goes there to scroll."""

LOW = 14
"""Lines of a page below which one each is in sight, since the requests need the rest."""


class SpanPage(ThingPage):
    """The whole session of a span, before, during and after; its own rows are marked."""

    contexts: ClassVar[frozenset[str]] = ThingPage.contexts

    def __init__(self, desk: Desk, span: ActSpan) -> None:
        self.span = span
        self._reading = desk.lane("reads")
        self._read: tuple[Read, ...] | None = None
        self._tracing = desk.lane("span changes")
        self._changed: Caused | None = None
        # Where the span begins: a place in the listing, with no request of its own.
        self._start = WebLog(id="", timestamp=span.start)
        super().__init__(desk, spans.thing(span, desk.names, desk.zones), None)
        self.numbers = Lines(id="span")
        self.numbers.can_focus = False
        self.reads = Lines(id="reads")
        self.changes = OneLine()

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.numbers
        yield self.reads
        yield self.changes
        yield self.counts_line
        yield self.more_line
        yield self.table

    def on_mount(self) -> None:
        desk, span = self.desk, self.span
        super().on_mount()
        desk.asking.ask(
            self._reading,
            lambda cancel: spans.reads(desk.store, desk.names, span, cancel),
            self._know,
            self.say,
            patient=True,
        )
        desk.asking.ask(
            self._tracing,
            lambda cancel: span_changes.caused(desk, (span,), cancel),
            self._know_changes,
            self.say,
            patient=True,
        )

    def origin(self) -> WebLog | None:
        return self._start

    def here(self, request: WebLog) -> bool:
        return spans.holds(self.span, request)

    def headline(self) -> Line:
        before = Cell("session: ", Role.MUTED)
        room = self.size.width - 2 - before.width
        return (before, *split_line(self.split, room, hidden=self.view.hide_automatic))

    def _know(self, found: tuple[Read, ...]) -> None:
        self._read = found
        self._draw_reads()

    def _know_changes(self, answer: Partial[dict[ActSpan, Caused]]) -> None:
        if answer.complete:
            self._changed = answer.value[self.span]
            self._draw_changes()

    def _draw_changes(self) -> None:
        words = "tracing…" if self._changed is None else self._changed.words
        self.changes.show(line(" ", Cell(f"Caused: {words}")))

    def _draw_reads(self) -> None:
        role = Role.PLAIN if self.span.student_view else Role.ACTING
        width = max(20, self.size.width - 2)
        for widget, text, shade in (
            (self.numbers, spans.made_of(self.span), role),
            (self.reads, self._reads_words(), Role.PLAIN),
        ):
            if self.size.height < LOW:
                cells = [Cell(text, shade).fitted(width)]
            else:
                cells = wrapped(text, width, shade)
            widget.styles.height = min(len(cells), IN_SIGHT)
            widget.show([line(" ", cell) for cell in cells], keep_place=True)

    def _reads_words(self) -> str:
        if self._read is None:
            return "Read: counting…"
        if not self._read:
            return "Read: nothing that the log shows."
        return f"Read: {spans.reads_words(self._read, self.desk.names)}"

    def zone_changed(self) -> None:
        self.thing = spans.thing(self.span, self.desk.names, self.desk.zones)
        super().zone_changed()

    def on_resize(self) -> None:
        super().on_resize()
        self._draw_reads()
        self._draw_changes()

    def on_unmount(self) -> None:
        super().on_unmount()
        self.desk.asking.take_back(self._reading)
        self.desk.asking.take_back(self._tracing)
