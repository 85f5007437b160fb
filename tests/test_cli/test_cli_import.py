"""``logsleuth import``: what it says it did, and where settings come from."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Run, World, dap_line, web_logs

from logsleuth.cli.main import cli


def imported(run: Run, cache: Path, *args: str) -> dict[str, object]:
    result = run("import", *args, "--format", "json", cache=cache)
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_the_report_adds_up_and_a_second_import_changes_nothing(
    run: Run, world: World, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    first = imported(run, cache, str(world.files))
    assert {name: first[name] for name in ("read", "added", "updated", "unchanged")} == {
        "read": 12,
        "added": 12,
        "updated": 0,
        "unchanged": 0,
    }
    assert (first["deleted_upstream"], first["rejected"]) == (0, 0)
    assert list(first) == [
        "read",
        "added",
        "updated",
        "unchanged",
        "deleted_upstream",
        "rejected",
        "files",
    ]
    second = imported(run, cache, str(world.files))
    assert (second["added"], second["updated"]) == (0, 0)
    assert run("count", cache=cache).stdout == "9\n"


def test_text_names_every_file_and_the_total(run: Run, world: World, tmp_path: Path) -> None:
    text = run("import", str(world.files), cache=tmp_path / "cache").stdout
    assert "part-00000.json.gz (web_logs, jsonl): 9 read, 9 added" in text
    assert "audit.json (course_audit, json): 3 read, 3 added" in text
    assert "Total: 12 read, 12 added" in text


def test_a_statement_of_completeness_covers_its_span(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl"
    path.write_text("\n".join(web_logs()))
    cache = tmp_path / "cache"
    # A date is its whole day, at both ends, in the zone of the command.
    result = run(
        "--timezone", "Etc/GMT-1", "import", str(path), "--complete", "2026-10-01..2026-10-02",
        cache=cache,
    )  # fmt: skip
    assert "2026-10-01T00:00:00+01:00 until 2026-10-03T00:00:00+01:00" in result.stdout
    hours = [json.loads(line) for line in run("timeline", cache=cache).stdout.splitlines()]
    covered = {row["start"] for row in hours if row["coverage"] == "covered"}
    assert max(covered) == "2026-10-02T22:00:00.000Z"
    assert hours[-1]["coverage"] == "partial"
    days = [
        json.loads(line) for line in run("timeline", "--by", "day", cache=cache).stdout.splitlines()
    ]
    # The last hour of the second UTC day was not stated, so that day is not covered.
    assert [row["coverage"] for row in days] == ["covered", "partial", "partial"]


def test_files_without_requests_make_no_span_complete(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    event = {"id": "e", "created_at": "2026-10-01T12:00:00Z", "event_type": "updated"}
    path.write_text(
        json.dumps({"events": [{**event, "event_source": "api", "links": {"user": 1}}]})
    )
    cache = tmp_path / "cache"
    result = run("import", str(path), "--complete", "2026-10-01..2026-10-02", cache=cache)
    assert result.exit_code == 0
    assert "Stated to be complete" not in result.stdout
    assert "not noted as complete" in result.stderr
    (traced,) = map(json.loads, run("trace", "--all", cache=cache).stdout.splitlines())
    assert (traced["reason"], traced["coverage"]) == ("outside_span", "none")


@pytest.mark.parametrize("span", ["2026-10-01", "..", "2026-10-02..2026-10-01", "a..b"])
def test_a_span_that_is_none(run: Run, tmp_path: Path, span: str) -> None:
    path = tmp_path / "part.jsonl"
    path.write_text(dap_line(1, "2026-10-01T00:00:00Z"))
    result = run("import", str(path), "--complete", span, cache=tmp_path / "cache")
    assert result.exit_code == 2
    assert not (tmp_path / "cache").exists()


def test_the_cache_folder_comes_from_option_environment_or_configuration(
    run: Run, world: World, tmp_path: Path
) -> None:
    def count(*args: str, **variables: str) -> tuple[int, str]:
        environment = {**world.environment, "XDG_CONFIG_HOME": str(tmp_path), **variables}
        result = CliRunner(env=environment).invoke(cli, [*args, "count"])
        return result.exit_code, result.stdout

    assert count() == (2, "")
    assert count(LOGSLEUTH_CACHE=str(world.cache)) == (0, "9\n")
    (tmp_path / "logsleuth").mkdir()
    (tmp_path / "logsleuth" / "config.toml").write_text(f'cache = "{world.cache}"\n')
    assert count() == (0, "9\n")
    assert count(LOGSLEUTH_CACHE=str(tmp_path / "none")) == (2, "")
    assert count("--cache", str(world.cache), LOGSLEUTH_CACHE=str(tmp_path / "none")) == (0, "9\n")
