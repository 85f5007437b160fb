"""Forms: a few fields, filled in by keys alone, over whatever is below.

A form stays until what it asks for is done: an error stands below the fields, and nothing that
was typed is lost.  What is typed or pasted into a field holds no character that a terminal would
obey, or that nobody sees; such characters are kept as what :func:`visible` makes of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult

from logsleuth.model.text import visible
from logsleuth.tui.at_once import edit_at_once
from logsleuth.tui.cells import Cell, Line, Role, line, wrapped
from logsleuth.tui.paint import Lines, OneLine, Painted

KEYS = "^D keeps it · Tab next field · Esc leaves"
"""Not ^S: a terminal with flow control stops at it."""

TALLEST = 4
"""Lines that what stands above and below the fields takes at most."""

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: one line, a ``text`` of many, or one of ``choices``.  ``needed`` ones cannot
    stay empty."""

    name: str
    label: str
    value: str = ""
    needed: bool = False
    text: bool = False
    choices: tuple[str, ...] = ()


class LineField(Input):
    """One line."""

    def __init__(self, value: str) -> None:
        super().__init__(visible(value), compact=True, select_on_focus=False)
        self.cursor_blink = False

    async def on_key(self, event: Key) -> None:
        await edit_at_once(self, event)

    def validate_value(self, value: str) -> str:
        return visible(value)


class TextField(TextArea):
    """A text of many lines."""

    def __init__(self, value: str) -> None:
        super().__init__(safe_text(value), compact=True, soft_wrap=True)
        self.cursor_blink = False
        self.highlight_cursor_line = False

    def on_mount(self) -> None:
        self.move_cursor(self.document.end)

    async def on_key(self, event: Key) -> None:
        await edit_at_once(self, event)

    def edit(self, edit: Edit) -> EditResult:
        edit.text = safe_text(edit.text)
        return super().edit(edit)

    @property
    def value(self) -> str:
        return self.text


class ChoiceField(Painted, can_focus=True):
    """One of a few words: left and right, or Space."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space,down,j", "turn(1)", "Next", show=False),
        Binding("left,h,up,k", "turn(-1)", "Previous", show=False),
    ]

    class Submitted(Message):
        """Enter was pressed here."""

    def __init__(self, choices: Sequence[str], value: str) -> None:
        super().__init__()
        self._choices = choices
        self.value = value or choices[0]

    def cells(self, y: int) -> Line:
        cells = []
        for word in self._choices:
            chosen = word == self.value
            role = (Role.FIELD if self.has_focus else Role.STRONG) if chosen else Role.MUTED
            cells.append(Cell(f"‹{word}›" if chosen else f" {word} ", role))
        return tuple(cells)

    def action_turn(self, way: int) -> None:
        at = list(self._choices).index(self.value) + way
        self.value = self._choices[at % len(self._choices)]
        self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


Written = LineField | TextField | ChoiceField


class Form(ModalScreen[None]):
    """Fields, and what to do with them.

    ``submit`` gets the values and a function to call with a sentence if that failed, or with
    ``None`` once it is done, which ends the form.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False, priority=True),
        Binding("ctrl+d", "submit", "Keep", show=False, priority=True),
        Binding("ctrl+c", "leave", "Leave", show=False, priority=True),
        Binding("tab", "app.focus_next", "Next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", "Previous", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        submit: Callable[[Values, Callable[[str | None], None]], None],
        about: str = "",
    ) -> None:
        """``about`` stands above the fields."""
        super().__init__()
        self._title = title
        self._about = about
        self._fields = fields
        self._submit = submit
        self._written: dict[str, Written] = {field.name: _widget(field) for field in fields}
        self._busy = False
        self._leaving = False
        self.box = Vertical(id="form")
        self.hint = Lines(id="form-hint")
        self.hint.can_focus = False
        self.about_lines = Lines(id="form-about")
        self.about_lines.can_focus = False

    def compose(self) -> ComposeResult:
        with self.box as box:
            box.border_title = Content(visible(self._title))  # never read as markup
            box.border_subtitle = Content(KEYS)
            yield self.about_lines
            with VerticalScroll(can_focus=False):
                for field in self._fields:
                    if len(self._fields) > 1:
                        label = OneLine()
                        label.show(line(Cell(field.label, Role.MUTED)))
                        yield label
                    yield self._written[field.name]
            yield self.hint

    def on_mount(self) -> None:
        self._written[self._fields[0].name].focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        self._fill(self.about_lines, self._about, Role.MUTED)
        if not self.hint.lines:
            self._fill(self.hint, "", Role.MUTED)

    @property
    def values(self) -> Values:
        """What stands in the fields, without blanks around it."""
        return {name: widget.value.strip() for name, widget in self._written.items()}

    # Keys

    def on_input_submitted(self) -> None:
        """Enter: to the next field, and from the last one to the end."""
        widgets: list[Widget] = list(self._written.values())
        if self.focused is widgets[-1]:
            self.action_submit()
        else:
            self.focus_next()

    def key_enter(self) -> None:
        if isinstance(self.focused, ChoiceField):
            self.on_input_submitted()

    def action_submit(self) -> None:
        self._when_typed(self._keep)

    def action_leave(self) -> None:
        self._when_typed(self._leave)

    def _when_typed(self, then: Callable[[], object]) -> None:
        """Do something once every field has taken in the keys that came before: they wait at
        the fields, and this key has overtaken them."""
        for widget in self._written.values():
            then = partial(widget.call_later, then)
        then()

    def _keep(self) -> None:
        if self._busy:
            return
        values = self.values
        for field in self._fields:
            if field.needed and not values[field.name]:
                self._say(f"The field '{field.label}' is empty.", Role.ERROR)
                self._written[field.name].focus()
                return
        self._busy = True
        self._say("One moment…", Role.MUTED)
        self._submit(values, self._answered)

    def _answered(self, error: str | None) -> None:
        self._busy = False
        if error is None:
            self.dismiss(None)
        else:
            self._say(error, Role.ERROR)

    def _leave(self) -> None:
        changed = any(self.values[one.name] != _start(one) for one in self._fields)
        if changed and not self._leaving:
            self._leaving = True
            self._say("Esc again leaves without what you typed.", Role.WARN)
        else:
            self.dismiss(None)

    def on_input_changed(self) -> None:
        self._leaving = False

    def on_text_area_changed(self) -> None:
        self._leaving = False

    def _say(self, sentence: str, role: Role) -> None:
        self._fill(self.hint, sentence, role)

    def _fill(self, widget: Lines, text: str, role: Role) -> None:
        """Show a text in as many lines as it takes; none of them without a text."""
        width = max(20, self.box.content_size.width)
        lines = [line(cell) for cell in wrapped(text, width, role)] if text else []
        widget.display = bool(lines)
        widget.styles.height = min(len(lines), TALLEST)
        widget.show(lines)


def _widget(field: Field) -> Written:
    if field.choices:
        return ChoiceField(field.choices, field.value)
    return TextField(field.value) if field.text else LineField(field.value)


def _start(field: Field) -> str:
    """What a field holds before anybody typed."""
    if field.choices:
        return field.value or field.choices[0]
    return (safe_text(field.value) if field.text else visible(field.value)).strip()


def safe_text(text: str) -> str:
    """Text of many lines, each of them safe to show."""
    ends = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "\n".join(visible(one) for one in ends.split("\n"))
