"""The frame of the app on the plain terminal, drawn before Textual is loaded.

Loading takes longer than all else at the start.  Meanwhile the panes' names, the filter and the
keys stand where they will stand, and keys that are pressed wait until somebody reads them.
Nothing in this module, or in what it loads, may need Textual.
"""

import os
import shutil
import signal
import sys
import termios
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from logsleuth.tui import surroundings
from logsleuth.tui.cells import Cell, Line, Role, line, shortened
from logsleuth.tui.header import header_line
from logsleuth.tui.panes.making import PANES
from logsleuth.tui.signs import in_ascii
from logsleuth.tui.terminal import Terminal, too_small
from logsleuth.tui.wording import Zones

ALTERNATE = "\x1b[?1049h"
"""Switches a terminal to its second screen; the first one comes back when the app is left."""

_HIDDEN = "\x1b[?25l"
_BACK = "\x1b[?1049l\x1b[?25h"

_LOOKS = {Role.HEADING: "1", Role.STRONG: "1", Role.KEY: "1", Role.MUTED: "2"}
"""Without colours: those of the theme come with Textual."""

_ENDING = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
"""Signals that end the program while there is nothing yet to be kept."""

_INPUT, _LOCAL, _CHARACTERS = 0, 3, 6
"""Places in what termios knows of a terminal."""


def lines(name: str, pane: str, filter_text: str, size: tuple[int, int]) -> dict[int, Line]:
    """What stands on the screen before anything is read, by line (from 0)."""
    width, height = size
    counting = (Cell("counting…", Role.MUTED),)
    reading = line(Cell(" reading…", Role.MUTED))
    return {
        0: header_line(name, None, Zones(), width),
        1: surroundings.filter_line(filter_text, counting, width),
        2: reading,
        3: surroundings.tabs(PANES, pane, width),
        5: reading,
        height - 2: surroundings.crumbs("", [pane.capitalize()], width),
        height - 1: surroundings.footer(frozenset(), width, plain=False),
    }


class Outline:
    """Draws the frame when it is entered, and takes it away again unless it was handed over."""

    def __init__(self, here: Terminal) -> None:
        self._here = here
        self._before: list[Any] | None = None
        self._obeyed: dict[signal.Signals, Any] = {}

    def draw(self, name: str, pane: str, filter_text: str) -> None:
        """Draw it, if there is room, and let no key be echoed on it."""
        size = shutil.get_terminal_size()
        assert sys.__stderr__ is not None
        assert sys.__stdin__ is not None
        if too_small(*size):
            return
        self._before = termios.tcgetattr(sys.__stdin__)
        self._obeyed = {number: signal.signal(number, self._end) for number in _ENDING}
        termios.tcsetattr(sys.__stdin__, termios.TCSANOW, _quiet(self._before))
        drawn = lines(name, pane, filter_text, size)
        told = "".join(
            f"\x1b[{y + 1};1H{self._written(shortened(cells, size.columns))}"
            for y, cells in drawn.items()
        )
        # Not through the stream: a signal may come in the middle of it, and writes too.
        os.write(sys.__stderr__.fileno(), f"{ALTERNATE}{_HIDDEN}{told}".encode())

    def _written(self, cells: Line) -> str:
        shown = in_ascii if self._here.ascii else str
        return (
            "".join(f"\x1b[0;{_LOOKS.get(c.role, '')}m{shown(c.text)}" for c in cells) + "\x1b[0m"
        )

    @property
    def stands(self) -> bool:
        """Whether it is on the screen, and nobody has taken that over."""
        return self._before is not None

    def hand_over(self) -> list[Any] | None:
        """Leave the screen to somebody else, who gets the settings of the terminal to which it
        is to be brought back; ``None`` where nothing was changed."""
        before, self._before = self._before, None
        return before

    def __enter__(self) -> "Outline":
        return self

    def __exit__(self, *_: object) -> None:
        if self.stands:
            self._take_away()
            for number, before in self._obeyed.items():
                signal.signal(number, before)

    def _take_away(self) -> None:
        before = self.hand_over()
        assert sys.__stderr__ is not None
        assert sys.__stdin__ is not None
        with suppress(OSError, termios.error):  # The terminal may be gone by now.
            os.write(sys.__stderr__.fileno(), _BACK.encode())
            termios.tcsetattr(sys.__stdin__, termios.TCSANOW, before or [])

    def _end(self, number: int, frame: FrameType | None) -> NoReturn:
        """End at once: Textual may be half started, with threads that nobody would end."""
        self._take_away()
        os._exit(128 + number)


def _quiet(settings: list[Any]) -> list[Any]:
    """The settings of a terminal, with each key kept as it is until it is read; only ^C is still
    obeyed at once."""
    quiet = list(settings)
    quiet[_INPUT] &= ~(termios.ICRNL | termios.IXON)
    quiet[_LOCAL] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    quiet[_CHARACTERS] = list(settings[_CHARACTERS])
    quiet[_CHARACTERS][termios.VMIN] = 1
    quiet[_CHARACTERS][termios.VSUSP] = b"\0"
    return quiet
