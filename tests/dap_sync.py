"""Syncing from the stand-in DAP in made-up time, and what must be true afterwards."""

import asyncio
import random
from math import ceil
from pathlib import Path
from typing import Any

from dap import deletion, outcome, row
from standins import dap as standin
from standins.dap import StandIn

from logsleuth.filter.tree import Span
from logsleuth.ingest.web_logs_report import SyncProgress, SyncReport, Wanted
from logsleuth.ingest.web_logs_sync import WebLogsSync
from logsleuth.model import clock, times
from logsleuth.model.secret import Secret
from logsleuth.sources.dap import Dap
from logsleuth.sources.http import Patience
from logsleuth.store.base import Cancel
from logsleuth.store.cache import Cache
from logsleuth.store.coverage import FEED, Hour

STALL_SECONDS = 0.3


class MadeUpTime:
    """The clock of program and stand-in: it goes on when somebody waits, and not otherwise."""

    def __init__(self, dap: StandIn) -> None:
        self._dap = dap
        self.waited: list[float] = []
        clock.pin(dap.now)

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.go_on(ceil(seconds * times.SECOND))
        await asyncio.sleep(0)

    def go_on(self, us: int) -> None:
        self._dap.now += us
        clock.pin(self._dap.now)

    def now(self) -> float:
        return self._dap.now / times.SECOND


def sync(
    cache: Path,
    dap: StandIn,
    time: MadeUpTime,
    *,
    cancel: Cancel | None = None,
    tell: list[SyncProgress] | None = None,
    **wanted: Any,
) -> SyncReport:
    """One sync, to its end or to what stops it."""

    async def go() -> SyncReport:
        async with Dap(
            dap.url,
            standin.CLIENT_ID,
            Secret(standin.SECRET),
            Patience(time.sleep),
            time.now,
            STALL_SECONDS,
        ) as client:
            return await WebLogsSync(
                cache, client, tell=None if tell is None else tell.append, cancel=cancel
            ).run(Wanted(**wanted))

    return asyncio.run(go())


def log(
    now: int, count: int, *, days: float = 3.0, seed: int = 0, number: int = 0
) -> list[dict[str, Any]]:
    """Rows that were committed in the days before ``now``: late ones, newer versions of some,
    and deletions, among them one of a request that never came."""
    chance = random.Random(seed)
    rows = []
    for n in range(number, number + count):
        at = now - int(chance.random() * days * times.DAY) // 1000 * 1000
        late = int(chance.expovariate(1 / times.HOUR)) // 1000 * 1000
        committed = min(at + late, now)
        rows.append(row(f"r{n}", at=at, meta=committed, http_status=200 + n % 7, url=f"/{n}"))
        if n % 11 == 0:
            newer = min(committed + times.HOUR, now)
            rows.append(row(f"r{n}", at=at, meta=newer, http_status=500, url=f"/{n}"))
        elif n % 17 == 0:
            rows.append(deletion(f"r{n}", min(committed + 2 * times.HOUR, now)))
    rows.append(deletion("never-seen", now - times.HOUR))
    return rows


def newest(dap: StandIn) -> dict[str, dict[str, Any]]:
    """id -> the newest row that DAP ever held of it, and whether it was deleted since."""
    found: dict[str, dict[str, Any]] = {}
    for one in dap.log:
        if one.row["meta"]["action"] == "D":
            if one.id in found:
                found[one.id]["deleted"] = one.at
        else:
            found[one.id] = {"value": one.row["value"], "meta": one.at, "deleted": None}
    return found


def holds(cache: Path, dap: StandIn) -> None:
    """Every row that DAP ever gave is in the cache once, in its newest state.

    It gives all but those that were deleted before anybody asked.
    """
    expected = {
        name: one
        for name, one in newest(dap).items()
        if one["deleted"] is None or name in dap.delivered
    }
    found = outcome(cache)
    assert not set(expected) ^ set(found), (set(expected) - set(found), set(found) - set(expected))
    for name, one in expected.items():
        said, deleted = found[name][:2]
        assert said["http_status"] == one["value"]["http_status"], name
        assert said["meta_ts"] == one["meta"], name
        assert deleted == one["deleted"], name


def chain(cache: Path) -> str | None:
    """Where the next sync begins."""
    opened = Cache.open(cache)
    try:
        return opened.catalogue.chain(FEED)
    finally:
        opened.close()


def coverage(cache: Path, moment: int) -> Hour:
    """Coverage of the hour in which a moment lies."""
    opened = Cache.open(cache)
    try:
        start = moment // times.HOUR * times.HOUR
        return opened.catalogue.hours(Span(start, start + 1))[0]
    finally:
        opened.close()


def canaries(folder: Path) -> list[str]:
    """Files that hold, or are called by, what is secret."""
    found = []
    for path in folder.rglob("*"):
        if "canary-" in path.name or (path.is_file() and b"canary-" in path.read_bytes()):
            found.append(str(path))
    return found
