"""What a sync of requests keeps in the catalogue: jobs, their objects, and the chain.

A job is ``asked`` until DAP has listed its objects, ``listed`` until all of them are in the
cache, then ``finished``; ``failed`` when DAP or its files refused, ``left`` when another job
took its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from logsleuth.filter.tree import Span
from logsleuth.model import clock, times
from logsleuth.store.ledger import Ledger

Kind = Literal["snapshot", "incremental"]


@dataclass(frozen=True, slots=True)
class KeptJob:
    """A job as the catalogue knows it.

    ``since`` and ``until`` are the texts that DAP was sent; ``objects``: number -> id of those
    that are not in the cache yet, ``total`` how many there are, ``None`` before DAP has said;
    ``end`` where the job ends, as DAP said; ``expires_at`` in microseconds; ``newest``: no
    other was begun after it.
    """

    id: int
    job_id: str
    kind: Kind
    since: str | None
    until: str | None
    end: str | None
    expires_at: int | None
    newest: bool
    objects: Mapping[int, str]
    total: int | None


class SyncBook:
    """Keeps the jobs of one feed (``canvas_logs.web_logs``) with an open ledger."""

    def __init__(self, ledger: Ledger, feed: str) -> None:
        self._ledger = ledger
        self._feed = feed

    @property
    def chain(self) -> str | None:
        """Where the next job begins: a commit time, as DAP gave it."""
        found = self._ledger.execute("SELECT position FROM chains WHERE feed = ?", self._feed)
        return found[0][0] if found else None

    def open_jobs(self) -> Sequence[KeptJob]:
        """Jobs that are neither finished nor given up, newest first."""
        found = self._ledger.execute(
            "SELECT id, job_id, kind, since, until, answered, expires_us,"
            " id = (SELECT max(id) FROM sync_jobs WHERE feed = ?), state"
            " FROM sync_jobs WHERE feed = ? AND state IN ('asked', 'listed') ORDER BY id DESC",
            *(self._feed, self._feed),
        )
        return [KeptJob(*row[:8], **self._objects(row[0], row[8])) for row in found]

    def _objects(self, job: int, state: str) -> dict[str, Any]:
        found = self._ledger.execute(
            "SELECT n, object_id, source_id FROM sync_objects WHERE job = ? ORDER BY n", job
        )
        waiting = {n: object_id for n, object_id, source in found if source is None}
        return {"objects": waiting, "total": len(found) if state == "listed" else None}

    def ask(
        self,
        kind: Kind,
        since: str | None,
        until: str | None,
        job_id: str,
        expires_at: int | None,
    ) -> int:
        """Note a job that was asked for; its number in the catalogue."""
        now = clock.now_us()
        with self._ledger.atomic():
            found = self._ledger.execute(
                "INSERT INTO sync_jobs(feed, job_id, kind, since, until, since_us, until_us,"
                " expires_us, state, asked_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'asked', ?)"
                " RETURNING id",
                *(self._feed, job_id, kind, since, until),
                None if since is None else times.parse(since),
                now if until is None else times.parse(until),
                *(expires_at, now),
            )
            self._ledger.next("other_revision")
        return int(found[0][0])

    def has(self, job_id: str) -> bool:
        """Whether all of a job, by DAP's id, is in the cache."""
        return bool(
            self._ledger.execute(
                "SELECT 1 FROM sync_jobs WHERE feed = ? AND job_id = ? AND state = 'finished'",
                *(self._feed, job_id),
            )
        )

    def begun_at(self, since: int) -> int:
        """How many jobs were asked for that begin within a second before ``since``."""
        found = self._ledger.execute(
            "SELECT count(*) FROM sync_jobs WHERE feed = ? AND since_us > ? AND since_us <= ?",
            *(self._feed, since - times.SECOND, since),
        )
        return int(found[0][0])

    def list_objects(
        self,
        job: int,
        objects: Sequence[str],
        end: str | None,
        expires_at: int | None,
        schema_version: int | None,
    ) -> None:
        """Note what a complete job consists of, and where it ends."""
        with self._ledger.atomic():
            self._ledger.execute(
                "UPDATE sync_jobs SET state = 'listed', answered = ?, expires_us = ?,"
                " schema_version = ? WHERE id = ?",
                *(end, expires_at, schema_version, job),
            )
            for n, object_id in enumerate(objects):
                self._ledger.execute(
                    "INSERT INTO sync_objects(job, n, object_id) VALUES (?, ?, ?)",
                    *(job, n, object_id),
                )

    def take_in(self, job: int, sources: Mapping[int, int], read: int, rejected: int) -> None:
        """Note objects (number -> source) as being in the cache."""
        with self._ledger.atomic():
            for n, source in sources.items():
                self._ledger.execute(
                    "UPDATE sync_objects SET source_id = ? WHERE job = ? AND n = ?", source, job, n
                )
            self._ledger.execute(
                "UPDATE sync_jobs SET read = read + ?, rejected = rejected + ? WHERE id = ?",
                *(read, rejected, job),
            )

    def finish(self, job: int, window: Span, end: str) -> int:
        """Note that all of a job is in the cache, and for which commit times that stands; how
        many of its lines were rejected.

        The chain moves to ``end`` when the window goes on where the chain is: never backwards,
        and never over a span that was not fetched.  All in one transaction.
        """
        with self._ledger.atomic():
            self._ledger.execute(
                "UPDATE sync_jobs SET state = 'finished', finished_us = ?, since_us = ?,"
                " until_us = ? WHERE id = ?",
                *(clock.now_us(), window.since, window.until, job),
            )
            chain = self.chain
            if chain is None or _goes_on(times.parse(chain), window):
                self._ledger.execute(
                    "INSERT OR REPLACE INTO chains VALUES (?, ?, ?)",
                    *(self._feed, end, clock.now_us()),
                )
            self._ledger.next("other_revision")
        found = self._ledger.execute("SELECT rejected FROM sync_jobs WHERE id = ?", job)
        return int(found[0][0])

    def end(self, job: int, state: Literal["failed", "left"], why: str) -> None:
        """Note that nothing more will come of a job."""
        with self._ledger.atomic():
            self._ledger.execute(
                "UPDATE sync_jobs SET state = ?, error = ? WHERE id = ?", state, why, job
            )
            self._ledger.next("other_revision")

    def days(self, job: int) -> list[str]:
        """UTC days of the requests that a job delivered, oldest first."""
        found = self._ledger.execute(
            "SELECT DISTINCT d.value FROM sync_objects o JOIN sources s ON s.id = o.source_id,"
            " json_each(s.days) d WHERE o.job = ? ORDER BY 1",
            job,
        )
        return [row[0] for row in found]


def _goes_on(chain: int, window: Span) -> bool:
    return (window.since or 0) <= chain < (window.until or 0)
