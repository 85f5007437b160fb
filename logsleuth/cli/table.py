"""Columns of text fitted to the width of a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from rich.cells import cell_len, set_cell_size

from logsleuth.model.text import Shown

_GAP = "  "
_SAMPLE = 200
"""Rows that decide the widths; longer cells after them are cut, or stick out."""

_LEAST = 16
"""Cells left to a column that may be cut; a line that is too long then is the terminal's."""


def lines(
    headings: Sequence[Shown],
    rows: Iterable[Sequence[Shown]],
    cuttable: Sequence[bool],
    room: int | None,
) -> Iterator[str]:
    """The headings and one line for each row; nothing at all where there are no rows.

    ``room`` is the width in terminal cells that cuttable columns give way for; with
    ``None``, nothing is cut.
    """
    waiting = iter(rows)
    sample = list(islice(waiting, _SAMPLE))
    if not sample:
        return
    widths = [
        max(cell_len(text) for text in column) for column in zip(headings, *sample, strict=True)
    ]
    if room is not None:
        widths = _fit(widths, cuttable, room - len(_GAP) * (len(widths) - 1))
    for row in chain([headings], sample, waiting):
        cells = [
            _sized(text, width, cut=cut and room is not None)
            for text, width, cut in zip(row, widths, cuttable, strict=True)
        ]
        yield _GAP.join(cells).rstrip()


def _fit(widths: Sequence[int], cuttable: Sequence[bool], room: int) -> list[int]:
    """Widths that take no more than ``room``, the widest cuttable columns giving way first."""
    fitted = list(widths)
    while sum(fitted) > room:
        widest = max(
            (index for index, cut in enumerate(cuttable) if cut),
            key=lambda index: fitted[index],
            default=None,
        )
        if widest is None or fitted[widest] <= _LEAST:
            break
        fitted[widest] -= 1
    return fitted


def _sized(text: Shown, width: int, *, cut: bool) -> str:
    length = cell_len(text)
    if length > width and cut:
        return set_cell_size(text, width - 1) + "…"
    return text + " " * (width - length)
