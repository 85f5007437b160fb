"""One sign for each column: how much, and what the log covers of it.

Bars are solid where the log was fetched and dotted where it is incomplete or nobody has
established that it is not; a sign tells an hour without a request from one without a log.
"""

from collections.abc import Sequence

from logsleuth.tui.cells import Cell, Role
from logsleuth.tui.timeline.picture import Cover

SOLID = "▁▂▃▄▅▆▇█"
DOTTED = "⣀⣄⣤⣦⣶⣷⣿"
QUIET = "·"
UNSURE = "╌"
NOT_FETCHED = "╱"
CHANGE = "▼"


def bar(count: int, top: int, cover: Cover, role: Role) -> Cell:
    """A bar of ``count``, where ``top`` is as high as it gets; at least its lowest step."""
    levels = SOLID if cover.state == "covered" else DOTTED
    height = max(1, -(-count * len(levels) // top))
    return Cell(levels[height - 1], role)


def bars(
    counts: Sequence[int],
    covers: Sequence[Cover],
    top: int,
    *,
    role: Role = Role.PLAIN,
    empty: bool = False,
    known: bool = True,
) -> list[Cell]:
    """A bar for each column; ``empty`` columns get a sign that says why they are.

    As long as the counts are not ``known`` to be all, nothing is said to be empty.
    """
    found = []
    for count, cover in zip(counts, covers, strict=True):
        if count:
            found.append(bar(count, top, cover, role))
        else:
            found.append(_nothing(cover, known) if empty else Cell(" "))
    return found


def _nothing(cover: Cover, known: bool) -> Cell:
    if cover.state == "none":
        return Cell(NOT_FETCHED, Role.WARN)
    if not known:
        return Cell(" ")
    return Cell(QUIET if cover.state == "covered" else UNSURE, Role.MUTED)


def changes(counts: Sequence[int]) -> list[Cell]:
    """A mark above each column with course changes."""
    return [Cell(CHANGE if count else " ", Role.ACTING) for count in counts]
