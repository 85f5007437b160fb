"""Small screens over what is below: a list to choose from, and a text to read and confirm."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from logsleuth.model.text import visible
from logsleuth.tui.cells import Cell, Line, Role, line, wrapped
from logsleuth.tui.paint import Lines
from logsleuth.tui.scrolled import Scrolled

A = TypeVar("A")

SIGN = 3


class _Choices(ModalScreen[A | None]):
    """Lines, one of which the cursor stands on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Screen down", show=False),
        Binding("pageup", "move(-10)", "Screen up", show=False),
        Binding("enter", "take", "Take", show=False),
        Binding("escape,q,backspace,ctrl+c", "dismiss(None)", "Leave", show=False),
    ]
    KEYS: ClassVar[str]

    def __init__(self, title: str, choices: Sequence[Line], at: int = 0) -> None:
        """``at`` is the line on which one begins."""
        super().__init__()
        self._title = title
        self._choices = choices
        self._at = at
        self.lines = Lines()

    def compose(self) -> ComposeResult:
        with Vertical(id="menu") as box:
            box.border_title = Content(visible(self._title))
            box.border_subtitle = Content(self.KEYS)
            box.styles.height = len(self._choices) + 2
            yield self.lines

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        top = max(0, self._at - max(1, self.lines.size.height) + 1)
        self.lines.show([self._line(at) for at in range(top, len(self._choices))])

    def _line(self, at: int) -> Line:
        chosen = at == self._at
        mark = Cell(" ▸ " if chosen else "   ", Role.CURSOR if chosen else Role.PLAIN)
        cells = self._choices[at]
        here = (Cell(cell.text, Role.CURSOR) if chosen else cell for cell in cells)
        return line(self.sign(at), mark, *here)

    def sign(self, at: int) -> Cell:
        """What stands in front of a line."""
        raise NotImplementedError

    def action_move(self, way: int) -> None:
        self._at = max(0, min(self._at + way, len(self._choices) - 1))
        self._draw()


class Menu(_Choices[int]):
    """A list of which one takes one; the answer is its place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(at), f"take({at})", "Take", show=False) for at in range(1, 10)
    ]
    KEYS: ClassVar[str] = "Enter or a number takes it · Esc leaves"

    def sign(self, at: int) -> Cell:
        return Cell(str(at + 1) if at < 9 else "", Role.KEY).fitted(SIGN, right=True)

    def action_take(self, number: int = 0) -> None:
        at = number - 1 if number else self._at
        if at < len(self._choices):
            self.dismiss(at)


class Ticks(_Choices[tuple[int, ...]]):
    """A list of which one takes as many as one likes; the answer is the places of those."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,x", "tick", "Take it, or leave it", show=False),
        Binding("a", "tick_all", "Take all, or none", show=False),
    ]
    KEYS: ClassVar[str] = "Space ticks · a all or none · Enter keeps it · Esc leaves"

    def __init__(self, title: str, choices: Sequence[str], ticked: Sequence[bool]) -> None:
        super().__init__(title, [line(Cell(choice)) for choice in choices])
        self._ticked = list(ticked)

    def sign(self, at: int) -> Cell:
        return Cell(" [x]" if self._ticked[at] else " [ ]", Role.KEY)

    def action_tick(self) -> None:
        self._ticked[self._at] = not self._ticked[self._at]
        self._draw()

    def action_tick_all(self) -> None:
        self._ticked = [not all(self._ticked)] * len(self._ticked)
        self._draw()

    def action_take(self) -> None:
        self.dismiss(tuple(at for at, on in enumerate(self._ticked) if on))


class Reading(Scrolled[bool]):
    """A text to read; the answer is whether one goes on.

    ``go_on`` says what Enter does; without it there is nothing to confirm.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "Go on", show=False),
        Binding("escape,q,backspace,ctrl+c", "dismiss(False)", "Leave", show=False),
    ]

    def __init__(self, title: str, told: Sequence[tuple[str, Role]], go_on: str = "") -> None:
        """``told`` are sentences, each of which begins a line."""
        super().__init__("reading")
        self._told = told
        self._go_on = go_on
        keys = f"Enter {go_on} · Esc leaves" if go_on else "Esc closes"
        self.lines.border_title = Content(visible(title))
        self.lines.border_subtitle = Content(f"{keys} · j k scroll")

    def told(self, width: int) -> Sequence[Line]:
        room = max(20, width - 1)
        return [line(cell) for text, role in self._told for cell in wrapped(text, room, role)]

    def action_go_on(self) -> None:
        self.dismiss(bool(self._go_on))
