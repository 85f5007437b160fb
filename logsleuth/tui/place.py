"""A place in the app as a command line that opens it there."""

import shlex
from collections.abc import Sequence

from logsleuth.filter.show import show
from logsleuth.filter.tree import Node
from logsleuth.tui.desk import Desk
from logsleuth.tui.pages.event import EventPage
from logsleuth.tui.pages.listing import Listing
from logsleuth.tui.pages.page import Page


def command_line(desk: Desk, pane: str, pages: Sequence[Page]) -> str | None:
    """The command line of the page on top of a pane, ``pages`` being those opened over it.

    A page of one change is opened by its id, one of requests as the filter that they match, and
    whatever else lies over a pane as the pane.  Times are in UTC, so that it means the same on
    any day and in any zone.  ``None`` where no filter says which requests these are.
    """
    page = pages[-1] if pages else None
    words = [*desk.command]
    where: Node = desk.filter.node
    match page:
        case EventPage():
            words += ["--event", page.event.id]
        case Listing():
            words += ["--pane", "requests"]
            where = page.view.shown
        case _:
            words += ["--pane", pane]
    try:
        text = show(where)
    except ValueError:
        return None
    if text:
        words += ["--filter", text]
    return shlex.join(words)
