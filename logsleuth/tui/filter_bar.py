"""The line of the global filter: what it says, and where one types another."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key, Paste
from textual.message import Message
from textual.widgets import Input
from textual.worker import Worker

from logsleuth.filter.complete import Completion
from logsleuth.filter.parse import FilterError
from logsleuth.store.resolve import Meaning, Resolver, is_pasted
from logsleuth.tui.at_once import edit_at_once
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.desk import Desk
from logsleuth.tui.filters import Filter, typeable
from logsleuth.tui.paint import OneLine
from logsleuth.tui.proposing import FieldSuggester, Proposals, completed
from logsleuth.tui.readings import Choices, Reading, choices, known, offer, only_words
from logsleuth.tui.remembering import MOST_FILTERS
from logsleuth.tui.surroundings import PROMPT, filter_line

PROPOSED = 12
"""Proposals that are named at most, as far as there is room."""


class FilterInput(Input):
    """The text field: its keys, and no character in it that could do harm."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "leave", "Leave the filter as it was", show=False),
        Binding("up", "older", "An earlier filter", show=False),
        Binding("down", "newer", "A later filter", show=False),
        Binding("tab", "complete", "Complete", show=False),
    ]

    class Left(Message):
        """Editing was given up."""

    class Wanted(Message):
        """An older (-1) or newer (+1) filter of the history is wanted."""

        def __init__(self, way: int) -> None:
            super().__init__()
            self.way = way

    def validate_value(self, value: str) -> str:
        """Keep out what a terminal would obey: shown as the escape that means the same."""
        return typeable(value)

    async def on_key(self, event: Key) -> None:
        await edit_at_once(self, event)

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_older(self) -> None:
        self.post_message(self.Wanted(-1))

    def action_newer(self) -> None:
        self.post_message(self.Wanted(1))

    def action_complete(self) -> None:
        self.action_cursor_right()

    def _on_paste(self, event: Paste) -> None:
        event.text = " ".join(event.text.split("\n"))
        super()._on_paste(event)


class FilterBar(Vertical):
    """Shows the filter and the tally; while one types, the error and its column.

    A text that is no filter, or one URL, UUID, address or network, is looked up in the
    cache: it becomes the filter that it means, or a list to choose from.  What is a filter
    stays one; whether its words may also be a name is said afterwards.
    """

    class Entered(Message):
        """A filter was typed to its end; ``said`` tells what a text became, if it did."""

        def __init__(self, entered: Filter, said: str = "") -> None:
            super().__init__()
            self.filter = entered
            self.said = said

    class Say(Message):
        """A sentence for the person."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Left(Message):
        """Editing has ended."""

    def __init__(self, read: Callable[[str], Filter], desk: Desk) -> None:
        super().__init__(id="filter-bar")
        self._read = read
        self._desk = desk
        self._lane = desk.lane("readings")
        self._resolver = Resolver(desk.store, desk.catalogue)
        self._typed = ""
        self._history: list[str] = []
        self._at = 0
        self._proposals = Proposals(desk)
        self._resting = OneLine()
        self._input = FilterInput(
            id="filter-input",
            compact=True,
            select_on_focus=False,
            suggester=FieldSuggester(self._proposals),
        )
        self._input.cursor_blink = False
        self._hint = OneLine(id="filter-hint")
        self._prompt = OneLine(id="filter-prompt")
        self._line = Horizontal(id="filter-line")
        self._choices = Choices()

    def compose(self) -> ComposeResult:
        yield self._resting
        with self._line:
            yield self._prompt
            yield self._input
        yield self._choices
        yield self._hint

    def on_mount(self) -> None:
        self._prompt.show(line(Cell(PROMPT, Role.HEADING)))
        self._editing(False)

    @property
    def editing(self) -> bool:
        """Whether somebody is typing a filter, or choosing one."""
        return bool(self._line.display)

    @property
    def hint(self) -> Line:
        """What stands below the text while one types."""
        return self._hint.shown

    def show(self, current: Filter, tally: Sequence[Cell]) -> None:
        """Show the filter in force and how much it lets through."""
        self._resting.show(filter_line(current.text, tally, self.size.width))

    @property
    def history(self) -> tuple[str, ...]:
        """The filters used so far, the oldest first."""
        return tuple(self._history)

    def remember(self, text: str) -> None:
        """Keep a filter for the history: once, as the newest."""
        if text:
            self._history = [one for one in self._history if one != text]
            self._history = [*self._history[1 - MOST_FILTERS :], text]

    def edit(self, current: Filter) -> None:
        """Let somebody type, beginning with the filter in force."""
        self._desk.asking.take_back(self._lane)
        self._input.value = current.text
        self._input.cursor_position = len(self._input.value)
        self._at = len(self._history)
        self._editing(True)
        # At once: what is typed next is already meant for the filter.
        self.screen.set_focus(self._input)
        self._check()

    def _editing(self, on: bool) -> None:
        self._line.display = on
        self._hint.display = on
        self._resting.display = not on
        self._choices.display = False
        self.styles.height = 2 if on else 1

    def _check(self) -> FilterError | None:
        """Say what is wrong with the text, or how to go on."""
        try:
            self._read(self._input.value)
        except FilterError as error:
            self._hint.show(self._pointed(error))
            return error
        said = "Enter applies · Esc leaves it as it was · ↑ earlier · Tab completes"
        self._hint.show(line(Cell(" " * len(PROMPT) + said, Role.MUTED)))
        return None

    def _pointed(self, error: FilterError) -> Line:
        """The caret below the column, and what is wrong there."""
        before = self._input.value[: error.column - 1]
        at = len(PROMPT) + cell_len(before) - round(self._input.scroll_x)
        width = self.size.width
        # The caret says the column, so the words may do without it.
        for words in (str(error), error.message):
            said = Cell(words, Role.ERROR)
            if len(PROMPT) <= at and at + 2 + said.width <= width:
                return line(" " * at, Cell("^ ", Role.ERROR), said)
            if said.width + 2 <= at < width:
                return line(" " * (at - said.width - 1), said, Cell(" ^", Role.ERROR))
        return line(" ", Cell(str(error), Role.ERROR))

    def on_input_changed(self) -> None:
        if self.editing and not self._choices.display:
            self._hint_at(self._check())
            if self._proposals.waiting:
                _: Worker[None] = self.run_worker(self._hint_later, exclusive=True)

    def _hint_at(self, error: FilterError | None) -> None:
        """Propose how to go on, unless something is wrong before the word being typed."""
        text = self._input.value
        found = self._proposals.at_end(text)
        if text and found and (error is None or error.column > found[0].start):
            self._hint.show(self._proposed(text, found))

    async def _hint_later(self) -> None:
        text = self._input.value
        await self._proposals.ready(text)
        if self.editing and self._input.value == text and not self._choices.display:
            self._hint_at(self._check())

    def _proposed(self, text: str, found: Sequence[Completion]) -> Line:
        words = [self._proposals.words(text, one) for one in found[:PROPOSED]]
        key = Cell("Tab ", Role.KEY) if completed(text, found) else Cell("")
        first = Cell(words[0], Role.STRONG)
        rest = Cell("".join(f" · {word}" for word in words[1:]), Role.MUTED)
        return line(" " * len(PROMPT), key, first, rest)

    def on_input_submitted(self) -> None:
        text = self._typed = self._input.value
        error = self._check()
        if error is not None or is_pasted(text):
            self._look_up(text, lambda found: self._resolved(text, found, valid=error is None))
            return
        entered = self._read(text)
        self._enter(entered)
        if only_words(entered.node) and '"' not in text:
            self._look_up(text, lambda found: self._tell(offer(found, text)))

    def _enter(self, entered: Filter, said: str = "") -> None:
        self._leave()
        self.post_message(self.Entered(entered, said))

    # What a text may mean besides

    def _look_up(self, text: str, answered: Callable[[list[Meaning]], None]) -> None:
        self._desk.asking.ask(
            self._lane,
            lambda cancel: known(self._resolver, text, cancel),
            answered,
            self._tell,
        )

    def _tell(self, sentence: str) -> None:
        if sentence:
            self.post_message(self.Say(sentence))

    def _resolved(self, text: str, found: list[Meaning], *, valid: bool) -> None:
        """Take the one reading that there is, let choose among more, or leave it be."""
        if not self.editing or self._input.value != text:
            return
        if len(found) == 1:
            self._enter(self._read(found[0].filter), f"Read as {found[0].words}. m: as text.")
        elif found:
            self._choose(choices(found, text, valid=valid))
        elif valid:
            said = "Nothing in this cache is known by it; it is searched for as text."
            self._enter(self._read(text), said)
        else:
            self._tell(self._expected(text))

    def readings(self, current: Filter) -> None:
        """List what the text typed last, or the filter in force, may mean."""
        text = self._typed or current.text
        if not text:
            self._tell("Type something first: / and a name, a URL, an id.")
            return

        def answered(found: list[Meaning]) -> None:
            if not found and self._reads_as_filter(text):
                self._tell(f"Nothing else in this cache is known by '{text}'.")
                return
            self._input.value = text
            self._editing(True)
            self._choose(choices(found, text, valid=self._reads_as_filter(text)))

        self._look_up(text, answered)

    def _expected(self, text: str) -> str:
        """What would be right where the filter is wrong, for which there is no room below it."""
        try:
            self._read(text)
        except FilterError as error:
            return f"Expected {error.expected}." if error.expected else ""
        return ""

    def _reads_as_filter(self, text: str) -> bool:
        try:
            self._read(text)
        except FilterError:
            return False
        return True

    def _choose(self, readings: Sequence[Reading]) -> None:
        self._choices.display = True
        self._choices.offer(readings)
        self.styles.height = 2 + self._choices.tall
        said = f"Which of these {len(readings)}? Enter or a number takes it · Esc types on"
        self._hint.show(line(Cell(f"   {said}", Role.MUTED)))
        self.screen.set_focus(self._choices)

    def on_choices_taken(self, message: Choices.Taken) -> None:
        reading = message.reading
        self._enter(self._read(reading.text), f"Read as {reading.words}. m: other readings.")

    def on_choices_left(self) -> None:
        self._editing(True)
        self.screen.set_focus(self._input)
        self._check()

    def on_filter_input_left(self) -> None:
        self._leave()

    def on_filter_input_wanted(self, message: FilterInput.Wanted) -> None:
        at = self._at + message.way
        if 0 <= at < len(self._history):
            self._at = at
            self._input.value = self._history[at]
            self._input.cursor_position = len(self._input.value)

    def _leave(self) -> None:
        self._proposals.forget()
        self._desk.asking.take_back(self._lane)
        self._editing(False)
        self.post_message(self.Left())
