"""The real terminal: what is read from it and written to it, and how it may end.

A terminal can go away at any time, when a link drops or a window is closed.  Then nothing may
hang, and nothing may be said about it: the app is left as with a key, and the process ends.
"""

import os
import select
import signal
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import IO, Any, ClassVar

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from logsleuth.tui.outline import ALTERNATE, Outline

ENDING = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
"""Signals that end the app as a key would."""

EXIT_CODE = 128
"""What a shell adds to the number of the signal that ended a program."""


HEEDING = 0.1
"""Seconds after which a key that may be the start of a longer one counts, at most."""


class Output:
    """What is written to; once the terminal is gone, everything is dropped."""

    def __init__(self, file: IO[str], gone: Callable[[], object]) -> None:
        self._file = file
        self._gone = gone

    def write(self, text: str) -> int:
        """Write text, as far as there is a terminal."""
        try:
            return self._file.write(text)
        except OSError:
            self._drop()
        return len(text)

    def flush(self) -> None:
        """Send what was written, as far as there is a terminal."""
        try:
            self._file.flush()
        except OSError:
            self._drop()

    def _drop(self) -> None:
        """Nobody reads any more: let what was held back, and all that follows, go nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._file.fileno())
        os.close(nowhere)
        self._gone()

    def fileno(self) -> int:
        """The file's number."""
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Textual's driver, for a terminal that may go away or send what is no text."""

    outline: ClassVar[Outline | None] = None
    """What stands on the terminal until there is something to show."""

    @classmethod
    def over(cls, outline: Outline | None) -> "type[TerminalDriver]":
        """The driver for a terminal on which an outline may stand."""
        return type(cls.__name__, (cls,), {"outline": outline})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        assert sys.__stderr__ is not None
        self._file = Output(sys.__stderr__, self._hung_up)  # type: ignore[assignment]

    @property
    def has_mouse(self) -> bool:
        """Whether the app hears of the mouse."""
        return self._mouse

    def use_mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal."""
        self._mouse = True
        if on:
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False

    def write(self, data: str) -> None:
        stands = self.outline is not None and self.outline.stands
        if not (stands and data == ALTERNATE):  # It would clear what stands there.
            super().write(data)

    # Its end

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        for number in ENDING:
            self._loop.add_signal_handler(number, self._end, number)
        before = None if self.outline is None else self.outline.hand_over()
        if before is not None:
            self.attrs_before = before

    def _end(self, number: int) -> None:
        self._app.exit(return_code=EXIT_CODE + number)

    def _hung_up(self) -> None:
        """The terminal is gone.  Called from threads."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end, signal.SIGHUP)

    # What is read

    def run_input_thread(self) -> None:
        """Read keys until the app is left; bytes that are no UTF-8 are none."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("ignore").decode
        while not self.exit_event.is_set():
            try:
                ready = select.select([self.fileno], [], [], HEEDING)[0]
                read = os.read(self.fileno, 4096) if ready else None
            except OSError:
                read = b""
            if read == b"":
                self._hung_up()
                return
            text = decode(read) if read else ""
            for message in parser.feed(text) if text else ():
                self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    # A pause

    def _sigtstp_application(self, *_: object) -> None:
        """Stop the whole job, as the terminal would: also what has started the app."""
        if self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(0, signal.SIGSTOP)
