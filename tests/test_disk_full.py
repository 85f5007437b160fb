"""A disk that is full, or broken, from any change of a write on."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from dap import NOON, bring, every_row, jsonl, outcome, row, write
from disk.needed import COMPILER
from disk.scenes import QUICK, SCENES, Scene, Stage
from disk.servant import How
from oracle.recount import check_cache

from logsleuth.model import times

pytestmark = COMPILER


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


def fail(stage: Stage, scene: Scene, how: How, at: int) -> None:
    """It ends with one sentence; what was there is there; after it, the command completes.

    Only what comes after all was done may fail unseen: files that nobody names any more.
    """
    expected, _ = stage.undisturbed(scene)
    stage.set(scene)
    before = outcome(stage.cache) if scene.before else {}
    ran = stage.servant.run(*stage.command(scene), at=at, how=how)
    where = (scene.name, how, at, ran.said)
    if ran.code == 0:
        assert outcome(stage.cache) == expected, where
    else:
        assert ran.code == 1, where
        assert sum(line.startswith("logsleuth: ") for line in ran.said.splitlines()) == 1, where
        assert "Traceback" not in ran.said, where
        assert how != How.FULL or "full" in ran.said or "No space left" in ran.said, where
    if before and how == How.FULL:
        # Some days may have got their rows already; none has lost any.
        assert {one.id for one in every_row(stage.cache)} >= before.keys() & expected.keys(), where
    done = stage.servant.run(*stage.command(scene))
    assert done.code == 0, (where, done.said)
    assert outcome(stage.cache) == expected, where
    check_cache(stage.cache)


def fail_at(stage: Stage, scenes: Sequence[Scene], how: How, often: int, seed: int) -> None:
    dice = random.Random(seed)
    for turn in range(often):
        scene = scenes[turn % len(scenes)]
        _, changes = stage.undisturbed(scene)
        fail(stage, scene, how, dice.randint(1, changes))


@pytest.mark.parametrize("how", [How.FULL, How.BROKEN])
def test_at_any_change(stage: Stage, how: How) -> None:
    fail_at(stage, QUICK, how, 5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("how", [How.FULL, How.BROKEN])
def test_at_many_changes(stage: Stage, how: How) -> None:
    fail_at(stage, SCENES, how, 60, seed=2)


FULL = """
set -e
mount -t tmpfs -o size="$1" tmpfs "$2" || exit 77
cp -r "$3" "$2/cache"
code=0
"$5" -m logsleuth --cache "$2/cache" import "$6" || code=$?
cp -r "$2/cache" "$4/left"
mount -o remount,size=64m "$2"
"$5" -m logsleuth --cache "$2/cache" import "$6" > /dev/null
cp -r "$2/cache" "$4/done"
exit $code
"""


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize("more", [20, 200, 700, 1_500, 3_000])
def test_a_small_disk(tmp_path: Path, more: int) -> None:
    """So many kilobytes more than the cache has: not enough, until there is more."""
    before = tmp_path / "before"
    bring(before, jsonl(row(f"r{n}", NOON + n * times.MINUTE) for n in range(400)))
    size = sum(path.stat().st_size for path in before.rglob("*")) // 1024
    brought = (row(f"b{n}", NOON + n % 2 * times.DAY, url="/" + "x" * 900) for n in range(3_000))
    big = write(tmp_path / "big.jsonl", jsonl(brought))
    disk, after = tmp_path / "disk", tmp_path / "after"
    disk.mkdir()
    after.mkdir()
    ran = subprocess.run(
        ["unshare", "-m", "sh", "-c", FULL, "sh", f"{size + more}k", disk, before, after,
         sys.executable, big],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode == 77 or "unshare:" in ran.stderr:
        pytest.skip("mounting is not allowed here")
    assert ran.returncode == 1, ran.stderr
    assert "is full" in ran.stderr
    assert ran.stderr.count("\n") == 1
    held = {one.id: one for one in every_row(before)}
    left = {one.id: one for one in every_row(after / "left")}
    assert held.items() <= left.items()
    assert len(outcome(after / "done")) == 3_400
    check_cache(after / "done")
