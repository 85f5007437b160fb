"""Rows out of content: from a file, or from the kept bytes of one rejected line."""

import json
from collections.abc import Iterator
from typing import Any, Protocol

from logsleuth.model.delivered import Rejected
from logsleuth.sources import delimited, files, limits
from logsleuth.sources.errors import SourceError
from logsleuth.sources.weblogs import Record, WebLogReader


class Content(Protocol):
    """Unpacked bytes in blocks; ``path`` is what to call them."""

    @property
    def path(self) -> object: ...

    def __iter__(self) -> Iterator[bytes]: ...


class Refusals(list[Rejected]):
    """The rejected lines of one source, as long as they can be held.

    Raises ``SourceError`` beyond that: what has so many is no log, or not of that kind.
    """

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content
        self._size = 0

    def append(self, one: Rejected) -> None:
        """Keep a line that was rejected."""
        super().append(one)
        self._size += len(one.raw)
        if len(self) > limits.MOST_REJECTS or self._size > limits.MOST_REJECTED_BYTES:
            raise SourceError(
                f"{self._content.path} was not imported: of the lines up to {one.line:,},"
                f" {len(self):,} could not be read (the first is line {self[0].line}:"
                f" {self[0].reason}); see that it is whole, or say what it is with --kind and"
                " --input-format."
            )


def web_logs(content: Content, form: str, reader: WebLogReader) -> Iterator[Record]:
    """Requests, deletions and rejected lines of ``web_logs`` in one of its three formats."""
    if form == "jsonl":
        for chunk in files.lines(content):
            yield from reader.jsonl(chunk)
        return
    rows = _delimited(content, form)
    columns = _columns(next(rows, None), content, form)
    try:
        as_row = reader.header(columns)
    except ValueError as error:
        raise SourceError(f"{content.path} is no DAP {form} file: {error}.") from error
    for row in rows:
        if row.error:
            yield reader.unreadable(row.number, row.offset, row.error, row.raw, row.cut)
        else:
            yield reader.cells(row.cells, as_row, row.number, row.offset, row.raw)


NameRow = tuple[dict[str, Any], dict[str, Any], dict[str, Any]] | str
"""``(meta, key, value)`` of a row of any DAP table, or why it cannot be read."""

TableRow = tuple[int, int, NameRow, bytes, bool]
"""``(line, offset, row, bytes, cut)``; ``cut``: not all of the bytes are there."""


def tables(content: Content, form: str) -> Iterator[TableRow]:
    """The rows of a DAP table in one of its three formats."""
    if form == "jsonl":
        for chunk in files.lines(content):
            for number, offset, line in chunk:
                raw = line.removesuffix(b"\n")
                if raw.strip():
                    row = "the line is too long" if chunk.too_long else _name_row(raw)
                    yield number, offset, row, raw, chunk.too_long
        return
    rows = _delimited(content, form)
    columns = _columns(next(rows, None), content, form)
    if "key.id" not in columns:
        raise SourceError(f"{content.path} is no DAP {form} file: the header has no key.id column.")
    for cells in rows:
        if cells.error or len(cells.cells) != len(columns):
            why = cells.error or f"the row has {len(cells.cells)} cells, the header {len(columns)}"
            yield cells.number, cells.offset, why, cells.raw, cells.cut
            continue
        parts: dict[str, dict[str, Any]] = {"meta": {}, "key": {}, "value": {}}
        for name, cell in zip(columns, cells.cells, strict=True):
            part, _, column = name.partition(".")
            if part in parts:
                parts[part][column] = cell
        row = parts["meta"], parts["key"], parts["value"]
        yield cells.number, cells.offset, row, cells.raw, False


def header(content: Content, form: str) -> bytes | None:
    """The bytes of the first row of CSV or TSV, without which no other row can be read."""
    if form not in {"csv", "tsv"}:
        return None
    first = next(_delimited(content, form), None)
    return first.raw if first else None


def _delimited(content: Content, form: str) -> Iterator[delimited.Cells]:
    return (delimited.csv if form == "csv" else delimited.tsv)(content)


def _columns(first: delimited.Cells | None, content: Content, form: str) -> list[str]:
    if first is None:
        raise SourceError(f"{content.path} has no header line; is it a DAP {form} file?")
    if first.error:
        raise SourceError(f"{content.path} is no DAP {form} file: its header: {first.error}.")
    return [(cell or "").removeprefix("\ufeff") for cell in first.cells]


def _name_row(raw: bytes) -> NameRow:
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        return "it is nested too deep" if deep else f"it is not JSON: {error}"
    if not isinstance(loaded, dict) or not isinstance(loaded.get("key"), dict):
        return "there is no key.id"
    meta, value = loaded.get("meta"), loaded.get("value")
    return (
        meta if isinstance(meta, dict) else {},
        loaded["key"],
        value if isinstance(value, dict) else {},
    )
