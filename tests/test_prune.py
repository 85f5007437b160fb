"""Dropping days: what goes, what is said of it, and what stays."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from casework import CONCLUDED, Bench, demo

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.store.activity import Activity
from logsleuth.store.cache import Cache
from logsleuth.store.writing import CacheWriter

DAY = times.parse("2026-10-12T00:00:00Z")


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo(tmp_path_factory.mktemp("campus"))


@pytest.fixture
def bench(campus: Path, tmp_path: Path) -> Bench:
    return Bench.at(tmp_path, campus)


def states(bench: Bench, since: int, until: int) -> set[tuple[str, str | None]]:
    cache = Cache.open(bench.cache)
    try:
        return {(hour.state, hour.reason) for hour in cache.catalogue.hours(Span(since, until))}
    finally:
        cache.close()


def test_whole_days_go_and_are_called_pruned(bench: Bench) -> None:
    kept = bench.run("count", 'timestamp >= "2026-10-12"').stdout
    events = bench.run("events", "--limit", "0", "--format", "jsonl").stdout.count("\n")
    gone = int(bench.run("count", 'timestamp < "2026-10-12"').stdout)
    told = bench.json("prune", "--before", "2026-10-12T18:00:00Z", "--yes")
    assert told["rows"] == gone
    assert (told["days"][0], told["days"][-1]) == ("2026-10-01", "2026-10-11")
    assert bench.run("count").stdout == kept
    assert bench.run("events", "--limit", "0", "--format", "jsonl").stdout.count("\n") == events
    assert states(bench, DAY - 11 * times.DAY, DAY) == {("none", "pruned")}
    assert states(bench, DAY, DAY + times.HOUR) == {("covered", None)}
    days = {path.name[:10] for path in (bench.cache / "days").iterdir()}
    assert min(days) == "2026-10-12"
    (entry,) = [one for one in Activity(bench.cache).entries() if one.what == "prune"]
    assert entry.data["rows"] == gone
    (dropped,) = bench.json("status")["pruned"]
    assert (dropped["since"], dropped["until"]) == (
        "2026-10-01T00:00:00.000Z",
        "2026-10-12T00:00:00.000Z",
    )
    assert "uid" in dropped["by"]
    assert "Pruned    2026-10-01T00:00:00Z until 2026-10-12" in bench.run("status").stdout
    assert "not fetched" in bench.run("count", 'timestamp:"2026-10-05"').stderr
    assert "No whole day" in bench.run("prune", "--before", "2026-10-12", "--yes").stdout


def test_it_asks_first(bench: Bench) -> None:
    before = bench.run("count").stdout
    refused = bench.run("prune", "--before", "2026-10-12", code=2)
    assert "11 days" in refused.stdout
    assert "--yes" in refused.stderr
    assert bench.run("count").stdout == before
    bench.run("prune", "--before", "tomorrowish", "--yes", code=2)


def test_open_cases_of_that_time_are_named(bench: Bench) -> None:
    bench.run("case", "new", "asked", "--title", "x", "--since", "2026-10-02", "--until",
              "2026-10-02")  # fmt: skip
    bench.run("case", "new", "evidence", "--title", "x")
    bench.run("case", "add", "evidence", "--event", CONCLUDED)
    bench.run("case", "new", "later", "--title", "x", "--since", "2026-10-20")
    bench.run("case", "new", "closed", "--title", "x", "--since", "2026-10-02")
    bench.run("case", "close", "closed", "--as", "no_incident", "--reason", "none")
    assert bench.json("prune", "--before", "2026-10-12", "--yes")["cases"] == ["asked"]
    assert bench.json("prune", "--before", "2026-10-13", "--yes")["cases"] == ["evidence"]


def test_what_is_imported_again_counts_again_and_can_go_again(bench: Bench, campus: Path) -> None:
    raw = sorted((campus / "raw").glob("web_logs_before_gap"))
    span = "2026-10-01T00:00:00Z..2026-10-02T00:00:00Z"
    first = times.parse("2026-10-01T00:00:00Z")
    day = (first, first + times.DAY)
    for _ in range(2):
        bench.run("prune", "--before", "2026-10-02", "--yes")
        assert states(bench, *day) == {("none", "pruned")}
        with CacheWriter(bench.cache) as writer:
            writer.ledger.execute("UPDATE sources SET finished = 0")
        bench.run("import", *map(str, raw), "--complete", span)
        assert states(bench, *day) == {("covered", None)}


PRUNE = """
import sys
from pathlib import Path
from logsleuth.store import pruning
from logsleuth.store.writing import CacheWriter
with CacheWriter(Path(sys.argv[1])) as writer:
    names = list(writer.day_paths())[:-2]
    print("ready", flush=True)
    pruning.prune(writer, names)
"""


def test_killed_half_way_it_is_done_or_not(campus: Path, tmp_path: Path) -> None:
    chance = random.Random(3)
    for number in range(4):
        (tmp_path / str(number)).mkdir()
        bench = Bench.at(tmp_path / str(number), campus)
        whole = bench.run("count").stdout
        process = subprocess.Popen(
            [sys.executable, "-c", PRUNE, str(bench.cache)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(timeout=chance.uniform(0, 0.02))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        with CacheWriter(bench.cache) as writer:  # which mends what was left half done
            named = {path.name for path in writer.day_paths().values()}
        assert set(os.listdir(bench.cache / "days")) == named
        pruned = ("none", "pruned") in states(bench, DAY, DAY + times.DAY)
        assert (bench.run("count").stdout == whole) is not pruned


def test_an_account_that_a_pruned_day_spoke_against_stays_no_test_student(bench: Bench) -> None:
    with CacheWriter(bench.cache) as writer:
        writer.ledger.execute("INSERT OR REPLACE INTO student_views VALUES (4242, 'r', 1)")
    bench.run("prune", "--before", "2026-10-12", "--yes")
    with CacheWriter(bench.cache) as writer:
        writer.settle_student_views()
    cache = Cache.open(bench.cache)
    assert 4242 not in cache.catalogue.student_view_users()
    cache.close()
