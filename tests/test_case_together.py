"""Several investigators in one case at once, and one that is killed in the midst of it."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from casework import CONCLUDED, Bench, demo

from logsleuth.case.case import Case
from logsleuth.case.errors import CaseError
from logsleuth.model import chain

NOTES = """
import sys
from pathlib import Path
from logsleuth.case.case import Case
case = Case.open(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    print(case.note(f"{sys.argv[2]} {number}").label, flush=True)
"""


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo(tmp_path_factory.mktemp("campus"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Case.create(tmp_path / "one.case", "Who?").path


def writer(path: Path, name: str, number: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", NOTES, str(path), name, str(number)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_nothing_is_lost_between_processes(path: Path) -> None:
    started = [writer(path, f"p{number}", 25) for number in range(4)]
    said = [process.communicate()[0].split()[1:] for process in started]
    labels = [label for words in said for label in words]
    assert sorted(labels, key=lambda label: int(label[1:])) == [f"N{n + 1}" for n in range(100)]
    case = Case.open(path)
    notes = case.state().notes
    assert {note.text for note in notes.values()} == {
        f"p{writer} {number}" for writer in range(4) for number in range(25)
    }
    assert case.check() == []
    assert case.head().length == 101


def test_each_sees_what_others_add(path: Path) -> None:
    mine = Case.open(path)
    before = mine.head()
    assert not mine.changed_since(before)
    writer(path, "other", 1).communicate()
    assert mine.changed_since(before)
    assert [note.text for note in mine.state().notes.values()] == ["other 0"]


def test_threads_of_one_process_share_a_case(path: Path) -> None:
    case = Case.open(path)
    threads = [
        threading.Thread(target=lambda: [case.note("x") for _ in range(10)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(case.state().notes) == 40
    assert case.check() == []


def killed_while_adding(path: Path, rounds: int) -> None:
    chance = random.Random(1)
    kept: list[str] = []
    for _ in range(rounds):
        process = writer(path, "x", 10_000)
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(chance.randrange(1, 6)):
            kept.append(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
        kept += [line for line in process.communicate()[0].split("\n") if line.endswith("\n")]
        case = Case.open(path)
        assert set(kept) <= set(case.state().notes), "what was said to be kept is kept"
        assert case.check() == []
    Case.open(path).note("and it goes on")


def test_killed_while_adding(path: Path) -> None:
    killed_while_adding(path, 6)


@pytest.mark.slow
def test_killed_while_adding_again_and_again(path: Path) -> None:
    killed_while_adding(path, 60)


KILLED = """
import os, signal, sqlite3, sys
from logsleuth.case import adding
from logsleuth.cli.main import cli

left = int(sys.argv.pop(1))
put = adding.put

def watched(connection, *rest):
    def executed(statement):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    connection.set_trace_callback(executed)
    return put(connection, *rest)

adding.put = watched
cli()
"""
"""A command that ends, as if by a power cut, at one of the statements that put evidence in."""


def test_killed_while_evidence_is_copied(campus: Path, tmp_path: Path) -> None:
    bench = Bench.at(tmp_path, campus)
    bench.run("case", "new", "one", "--title", "x")
    path = bench.cases / "one.case"
    bench.run("case", "add", "one", "--event", CONCLUDED)
    chance = random.Random(2)
    for _ in range(3):
        add = ("case", "add", "one", "--filter", "course_id:5001")
        process = subprocess.run(
            [sys.executable, "-c", KILLED, str(chance.randint(1, 200)), *add],
            env={**os.environ, **bench.environment},
            capture_output=True,
        )
        assert process.returncode == -signal.SIGKILL, process.stderr
        case = Case.open(path)
        assert case.check() == []
        assert [one.kind for one in case.snapshot().evidence] == ["event"]
    bench.run("case", "add", "one", "--filter", "course_id:5001")
    (_, whole) = Case.open(path).snapshot().evidence
    assert len(whole.requests) == whole.copied > 0


def test_making_a_case_is_all_or_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = path.parent
    with pytest.raises(CaseError, match="already"):
        Case.create(path, "another")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", fails)
    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(CaseError, match="No space left"):
        Case.create(folder / "two.case", "x")
    assert [one.name for one in folder.iterdir()] == ["one.case"]


def test_somebody_else_may_hold_the_file_for_a_while(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logsleuth.case.file.PATIENCE", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CaseError, match="try again"):
        Case.open(path).note("x")
    other.execute("ROLLBACK")
    other.close()
    Case.open(path).note("x")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another")
def test_a_case_that_one_may_only_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        read_as_another(Case.create(Path(folder) / "one.case", "Who?").path)


def read_as_another(path: Path) -> None:
    Case.open(path).note("x")
    whole = path.read_bytes()
    reading = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from logsleuth.case.case import Case\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "case = Case.open(Path(sys.argv[1]))\n"
        "print(len(case.snapshot().notes))\n"
        "try:\n    case.note('y')\nexcept Exception as error:\n    print(error)\n"
    )
    path.chmod(0o644)
    done = subprocess.run(
        [sys.executable, "-c", reading, str(path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("1\nYou may not write"), done.stdout + done.stderr
    assert path.read_bytes() == whole


def test_a_head_can_be_pasted(path: Path) -> None:
    case = Case.open(path)
    case.note("x")
    head = case.head()
    assert chain.parse_head(f"  {head}\n") == head
    assert chain.parse_head(f"{head.length} {head.hash.upper()}") == head
    with pytest.raises(ValueError, match="64 hex"):
        chain.parse_head("12:abc")
    case.note("y")
    assert case.check(head) == []
