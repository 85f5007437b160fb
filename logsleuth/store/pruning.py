"""Dropping whole days of requests.

The catalogue forgets the days and notes their hours as pruned in one transaction; their files
go afterwards.  Stopped between the two, files are left that nobody names, and the next writer
removes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.store.catalogue import Catalogue, DayRecord
from logsleuth.store.writing import CacheWriter


@dataclass(frozen=True, slots=True)
class Pruning:
    """The days that would go, oldest first."""

    days: tuple[DayRecord, ...]

    @property
    def rows(self) -> int:
        return sum(day.rows for day in self.days)

    @property
    def bytes(self) -> int:
        return sum(day.bytes for day in self.days)

    @property
    def spans(self) -> list[Span]:
        """The hours that would not be there any more, days in a row put together."""
        found: list[Span] = []
        for day in self.days:
            start = times.day_start(day.day)
            since: int | None = start
            if found and found[-1].until == start:
                since = found.pop().since
            found.append(Span(since, start + times.DAY))
        return found


def plan(catalogue: Catalogue, before: int) -> Pruning:
    """What is whole before a moment (microseconds)."""
    return Pruning(
        tuple(day for day in catalogue.days() if times.day_start(day.day) + times.DAY <= before)
    )


def prune(writer: CacheWriter, names: Sequence[str]) -> None:
    """Drop days, by their names; those that are not there are passed over."""
    files = writer.day_paths()
    gone = [day for day in names if day in files]
    with writer.ledger.atomic():
        for day in gone:
            start = times.day_start(day)
            writer.ledger.execute("DELETE FROM days WHERE day = ?", day)
            writer.ledger.state_coverage(Span(start, start + times.DAY), "none", "pruned")
        # What spoke against a Test Student may stand in these days: it goes on counting.
        writer.ledger.execute("UPDATE student_views SET contradicted = 2 WHERE contradicted")
    for day in gone:
        for path in files[day].parent.glob(f"{files[day].name}*"):
            path.unlink(missing_ok=True)
