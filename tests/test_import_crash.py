"""Imports that were stopped half way, or may not let a file grow, and are then done again."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from dap import EVERYTHING, NOON, WRITTEN, bytes_of, deletion, jsonl, outcome, row, write
from oracle.recount import check_cache

from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.store.base import StoreError, last
from logsleuth.store.cache import Cache
from logsleuth.store.writing import CacheWriter

RUN = [sys.executable, "-c"]
IMPORT = """
import sys
from pathlib import Path
from logsleuth.ingest.run import import_paths
from logsleuth.store.base import StoreError
print("ready", flush=True)
try:
    import_paths(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
except StoreError as error:
    print(error)
    sys.exit(1)
"""


def files(folder: Path, count: int) -> list[Path]:
    """Two imports' worth: a first load, then newer versions, moved rows and deletions."""
    rows = [
        row(f"r{n}", at=NOON + n * 37 * times.MINUTE, http_status=n % 600, url=f"/{n}")
        for n in range(count)
    ]
    newer = [
        row(f"r{n}", at=NOON + n * 37 * times.MINUTE + n % 3 * times.DAY, meta=WRITTEN + 1)
        for n in range(0, count, 9)
    ]
    gone = [deletion(f"r{n}", WRITTEN + 2) for n in range(0, count, 31)]
    return [
        write(folder / "1.jsonl", jsonl(rows)),
        write(folder / "2.jsonl.gz", jsonl(newer + gone + [row("new", at=NOON + times.DAY)])),
    ]


def test_an_undisturbed_import_leaves_all_in_order(tmp_path: Path) -> None:
    for path in files(tmp_path, 150):
        import_paths(tmp_path / "cache", [path])
        check_cache(tmp_path / "cache")


def test_what_lies_about_goes_at_the_next_write(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    import_paths(cache, files(tmp_path, 50))
    for name in ("2026-10-01.77.db", "2026-10-01.78.tmp", "2026-10-01.77.db-wal"):
        write(cache / "days" / name, b"half")
    write(cache / "spill" / "1.run", b"half")
    with CacheWriter(cache):
        pass
    check_cache(cache)


HALF_A_CHANGE = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA cache_size=1")
connection.execute("BEGIN")
connection.execute("UPDATE sources SET name = 'half'")
connection.execute("CREATE TABLE half AS WITH RECURSIVE n(i) AS"
                   " (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) SELECT i FROM n")
os._exit(9)
"""


def test_a_change_of_the_catalogue_that_was_cut_short_is_mended(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first, second = files(tmp_path, 60)
    import_paths(cache, [first])
    ran = subprocess.run([*RUN, HALF_A_CHANGE, cache / "catalogue.db"], check=False)
    assert ran.returncode == 9
    assert (cache / "catalogue.db-journal").stat().st_size
    before = bytes_of(cache)
    with pytest.raises(StoreError, match="the next import mends it"):
        Cache.open(cache)
    assert bytes_of(cache) == before
    import_paths(cache, [second])
    check_cache(cache)
    names = [one.name for one in Cache.open(cache).catalogue.sources()]
    assert names == [str(first), str(second)]


LIMIT = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
del sys.argv[1]
"""


@pytest.mark.parametrize("limit", [4_000, 60_000, 140_000, 200_000, 300_000])
def test_a_file_that_may_not_grow_is_one_sentence_and_harms_nothing(
    tmp_path: Path, limit: int
) -> None:
    cache = tmp_path / "cache"
    first, second = files(tmp_path, 60)
    import_paths(cache, [first])
    before = outcome(cache)
    big = write(
        tmp_path / "big.jsonl",
        jsonl(row(f"big{n}", at=NOON + n % 2 * times.DAY, url="/" + "x" * 900) for n in range(900)),
    )
    ran = subprocess.run(
        [*RUN, LIMIT + IMPORT, str(limit), cache, second, big],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 1
    assert len(ran.stdout.splitlines()) == 2
    assert str(cache) in ran.stdout
    assert outcome(cache).keys() >= before.keys()
    report = import_paths(cache, [second, big])
    assert [one.error for one in report.files] == [None, None]
    assert len(outcome(cache)) == len(before) + 901
    check_cache(cache)


def test_a_reader_is_not_in_the_way_of_a_writer(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first, second = files(tmp_path, 60)
    import_paths(cache, [first])
    opened = Cache.open(cache)
    count = last(opened.requests.count(EVERYTHING))
    import_paths(cache, [second])
    assert last(opened.requests.count(EVERYTHING)) == count + 1
    rows = last(opened.requests.page(EVERYTHING, limit=1000)).rows
    assert len(rows) == count + 1
    opened.close()


def test_a_newer_layout_is_refused_in_one_sentence_and_not_touched(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    import_paths(cache, files(tmp_path, 5))
    (day, *_) = (cache / "days").iterdir()
    for path in (day, cache / "catalogue.db"):
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version=99")
        connection.close()
        before = bytes_of(cache)
        with pytest.raises(StoreError, match="99"):
            last(Cache.open(cache).requests.page(EVERYTHING, limit=100))
        assert bytes_of(cache) == before
