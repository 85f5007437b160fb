"""An app that sends a terminal only what changes on it."""

from typing import Any, TypeVar

from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Offset
from textual.screen import Screen

from logsleuth.tui.differences import Differences

R = TypeVar("R")


class _Told(CompositorUpdate):
    """Bytes for Textual to send in place of a picture."""

    def __init__(self, told: str) -> None:
        self._told = told

    def render_segments(self, console: Console) -> str:
        return self._told


class SparingApp(App[R], inherit_bindings=False):
    """Hands Textual, for each picture that it draws, what of it differs from the last."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._differences = Differences()
        self._pointed_at = Offset(-1, -1)

    def draw_again(self) -> None:
        """Send all of the screen: something else may have written to the terminal."""
        self._differences.forget()
        self.refresh(layout=True)

    def on_resize(self) -> None:
        """Of another size, or back from a pause, the terminal may show anything."""
        self.draw_again()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate) and self._sends:
            told = self._differences.told(renderable, self.console)
            moved = self.cursor_position != self._pointed_at
            self._pointed_at = self.cursor_position
            # Of a picture, Textual asks for nothing but bytes.
            renderable = _Told(told) if told or moved else None  # type: ignore[assignment]
        super()._display(screen, renderable)

    @property
    def _sends(self) -> bool:
        """Whether what is drawn now goes to a terminal."""
        driver = self._driver
        shown = self._running and not self._closed and not self._batch_count
        return shown and driver is not None and not self.is_headless and not driver.is_inline
