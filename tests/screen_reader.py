"""What a terminal shows after it was sent bytes: as much of one as the app makes use of.

Columns hold a character, its colours and its background.  A sequence that is not known here is
an error, so that nothing is read wrongly in silence.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[(?P<place>\d+;\d+)H"
    r"|\x1b\[(?P<look>[\d;]*)m"
    r"|(?P<other>\x1b\[[?>=]?[\d;]*[$]?[a-zA-Z]|\x1b\][^\x07]*\x07|[\n\r])"
    r"|(?P<text>[^\x1b\n\r]+)"
)
_WITHOUT_EFFECT = re.compile(r"\x1b\[[?>=<]?[\d;]*\$?[hlpuqt]|\x1b\].*|[\n\r]")
BACKGROUND = re.compile(r"4\d|10\d")
"""Of the numbers of colours, those of a background."""

_SHOWN_ON_BLANKS = {"4", "7", "9", "21", "53"}
"""Underlined, reversed, struck, twice underlined, overlined."""

Column = tuple[str, tuple[str, ...]]
"""A character, and its colours; of a blank, those of its background."""


@dataclass
class Screen:
    """The columns of each line; ``width_of`` is how wide the terminal draws a character.

    What does not fit into its ``columns`` is written over the last of them, as is done by
    terminals that were told not to wrap.
    """

    width_of: Callable[[str], int] = cell_len
    columns: int = 1000
    lines: dict[int, dict[int, Column]] = field(default_factory=dict)
    _x: int = 0
    _y: int = 0
    _look: tuple[str, ...] = ()

    def send(self, sent: str) -> None:
        """Take in what was sent; it begins and ends between two sequences."""
        end = 0
        for token in _TOKEN.finditer(sent):
            assert token.start() == end, f"not known: {sent[end : end + 20]!r}"
            end = token.end()
            if token["place"]:
                self._y, self._x = (int(number) - 1 for number in token["place"].split(";"))
            elif token["look"] is not None:
                self._take(token["look"])
            elif token["text"]:
                for char in token["text"]:
                    self._put(char)
            elif not _WITHOUT_EFFECT.fullmatch(token["other"]):
                raise AssertionError(f"not known: {token['other']!r}")
        assert end == len(sent), f"not known: {sent[end : end + 20]!r}"

    def text(self, y: int) -> str:
        """A line without its colours."""
        line = self.lines.get(y, {})
        return "".join(line.get(x, (" ", ()))[0] for x in range(max(line, default=-1) + 1))

    def _take(self, numbers: str) -> None:
        for one in _groups(numbers.split(";")):
            self._look = () if one in ("", "0") else (*self._look, one)

    def _put(self, char: str) -> None:
        width = self.width_of(char)
        self._x = min(self._x, self.columns - 1)
        line = self.lines.setdefault(self._y, {})
        if width == 0:
            before = max(0, self._x - 1)
            line[before] = (line.get(before, ("", ()))[0] + char, self._look)
            return
        seen = _on_a_blank(self._look) if char == " " else self._look
        places = range(self._x, self._x + width)
        # Of a wide character, half of which is written over, nothing is left.
        for half, other in ((places.start, places.start - 1), (places.stop, places.stop)):
            if line.get(half, (" ",))[0] == "" and other in line:
                line[other] = (" ", _on_a_blank(line[other][1]))
        for x in places:
            line[x] = (char if x == self._x else "", seen)
        self._x += width


def _on_a_blank(look: tuple[str, ...]) -> tuple[str, ...]:
    """What is seen of colours where no character is."""
    if _SHOWN_ON_BLANKS & set(look):
        return look
    return tuple(one for one in look if BACKGROUND.match(one))


def _groups(numbers: list[str]) -> Iterator[str]:
    """Numbers that belong together: those of one colour."""
    rest = iter(numbers)
    for number in rest:
        if number in ("38", "48"):
            kind = next(rest)
            yield ";".join((number, kind, *(next(rest) for _ in range(3 if kind == "2" else 1))))
        else:
            yield number
