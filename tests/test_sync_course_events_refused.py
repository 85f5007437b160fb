"""``logsleuth sync course-events`` where Canvas refuses, the cache is busy, or it is killed."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path

import pytest
from canvas_syncing import NOW, ago, event_ids, holds, ids, runner, serving, spans
from standins.canvas import ROOT, TOKEN, Change, StandIn, refused
from standins.serving import Answer, Asked, Serving

from logsleuth.cli import syncing
from logsleuth.model import times
from logsleuth.store.cache import Cache
from logsleuth.store.writing import CacheWriter


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No pause lasts; what would have been waited for is kept."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(syncing, "SLEEP", sleep)
    return found


def changes(number: int) -> list[Change]:
    return [Change(n, ago(60 + 3600 * n)) for n in range(number)]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ("unauthenticated", "saw no access token"),
        ("bad_token", "does not accept the access token"),
        ("no_permission_old", "does not let the token's user see"),
        ("no_permission_new", "does not let the token's user see"),
    ],
)
def test_a_refused_token_is_one_sentence_and_leaves_no_cache(
    tmp_path: Path, refusal: str, said: str
) -> None:
    with Serving(lambda _: refused(refusal)) as server:
        result = runner(tmp_path, server.url)("sync", "course-events")
        assert len(server.asked) == 1
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "cache").exists()


def test_a_course_that_is_not_there_stops_no_other(tmp_path: Path) -> None:
    standin = StandIn(changes=changes(3), hidden={999})
    with serving(standin, tmp_path) as (_, run):
        result = run("sync", "course-events", "--course", "999", "--course", "5001")
    assert result.exit_code == 1
    assert "knows nothing of the changes of course 999" in result.stderr
    assert "--account" in result.stderr
    assert event_ids(tmp_path) == ids(standin.changes)
    assert [span.id for span in spans(tmp_path, "course")] == [5001]


def test_where_everything_is_refused_not_everything_is_asked(tmp_path: Path) -> None:
    standin = StandIn(hidden=set(range(1, 40)))
    wanted = [word for n in range(1, 30) for word in ("--course", str(n))]
    with serving(standin, tmp_path) as (server, run):
        result = run("sync", "course-events", *wanted)
        assert len(server.asked) == 3
    assert result.exit_code == 1
    assert "the others were not asked for" in result.stderr


def test_a_sub_account_that_fails_leaves_the_institution_unfetched(tmp_path: Path) -> None:
    standin = StandIn(
        changes=[*changes(3), Change(9, ago(70), course=6, account=12)],
        accounts={ROOT: (None, "U"), 11: (ROOT, "Arts"), 12: (ROOT, "Music")},
        hidden={11},
    )
    with serving(standin, tmp_path) as (_, run):
        assert run("sync", "course-events").exit_code == 1
        assert [span.id for span in spans(tmp_path, "account")] == [1, 12]
        assert spans(tmp_path, "institution") == []
        assert event_ids(tmp_path) == ids(standin.changes)
        standin.hidden.clear()
        assert run("sync", "course-events").exit_code == 0
    assert [span.id for span in spans(tmp_path, "institution")] == [1]


def test_only_the_accounts_asked_for_are_asked(tmp_path: Path) -> None:
    standin = StandIn(accounts={ROOT: (None, "U"), 11: (ROOT, "Arts"), 12: (11, "Music")})
    with serving(standin, tmp_path) as (_, run):
        run("sync", "course-events", "--account", "11", "--no-subaccounts")
        assert {span.id for span in spans(tmp_path, "account")} == {11}
        run("sync", "course-events", "--account", "11")
    assert {span.id for span in spans(tmp_path, "account")} == {11, 12}
    assert spans(tmp_path, "institution") == []


def test_a_walk_led_elsewhere_keeps_what_came_and_says_how_far(tmp_path: Path) -> None:
    standin = StandIn(changes=changes(30), page=10, faults=deque([None, "next_elsewhere"]))
    with Serving(lambda _: Answer(200, b"{}")) as stranger, serving(standin, tmp_path) as (_, run):
        standin.elsewhere = stranger.url
        result = run("sync", "course-events")
        assert stranger.asked == []
    assert result.exit_code == 1
    assert stranger.url in result.stderr
    assert event_ids(tmp_path) == ids(standin.changes[:20])
    (span,) = spans(tmp_path, "account")
    assert span.since == standin.changes[19].at + times.SECOND
    assert span.until >= NOW


def test_what_canvas_links_and_how_it_writes_ids_is_taken_in(tmp_path: Path) -> None:
    view = "3e246700-e305-4130-91de-02e33aa501ef"
    standin = StandIn(
        changes=[
            Change(1, ago(60), page_view=view, type="copied_to", links={"copied_to": 5002}),
            Change(2, ago(50), user=None, source="sis", type="corrupted"),
            Change(3, ago(40), data={"name": ["Bio", "access_token=CANARYsecret99"]}),
        ],
        page_views={view: {"id": view, "url": "/courses/5001?access_token=CANARYsecret99"}},
        string_ids=True,
    )
    with serving(standin, tmp_path) as (_, run):
        assert run("sync", "course-events").exit_code == 0
    cache = Cache.open(tmp_path / "cache")
    found = {event.event_type: event for event in cache.catalogue.events()}
    assert (found["copied_to"].course_id, found["copied_to"].copied_to) == (5001, 5002)
    assert (found["corrupted"].user_id, found["corrupted"].account_id) == (None, ROOT)
    assert cache.catalogue.page_view(view) is not None
    sources = cache.catalogue.sources()
    cache.close()
    assert any("/api/v1/audit/course/accounts/1?" in source.name for source in sources)
    assert all(len(source.sha256) == 64 and source.finished for source in sources)
    assert holds(tmp_path, "CANARYsecret99") == []


def test_an_odd_page_is_refused_and_a_bad_event_is_kept_aside(tmp_path: Path) -> None:
    standin = StandIn(changes=changes(2))
    real = standin.answer

    def odd(asked: Asked) -> Answer:
        answer = real(asked)
        if "/audit/" in asked.path and b'"events": [{' in answer.body:
            body = json.loads(answer.body)
            body["events"].append({"id": "x", "created_at": "yesterday"})
            answer.body = json.dumps(body).encode()
        return answer

    with Serving(odd) as server:
        standin.home = server.url
        run = runner(tmp_path, server.url)
        result = run("sync", "course-events")
        assert result.exit_code == 3
        assert "Changes rejected: 1" in result.stderr
        server.answer = lambda asked: (
            Answer(200, b'{"events": 5}') if "/audit/" in asked.path else real(asked)
        )
        result = run("sync", "course-events", "--course", "7")
        assert result.exit_code == 1
        assert "no course audit document" in result.stderr
    assert event_ids(tmp_path) == ids(standin.changes)
    assert spans(tmp_path, "course") == []


def test_events_and_status_say_what_was_fetched(tmp_path: Path) -> None:
    standin = StandIn(changes=changes(2))
    with serving(standin, tmp_path) as (_, run):
        run("sync", "course-events", "--course", "5001", "--since", times.iso_seconds(ago(86400)))
        for args in (["course_id:77"], ["event_type:deleted"], ["--since", "2026-01-01", "user:7"]):
            result = run("events", *args)
            assert result.stdout == ""
            assert "were not fetched" in result.stderr
        until = times.iso_seconds(ago(600))
        result = run("events", "--course", "5001", "--type", "deleted", "--until", until)
        assert "not fetched" not in result.stderr
        assert "fetched: course 5001, " in run("status").stdout
        (span,) = json.loads(run("status", "--format", "json").stdout)["event_coverage"]
        assert (span["scope"], span["id"]) == ("course", 5001)


def test_changes_older_than_canvas_keeps_are_not_noted_as_fetched(tmp_path: Path) -> None:
    with serving(StandIn(), tmp_path) as (_, run):
        assert run("sync", "course-events", "--since", "2020-01-01").exit_code == 0
    (span,) = spans(tmp_path, "account")
    assert span.since >= ago(427 * 86_400)


def test_answers_are_kept_as_received_on_request(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    with serving(StandIn(changes=changes(3)), tmp_path) as (_, run):
        run("sync", "course-events", "--course", "5001", "--keep-raw", str(raw))
    cache = Cache.open(tmp_path / "cache")
    hashes = {source.sha256 for source in cache.catalogue.sources()}
    cache.close()
    kept = list(raw.iterdir())
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in kept} == hashes
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert all(path.name.startswith("course-5001-") for path in kept)


def test_kept_answers_give_the_same_changes_when_they_are_imported(tmp_path: Path) -> None:
    """Canvas does not repeat in an answer whose account was asked for."""
    raw = tmp_path / "raw"
    with serving(StandIn(changes=changes(3)), tmp_path / "one") as (_, run):
        run("sync", "course-events", "--keep-raw", str(raw))
        synced = run("events", "--limit", "0", "--format", "jsonl").stdout
    again = runner(tmp_path / "two", "")
    assert again("import", str(raw)).exit_code == 0
    assert again("events", "--limit", "0", "--format", "jsonl").stdout == synced
    assert {json.loads(line)["account_id"] for line in synced.splitlines()} == {1}


def test_courses_and_accounts_by_their_sis_ids(tmp_path: Path) -> None:
    course = {"id": 5001, "name": "Biology", "sis_course_id": "BIO 1/2"}
    standin = StandIn(changes=changes(2), courses={5001: course})
    with serving(standin, tmp_path) as (server, run):
        result = run("sync", "course-events", "--course", "sis_course_id:BIO 1/2")
        assert result.exit_code == 0, result.stderr
        assert {span.id for span in spans(tmp_path, "course")} == {5001}
        result = run("sync", "course-events", "--course", "sis_course_id:CHEM")
        assert result.exit_code == 1
        assert "knows nothing of course sis_course_id:CHEM" in result.stderr
        asked = len(server.asked)
        assert run("sync", "course-events", "--account", "BIO").exit_code == 2
        assert len(server.asked) == asked


def test_an_unknown_change_comes_with_what_was_not_fetched(tmp_path: Path) -> None:
    with serving(StandIn(changes=changes(2)), tmp_path) as (_, run):
        run("sync", "course-events", "--course", "5001")
        result = run("trace", "00000000-0000-0000-0000-00000000dead")
    assert result.exit_code == 1
    assert "were not fetched" in result.stderr
    assert "holds no course event" in result.stderr


def test_status_puts_the_sources_of_one_kind_together(tmp_path: Path) -> None:
    with serving(StandIn(changes=changes(250)), tmp_path) as (server, run):
        run("sync", "course-events", "--course", "5001")
        short, long = run("status").stdout, run("status", "--sources").stdout
        sources = json.loads(run("status", "--format", "json").stdout)["sources"]
    assert f"{server.url}, {len(sources)} answers (course_audit, json): " in short
    assert long.count("/api/v1/audit/course/courses/5001?…") == len(sources)


def test_a_low_allowance_is_rested_for(tmp_path: Path, waited: list[float]) -> None:
    with serving(StandIn(changes=changes(2), allowance="40.0"), tmp_path) as (server, run):
        assert run("sync", "course-events", "--course", "5001").exit_code == 0
        assert len(waited) == len(server.asked)
    assert all(5 < seconds < 10 for seconds in waited)


def test_a_cache_that_another_writes_to_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin = StandIn(changes=changes(4))
    other = CacheWriter(tmp_path / "cache")
    waits = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            other.close()

    monkeypatch.setattr(syncing, "SLEEP", sleep)
    with serving(standin, tmp_path) as (_, run):
        result = run("sync", "course-events")
    assert result.exit_code == 0
    assert f"process {os.getpid()}" in result.stderr
    assert event_ids(tmp_path) == ids(standin.changes)


def test_a_made_up_cache_takes_nothing_real(tmp_path: Path) -> None:
    with CacheWriter(tmp_path / "cache") as writer:
        writer.ledger.set_meta("pinned_clock", "1")
    with serving(StandIn(changes=changes(2)), tmp_path) as (_, run):
        result = run("sync", "course-events")
    assert result.exit_code == 1
    assert "made-up campus" in result.stderr
    assert event_ids(tmp_path) == []


def killed_at(folder: Path, standin: StandIn, number: int, how: signal.Signals) -> int | None:
    """Run a sync of its own process, which a signal meets at its request of that number; its
    exit code."""
    real = standin.answer
    process: list[subprocess.Popen[bytes]] = []
    left = [number]

    def answer(asked: Asked) -> Answer:
        left[0] -= 1
        if left[0] == 0:
            process[0].send_signal(how)
        return real(asked)

    with Serving(answer) as server:
        standin.home = server.url
        environment = {
            **os.environ,
            "CANVAS_API_URL": server.url,
            "CANVAS_API_TOKEN": TOKEN,
            "LOGSLEUTH_ALLOW_LOOPBACK_HTTP": "1",
            "LOGSLEUTH_CACHE": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
        }
        process.append(
            subprocess.Popen(
                [sys.executable, "-m", "logsleuth", "sync", "course-events"],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
        out, _ = process[0].communicate(timeout=60)
    assert TOKEN.encode() not in out
    assert b"Traceback" not in out
    return process[0].returncode


def test_killed_at_any_request_nothing_is_lost_or_double(tmp_path: Path) -> None:
    standin = StandIn(changes=changes(40), page=10)
    for number in (2, 3, 4, 5, 7, 11):
        assert killed_at(tmp_path, standin, number, signal.SIGKILL) == -signal.SIGKILL
    with serving(standin, tmp_path) as (_, run):
        assert run("sync", "course-events").exit_code == 0
    assert event_ids(tmp_path) == ids(standin.changes)
    assert holds(tmp_path, TOKEN) == []


def test_interrupted_it_ends_in_order_and_goes_on_later(tmp_path: Path) -> None:
    standin = StandIn(changes=changes(40), page=10)
    assert killed_at(tmp_path, standin, 5, signal.SIGINT) == 130
    assert killed_at(tmp_path, standin, 4, signal.SIGTERM) == 130
    with serving(standin, tmp_path) as (_, run):
        assert run("sync", "course-events").exit_code == 0
    assert event_ids(tmp_path) == ids(standin.changes)
    assert len(spans(tmp_path, "account")) == 1
