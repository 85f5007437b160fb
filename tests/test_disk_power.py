"""Power that is cut at any moment of a write: what was not synced is lost, and nothing else."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from dap import outcome
from disk import power
from disk.scenes import SCENES, Scene, Stage
from disk.servant import library
from oracle.recount import check_cache


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    try:
        library()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


class Recorded:
    """A scene's command, watched, and the power cut in the midst of it."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self._stage = stage
        self._scene = scene
        self._expected, _ = stage.undisturbed(scene)
        stage.set(scene)
        self._disk = power.Disk(stage.servant.root)
        ran = stage.servant.run(*stage.command(scene), log=True)
        assert ran.code == 0, ran.said
        self._changes = list(power.changes(stage.servant.log))
        self.syncs = [n for n, change in enumerate(self._changes) if change.what == "S"]

    def cut(self, places: list[int], dice: random.Random) -> None:
        """Cut the power just before these changes, in every way of losing what can be lost,
        and go on after one of them."""
        for number, change in enumerate(self._changes):
            if number in places:
                ways = list(power.losses(dice))
                for way in (*ways, dice.choice(ways)):
                    self._disk.write(self._stage.servant.root, way)
                    self._claims_no_more_than_there_is(number)
                self._goes_on(number)
            self._disk.take(change)

    def _claims_no_more_than_there_is(self, number: int) -> None:
        if claims(self._stage.cache):
            assert outcome(self._stage.cache) == self._expected, (self._scene.name, number)

    def _goes_on(self, number: int) -> None:
        ran = self._stage.servant.run(*self._stage.command(self._scene))
        assert ran.code == 0, (self._scene.name, number, ran.said)
        assert outcome(self._stage.cache) == self._expected, (self._scene.name, number)
        check_cache(self._stage.cache)


def claims(cache: Path) -> bool:
    """Whether the span is said to be covered; every day that is named must be whole."""
    catalogue = cache / "catalogue.db"
    if not catalogue.exists():
        return False
    with closing(sqlite3.connect(catalogue)) as opened:
        if not opened.execute("SELECT 1 FROM sqlite_schema WHERE name = 'coverage'").fetchall():
            return False
        days = opened.execute("SELECT day, generation FROM days").fetchall()
        covered = opened.execute("SELECT 1 FROM coverage WHERE state = 'covered'").fetchall()
    for day, generation in days:
        path = cache / "days" / f"{day}.{generation}.db"
        assert path.exists(), path.name
        with closing(sqlite3.connect(path)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",), path.name
    return bool(covered)


def cut(stage: Stage, scene: Scene, often: int, seed: int) -> None:
    """Cut the power at so many syncs: all that was not lost before is, if the sync is."""
    recorded, dice = Recorded(stage, scene), random.Random(seed)
    recorded.cut(dice.sample(recorded.syncs, min(often, len(recorded.syncs))), dice)


def test_power_cuts(stage: Stage) -> None:
    for scene in SCENES:
        if scene.name in {"appends", "new generations", "pruned days"}:
            cut(stage, scene, 2, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_many_power_cuts(stage: Stage, scene: Scene) -> None:
    cut(stage, scene, 16, seed=2)
