"""``--every 1h``: a command that stays in the foreground and does its work again and again."""

import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from logsleuth.cli import errors
from logsleuth.model import clock
from logsleuth.store.base import Cancel

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LEAST = 60


class Interval(click.ParamType[int]):
    """A time such as 30m, 1h or 1d, as seconds."""

    name = "interval"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"(\d{1,6})([smhd])", str(value).strip(), re.ASCII)
        if not found:
            self.fail(f"'{value}' is no interval such as 30m, 1h or 1d.", param, ctx)
        seconds = int(found[1]) * _UNITS[found[2]]
        if seconds < _LEAST:
            self.fail(f"'{value}' is too short: at least a minute, 1m.", param, ctx)
        return seconds


every_option = click.option(
    "--every",
    type=Interval(),
    metavar="INTERVAL",
    help="Stay, and do it again after each interval: 30m, 1h, 1d.",
)


@contextmanager
def stoppable() -> Iterator[Cancel]:
    """A switch that Ctrl-C and SIGTERM turn; a second Ctrl-C ends it at once."""
    cancel = Cancel()

    def stop(number: int, _frame: FrameType | None) -> None:
        if cancel.cancelled and number == signal.SIGINT:
            raise KeyboardInterrupt
        # In a thread of its own: what was interrupted may hold the locks that this takes.
        threading.Thread(target=cancel.cancel, daemon=True).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def again_and_again(work: Callable[[], int], seconds: int, cancel: Cancel) -> None:
    """Do the work at once, then ``seconds`` after each beginning, until ``cancel``.

    What goes wrong is said, and tried again the next time.
    """
    stopped = threading.Event()
    cancel.add_hook(stopped.set)
    while not cancel.cancelled:
        began = clock.monotonic()
        try:
            work()
        except (click.ClickException, OSError) as error:
            errors.say_error(errors.as_sentence(error))
        stopped.wait(max(0.0, began + seconds - clock.monotonic()))
