"""What lies over or beside the panes: help, palette, the pages of syncs and of rejected lines.

Each is loaded when it is first asked for, so that the app starts faster.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from textual.screen import Screen

from logsleuth.tui.desk import Desk

if TYPE_CHECKING:
    from logsleuth.tui.pages.page import Page
    from logsleuth.tui.syncing import SyncWork


class Below(Protocol):
    """The frame, as far as it is needed here."""

    sync_work: "SyncWork"

    @property
    def page(self) -> "Page": ...

    @property
    def contexts(self) -> frozenset[str]: ...

    def open_page(self, page: "Page") -> None: ...

    def action_perform(self, ids: str) -> None: ...


class ScreenWork:
    """Opens them; ``show`` puts a screen on top and passes its answer on."""

    def __init__(
        self,
        desk: Desk,
        frame: Below,
        show: Callable[[Screen[Any], Callable[[Any], None]], object],
    ) -> None:
        self._desk = desk
        self._frame = frame
        self._show = show

    def do_help(self) -> None:
        from logsleuth.tui.help import HelpScreen

        screen = HelpScreen(self._frame.contexts, plain=self._desk.terminal.ascii)
        self._show(screen, lambda _: None)

    def do_palette(self) -> None:
        from logsleuth.tui.palette import Palette

        def chosen(action: str | None) -> None:
            if action is not None:
                self._frame.action_perform(action)

        self._show(Palette(self._frame.contexts, plain=self._desk.terminal.ascii), chosen)

    def do_sync(self) -> None:
        from logsleuth.tui.pages.sync import SyncPage

        self._open_once(SyncPage(self._desk, self._frame.sync_work))

    def do_rejects(self) -> None:
        from logsleuth.tui.pages.rejects import RejectsPage

        self._open_once(RejectsPage(self._desk))

    def _open_once(self, page: "Page") -> None:
        """Open a page, unless one of its kind is on top."""
        if type(page) is not type(self._frame.page):
            self._frame.open_page(page)
