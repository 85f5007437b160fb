"""Requests from DAP into a cache: job after job, each in the cache before the chain moves.

Killed at any point, the next sync goes on: a job that still lives is not asked for anew, its
files that are in the cache are not fetched again, and those that lie half fetched go on
where they broke off.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from logsleuth.filter.tree import Span
from logsleuth.ingest.patient_writer import writing
from logsleuth.ingest.stopping import stoppable
from logsleuth.ingest.web_logs_files import Files
from logsleuth.ingest.web_logs_jobs import Asking, dying
from logsleuth.ingest.web_logs_plan import Plan, moment
from logsleuth.ingest.web_logs_report import JobReport, SyncProgress, SyncReport, Wanted
from logsleuth.model import clock, times
from logsleuth.sources.dap import Dap
from logsleuth.sources.dap_wire import DapError, Job, JobError, Query
from logsleuth.sources.errors import SourceError
from logsleuth.store import locks
from logsleuth.store.activity import Activity
from logsleuth.store.base import Cancel, StoreError
from logsleuth.store.coverage import FEED, KEPT
from logsleuth.store.sync_book import KeptJob, SyncBook

_MILLISECOND = times.SECOND // 1000

_LIVES = 4
"""So often a job is asked for anew that DAP has forgotten; once if it has failed."""


class WebLogsSync:
    """One sync into the cache at ``folder``, which is made if need be.

    ``tell`` gets a :class:`SyncProgress` whenever it is a little further; ``cancel`` stops it
    from any thread, to be gone on with by another sync.
    """

    def __init__(
        self,
        folder: Path,
        dap: Dap,
        *,
        tell: Callable[[SyncProgress], None] | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self._folder = folder
        self._dap = dap
        self._tell = tell or (lambda _progress: None)
        self._cancel = cancel or Cancel()
        self._progress = SyncProgress()
        dap.patience = replace(dap.patience, tell=lambda words: self._show(problem=words))

    async def run(self, wanted: Wanted) -> SyncReport:
        """Fetch what is wanted; the report says what stopped it, if something did.

        What was fetched until then stays, and coverage says how far.  Raises ``BusyError`` if
        another sync is at work, ``StoreError`` if no cache can be written, ``Cancelled``.
        """
        self._wanted, self._report = wanted, SyncReport()
        self._files = Files(
            self._folder, self._dap, wanted.keep_raw, self._show, self._report, self._cancel
        )
        with locks.syncing(self._folder):
            self._cancel.check()
            await stoppable(self._run(), self._cancel)
        return self._report

    async def _run(self) -> None:
        try:
            await self._fetch_all()
        except (SourceError, StoreError) as error:
            self._report.error = str(error)
        async with self._writing() as writer:
            self._report.chain = SyncBook(writer.ledger, FEED).chain
        Activity(self._folder).add("sync web-logs", self._report.as_json())
        self._show(step="done", seconds_left=None)

    # Jobs

    async def _fetch_all(self) -> None:
        async with self._writing() as writer:
            book = SyncBook(writer.ledger, FEED)
            chain, self._kept = book.chain, list(book.open_jobs())
        plan = Plan(self._wanted, chain, clock.now_us())
        self._asking = Asking(self._dap, plan)
        self._report.notes, self._report.gaps = self._asking.notes, self._asking.gaps
        query: Query | None = plan.first()
        while query is not None:
            query = plan.after(*await self._fetch_one(query, plan))
        self._files.drop()

    async def _fetch_one(self, query: Query, plan: Plan) -> tuple[Query, str, bool]:
        """Bring what answers a query into the cache: the query that was answered, its end, and
        whether an earlier sync had asked for it."""
        failed = False
        for life in range(1, _LIVES + 1):
            self._show(step="asking", job=None, job_state="", since=query.since, until=query.until)
            resumed = self._resumed(query, plan)
            begun = resumed or await self._begun(query)
            if begun is None:
                return query, query.until or plan.start, False
            query, kept = begun
            try:
                kept = await self._listed(kept)
                await self._files.bring(kept)
                return query, await self._finish(query, kept), resumed is not None
            except JobError as error:
                await self._give_up(kept, "failed", error)
                if failed:
                    raise
                failed = True
                query = await self._asking.again(query, error)
            except DapError as error:
                if error.type != "NotFound":
                    raise
                await self._give_up(kept, "left", error)
                if life == _LIVES:
                    raise
        raise AssertionError("the last life returns or raises")

    async def _give_up(
        self, kept: KeptJob, state: Literal["failed", "left"], why: DapError
    ) -> None:
        async with self._writing() as writer:
            SyncBook(writer.ledger, FEED).end(kept.id, state, str(why))

    def _resumed(self, query: Query, plan: Plan) -> tuple[Query, KeptJob] | None:
        """A job of an earlier sync that answers the query and still lives."""
        for place, kept in enumerate(self._kept):
            if not dying(kept.expires_at) and plan.served_by(query, _query(kept), kept.newest):
                return _query(kept), self._kept.pop(place)
        return None

    async def _begun(self, query: Query) -> tuple[Query, KeptJob] | None:
        """A job that DAP was asked for; ``None`` where it holds nothing any more."""
        gaps = len(self._asking.gaps)
        answered = await self._asking.ask(query)
        async with self._writing() as writer:
            for gap in self._asking.gaps[gaps:]:
                writer.ledger.state_coverage(_whole_hours(gap), "none", "out_of_range")
            book = SyncBook(writer.ledger, FEED)
            if answered is not None and answered[0].since and book.has(answered[1].id):
                fresh = _a_little_earlier(answered[0], book)
            else:
                fresh = None
        if fresh is not None:
            answered = await self._asking.ask(fresh)
        if answered is None:
            return None
        query, job = answered
        async with self._writing() as writer:
            number = SyncBook(writer.ledger, FEED).ask(
                query.kind, query.since, query.until, job.id, job.expires_at
            )
        asked = query.kind, query.since, query.until
        return query, KeptJob(number, job.id, *asked, None, job.expires_at, True, {}, None)

    async def _listed(self, kept: KeptJob) -> KeptJob:
        """The job with its files, once DAP has done it; ``DapError`` if it failed."""
        self._show(job=kept.job_id, job_state="")
        if kept.total is not None:
            return kept
        job = await self._dap.ended(await self._dap.job(kept.job_id), self._show_job)
        if job.error is not None:
            raise job.error
        async with self._writing() as writer:
            SyncBook(writer.ledger, FEED).list_objects(
                kept.id, job.objects, job.until, job.expires_at, job.schema_version
            )
        return replace(
            kept,
            end=job.until,
            expires_at=job.expires_at,
            objects=dict(enumerate(job.objects)),
            total=len(job.objects),
        )

    async def _finish(self, query: Query, kept: KeptJob) -> str:
        """Let the chain and coverage move, now that all of a job is in the cache."""
        end = kept.end or kept.until
        if end is None:
            raise DapError("DAP did not say how far its job goes; try again later.")
        async with self._writing() as writer:
            book = SyncBook(writer.ledger, FEED)
            window = _window(kept, end, book.days(kept.id))
            rejected = book.finish(kept.id, window, end)
        self._files.drop()
        self._report.jobs.append(JobReport(kept.job_id, query, window, kept.total or 0, rejected))
        return end

    # Talking

    def _writing(self) -> Any:
        return writing(self._folder, self._dap.patience)

    def _show_job(self, job: Job) -> None:
        self._show(step="waiting", job=job.id, job_state=job.status)

    def _show(self, **changes: Any) -> None:
        if changes.keys() - {"problem"}:
            changes.setdefault("problem", None)
        self._progress = replace(self._progress, **changes)
        self._tell(self._progress)


def _a_little_earlier(query: Query, book: SyncBook) -> Query:
    """A query that DAP has no job for: to the same one it gives the same job for a day, which
    would never show what came since."""
    since = times.parse(query.since or "")
    return replace(query, since=moment(since - book.begun_at(since) * _MILLISECOND))


def _query(kept: KeptJob) -> Query:
    return Query(kept.kind, kept.since, kept.until)


def _window(kept: KeptJob, end: str, days: list[str]) -> Span:
    """The commit times that a job stands for.

    A snapshot says only when it was taken.  It holds what DAP keeps; and what the table had
    before the first whole day of its requests is not known.
    """
    until = times.parse(end)
    if kept.since is not None:
        return Span(times.parse(kept.since), until)
    oldest = times.day_start(days[0]) + times.DAY if days else until
    return Span(min(max(oldest, until - KEPT), until), until)


def _whole_hours(gap: Span) -> Span:
    """Every hour that a gap touches: of none of them everything was fetched."""
    since, until = gap.since or 0, gap.until or 0
    return Span(since // times.HOUR * times.HOUR, -(-until // times.HOUR) * times.HOUR)
