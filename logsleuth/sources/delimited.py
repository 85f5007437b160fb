"""CSV and TSV as DAP writes them, which no common reader tells apart from null.

TSV is PostgreSQL's COPY text: null is ``\\N`` and a backslash escapes.  CSV is RFC 4180;
null is nothing between the commas, or the word ``NULL`` without quotes, as the two
descriptions of DAP say; ``""`` is the empty text (DAP client ``dap_types.py``, DAP docs on
data formats).
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from logsleuth.sources.files import Lines, lines
from logsleuth.sources.limits import LONGEST_LINE, MOST_COLUMNS, SHOWN_OF_LONG

_TOO_WIDE = f"the row has more than {MOST_COLUMNS:,} cells"
_TSV = {"\\": "\\", "0": "\0", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cells:
    """A row: number of its first line, byte offset, its cells (``None`` is null), its bytes.

    ``error`` says why the cells cannot be read; ``cut``, that only the beginning of the
    bytes is there.
    """

    number: int
    offset: int
    cells: list[str | None]
    raw: bytes
    error: str | None = None
    cut: bool = False


def tsv(blocks: Iterable[bytes]) -> Iterator[Cells]:
    """Rows of a TSV file, the header first."""
    for number, offset, raw, too_long in _single(blocks):
        if too_long:
            yield Cells(number, offset, [], raw, "the line is too long", cut=True)
            continue
        text = raw.decode("utf-8", "replace")
        if text.count("\t") >= MOST_COLUMNS:
            yield _too_wide(number, offset, raw)
            continue
        yield Cells(number, offset, [_tsv_cell(cell) for cell in text.split("\t")], raw)


def _tsv_cell(cell: str) -> str | None:
    if cell == "\\N":
        return None
    if "\\" not in cell:
        return cell
    return _ESCAPE.sub(lambda found: _TSV.get(found[1], found[1]), cell)


def csv(blocks: Iterable[bytes]) -> Iterator[Cells]:
    """Rows of a CSV file, the header first; a quoted cell may hold line ends.

    Where a quote is opened and its end makes no row, only the line that opened it is
    given up: the lines after it are read as rows of their own.
    """
    rows = _CsvRows()
    for number, offset, raw, too_long in _single(blocks, keep_end=True):
        yield from rows.take(_Line(number, offset, raw, too_long))
    yield from rows.end()


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    offset: int
    raw: bytes
    too_long: bool


class _CsvRows:
    """Puts lines together to rows, as long as a quote is open."""

    def __init__(self) -> None:
        self._pending: list[_Line] = []
        self._size = 0
        self._inside = False
        self._width = 0

    def take(self, line: _Line) -> Iterator[Cells]:
        """The rows that this line ends."""
        waiting = deque([line])
        while waiting:
            yield from self._next(waiting.popleft(), waiting)

    def end(self) -> Iterator[Cells]:
        """What is left at the end of the file: a quote that was never closed."""
        while self._pending:
            waiting: deque[_Line] = deque()
            yield self._give_up("a quote is opened and never closed", waiting)
            while waiting:
                yield from self._next(waiting.popleft(), waiting)

    def _next(self, line: _Line, waiting: "deque[_Line]") -> Iterator[Cells]:
        if not self._pending and line.raw in {b"\n", b"\r\n"}:
            return
        self._pending.append(line)
        self._size += len(line.raw)
        self._inside = _ends_inside(line.raw, self._inside)
        if line.too_long or self._size > LONGEST_LINE:
            yield self._give_up("the row is too long", waiting)
            return
        if self._inside:
            return
        first = self._pending[0]
        row = _csv_row(first.number, first.offset, b"".join(one.raw for one in self._pending))
        damaged = row.error or (self._width and len(row.cells) != self._width)
        if damaged and len(self._pending) > 1:
            yield self._give_up("a quote is opened and does not end its cell", waiting)
            return
        self._width = self._width or len(row.cells)
        self._begin_again()
        yield row

    def _give_up(self, reason: str, waiting: "deque[_Line]") -> Cells:
        """Reject the first line of what is pending, and have the others read again."""
        first, *others = self._pending
        waiting.extendleft(reversed(others))
        self._begin_again()
        raw = first.raw.rstrip(b"\r\n")
        return Cells(first.number, first.offset, [], raw, reason, cut=first.too_long)

    def _begin_again(self) -> None:
        self._pending, self._size, self._inside = [], 0, False


def _ends_inside(raw: bytes, inside: bool) -> bool:
    """Whether a quoted cell is open at the end of a line.

    A quote opens a cell only at its start; elsewhere it is text.
    """
    at = 0
    while True:
        if not inside:
            if raw[at : at + 1] != b'"':
                comma = raw.find(b",", at)
                if comma < 0:
                    return False
                at = comma + 1
                continue
            at += 1
        end = raw.find(b'"', at)
        while end >= 0 and raw[end + 1 : end + 2] == b'"':
            end = raw.find(b'"', end + 2)
        if end < 0:
            return True
        if raw[end + 1 : end + 2] != b",":
            return False
        at, inside = end + 2, False


def _csv_row(number: int, offset: int, raw: bytes) -> Cells:
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    if raw.count(b",") >= MOST_COLUMNS and raw.count(b'"') == 0:
        return _too_wide(number, offset, raw)
    text = raw.decode("utf-8", "replace")
    cells: list[str | None] = []
    at = 0
    while True:
        if len(cells) >= MOST_COLUMNS:
            return _too_wide(number, offset, raw)
        if text.startswith('"', at):
            end = _closing_quote(text, at + 1)
            if end < 0 or (end + 1 < len(text) and text[end + 1] != ","):
                return Cells(number, offset, [], raw, "a quote does not end its cell")
            cells.append(text[at + 1 : end].replace('""', '"'))
            at = end + 1
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            cell = text[at:end]
            cells.append(None if cell in {"", "NULL"} else cell)
            at = end
        if at >= len(text):
            return Cells(number, offset, cells, raw)
        at += 1


def _too_wide(number: int, offset: int, raw: bytes) -> Cells:
    kept = raw[:SHOWN_OF_LONG]
    return Cells(number, offset, [], kept, _TOO_WIDE, cut=len(kept) < len(raw))


def _closing_quote(text: str, at: int) -> int:
    while True:
        end = text.find('"', at)
        if end < 0 or text[end + 1 : end + 2] != '"':
            return end
        at = end + 2


def _single(
    blocks: Iterable[bytes], keep_end: bool = False
) -> Iterator[tuple[int, int, bytes, bool]]:
    """Lines one by one, blank ones left out: number, offset, bytes, whether cut short."""
    for chunk in lines(blocks):
        yield from _of(chunk, keep_end)


def _of(chunk: Lines, keep_end: bool) -> Iterator[tuple[int, int, bytes, bool]]:
    for number, offset, line in chunk:
        raw = line.removesuffix(b"\n")
        if chunk.too_long:
            yield number, offset, raw, True
        elif keep_end:
            yield number, offset, raw + b"\n", False
        elif text := raw.removesuffix(b"\r"):
            yield number, offset, text, False
