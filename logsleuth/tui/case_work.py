"""What one does with cases, from whatever page: open one, put things in, write, conclude.

What is done waits in a line, so that labels come in the order of the keys that were pressed, and
runs in a thread; the pages below stay as they are.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from textual.screen import Screen

from logsleuth.case import places
from logsleuth.case.adding import Added
from logsleuth.case.case import Case
from logsleuth.case.errors import CaseError
from logsleuth.case.model import Evidence, Finding, Note
from logsleuth.store.base import Cancel
from logsleuth.tui import case_forms, case_places, filters
from logsleuth.tui.case_forms import Failed
from logsleuth.tui.case_items import Item, tags
from logsleuth.tui.casebook import Casebook
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.desk import Desk
from logsleuth.tui.dialogs import Menu, Reading
from logsleuth.tui.forms import Form, Values
from logsleuth.tui.pages.page import Page
from logsleuth.tui.panes.case import CasePane
from logsleuth.tui.subjects import Subject, requests
from logsleuth.tui.wording import counted, number

T = TypeVar("T")

NO_CASES = "There is no cache here whose rows a case could take."


@dataclass(frozen=True, slots=True)
class Around:
    """What the work on cases needs of the frame.

    ``show`` puts a screen on top and passes its answer on; ``say`` tells a sentence, from
    threads too; ``redraw`` draws what stands around the page.
    """

    page: Callable[[], Page]
    show: Callable[[Screen[Any], Callable[[Any], None]], object]
    say: Callable[[str], object]
    redraw: Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Act:
    """Something to be done, and whom to tell what came of it."""

    do: Callable[[Cancel], Any]
    done: Callable[[Any], object]
    failed: Callable[[str], object]


class CaseWork:
    """The actions on cases."""

    def __init__(self, desk: Desk, around: Around) -> None:
        self._desk = desk
        self._around = around
        self._say = around.say
        self._lane = desk.lane("case work")
        self._waiting: deque[_Act] = deque()

    # Doing one thing after the other

    def _do(
        self,
        act: Callable[[Cancel], T],
        done: Callable[[T], object],
        failed: Failed | None = None,
    ) -> None:
        self._waiting.append(_Act(act, done, self._say if failed is None else failed))
        if len(self._waiting) == 1:
            self._next()

    def _next(self) -> None:
        act = self._waiting[0]

        def run(cancel: Cancel) -> Iterator[Any]:
            yield act.do(cancel)

        def ended(tell: Callable[[Any], object], answer: Any) -> None:
            self._waiting.popleft()
            if self._waiting:
                self._next()
            tell(answer)

        ask = self._desk.asking.ask
        ask(self._lane, run, partial(ended, act.done), partial(ended, act.failed))

    def do_stop_case(self) -> None:
        """Take back what is being done, and what waits behind it."""
        if not self._waiting:
            self._say("Nothing is being done for a case.")
            return
        self._desk.asking.take_back(self._lane)
        self._waiting.clear()
        self._say("Stopped. What was put into the case before that is in it.")

    def _changed(self) -> None:
        """The case says something else now, or is another one."""
        page = self._around.page()
        if isinstance(page, CasePane):
            page.look()
        self._around.redraw()

    def _write(self, write: Callable[[Case], str], answered: Failed | None = None) -> None:
        """Write something into the case and tell what; a form is told of an error."""

        def done(said: str) -> None:
            if answered is not None:
                answered(None)
            self._say(said)
            self._changed()

        book = self._book()
        self._do(lambda cancel: write(book.need()), done, answered)

    # Which case

    def _book(self) -> Casebook:
        book = self._desk.cases
        if book is None:
            raise CaseError(NO_CASES)
        return book

    def _with_case(self, then: Callable[[Casebook], object]) -> None:
        """Do something with the open case, having let choose one if none is open."""
        book = self._desk.cases
        if book is None:
            self._say(NO_CASES)
        elif book.case is None:
            self._choose(lambda: then(book))
        else:
            then(book)

    def do_cases(self) -> None:
        if self._desk.cases is None:
            self._say(NO_CASES)
        else:
            self._choose(lambda: None)

    def _choose(self, then: Callable[[], object]) -> None:
        self._do(lambda cancel: case_forms.listed(), lambda found: self._offer(found, then))

    def _offer(self, found: list[case_forms.Listed], then: Callable[[], object]) -> None:
        book = self._book()
        down: list[Line] = [line(f"Put {book.name} down")] if book.case is not None else []
        lines = [line(Cell("A new case…", Role.STRONG)), *down, *(one.line for one in found)]

        def chosen(at: int | None) -> None:
            if at is None:
                self._say("No case was chosen.")
            elif at == 0:
                self._make(then)
            elif down and at == 1:
                book.put_down()
                self._changed()
            else:
                self._take_up(found[at - 1 - len(down)], then)

        # Enter goes on with the case that was used last.
        at = len(lines) - len(found) if found else 0
        self._around.show(Menu("Which case?", lines, at), chosen)

    def _take_up(self, one: case_forms.Listed, then: Callable[[], object]) -> None:
        def opened(_: object) -> None:
            self._say(f"Case {self._book().name} is open: what you look at is logged in it.")
            self._changed()
            then()

        self._do(lambda cancel: self._book().open(one.path), opened)

    def _make(self, then: Callable[[], object]) -> None:
        def submit(values: Values, answered: Failed) -> None:
            def made(earlier: str) -> None:
                answered(None)
                path = places.find(values["name"])
                self._say(f"Made the case {path.stem} at {path}. {earlier}")
                self._changed()
                then()

            book = self._book()
            self._do(lambda cancel: case_forms.create(book, values), made, answered)

        self._show(
            Form("A new case", case_forms.new(self._desk.zones.campus), submit, case_forms.WHERE)
        )

    def _show(self, screen: Screen[Any]) -> None:
        self._around.show(screen, lambda _: None)

    # Putting things in

    def do_to_case(self) -> None:
        subject = self._around.page().subject()
        if subject is None:
            self._say("There is nothing under the cursor that a case could take.")
        else:
            self._with_case(lambda book: self._add(book, subject))

    def do_filter_to_case(self) -> None:
        where = self._around.page().timeline()
        if fields := filters.only_of_events(where):
            names = ", ".join(field.name for field in fields)
            self._say(f"Only course changes have {names}: b puts a change into the case.")
            return
        subject = requests(where)
        self._with_case(lambda book: self._add(book, subject))

    def _add(self, book: Casebook, subject: Subject) -> None:
        self._say(f"Putting into {book.name}: {subject.words}…")

        def added(found: Added) -> None:
            self._say(_told(found, subject))
            self._changed()

        self._do(lambda cancel: book.add(subject.gather, cancel, self._far), added)

    def _far(self, step: str, done: int, total: int) -> None:
        """Say how far a long addition is.  Called from threads."""
        if done:
            of = f" of {number(total)}" if total else ""
            self._say(f"{step.capitalize()} {number(done)}{of} requests… ! stops it.")

    # Notes, findings, tags

    def do_note(self) -> None:
        page = self._around.page()
        if not isinstance(page, CasePane):
            subject = page.subject()
            self._with_case(lambda book: self._note_on_row(book, subject))
            return
        one = page.evidence
        on = (one.label, case_forms.THE_CASE) if one is not None else (case_forms.THE_CASE,)
        self._with_case(lambda book: self._note(book, on, ""))

    def _note_on_row(self, book: Casebook, subject: Subject | None) -> None:
        if subject is None:
            self._note(book, (case_forms.THE_CASE,), "")
        else:
            self._note(book, (case_forms.THE_ROW, case_forms.THE_CASE), subject.words, subject)

    def _note(
        self, book: Casebook, on: tuple[str, ...], about: str, subject: Subject | None = None
    ) -> None:
        def submit(values: Values, answered: Failed) -> None:
            def done(added: Added | None, label: str | None) -> None:
                self._write(lambda case: _noted(case.note(values["text"], label)), answered)

            where = values["on"]
            if subject is not None and where == case_forms.THE_ROW:
                gather = subject.gather
                self._do(
                    lambda cancel: book.add(gather, cancel, self._far),
                    lambda added: done(added, added.evidence.label),
                    answered,
                )
            else:
                done(None, None if where == case_forms.THE_CASE else where)

        self._show(Form(f"A note in {book.name}", case_forms.note(on), submit, about))

    def do_rewrite(self) -> None:
        """Write a note anew: that of the line, or one of those on the evidence."""
        item = self._item()
        if item is None:
            return
        if isinstance(item.about, Note):
            self._rewrite(item.about)
        elif isinstance(item.about, Finding):
            self._find(item.about)
        elif not item.notes:
            self._say(f"There is no note on {item.label}; n writes one.")
        elif len(item.notes) == 1:
            self._rewrite(item.notes[0])
        else:
            notes = item.notes
            lines = [line(Cell(f"{n.label} ", Role.KEY), " ".join(n.text.split())) for n in notes]

            def chosen(at: int | None) -> None:
                if at is not None:
                    self._rewrite(notes[at])

            self._around.show(Menu(f"Which note on {item.label}?", lines), chosen)

    def _rewrite(self, note: Note) -> None:
        def submit(values: Values, answered: Failed) -> None:
            text = values["text"]
            self._write(lambda case: _noted(case.note(text, label=note.label)), answered)

        title = f"Note {note.label} on {note.on or 'the case'}"
        self._show(Form(title, case_forms.note((), note.text), submit))

    def do_finding(self) -> None:
        page = self._around.page()
        one = page.evidence if isinstance(page, CasePane) else None
        self._with_case(lambda book: self._find(None, "" if one is None else one.label))

    def _find(self, known: Finding | None, cites: str = "") -> None:
        def submit(values: Values, answered: Failed) -> None:
            label = known.label if known is not None else None
            self._write(lambda case: case_forms.find(case, values, label), answered)

        title = "A finding" if known is None else f"Finding {known.label}"
        self._show(Form(title, case_forms.finding(known, cites), submit))

    def do_tags(self) -> None:
        page = self._around.page()
        if not isinstance(page, CasePane) or page.found is None:
            self._say("No case is open; C opens one.")
            return
        on = None if page.evidence is None else page.evidence.label
        before = tags(page.found.state, on)

        def submit(values: Values, answered: Failed) -> None:
            self._write(lambda case: case_forms.retag(case, on, before, values), answered)

        title = f"Tags on {on or 'the case'}"
        self._show(Form(title, case_forms.tagging(before), submit, case_forms.TAGS))

    # The case itself

    def do_about_case(self) -> None:
        page = self._around.page()
        if not isinstance(page, CasePane) or page.found is None:
            self._say("No case is open; C opens one.")
            return
        about = page.found.state.about

        def submit(values: Values, answered: Failed) -> None:
            self._write(lambda case: case_forms.edit(case, values, before, zone), answered)

        zone = case_forms.zone_of(about, self._desk.zone)
        fields = case_forms.about(about, zone)
        before = {field.name: field.value for field in fields}
        self._show(Form(f"The case {about.name}", fields, submit))

    def do_close_case(self) -> None:
        page = self._around.page()
        if not isinstance(page, CasePane) or page.found is None:
            self._say("No case is open; C opens one.")
            return
        is_open = page.found.state.about.open

        def submit(values: Values, answered: Failed) -> None:
            write = case_forms.close if is_open else case_forms.reopen
            self._write(lambda case: write(case, values), answered)

        verb = "Close" if is_open else "Open again"
        fields = case_forms.CLOSE if is_open else case_forms.REOPEN
        self._show(Form(f"{verb}: {page.found.state.about.name}", fields, submit))

    def do_check_case(self) -> None:
        def checked(told: list[str]) -> None:
            sentences = told or ["Nothing is amiss that a program can see."]
            self._show(Reading("The case, checked", [(one, Role.PLAIN) for one in sentences]))
            self._changed()

        def check(book: Casebook) -> None:
            self._say("Checking: log, rows, and what the cache says now… ! stops it.")
            self._do(book.check, checked)

        self._with_case(check)

    def do_report(self) -> None:
        # Only here: the app starts faster without what writes reports.
        from logsleuth.tui.case_export import Exporting

        around = self._around
        exporting = Exporting(around.show, around.say, self._do, self._desk)
        self._with_case(exporting.ask)

    # Back to the panes

    def do_case_open(self) -> None:
        """Go where the evidence lies; write a note or a finding anew."""
        item, page = self._item(), self._around.page()
        if item is None:
            return
        if not isinstance(item.about, Evidence):
            self.do_rewrite()
            return
        book, desk, one = self._book(), self._desk, item.about

        def found(place: case_places.Place) -> None:
            page.post_message(Page.Open(*place))

        self._do(lambda cancel: case_places.place(book, desk, item, one, cancel), found)

    def _item(self) -> Item | None:
        """The line under the cursor of the Case pane; says so if there is none."""
        page = self._around.page()
        item = page.item if isinstance(page, CasePane) else None
        if item is None:
            if self._desk.cases is not None and self._desk.cases.case is None:
                self.do_cases()
            else:
                self._say("There is nothing under the cursor.")
        return item


def _told(added: Added, subject: Subject) -> str:
    """What became of an addition, in a sentence."""
    one = added.evidence
    if not added.new:
        return f"{one.label} is this already: {subject.words}."
    if one.cut:
        return (
            f"{one.label} holds the newest {number(one.copied)} of {number(one.count)} requests;"
            " a narrower filter copies all of its own."
        )
    kept = counted(one.copied, "request", "requests")
    return f"{one.label} is in the case: {subject.words}, {kept}."


def _noted(note: Note) -> str:
    return f"Note {note.label} on {note.on or 'the case'}."
