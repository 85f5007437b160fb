"""What one asks of the terminal itself: its mouse, its colours, a pause, a clean screen."""

from collections.abc import Callable

from textual.app import App
from textual.widget import Widget

from logsleuth.tui import terminal
from logsleuth.tui.driver import TerminalDriver
from logsleuth.tui.sparing import SparingApp
from logsleuth.tui.terminal import Terminal

LOOKS = {
    "textual-dark": "dark",
    "textual-light": "light",
    "ansi-dark": "the terminal's own",
    "ansi-light": "the terminal's own, on a light background",
}
"""Themes in words."""


class TerminalWork:
    """Does what the actions of the terminal say, for the screen that stands on it."""

    def __init__(
        self, screen: Widget, say: Callable[[str], None], here: Terminal, theme: str
    ) -> None:
        """``theme`` is the one chosen the last time, if any was; :attr:`theme` keeps it."""
        self._screen = screen
        self._say = say
        self._here = here
        self.theme = theme

    @property
    def _app(self) -> App[object]:
        return self._screen.app

    def do_redraw(self) -> None:
        if isinstance(self._app, SparingApp):
            self._app.draw_again()

    def do_mouse(self) -> None:
        driver = self._app._driver
        if not isinstance(driver, TerminalDriver):
            self._say("There is no mouse here.")
            return
        driver.use_mouse(not driver.has_mouse)
        if driver.has_mouse:
            self._say("The mouse works here now; M leaves it to the terminal, to select with.")
        else:
            self._say("The mouse is the terminal's, to select with; M takes it.")

    def do_colours(self) -> None:
        themes = self._here.themes
        at = themes.index(self._app.theme) if self._app.theme in themes else -1
        self._app.theme = self.theme = themes[(at + 1) % len(themes)]
        self._say(f"Colours: {LOOKS[self.theme]}; d takes the next.")

    def do_suspend(self) -> None:
        if terminal.has_a_shell_behind():
            self._app.action_suspend_process()
        else:
            self._say("No shell is waiting behind this program: it was not stopped.")
