"""The lines that could not be taken in: where each stood, why, and what it was."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult

from logsleuth.store.base import Cancel
from logsleuth.store.catalogue import Reject
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.columns import NO_LIMIT, Column
from logsleuth.tui.copies import Copies
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import Fact, laid_out
from logsleuth.tui.pages.page import Page
from logsleuth.tui.paint import OneLine
from logsleuth.tui.rows import ListRows
from logsleuth.tui.table import RecordTable
from logsleuth.tui.wording import both_times, counted, number

MOST = 10_000
"""Lines listed at most; 'logsleuth rejects --limit 0' lists all."""

SHOWN = 4096
"""Bytes of a line in the detail at most."""

COLUMNS: Sequence[Column[Reject]] = (
    Column("source", "source", 16, 40, 0, lambda row: Cell(row.file_first)),
    Column("line", "line", 8, 10, 0, lambda row: Cell(number(row.line)), right=True),
    Column("offset", "byte", 8, 14, 2, lambda row: Cell(number(row.offset)), right=True),
    Column("reason", "reason", 24, 60, 0, lambda row: Cell(row.reason, Role.WARN)),
    Column("raw", "what it was", 16, NO_LIMIT, 1, lambda row: Cell(_text(row, 400))),
)


class RejectsPage(Page):
    """Rejected lines, newest import first."""

    contexts: ClassVar[frozenset[str]] = frozenset({"rejects"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._lane = desk.lane("rejects")
        self._count = OneLine()
        self.table: RecordTable[Reject] = RecordTable(desk.asking, desk.lane("reject rows"))

    def compose(self) -> ComposeResult:
        yield self._count
        yield self.table

    @property
    def crumb(self) -> str:
        return "Rejected lines"

    @property
    def main(self) -> RecordTable[Reject]:
        return self.table

    def on_mount(self) -> None:
        self.table.set_columns(COLUMNS, "reason")
        self.do_reload_rejects()

    def do_reload_rejects(self) -> None:
        """Read them again."""
        catalogue = self.desk.catalogue

        def read(cancel: Cancel) -> Iterator[tuple[int, Sequence[Reject]]]:
            yield catalogue.count_rejects(), catalogue.rejects(MOST)

        self.desk.asking.ask(self._lane, read, lambda answer: self._show(*answer), self.say)

    def _show(self, total: int, rows: Sequence[Reject]) -> None:
        more = f", the newest {number(MOST)} shown" if total > len(rows) else ""
        said = f"{counted(total, 'line was', 'lines were')} rejected{more}"
        hint = "'logsleuth rejects --reimport' tries them again"
        self._count.show(
            line(" ", Cell(said, Role.STRONG), Cell(f" · {hint}" if total else "", Role.MUTED))
        )
        self.table.set_empty(("Every line that was read could be taken in.",))
        self.table.open(ListRows(rows, lambda row: str(row.id)))

    def on_record_table_moved(self) -> None:
        self.post_message(self.Changed())

    def copies(self) -> Copies[Reject] | None:
        return Copies.of(self.table, _sentence, _record, lambda row: None)

    def detail(self, width: int) -> Sequence[Line]:
        row = self.table.row
        if row is None:
            return ()
        masked = ("masked", "a secret in it was masked", Role.WARN)
        facts: list[Fact] = [
            ("source", row.source, Role.STRONG),
            ("line", number(row.line), Role.PLAIN),
            ("byte", f"{number(row.offset)} of the unpacked file", Role.PLAIN),
            ("reason", row.reason, Role.WARN),
            ("seen", both_times(row.seen_at, self.desk.zones), Role.PLAIN),
            ("sha-256", row.sha256 or "not known: only its beginning was kept", Role.MUTED),
            *([masked] if row.masked else []),
            ("bytes kept", number(len(row.raw)), Role.PLAIN),
            ("text", _text(row, SHOWN), Role.PLAIN),
        ]
        if len(row.raw) > SHOWN:
            facts.append(("", f"(the first {number(SHOWN)} bytes)", Role.MUTED))
        return laid_out(facts, width)

    def on_unmount(self) -> None:
        self.desk.asking.take_back(self._lane)


def _sentence(row: Reject) -> str:
    return f"{row.source}, line {row.line}, byte {row.offset}: {row.reason} ({_text(row, SHOWN)})"


def _record(row: Reject) -> dict[str, Any]:
    return {
        "source": row.source,
        "line": row.line,
        "offset": row.offset,
        "reason": row.reason,
        "sha256": row.sha256,
        "raw": _text(row, len(row.raw)),
    }


def _text(row: Reject, most: int) -> str:
    """The beginning of a line; bytes that are no UTF-8 as ``\\xff``."""
    return row.raw[:most].decode(errors="backslashreplace")
