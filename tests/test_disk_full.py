"""A disk that is full, or broken, from any change of a write on."""

import random
from collections.abc import Iterator

import pytest
from dap import every_row, outcome
from disk.needed import COMPILER
from disk.scenes import SCENES, Scene, Stage
from disk.servant import How
from oracle.recount import check_cache

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


def fail_at(stage: Stage, how: How, often: int, seed: int) -> None:
    dice = random.Random(seed)
    for turn in range(often):
        scene = SCENES[turn % len(SCENES)]
        _, changes = stage.undisturbed(scene)
        fail(stage, scene, how, dice.randint(1, changes))


@pytest.mark.parametrize("how", [How.FULL, How.BROKEN])
def test_at_any_change(stage: Stage, how: How) -> None:
    fail_at(stage, how, 5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("how", [How.FULL, How.BROKEN])
def test_at_many_changes(stage: Stage, how: How) -> None:
    fail_at(stage, how, 60, seed=2)
