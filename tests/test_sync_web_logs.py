"""Requests from a DAP that behaves: chain, slices, windows, snapshots, coverage."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dap import row
from dap_sync import MadeUpTime, canaries, chain, coverage, holds, log, sync
from standins.dap import Fault, StandIn
from standins.serving import Answer

from logsleuth.ingest.web_logs_report import SyncProgress
from logsleuth.model import clock, times
from logsleuth.sources import http
from logsleuth.store import locks
from logsleuth.store.base import Cancel, Cancelled
from logsleuth.store.cache import Cache

OLD = "2026-10-10T00:00:00Z"


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(http.ALLOW_LOOPBACK, "1")
    yield
    clock.pin(None)


@pytest.fixture
def dap() -> Iterator[StandIn]:
    with StandIn() as found:
        yield found


def test_a_first_sync_brings_everything_a_day_at_a_time(dap: StandIn, tmp_path: Path) -> None:
    dap.commit(log(dap.now, 120, days=29))
    time = MadeUpTime(dap)
    cache = tmp_path / "cache"
    report = sync(cache, dap, time)
    assert report.error is None
    holds(cache, dap)
    first, *_, last = dap.bodies
    assert first["since"] == "2026-09-20T16:00:00Z", "as far back as DAP goes, less a little"
    assert [body.get("until") for body in dap.bodies[:-1]] == [
        body["since"] for body in dap.bodies[1:]
    ]
    assert len(dap.bodies) == 30
    assert "until" not in last
    assert report.chain == chain(cache) == times.iso(dap.log[-1].at)
    assert not dap.too_often
    assert not canaries(tmp_path)
    assert sorted(path.name for path in cache.iterdir()) == [
        *("activity.db", "catalogue.db", "days", "sync.lock", "writer.lock")
    ]


def test_what_came_anew_after_a_slice_is_waited_for(dap: StandIn, tmp_path: Path) -> None:
    """A job with an end leaves out what was committed again after it: until the sync that
    brings it, the hours of the slice are not called fetched."""
    cache, asked = tmp_path / "cache", dap.now - 5 * times.DAY
    at = asked + times.HOUR
    dap.commit(row("again", at=at, meta=meta, http_status=200, url="/") for meta in (at, dap.now))
    time = MadeUpTime(dap)
    sync(cache, dap, time, since=asked, until=asked + 2 * times.DAY)
    hour = coverage(cache, at // times.HOUR * times.HOUR)
    assert (hour.state, hour.reason) == ("partial", "recent")
    sync(cache, dap, time)
    holds(cache, dap)
    assert coverage(cache, at // times.HOUR * times.HOUR).state == "covered"


def test_the_next_sync_goes_on_where_the_chain_is(dap: StandIn, tmp_path: Path) -> None:
    dap.commit(log(dap.now, 60, days=1))
    time = MadeUpTime(dap)
    sync(tmp_path / "cache", dap, time, since=dap.now - 2 * times.DAY)
    before = chain(tmp_path / "cache")
    time.go_on(6 * times.HOUR)
    dap.commit(log(dap.now, 30, days=0.2, seed=1, number=1000))
    report = sync(tmp_path / "cache", dap, time)
    assert dap.bodies[-1] == {"format": "jsonl", "since": before}
    holds(tmp_path / "cache", dap)
    assert report.chain == times.iso(dap.log[-1].at)


def test_nothing_new_is_no_trouble(dap: StandIn, tmp_path: Path) -> None:
    dap.commit(log(dap.now, 20, days=1))
    time = MadeUpTime(dap)
    first = sync(tmp_path / "cache", dap, time, since=dap.now - 2 * times.DAY)
    time.go_on(2 * times.DAY)
    again = sync(tmp_path / "cache", dap, time)
    assert (again.error, again.counts["added"]) == (None, 0)
    assert (again.chain or "") >= (first.chain or "")
    holds(tmp_path / "cache", dap)


def test_since_beats_the_chain_and_never_moves_it_back(dap: StandIn, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 80, days=10))
    time = MadeUpTime(dap)
    sync(cache, dap, time, since=dap.now - 3 * times.DAY)
    before = chain(cache)
    since = times.parse(OLD)
    report = sync(cache, dap, time, since=since, until=since + 2 * times.DAY)
    asked = dap.bodies[-len(report.jobs) :]
    assert asked[0]["since"] == OLD
    assert asked[-1]["until"] == "2026-10-12T00:00:00Z"
    assert chain(cache) == before
    sync(cache, dap, time, since=since)
    assert chain(cache) == before
    holds(cache, dap)


def test_since_after_the_chain_leaves_the_chain_before_the_gap(
    dap: StandIn, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 80, days=10))
    time = MadeUpTime(dap)
    sync(cache, dap, time, since=dap.now - 10 * times.DAY, until=dap.now - 8 * times.DAY)
    before = chain(cache)
    sync(cache, dap, time, since=dap.now - 2 * times.DAY)
    assert chain(cache) == before, "else what lies between would never be fetched"
    sync(cache, dap, time)
    assert before in [body["since"] for body in dap.bodies]
    holds(cache, dap)


def test_until_in_the_future_is_not_sent(dap: StandIn, tmp_path: Path) -> None:
    dap.commit(log(dap.now, 10, days=1))
    time = MadeUpTime(dap)
    sync(tmp_path / "cache", dap, time, since=dap.now - times.DAY, until=dap.now + 2 * times.DAY)
    assert all("until" not in body for body in dap.bodies)


def test_what_dap_does_not_hold_any_more_is_a_gap(dap: StandIn, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 60, days=29))
    time = MadeUpTime(dap)
    asked = dap.now - 32 * times.DAY
    report = sync(cache, dap, time, since=asked)
    assert dap.bodies[0]["since"] == times.iso_seconds(asked)
    assert report.error is None
    assert report.gaps[0].since == asked
    holds(cache, dap)
    hour = coverage(cache, asked)
    assert (hour.state, hour.reason) == ("none", "out_of_range")
    assert coverage(cache, dap.now - 29 * times.DAY).state == "covered"


def test_a_snapshot_when_dap_asks_for_one(dap: StandIn, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 60, days=20))
    time = MadeUpTime(dap)
    sync(cache, dap, time, since=dap.now - 4 * times.DAY)
    dap.snapshot_first = True
    time.go_on(times.HOUR)
    report = sync(cache, dap, time)
    assert report.error is None
    assert dap.bodies[-1] == {"format": "jsonl"}
    assert "snapshot" in report.notes[0]
    holds(cache, dap)
    assert chain(cache) == times.iso(dap.jobs[report.jobs[0].job_id].born)
    sync(cache, dap, time)
    assert dap.bodies[-1]["since"] == chain(cache)


@pytest.mark.parametrize(("forbidden", "wanted"), [("incremental", False), ("snapshot", True)])
def test_the_other_kind_where_one_is_forbidden(
    dap: StandIn, tmp_path: Path, forbidden: str, wanted: bool
) -> None:
    dap.commit(log(dap.now, 40, days=3))
    dap.forbidden = frozenset({forbidden})
    report = sync(tmp_path / "cache", dap, MadeUpTime(dap), snapshot=wanted)
    assert report.error is None
    holds(tmp_path / "cache", dap)


def test_both_kinds_forbidden_is_said(dap: StandIn, tmp_path: Path) -> None:
    dap.forbidden = frozenset({"incremental", "snapshot"})
    report = sync(tmp_path / "cache", dap, MadeUpTime(dap))
    assert report.error is not None
    assert "does not allow" in report.error
    assert chain(tmp_path / "cache") is None


def test_coverage_is_what_jobs_establish(dap: StandIn, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 100, days=5))
    now = dap.now
    sync(cache, dap, MadeUpTime(dap), since=now - 3 * times.DAY)
    end = times.parse(chain(cache) or "")
    covered_until = (end - 10 * times.HOUR) // times.HOUR * times.HOUR
    assert coverage(cache, now - 3 * times.DAY).state == "covered"
    assert coverage(cache, covered_until - times.HOUR).state == "covered"
    recent = coverage(cache, covered_until)
    assert (recent.state, recent.reason) == ("partial", "recent")
    assert coverage(cache, now - 4 * times.DAY).reason in {"never_fetched", "imported"}


def test_windows_that_meet_count_as_one(dap: StandIn, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    dap.commit(
        [
            row(f"r{n}", at=dap.now - n * times.HOUR, meta=dap.now - n * times.HOUR)
            for n in range(60)
        ]
    )
    time = MadeUpTime(dap)
    start = dap.now - 2 * times.DAY
    sync(cache, dap, time, since=start)
    for _ in range(4):
        time.go_on(3 * times.HOUR)
        dap.commit([row(f"n{dap.now}", at=dap.now, meta=dap.now)])
        sync(cache, dap, time)
    states = {coverage(cache, start + n * times.HOUR).state for n in range(48)}
    assert states == {"covered"}


def test_an_hour_far_quieter_than_its_likes_is_not_established(
    dap: StandIn, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    quiet = dap.now // times.HOUR * times.HOUR - 8 * times.DAY
    rows = []
    for week in range(-2, 2):
        start = quiet + week * times.WEEK
        count = 60 if week else 5
        if start + times.HOUR < dap.now:
            rows += [
                row(f"w{week}-{n}", at=start + n * times.SECOND, meta=start + times.HOUR)
                for n in range(count)
            ]
    dap.commit(rows)
    sync(cache, dap, MadeUpTime(dap))
    hour = coverage(cache, quiet)
    assert (hour.state, hour.reason) == ("partial", "quiet")
    assert coverage(cache, quiet - times.WEEK).state == "covered"


def test_progress_tells_jobs_files_bytes_and_rows(dap: StandIn, tmp_path: Path) -> None:
    dap.commit(log(dap.now, 200, days=1))
    seen: list[SyncProgress] = []
    sync(tmp_path / "cache", dap, MadeUpTime(dap), tell=seen, since=dap.now - times.DAY)
    steps = list(dict.fromkeys(one.step for one in seen))
    assert steps == ["asking", "waiting", "downloading", "importing", "done"]
    assert {one.job_state for one in seen} >= {"running", "complete"}
    loaded = [one for one in seen if one.step == "downloading"]
    assert loaded[-1].bytes_done == loaded[-1].bytes_total
    assert loaded[-1].files_total == len(next(iter(dap.jobs.values())).objects)
    assert seen[-1].files_done == seen[-1].files_total
    assert seen[-1].rows == len(dap.log)


def test_a_cancelled_sync_goes_on(dap: StandIn, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 400, days=1))
    time = MadeUpTime(dap)
    cancel = Cancel()
    seen: list[SyncProgress] = []

    class Watching(list[SyncProgress]):
        def append(self, progress: SyncProgress) -> None:
            seen.append(progress)
            if progress.step == "importing":
                cancel.cancel()

    since = dap.now - times.DAY
    with pytest.raises(Cancelled):
        sync(cache, dap, time, cancel=cancel, tell=Watching(), since=since)
    assert chain(cache) is None
    assert sync(cache, dap, time, since=since).error is None
    assert [body["since"] for body in dap.bodies] == [times.iso_seconds(since), chain(cache)], (
        "the job that lives is not asked for again, only what came since"
    )
    assert set(dap.fetched.values()) == {1}, "nor are its files"
    holds(cache, dap)


def test_a_second_sync_says_who_holds_the_cache(dap: StandIn, tmp_path: Path) -> None:
    with (
        locks.syncing(tmp_path / "cache"),
        pytest.raises(locks.BusyError, match=r"process \d+.*syncing"),
    ):
        sync(tmp_path / "cache", dap, MadeUpTime(dap))


def test_raw_files_are_kept_on_request(dap: StandIn, tmp_path: Path) -> None:
    dap.names = "../../{job}/../part-{n}"
    dap.commit(log(dap.now, 120, days=1))
    report = sync(
        tmp_path / "cache",
        dap,
        MadeUpTime(dap),
        since=dap.now - times.DAY,
        keep_raw=tmp_path / "raw",
    )
    files = sorted((tmp_path / "raw").rglob("*.gz"))
    objects = dap.jobs[report.jobs[0].job_id].objects
    assert [path.read_bytes() for path in files] == list(objects.values())
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    assert {path.parent.name for path in files} == {f"job_{report.jobs[0].job_id}"}
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "raw"}


def test_custody_names_job_and_object_and_bytes(dap: StandIn, tmp_path: Path) -> None:
    dap.commit(log(dap.now, 60, days=1))
    report = sync(tmp_path / "cache", dap, MadeUpTime(dap), since=dap.now - times.DAY)
    job = dap.jobs[report.jobs[0].job_id]
    opened = Cache.open(tmp_path / "cache")
    found = opened.catalogue.sources()
    opened.close()
    assert [one.name for one in found] == [
        f"canvas_logs.web_logs, job {job.id}, {name}" for name in job.objects
    ]
    assert [one.size for one in found] == [len(content) for content in job.objects.values()]


def test_no_room_is_said_before_anything_is_fetched(
    dap: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dap.commit(log(dap.now, 60, days=1))
    monkeypatch.setattr("logsleuth.ingest.arrivals.SPARE", 1 << 60)
    report = sync(tmp_path / "cache", dap, MadeUpTime(dap), since=dap.now - times.DAY)
    assert report.error is not None
    assert "make room" in report.error
    assert chain(tmp_path / "cache") is None
    monkeypatch.undo()
    monkeypatch.setenv(http.ALLOW_LOOPBACK, "1")
    assert sync(tmp_path / "cache", dap, MadeUpTime(dap), since=dap.now - times.DAY).error is None
    holds(tmp_path / "cache", dap)


def test_an_hour_without_news_does_not_hide_the_next(dap: StandIn, tmp_path: Path) -> None:
    """DAP gives the same job for the same question, for a day."""
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 20, days=1))
    time = MadeUpTime(dap)
    sync(cache, dap, time, since=dap.now - times.DAY)
    for hour in range(5):
        time.go_on(times.HOUR)
        if hour % 2:
            dap.commit([row(f"news-{hour}", at=dap.now, meta=dap.now, http_status=200)])
        assert sync(cache, dap, time).error is None
        holds(cache, dap)


def test_a_job_that_fails_twice_is_said_with_the_uuid_and_seen_in_coverage(
    dap: StandIn, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    since = dap.now - times.DAY
    dap.commit(log(dap.now, 30, days=1))
    time = MadeUpTime(dap)
    dap.failing = True
    report = sync(cache, dap, time, since=since)
    assert report.error is not None
    assert "u-1" in report.error
    assert dap.calls["start"] == 2
    assert chain(cache) is None
    hour = coverage(cache, since + 2 * times.HOUR)
    assert (hour.state, hour.reason) == ("none", "failed")
    dap.failing = False
    assert sync(cache, dap, time, since=since - times.MINUTE).error is None
    assert coverage(cache, since + 2 * times.HOUR).state == "covered"
    holds(cache, dap)


def test_a_file_is_fetched_over_tls_only(dap: StandIn, tmp_path: Path) -> None:
    dap.commit(log(dap.now, 10, days=1))

    def elsewhere(answer: Answer) -> Answer:
        return replace(answer, body=answer.body.replace(b"127.0.0.1", b"192.0.2.1"))

    dap.faults.append(Fault("url", elsewhere))
    report = sync(tmp_path / "cache", dap, MadeUpTime(dap), since=dap.now - times.DAY)
    assert report.error is not None
    assert "not https" in report.error
    assert "canary-" not in report.error
