"""What of a new picture differs from what the terminal shows: only that is sent.

Textual sends a region again whether it changed or not, and the whole screen when anything in
it has moved.  Here every column that was sent is remembered, and of what is to be drawn only
other signs in other colours go out.

Terminals do not agree on how wide every sign is.  A line that has one on which they may differ
is sent as Textual would send it: had it been taken apart, what is left of it could stand in the
wrong place, and would be read as something else.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

Picture = LayoutUpdate | ChopsUpdate
"""What Textual draws: the whole screen, or spans of lines."""

AS_WIDE_EVERYWHERE = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u2190-\u2211\u2248-\u2265"
    "\u2400-\u2426\u2500-\u25fc\u27e8\u27e9\u2800-\u28ff]*"
)
"""Text of signs that every terminal draws in one column: ASCII, the Latin letters that are one
code point, and signs that the app itself draws with."""

STEP = len("\x1b[24;80H")
"""Bytes that it takes to go to another column."""

_RESET = "\x1b[0m"
_MARK = "x"

Sign = tuple[str, str, str]
"""What stands in one column: a character, the numbers of its colours, and those of its
background alone, which is all that is seen of a blank."""


class Piece(NamedTuple):
    """Neighbouring columns of one line.  Where their width is in doubt, ``whole`` is what
    Textual would send, and each sign is that whole and its place in it."""

    x: int
    y: int
    signs: Sequence[Sign]
    whole: str | None = None


class Differences:
    """Knows what the terminal shows, as far as it was sent since :meth:`forget`."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Sign | None]] = {}
        self._doubtful: set[int] = set()
        self._region = Region()

    def forget(self) -> None:
        """The terminal may show anything: whatever is drawn next is sent."""
        self._lines.clear()
        self._doubtful.clear()

    def told(self, picture: Picture, console: Console) -> str:
        """What to send so that the terminal shows the picture; empty if it does.

        It counts as sent from now on.
        """
        if isinstance(picture, LayoutUpdate) and picture.region != self._region:
            # What did not fit any more was written over what stands at the edge.
            self.forget()
            self._region = picture.region
        pen = _Pen()
        for piece in _pieces(picture, console):
            self._draw(piece, pen)
        return pen.written()

    def _draw(self, piece: Piece, pen: "_Pen") -> None:
        x, y, signs, whole = piece
        line = self._lines.setdefault(y, [])
        line.extend([None] * (x + len(signs) - len(line)))
        before: Sequence[Sign | None] = line[x : x + len(signs)]
        if before == signs:
            return
        if y in self._doubtful:
            before = [None] * len(signs)
            if len(signs) == len(line):
                self._doubtful.discard(y)
        if whole is None:
            for run in _runs(before, signs):
                pen.write(x + run.start, y, run.text, run.look)
        else:
            pen.write(x, y, whole, "")
            self._doubtful.add(y)
        line[x : x + len(signs)] = signs


class _Pen:
    """Writes texts at places, all of one look after each other, so that each is named once."""

    def __init__(self) -> None:
        # What has no look of ours comes first: it may be wider on the terminal than it says.
        self._texts: dict[str, list[str]] = defaultdict(list, {"": []})

    def write(self, x: int, y: int, text: str, look: str) -> None:
        """Write a text, from a place on."""
        self._texts[look].append(f"\x1b[{y + 1};{x + 1}H{text}")

    def written(self) -> str:
        """All of it, with no colour left behind."""
        plain = "".join(self._texts.pop(""))
        looks = (f"\x1b[0;{look}m{''.join(texts)}" for look, texts in self._texts.items())
        return f"{plain}{''.join(looks)}{_RESET if self._texts else ''}"


class _Run(NamedTuple):
    """Neighbouring signs that can be written in one look."""

    start: int
    text: str
    look: str


def _runs(before: Sequence[Sign | None], signs: Sequence[Sign]) -> Iterator[_Run]:
    """Where the signs differ; what is quicker written again than stepped over goes with it."""
    start, text, ground = 0, "", ""
    seen: str | None = None  # The look of all but blanks, if there are others.
    for at, (old, new) in enumerate(zip(before, signs, strict=True)):
        if old == new:
            continue
        end = start + len(text)
        if text and at - end <= STEP:
            going_on, joined = signs[end : at + 1], seen
            for char, look, on in going_on:
                if on != ground or (char != " " and joined is not None and look != joined):
                    break
                if char != " ":
                    joined = look
            else:
                text += new[0] if at == end else "".join([char for char, _, _ in going_on])
                seen = joined
                continue
        if text:
            yield _Run(start, text, ground if seen is None else seen)
        start, (text, look, ground) = at, new
        seen = None if text == " " else look
    if text:
        yield _Run(start, text, ground if seen is None else seen)


def _pieces(picture: Picture, console: Console) -> Iterator[Piece]:
    if isinstance(picture, LayoutUpdate):
        for y, strips in enumerate(picture.strips, picture.region.y):
            yield _piece(picture.region.x, y, Strip.join(strips), console)
        return
    for y, left, right in picture.spans:
        for end, (x, strip) in zip(picture.chop_ends[y], picture.chops[y].items(), strict=False):
            if strip is not None and x <= right and left < end:
                yield _piece(x, y, strip.crop(0, min(end, right) - x), console)


def _piece(x: int, y: int, strip: Strip, console: Console) -> Piece:
    if not AS_WIDE_EVERYWHERE.fullmatch(strip.text):
        whole = strip.render(console)
        return Piece(x, y, [(whole, "", str(at)) for at in range(strip.cell_length)], whole)
    system = console._color_system or ColorSystem.TRUECOLOR
    signs: list[Sign] = []
    for text, style, _ in strip:
        look, ground = _look(style, system)
        signs += [(char, look if char != " " else ground, ground) for char in text]
    return Piece(x, y, signs)


@lru_cache(maxsize=1024)
def _look(style: Style | None, system: ColorSystem) -> tuple[str, str]:
    """The numbers that make a terminal write in a style, and those for a blank in it."""
    if style is None:
        return "", ""
    look = _numbers(style, system)
    if style.reverse or style.underline or style.underline2 or style.strike or style.overline:
        return look, look
    return look, _numbers(Style(bgcolor=style.bgcolor), system)


def _numbers(style: Style, system: ColorSystem) -> str:
    written = Strip.render_style(style.update_link(None), _MARK, system)
    return written.partition(_MARK)[0].removeprefix("\x1b[").removesuffix("m")
