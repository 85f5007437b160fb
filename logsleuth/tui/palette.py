"""The command palette: every action of the registry, found by its name."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from logsleuth.tui.actions import Action, applying
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.filter_bar import FilterInput
from logsleuth.tui.paint import Lines

TITLE_WIDTH = 66


def found(actions: Sequence[Action], typed: str) -> list[Action]:
    """The actions whose title has every word that was typed."""
    words = typed.casefold().split()
    return [
        action
        for action in actions
        if all(word in f"{action.title} {action.id}".casefold() for word in words)
    ]


class Palette(ModalScreen[str | None]):
    """Type a few letters, choose an action; the answer is its id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", show=False),
        Binding("ctrl+c", "dismiss(None)", "Close", show=False),
        Binding("down", "move(1)", "Down", show=False, priority=True),
        Binding("up", "move(-1)", "Up", show=False, priority=True),
    ]

    def __init__(self, contexts: Iterable[str], *, plain: bool = False) -> None:
        super().__init__()
        self._plain = plain
        self._actions = [a for a in applying(contexts) if a.group != "Move"]
        self._found = list(self._actions)
        self._at = 0
        self.input = FilterInput(compact=True, placeholder="an action's name")
        self.input.cursor_blink = False
        self.lines = Lines()
        self.lines.can_focus = False

    def compose(self) -> ComposeResult:
        with Vertical(id="palette") as box:
            box.border_title = "Actions · Enter does it · Esc closes"
            yield self.input
            yield self.lines

    def on_mount(self) -> None:
        self.input.focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        height = max(1, self.lines.size.height)
        top = max(0, self._at - height + 1)
        self.lines.show([self._line(at) for at in range(top, len(self._found))])

    def _line(self, at: int) -> Line:
        action = self._found[at]
        chosen = at == self._at
        role = Role.CURSOR if chosen else Role.PLAIN
        key = action.shown(plain=self._plain)
        sign = Cell(key, Role.CURSOR if chosen else Role.KEY).fitted(7)
        mark = Cell("▸ " if chosen else "  ", role)
        return line(mark, sign, Cell(action.title, role).fitted(TITLE_WIDTH))

    def on_input_changed(self, event: Input.Changed) -> None:
        self._found = found(self._actions, event.value)
        self._at = 0
        self._draw()

    def on_input_submitted(self) -> None:
        self.dismiss(self._found[self._at].id if self._found else None)

    def on_filter_input_left(self) -> None:
        self.dismiss(None)

    def action_move(self, count: int) -> None:
        self._at = max(0, min(self._at + count, len(self._found) - 1))
        self._draw()
