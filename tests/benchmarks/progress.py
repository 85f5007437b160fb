"""What is being done, for whoever waits."""

import sys
import time
from datetime import UTC, datetime


def say(text: str) -> None:
    """A line with the time of day."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)


class Progress:
    """Says what is being done, on standard error: on a terminal in one line, else now and
    then in a line of its own."""

    EVERY = 15.0

    def __init__(self) -> None:
        self._said = 0.0

    def say(self, text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K  {text}", end="", file=sys.stderr, flush=True)
        elif time.perf_counter() - self._said > self.EVERY:
            self._said = time.perf_counter()
            print(f"  {text}", file=sys.stderr, flush=True)

    def end(self) -> None:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
