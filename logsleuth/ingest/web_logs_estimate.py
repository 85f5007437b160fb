"""What a sync will take in time, disk and requests, before it is begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from logsleuth.ingest import arrivals, web_logs_files
from logsleuth.ingest.web_logs_plan import Plan
from logsleuth.model import times
from logsleuth.sources import dap
from logsleuth.sources.dap_wire import Query
from logsleuth.store.cache import Cache

ROWS_A_DAY = 1_500_000
"""A large university (Canvas community, Canvas Data 1); assumed where the cache shows no days."""

PACKED_BYTES = 109
DISK_BYTES = 225
"""A row in DAP's gzip files, and in a cache: measured with made-up logs (199 to 223 in caches
of 300,000 to 26 million rows)."""

ROWS_A_SECOND = 20_000
"""Rows read and built into days a second: measured 28,000 on one core for a day that is built
once; late rows have it built again."""

JOB_SECONDS = 180
"""What DAP takes to prepare a job: assumed, it is not documented."""

BYTES_A_SECOND = 5_000_000
"""Of a download: assumed, 40 Mbit/s."""

FILE_BYTES = 128_000_000
"""What DAP makes its files to be (Instructure's product blog, "Resizing Logic")."""

_POLL_SECONDS = 15
_LOGIN_SECONDS = 3300


@dataclass(frozen=True, slots=True)
class Estimate:
    """Figures of a sync from ``since`` until ``until`` (microseconds).

    ``measured``: rows a day are those of the cache's own days.  ``disk`` is what stays in the
    cache, ``passing`` what is needed besides for a while, ``free`` what the disk has; bytes.
    ``seconds_*`` are of DAP's work, of downloads, of import.
    """

    since: int
    until: int
    rows_a_day: int
    measured: bool
    rows: int
    jobs: int
    files: int
    packed: int
    disk: int
    passing: int
    free: int
    polls: int
    logins: int
    seconds_dap: int
    seconds_download: int
    seconds_import: int

    @property
    def seconds(self) -> int:
        """All in all: one after the other."""
        return self.seconds_dap + self.seconds_download + self.seconds_import


def estimate(plan: Plan, rows_a_day: int | None, free: int) -> Estimate:
    """What the jobs of a plan will take; ``rows_a_day`` as known, ``None`` for a guess."""
    queries = _queries(plan)
    since = times.parse(plan.start)
    until = plan.now if plan.end is None else plan.end
    daily = ROWS_A_DAY if rows_a_day is None else rows_a_day
    rows = round(daily * max(0, until - since) / times.DAY)
    packed = rows * PACKED_BYTES
    files = max(len(queries), ceil(packed / FILE_BYTES))
    # A batch of files is unpacked at a time, and a day is built beside the old one.
    batch = min(packed // len(queries), web_logs_files.BATCH * FILE_BYTES)
    dap_seconds = max(len(queries) * JOB_SECONDS, (len(queries) - 1) // dap.STARTS_A_MINUTE * 60)
    seconds = dap_seconds + packed // BYTES_A_SECOND + rows // ROWS_A_SECOND
    return Estimate(
        since=since,
        until=until,
        rows_a_day=daily,
        measured=rows_a_day is not None,
        rows=rows,
        jobs=len(queries),
        files=files,
        packed=packed,
        disk=rows * DISK_BYTES,
        passing=batch * arrivals.GROWTH,
        free=free,
        polls=ceil(dap_seconds / _POLL_SECONDS),
        logins=ceil(max(1, seconds) / _LOGIN_SECONDS),
        seconds_dap=dap_seconds,
        seconds_download=packed // BYTES_A_SECOND,
        seconds_import=rows // ROWS_A_SECOND,
    )


def _queries(plan: Plan) -> Sequence[Query]:
    found, query = [], plan.first()
    while True:
        found.append(query)
        following = plan.after(query, query.until or plan.start)
        if following is None:
            return found
        query = following


def rows_a_day(cache: Cache) -> int | None:
    """Requests of a usual day in a cache: the median of its days but the first and last."""
    inner = [day.rows for day in cache.catalogue.days()][1:-1]
    return round(median(inner)) if inner else None
