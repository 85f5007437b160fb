"""What makes a terminal of ASCII alone out of one that can show everything."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from logsleuth.tui.signs import in_ascii


class AsciiOnly(LineFilter):
    """Puts what stands for a sign in its place, in every line on its way to the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
