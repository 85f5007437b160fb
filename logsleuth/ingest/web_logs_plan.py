"""Which jobs a sync asks DAP for, one after the other.

DAP holds 30 days.  What is long is asked for a day at a time, so that each day is in the
cache, and stays there, before the next is begun; only the last job has no end, for DAP
itself then says how far its log goes.
"""

from dataclasses import dataclass

from logsleuth.ingest.web_logs_report import Wanted
from logsleuth.model import times
from logsleuth.sources.dap_wire import Query
from logsleuth.store.coverage import KEPT

FIRST = KEPT - 4 * times.HOUR
"""How far back a first sync begins: a little less, since time goes by while it is asked."""

SLICE = times.DAY
_SHIFTED = 2 * times.SECOND
"""How much earlier a job may begin that was asked for in the place of another."""
_LAST = 36 * times.HOUR
"""What is no longer than that is asked for in one piece, without an end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted, where the chain was (text as DAP gave it), and what time it is
    (microseconds)."""

    wanted: Wanted
    chain: str | None
    now: int

    @property
    def start(self) -> str:
        """Where it begins: as asked, else where the chain is, else as far back as DAP goes."""
        if self.wanted.since is not None:
            return moment(self.wanted.since)
        if self.chain is not None:
            return self.chain
        return moment((self.now - FIRST) // times.HOUR * times.HOUR)

    @property
    def end(self) -> int | None:
        """Where it ends, if that is before now."""
        until = self.wanted.until
        return until if until is not None and until < self.now else None

    def first(self) -> Query:
        """The first job."""
        return Query("snapshot") if self.wanted.snapshot else self._from(self.start)

    def after(self, query: Query, end: str, old: bool = False) -> Query | None:
        """The job after ``query``, which went until ``end``; ``None`` if nothing is left.

        ``old``: an earlier sync asked for it, so that more may have come since.
        """
        if old and query.until is None and self.end is None:
            return self._from(end)
        if query.kind == "snapshot" or query.until is None:
            return None
        asked, reached = times.parse(query.until), times.parse(end)
        if self.end is not None and max(asked, reached) >= self.end:
            return None
        # A day in which nothing was committed may come back with an end before its own.
        return self._from(end if reached > times.parse(query.since or end) else query.until)

    def served_by(self, query: Query, other: Query, newest: bool) -> bool:
        """Whether another query, asked by an earlier sync, gives what this one would.

        Where nothing particular is wanted, a job that was begun serves if it holds the start
        and is the ``newest`` of all jobs: others may end before it.
        """
        if query == other or query.kind != other.kind:
            return query == other
        wanted = self.wanted
        start = times.parse(query.since or "")
        begins = times.parse(other.since or "")
        if wanted.since is not None or wanted.until is not None:
            return query.until == other.until and 0 <= start - begins <= _SHIFTED
        if not newest:
            return False
        # Without a chain each sync begins a little later, where DAP has dropped more.
        slack = times.HOUR if self.chain is None else 0
        return begins <= start + slack and (
            other.until is None or start + slack < times.parse(other.until)
        )

    def _from(self, since: str) -> Query:
        start = times.parse(since)
        end = self.now if self.end is None else self.end
        if end - start > _LAST:
            return Query("incremental", since, moment(start + SLICE))
        return Query("incremental", since, None if self.end is None else moment(self.end))


def moment(us: int) -> str:
    """A time as DAP is asked for it: whole seconds where it has no fraction."""
    return times.iso(us) if us % times.SECOND else times.iso_seconds(us)
