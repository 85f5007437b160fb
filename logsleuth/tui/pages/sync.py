"""The sync screen: which settings work, how far a fetching is, and what came of the last one."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult

from logsleuth.tui.cells import Cell, Line, Role, line, wrapped
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import Fact, laid_out
from logsleuth.tui.pages.page import Page
from logsleuth.tui.paint import Lines
from logsleuth.tui.syncing import Service, SyncWork, far

PACE = 0.25
"""Seconds between two looks at how far it is."""

_WORKS = {True: Role.GOOD, False: Role.ERROR, None: Role.MUTED}


class SyncPage(Page):
    """Start, stop, and go on; it runs while one looks at other pages."""

    contexts: ClassVar[frozenset[str]] = frozenset({"sync"})

    def __init__(self, desk: Desk, work: SyncWork) -> None:
        super().__init__(desk)
        self._work = work
        self._lines = Lines()

    def compose(self) -> ComposeResult:
        yield self._lines

    @property
    def crumb(self) -> str:
        return "Sync"

    @property
    def main(self) -> Lines:
        return self._lines

    def on_mount(self) -> None:
        self._work.look()
        self.set_interval(PACE, self._draw)
        self._draw()

    def came_up(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self.display and self.size.width:
            self._lines.show(self._told(self.size.width - 2), keep_place=True)

    def _told(self, width: int) -> list[Line]:
        work = self._work
        if self.desk.syncing is None:
            return [line(Cell(" Nothing can be fetched into this cache.", Role.MUTED))]
        lines = [line(Cell(" Settings", Role.HEADING))]
        if work.services is None:
            lines.append(line(Cell(" reading…", Role.MUTED)))
        else:
            lines += _indented([_service(one) for one in work.services], width)
        lines.append(())
        if work.running is not None:
            lines.append(line(Cell(f" Fetching {work.running}", Role.HEADING)))
            facts: list[Fact] = [("", "asking…", Role.MUTED)]
            if work.progress is not None:
                facts = [(name, text, Role.PLAIN) for name, text in far(work.progress)]
            if work.problem:
                facts.append(("trouble", f"{work.problem} (tried again)", Role.WARN))
            lines += _indented(facts, width)
        elif work.outcome:
            lines.append(line(Cell(" The last fetching", Role.HEADING)))
            for text, role in work.outcome:
                lines += [line(" ", cell) for cell in wrapped(text, width, role)]
        else:
            said = "Enter fetches requests from DAP, c course changes from Canvas."
            lines.append(line(Cell(f" {said}", Role.MUTED)))
        return lines

    # Actions

    def do_sync_requests(self) -> None:
        self._work.start("requests")
        self._draw()

    def do_sync_changes(self) -> None:
        self._work.start("course changes")
        self._draw()

    def do_sync_stop(self) -> None:
        self._work.stop()
        self._draw()

    def do_sync_check(self) -> None:
        self._work.check()
        self._draw()


def _indented(facts: Sequence[Fact], width: int) -> list[Line]:
    return [line(" ", *cells) for cells in laid_out(facts, width)]


def _service(one: Service) -> Fact:
    return (one.name, one.says, _WORKS[one.works])
