"""Text on the terminal as it is, outside of the app: to select from, where nothing else helps."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from textual.app import App

from logsleuth.tui.driver import ENDING, EXIT_CODE

GO_BACK = "Enter goes back to logsleuth. "


class _SignalError(Exception):
    """A signal came that ends the app."""


def show(app: App[int], lines: Sequence[str]) -> None:
    """Leave the screen of the app, write lines of safe text, and come back with Enter (or ^C).

    The terminal breaks long lines by itself, so that one can select them whole and scroll back.
    """
    assert sys.__stdout__ is not None
    assert sys.__stdin__ is not None
    with app.suspend(), _heeding_signals(app), suppress(KeyboardInterrupt, OSError):
        sys.__stdout__.write("\n".join([*lines, "", GO_BACK]))
        sys.__stdout__.flush()
        sys.__stdin__.readline()


@contextmanager
def _heeding_signals(app: App[int]) -> Iterator[None]:
    """End the app as ever if a signal says so, though its loop stands still meanwhile."""
    before = {number: signal.getsignal(number) for number in ENDING}

    def end(number: int, frame: FrameType | None) -> None:
        raise _SignalError(number)

    for number in ENDING:
        signal.signal(number, end)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except _SignalError as ended:
        app.exit(return_code=EXIT_CODE + ended.args[0])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
