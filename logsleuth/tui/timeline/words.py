"""The timeline in words: its scale, what stands under its cursor, and what the log covers."""

from collections.abc import Sequence

from logsleuth.model.text import visible
from logsleuth.store.coverage import REASON_WORDS, STATE_WORDS
from logsleuth.tui.cells import Cell, Line, Role, clip, line_width
from logsleuth.tui.figures import compact
from logsleuth.tui.timeline import marks
from logsleuth.tui.timeline.brush import Selection
from logsleuth.tui.timeline.picture import Cover, Figures, Picture, total
from logsleuth.tui.timeline.ruler import span_words
from logsleuth.tui.wording import counted, number, zone_label

_ROLES = {"covered": Role.GOOD, "partial": Role.WARN, "none": Role.WARN}

LABEL = 24
"""Columns of the terminal for the name of a lane among its figures."""

SEPARATOR = Cell(" · ", Role.MUTED)


def scale(top: int, width: int) -> Cell:
    """What the highest bar means, exactly where there is room."""
    for text in (f" █ {number(top)}", f" █ {compact(top).text}", f" █{compact(top).text}"):
        cell = Cell(text, Role.MUTED)
        if cell.width <= width:
            return cell
    return Cell("")


def beside(picture: Picture, top: int, width: int) -> Cell:
    """Column and scale beside a strip of one line, and how many course changes there are, in
    the longest form that fits."""
    each, most = picture.grid.unit.label, number(top)
    so_far = "" if picture.complete else "+"
    few, changes = compact(top).text, sum(picture.changes)
    marked = f" {marks.CHANGE}{compact(changes).text}" if changes else ""
    for text in (
        f" each {each} · █ {most}{so_far}{marked}",
        f" each {each} █{most}{so_far}{marked}",
        f" {each} █{most}{so_far}{marked}",
        f" {each} █{few}{so_far}{marked}",
        f" {each} █{few}{so_far}",
    ):
        cell = Cell(text, Role.MUTED)
        if cell.width <= width:
            return cell
    return Cell(f" {each}", Role.MUTED)


def caption(picture: Picture, lanes_by: str, lanes_top: int, width: int) -> Line:
    """What one looks at: as many of the parts, the first ones first, as there is room for."""
    grid = picture.grid
    parts: list[Cell] = []
    if not picture.complete:
        parts.append(Cell(_reading(picture), Role.WARN))
    if picture.closer:
        parts.append(Cell("a closer look", Role.WARN))
    parts.append(Cell(f"each column {grid.unit.label}"))
    when = span_words(grid.edges[0], grid.edges[-1], grid.zone, zone_label(grid.zone))
    parts.append(Cell(when))
    if lanes_by:
        said = "reading…" if picture.lanes is None else f"█ {number(lanes_top)}"
        parts.append(Cell(f"lanes by {lanes_by}: {said}"))
    parts.append(Cell(_changes(sum(picture.changes), any_cause=picture.any_cause)))
    if picture.other_changes:
        parts.append(Cell(f"{number(picture.other_changes)} before or after", Role.WARN))
    parts += _legend(picture)
    return _fitting(parts, width)


def _legend(picture: Picture) -> list[Cell]:
    """The signs that are there, explained."""
    states = {cover.state for cover in picture.covers}
    nothing = any(
        not figures.requests and cover.state == "covered"
        for figures, cover in zip(picture.figures, picture.covers, strict=True)
    )
    found = []
    if "none" in states:
        found.append(Cell(f"{marks.NOT_FETCHED} not fetched", Role.WARN))
    if "partial" in states:
        found.append(Cell(f"{marks.DOTTED[-1]} {marks.UNSURE} {STATE_WORDS['partial']}", Role.WARN))
    if nothing:
        found.append(Cell(f"{marks.QUIET} no request", Role.MUTED))
    return found


def _reading(picture: Picture) -> str:
    days = f" {picture.done} of {picture.days} days, newest first" if picture.days else ""
    return f"reading…{days}"


def _changes(count: int, *, any_cause: bool) -> str:
    words = f"{marks.CHANGE} {counted(count, 'course change', 'course changes')}"
    return f"{words}, whoever caused them" if any_cause else words


def readout(picture: Picture, selection: Selection, width: int) -> tuple[Line, Line]:
    """What is marked, or stands under the cursor: its time, and its figures."""
    grid = picture.grid
    first, last = selection.columns(grid)
    span = selection.span(grid)
    when = span_words(span.since or 0, span.until or 0, grid.zone, zone_label(grid.zone))
    unit = grid.unit.label
    much = f"1 column of {unit}" if first == last else f"{last - first + 1} columns of {unit}"
    chosen = slice(first, last + 1)
    state, reasons = _cover(picture.covers[chosen])
    above = [Cell(when, Role.STRONG)]
    if not picture.complete:
        above.append(Cell(_reading(picture), Role.WARN))
    if picture.closer:
        above.append(Cell("a closer look", Role.WARN))
    above += [state, Cell(much)]
    figures, label = total(picture.figures[chosen]), ""
    if picture.lanes and 0 < selection.lane <= len(picture.lanes):
        lane = picture.lanes[selection.lane - 1]
        label = f"{clip(visible(lane.label), LABEL)}: "
        figures = total(lane.figures[chosen])
    below = _counts(figures, label)
    if changes := sum(picture.changes[chosen]):
        below.append(Cell(_changes(changes, any_cause=picture.any_cause)))
    below += reasons
    return _fitting(above, width), _fitting(below, width)


def _counts(figures: Figures, label: str) -> list[Cell]:
    errors, writes = figures.errors, figures.writes
    return [
        Cell(f"{label}{counted(figures.requests, 'request', 'requests')}", Role.STRONG),
        Cell(counted(errors, "error", "errors"), Role.ERROR if errors else Role.PLAIN),
        Cell(counted(writes, "write", "writes"), Role.ACTING if writes else Role.PLAIN),
    ]


def _cover(covers: Sequence[Cover]) -> tuple[Cell, list[Cell]]:
    """What the log covers of these columns together, and why it is not all."""
    states = {cover.state for cover in covers}
    state = states.pop() if len(states) == 1 else "partial"
    reasons = dict.fromkeys(
        part for cover in covers if cover.reason for part in cover.reason.split(", ")
    )
    words = ", ".join(REASON_WORDS.get(reason, reason) for reason in reasons)
    return Cell(STATE_WORDS[state], _ROLES[state]), [Cell(words, Role.MUTED)] if words else []


def _fitting(parts: Sequence[Cell], width: int) -> Line:
    """The parts, a dot between two, up to the first that does not fit."""
    found: list[Cell] = [Cell(" ")]
    for at, part in enumerate(parts):
        more = [SEPARATOR, part] if at else [part]
        if line_width((*found, *more)) > width:
            break
        found += more
    return tuple(found)
