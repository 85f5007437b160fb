"""What ``status`` and a trace say of a cache that was synced."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from dap import row
from dap_sync import MadeUpTime, log, sync
from standins.dap import StandIn

from logsleuth.cli.main import cli
from logsleuth.model import clock, times
from logsleuth.sources import http


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(http.ALLOW_LOOPBACK, "1")
    yield
    clock.pin(None)


@pytest.fixture
def dap(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn() as found:
        monkeypatch.setattr(clock, "pin", lambda us: setattr(clock, "_pinned_us", us or found.now))
        yield found
    monkeypatch.undo()


def ask(cache: Path, *args: str) -> Any:
    done = CliRunner().invoke(cli, ["--cache", str(cache), *args, "--format", "json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_gap_that_dap_holds_comes_with_the_command_that_fetches_it(
    dap: StandIn, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 100, days=9))
    time = MadeUpTime(dap)
    start = dap.now // times.DAY * times.DAY - 8 * times.DAY
    sync(cache, dap, time, since=start + 4 * times.DAY)
    sync(cache, dap, time, since=start, until=start + 2 * times.DAY)
    status = ask(cache, "status")
    gap, newest = status["fetchable"]
    assert newest["command"] == "logsleuth sync web-logs"
    assert gap["since"] == times.iso(start + 2 * times.DAY)
    assert gap["until"] == times.iso(start + 4 * times.DAY)
    assert gap["held_until"] == times.iso(start + 32 * times.DAY)
    assert gap["command"] == (
        f"logsleuth sync web-logs --since {times.iso_seconds(start + 2 * times.DAY)}"
        f" --until {times.iso_seconds(start + 4 * times.DAY + 10 * times.HOUR)}"
    )
    sync(
        cache,
        dap,
        time,
        since=start + 2 * times.DAY,
        until=start + 4 * times.DAY + 10 * times.HOUR,
    )
    assert ask(cache, "status")["fetchable"] == [newest]


def test_what_dap_has_dropped_is_not_offered(dap: StandIn, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    dap.commit(log(dap.now, 50, days=29))
    sync(cache, dap, MadeUpTime(dap), since=dap.now - 33 * times.DAY)
    status = ask(cache, "status")
    assert status["gaps"][0]["reason"] == "out_of_range"
    assert all(times.parse(one["since"]) >= dap.now - 30 * times.DAY for one in status["fetchable"])


def test_a_synced_log_establishes_a_cause(dap: StandIn, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    at = dap.now - 2 * times.DAY
    concluded = row(
        "cause",
        at=at + 200_000,
        meta=at + times.HOUR,
        user_id=202,
        real_user_id=101,
        course_id=5001,
        http_method="POST",
        http_status=302,
        interaction_micros=300_000,
        web_application_controller="courses",
        web_application_action="destroy",
        web_application_context_type="Course",
        web_application_context_id=5001,
        url="/courses/5001",
    )
    concluded["value"]["url"] = "/courses/5001"
    dap.commit([*log(dap.now, 80, days=4), concluded])
    audit = tmp_path / "audit.json"
    event_id = "aaaaaaaa-0000-4000-8000-000000000001"
    event = {
        "id": event_id,
        "created_at": times.iso_seconds(at),
        "event_type": "concluded",
        "event_source": "manual",
        "event_data": {},
        "links": {"course": 5001, "user": 202, "page_view": None, "sis_batch": None},
    }
    audit.write_text(json.dumps({"events": [event], "links": {}, "linked": {}}))
    sync(cache, dap, MadeUpTime(dap), since=dap.now - 4 * times.DAY)
    imported = CliRunner().invoke(cli, ["--cache", str(cache), "import", str(audit)])
    assert imported.exit_code == 0, imported.output
    done = CliRunner().invoke(cli, ["--cache", str(cache), "trace", event_id, "--format", "jsonl"])
    found = json.loads(done.stdout)
    assert (found["verdict"], found["coverage"]) == ("strong", "covered"), found
    assert found["signed_in_user_id"] == 101
