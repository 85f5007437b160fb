"""Writes that are killed at any of their changes to the disk, and then done again."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from dap import EVERYTHING, outcome
from disk.needed import COMPILER
from disk.scenes import QUICK, SCENES, Scene, Stage, another
from disk.servant import How
from oracle.recount import check_cache

from logsleuth.store.base import StoreError, last
from logsleuth.store.cache import Cache

pytestmark = COMPILER

KILLS = (How.KILL, How.KILL, How.KILL_TORN, How.KILL_PARENT)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


def readable(cache: Path) -> None:
    """What a kill left is read without an error, or says what mends it."""
    try:
        opened = Cache.open(cache)
    except StoreError as problem:
        if any(words in str(problem) for words in ("the next import mends it", "no cache at")):
            return
        raise
    rows = last(opened.requests.page(EVERYTHING, limit=10_000)).rows
    assert len(rows) == last(opened.requests.count(EVERYTHING)) == opened.requests.bounds().rows
    opened.close()


def kill_twice(stage: Stage, scene: Scene, dice: random.Random) -> int:
    """Kill a command and the same one after it; done once more, nothing tells of that.

    How often it was killed: what is left to do may be less than the place of the second.
    """
    expected, changes = stage.undisturbed(scene)
    stage.set(scene)
    kills = 0
    places = [(dice.randint(1, changes), dice.choice(KILLS)) for _ in range(2)]
    for at, how in places:
        ran = stage.servant.run(*stage.command(scene), at=at, how=how)
        assert ran.left == 0, (scene.name, places)
        if ran.changes < at:
            assert ran.code == 0, (scene.name, places, ran.said)
        else:
            # Where a process of its crew was killed, the command says so and ends.
            helper = ran.code == 1 and "ended before its time" in ran.said
            assert ran.code == -9 or helper, (scene.name, places, ran.said)
            kills += 1
        readable(stage.cache)
    done = stage.servant.run(*stage.command(scene))
    assert done.code == 0, (scene.name, places, done.said)
    assert outcome(stage.cache) == expected, (scene.name, places)
    check_cache(stage.cache)
    return kills


def kill(stage: Stage, scenes: Sequence[Scene], often: int, seed: int) -> None:
    dice = random.Random(seed)
    while often > 0:
        often -= kill_twice(stage, dice.choice(scenes), dice)


def test_twenty_kills(stage: Stage) -> None:
    kill(stage, QUICK, 20, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 8))
def test_two_hundred_kills(stage: Stage, seed: int) -> None:
    kill(stage, SCENES, 50, seed)


@pytest.mark.slow
def test_kills_of_any_process_of_a_crew(tmp_path: Path) -> None:
    with Stage(tmp_path, crew=True) as stage:
        kill(stage, SCENES, 30, seed=3)


def test_what_a_stopped_import_left_is_settled_by_any_other(stage: Stage) -> None:
    """Requests that change their day are in both for a moment; no kill makes that last."""
    scene = next(one for one in SCENES if one.name == "moved rows")
    expected, changes = stage.undisturbed(scene)
    stage.set(scene)
    before = outcome(stage.cache)
    for share in (0.35, 0.5):
        stage.set(scene)
        ran = stage.servant.run(*stage.command(scene), at=int(changes * share), how=How.KILL)
        assert ran.code == -9
        stage.bring(another)
        found = outcome(stage.cache)
        assert found.keys() == before.keys() | {"another"}
        assert all(found[name] in (before[name], expected[name]) for name in before)
        check_cache(stage.cache)
