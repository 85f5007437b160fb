"""The synthetic story from files to answer, the same from every format of DAP."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

DATA = Path(__file__).parents[1] / "data"
CONCLUDED = "ad65513c-0dd0-db1f-4189-a3bd7d2f7667"


@pytest.fixture(scope="module", params=["jsonl", "tsv", "csv"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The arguments that import the story, its web log in one of the formats."""
    return [
        str(DATA / f"web_logs_incremental.synthetic.{request.param}"),
        *map(str, sorted(DATA.glob("course_audit_page*.json"))),
        "--complete",
        "2024-03-05..2024-03-06",
    ]


def lines(run: Run, cache: Path, *args: str) -> list[dict[str, Any]]:
    result = run(*args, cache=cache)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_administrator_behind_the_teacher(run: Run, tmp_path: Path, story: list[str]) -> None:
    cache = tmp_path / "cache"
    assert run("import", *story, cache=cache).exit_code == 0
    assert run("count", cache=cache).stdout == "46\n"
    assert len(lines(run, cache, "events")) == 20

    (change,) = lines(run, cache, "events", "event_type:concluded and course:5001")
    assert (change["user_id"], change["signed_in_user_id"]) == (202, 101)
    assert change["verdict"] == "strong"

    (trace,) = lines(run, cache, "trace", CONCLUDED)
    cause = trace["causes"][0]
    assert (cause["http_method"], cause["url"]) == ("POST", "/courses/5001")
    assert cause["remote_ip"] == "198.51.100.77"

    session = lines(run, cache, "search", f"session:{cause['session_id']}", "--oldest-first")
    signed_in = [(row["user_id"], row["real_user_id"]) for row in session]
    assert signed_in == [(101, None)] * 2 + [(202, 101)] * 4 + [(101, None)]


def test_a_second_import_adds_and_updates_nothing(
    run: Run, tmp_path: Path, story: list[str]
) -> None:
    cache = tmp_path / "cache"
    run("import", *story, cache=cache)
    again = run("import", *story, "--format", "json", cache=cache)
    found = json.loads(again.stdout)
    assert (found["added"], found["updated"], found["rejected"]) == (0, 0, 0)
    assert found["read"] == found["unchanged"] == 48 + 20
