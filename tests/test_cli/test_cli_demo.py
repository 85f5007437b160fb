"""``logsleuth demo``: built once, kept, never in the place of something else."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Run, home_in

from logsleuth import __version__
from logsleuth.cli.main import cli


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "campus"


def built_at(folder: Path) -> int:
    return (folder / "demo.json").stat().st_mtime_ns


def test_the_demo_is_built_kept_and_reset(run: Run, folder: Path) -> None:
    def demo(*args: str) -> int:
        return run("demo", "--no-app", *args, cache=folder).exit_code

    assert demo("--rows", "1") == 0
    status = json.loads(run("status", "--format", "json", cache=folder).stdout)
    assert status["rows"] > 0
    assert status["events"] > 0
    assert status["rejects"] == 0
    # Its clock stands still, so that 'now' means the same on every day.
    assert int(run("count", "timestamp >= now-24h", cache=folder).stdout) > 0
    first = built_at(folder)
    assert demo() == 0
    assert demo("--rows", "1", "--seed", "1") == 0
    assert built_at(folder) == first
    assert demo("--seed", "2") == 2
    assert built_at(folder) == first
    assert demo("--rows", "1", "--seed", "2", "--reset") == 0
    assert built_at(folder) != first


@pytest.mark.parametrize(
    "why",
    [
        pytest.param('"finished":false', id="cut short"),
        pytest.param(f'"finished":true,"version":"{__version__}","layout":2', id="older layout"),
    ],
)
def test_a_demo_that_cannot_be_used_is_built_again(run: Run, tmp_path: Path, why: str) -> None:
    (tmp_path / "demo.json").write_text(f'{{"rows":1,"seed":1,{why}}}')
    (tmp_path / "half").touch()
    assert run("demo", "--no-app", "--rows", "1", cache=tmp_path).exit_code == 0
    assert not (tmp_path / "half").exists()
    assert run("count", cache=tmp_path).exit_code == 0


def test_the_demo_never_takes_the_place_of_something_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("dear")
    result = run("demo", "--no-app", "--reset", cache=tmp_path)
    assert result.exit_code == 2
    assert "no demo" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]


def test_the_demo_has_a_folder_of_its_own(tmp_path: Path) -> None:
    environment = {**home_in(tmp_path), "LOGSLEUTH_CACHE": str(tmp_path / "mine")}
    result = CliRunner(env=environment).invoke(cli, ["demo", "--no-app", "--rows", "1"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "data" / "logsleuth" / "demo" / "catalogue.db").exists()
    assert not (tmp_path / "mine").exists()
