"""A DAP that fails in every way: the cache ends right, and nothing secret gets out."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dap_sync import MadeUpTime, canaries, chain, holds, log, sync
from marking import mostly_slow
from standins import dap as standin
from standins.dap import Fault, StandIn, Where
from standins.serving import Answer

from logsleuth.ingest.web_logs_report import SyncProgress, SyncReport
from logsleuth.model import clock, times
from logsleuth.sources import http

ROUNDS = 4
"""So many syncs in a row may be needed until everything is there."""


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(http.ALLOW_LOOPBACK, "1")
    yield
    clock.pin(None)


def instead(where: Where, answer: Answer, skip: int = 0, count: int = 2) -> Callable[..., None]:
    """Another answer at one kind of call."""
    return lambda dap: dap.faults.append(Fault(where, lambda _: answer, skip, count))


def spoiled(change: Callable[[Answer], Answer], count: int = 2) -> Callable[..., None]:
    """The right file, spoiled on its way."""
    return lambda dap: dap.faults.append(Fault("file", change, 0, count))


def has(**changes: object) -> Callable[..., None]:
    """A stand-in that is different from the start."""

    def change(dap: StandIn) -> None:
        for name, value in changes.items():
            setattr(dap, name, value)

    return change


def expired_urls(dap: StandIn) -> None:
    def too_late(_: Answer) -> Answer:
        return Answer(403, b"<Error><Code>AccessDenied</Code>canary-expired</Error>")

    dap.faults.append(Fault("file", too_late, 1, 2))


def forgotten(where: Where) -> Callable[[StandIn], None]:
    """The job and all its files are gone in the midst of it."""

    def forget(dap: StandIn) -> None:
        def gone(_: Answer) -> Answer:
            dap.jobs.clear()
            return standin.error(404, "NotFound", id="canary-id", kind="job")

        dap.faults.append(Fault(where, gone, 1, 1))

    return forget


def sent_elsewhere(where: Where, status: int, count: int) -> Callable[[StandIn], None]:
    """A redirect to another server, which would love to have the token."""

    def send(dap: StandIn) -> None:
        there = {"Location": f"{dap.files.url}/thief"}
        dap.faults.append(Fault(where, lambda _: Answer(status, headers=there), 0, count))

    return send


def failed_job(dap: StandIn) -> None:
    def fail(answer: Answer) -> Answer:
        for job in dap.jobs.values():
            job.failed = True
        return answer

    dap.faults.append(Fault("job", fail, 0, 1))


def dying_job(dap: StandIn) -> None:
    def dying(answer: Answer) -> Answer:
        for job in dap.jobs.values():
            job.born = dap.now - standin.JOB_LIFE + 20 * times.SECOND
        return replace(answer, body=dap.described(next(iter(dap.jobs.values()))).body)

    dap.faults.append(Fault("start", dying, 0, 1))


def cut_tail(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[:-8] + b"\0" * 8)


FAULTS: dict[str, Callable[[StandIn], None]] = {
    "none": lambda _: None,
    "throttled login": instead("login", Answer(429, headers={"Retry-After": "3"})),
    "throttled start": instead("start", Answer(429, headers={"Retry-After": "30"})),
    "throttled look": instead("job", Answer(429)),
    "throttled url": instead("url", Answer(429, headers={"Retry-After": "1"})),
    "throttled file": instead("file", Answer(503, headers={"Retry-After": "2"})),
    "gateway login": instead("login", standin.page(502)),
    "gateway start": instead("start", standin.page(503)),
    "gateway look": instead("job", standin.page(502), 1),
    "gateway url": instead("url", standin.page(500)),
    "gateway file": instead("file", standin.page(500)),
    "gateway timeout": instead("start", Answer(504, b'{"message": "Endpoint request timed out"}')),
    "page in place of a file": instead("file", standin.page(200)),
    "page in place of a job": instead("job", standin.page(200), count=1),
    "login refused once": instead("login", Answer(403), count=1),
    "token refused": instead("job", standin.error(401, "AuthenticationError"), 1, 1),
    "token used up": has(token_uses=3),
    "expired urls": expired_urls,
    "cut file": spoiled(lambda answer: replace(answer, cut=len(answer.body) // 2)),
    "cut at once": spoiled(lambda answer: replace(answer, cut=0)),
    "cut without ranges": lambda dap: (
        has(ranges=False)(dap),
        spoiled(lambda answer: replace(answer, cut=len(answer.body) // 3))(dap),
    )[0],
    "cut chunked file": lambda dap: (
        has(chunked=True)(dap),
        spoiled(lambda answer: replace(answer, cut=len(answer.body) // 2))(dap),
    )[0],
    "cut answer": lambda dap: dap.faults.append(
        Fault("start", lambda answer: replace(answer, cut=3), 0, 2)
    ),
    "stalled file": spoiled(lambda answer: replace(answer, stall=len(answer.body) // 2), 1),
    "stalled answer": lambda dap: dap.faults.append(
        Fault("job", lambda answer: replace(answer, stall=0), 0, 1)
    ),
    "too short a length": spoiled(lambda answer: replace(answer, length=len(answer.body) - 9)),
    "too long a length": spoiled(lambda answer: replace(answer, length=len(answer.body) + 9)),
    "corrupted tail": spoiled(cut_tail),
    "lost tail": spoiled(lambda answer: replace(answer, body=answer.body[:-20])),
    "corrupted middle": spoiled(
        lambda answer: replace(answer, body=answer.body[:50] + b"\xff" * 9 + answer.body[59:])
    ),
    "empty body": spoiled(lambda answer: replace(answer, body=b"")),
    "file sent elsewhere": sent_elsewhere("file", 302, 2),
    "start sent elsewhere": sent_elsewhere("start", 307, 1),
    "login sent elsewhere": sent_elsewhere("login", 308, 1),
    "failed job": failed_job,
    "dying job": dying_job,
    "forgotten while waiting": forgotten("job"),
    "forgotten while fetching": forgotten("url"),
    "maintenance": instead("start", standin.error(403, "AccountUnderMaintenance"), count=1),
    "secret said again": instead(
        "start",
        standin.error(403, "AccountUnderMaintenance", message=f"not for {standin.SECRET}"),
        count=1,
    ),
    "two gzip members": has(two_members=True),
    "rows twice": has(twice=True),
    "names that are paths": has(names="../../../../{job}/../x/{n}\x1b[31m"),
    "unknown status": lambda dap: dap.faults.append(
        Fault(
            "job",
            lambda answer: replace(answer, body=answer.body.replace(b'"waiting"', b'"queued"')),
        )
    ),
    "snapshot required": has(snapshot_first=True),
}


def to_the_end(cache: Path, dap: StandIn, time: MadeUpTime, since: int) -> list[SyncReport]:
    """Sync until nothing stops it any more."""
    reports = []
    told: list[SyncProgress] = []
    for _ in range(ROUNDS):
        reports.append(sync(cache, dap, time, tell=told, since=since))
        if reports[-1].error is None:
            break
        time.go_on(times.MINUTE)
    assert reports[-1].error is None
    said = [*map(str, told), *(str(one.as_json()) for one in reports)]
    assert not [words for words in said if "canary-" in words]
    return reports


def right(cache: Path, dap: StandIn) -> None:
    """Everything is there once, the chain is at the end, and nothing lies about."""
    holds(cache, dap)
    assert times.parse(chain(cache) or "") >= dap.log[-1].at
    assert not canaries(cache.parent)
    assert not dap.too_often
    assert {path.name for path in cache.parent.iterdir()} == {cache.name}
    assert {path.name for path in cache.iterdir()} == {
        *("activity.db", "catalogue.db", "days", "sync.lock", "writer.lock")
    }
    assert all("authorization" not in asked.headers for asked in dap.files.asked)
    assert all(asked.path != "/thief" for asked in dap.files.asked)


@pytest.mark.parametrize("name", mostly_slow(FAULTS, quick=len(FAULTS) // 2))
def test_each_fault_alone(name: str, tmp_path: Path) -> None:
    with StandIn(file_rows=20) as dap:
        dap.commit(log(dap.now, 70, days=1))
        since = dap.now - times.DAY - times.HOUR
        time = MadeUpTime(dap)
        FAULTS[name](dap)
        to_the_end(tmp_path / "cache", dap, time, since)
        assert all(fault.count == 0 for fault in dap.faults), "the fault did happen"
        right(tmp_path / "cache", dap)


def combined(seed: int, folder: Path) -> None:
    """Several faults at once, in a log that grows between syncs."""
    chance = random.Random(seed)
    with StandIn(file_rows=15) as dap:
        dap.commit(log(dap.now, 50, days=1, seed=seed))
        since = dap.now - times.DAY - times.HOUR
        time = MadeUpTime(dap)
        for part in range(2):
            for name in chance.sample(sorted(FAULTS), 4):
                FAULTS[name](dap)
            for fault in dap.faults:
                fault.skip += chance.randrange(3)
            to_the_end(folder / "cache", dap, time, since)
            dap.faults.clear()
            time.go_on(2 * times.HOUR)
            new = log(dap.now, 20, days=0.05, seed=seed + part, number=1000 * (part + 1))
            dap.commit(new)
        # One more, undisturbed, for what came last.
        to_the_end(folder / "cache", dap, time, since)
        right(folder / "cache", dap)


@pytest.mark.parametrize("seed", range(4))
def test_faults_together(seed: int, tmp_path: Path) -> None:
    combined(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_faults_together_at_length(seed: int, tmp_path: Path) -> None:
    combined(seed, tmp_path)
