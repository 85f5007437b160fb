"""What a sync of requests is asked to do, how far it is, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from logsleuth.filter.tree import Span
from logsleuth.ingest.run import COUNTS, ImportReport
from logsleuth.model import times
from logsleuth.sources.dap_wire import Query

Step = Literal["asking", "waiting", "downloading", "importing", "done"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch: commit times from ``since`` until ``until`` (microseconds).

    Without ``since`` it goes on where the chain is; without ``until`` it goes up to the newest.
    ``snapshot``: the whole table as it is now instead.  ``keep_raw``: a folder that keeps the
    files as they were received.
    """

    since: int | None = None
    until: int | None = None
    snapshot: bool = False
    keep_raw: Path | None = None


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a sync is.

    ``job`` is DAP's id of the job in hand and ``job_state`` DAP's word for how it is;
    ``since`` and ``until`` are what it was asked for.  Files and bytes are those of the job;
    ``bytes_total`` is what is known of them so far.  ``rows`` were read by the whole sync.
    ``problem`` is the last thing that went wrong and is tried again, in words.
    """

    step: Step = "asking"
    job: str | None = None
    job_state: str = ""
    since: str | None = None
    until: str | None = None
    files_done: int = 0
    files_total: int | None = None
    bytes_done: int = 0
    bytes_total: int | None = None
    rows: int = 0
    seconds_left: float | None = None
    problem: str | None = None


@dataclass(slots=True)
class JobReport:
    """A job that is in the cache: what was asked, the window that stands for it, its files."""

    job_id: str
    query: Query
    window: Span
    files: int
    rejected: int

    def as_json(self) -> dict[str, Any]:
        return {
            "job_id": self.job_id,
            "kind": self.query.kind,
            "asked_since": self.query.since,
            "asked_until": self.query.until,
            "since": None if self.window.since is None else times.iso(self.window.since),
            "until": None if self.window.until is None else times.iso(self.window.until),
            "files": self.files,
            "rejected": self.rejected,
        }


@dataclass(slots=True)
class SyncReport:
    """read = added + updated + unchanged + deleted_upstream + rejected, for all jobs.

    ``notes`` are sentences on what was done otherwise than asked; ``gaps`` spans that DAP
    does not hold any more; ``chain`` is where the next sync begins; ``error`` says in a
    sentence what stopped it.
    """

    jobs: list[JobReport] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    notes: list[str] = field(default_factory=list)
    gaps: list[Span] = field(default_factory=list)
    chain: str | None = None
    error: str | None = None

    def add(self, imported: ImportReport) -> None:
        """Count what an import brought."""
        for name in COUNTS:
            self.counts[name] += sum(getattr(file, name) for file in imported.files)

    def as_json(self) -> dict[str, Any]:
        """The object of ``sync web-logs --format json``."""
        return {
            **self.counts,
            "jobs": [job.as_json() for job in self.jobs],
            "gaps": [_span(gap) for gap in self.gaps],
            "notes": self.notes,
            "chain": self.chain,
            "error": self.error,
        }


def _span(gap: Span) -> dict[str, str]:
    return {"since": times.iso(gap.since or 0), "until": times.iso(gap.until or 0)}


def described(jobs: Sequence[JobReport]) -> str:
    """Jobs in a few words."""
    files = sum(job.files for job in jobs)
    return f"{len(jobs):,} {'job' if len(jobs) == 1 else 'jobs'}, {files:,} files"
