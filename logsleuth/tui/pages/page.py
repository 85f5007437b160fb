"""What every page is: a pane or something one opened, with a table and its titles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from logsleuth.filter.tree import Node
from logsleuth.model.event import CourseEvent
from logsleuth.model.text import visible
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import ActSpan
from logsleuth.tui.cells import Line, clip
from logsleuth.tui.copies import Copies
from logsleuth.tui.desk import Desk
from logsleuth.tui.history import Step
from logsleuth.tui.remembering import Shown
from logsleuth.tui.subjects import Subject
from logsleuth.tui.things import Centre, Thing


@dataclass(frozen=True, slots=True)
class CausedBy:
    """The changes that a request, or those of a span, caused; ``what`` names it."""

    what: str
    changes: tuple[CourseEvent, ...]


@dataclass(frozen=True, slots=True)
class CoursesRead:
    """The courses in which something was read: by which requests, and whose they are."""

    where: Node
    whose: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Requests as a case kept them; ``why`` they are not shown from the cache."""

    crumb: str
    title: str
    why: str
    rows: tuple[WebLog, ...]


Destination = Thing | Centre | CausedBy | CoursesRead | Kept | CourseEvent | ActSpan
"""What one can open a page of."""


QUOTED = 36
"""Columns of what was copied that are said again."""


class Page(Vertical):
    """A page.  It tells the frame what it wants by messages, and never looks at it.

    ``contexts`` says which actions apply (see :mod:`logsleuth.tui.actions`).
    """

    contexts: ClassVar[frozenset[str]] = frozenset()

    class Changed(Message):
        """Detail, counts or breadcrumb of the page should be drawn again."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Page.Changed)

    class Open(Message):
        """A page of something is to be opened on top, coming from a request if any.

        ``page`` is the page that wants it, as filled in when it is posted.
        """

        def __init__(self, destination: Destination, origin: WebLog | None = None) -> None:
            super().__init__()
            self.destination = destination
            self.origin = origin
            self.page: Page | None = None

    class Narrow(Message):
        """The global filter is to say one thing more."""

        def __init__(self, node: Node) -> None:
            super().__init__()
            self.node = node

    class Took(Message):
        """A step was taken within the page."""

        def __init__(self, step: Step) -> None:
            super().__init__()
            self.step = step

    class Say(Message):
        """A sentence for the person."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Copy(Message):
        """Lines for the clipboard, made safe, and what they are; ``named``: so short that what
        is said of it may quote it."""

        def __init__(self, lines: Sequence[str], what: str, *, named: bool = False) -> None:
            super().__init__()
            self.text = "\n".join(visible(line) for line in lines)
            self.what = what
            self.said = f"{what} {clip(visible(self.text), QUOTED)}" if named else what

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    @property
    def crumb(self) -> str:
        """The page's place in the breadcrumb."""
        raise NotImplementedError

    @property
    def main(self) -> Widget:
        """What has the focus when the page comes up."""
        raise NotImplementedError

    @property
    def columns_of(self) -> str:
        """What its rows are called where columns are chosen; empty where they cannot be."""
        return ""

    def timeline(self) -> Node:
        """The requests that the timeline is of: those under the filter."""
        return self.desk.filter.node

    def subject(self) -> Subject | None:
        """What the cursor stands on, as evidence for a case."""
        return None

    def copies(self) -> Copies[Any] | None:
        """How its rows are copied; ``None`` where there is nothing like it."""
        return None

    def tally(self) -> Line:
        """How many of how many match the filter, for the filter's line."""
        return ()

    def detail(self, width: int) -> Sequence[Line]:
        """Every field of what the cursor stands on, in lines of that width."""
        return ()

    def came_up(self) -> None:
        """The page is on top now; the filter may have changed since it was."""

    def narrowed(self) -> None:
        """The filter was narrowed from this page, which is on top."""
        self.came_up()

    def zone_changed(self) -> None:
        """Times are shown in another zone now, or other columns."""

    def standing(self) -> object:
        """Where one stands on the page, to come back to."""
        return None

    def restore(self, standing: object) -> None:
        """Stand there again."""

    def kept(self) -> Shown:
        """How the page is shown, to be shown so when the app is opened again."""
        return {}

    def recall(self, kept: Shown) -> None:
        """Be shown so; called before the page is.  What cannot be so is left as it is."""

    def post_message(self, message: Message) -> bool:
        if isinstance(message, Page.Open):
            message.page = self
        return super().post_message(message)

    def say(self, sentence: str) -> None:
        """Tell the person something."""
        self.post_message(self.Say(sentence))
