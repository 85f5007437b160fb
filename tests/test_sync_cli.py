"""``logsleuth sync web-logs`` as a command: what it prints, its exit codes, and no secret."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dap_sync import MadeUpTime, canaries, log
from standins import dap as standin
from standins.dap import Fault, StandIn
from standins.serving import Answer

from logsleuth.cli import syncing
from logsleuth.cli.commands import sync_web_logs
from logsleuth.cli.main import cli
from logsleuth.model import clock, times
from logsleuth.sources.dap import Dap
from logsleuth.store import locks

Run = Callable[..., Result]


@pytest.fixture
def dap() -> Iterator[StandIn]:
    with StandIn() as found:
        found.commit(log(found.now, 60, days=0.9))
        yield found
    clock.pin(None)


@pytest.fixture
def run(dap: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in made-up time, with secrets in its environment."""
    time = MadeUpTime(dap)
    monkeypatch.setattr(syncing, "SLEEP", time.sleep)
    monkeypatch.setattr(sync_web_logs, "Dap", partial(Dap, now=time.now))

    def go(*args: str, **environment: str) -> Result:
        runner = CliRunner(
            env={
                "XDG_CONFIG_HOME": str(tmp_path / "config"),
                "XDG_STATE_HOME": str(tmp_path / "state"),
                "LOGSLEUTH_CACHE": str(tmp_path / "cache"),
                "LOGSLEUTH_ALLOW_LOOPBACK_HTTP": "1",
                "LOGSLEUTH_DAP_POLL_SECONDS": "0",
                "DAP_API_URL": dap.url,
                "DAP_CLIENT_ID": standin.CLIENT_ID,
                "DAP_CLIENT_SECRET": standin.SECRET,
                **environment,
            }
        )
        found = runner.invoke(cli, ["--log-file", str(tmp_path / "own.log"), *args])
        assert "canary-" not in found.output
        assert not canaries(tmp_path)
        return found

    return go


def since(dap: StandIn) -> str:
    return times.iso_seconds(dap.now - times.DAY)


def test_what_came_is_printed(run: Run, dap: StandIn) -> None:
    done = run("sync", "web-logs", "--since", since(dap))
    assert done.exit_code == 0, done.output
    assert "added" in done.stdout
    assert "Fetched up to what was committed by 2026-10-20T" in done.stdout
    assert "Estimate" in done.stderr, "before a first sync"
    assert "Job " in done.stderr
    again = run("sync", "web-logs", "--format", "json")
    found = json.loads(again.stdout)
    assert found["read"] == found["unchanged"] + found["added"]
    assert found["chain"] == found["jobs"][0]["until"]
    assert "Estimate" not in again.stderr


def test_a_refused_login_is_one_sentence_and_exit_1(run: Run, dap: StandIn) -> None:
    done = run("sync", "web-logs", DAP_CLIENT_SECRET="canary-wrong")
    assert done.exit_code == 1
    assert "DAP refused the client id and secret" in done.stderr
    assert "Traceback" not in done.output


def test_missing_secrets_are_wrong_usage(run: Run) -> None:
    done = run("sync", "web-logs", DAP_CLIENT_SECRET="")
    assert done.exit_code == 2
    assert "DAP_CLIENT_SECRET" in done.stderr


def test_plain_http_is_refused(run: Run, dap: StandIn) -> None:
    done = run("sync", "web-logs", LOGSLEUTH_ALLOW_LOOPBACK_HTTP="")
    assert done.exit_code == 2
    assert "only https" in done.stderr
    assert not dap.serving.asked


def test_the_uuid_of_an_error_is_shown(run: Run, dap: StandIn) -> None:
    dap.faults.append(Fault("start", lambda _: standin.error(403, "AccountNotOnboarded")))
    done = run("sync", "web-logs")
    assert done.exit_code == 1
    assert "not switched on" in done.stderr
    assert "DAP's error " in done.stderr


def test_hostile_words_of_a_server_are_made_visible(run: Run, dap: StandIn) -> None:
    evil = standin.error(403, "AccountDisabled", message="\x1b]0;x\x07\u202e[red]")
    dap.faults.append(Fault("start", lambda _: evil))
    done = run("sync", "web-logs")
    assert done.exit_code == 1
    assert "\x1b" not in done.output
    assert "\u202e" not in done.output


def test_rejected_rows_are_exit_3(run: Run, dap: StandIn) -> None:
    broken = {"meta": {"ts": times.iso(dap.now - times.HOUR), "action": "U"}, "key": {"id": "x"}}
    dap.commit([broken])
    done = run("sync", "web-logs", "--since", since(dap))
    assert done.exit_code == 3, done.output
    assert "Rows rejected: 1" in done.stderr
    status = json.loads(run("status", "--format", "json").stdout)
    assert {one["reason"] for one in status["coverage"]} >= {"rejected"}


def test_a_cache_that_is_being_synced(run: Run, tmp_path: Path) -> None:
    with locks.syncing(tmp_path / "cache"):
        done = run("sync", "web-logs")
    assert done.exit_code == 1
    assert "syncing requests into" in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("--since", "yesterday-ish"),
        ("--snapshot", "--since", "2026-10-01"),
        ("--since", "2026-10-02", "--until", "2026-10-01"),
        ("--every", "soon"),
        ("--every", "1s"),
    ],
)
def test_wrong_usage(run: Run, args: tuple[str, ...]) -> None:
    assert run("sync", "web-logs", *args).exit_code == 2


def test_sync_alone_says_what_there_is(run: Run) -> None:
    done = run("sync")
    assert done.exit_code == 2
    assert "course-events" in done.stderr


def test_the_estimate_of_a_large_university(run: Run, dap: StandIn) -> None:
    """1.5 million rows a day, 30 days, and no limit of DAP's exceeded."""
    text = run("sync", "web-logs", "--estimate").stdout
    assert "1,500,000 a day" in text
    found = json.loads(run("sync", "web-logs", "--estimate", "--format", "json").stdout)
    assert found["jobs"] == 30
    assert 44_000_000 < found["rows"] < 45_000_000
    assert found["packed"] == found["rows"] * 109
    assert found["files"] >= found["packed"] / 128_000_000
    assert found["seconds"] == sum(
        found[f"seconds_{part}"] for part in ("dap", "download", "import")
    )
    assert found["seconds_dap"] >= (found["jobs"] - 1) // 5 * 60, "five starts a minute"
    assert not dap.serving.asked


def test_the_estimate_knows_the_days_of_the_cache(run: Run, dap: StandIn) -> None:
    dap.log.clear()
    dap.commit(log(dap.now, 700, days=6))
    run("sync", "web-logs", "--since", times.iso_seconds(dap.now - 7 * times.DAY))
    found = json.loads(run("sync", "web-logs", "--estimate", "--format", "json").stdout)
    assert found["measured"]
    assert 60 < found["rows_a_day"] < 180
    assert found["jobs"] == 1, "only what came since"


def test_a_page_of_a_gateway_is_not_shown(run: Run, dap: StandIn) -> None:
    dap.faults.append(Fault("start", lambda _: Answer(502, b"<html>canary-gateway</html>"), 0, 100))
    done = run("sync", "web-logs")
    assert done.exit_code == 1
    assert "502" in done.stderr
