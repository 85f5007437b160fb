"""The lines around a page: tabs of the panes, the open case, breadcrumb, keys."""

from collections.abc import Iterable, Sequence

from logsleuth.tui import actions
from logsleuth.tui.cells import Cell, Line, Role, line, line_width, shortened

ROOMY = 100
"""Columns from which on the panes go by their full names."""

TIGHT = 78
"""Columns up to which they go by a few letters."""

SHORT_NAMES = {"addresses": "addr", "masquerades": "masq", "sessions": "sess"}
FEW_LETTERS = SHORT_NAMES | {"requests": "req", "changes": "chg", "users": "user"}

PROMPT = " Filter ▸ "

CASE_WIDTH = 30
"""Columns that the name of the open case gets on the filter's line, at most."""


def filter_line(text: str, tally: Sequence[Cell], width: int) -> Line:
    """The filter in force, nothing for none, and how much it lets through."""
    role = Role.STRONG if text else Role.MUTED
    room = width - len(PROMPT) - line_width(tally) - 2
    shown = Cell(text or "(everything)", role).fitted(max(0, room))
    return line(Cell(PROMPT, Role.HEADING), shown, " ", *tally, " ")


def open_case(name: str) -> Line:
    """Which case is open, if any, for the filter's line."""
    return shortened((Cell(f"   case {name}", Role.STRONG),), CASE_WIDTH) if name else ()


def marked(rows: int) -> Line:
    """How many rows are marked, if any, for the filter's line."""
    return (Cell(f"   {rows} marked", Role.STRONG),) if rows else ()


def tabs(panes: Iterable[str], current: str, width: int) -> Line:
    """The panes by number and name, the current one marked."""
    cells: list[Cell] = [Cell(" ")]
    names = FEW_LETTERS if width < TIGHT else SHORT_NAMES if width < ROOMY else {}
    before, after = ("", " ") if width < TIGHT else (" ", "")
    for at, pane in enumerate(panes, 1):
        here = pane == current
        title = f"{at} {names.get(pane, pane).capitalize()}"
        cells.append(Cell(f"‹{title}›{after}" if here else f"{before}{title} ",
                          Role.STRONG if here else Role.MUTED))  # fmt: skip
    return tuple(cells)


def crumbs(said: str, names: Sequence[str], width: int) -> Line:
    """What was said last, else the way to the page on top, its middle left out first."""
    if said:
        return (Cell(f" {said}", Role.WARN).fitted(width),)
    shown: list[str] = [Cell(name).text for name in names]
    while len(shown) > 2 and line_width((Cell(" › ".join(shown)),)) > width - 2:
        del shown[1 : 3 if shown[1] == "…" else 2]
        shown.insert(1, "…")
    before = "".join(f"{name} › " for name in shown[:-1])
    return line(Cell(f" {before}", Role.MUTED), Cell(shown[-1], Role.STRONG))


def footer(contexts: frozenset[str], room: int, *, plain: bool) -> Line:
    """The keys that apply, the most important ones first in line for the room; ``plain``: in
    words where there are no signs."""
    found = {action.id: action for action in actions.applying(contexts) if action.short}
    words = {
        name: (
            Cell(f" {action.shown(plain=plain)}", Role.KEY),
            Cell(f" {action.short} ", Role.MUTED),
        )
        for name, action in found.items()
    }
    kept: set[str] = set()
    for name in sorted(found, key=lambda name: actions.importance(found[name], contexts)):
        if line_width(words[name]) <= room:
            kept.add(name)
            room -= line_width(words[name])
    return tuple(cell for name, cells in words.items() if name in kept for cell in cells)
