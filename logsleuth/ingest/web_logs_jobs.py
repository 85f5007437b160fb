"""A job of DAP, from asking for it until DAP has said which files it consists of.

DAP may answer that the span is not there any more, that it wants a snapshot first, that a
kind of request is not allowed; the job may fail, or live no longer than a few seconds.
"""

from dataclasses import replace

from logsleuth.filter.tree import Span
from logsleuth.ingest.web_logs_plan import Plan, moment
from logsleuth.model import clock, times
from logsleuth.sources.dap import Dap
from logsleuth.sources.dap_wire import DapError, Job, Query

_DYING = 60 * times.SECOND
"""A job with less life left is not begun: its files would go while they are fetched."""

_RETRY_SECONDS = 60.0
"""Before a job that failed is asked for once more."""

_ANSWERS = 6
"""So many times DAP may ask for another question."""


class Asking:
    """Asks for the jobs of one plan.

    ``notes`` are sentences on what was asked for otherwise than planned, ``gaps`` the spans
    that DAP does not hold any more.
    """

    def __init__(self, dap: Dap, plan: Plan) -> None:
        self._dap = dap
        self._plan = plan
        self.notes: list[str] = []
        self.gaps: list[Span] = []

    async def ask(self, query: Query) -> tuple[Query, Job] | None:
        """Ask until there is a job: it and the query that it answers.

        ``None`` if DAP holds nothing of the span any more.
        """
        turned: set[str] = set()
        for _ in range(_ANSWERS):
            try:
                job = await self._dap.start(query)
            except DapError as error:
                other = self._instead(query, error)
                if other is not None and other.kind != query.kind:
                    if other.kind in turned:
                        raise
                    turned.add(query.kind)
                if other is None:
                    return None
                query = other
                continue
            if not dying(job.expires_at):
                return query, job
            await self._outlive(job)
        raise DapError(f"{self._dap.host} keeps turning down every request; try again later.")

    def _instead(self, query: Query, error: DapError) -> Query | None:
        """Another query in place of one that was turned down; raises what cannot be helped."""
        match error.type:
            case "OutOfRange":
                return self._within(query, error)
            case "SnapshotRequired":
                self.notes.append(
                    "DAP asked for a snapshot of the table, which was taken; what the cache held"
                    " stays."
                )
                return Query("snapshot")
            case "RequestTypeForbidden" if query.kind == "incremental":
                self.notes.append("DAP allows no incremental request; a snapshot was taken.")
                return Query("snapshot")
            case "RequestTypeForbidden":
                self.notes.append("DAP allows no snapshot; the log was fetched by its times.")
                return Query("incremental", self._plan.start)
        raise error

    def _within(self, query: Query, error: DapError) -> Query | None:
        """A query moved into the span that DAP holds; what lies before it is a gap."""
        since, until = _time(query.since), _time(query.until)
        first, last = _time(error.since), _time(error.until)
        if since is None:
            raise error
        if first is not None and since < first:
            end = first if until is None else min(first, until)
            self.gaps.append(Span(since, end))
            if end == until:
                return None
            return replace(query, since=error.since)
        if last is not None and until is not None and until > last:
            return replace(query, until=None)
        raise error

    async def _outlive(self, job: Job) -> None:
        """Wait until a job that is about to expire is gone."""
        left = ((job.expires_at or 0) - clock.now_us()) / times.SECOND
        self._dap.patience.tell("DAP's job is about to expire; waiting for its end to ask anew")
        await self._dap.patience.sleep(max(0.0, left) + 5.0)

    async def again(self, query: Query, error: DapError) -> Query:
        """What to ask after a job failed: the same would be answered with the same job."""
        self._dap.patience.tell(f"{error} It is asked for once more")
        await self._dap.patience.sleep(_RETRY_SECONDS)
        since = _time(query.since)
        return query if since is None else replace(query, since=moment(since - times.SECOND))


def dying(expires_at: int | None) -> bool:
    """Whether a job has not long to live, or is gone."""
    return expires_at is not None and expires_at < clock.now_us() + _DYING


def _time(text: str | None) -> int | None:
    """A time that DAP gave; ``DapError`` if it is none."""
    try:
        return None if text is None else times.parse(text)
    except ValueError:
        raise DapError("DAP gave a time that is none; try again later.") from None
