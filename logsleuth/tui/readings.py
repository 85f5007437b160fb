"""What a typed text may mean besides a filter, as a list that one chooses from by keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from logsleuth.filter.show import literal
from logsleuth.filter.tree import And, Node, Phrase
from logsleuth.store.base import Cancel
from logsleuth.store.resolve import MOST, Meaning, Resolver
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.paint import Lines
from logsleuth.tui.wording import counted

TALLEST = 8
"""Readings that are in sight at once."""

_SIGN = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """A filter that a text may stand for, and what that is in words."""

    text: str
    words: str


def known(resolver: Resolver, text: str, cancel: Cancel) -> Iterator[list[Meaning]]:
    """What the cache knows by a text.  Called from threads."""
    yield resolver.meanings(text, cancel)


def choices(found: Sequence[Meaning], text: str, *, valid: bool) -> list[Reading]:
    """All readings, at the end that as it was typed: a filter, if it is one, else words."""
    plain = text if valid else literal(text, word=True)
    named = [Reading(meaning.filter, meaning.words) for meaning in found]
    return [*named, Reading(plain, "as it was typed" if valid else "the text, in url or agent")]


def only_words(node: Node) -> bool:
    """Whether a filter is nothing but words, which may also be a name."""
    parts = node.parts if isinstance(node, And) else (node,)
    return all(isinstance(part, Phrase) for part in parts)


def offer(found: Sequence[Meaning], text: str) -> str:
    """One sentence: what else the words of a filter may mean, and the key for it."""
    if not found:
        return ""
    if len(found) == 1:
        return f"m reads '{text}' as {found[0].words}."
    more = " or more" if len(found) == MOST else ""
    return f"m lists {counted(len(found), 'thing', 'things')}{more} that '{text}' may mean."


class Choices(Lines):
    """The list: a cursor, numbers for the first nine, Enter takes one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("enter", "take", "Take", show=False),
        Binding("escape,backspace,q,ctrl+c", "leave", "Leave", show=False),
        *(Binding(str(at), f"take({at})", "Take", show=False) for at in range(1, 10)),
    ]

    class Taken(Message):
        """A reading was chosen."""

        def __init__(self, reading: Reading) -> None:
            super().__init__()
            self.reading = reading

    class Left(Message):
        """Nothing was chosen."""

    def __init__(self) -> None:
        super().__init__(id="choices")
        self._readings: Sequence[Reading] = ()
        self._at = 0

    @property
    def tall(self) -> int:
        """Lines that the list takes."""
        return min(len(self._readings), TALLEST)

    def offer(self, readings: Sequence[Reading]) -> None:
        """Let somebody choose among these."""
        self._readings, self._at = readings, 0
        self.styles.height = self.tall
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        top = max(0, self._at - self.tall + 1)
        shown = range(top, min(top + self.tall, len(self._readings)))
        self.show([self._line(at) for at in shown])

    def _line(self, at: int) -> Line:
        reading, chosen = self._readings[at], at == self._at
        role = Role.CURSOR if chosen else Role.PLAIN
        sign = Cell(str(at + 1) if at < 9 else "", Role.KEY).fitted(_SIGN, right=True)
        words = Cell(reading.words, role)
        beside = Cell(f"  {reading.text}", Role.MUTED)
        return line(sign, Cell(" ▸ " if chosen else "   ", role), words, beside)

    def action_move(self, way: int) -> None:
        self._at = max(0, min(self._at + way, len(self._readings) - 1))
        self._draw()

    def action_take(self, number: int = 0) -> None:
        at = number - 1 if number else self._at
        if at < len(self._readings):
            self.post_message(self.Taken(self._readings[at]))

    def action_leave(self) -> None:
        self.post_message(self.Left())
