"""The panes by name; each is loaded when one first goes there."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsleuth.tui.desk import Desk
    from logsleuth.tui.pages.page import Page

PANES = ("requests", "changes", "addresses", "users", "masquerades", "keys", "sessions", "case")
"""Their names, in the order of their keys; each is a module here, with a class named after it."""


def make(name: str, desk: "Desk") -> "Page":
    """The pane of a name."""
    module = import_module(f"logsleuth.tui.panes.{name}")
    pane: Page = getattr(module, f"{name.capitalize()}Pane")(desk)
    return pane
