"""Syncs that are killed at any point, and then done again."""

import os
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from dap import row
from dap_sync import canaries, chain, holds, log
from standins import dap as standin
from standins.dap import Fault, StandIn

from logsleuth.model import clock, times
from logsleuth.store.base import StoreError

COMMAND = [sys.executable, "-m", "logsleuth"]


class Watched(StandIn):
    """A stand-in that rings when it was asked so many times more."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.bell = threading.Event()
        self.left = -1

    def ring_after(self, calls: int) -> None:
        self.bell.clear()
        self.left = calls

    def seen(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.bell.set()


def environment(dap: StandIn, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
        "LOGSLEUTH_CACHE": str(folder / "cache"),
        "LOGSLEUTH_ALLOW_LOOPBACK_HTTP": "1",
        "LOGSLEUTH_DAP_POLL_SECONDS": "0",
        "DAP_API_URL": dap.url,
        "DAP_CLIENT_ID": standin.CLIENT_ID,
        "DAP_CLIENT_SECRET": standin.SECRET,
    }


def start(dap: StandIn, folder: Path, *args: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*COMMAND, "sync", "web-logs", *args],
        env=environment(dap, folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def end(process: "subprocess.Popen[bytes]") -> tuple[int, bytes]:
    """Exit code and all that it wrote.

    What was left to fetch may be more than DAP gives in a minute, for which a sync waits.
    """
    written, said = process.communicate(timeout=200)
    return process.returncode, written + said


def begin(cache: Path, since: str) -> list[str]:
    """Where to begin, as long as there is no chain to go on with."""
    try:
        known = (cache / "catalogue.db").exists() and chain(cache) is not None
    except StoreError:  # killed in the midst of a change, which the next writer mends
        known = False
    return [] if known else ["--since", since]


def kill_again_and_again(folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    with Watched(now=clock.now_us() // 1000 * 1000, file_rows=6, looks=2) as dap:
        dap.commit(log(dap.now, 150, days=0.9, seed=seed))
        since = times.iso_seconds(dap.now - times.DAY)
        killed = 0
        for turn in range(6 * kills):  # Some end before they are killed.
            if killed == kills:
                break
            dap.ring_after(chance.randrange(1, 15))
            process = start(dap, folder, *begin(folder / "cache", since))
            while not dap.bell.wait(0.05) and process.poll() is None:
                pass
            try:
                # A moment more: it may be in the midst of bringing rows into a day.
                process.wait(chance.random() * 0.4)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                killed += 1
            _, said = end(process)
            assert b"canary-" not in said
            dap.now = clock.now_us() // 1000 * 1000
            dap.commit(
                row(f"late-{turn}-{n}", at=dap.now, meta=dap.now, http_status=200)
                for n in range(20)
            )
        for _ in range(2):  # one to end what was begun, one for what came last
            code, said = end(start(dap, folder, *begin(folder / "cache", since)))
            assert code == 0, said
        assert killed == kills
        holds(folder / "cache", dap)
        assert times.parse(chain(folder / "cache") or "") >= dap.log[-1].at
        assert not canaries(folder)
        assert {path.name for path in (folder / "cache").iterdir()} == {
            *("activity.db", "catalogue.db", "days", "sync.lock", "writer.lock")
        }


def test_a_killed_sync_goes_on(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, 3, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_fifty_kills(tmp_path: Path, seed: int) -> None:
    kill_again_and_again(tmp_path, 25, seed)


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path) -> None:
    """Killed while it waits for the last file: the others lie there whole."""
    with Watched(now=clock.now_us() // 1000 * 1000, file_rows=20) as dap:
        dap.commit(log(dap.now, 80, days=0.9))
        since = times.iso_seconds(dap.now - times.DAY)
        dap.faults.append(Fault("file", lambda answer: replace(answer, stall=0), 4))
        process = start(dap, tmp_path, "--since", since)
        whole: list[Path] = []
        while len(whole) < 4 and process.poll() is None:
            dap.bell.wait(0.02)
            whole = list((tmp_path / "cache").rglob("incoming/*/*.jsonl.gz"))
        process.send_signal(signal.SIGKILL)
        end(process)
        assert len(whole) == 4
        assert sum(dap.fetched.values()) == 4
        code, said = end(start(dap, tmp_path, "--since", since))
        assert code == 0, said
        assert set(dap.fetched.values()) == {1}
        assert [body["since"] for body in dap.bodies] == [since, chain(tmp_path / "cache")]
        holds(tmp_path / "cache", dap)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with Watched(now=clock.now_us() // 1000 * 1000, file_rows=2, looks=10**9) as dap:
        dap.commit(log(dap.now, 10, days=0.9))
        dap.ring_after(5)
        process = start(dap, tmp_path, "--since", times.iso_seconds(dap.now - times.DAY))
        assert dap.bell.wait(30)
        process.send_signal(number)
        code, said = end(process)
        assert code == 130, said
        assert b"Interrupted: what came is kept" in said
        assert b"Traceback" not in said


def test_again_and_again_in_the_foreground(tmp_path: Path) -> None:
    """The first at once; an error is said and does not end it; SIGTERM does."""
    with Watched(now=clock.now_us() // 1000 * 1000) as dap:
        dap.commit(log(dap.now, 10, days=0.9))
        dap.faults.append(Fault("start", lambda _: standin.error(403, "AccountUnderMaintenance")))
        process = start(
            dap, tmp_path, "--every", "1m", "--since", times.iso_seconds(dap.now - times.DAY)
        )
        assert process.stderr is not None
        lines: list[bytes] = []
        while b"under maintenance" not in (lines[-1] if lines else b""):
            lines.append(process.stderr.readline())
            assert lines[-1], lines
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        code, said = end(process)
        assert code == 130, said
