"""How many bytes a program sends to a terminal for what is done there, and how soon.

Whether a program has done with a key cannot be known from outside; it counts as done when it has
sent nothing for a while.
"""

import os
import select
from dataclasses import dataclass
from time import perf_counter

from on_pty import LONGEST, OnPty

QUIET = 0.35
"""Seconds without a byte after which a program has done with a key: longer than the app waits
before it looks up what it shows beside a row."""

BUSY = 10.0
"""Seconds after which a program is left alone that never is quiet, such as one with a clock."""

_ASKS_FOR_SYNC = b"\x1b[?2026$p"
_KNOWS_SYNC = b"\x1b[?2026;2$y"
"""As terminals of today answer: what belongs to one picture comes between two marks."""

DOWN, PAGE_DOWN, ESCAPE, ENTER, BACK, PALETTE = (
    "\x1b[B",
    "\x1b[6~",
    "\x1b",
    "\r",
    "\x7f",
    "\x10",
)


@dataclass(frozen=True)
class Took:
    """What came, and how many seconds its first and its last byte took."""

    sent: bytes
    first: float
    last: float

    def __len__(self) -> int:
        return len(self.sent)


class Meter(OnPty):
    """A program on a terminal that counts."""

    def opened(self, text: str, quiet: float = 4 * QUIET) -> Took:
        """From now until that text has come, and nothing more comes; to be called at once."""
        begin, at = perf_counter(), len(self.sent)
        first = 0.0
        while text.encode() not in self.sent[at:]:
            if not self._read():
                raise AssertionError(f"{text!r} did not come: {self.sent[-800:]!r}")
            first = first or perf_counter() - begin
        so_far = perf_counter() - begin
        rest = self.rest(quiet, quiet)
        return Took(self.sent[at:], first, so_far + rest.last)

    def press(self, keys: str, quiet: float = QUIET) -> Took:
        """Press a key, and wait until all has come that comes of it; something must."""
        begin = perf_counter()
        self.type(keys)
        took = self.rest(LONGEST, quiet, begin)
        assert took.sent, f"nothing came of {keys!r} after {self.sent[-200:]!r}"
        return took

    def rest(self, longest: float, quiet: float = QUIET, begin: float | None = None) -> Took:
        """What comes by itself until ``quiet`` seconds without a byte, or ``BUSY`` are over;
        ``longest`` is waited for the first one.  Times are those since ``begin``, or now."""
        begin, at, times = begin or perf_counter(), len(self.sent), [0.0]
        while select.select([self._ours], [], [], quiet if len(times) > 1 else longest)[0]:
            if not self._read():
                break
            times.append(perf_counter() - begin)
            if times[-1] - times[1] > BUSY:
                break
        return Took(self.sent[at:], times[min(1, len(times) - 1)], times[-1])

    def watch(self, until: float) -> None:
        """Take in what comes until a moment of ``perf_counter``."""
        while (left := until - perf_counter()) > 0:
            if select.select([self._ours], [], [], left)[0] and not self._read():
                return

    def _read(self) -> bool:
        before = len(self.sent)
        there = super()._read()
        if _ASKS_FOR_SYNC in self.sent[max(0, before - len(_ASKS_FOR_SYNC)) :]:
            os.write(self._ours, _KNOWS_SYNC)
        return there
