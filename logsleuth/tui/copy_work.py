"""What can be copied of a page: rows as sentences, text, JSON or a filter, and the place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from textual.screen import Screen

from logsleuth.filter.show import show
from logsleuth.filter.tree import Node, Or
from logsleuth.model.jsontext import harmless, to_json
from logsleuth.model.text import visible
from logsleuth.tui import plain_text
from logsleuth.tui.cells import Cell, line
from logsleuth.tui.copies import Copies
from logsleuth.tui.dialogs import Menu
from logsleuth.tui.pages.page import Page
from logsleuth.tui.signs import in_ascii
from logsleuth.tui.table import RecordTable
from logsleuth.tui.wording import counted


@dataclass(frozen=True, slots=True)
class Offer:
    """A form in which something can be copied: its name in the menu, and what copies it."""

    words: str
    copy: Callable[[], object]


class CopyWork:
    """Copies what stands on the page on top.

    ``place`` is its command line, or ``None`` where there is none; ``ascii`` says that the
    terminal shows nothing else.
    """

    def __init__(
        self,
        screen: Screen[None],
        page: Callable[[], Page],
        place: Callable[[], str | None],
        *,
        plain: bool,
    ) -> None:
        self._screen = screen
        self._page = page
        self._place = place
        self._plain = plain

    # Actions

    def do_copy_row(self) -> None:
        self._with_rows(self._as_sentences)

    def do_copy_as(self) -> None:
        offers = self._offers()
        choices = [line(Cell(offer.words)) for offer in offers]

        def chosen(at: int | None) -> None:
            if at is not None:
                offers[at].copy()

        self._screen.app.push_screen(Menu("Copy as…", choices), chosen)

    def do_unmark_rows(self) -> None:
        page = self._page()
        count = page.main.unmark() if isinstance(page.main, RecordTable) else 0
        gone = counted(count, "mark is", "marks are")
        page.say(f"{gone} taken away." if count else "No row is marked; v marks one.")

    def do_plain_text(self) -> None:
        self._with_rows(self._as_plain_text)

    # In which forms

    def _offers(self) -> list[Offer]:
        offers = [Offer("This place, as a command line that opens it", self._as_command)]
        copies = self._page().copies()
        if copies is None or not copies.rows:
            return offers
        what = _what(copies.rows)
        return [
            Offer(f"The {what}: a sentence each, for a ticket", self.do_copy_row),
            Offer(f"The {what}, as text in columns", lambda: self._as_text(copies)),
            Offer(f"The {what}, as JSON, exact and in UTC", lambda: self._as_json(copies)),
            Offer(f"The {what}, as a filter", lambda: self._as_filter(copies)),
            Offer("The cell, as a filter", lambda: self._cell_as_filter(copies)),
            *offers,
            Offer("All of it on the plain terminal, to select from", self.do_plain_text),
        ]

    def _with_rows(self, then: Callable[[Copies[Any]], object]) -> None:
        copies = self._page().copies()
        if copies is None:
            self._page().say("There are no rows to copy here.")
        elif not copies.rows:
            self._page().say("There is no row under the cursor.")
        else:
            then(copies)

    def _copy(self, lines: Sequence[str], what: str) -> None:
        page = self._page()
        page.post_message(Page.Copy(lines, what))

    def _as_sentences(self, copies: Copies[Any]) -> None:
        form = "as a sentence" if len(copies.rows) == 1 else "as sentences"
        self._copy([copies.sentence(row) for row in copies.rows], f"{_what(copies.rows)} {form}")

    def _as_text(self, copies: Copies[Any]) -> None:
        self._copy(copies.in_columns(copies.rows), f"{_what(copies.rows)} as text")

    def _as_json(self, copies: Copies[Any]) -> None:
        lines = [harmless(to_json(copies.record(row))) for row in copies.rows]
        self._copy(lines, f"{_what(copies.rows)} as JSON")

    def _as_filter(self, copies: Copies[Any]) -> None:
        nodes = [copies.node(row) for row in copies.rows]
        self._copy_filter(nodes, f"{_what(copies.rows)} as a filter")

    def _cell_as_filter(self, copies: Copies[Any]) -> None:
        self._copy_filter([copies.cell], "cell as a filter")

    def _copy_filter(self, nodes: Sequence[Node | None], what: str) -> None:
        known = [node for node in nodes if node is not None]
        try:
            text = show(known[0] if len(known) == 1 else Or(tuple(known)))
        except ValueError:
            known = []
        if not known or len(known) < len(nodes):
            self._page().say("No filter says that.")
        else:
            self._copy([text], what)

    def _as_command(self) -> None:
        text = self._place()
        if text is None:
            self._page().say("No command line says which requests these are.")
        else:
            self._copy([text], "place as a command line")

    def _as_plain_text(self, copies: Copies[Any]) -> None:
        app: Any = self._screen.app
        if app.is_headless:
            self._page().say("There is no terminal here.")
            return
        told = copies.rows if len(copies.rows) > 1 else copies.in_sight
        lines = copies.in_columns(told)
        if len(copies.rows) == 1:
            lines += ["", copies.sentence(copies.rows[0])]
        safe = [visible(text) for text in lines]
        plain_text.show(app, [in_ascii(text) if self._plain else text for text in safe])


def _what(rows: Sequence[object]) -> str:
    return "row" if len(rows) == 1 else counted(len(rows), "marked row", "marked rows")
