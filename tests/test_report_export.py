"""A report is there whole or not at all, holds what the case holds, and is the same each time."""

import csv
import io
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from casework import CONCLUDED, Bench, demo
from reportwork import FULL, NAME, export, files, investigate, rows

from logsleuth.demo.build import build
from logsleuth.store.activity import Activity


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    cache = demo(tmp_path_factory.mktemp("demo") / "cache")
    bench = Bench.at(tmp_path_factory.mktemp("bench"), cache)
    investigate(bench)
    return bench


@pytest.fixture(scope="module")
def full(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(bench, tmp_path_factory.mktemp("full") / "report", "--zip", *FULL)


def test_the_folder_holds_what_the_design_lists(full: Path) -> None:
    assert list(files(full)) == [
        "MANIFEST.sha256",
        "activity.jsonl",
        "evidence/course_events.jsonl",
        "evidence/requests.csv",
        "evidence/requests.jsonl",
        "evidence/timesketch.jsonl",
        "manifest.json",
        "provenance/coverage.json",
        "provenance/queries.json",
        "provenance/sources.json",
        "report.html",
        "report.json",
        "report.md",
    ]


def test_only_the_owner_reads_a_report(full: Path) -> None:
    for path in (full, *full.rglob("*"), full.with_name("report.zip")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_report_in_full_holds_the_rows_as_search_prints_them(bench: Bench, full: Path) -> None:
    found = bench.run("search", "actor:101", "--limit", "0", "--format", "jsonl").stdout
    there = {row["id"]: row for row in rows(full, "evidence/requests.jsonl")}
    searched = [json.loads(line) for line in found.splitlines()]
    assert len(searched) > 20
    for row in searched:
        assert {name: there[row["id"]][name] for name in row} == row


def test_the_change_stands_with_its_cause_and_without_a_score(full: Path) -> None:
    (event,) = rows(full, "evidence/course_events.jsonl")
    assert (event["id"], event["verdict"]) == (CONCLUDED, "strong")
    assert (event["user_id"], event["signed_in_user_id"]) == (202, 101)
    for name, data in files(full).items():
        assert b'"score"' not in data, name
    for name in ("report.md", "report.html"):
        text = (full / name).read_text()
        assert "101 Nadia Fakenham, acting as 202" in text
        assert "An account, not a person" in text
        assert text.count("An account, not a person") == 1
        assert "best effort and not for auditing individuals" in text


def test_times_are_in_both_zones_and_in_utc_in_json(full: Path) -> None:
    text = (full / "report.md").read_text()
    assert "2026-10-12 16:35:40 -06:00 (22:35:40 UTC)" in text
    assert json.loads((full / "report.json").read_text())["changes"][0]["at"].endswith("22:35:40Z")


def test_timesketch_finds_the_fields_that_it_wants(full: Path) -> None:
    found = rows(full, "evidence/timesketch.jsonl")
    assert len(found) == 1 + len(rows(full, "evidence/requests.jsonl"))
    for row in found:
        assert row["message"]
        assert row["timestamp_desc"]
        assert row["datetime"].endswith("+00:00")
    times = [row["datetime"] for row in found]
    assert times == sorted(times)


def test_no_cell_is_a_formula_and_the_changed_ones_are_counted(full: Path) -> None:
    text = (full / "evidence/requests.csv").read_text()
    table = list(csv.reader(io.StringIO(text, newline="")))
    exact = rows(full, "evidence/requests.jsonl")
    assert len(table) == 1 + len(exact)
    changed = 0
    for cells, row in zip(table[1:], exact, strict=True):
        for name, cell in zip(table[0], cells, strict=True):
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert cell.isprintable()
            if isinstance(row[name], str):
                changed += cell != row[name]
    manifest = json.loads((full / "manifest.json").read_text())
    assert changed == manifest["spreadsheet_cells_changed"] > 0


def test_the_archive_holds_the_folder(full: Path) -> None:
    with zipfile.ZipFile(full.with_name("report.zip")) as archive:
        packed = {name.removeprefix("report/"): archive.read(name) for name in archive.namelist()}
    assert packed == files(full)


def test_sha256sum_agrees(full: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "MANIFEST.sha256"], cwd=full, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": OK") == len(files(full)) - 1


def test_the_same_revision_gives_the_same_bytes_anywhere(bench: Bench, tmp_path: Path) -> None:
    made = []
    for at, (zone, locale, seed) in enumerate(
        [("America/Denver", "C.UTF-8", "1"), ("Pacific/Apia", "C", "77"), ("UTC", "POSIX", "0")]
    ):
        cwd = tmp_path / f"{at}"
        cwd.mkdir()
        subprocess.run(
            [
                *(sys.executable, "-m", "logsleuth", "report", NAME, "--output", "here"),
                *("--confirm-scan", "--zip"),
            ],
            cwd=cwd,
            check=True,
            capture_output=True,
            env={
                **os.environ,
                **bench.environment,
                "PYTHONPATH": str(Path(__file__).parent.parent),
                "TZ": zone,
                "LC_ALL": locale,
                "PYTHONHASHSEED": seed,
            },
        )
        made.append((files(cwd / "here"), (cwd / "here.zip").read_bytes()))
    assert made[0] == made[1] == made[2]


def test_an_earlier_revision_gives_its_bytes_again(bench: Bench, tmp_path: Path) -> None:
    """What is asked and written later changes no report of a revision."""
    bench.run("case", "new", "earlier", "--title", "Who?")
    bench.run("case", "add", "earlier", "--event", CONCLUDED)
    bench.run("case", "note", "earlier", "First.", "--on", "E1")
    revision = bench.json("case", "show", "earlier")["revision"]
    then = files(export(bench, tmp_path / "then", name="earlier"))
    bench.run("case", "note", "earlier", "Second.", "--replace", "N1")
    bench.run("case", "add", "earlier", "--filter", "actor:405")
    bench.run("--case", "earlier", "search", "actor:101", "--limit", "1")
    now = export(bench, tmp_path / "now", name="earlier")
    again = export(bench, tmp_path / "again", "--revision", str(revision), name="earlier")
    assert files(again) == then != files(now)
    target = ("--output", str(tmp_path / "none"), "--revision", "99")
    assert "no revision 99" in bench.run("report", "earlier", *target, code=1).output


def test_an_export_is_in_the_log_of_the_cache(bench: Bench, tmp_path: Path) -> None:
    folder = export(bench, tmp_path / "report")
    last = Activity(bench.cache).entries()[-1]
    sums = sha256((folder / "MANIFEST.sha256").read_bytes()).hexdigest()
    said = {"case": NAME, "mode": "redacted", "manifest_sha256": sums}
    assert (last.what, last.data) == ("export", said)


def test_an_export_is_recorded_and_makes_no_revision(bench: Bench, tmp_path: Path) -> None:
    before = bench.json("case", "show", NAME)["revision"]
    export(bench, tmp_path / "report", *FULL)
    after = bench.json("case", "show", NAME)
    assert after["revision"] == before
    disclosed = after["disclosures"][-1]
    assert disclosed["data"]["recipient"] == "General Counsel"
    assert disclosed["data"]["purpose"] == "hearing of 3 December"
    assert disclosed["data"]["mode"] == "full"


def test_a_case_is_exported_the_same_when_its_cache_is_gone(
    bench: Bench, full: Path, tmp_path: Path
) -> None:
    moved = bench.cache.rename(bench.cache.with_name("gone"))
    try:
        folder = export(bench, tmp_path / "report", *FULL)
    finally:
        moved.rename(bench.cache)
    assert files(folder) == files(full)


def test_a_case_that_was_changed_by_hand_is_not_exported(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "mine.case"
    path.write_bytes((bench.cases / f"{NAME}.case").read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE entries SET data = replace(data, 'at home', 'abroad')")
    target = ("--output", str(tmp_path / "report"), "--confirm-scan")
    said = bench.run("report", str(path), *target, code=1).output
    assert "the case itself does not hold" in said
    assert not (tmp_path / "report").exists()


def test_what_is_there_is_never_replaced(bench: Bench, tmp_path: Path) -> None:
    there = tmp_path / "report"
    there.mkdir()
    said = bench.run("report", NAME, "--output", str(there), "--confirm-scan", code=1).output
    assert f"{there} is there already" in said
    (tmp_path / "other.zip").write_text("mine")
    other = str(tmp_path / "other")
    bench.run("report", NAME, "--output", other, "--confirm-scan", "--zip", code=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.zip", "report"]
    assert (tmp_path / "other.zip").read_text() == "mine"
    assert not list(there.iterdir())


def test_an_interrupted_export_leaves_nothing(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("logsleuth.report.render.html", interrupt)
    before = len(bench.json("case", "show", NAME)["disclosures"])
    target = tmp_path / "report"
    said = bench.run("report", NAME, "--output", str(target), "--confirm-scan", code=130).output
    assert "nothing was written" in said
    assert not list(tmp_path.iterdir())
    assert len(bench.json("case", "show", NAME)["disclosures"]) == before


def test_misuse_is_said_in_a_sentence(bench: Bench, tmp_path: Path) -> None:
    target = ("--output", str(tmp_path / "report"))
    for options, words in (
        (("--full", *target), "--purpose"),
        (("--full", "--purpose", " ", "--recipient", "x", *target), "--purpose"),
        (("--full", "--redact", *target), "Choose one"),
        (("--purpose", "x", *target), "go with --full"),
        ((), "--output"),
    ):
        assert words in bench.run("report", NAME, *options, code=2).output
    assert "knows no account" in bench.run("report", NAME, "--name", "x", *target, code=1).output
    assert "no case" in bench.run("report", "nothing", *target, code=1).output
    blocked = tmp_path / "file"
    blocked.touch()
    below = ("--output", str(blocked / "report"), "--confirm-scan")
    assert str(blocked) in bench.run("report", NAME, *below, code=1).output
    assert list(tmp_path.iterdir()) == [blocked]


def test_check_says_what_a_report_would_lack(bench: Bench) -> None:
    bench.run("case", "new", "bare", "--title", "Nothing yet")
    lacks = json.loads(bench.run("report", "bare", "--check", "--format", "json", code=1).stdout)
    text = " ".join(lacks["lacks"])
    for words in ("no finding", "no evidence", "authority", "is open", "zone", "questions"):
        assert words in text
    said = bench.run("report", NAME, "--check", code=1).stdout
    assert "authority" not in said
    assert "is cited by no finding" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ending_an_export_leaves_nothing_behind(
    bench: Bench, tmp_path: Path, number: signal.Signals
) -> None:
    """A real process, ended as soon as it has begun to write."""
    child = bench.start("report", NAME, "--output", str(tmp_path / "report"), "--confirm-scan")
    while child.poll() is None and not list(tmp_path.iterdir()):
        pass
    child.send_signal(number)
    _, said = child.communicate()
    if child.returncode == 0:
        assert list(files(tmp_path / "report"))  # It was done before the signal came.
    else:
        assert (child.returncode, list(tmp_path.iterdir())) == (130, [])
        assert "Traceback" not in said


@pytest.mark.slow
def test_fifty_thousand_rows_take_little_memory(tmp_path: Path) -> None:
    """As many rows as one addition copies; 500 MB is the limit, in export and in verify."""
    cache = tmp_path / "cache"
    build(cache, rows=60_000)
    bench = Bench(cache, tmp_path)
    bench.run("case", "new", "big", "--title", "Everything")
    bench.run("case", "add", "big", "--filter", "http_status >= 100")
    folder = tmp_path / "report"
    for command in (
        ("report", "big", "--output", str(folder), "--confirm-scan"),
        ("verify", str(folder)),
    ):
        code = (
            "import sys; from logsleuth.cli.main import cli; from peak import peak_bytes\n"
            "try: cli.main(sys.argv[1:])\n"
            "except SystemExit as end: code = end.code\n"
            "print(code, peak_bytes())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *command],
            env={**os.environ, **bench.environment, "PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            text=True,
            check=True,
        )
        exit_code, peak = done.stdout.splitlines()[-1].split()
        assert (exit_code, int(peak) < 500_000_000) == ("0", True), done.stdout + done.stderr
    assert len(rows(folder, "evidence/requests.jsonl")) == 50_000
