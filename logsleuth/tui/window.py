"""The rows that a table holds: some pages of a listing that may be endless.

Pure values: the table keeps one ``Window`` and replaces it; going back to an earlier view
is putting the earlier window back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")

MOST = 1200
"""Rows held at most; what is further away is read again when one scrolls there."""


@dataclass(frozen=True, slots=True)
class Slice(Generic[R]):
    """Rows read in one go; ``more`` says whether others follow in the direction read."""

    rows: tuple[R, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Window(Generic[R]):
    """Neighbouring rows; ``above`` and ``below`` say whether the listing goes on there."""

    rows: tuple[R, ...] = ()
    above: bool = False
    below: bool = False

    def with_below(self, read: Slice[R]) -> tuple["Window[R]", int]:
        """Rows added at the end, and by how many places the others moved up."""
        rows = self.rows + read.rows
        dropped = max(0, len(rows) - MOST)
        return Window(rows[dropped:], self.above or dropped > 0, read.more), dropped

    def with_above(self, read: Slice[R]) -> tuple["Window[R]", int]:
        """Rows added in front, and by how many places the others moved down."""
        rows = read.rows + self.rows
        below = self.below or len(rows) > MOST
        return Window(rows[:MOST], read.more, below), len(read.rows)

    def find(self, wanted: str, key: Callable[[R], str]) -> int | None:
        """The place of the row with that key."""
        return next((at for at, row in enumerate(self.rows) if key(row) == wanted), None)
