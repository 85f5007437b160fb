"""Listings as a table, as JSON lines or as CSV, and what a terminal must be spared.

A row is a mapping of plain JSON values; times in it are RFC 3339 in UTC.  JSON lines and
CSV are those values exactly.  A table is for reading: local times, cells cut to fit.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from logsleuth.cli import errors, logged
from logsleuth.cli.folding import folded
from logsleuth.model import times
from logsleuth.model.jsontext import harmless, indented, plain, to_json
from logsleuth.model.spreadsheet import defused, quoted
from logsleuth.model.text import visible

Row = Mapping[str, Any]

_WIDE = 120
"""Cells of a terminal from which tables show all their columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing: its name in the data, and how a table shows it.

    ``show`` takes the row and the zone; without it, the value is shown as it is.  ``cut``
    says that a cell may lose its end, for an ellipsis, where a terminal is narrow; ``wide``
    that the column is left out there.
    """

    name: str
    heading: str = ""
    show: Callable[[Row, tzinfo], str] | None = None
    cut: bool = False
    wide: bool = False

    def cell(self, row: Row, zone: tzinfo) -> str:
        """The text of the table's cell, not yet safe to show."""
        if self.show:
            return self.show(row, zone)
        return plain(row[self.name])


def time_column(name: str, heading: str = "") -> Column:
    """A column of UTC times, shown in the zone with its offset."""
    return Column(name, heading, lambda row, zone: local_time(row[name], zone))


def local_time(text: str | None, zone: tzinfo) -> str:
    """A UTC time of a row in ``zone``, with the fraction digits it came with."""
    if text is None:
        return ""
    write = times.iso if "." in text else times.iso_seconds
    return write(times.parse(text), zone)


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def write_listing(
    rows: Iterable[Row],
    columns: Sequence[Column],
    *,
    style: str | None,
    zone: tzinfo,
    table: Sequence[Column] | None = None,
) -> int:
    """Write rows as they come, and return how many there were.

    ``style`` is ``table``, ``jsonl`` or ``csv``; ``None`` is a table on a terminal and
    JSON lines elsewhere.  ``table`` names other columns for the table.
    """
    chosen = style or ("table" if on_terminal() else "jsonl")
    match chosen:
        case "jsonl":
            written = _write_json_lines(rows, [column.name for column in columns])
        case "csv":
            written = _write_csv(rows, [column.name for column in columns])
        case _:
            written = _write_table(rows, table or columns, zone)
    logged.fact(rows=written)
    return written


def write_text(lines: Iterable[str]) -> None:
    """Write lines of text, made visible, to standard output; folded on a terminal."""
    out = _Out()
    for line in lines:
        for part in folded(visible(line), sys.stdout):
            out.line(part)
    out.flush()


def write_json(value: object) -> None:
    """Write one JSON object, indented for people, on standard output."""
    out = _Out()
    for line in indented(value).splitlines():
        out.line(harmless(line) if out.terminal else line)
    out.flush()


def settle() -> None:
    """Flush standard output; what a closed pipe or full disk will not take is dropped here,
    so that the interpreter does not complain about it at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Out:
    """Standard output as UTF-8, whatever the locale; a terminal sees each line at once."""

    def __init__(self) -> None:
        self._stream = sys.stdout.buffer
        self.terminal = on_terminal()

    def line(self, text: str, end: str = "\n") -> None:
        self._stream.write(f"{text}{end}".encode(errors="backslashreplace"))
        if self.terminal:
            self._stream.flush()

    def flush(self) -> None:
        self._stream.flush()


def _write_json_lines(rows: Iterable[Row], names: Sequence[str]) -> int:
    out = _Out()
    count = 0
    for row in rows:
        line = to_json({name: row[name] for name in names})
        out.line(harmless(line) if out.terminal else line)
        count += 1
    out.flush()
    return count


def _write_csv(rows: Iterable[Row], names: Sequence[str]) -> int:
    out = _Out()
    out.line(",".join(quoted(name) for name in names), "\r\n")
    count = changed = 0
    for row in rows:
        cells = []
        for name in names:
            value = row[name]
            cell = to_json(value) if isinstance(value, dict | list) else plain(value)
            safe = defused(cell)
            changed += safe != cell
            if out.terminal:
                safe = visible(safe)
            # A null is an empty cell, an empty text is two quotes.
            cells.append("" if value is None else quoted(safe))
        out.line(",".join(cells), "\r\n")
        count += 1
    out.flush()
    if changed:
        cells_were = "1 cell was" if changed == 1 else f"{changed} cells were"
        errors.say(
            f"{cells_were} changed: an apostrophe was put before what a spreadsheet would "
            "calculate."
        )
    return count


def _write_table(rows: Iterable[Row], columns: Sequence[Column], zone: tzinfo) -> int:
    # Only here: it measures text, and no other format needs that.
    from logsleuth.cli import table

    out = _Out()
    room = shutil.get_terminal_size().columns if out.terminal else None
    if room is not None and room < _WIDE:
        columns = [column for column in columns if not column.wide]
    written = 0
    headings = [visible(column.heading or column.name) for column in columns]
    cells = ([visible(column.cell(row, zone)) for column in columns] for row in rows)
    cuttable = [column.cut for column in columns]
    for line in table.lines(headings, cells, cuttable, room):
        out.line(line)
        written += 1
    out.flush()
    if not written:
        errors.say("Nothing matches.")
        return 0
    return written - 1  # without the headings
