"""CSV and TSV as DAP writes them, which no common reader tells apart from null.

TSV is PostgreSQL's COPY text: null is ``\\N`` and a backslash escapes.  CSV is RFC 4180;
null is nothing between the commas, or the word ``NULL`` without quotes, as the two
descriptions of DAP say; ``""`` is the empty text (DAP client ``dap_types.py``, DAP docs on
data formats).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from logsleuth.sources.files import LONGEST_LINE, Blocks, Lines, lines

MOST_COLUMNS = 1_000
_TSV = {"\\": "\\", "0": "\0", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cells:
    """A row: number of its first line, byte offset, its cells (``None`` is null), its bytes.

    ``error`` says why the cells cannot be read.
    """

    number: int
    offset: int
    cells: list[str | None]
    raw: bytes
    error: str | None = None


def tsv(blocks: Blocks) -> Iterator[Cells]:
    """Rows of a TSV file, the header first."""
    for number, offset, raw, too_long in _single(blocks):
        if too_long:
            yield Cells(number, offset, [], raw, "the line is too long")
            continue
        text = raw.decode("utf-8", "replace")
        if text.count("\t") >= MOST_COLUMNS:
            yield Cells(number, offset, [], raw[:4096], "the row has too many cells")
            continue
        yield Cells(number, offset, [_tsv_cell(cell) for cell in text.split("\t")], raw)


def _tsv_cell(cell: str) -> str | None:
    if cell == "\\N":
        return None
    if "\\" not in cell:
        return cell
    return _ESCAPE.sub(lambda found: _TSV.get(found[1], found[1]), cell)


def csv(blocks: Blocks) -> Iterator[Cells]:
    """Rows of a CSV file, the header first; a quoted cell may hold line ends."""
    pending: list[bytes] = []
    size, begin, begin_offset, quotes = 0, 0, 0, 0
    for number, offset, raw, too_long in _single(blocks, keep_end=True):
        if not pending:
            if raw in {b"\n", b"\r\n"}:
                continue
            begin, begin_offset, quotes, size = number, offset, 0, 0
        pending.append(raw)
        size += len(raw)
        quotes += raw.count(b'"')
        if too_long or size > LONGEST_LINE:
            yield Cells(begin, begin_offset, [], pending[0][:4096], "the row is too long")
            pending = []
        elif quotes % 2 == 0:
            yield _csv_row(begin, begin_offset, b"".join(pending))
            pending = []
    if pending:
        raw = b"".join(pending)
        yield Cells(begin, begin_offset, [], raw[:4096], "a quote is opened and never closed")


def _csv_row(number: int, offset: int, raw: bytes) -> Cells:
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    if raw.count(b",") >= MOST_COLUMNS and raw.count(b'"') == 0:
        return Cells(number, offset, [], raw[:4096], "the row has too many cells")
    text = raw.decode("utf-8", "replace")
    cells: list[str | None] = []
    at = 0
    while True:
        if len(cells) >= MOST_COLUMNS:
            return Cells(number, offset, [], raw[:4096], "the row has too many cells")
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


def _closing_quote(text: str, at: int) -> int:
    while True:
        end = text.find('"', at)
        if end < 0 or text[end + 1 : end + 2] != '"':
            return end
        at = end + 2


def _single(blocks: Blocks, keep_end: bool = False) -> Iterator[tuple[int, int, bytes, bool]]:
    """Lines one by one, blank ones left out: number, offset, bytes, whether cut short."""
    for chunk in lines(blocks):
        yield from _of(chunk, keep_end)


def _of(chunk: Lines, keep_end: bool) -> Iterator[tuple[int, int, bytes, bool]]:
    if chunk.too_long:
        yield chunk.number, chunk.offset, chunk.data, True
        return
    offset = chunk.offset
    for place, raw in enumerate(chunk.data.split(b"\n")):
        text = raw.removesuffix(b"\r")
        if keep_end and offset < chunk.offset + len(chunk.data):
            yield chunk.number + place, offset, raw + b"\n", False
        elif not keep_end and text:
            yield chunk.number + place, offset, text, False
        offset += len(raw) + 1
