"""The app: it holds the desk, runs the frame, and never shows what it should not."""

import os
from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from rich.segment import Segments
from rich.text import Text
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.notifications import SeverityLevel

from logsleuth.model.event import CourseEvent
from logsleuth.model.networks import Networks
from logsleuth.model.text import visible
from logsleuth.store.base import Store
from logsleuth.store.catalogue import Catalogue
from logsleuth.tui import copying, crash, memory, smooth
from logsleuth.tui.ascii_only import AsciiOnly
from logsleuth.tui.asking import Answer, Asking
from logsleuth.tui.casebook import Casebook
from logsleuth.tui.desk import Desk
from logsleuth.tui.driver import TerminalDriver
from logsleuth.tui.filters import Filter
from logsleuth.tui.frame import Frame
from logsleuth.tui.outline import Outline
from logsleuth.tui.remembering import Left
from logsleuth.tui.sparing import SparingApp
from logsleuth.tui.syncing import Syncing
from logsleuth.tui.terminal import ANY, Terminal
from logsleuth.tui.traces import Tracing

NEVER = Left()
"""As an app is that was never used before."""


class LogsleuthApp(SparingApp[int], inherit_bindings=False):
    """logsleuth on a terminal."""

    CSS_PATH = "app.tcss"
    TITLE = "logsleuth"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        tracer: Tracing,
        *,
        name: str = "",
        zone: tzinfo | None = None,
        networks: Networks | None = None,
        start_filter: Filter | None = None,
        pane: str = "requests",
        event: CourseEvent | None = None,
        terminal: Terminal = ANY,
        left: Left = NEVER,
        said: str = "",
        cases: Casebook | None = None,
        syncing: Syncing | None = None,
        outline: Outline | None = None,
    ) -> None:
        """``terminal`` is what can be shown: which colours, which signs; ``left`` how the app
        was left the last time, and ``said`` what to say at first; ``outline`` stands on the
        terminal until then."""
        super().__init__(TerminalDriver.over(outline), ansi_color=terminal.few_colours or None)
        self.animation_level = "none"
        self.theme = terminal.theme(left.theme)
        self._signs = [AsciiOnly()] if terminal.ascii else []
        asking = Asking(self.post_message)
        self.desk = Desk(store, catalogue, tracer, asking, zone, networks, terminal)
        self.desk.copy = self._copy
        self.desk.cases = cases
        self.desk.syncing = syncing
        if start_filter is not None:
            self.desk.filter = start_filter
        self.desk.columns = dict(left.columns)
        if left.utc and zone is not None:
            self.desk.zones = self.desk.zones.turned()
        self.frame = Frame(self.desk, name, pane=pane, event=event, left=left, said=said)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What is done to every line on its way to the terminal."""
        return [*super().get_line_filters(), *self._signs]

    def on_mount(self) -> None:
        self.push_screen(self.frame)
        self.set_interval(smooth.TIDYING, self._tidy)
        memory.give_back()

    def _tidy(self) -> None:
        if not self.desk.asking.reading:
            smooth.tidy()

    def on_answer(self, answer: Answer) -> None:
        self.desk.asking.receive(answer)

    def on_unmount(self) -> None:
        self.desk.asking.close()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Textual's own notes: safe to show, and never read as markup."""
        super().notify(
            visible(message), title=visible(title), severity=severity, timeout=timeout, markup=False
        )

    def _copy(self, text: str, what: str) -> str:
        """Put safe text on the clipboard; a sentence on what was done."""
        return copying.copy(text, what, os.environ, self.copy_to_clipboard)

    def _fatal_error(self) -> None:
        """End with one sentence.  Textual's own screen would print local variables, and
        with them tokens and log lines."""
        error = self._exception or RuntimeError()
        said = Text(crash.sentence(error, "logsleuth has ended because of a defect"))
        self._exit_renderables.append(Segments(self.console.render(said)))
        self._close_messages_no_wait()
