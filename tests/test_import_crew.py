"""Imports shared among processes: they come out the same, and end when they are to end."""

import gzip
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dap import NOON, WRITTEN, deletion, jsonl, outcome, request_id, row, write
from oracle.recount import check_cache

from logsleuth.ingest import run
from logsleuth.ingest.run import ImportReport, Progress, import_paths
from logsleuth.model import times
from logsleuth.store.base import StoreError
from logsleuth.store.cache import Cache
from logsleuth.store.writing import CacheWriter

IMPORT = """
import os, signal, sys
from pathlib import Path
from logsleuth.ingest import run
run.WORTH_A_CREW = 0
def struck(progress):
    if progress.step == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
print(os.getpid(), flush=True)
run.import_paths(Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]], progress=struck)
"""


def requests(count: int, seed: int) -> list[dict[str, Any]]:
    """Requests of three days in any order: again, newer, moved, odd, with secrets, deleted."""
    dice = random.Random(seed)
    found: list[dict[str, Any]] = []
    for _ in range(count):
        number = dice.randrange(count * 2)
        day = number % 3 + (dice.random() < 0.02)
        at = NOON + day * times.DAY + number * 1000 % times.HOUR
        values: dict[str, Any] = {
            "user_id": number % 50,
            "real_user_id": 7 if number % 40 == 0 else None,
            "url": dice.choice(
                (
                    f"/courses/{number % 9}/assignments/{number}?include[]=a&page={number}",
                    f"/api/v1/users/{number % 50}/todo?x=%5B1%5D",
                    f"/login?access_token=hidden{number}",
                    f"/files/{number}%7E3/download?verifier={number}x",
                )
            ),
            "http_method": dice.choice(("GET", "POST", "put", None)),
            "http_status": dice.choice((200, 404)),
            "http_version": "HTTP/1.1",
            "remote_ip": f"10.0.{number % 7}.{number % 200}",
            "web_application_controller": dice.choice(("courses", "quizzes/quizzes", None)),
            "web_application_action": "show",
            "session_id": request_id(number % 90).upper() if number % 2 else None,
            "user_agent": dice.choice(("curl", "Mozilla", "a?token=1")) + " " * 2_500,
            "participated": dice.choice((True, False, None)),
        }
        if number % 211 == 0:
            values["user_id"] = "nobody"
        if number % 223 == 0:
            values["unheard_of"] = number
        meta = WRITTEN + dice.randrange(3) * times.SECOND
        found.append(row(request_id(number), at=at + dice.choice((0, 0, 7)), meta=meta, **values))
        if dice.random() < 0.005:
            found.append(deletion(request_id(dice.randrange(count * 2)), meta + 1))
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A file of several blocks and smaller ones, with lines that cannot be read."""
    folder = tmp_path_factory.mktemp("files")
    lines = jsonl(requests(500, 1)).splitlines(keepends=True)
    for place in (3, 450, 499):
        lines[place:place] = [b'{"key":\n', b"\n"]
    return [
        write(folder / "1.jsonl.gz", b"".join(lines)),
        write(folder / "2.jsonl", jsonl(requests(100, 2))),
        write(folder / "3.jsonl.gz", jsonl(requests(60, 1)) + jsonl(requests(40, 3))),
    ]


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share even the smallest import."""
    monkeypatch.setattr(run, "WORTH_A_CREW", 0)
    monkeypatch.setattr(run, "cores", lambda: 2)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, files: list[Path]) -> Path:
    """A cache made by one process."""
    cache = tmp_path_factory.mktemp("alone") / "cache"
    import_paths(cache, files)
    return cache


@pytest.fixture
def cache(tmp_path: Path, alone: Path) -> Path:
    """A cache that holds nothing yet, and masks as the one that one process made."""
    with CacheWriter(tmp_path / "cache") as writer, CacheWriter(alone) as other:
        writer.ledger.set_meta("mask_key", str(other.ledger.meta("mask_key")))
    return tmp_path / "cache"


def counts(report: ImportReport) -> list[dict[str, Any]]:
    return [one.as_json() for one in report.files]


def rejects(cache: Path) -> list[tuple[Any, ...]]:
    opened = Cache.open(cache)
    try:
        return [(one.line, one.offset, one.reason) for one in opened.catalogue.rejects(limit=100)]
    finally:
        opened.close()


def children() -> set[str]:
    """Processes that this one has started and that still are."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text().split()}


@pytest.mark.usefixtures("shared")
def test_it_comes_out_as_if_one_process_had_done_it(
    cache: Path, tmp_path: Path, files: list[Path], alone: Path
) -> None:
    report = import_paths(cache, files)
    assert outcome(cache) == outcome(alone)
    assert rejects(cache) == rejects(alone) != []
    check_cache(cache)
    again = import_paths(cache, files)
    assert sum(one.unchanged for one in again.files) == sum(one.read for one in again.files) - 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "WORTH_A_CREW", 1 << 40)
        assert counts(import_paths(tmp_path / "other", files)) == counts(report)
    assert not children()


@pytest.mark.usefixtures("shared")
def test_a_file_of_which_one_part_is_bad_is_refused_whole(
    cache: Path, tmp_path: Path, files: list[Path]
) -> None:
    good = jsonl(requests(450, 4))
    filled = write(tmp_path / "filled.jsonl", good + b"x\n" * 700_000 + good)
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(jsonl(requests(100, 5)))[:-20])
    report = import_paths(cache, [filled, files[1], cut])
    first, second, third = report.files
    assert first.error is not None
    assert "could not be read" in first.error
    assert third.error is not None
    assert "truncated" in third.error
    assert second.error is None
    assert len(outcome(cache)) == second.added
    check_cache(cache)


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("step", [pytest.param("reading", marks=pytest.mark.slow), "building"])
def test_a_worker_that_is_killed_is_one_sentence(
    cache: Path, files: list[Path], alone: Path, step: str
) -> None:
    def strike(progress: Progress) -> None:
        if progress.step == step:
            for pid in children():
                os.kill(int(pid), signal.SIGKILL)

    with pytest.raises(StoreError, match="ended before its time") as caught:
        import_paths(cache, files, progress=strike)
    assert "\n" not in str(caught.value)
    assert not children()
    import_paths(cache, files)
    assert outcome(cache) == outcome(alone)
    check_cache(cache)


@pytest.mark.slow
@pytest.mark.usefixtures("shared")
def test_an_interrupt_ends_all_of_them(cache: Path, files: list[Path], alone: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.step == "building":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_paths(cache, files, progress=interrupt)
    assert not children()
    assert {one.name for one in (cache).iterdir()} <= {
        *("catalogue.db", "days", "writer.lock", "activity.db")
    }
    assert not list((cache / "days").iterdir())
    import_paths(cache, files)
    assert outcome(cache) == outcome(alone)


def workers_of(parent: int) -> Iterator[Path]:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if {b"from logsleuth.ingest.crew import work; work()", str(parent).encode()} <= {
                *words
            }:
                yield process


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("step", [pytest.param("reading", marks=pytest.mark.slow), "building"])
def test_they_end_with_the_process_that_started_them(
    cache: Path, files: list[Path], alone: Path, step: str
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT, step, cache, *files], stdout=subprocess.PIPE, check=False
    )
    assert ran.returncode == -signal.SIGKILL
    until = time.monotonic() + 20
    while list(workers_of(int(ran.stdout))) and time.monotonic() < until:
        os.sched_yield()
    assert not list(workers_of(int(ran.stdout)))
    import_paths(cache, files)
    assert outcome(cache) == outcome(alone)
    check_cache(cache)


@pytest.mark.slow
@pytest.mark.usefixtures("shared")
def test_a_disk_that_is_full_for_a_worker_is_one_sentence(
    cache: Path, files: list[Path], alone: Path
) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        with pytest.raises(StoreError, match=r"is full|disk I/O error") as caught:
            import_paths(cache, files)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(caught.value)
    import_paths(cache, files)
    assert outcome(cache) == outcome(alone)
