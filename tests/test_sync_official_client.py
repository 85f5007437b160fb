"""The official ``dap`` client against the stand-in: the same cache as by our own sync."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dap import outcome
from dap_sync import MadeUpTime, holds, log, sync
from standins import dap as standin
from standins.dap import StandIn

from logsleuth.ingest.run import import_paths
from logsleuth.model import clock, times
from logsleuth.sources import http

CLIENT = "instructure-dap-client==2.3.1"


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client's command, in a virtual environment of its own."""
    folder = tmp_path_factory.mktemp("client") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
    done = subprocess.run(
        [str(folder / "bin" / "pip"), "install", "--quiet", CLIENT],
        env={name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"pip cannot install {CLIENT} here: {done.stderr.decode()[-300:]}")
    return folder / "bin" / "dap"


@pytest.mark.slow
@pytest.mark.parametrize("days", [1, 4])
def test_the_official_client_and_our_sync_make_the_same_cache(
    official: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """From one job to the last version; from several, of a day each, in the newest state: DAP
    leaves out of a day what was changed again after it."""
    monkeypatch.setenv(http.ALLOW_LOOPBACK, "1")
    with StandIn(file_rows=30, looks=0, twice=True, two_members=True) as dap:
        dap.commit(log(dap.now, 200, days=days - 0.1))
        since = dap.now - days * times.DAY
        done = subprocess.run(
            [
                *(str(official), "--non-interactive", "--no-tracking", "incremental"),
                *("--namespace", "canvas_logs", "--table", "web_logs", "--format", "jsonl"),
                *("--since", times.iso_seconds(since)),
                *("--output-directory", str(tmp_path / "downloads")),
            ],
            env={
                "HOME": str(tmp_path),
                "DAP_TRACKING": "false",
                "DAP_API_URL": dap.url,
                "DAP_CLIENT_ID": standin.CLIENT_ID,
                "DAP_CLIENT_SECRET": standin.SECRET,
            },
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode()
        theirs, ours = tmp_path / "theirs", tmp_path / "ours"
        import_paths(theirs, [tmp_path / "downloads"])
        holds(theirs, dap)
        if days > 1:
            dap.delivered.clear()
        try:
            assert sync(ours, dap, MadeUpTime(dap), since=since).error is None
        finally:
            clock.pin(None)
        if days == 1:
            assert outcome(ours) == outcome(theirs)
        holds(ours, dap)
