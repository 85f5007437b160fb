"""When an answer so far is worth making again."""

from logsleuth.model import clock

AT_LEAST = 0.1
"""Seconds between two answers so far."""

SHARE = 10
"""So many times longer than the last one took to make and to use, until the next."""


class Pace:
    """Makes answers so far rarer, the more they cost: the first is due at once."""

    def __init__(self) -> None:
        self._begun = self._due = clock.monotonic()

    def due(self) -> bool:
        """Whether to make one now."""
        self._begun = clock.monotonic()
        return self._begun >= self._due

    def made(self) -> None:
        """It was made, and whoever asked has used it."""
        now = clock.monotonic()
        self._due = now + max(AT_LEAST, SHARE * (now - self._begun))
