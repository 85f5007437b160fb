"""Widgets that draw lines of cells: one segment for a run of one role, and no more.

Textual sends a refreshed region again whether it changed or not, so these refresh single
lines, and only those that changed: over a slow link that is what one waits for.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from logsleuth.model.text import visible
from logsleuth.tui.cells import Cell, Line, Role, shortened


class Painted(Widget):
    """A widget that draws lines of cells; a subclass says what stands on each line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"role--{role}" for role in Role}
    ALLOW_SELECT = False

    def cells(self, y: int) -> Sequence[Cell]:
        """The cells of line ``y`` of the widget."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        return self.strip(self.cells(y))

    def strip(self, cells: Sequence[Cell]) -> Strip:
        """Cells side by side, cut or filled to the width of the widget."""
        runs: list[tuple[Role, list[str]]] = []
        for cell in cells:
            if runs and runs[-1][0] is cell.role:
                runs[-1][1].append(cell.text)
            else:
                runs.append((cell.role, [cell.text]))
        segments = [
            Segment(visible("".join(texts)), self.get_component_rich_style(f"role--{role}"))
            for role, texts in runs
        ]
        plain = self.get_component_rich_style("role--plain")
        return Strip(segments).adjust_cell_length(self.size.width, plain)

    def refresh_line(self, y: int) -> None:
        """Draw one line again."""
        self.refresh(Region(0, y, self.size.width, 1))


class OneLine(Painted):
    """One line of text that is drawn again only when it changes."""

    DEFAULT_CSS = "OneLine { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self._line: Line = ()

    @property
    def shown(self) -> Line:
        """What stands there."""
        return self._line

    def show(self, cells: Sequence[Cell]) -> None:
        """Put other text there."""
        if tuple(cells) != self._line:
            self._line = tuple(cells)
            self.refresh()

    def cells(self, y: int) -> Sequence[Cell]:
        return shortened(self._line, self.size.width)


class Lines(Painted, can_focus=True):
    """Many lines that scroll; of a change, only the lines that differ are drawn again."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._top = 0

    @property
    def lines(self) -> Sequence[Line]:
        """All lines, those out of sight too."""
        return self._lines

    def show(self, lines: Sequence[Line], *, keep_place: bool = False) -> None:
        """Put other lines there, from the first one on unless the place is kept."""
        before = [self.cells(y) for y in range(self.size.height)]
        self._lines = lines
        self._top = min(self._top, self._last_top) if keep_place else 0
        for y, old in enumerate(before):
            if old != self.cells(y):
                self.refresh_line(y)

    def cells(self, y: int) -> Sequence[Cell]:
        at = self._top + y
        return self._lines[at] if at < len(self._lines) else ()

    @property
    def _last_top(self) -> int:
        return max(0, len(self._lines) - self.size.height)

    def _scroll_by(self, count: int) -> None:
        top = max(0, min(self._top + count, self._last_top))
        if top != self._top:
            self._top = top
            self.refresh()

    def do_down(self) -> None:
        self._scroll_by(1)

    def do_up(self) -> None:
        self._scroll_by(-1)

    def do_half_down(self) -> None:
        self._scroll_by(max(1, self.size.height // 2))

    def do_half_up(self) -> None:
        self._scroll_by(-max(1, self.size.height // 2))

    def do_page_down(self) -> None:
        self._scroll_by(self.size.height)

    def do_page_up(self) -> None:
        self._scroll_by(-self.size.height)

    def do_first(self) -> None:
        self._scroll_by(-self._top)

    def do_last(self) -> None:
        self._scroll_by(self._last_top - self._top)

    def on_resize(self) -> None:
        self._top = min(self._top, self._last_top)

    def on_mouse_scroll_down(self) -> None:
        self._scroll_by(3)

    def on_mouse_scroll_up(self) -> None:
        self._scroll_by(-3)
