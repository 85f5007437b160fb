"""A screen of text over what is below, moved through with the keys of the tables."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from logsleuth.tui.cells import Line
from logsleuth.tui.paint import Lines

Answered = TypeVar("Answered")


class Scrolled(ModalScreen[Answered]):
    """A text in ``lines``, laid out anew for every width; how one leaves is its heirs'."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move('down')", "Down", show=False),
        Binding("up,k", "move('up')", "Up", show=False),
        Binding("pagedown,space,ctrl+f", "move('page_down')", "Screen down", show=False),
        Binding("pageup", "move('page_up')", "Screen up", show=False),
        Binding("ctrl+d", "move('half_down')", "Half a screen down", show=False),
        Binding("ctrl+u", "move('half_up')", "Half a screen up", show=False),
        Binding("g,home", "move('first')", "Start", show=False),
        Binding("G,end", "move('last')", "End", show=False),
    ]

    def __init__(self, name: str) -> None:
        """``name`` is what the style sheet calls it."""
        super().__init__()
        self.lines = Lines(id=name)

    def compose(self) -> ComposeResult:
        yield self.lines

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def told(self, width: int) -> Sequence[Line]:
        """The text, in lines for that many columns."""
        raise NotImplementedError

    def _show(self) -> None:
        self.lines.show(self.told(self.lines.size.width), keep_place=True)

    def action_move(self, way: str) -> None:
        getattr(self.lines, f"do_{way}")()
