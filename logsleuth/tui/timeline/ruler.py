"""Dates and hours below the columns, and the cursor's place."""

from collections.abc import Iterator
from datetime import tzinfo

from logsleuth.model import times
from logsleuth.tui.cells import Cell, Role
from logsleuth.tui.timeline.brush import Selection
from logsleuth.tui.timeline.grid import Grid

TICK = "╵"
CURSOR = "▲"
MARKED = "━"
APART = 3
"""Columns between two labels, at least."""


def ruler(grid: Grid, selection: Selection | None) -> list[Cell]:
    """A label where the column above its tick begins; one cell for each column.

    With a selection, its columns are underlined, and the cursor is pointed at; a label that
    would be half hidden by that is left out.
    """
    chars = [" "] * len(grid)
    roles = [Role.MUTED] * len(grid)
    first, last = (len(grid), -1) if selection is None else selection.columns(grid)
    for at, text in _labels(grid):
        if at + len(text) <= first or at > last:
            chars[at : at + len(text)] = text
    if selection is not None:
        for place in range(first, last + 1):
            chars[place], roles[place] = MARKED, Role.KEY
        cursor = grid.place(selection.cursor)
        chars[cursor], roles[cursor] = CURSOR, Role.KEY
    return [Cell(char, role) for char, role in zip(chars, roles, strict=True)]


def _labels(grid: Grid) -> Iterator[tuple[int, str]]:
    """The labels that there is room for, and the columns that they begin at."""
    at = 0
    while at < len(grid):
        text = f"{TICK}{_label(grid.edges[at], grid)}"
        if at + len(text) > len(grid):
            return
        yield at, text
        at += len(text) + APART


def _label(us: int, grid: Grid) -> str:
    moment = times.from_us(us, grid.zone)
    if grid.unit.us < times.HOUR:
        return f"{moment:%H:%M}"
    if grid.unit.us < times.DAY:
        return f"{moment:%m-%d %H:%M}"
    return f"{moment:%m-%d}" if grid.unit.us < 8 * times.WEEK else f"{moment.year:04d}-{moment:%m}"


def span_words(since: int, until: int, zone: tzinfo, label: str) -> str:
    """``2026-10-12 00:00 → 12:00 UTC``: with offsets where the clock was changed between."""
    start, end = times.from_us(since, zone), times.from_us(min(until, times.LAST), zone)
    form = "%H:%M" if start.date() == end.date() else "%m-%d %H:%M"
    if start.year != end.year:
        form = "%Y-%m-%d %H:%M"
    first, last = f"{start:%Y-%m-%d %H:%M}", end.strftime(form)
    if start.utcoffset() != end.utcoffset():
        return f"{first} {times.offset(start)} → {last} {times.offset(end)} {label}"
    return f"{first} → {last} {label}"
