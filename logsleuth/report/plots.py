"""Plots of a report: as inline SVG, and as a line of text where there are no pictures.

What is drawn comes from numbers; labels are escaped by whoever writes them beside it.
"""

from collections.abc import Sequence

from markupsafe import Markup

from logsleuth.model import times
from logsleuth.report.model import Plot

_WIDTH = 720
_HEIGHT = 96
_LANE = 22
_MARKS = 12
_BARS = " ▁▂▃▄▅▆▇█"


def stacked(plot: Plot) -> Markup:
    """All lanes in one bar for each step; course changes above, unfetched time hatched."""
    scale = _HEIGHT / tallest(plot)
    shapes = [_uncovered(plot, _HEIGHT), *_marks(plot)]
    for step in range(plot.steps):
        base = float(_MARKS + _HEIGHT)
        for at, one in enumerate(plot.lanes):
            height = one.counts[step] * scale
            base -= height
            shapes.append(_bar(plot, step, base, height, f"k{at}"))
    return _svg(plot, _MARKS + _HEIGHT, shapes)


def lane(plot: Plot, at: int) -> Markup:
    """The bars of one lane, to the scale of all."""
    scale = (_LANE - 2) / tallest(plot, alone=True)
    shapes = [_uncovered(plot, _LANE), *(_marks(plot) if at == 0 else ())]
    top = _MARKS if at == 0 else 0
    for step, count in enumerate(plot.lanes[at].counts):
        # A single request is seen, however high the highest bar is.
        height = max(2.0, count * scale) if count else 0.0
        shapes.append(_bar(plot, step, top + _LANE - height, height, "k0"))
    return _svg(plot, top + _LANE, shapes)


def tallest(plot: Plot, *, alone: bool = False) -> int:
    """Requests of the tallest bar; at least 1.  ``alone``: lanes do not stand on each other."""
    most = 1
    for counts in zip(*(one.counts for one in plot.lanes), strict=True):
        most = max(most, max(counts) if alone else sum(counts))
    return most


def end(plot: Plot) -> str:
    """The time at which the last step ends."""
    span = plot.steps * plot.seconds * times.SECOND
    return times.iso(times.parse(plot.first) + span)


def text_bars(counts: Sequence[int]) -> str:
    """Bars as characters: blank for nothing, never blank for something."""
    most = max(1, *counts)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in counts)


def _svg(plot: Plot, height: int, shapes: Sequence[str]) -> Markup:
    drawn = "".join(shapes)
    return Markup(
        f'<svg viewBox="0 0 {_WIDTH} {height + 1}" role="img" aria-label="plot">'
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path class="hatch" d="M0 6L6 0"/></pattern></defs>'
        f'{drawn}<path class="foot" d="M0 {height}H{_WIDTH}"/></svg>'
    )


def _bar(plot: Plot, step: int, top: float, height: float, name: str) -> str:
    if not height:
        return ""
    width = _WIDTH / plot.steps
    return (
        f'<rect class="{name}" x="{step * width:.2f}" y="{top:.2f}"'
        f' width="{max(width - 0.6, 0.6):.2f}" height="{height:.2f}"/>'
    )


def _marks(plot: Plot) -> list[str]:
    return [
        f'<path class="mark" d="M{x - 4:.2f} 1h8l-4 8z"/>'
        for x in sorted({_x(plot, at) for at in plot.marks})
    ]


def _uncovered(plot: Plot, height: int) -> str:
    found = []
    for since, until in plot.uncovered:
        left, right = (min(max(_x(plot, at), 0.0), _WIDTH) for at in (since, until))
        if right > left:
            found.append(
                f'<rect class="gap" x="{left:.2f}" y="0" width="{right - left:.2f}"'
                f' height="{height + _MARKS}"/>'
            )
    return "".join(found)


def _x(plot: Plot, at: str) -> float:
    whole = plot.steps * plot.seconds * times.SECOND
    return (times.parse(at) - times.parse(plot.first)) / whole * _WIDTH
