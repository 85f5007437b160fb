"""Power that is cut at any moment of a write: what was not synced is lost, and nothing else."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from dap import outcome, row
from dap_sync import chain, holds, log
from disk.needed import COMPILER
from disk.power import Recording
from disk.scenes import QUICK, SCENES, Scene, Stage
from disk.servant import Servant
from oracle.recount import check_cache
from standins.dap import StandIn
from test_sync_crash import environment as sync_environment

from logsleuth.model import clock, times

pytestmark = COMPILER


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


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
    """What is claimed is there; done again, the command completes."""
    expected, _ = stage.undisturbed(scene)
    stage.set(scene)
    recording = Recording(stage.servant, *stage.command(scene))
    for number, last in recording.cuts(often, random.Random(seed)):
        if claims(stage.cache):
            assert outcome(stage.cache) == expected, (scene.name, number)
        if last:
            ran = stage.servant.run(*stage.command(scene))
            assert ran.code == 0, (scene.name, number, ran.said)
            assert outcome(stage.cache) == expected, (scene.name, number)
            check_cache(stage.cache)


def test_power_cuts(stage: Stage) -> None:
    for scene in QUICK:
        cut(stage, scene, 1, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_many_power_cuts(stage: Stage, scene: Scene) -> None:
    cut(stage, scene, 16, seed=2)


def sync_and_cut(folder: Path, often: int, seed: int) -> None:
    """The chain of a sync never stands past a row that is not there; the next sync completes."""
    with StandIn(now=clock.now_us() // 1000 * 1000, file_rows=25) as dap:
        dap.commit(log(dap.now, 120, days=0.9, seed=seed))
        environment = sync_environment(dap, folder)
        with Servant(folder / "disk", folder / "home", **environment) as servant:
            cache = servant.root / "cache"
            sync = ("--cache", cache, "sync", "web-logs")
            begun = servant.run(*sync, "--since", times.iso_seconds(dap.now - times.DAY))
            assert begun.code == 0, begun.said
            before = chain(cache)
            dap.now = clock.now_us() // 1000 * 1000
            dap.commit(
                row(f"new-{n}", dap.now - n * times.HOUR, dap.now, http_status=200)
                for n in range(20)
            )
            dap.commit(row(f"r{n}", dap.now, dap.now, http_status=418) for n in range(9))
            recording = Recording(servant, *sync)
            for _, last in recording.cuts(often, random.Random(seed)):
                claims(cache)
                if chain(cache) != before:
                    holds(cache, dap)
                if last:
                    ran = servant.run(*sync)
                    assert ran.code == 0, ran.said
                    holds(cache, dap)


@pytest.mark.slow
def test_power_cuts_of_a_sync(tmp_path: Path) -> None:
    sync_and_cut(tmp_path, 20, seed=2)
