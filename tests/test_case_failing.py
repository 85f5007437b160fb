"""Case files that are cut, damaged, full, or not one's own: one sentence, and nothing half done."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from casework import Bench, demo
from click.testing import CliRunner

from logsleuth.case.case import Case
from logsleuth.cli.main import cli
from logsleuth.model import clock


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo(tmp_path_factory.mktemp("campus") / "cache")


@pytest.fixture(scope="module")
def whole(campus: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench with a case with some evidence in it, not to be changed."""
    bench = Bench.at(tmp_path_factory.mktemp("whole"), campus)
    bench.run("case", "new", "one", "--title", "Who?")
    bench.run("case", "add", "one", "--filter", "masqueraded:true and write:true")
    bench.run("case", "note", "one", "x" * 3_000)
    return bench


@pytest.fixture
def bench(whole: Bench, tmp_path: Path) -> Bench:
    shutil.copytree(whole.home / "data", tmp_path / "data")
    return Bench(whole.cache, tmp_path)


QUESTIONS = (("show", "one"), ("show", "one", "--format", "json"), ("head", "one"), ("list",))


def answered(bench: Bench, *args: str) -> int:
    """The exit code of a command: an answer, or one sentence without a word of Python."""
    try:
        done = CliRunner(env=bench.environment).invoke(cli, ["case", *args])
    finally:
        clock.pin(None)
    assert done.exit_code in {0, 1}, done.output
    for word in ("Traceback", "Error(", "defect"):
        assert word not in done.output, done.output
    assert not done.exit_code or done.stderr.strip().endswith((".", "?")), done.output
    return done.exit_code


@pytest.mark.parametrize(
    "place", [*range(10), *(pytest.param(n, marks=pytest.mark.exhaustive) for n in range(10, 400))]
)
def test_any_flipped_byte_is_an_answer_or_a_sentence(bench: Bench, place: int) -> None:
    path = bench.cases / "one.case"
    chance = random.Random(place)
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 30])):
        at, size = chance.randrange(len(content)), chance.choice([1, 4, 200])
        content[at : at + size] = chance.randbytes(size)
    path.write_bytes(content)
    for question in QUESTIONS:
        answered(bench, *question)
    assert path.read_bytes() == content, "to ask changes nothing"
    answered(bench, "note", "one", "y")


@pytest.mark.parametrize("left", [0, 60, 4_096, 20_000])
def test_a_case_that_was_cut_is_a_sentence(bench: Bench, left: int) -> None:
    path = bench.cases / "one.case"
    os.truncate(path, left)
    for question in (*QUESTIONS[:3], ("note", "one", "y"), ("add", "one", "--filter", "user:1")):
        assert answered(bench, *question) == 1, question
    assert path.stat().st_size == left


WORK = """
import sys
from pathlib import Path
from logsleuth.case.case import Case
from logsleuth.case.errors import CaseError
path = Path(sys.argv[1], "one.case")
case, notes = Case.create(path, "Who?"), 0
try:
    while notes < 50:
        case.note("y" * 5_000)
        notes += 1
except CaseError as error:
    print(error)
assert case.check() == [], "whole"
assert len(case.snapshot().notes) == notes, "as much as was said to be kept"
try:
    Case.create(Path(sys.argv[1], "two.case"), "And who?")
except CaseError as error:
    print(error)
assert [one.name for one in Path(sys.argv[1]).iterdir()] == ["one.case"], "nothing beside it"
"""


FULL = 'mount -t tmpfs -o size=200k tmpfs "$1" && exec "$2" -c "$3" "$1"'


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_is_a_sentence_and_the_case_is_as_it_was(tmp_path: Path) -> None:
    ran = subprocess.run(
        ["unshare", "-m", "sh", "-c", FULL, "sh", tmp_path, sys.executable, WORK],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare:" in ran.stderr or "mount:" in ran.stderr:
        pytest.skip("mounting is not allowed here")
    assert ran.stderr == ""
    full, other = ran.stdout.splitlines()
    assert "one.case is full; nothing was added. Make room, and try again." in full
    assert "No case can be made at" in other
    assert "full" in other


def test_a_case_in_a_folder_that_nobody_may_write_to_can_be_read(bench: Bench) -> None:
    Case.open(bench.cases / "one.case").head()
    bench.cases.chmod(0o500)
    (bench.cases / "one.case").chmod(0o400)
    before = sorted(one.name for one in bench.cases.iterdir())
    for question in QUESTIONS:
        assert answered(bench, *question) == 0
    assert sorted(one.name for one in bench.cases.iterdir()) == before
