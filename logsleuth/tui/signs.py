"""Signs of ASCII alone, for terminals that have no others.

Each sign of the app has one that takes its place, in just as many columns, so that nothing on
the screen moves.  What comes from data and is not ASCII becomes ``?``: it is never spelt as
something else that it might be.
"""

import re
from functools import lru_cache

from rich.cells import get_character_cell_size

UNKNOWN = "?"
"""Stands for a character that the terminal cannot show."""

# Lines and corners, the height of bars, what a log covers, marks, and what sentences hold.
INSTEAD = (
    dict.fromkeys("─━═", "-")
    | dict.fromkeys("│┃║", "|")
    | dict.fromkeys("┌┐└┘├┤┬┴┼╔╗╚╝╭╮╰╯", "+")
    | dict(zip("▁▂▃▄▅▆▇█", "_,:-=+*#", strict=True))
    | dict(zip("⣀⣄⣤⣦⣶⣷⣿", "1234567", strict=True))
    | {"·": ".", "╌": "~", "╱": "/", "▼": "V", "▲": "^", "╵": "'"}
    | {"▸": ">", "›": ">", "‹": "<", "•": "o", "↵": "<", "⌫": "<", "■": "@"}
    | {"↑": "^", "↓": "v", "→": ">", "←": "<", "≋": "%", "≠": "!", "≤": "<", "≥": ">"}
    | {"…": "~", "–": "-", "—": "-", "−": "-", "±": "~", "≈": "~", "×": "x", "Σ": "=", "µ": "u"}
    | {"⟨": "<", "⟩": ">", "“": '"', "”": '"', "’": "'", "‘": "'"}
)
"""What stands for a sign of the app."""

_BEYOND = re.compile(r"[^ -~]")


@lru_cache(maxsize=4096)
def _instead(char: str) -> str:
    return INSTEAD.get(char) or UNKNOWN * get_character_cell_size(char)


def in_ascii(text: str) -> str:
    """The text in ASCII, just as wide."""
    return text if text.isascii() else _BEYOND.sub(lambda found: _instead(found[0]), text)
