"""``logsleuth sync course-events`` against a stand-in for Canvas."""

import json
from collections import deque
from pathlib import Path
from typing import Literal

import pytest
from canvas_syncing import NOW, ago, event_ids, holds, ids, serving, spans
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from standins.canvas import FAULTS, LINK_FAULTS, ROOT, TOKEN, Change, StandIn
from standins.serving import Answer, Serving

from logsleuth.cli import syncing
from logsleuth.model import clock, times
from logsleuth.store.cache import Cache

SYNC_AN_HOUR = ("sync", "course-events", "--since", times.iso_seconds(ago(3600)))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No pause lasts; what would have been waited for is kept."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(syncing, "SLEEP", sleep)
    monkeypatch.setattr(syncing, "TRIES", 12)
    return waited


def changes(number: int, every: float = 3600.0, start: float = 60.0) -> list[Change]:
    return [Change(n, ago(start + n * every)) for n in range(number)]


def test_all_changes_of_the_tree_come_once_with_names_and_accounts(tmp_path: Path) -> None:
    standin = StandIn(
        changes=[*changes(25), Change(900, ago(500), course=7001, account=12)],
        accounts={ROOT: (None, "University"), 11: (ROOT, "Arts"), 12: (11, "Music")},
        users={202: {"id": 202, "name": "Dana Foobarez", "login_id": "dana"}},
        courses={7001: {"id": 7001, "name": "Harmony", "course_code": "MUS7"}},
        page=10,
    )
    with serving(standin, tmp_path) as (_, run):
        result = run("sync", "course-events", "--format", "json")
        assert result.exit_code == 0, result.stderr
        said = json.loads(result.stdout)
        assert (said["added"], said["rejected"], said["errors"]) == (26, 0, [])
        assert event_ids(tmp_path) == ids(standin.changes)
        cache = Cache.open(tmp_path / "cache")
        known = cache.catalogue.names("account")
        assert {number: name.name for number, name in known.items()} == {
            1: "University", 11: "Arts", 12: "Music",
        }  # fmt: skip
        music = next(e for e in cache.catalogue.events() if e.course_id == 7001)
        assert music.account_id == 12
        assert cache.catalogue.name("course", 7001).name == "Harmony"  # type: ignore[union-attr]
        seen = cache.catalogue.name("user", 202)
        assert seen is not None
        assert seen.seen_at is not None
        assert seen.seen_at >= NOW
        cache.close()
        again = json.loads(run("sync", "course-events", "--format", "json").stdout)
        assert again["added"] == 0
        assert event_ids(tmp_path) == ids(standin.changes)


def test_what_was_fetched_is_noted_and_not_asked_for_again(tmp_path: Path) -> None:
    standin = StandIn(changes=changes(5))
    with serving(standin, tmp_path) as (server, run):
        run("sync", "course-events", "--until", times.iso_seconds(ago(30)))
        (account,), (whole,) = spans(tmp_path, "account"), spans(tmp_path, "institution")
        assert (account.since, account.until) == (whole.since, whole.until)
        assert account.since < ago(400 * 86_400)
        assert ago(30) <= account.until <= ago(29)
        server.asked.clear()
        standin.changes.append(Change(77, ago(20)))
        run("sync", "course-events")
        audits = [asked for asked in server.asked if "/audit/" in asked.path]
        assert len(audits) == 1
        since = times.parse(audits[0].query["start_time"][0])
        assert since == account.until // times.SECOND * times.SECOND - 5 * times.SECOND
        assert event_ids(tmp_path) == ids(standin.changes)


@pytest.mark.parametrize("fault", [*FAULTS, *LINK_FAULTS])
def test_each_fault_alone_ends_with_every_change_once(tmp_path: Path, fault: str) -> None:
    standin = StandIn(changes=changes(30), page=10, faults=deque([None, fault]))
    with Serving(lambda _: Answer(200, b"{}")) as stranger, serving(standin, tmp_path) as (_, run):
        standin.elsewhere = stranger.url
        first = run("sync", "course-events")
        lost = fault in {"next_elsewhere", "redirect"}
        assert first.exit_code == (1 if lost else 0), first.stderr
        if lost:
            assert "127.0.0.1" in first.stderr
            assert run("sync", "course-events").exit_code == 0
        assert stranger.asked == []
    assert event_ids(tmp_path) == ids(standin.changes)
    assert len(spans(tmp_path, "account")) == 1
    assert holds(tmp_path, TOKEN) == []
    assert TOKEN not in first.output


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(st.sampled_from([None, *FAULTS, *LINK_FAULTS]), max_size=12),
    seconds=st.lists(st.integers(0, 40), min_size=1, max_size=25),
    page=st.integers(2, 8),
    circle=st.booleans(),
)
def test_faults_in_any_order_end_with_every_change_once(
    tmp_path_factory: pytest.TempPathFactory,
    faults: list[str | None],
    seconds: list[int],
    page: int,
    circle: bool,
) -> None:
    folder = tmp_path_factory.mktemp("faults")
    standin = StandIn(
        changes=[Change(n, ago(60 + second)) for n, second in enumerate(seconds)],
        arriving=[Change(500 + n, 0) for n in range(4)],
        page=page,
        ends_in_circle=circle,
        faults=deque(faults),
    )
    with Serving(lambda _: Answer(200, b"{}")) as stranger, serving(standin, folder) as (_, run):
        standin.elsewhere = stranger.url
        outputs = []
        for _ in range(len(faults) + 2):
            result = run(*SYNC_AN_HOUR)
            outputs.append(result.output)
            if result.exit_code == 0:
                break
        standin.arriving.clear()
        standin.faults.clear()
        # What came to be in the last second is fetched by whoever asks a moment later.
        clock.pin(clock.now_us() + 2 * times.SECOND)
        try:
            result = run(*SYNC_AN_HOUR)
        finally:
            clock.pin(None)
        assert result.exit_code == 0, result.output
        assert stranger.asked == []
    assert event_ids(folder) == ids(standin.changes)
    assert holds(folder, TOKEN) == []
    assert TOKEN not in "".join([*outputs, result.output])


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seconds=st.lists(st.integers(0, 12), min_size=1, max_size=30),
    page=st.integers(2, 8),
    bookmarks=st.sampled_from(["below", "at"]),
)
@example(seconds=[0, 0, 0, 5], page=2, bookmarks="at")
def test_old_bookmarks_hide_nothing_or_the_second_is_not_called_fetched(
    tmp_path_factory: pytest.TempPathFactory,
    seconds: list[int],
    page: int,
    bookmarks: Literal["below", "at"],
) -> None:
    folder = tmp_path_factory.mktemp("bookmarks")
    standin = StandIn(
        changes=[Change(n, ago(60 + second)) for n, second in enumerate(seconds)],
        page=page,
        old_bookmarks=bookmarks,
    )
    with serving(standin, folder) as (_, run):
        result = run(*SYNC_AN_HOUR)
        assert result.exit_code == 0, result.stderr
    came = event_ids(folder)
    fetched = spans(folder, "account")
    for change in standin.changes:
        said = any(span.since <= change.at < span.until for span in fetched)
        crowded = seconds.count((ago(60) - change.at) // times.SECOND) > page
        assert change.id in came or (crowded and not said)
    assert len(came) == len(set(came))
