"""Rows for days that are there: a few, some or many of them come out as if all had come at once."""

import shutil
import threading
from pathlib import Path

import pytest
from dap import jsonl, outcome, write
from oracle.recount import check_cache
from test_import_crew import requests

from logsleuth.ingest import crew, run
from logsleuth.ingest.run import Progress, import_paths
from logsleuth.store.writing import CacheWriter

EARLY = 900
"""Requests that are there before, of three days; many stand in them more than once."""


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file, and the cache that it was imported into."""
    folder = tmp_path_factory.mktemp("early")
    import_paths(folder / "cache", [write(folder / "1.jsonl", jsonl(requests(EARLY, 1)))])
    return folder


@pytest.mark.parametrize(("count", "apart"), [(30, False), (120, False), (120, True), (500, False)])
def test_late_rows_come_out_as_if_they_had_come_with_the_others(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    early: Path,
    count: int,
    apart: bool,
) -> None:
    cache = shutil.copytree(early / "cache", tmp_path / "cache")
    before = (cache / "days" / "2026-10-01.1.db").stat().st_ino
    # Numbers up to twice the count: some are known, and of the days in the middle.
    late = write(tmp_path / "2.jsonl", jsonl(requests(count, 2)))
    if apart:
        monkeypatch.setattr(run, "cores", lambda: 2)
        monkeypatch.setattr(run, "ADDED_WORTH_A_CREW", 0)
    report = import_paths(cache, [late])
    check_cache(cache)
    assert report.files[0].added
    assert report.files[0].updated
    (after,) = (cache / "days").glob("2026-10-01.*")
    assert (after.stat().st_ino == before) == (count == 30)
    at_once = tmp_path / "at once"
    with CacheWriter(at_once) as writer, CacheWriter(cache) as other:
        writer.ledger.set_meta("mask_key", str(other.ledger.meta("mask_key")))
    import_paths(at_once, [early / "1.jsonl", late])
    assert outcome(cache) == outcome(at_once)


def test_finished_files_need_no_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, early: Path
) -> None:
    def start(_: crew.Crew) -> None:
        raise AssertionError("a process was started that has nothing to do")

    monkeypatch.setattr(run, "WORTH_A_CREW", 0)
    monkeypatch.setattr(run, "cores", lambda: 2)
    monkeypatch.setattr(crew.Crew, "start", start)
    cache = shutil.copytree(early / "cache", tmp_path / "cache")
    found = import_paths(cache, [early / "1.jsonl"] * 3)
    assert [one.unchanged for one in found.files] == [one.read for one in found.files]
    assert all(one.read for one in found.files)


def test_hashing_ends_with_the_import(tmp_path: Path, early: Path) -> None:
    def interrupt(progress: Progress) -> None:
        assert progress.step == "hashing"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_paths(tmp_path / "cache", [early / "1.jsonl"] * 20, progress=interrupt)
    assert not [one for one in threading.enumerate() if one.name.startswith("hashing")]
