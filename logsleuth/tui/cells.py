"""Cells: the only thing that this app draws, and they cannot hold unsafe text.

A ``Cell`` takes any string and keeps what :func:`logsleuth.model.text.visible` makes of
it.  Widgets draw lines of cells, never strings, so nothing in a log can move the cursor,
hide a character or run an action, and nobody can forget to see to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len, chop_cells, set_cell_size

from logsleuth.model.text import Shown, visible

MARKED = 4
"""Characters in one column of safe text, at most: one, and the marks on it."""


LONGEST_CELL = 4_096
"""Characters that a cell keeps, of which no terminal shows so many in a line."""

LONGEST_TEXT = 10_000
"""Characters of a text that are laid out over lines: one of a megabyte takes seconds, at each
key, and nobody reads it so."""


class Role(StrEnum):
    """What a cell is, for its colour; the meaning itself is always in the text too."""

    PLAIN = "plain"
    MUTED = "muted"
    STRONG = "strong"
    HEADING = "heading"
    KEY = "key"
    ACTING = "acting"
    GOOD = "good"
    WARN = "warn"
    ERROR = "error"
    CURSOR = "cursor"
    FIELD = "field"


@dataclass(frozen=True, slots=True, init=False)
class Cell:
    """A piece of one line: safe text and what it is."""

    text: Shown
    role: Role

    def __init__(self, text: str, role: Role = Role.PLAIN) -> None:
        kept = text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
        object.__setattr__(self, "text", visible(kept))
        object.__setattr__(self, "role", role)

    @property
    def width(self) -> int:
        """Columns that the text takes on a terminal."""
        return _columns(self.text)

    def fitted(self, width: int, *, right: bool = False) -> "Cell":
        """Exactly ``width`` columns: filled with blanks, or cut with an ellipsis."""
        text = clip(self.text, width)
        blank = " " * (width - _columns(text))
        return Cell(blank + text if right else text + blank, self.role)


Line = tuple[Cell, ...]
"""One line of the screen."""


def line(*parts: Cell | str) -> Line:
    """A line of cells; a plain string becomes a plain cell."""
    return tuple(part if isinstance(part, Cell) else Cell(part) for part in parts)


def line_width(cells: Iterable[Cell]) -> int:
    """Columns that the cells take side by side."""
    return sum(cell.width for cell in cells)


def line_text(cells: Iterable[Cell]) -> str:
    """The text of a line."""
    return "".join(cell.text for cell in cells)


def shortened(cells: Iterable[Cell], width: int) -> Line:
    """The cells in at most ``width`` columns; an ellipsis says that something was cut."""
    kept: list[Cell] = []
    room = width
    for cell in cells:
        if cell.width > room:
            kept.append(Cell(clip(cell.text, room), cell.role))
            break
        kept.append(cell)
        room -= cell.width
    return tuple(kept)


def clip(text: Shown, width: int) -> Shown:
    """The text in at most ``width`` columns; an ellipsis says that something was cut."""
    if _columns(text) <= width:
        return text
    if width <= 0:
        return visible("")
    kept = text[: width - 1] if text.isascii() else set_cell_size(text, width - 1)
    return visible(kept.rstrip(" ") + "…")


def _columns(text: Shown) -> int:
    """Columns of safe text, of which each character of ASCII takes one."""
    return len(text) if text.isascii() else cell_len(text)


def wrapped(text: str, width: int, role: Role = Role.PLAIN) -> list[Cell]:
    """The text over several lines of at most ``width`` columns, broken at blanks where
    that leaves no line much emptier.  Of a very long one, the last line says how much is left
    out."""
    if not text:
        return [Cell("", role)]
    shown = visible(text[:LONGEST_TEXT])
    cells = [Cell(part, role) for part in _broken(shown, max(1, width))]
    if len(text) > LONGEST_TEXT:
        left = f"… and {len(text) - LONGEST_TEXT:,} more characters, which the commands print."
        cells += [Cell(part, Role.WARN) for part in _broken(visible(left), max(1, width))]
    return cells


def _broken(text: str, width: int) -> Iterator[str]:
    # Only so much is measured for each line: what follows cannot change it.
    most = (width + 1) * MARKED
    at = 0
    while cell_len(rest := text[at : at + most]) > width:
        piece = chop_cells(rest, width)[0]
        blank = piece.rfind(" ")
        if blank > len(piece) // 2:
            piece = piece[: blank + 1]
        yield piece
        at += len(piece)
    yield text[at:]
