"""What an import says, and what a cache then holds, recounted from the raw files."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from oracle.asking import run
from oracle.duck import Oracle
from oracle.odd_rows import write_odd_rows

from logsleuth.demo.build import make_up
from logsleuth.demo.write import COURSE_AUDIT, write_raw


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_campus(tmp_path_factory.mktemp("campus") / "raw", rows=20_000, seed=3)


def write_campus(folder: Path, *, rows: int, seed: int) -> Path:
    """The raw files of a campus, rows of other forms among them, nothing imported yet."""
    campus, log, _ = make_up(seed=seed, rows=rows)
    write_raw(campus, log, folder)
    (folder / "truth.json").unlink()
    write_odd_rows(folder / "odd", seed)
    return folder


def raw_events(raw: Path) -> dict[str, dict[str, Any]]:
    """Every course event of the raw documents by its id."""
    found = {}
    for path in (raw / COURSE_AUDIT).glob("*.json"):
        for event in json.loads(path.read_text())["events"]:
            found[event["id"]] = event
    return found


def recount(raw: Path) -> Oracle:
    files = [*raw.glob("web_logs_*/*/*"), *(raw / "odd").glob("*/*")]
    return Oracle(files, test_students=(), mask_key=b"")


def imported_twice(raw: Path, home: Path) -> None:
    """Import into a new cache, and again: the second time changes nothing."""
    oracle, events = recount(raw), raw_events(raw)
    ids = oracle.number("SELECT count(*) FROM req")
    records = oracle.number("SELECT count(*) FROM delivered")
    reports = []
    for _ in range(2):
        answer = run(home, ["--cache", str(home / "cache"), "import", str(raw), "--format", "json"])
        reports.append(json.loads(answer))
        assert run(home, ["--cache", str(home / "cache"), "count"]).strip() == str(ids)
    first, second = reports
    web_logs = [file for file in first["files"] if file["kind"] == "web_logs"]
    assert sum(file["read"] for file in web_logs) == records
    assert sum(file["added"] for file in web_logs) == ids
    audit = [file for file in first["files"] if file["kind"] == "course_audit"]
    assert sum(file["added"] for file in audit) == len(events)
    assert first["rejected"] == second["rejected"] == 0
    assert (second["added"], second["updated"], second["deleted_upstream"]) == (0, 0, 0)
    assert second["read"] == second["unchanged"] == first["read"]


def test_a_second_import_changes_nothing(raw: Path, tmp_path: Path) -> None:
    imported_twice(raw, tmp_path)


@pytest.mark.slow
def test_a_second_import_of_many_rows_changes_nothing(tmp_path: Path) -> None:
    raw = write_campus(tmp_path / "raw", rows=200_000, seed=1)
    assert len(raw_events(raw)) > 850
    imported_twice(raw, tmp_path)


def test_course_events_are_those_of_the_documents(raw: Path, tmp_path: Path) -> None:
    given = ["--cache", str(tmp_path / "cache")]
    run(tmp_path, [*given, "import", str(raw / COURSE_AUDIT)])
    listing = run(tmp_path, [*given, "events", "--limit", "0", "--format", "jsonl"])
    found = {row["id"]: row for row in map(json.loads, filter(None, listing.split("\n")))}
    expected = raw_events(raw)
    assert found.keys() == expected.keys()

    def kinds(events: Any) -> Counter[tuple[str, str]]:
        return Counter((event["event_type"], event["event_source"]) for event in events)

    assert kinds(found.values()) == kinds(expected.values())
    for row_id, event in expected.items():
        row = found[row_id]
        assert row["event_data"] == event["event_data"]
        links = event["links"]
        assert (row["course_id"], row["user_id"], row["sis_batch_id"]) == (
            links["course"],
            links["user"],
            links["sis_batch"],
        )
