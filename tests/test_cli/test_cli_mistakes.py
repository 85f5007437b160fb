"""Wrong input: one plain sentence on standard error, and the right exit code."""

import gzip
import json
import os
import stat
from pathlib import Path
from unittest.mock import patch

import pytest
from conftest import Run, World, dap_line, web_logs

from logsleuth.store.cache import Cache


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["count", "usr:101"], "user"),
        (["count", "user_id:"], "column 9"),
        (["count", "user_id:abc"], "column 9"),
        (["count", "event_type:deleted"], "logsleuth events"),
        (["count", "user:1", "status:2"], "one argument"),
        (["search", "--columns", "id,colour"], "'colour' is no column"),
        (["search", "--limit", "-1"], "--limit"),
        (["search", "--format", "xml"], "jsonl"),
        (["top"], "FIELD"),
        (["top", "usr"], "Did you mean 'user'?"),
        (["top", "event_type"], "no field"),
        (["timeline", "--by", "week"], "minute"),
        (["events", "--course", "Biology"], "knows no course 'Biology'"),
        (["events", "--since", "yesterday"], "'yesterday' is no time"),
        (["events", "--since", "2026-10-02", "--until", "2026-10-01"], "empty"),
        (["trace"], "--all"),
        (["import"], "PATH"),
        (["import", "nowhere.jsonl"], "nowhere.jsonl"),
        (["nonsense"], "nonsense"),
        (["serch", "user:1"], "Did you mean 'search'?"),
        (["case", "finding", "x", "--statement", "y", "--cites", "E1"], "low, medium, high"),
        (["--filter", "user:1", "count"], "--filter"),
        (["--timezone", "Mars/Olympus", "count"], "Mars/Olympus"),
    ],
)
def test_wrong_usage_is_exit_2_and_one_sentence(run: Run, args: list[str], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_type_of_change_that_nobody_knows_is_not_taken_for_silence(run: Run) -> None:
    result = run("events", "event_type:(concluded or Wiped)")
    assert result.exit_code == 0
    assert "'Wiped'; the types known are created, updated" in result.stderr
    assert "'concluded'" not in result.stderr


def test_a_wrong_filter_is_shown_with_a_caret_below_the_place(run: Run) -> None:
    lines = run("count", "status:200 and usr:1").stderr.splitlines()
    assert lines[1] == "status:200 and usr:1"
    assert lines[2] == " " * 15 + "^"


def test_hostile_text_in_an_argument_is_shown_harmlessly(run: Run) -> None:
    result = run("count", "user_id:\x1b[31m")
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("command", ["count", "search", "events", "status", "rejects"])
def test_a_cache_that_does_not_exist(run: Run, tmp_path: Path, command: str) -> None:
    result = run(command, cache=tmp_path / "none")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "logsleuth import PATH" in result.stderr
    assert not (tmp_path / "none").exists()


def test_a_folder_that_is_no_cache(run: Run, tmp_path: Path) -> None:
    assert run("count", cache=tmp_path).exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("known_too", [False, True])
def test_an_unknown_event(run: Run, known_too: bool) -> None:
    known = ["aaaaaaaa-0000-4000-8000-000000000001"] if known_too else []
    result = run("trace", *known, "not-an-event")
    assert (result.exit_code, result.stdout) == (1, "")
    coverage, mistake = result.stderr.splitlines()
    assert "No course changes were fetched from Canvas" in coverage
    assert "no course event not-an-event" in mistake


def test_a_truncated_gzip_is_refused_whole_and_the_others_go_in(run: Run, tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(web_logs()).encode())
    (tmp_path / "cut.json.gz").write_bytes(whole[:-20])
    (tmp_path / "good.jsonl").write_text(dap_line(77, "2026-10-01T00:00:00Z", url="/") + "\n")
    cache = tmp_path / "cache"
    result = run("import", *map(str, sorted(tmp_path.glob("*.*"))), cache=cache)
    assert result.exit_code == 1
    assert "cut.json.gz" in result.stderr
    assert result.stderr.count("\n") == 1
    assert run("count", cache=cache).stdout == "1\n"


def test_a_json_array_where_lines_were_due(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "array.jsonl"
    path.write_text(json.dumps([json.loads(line) for line in web_logs()]))
    result = run("import", str(path), cache=tmp_path / "cache")
    assert result.exit_code == 1
    assert "array.jsonl" in result.stderr
    assert "Traceback" not in result.output


def test_a_folder_without_files_to_import(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    result = run("import", str(folder), cache=tmp_path / "cache")
    assert result.exit_code == 2
    assert str(folder) in result.stderr
    assert result.stderr.count("\n") == 1


def test_rejected_rows_are_exit_3_and_can_be_looked_at(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl"
    bad = '{"meta":{"ts":"2026-10-05T00:00:00Z"},"key":{},"value":{"url":"\x7f"}}'
    path.write_text(f"{web_logs()[0]}\n{bad}\n{web_logs()[1]}\n")
    cache = tmp_path / "cache"
    result = run("import", str(path), cache=cache)
    assert result.exit_code == 3
    assert "Rows rejected: 1" in result.stderr
    assert run("count", cache=cache).stdout == "2\n"
    listed = [json.loads(line) for line in run("rejects", cache=cache).stdout.splitlines()]
    assert [(row["line"], row["raw"]) for row in listed] == [(2, bad)]
    assert listed[0]["offset"] == len(web_logs()[0]) + 1
    assert listed[0]["reason"]
    table = run("rejects", "--format", "table", cache=cache).stdout
    assert "␡" in table
    assert "\x7f" not in table


@pytest.mark.parametrize("bad", [b"not JSON", b"\x00\x01", b"[1,2]", b'{"key"', b"\xff{}"])
def test_a_bad_line_costs_no_other(run: Run, tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "part.jsonl"
    path.write_bytes(b"\n".join([*(line.encode() for line in web_logs()), bad] * 2))
    cache = tmp_path / "cache"
    result = run("import", str(path), "--format", "json", cache=cache)
    assert result.exit_code == 3
    report = json.loads(result.stdout)
    assert (report["read"], report["added"], report["rejected"]) == (20, 9, 2)
    assert run("count", cache=cache).stdout == "9\n"


def test_bytes_that_are_no_text_are_kept_exactly(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl"
    path.write_bytes(web_logs()[0].encode() + b"\n\xff\xfe not text\n")
    cache = tmp_path / "cache"
    assert run("import", str(path), cache=cache).exit_code == 3
    (row,) = [json.loads(line) for line in run("rejects", cache=cache).stdout.splitlines()]
    assert row["raw"] == "\ufffd\ufffd not text"
    assert row["raw_base64"] == "//4gbm90IHRleHQ="


def test_an_interruption_is_exit_130(run: Run, world: World, tmp_path: Path) -> None:
    with patch.object(Cache, "open", side_effect=KeyboardInterrupt):
        result = run("count")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.strip() == "Interrupted."
    with patch("logsleuth.store.writing.CacheWriter.adopt", side_effect=KeyboardInterrupt):
        result = run("import", str(world.files), cache=tmp_path / "cache")
    assert result.exit_code == 130
    assert "the same import" in result.stderr
    assert run("import", str(world.files), cache=tmp_path / "cache").exit_code == 0
    assert run("count", cache=tmp_path / "cache").stdout == "9\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cache = 5", "'cache' must be text"),
        ("timezone = 'Mars/Olympus'", "Mars/Olympus"),
        ("= broken", "no TOML"),
    ],
)
def test_a_wrong_configuration_file(run: Run, tmp_path: Path, text: str, said: str) -> None:
    folder = tmp_path / "logsleuth"
    folder.mkdir()
    (folder / "config.toml").write_text(text)
    result = run("count", XDG_CONFIG_HOME=str(tmp_path))
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_defect_is_one_sentence_and_a_private_log_without_values(
    run: Run, tmp_path: Path
) -> None:
    def broken(folder: Path) -> Cache:
        password = "hunter2"  # noqa: F841 (a local variable that no log may show)
        raise RuntimeError("broken")

    log = tmp_path / "own.log"
    before = os.umask(0)
    try:
        with patch.object(Cache, "open", broken):
            result = run("--log-file", str(log), "count")
    finally:
        os.umask(before)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "RuntimeError" in result.stderr
    assert str(log) in result.stderr
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    text = log.read_text()
    assert "broken" in text
    assert "hunter2" not in text.replace('password = "hunter2"', "")


def test_no_secret_that_an_error_quotes_is_in_the_log(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "own.log"
    log.touch(mode=0o644)
    quoted = "bad url /x?access_token=hunter2 \x1b[31m \ud800 Authorization: Bearer hunter2"
    with patch.object(Cache, "open", side_effect=RuntimeError(quoted)):
        assert run("--log-file", str(log), "count", "url:hunter2").exit_code == 1
    text = log.read_text()
    assert "bad url" in text
    assert "hunter2" not in text
    assert "\x1b" not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_file_that_is_a_link_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.log").symlink_to(tmp_path / "diary")
    result = run("--log-file", str(tmp_path / "own.log"), "count")
    assert result.exit_code == 2
    assert "symbolic link" in result.stderr
    assert not (tmp_path / "diary").exists()


def test_a_defect_without_a_log_asked_for_goes_to_the_state_folder(run: Run, world: World) -> None:
    with patch.object(Cache, "open", side_effect=RuntimeError("broken")):
        result = run("count")
    log = Path(world.environment["XDG_STATE_HOME"]) / "logsleuth" / "defects.log"
    assert str(log) in result.stderr
    assert "broken" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
