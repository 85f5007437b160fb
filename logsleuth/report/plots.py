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
    tops = [sum(counts) for counts in zip(*(lane.counts for lane in plot.lanes), strict=True)]
    scale = _HEIGHT / max(1, *tops)
    shapes = [_uncovered(plot, _HEIGHT), *_marks(plot)]
    for step in range(plot.steps):
        base = float(_MARKS + _HEIGHT)
        for at, lane in enumerate(plot.lanes):
            height = lane.counts[step] * scale
            base -= height
            shapes.append(_bar(plot, step, base, height, f"k{at}"))
    return _svg(plot, _MARKS + _HEIGHT, shapes)


def lanes(plot: Plot) -> Markup:
    """A row of bars for each lane, all to one scale."""
    most = max(1, *(count for lane in plot.lanes for count in lane.counts))
    height = _LANE * len(plot.lanes)
    shapes = [_uncovered(plot, height), *_marks(plot)]
    for at, lane in enumerate(plot.lanes):
        foot = _MARKS + _LANE * (at + 1)
        shapes.append(f'<path class="foot" d="M0 {foot}H{_WIDTH}"/>')
        for step, count in enumerate(lane.counts):
            # A single request is seen, however high the highest bar is.
            tall = max(2.0, count / most * (_LANE - 3)) if count else 0.0
            shapes.append(_bar(plot, step, foot - tall, tall, "k0"))
    return _svg(plot, _MARKS + height, shapes)


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
                f'<rect class="gap" x="{left:.2f}" y="{_MARKS}" width="{right - left:.2f}"'
                f' height="{height}"/>'
            )
    return "".join(found)


def _x(plot: Plot, at: str) -> float:
    whole = plot.steps * plot.seconds * times.SECOND
    return (times.parse(at) - times.parse(plot.first)) / whole * _WIDTH
