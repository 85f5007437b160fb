"""What is wrong with a filter, where, and what was expected there."""

from rich.cells import cell_len

from logsleuth.model.text import visible

_BEFORE = 60
_AFTER = 30


class FilterError(Exception):
    """A filter that cannot be read.

    ``message`` is one sentence without its full stop, ``column`` counts characters of the
    filter from 1 (one past the end: something is missing there), ``expected`` says what
    would have been right there, and is empty where the message says it all.
    """

    def __init__(self, message: str, column: int, expected: str = "") -> None:
        super().__init__(message, column, expected)
        self.message = message
        self.column = column
        self.expected = expected

    def __str__(self) -> str:
        expected = f"; expected {self.expected}" if self.expected else ""
        return f"column {self.column}: {self.message}{expected}"


def point_at(text: str, column: int) -> str:
    """The filter on one line, safe to show, and a caret below the column (from 1).

    Of a long filter only the surroundings of the column are drawn.
    """
    start = max(0, column - 1 - _BEFORE)
    end = column - 1 + _AFTER
    before = ("…" if start else "") + visible(text[start : column - 1])
    after = visible(text[column - 1 : end]) + ("…" if end < len(text) else "")
    return f"{before}{after}\n{' ' * cell_len(before)}^"
