"""The case that is open in the app, and everything one can put into it.  No widget is known here.

Everything but :attr:`Casebook.case` may wait for a disk, so it is called from threads.  What is
done is logged in the cache's activity log too, which need not be writable: the case itself
records it in any case.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logsleuth.case import comparing, journal, places
from logsleuth.case.adding import Added
from logsleuth.case.case import Case
from logsleuth.case.errors import CaseError
from logsleuth.case.gather import Advance, Gathered, Gatherer
from logsleuth.case.journal import Journal
from logsleuth.case.view import Overview
from logsleuth.store.activity import Activity
from logsleuth.store.base import Cancel, StoreError
from logsleuth.store.cache import Cache

if TYPE_CHECKING:
    from logsleuth.report.export import Exported, Progress, Wishes

Gather = Callable[[Gatherer], Gathered]
"""Gathers one piece of evidence."""


class Casebook:
    """Which case is open, and the cache that its evidence comes from.

    What is looked at goes to the ``journal`` of the case too, as long as the case takes it.
    """

    def __init__(self, cache: Cache, journal: Journal | None = None) -> None:
        self.cache = cache
        self._journal = journal
        self.case: Case | None = None if journal is None else journal.case

    @property
    def name(self) -> str:
        """The name of the open case, empty without one."""
        return "" if self.case is None else self.case.path.stem

    # Which case

    def open(self, path: Path) -> Overview:
        """Take up a case; ``CaseError`` if it cannot be read."""
        case = Case.open(path)
        found = case.overview()
        self.case = case
        self.follow(found)
        self._log(case, opened=True)
        return found

    def create(
        self,
        name: str,
        title: str,
        ticket: str | None,
        zone: str | None,
        group: str | None,
        take: int | None,
    ) -> str:
        """Make a case and take it up; ``CaseError`` where there is one already.

        ``zone`` is that of its report; ``group`` may open it too; ``take`` of the author's newest
        entries in the cache's log are taken in, ``None`` is all of them.  The answer says in a
        sentence how many there are.
        """
        if group is not None and (why := places.out_of_reach(name)):
            raise CaseError(why)
        earlier = journal.earlier(self.cache, take)
        path = places.find(name)
        case = Case.create(path, title, group=group, earlier=earlier, ticket=ticket, zone=zone)
        self.open(case.path)
        return journal.told(earlier)

    def follow(self, found: Overview) -> None:
        """Log to the open case while it is open, and no more once somebody has closed it."""
        if self._journal is not None:
            self._journal.case = self.case if found.state.about.open else None

    def put_down(self) -> None:
        """Have no case open."""
        self.case = None
        if self._journal is not None:
            self._journal.case = None

    def need(self) -> Case:
        """The open case; ``CaseError`` without one."""
        if self.case is None:
            raise CaseError("No case is open; C opens one.")
        return self.case

    # What goes in

    def add(self, gather: Gather, cancel: Cancel, progress: Advance) -> Added:
        """Copy a piece of evidence from the cache into the case."""
        case = self.need()
        case.need_open()
        added = case.add([gather(Gatherer(self.cache, cancel, progress))])[0]
        self._log(case, evidence=added.evidence.label)
        return added

    # What comes out

    def check(self, cancel: Cancel) -> list[str]:
        """What does not hold, what the cache would answer otherwise now, and what a report would
        lack, in sentences.  Evidence that differs is flagged in the case."""
        # Here and below: the app starts faster without what writes reports.
        from logsleuth.report import check

        case = self.need()
        told = case.check()
        evidence = list(case.state().evidence.values())
        compared, differences = comparing.differences(self.cache, evidence, cancel)
        with suppress(CaseError):  # A case that one may only read is not flagged, but checked.
            case.record_differences(self.cache.fingerprint, compared, differences)
        told += [f"{label}: {text}." for label, text in differences.items()]
        if others := len(evidence) - len(compared):
            told.append(f"{others:,} pieces of evidence came from another cache: not compared.")
        return told + check.lacks(case.snapshot())

    def accounts(self, wanted: Sequence[str]) -> tuple[int, ...]:
        """The accounts that ids, logins or names mean; ``ReportError`` for none or several."""
        from logsleuth.report.export import accounts

        return accounts(self.need().snapshot(), tuple(wanted)) if wanted else ()

    def export(
        self,
        folder: Path,
        wishes: "Wishes",
        cancel: Cancel,
        progress: "Callable[[Progress], None]",
    ) -> "Exported":
        """Write the report; see :func:`logsleuth.report.export.export`."""
        from logsleuth.report.export import export

        case = self.need()
        done = export(case, folder, wishes, progress=progress, cancel=cancel)
        self._log(case, "export", mode=wishes.mode, manifest_sha256=done.manifest)
        return done

    def _log(self, case: Case, what: str = "case", **data: Any) -> None:
        """Write to the log of the cache; what is done to a case is in its own log anyway."""
        with suppress(StoreError):
            Activity(self.cache.folder).add(what, {"case": case.path.stem, **data})
