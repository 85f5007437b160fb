"""Rejected lines: listed with their place, and tried again after a mended reader."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result
from dap import NOON, csv, every_row, jsonl, row, tsv, write

from logsleuth.cli.main import cli
from logsleuth.model import clock, times

ODD = "2026-10-01T12:00:00+00:00"
"""A time that the reader of a test does not know yet."""


def run(cache: Path, *args: object) -> Result:
    try:
        return CliRunner().invoke(cli, ["--cache", str(cache), *map(str, args)])
    finally:
        clock.pin(None)


def listed(cache: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(cache, "rejects").stdout.splitlines()]


def young_reader() -> Any:
    """A program that has not learnt yet how a time is written with an offset."""

    def parse(text: str, *zone: Any) -> int:
        if "+" in text:
            raise ValueError(f"not a time: {text!r}")
        return known(text, *zone)

    known = times.parse
    return patch("logsleuth.model.times.parse", parse)


def rows_with(**value: Any) -> list[dict[str, Any]]:
    """A good row, two that the young reader does not know, and one that nobody can read."""
    made = [row("good"), row("odd", **value), row("late", at=NOON + 40 * times.DAY), row("bad")]
    made[1]["value"]["timestamp"] = made[2]["value"]["timestamp"] = ODD
    made[2]["value"]["timestamp"] = ODD.replace("10-01", "11-01")
    made[3]["value"]["timestamp"] = "yesterday"
    return made


MAKERS: dict[str, Callable[..., bytes]] = {"jsonl": jsonl, "csv": csv, "tsv": tsv}


@pytest.mark.parametrize("form", MAKERS)
def test_what_can_be_read_now_goes_in_and_leaves_the_list(tmp_path: Path, form: str) -> None:
    cache = tmp_path / "cache"
    path = write(tmp_path / f"part.{form}", MAKERS[form](rows_with(user_id=7)))
    with young_reader():
        assert run(cache, "import", path).exit_code == 3
    before = listed(cache)
    assert len(before) == 3
    result = run(cache, "rejects", "--reimport", "--format", "jsonl")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == {
        "tried": 3, "added": 2, "updated": 0, "unchanged": 0, "deleted_upstream": 0,
        "rejected": 1, "in_part": 0,
    }  # fmt: skip
    (left,) = listed(cache)
    assert {**left, "seen_at": ""} == {**before[2], "seen_at": ""}
    straight = tmp_path / "straight"
    assert run(straight, "import", path).exit_code == 3
    found = run(cache, "search").stdout
    assert len(found.splitlines()) == 3
    assert found == run(straight, "search").stdout
    text = run(cache, "rejects", "--reimport").stdout
    assert text.startswith("Lines tried again: 1 (0 added")
    assert text.endswith("Lines that stay in the list: 1.\n")


def test_after_the_last_one_the_file_counts_as_whole(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = write(tmp_path / "part.jsonl", jsonl(rows_with()[:3]))
    with young_reader():
        run(cache, "import", path)
    assert run(cache, "rejects", "--reimport").exit_code == 0
    assert listed(cache) == []
    again = json.loads(run(cache, "import", path, "--format", "json").stdout)
    assert (again["read"], again["unchanged"], again["rejected"]) == (3, 3, 0)


def test_a_masked_line_goes_in_with_its_mask_and_the_hash_of_what_it_was(tmp_path: Path) -> None:
    cache, straight = tmp_path / "cache", tmp_path / "straight"
    content = jsonl(rows_with(url="/x?access_token=hunter2&page=3")[:2])
    path = write(tmp_path / "part.jsonl", content)
    line = content.splitlines()[1]
    with young_reader():
        run(cache, "import", path)
    (reject,) = listed(cache)
    assert reject["masked"]
    assert reject["sha256"] == hashlib.sha256(line).hexdigest()
    assert "hunter2" not in reject["raw"]
    assert run(cache, "rejects", "--reimport").exit_code == 0
    run(straight, "import", path)
    (found,) = (one for one in every_row(cache) if one.id == "odd")
    assert found.masked
    assert found.line_sha256 == hashlib.sha256(line).hexdigest()
    assert found.url is not None
    assert found.url.startswith("/x?access_token=⟨masked ")
    assert found.url.endswith("⟩&page=3")


def test_a_deletion_is_tried_again_too(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    gone = {"meta": {"ts": "2026-11-01T00:00:00+00:00", "action": "D"}, "key": {"id": "a"}}
    path = write(tmp_path / "part.jsonl", jsonl([row("a"), gone]))
    with young_reader():
        assert run(cache, "import", path).exit_code == 3
    done = json.loads(run(cache, "rejects", "--reimport", "--format", "jsonl").stdout)
    assert (done["tried"], done["deleted_upstream"]) == (1, 1)
    assert run(cache, "count", "deleted:true").stdout == "1\n"


def test_events_and_names_are_tried_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    event = {"id": "e", "created_at": ODD, "event_type": "updated", "links": {"course": 5}}
    audit = write(tmp_path / "a.json", json.dumps({"events": [event, {"id": "f"}]}).encode())
    user = {"meta": {"ts": ODD}, "key": {"id": 7}, "value": {"name": "Ann"}}
    users = write(tmp_path / "users.jsonl", jsonl([user]))
    with young_reader():
        assert run(cache, "import", audit).exit_code == 3
        assert run(cache, "import", users, "--kind", "users").exit_code == 3
    assert len(listed(cache)) == 3
    done = json.loads(run(cache, "rejects", "--reimport", "--format", "jsonl").stdout)
    assert (done["tried"], done["added"], done["rejected"]) == (3, 2, 1)
    assert run(cache, "events", "course_id:5").stdout.count('"id":"e"') == 1
    (left,) = listed(cache)
    assert left["reason"] == "the event has no created_at"


def test_a_line_kept_in_part_is_not_tried_and_said(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    long = row("long", user_agent="x" * (10 << 20))
    path = write(tmp_path / "part.jsonl", jsonl([row("a"), long]))
    run(cache, "import", path)
    assert [one["sha256"] for one in listed(cache)] == [None]
    result = run(cache, "rejects", "--reimport")
    assert result.exit_code == 3
    assert "kept only in part" in result.stderr
    assert len(listed(cache)) == 1


def test_a_file_read_again_has_the_rejects_of_that_reading_only(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = write(tmp_path / "part.jsonl", jsonl(rows_with()))
    with young_reader():
        run(cache, "import", path)
    assert len(listed(cache)) == 3
    run(cache, "import", path)
    assert len(listed(cache)) == 1


def test_without_a_cache_there_is_nothing_to_try_and_none_is_made(tmp_path: Path) -> None:
    result = run(tmp_path / "none", "rejects", "--reimport")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()
