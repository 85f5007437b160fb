"""The commands ``masquerades``, ``sessions`` and ``fingerprint``."""

import json
from pathlib import Path
from typing import Any

import dap
import pytest
from click.testing import CliRunner

from logsleuth.cli.main import cli

ACTING = {"user_id": 202, "real_user_id": 101, "session_id": dap.request_id(7)}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    secret = {"url": "/api/v1/courses?access_token=TopSecret1&page=1"}
    rows = [
        dap.row(dap.request_id(1), http_method="GET", **ACTING),
        dap.row(dap.request_id(2), http_method="PUT", **ACTING),
        dap.row(dap.request_id(3), user_id=5, developer_key_id=9, **secret),
    ]
    dap.bring(tmp_path / "cache", dap.jsonl(rows))
    return tmp_path / "cache"


def ask(cache: Path, *args: str, **options: Any) -> list[Any]:
    result = CliRunner().invoke(cli, ["--cache", str(cache), *args], **options)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_masquerades_have_the_promised_keys(cache: Path) -> None:
    (span,) = ask(cache, "masquerades", "http_method:PUT")
    assert list(span) == [
        "session_id",
        "real_user_id",
        "user_id",
        "start",
        "end",
        "active_minutes",
        "requests",
        "matching",
        "writes",
        "reads",
        "automatic",
        "courses",
        "how",
        "ended",
        "student_view",
        "opened",
        "changed",
        "not_classified",
        "opaque",
        "people",
        "request_id",
    ]
    assert span["request_id"] in {dap.request_id(1), dap.request_id(2)}  # of one moment
    assert (span["real_user_id"], span["user_id"]) == (101, 202)
    assert (span["requests"], span["matching"], span["writes"]) == (2, 1, 1)


def test_sessions_have_the_promised_keys(cache: Path) -> None:
    found = ask(cache, "sessions")
    for session in found:
        assert list(session) == [
            "session_id",
            "users",
            "addresses",
            "agents",
            "start",
            "end",
            "requests",
            "matching",
            "writes",
            "addresses_automatic",
            "automatic",
            "opaque",
        ]
    assert [session["session_id"] for session in found] == [None, dap.request_id(7)]


def test_a_leaked_secret_is_found_by_its_fingerprint(cache: Path) -> None:
    result = CliRunner().invoke(cli, ["--cache", str(cache), "fingerprint"], input="TopSecret1\n")
    (request,) = ask(cache, "search", f"url:{result.stdout.strip()}")
    assert request["id"] == dap.request_id(3)
    assert "TopSecret1" not in json.dumps(request)


def test_an_empty_secret_is_refused(cache: Path) -> None:
    result = CliRunner().invoke(cli, ["--cache", str(cache), "fingerprint"], input="")
    assert result.exit_code == 2
    assert "standard input" in result.stderr


@pytest.mark.parametrize("command", ["count", "search", "masquerades", "sessions"])
def test_nothing_in_hours_without_a_log_is_said_to_be_no_evidence(
    cache: Path, command: str
) -> None:
    gone = 'timestamp:"2025-01-01"'
    result = CliRunner().invoke(cli, ["--cache", str(cache), command, gone])
    assert result.exit_code == 0
    assert "was not fetched" in result.stderr
    assert "no evidence" in result.stderr
    here = CliRunner().invoke(cli, ["--cache", str(cache), command, "user_id:5 or user_id:202"])
    assert "was not fetched" not in here.stderr
