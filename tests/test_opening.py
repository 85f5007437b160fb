"""Caches that are newer, damaged, foreign, locked or open to others: one sentence each.

Whatever is wrong, to ask changes no byte of what is asked and leaves nothing beside it.
"""

import json
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dap import NOON, bring, jsonl, row, write

from logsleuth.cli.main import cli
from logsleuth.model import clock, times
from logsleuth.store import catalogue, network_disks
from logsleuth.store.writing import CacheWriter

QUESTIONS = (
    ("count",),
    ("search", "--limit", "0"),
    ("search", "user_agent:curl or url:/courses/*", "--limit", "3", "--oldest-first"),
    ("top", "user_id"),
    ("timeline",),
    ("sessions",),
    ("masquerades",),
    ("status",),
    ("rejects",),
)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Three days, a change, a rejected line."""
    made = tmp_path / "cache"
    rows = [
        row(
            f"r{n}",
            at=NOON + n * 7 * times.HOUR,
            user_id=n % 5,
            url=f"/courses/{n}",
            user_agent="c",
        )
        for n in range(12)
    ]
    bring(made, jsonl(rows) + b"not a line\n")
    event = {"id": "e", "created_at": times.iso_seconds(NOON), "links": {"course": 1, "user": 2}}
    audit = write(tmp_path / "a.json", json.dumps({"events": [event]}).encode())
    assert run(made, "import", str(audit)).exit_code == 0
    return made


def run(folder: Path, *args: str) -> Result:
    homes = {f"XDG_{one}_HOME": str(folder.with_name(one)) for one in ("STATE", "CONFIG")}
    try:
        return CliRunner(env=homes).invoke(cli, ["--cache", str(folder), *args])
    finally:
        clock.pin(None)


def seen(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file with its bytes, mode and time of change, but for the log of what was asked."""
    return {
        str(path.relative_to(folder)): (
            path.read_bytes() if path.is_file() else b"",
            path.lstat().st_mode,
            path.lstat().st_mtime_ns if path.is_file() else 0,
        )
        for path in sorted(folder.rglob("*"))
        if not path.name.startswith("activity.db")
    }


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    before = seen(folder)
    yield
    assert seen(folder) == before


def one_sentence(result: Result, *words: str) -> None:
    """Exit code 1 and one line without a word of Python."""
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    for word in (*words, "logsleuth: "):
        assert word in result.stderr
    for word in ("Traceback", "Error(", "defect"):
        assert word not in result.stderr


def day_files(folder: Path) -> list[Path]:
    return sorted((folder / "days").iterdir())


def newer(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalogue.db")) as connection:
        connection.execute("PRAGMA user_version=99")


def other_database(folder: Path) -> None:
    (folder / "catalogue.db").unlink()
    with closing(sqlite3.connect(folder / "catalogue.db")) as connection:
        connection.execute("CREATE TABLE meta(key, value)")


def text_file(folder: Path) -> None:
    (folder / "catalogue.db").write_text("dear diary\n" * 1000)


def empty_file(folder: Path) -> None:
    (folder / "catalogue.db").write_bytes(b"")


def no_file(folder: Path) -> None:
    (folder / "catalogue.db").unlink()
    (folder / "catalogue.db").mkdir()


def link(folder: Path) -> None:
    path = folder / "catalogue.db"
    path.rename(folder / "elsewhere.db")
    path.symlink_to(folder / "elsewhere.db")


def broken_head(folder: Path) -> None:
    _overwrite(folder / "catalogue.db", 0, b"\xff" * 64)


def cut_catalogue(folder: Path) -> None:
    os.truncate(folder / "catalogue.db", 5000)


def _overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


CATALOGUES: dict[str, tuple[Callable[[Path], None], str]] = {
    "newer": (newer, "newer logsleuth"),
    "other database": (other_database, "not a catalogue of logsleuth"),
    "text": (text_file, "no database of logsleuth"),
    "empty": (empty_file, "not a catalogue of logsleuth"),
    "folder": (no_file, "is no file"),
    "link": (link, "symbolic link"),
    "head": (broken_head, "no database of logsleuth"),
    "cut": (cut_catalogue, "is damaged"),
}


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_catalogue_that_cannot_be_used_is_one_sentence(cache: Path, name: str) -> None:
    spoil, words = CATALOGUES[name]
    spoil(cache)
    with untouched(cache):
        for question in QUESTIONS:
            one_sentence(run(cache, *question), "catalogue.db", words)
    if name != "empty":  # which is how an import that was stopped early leaves it
        one_sentence(run(cache, "import", str(cache.with_name("a.json"))), "catalogue.db")


def without(folder: Path) -> None:
    day_files(folder)[1].unlink()


def cut_day(folder: Path) -> None:
    os.truncate(day_files(folder)[1], 9000)


def empty_day(folder: Path) -> None:
    os.truncate(day_files(folder)[1], 0)


def day_head(folder: Path) -> None:
    _overwrite(day_files(folder)[1], 0, b"\0" * 64)


def day_middle(folder: Path) -> None:
    path = day_files(folder)[1]
    _overwrite(path, 8192, os.urandom(path.stat().st_size - 8192))


def newer_day(folder: Path) -> None:
    with closing(sqlite3.connect(day_files(folder)[1])) as connection:
        connection.execute("PRAGMA user_version=99")


def other_day(folder: Path) -> None:
    with closing(sqlite3.connect(day_files(folder)[1])) as connection:
        connection.execute("PRAGMA application_id=7")


def link_day(folder: Path) -> None:
    path = day_files(folder)[1]
    path.rename(folder.with_name("elsewhere"))
    path.symlink_to(folder.with_name("elsewhere"))


DAYS: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (without, "is missing"),
    "cut": (cut_day, "cannot be read"),
    "empty": (empty_day, "is not a day file"),
    "head": (day_head, "cannot be read"),
    "middle": (day_middle, "cannot be read"),
    "newer": (newer_day, "layout 99"),
    "other": (other_day, "is not a day file"),
    "link": (link_day, "symbolic link"),
}


@pytest.mark.parametrize("name", DAYS)
def test_a_day_that_cannot_be_used_is_one_sentence_and_no_part_passes_for_all(
    cache: Path, name: str
) -> None:
    spoil, words = DAYS[name]
    path = day_files(cache)[1]
    spoil(cache)
    with untouched(cache):
        for question in QUESTIONS[1:4]:
            one_sentence(run(cache, *question), str(path), words)
        # What the day is not asked for is answered all the same.
        assert run(cache, "rejects").exit_code == 0
        newest = run(cache, "search", "timestamp >= 2026-10-04", "--limit", "0")
        assert newest.exit_code == 0
        assert newest.stdout.count("\n") == 3


DAMAGED = [*range(10), 215, 264, 272, 318]
"""The last are those that once were more than a sentence."""


@pytest.mark.parametrize(
    "place", [*DAMAGED, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in range(400, 800))]
)
def test_any_flipped_byte_is_an_answer_or_a_sentence(cache: Path, place: int) -> None:
    chance = random.Random(place)
    path = chance.choice([cache / "catalogue.db", *day_files(cache)])
    for _ in range(chance.choice([1, 30])):
        at = chance.randrange(path.stat().st_size)
        _overwrite(path, at, chance.randbytes(chance.choice([1, 4, 200])))
    with untouched(cache):
        for question in QUESTIONS:
            result = run(cache, *question)
            if result.exit_code:
                one_sentence(result)


def test_reading_leaves_nothing_and_changes_nothing(cache: Path) -> None:
    with untouched(cache):
        for question in QUESTIONS:
            assert run(cache, *question).exit_code == 0


def test_a_folder_that_a_link_leads_to_is_the_persons_own_choice(cache: Path) -> None:
    way = cache.with_name("way")
    way.symlink_to(cache)
    assert run(way, "count").stdout == "12\n"


@pytest.mark.parametrize("name", ["days", "spill", "writer.lock", "catalogue.db", "activity.db"])
def test_a_writer_follows_no_link(cache: Path, name: str) -> None:
    """What lies behind a link that somebody planted stays as it is."""
    target = cache.with_name("target")
    target.mkdir()
    (target / "diary.txt").write_text("dear diary")
    if (cache / name).is_dir():
        shutil.rmtree(cache / name)
    (cache / name).unlink(missing_ok=True)
    (cache / name).symlink_to(target if name in {"days", "spill"} else target / "diary.txt")
    with untouched(target):
        one_sentence(run(cache, "import", str(cache.with_name("a.json"))), "symbolic link", name)


def test_a_writer_drops_only_what_a_writer_made(tmp_path: Path) -> None:
    """A cache in a folder that somebody has other things in."""
    folder = tmp_path / "home"
    for name in ("days/holiday.jpg", "days/2026-10-01.txt", "spill/of-oil.md", "catalogue.txt"):
        write(folder / name, b"mine")
    write(folder / "days" / "2026-10-01.7.tmp", b"half a day")
    bring(folder, jsonl([row("a")]))
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"days/holiday.jpg", "days/2026-10-01.txt", "spill/of-oil.md"} < found
    assert "days/2026-10-01.7.tmp" not in found


def test_modes_and_owners_are_said_and_refuse_nothing(cache: Path) -> None:
    day = day_files(cache)[0]
    day.chmod(0o644)
    with untouched(cache):
        result = run(cache, "count")
    assert (result.exit_code, result.stdout) == (0, "12\n")
    assert result.stderr.count("\n") == 1
    assert f"{day} has mode 0644" in result.stderr
    assert "chmod -R go=" in result.stderr
    subprocess.run(["chmod", "-R", "go=", str(cache)], check=True)
    assert run(cache, "count").stderr == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_cache_of_somebody_else_is_read_and_said_to_be(cache: Path) -> None:
    os.chown(cache / "catalogue.db", 12345, 12345)
    result = run(cache, "count")
    assert (result.exit_code, result.stdout) == (0, "12\n")
    assert f"{cache / 'catalogue.db'} belongs to uid 12345" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_one_who_may_only_read_a_cache_can_ask_it_everything(cache: Path) -> None:
    """And is told, once for each command, what is not kept; nothing is put beside it."""
    with tempfile.TemporaryDirectory() as open_to_all:
        _only_to_read(shutil.copytree(cache, Path(open_to_all, "cache")))


def _only_to_read(cache: Path) -> None:
    subprocess.run(["chmod", "-R", "go=rX", str(cache.parent)], check=True)
    for question in QUESTIONS:  # what a question imports, somebody else may not be able to read
        assert run(cache, *question).exit_code == 0
    with untouched(cache):
        found = _as_somebody_else(lambda: [_asked(cache, one) for one in QUESTIONS])
        for (code, _, stderr), question in zip(found, QUESTIONS, strict=True):
            assert code == 0, (question, stderr)
            assert stderr.count("is not logged") == (question[0] != "status"), question
            assert "chmod" not in stderr
            assert stderr.count("belongs to root") == 1
        ((code, _, stderr),) = _as_somebody_else(
            lambda: [_asked(cache, ("import", str(cache / "catalogue.db")))]
        )
        assert (code, stderr.count("\n")) == (1, 1)
        assert "No cache can be written" in stderr


Answer = tuple[int, str, str]


def _asked(cache: Path, question: tuple[str, ...]) -> Answer:
    result = run(cache, *question)
    return result.exit_code, result.stdout, result.stderr


def _as_somebody_else(work: Callable[[], list[Answer]]) -> list[Answer]:
    """Do it in a process that has given up being root."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(12345)
            os.setuid(12345)
            os.write(theirs, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return [(code, out, err) for code, out, err in json.loads(said)]


def test_a_network_disk_is_said(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = cache.with_name("mountinfo")
    monkeypatch.setattr(network_disks, "MOUNTS", mounts)
    over = str(cache.parent).replace("-", "\\055")
    root = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"
    mounts.write_text(f"{root}\n36 22 0:45 / {over} rw - nfs4 server:/export rw\nodd line\n")
    result = run(cache, "count")
    assert (result.exit_code, result.stdout) == (0, "12\n")
    assert result.stderr.count("\n") == 1
    assert f"{cache} is on a network disk (nfs4), where locks do not hold" in result.stderr
    mounts.write_text(f"{root}\n36 22 0:45 / {over}x rw - nfs4 server:/export rw\n")
    assert run(cache, "count").stderr == ""
    mounts.unlink()
    assert run(cache, "count").stderr == ""


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_catalogue_that_a_foreign_process_holds(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "PATIENCE", 0.05)
    command = [sys.executable, "-c", HOLD, str(cache / "catalogue.db")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        before = (cache / "catalogue.db").read_bytes()
        one_sentence(run(cache, "count"), "locked by another process")
        assert (cache / "catalogue.db").read_bytes() == before
        holder.stdin.close()
    assert run(cache, "count").stdout == "12\n"


def test_a_writer_keeps_nobody_from_reading(cache: Path) -> None:
    with CacheWriter(cache):
        assert run(cache, "count").stdout == "12\n"
        result = run(cache, "import", str(cache.with_name("a.json")))
        one_sentence(result, "is writing to")


def test_a_day_that_was_read_while_rows_came_is_put_right_by_the_next_writer(
    cache: Path,
) -> None:
    day = day_files(cache)[0]
    with closing(sqlite3.connect(day)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        # As if somebody had it open when the writer was done with it.
        shutil.copy(day, cache.with_name("kept"))
    shutil.copy(cache.with_name("kept"), day)
    assert day.read_bytes()[18:20] == b"\2\2"
    with CacheWriter(cache):
        pass
    assert day.read_bytes()[18:20] == b"\1\1"
    with untouched(cache):
        assert run(cache, "count").stdout == "12\n"


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_every_file_of_every_command_is_for_the_owner_alone(tmp_path: Path, mask: int) -> None:
    folder, log = tmp_path / "all" / "cache", tmp_path / "all" / "own.log"
    rows = jsonl([row("a"), row("b", at=NOON + times.DAY)]) + b"not a line\n"
    path = write(tmp_path / "in" / "part.jsonl", rows)
    environment = {
        "XDG_DATA_HOME": str(tmp_path / "all" / "data"),
        "XDG_STATE_HOME": str(tmp_path / "all" / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "all" / "config"),
    }
    (tmp_path / "all").mkdir()
    before = os.umask(mask)
    try:
        for args in (
            ("import", str(path)),
            ("rejects", "--reimport"),
            ("search",),
            ("trace", "--all"),
            ("--no-such-option",),
        ):
            line = ["--cache", str(folder), "--log-file", str(log), *args]
            CliRunner(env=environment).invoke(cli, line)
    finally:
        os.umask(before)
        clock.pin(None)
    found = [one for one in (tmp_path / "all").rglob("*") if one != tmp_path / "all"]
    assert {one.name for one in found} >= {"catalogue.db", "days", "writer.lock", "own.log"}
    for one in found:
        mode = stat.S_IMODE(one.stat().st_mode)
        assert mode == (0o700 if one.is_dir() else 0o600), one
