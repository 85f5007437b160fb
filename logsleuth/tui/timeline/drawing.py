"""The lines of the strip: one where room is short, all of them where one looks closely."""

from dataclasses import dataclass

from logsleuth.tui.cells import Cell, Line, Role, line, line_width
from logsleuth.tui.figures import compact
from logsleuth.tui.timeline import marks, words
from logsleuth.tui.timeline.brush import Selection
from logsleuth.tui.timeline.picture import Figures, Lane, Picture
from logsleuth.tui.timeline.ruler import ruler
from logsleuth.tui.wording import number

LEFT, RIGHT = 10, 8
"""Columns of the terminal beside the bars: what a line is, and its scale."""

LANES_LEFT, LANES_LEFT_WIDE = 24, 34
"""The same for lanes, whose names need more."""

WIDE = 120


@dataclass(frozen=True, slots=True)
class Look:
    """How the strip is shown: ``full`` or in one line, ``selection`` where it has the
    focus, ``lanes_by`` the name of what it is split by (empty if it is not)."""

    width: int
    full: bool
    selection: Selection | None = None
    lanes_by: str = ""

    @property
    def left(self) -> int:
        """Where the bars begin."""
        if not self.lanes_by:
            return LEFT
        return LANES_LEFT_WIDE if self.width >= WIDE else LANES_LEFT

    @property
    def columns(self) -> int:
        """How many bars there is room for, at any height."""
        return max(1, self.width - self.left - RIGHT)


def lines(picture: Picture, look: Look) -> list[Line]:
    """The strip."""
    requests = [figures.requests for figures in picture.figures]
    top = max(requests)
    bars = marks.bars(requests, picture.covers, top, empty=True, known=picture.complete)
    if not look.full:
        return [_one_line(picture, bars, top, look)]
    found = [
        _row("changes", marks.changes(picture.changes), _sum(sum(picture.changes)), look),
        _row("requests", _lit(bars, picture, look), words.scale(top, RIGHT), look),
    ]
    lanes_top = 0
    if not look.lanes_by:
        found += [_part(picture, "writes", Role.ACTING, look)]
        found += [_part(picture, "errors", Role.ERROR, look)]
    elif picture.lanes is not None:
        counts = [figures.requests for lane in picture.lanes for figures in lane.figures]
        lanes_top = max(counts, default=0)
        found += [
            _lane(picture, lane, lanes_top, place, look)
            for place, lane in enumerate(picture.lanes, 1)
        ]
    found.append(_row("", ruler(picture.grid, look.selection), Cell(""), look))
    if look.selection is None:
        found.append(words.caption(picture, look.lanes_by, lanes_top, look.width))
    else:
        found += words.readout(picture, look.selection, look.width)
    return found


def _one_line(picture: Picture, bars: list[Cell], top: int, look: Look) -> Line:
    """The bars, those with course changes in their colour, and how many these are in words."""
    shown = [
        Cell(bar.text, Role.ACTING) if count else bar
        for bar, count in zip(bars, picture.changes, strict=True)
    ]
    return line(" ", *shown, words.beside(picture, top, look.width - 1 - len(bars)))


def _part(picture: Picture, name: str, role: Role, look: Look) -> Line:
    """The writes or the errors, on a scale of their own."""
    counts = [_figure(figures, name) for figures in picture.figures]
    top = max(counts)
    cells = marks.bars(counts, picture.covers, top, role=role)
    return _row(name, cells, words.scale(top, RIGHT) if top else Cell(" none", Role.MUTED), look)


def _figure(figures: Figures, name: str) -> int:
    return figures.writes if name == "writes" else figures.errors


def _lane(picture: Picture, lane: Lane, top: int, place: int, look: Look) -> Line:
    cells = marks.bars(
        [figures.requests for figures in lane.figures], picture.covers, top, empty=True
    )
    chosen = look.selection is not None and look.selection.lane == place
    return _row(
        lane.label,
        _lit(cells, picture, look),
        _sum(lane.total.requests),
        look,
        chosen=chosen,
    )


def _sum(count: int) -> Cell:
    for text in (f" Σ {number(count)}", f" Σ {compact(count).text}"):
        if len(text) <= RIGHT:
            return Cell(text, Role.MUTED)
    return Cell(f" {compact(count).text}", Role.MUTED)


def _row(name: str, cells: list[Cell], right: Cell, look: Look, *, chosen: bool = False) -> Line:
    """A name, the columns, and their scale."""
    label = Cell(f"{'▸' if chosen else ' '}{name}", Role.STRONG if chosen else Role.MUTED)
    return line(label.fitted(look.left - 1), " ", *cells, right)


def _lit(cells: list[Cell], picture: Picture, look: Look) -> list[Cell]:
    """The columns, those of the selection standing out."""
    if look.selection is None:
        return cells
    first, last = look.selection.columns(picture.grid)
    cursor = picture.grid.place(look.selection.cursor)
    return [
        cell
        if not first <= place <= last
        else Cell(cell.text, Role.FIELD if place == cursor else Role.CURSOR)
        for place, cell in enumerate(cells)
    ]


def nothing(sentence: str, width: int, role: Role = Role.MUTED) -> list[Line]:
    """A sentence in place of bars."""
    said = line(" ", Cell(sentence, role))
    return [said if line_width(said) <= width else (Cell(f" {sentence}", role).fitted(width),)]
