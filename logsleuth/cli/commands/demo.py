"""``logsleuth demo``: a made-up campus to look around in."""

import shutil
from dataclasses import replace
from pathlib import Path

import click
import msgspec

from logsleuth import __version__
from logsleuth.cli import errors, settings
from logsleuth.cli.progress import progress_bar
from logsleuth.cli.settings import Settings
from logsleuth.store.sqlite.schema import SCHEMA_VERSION

_ROWS = 200_000
_SEED = 1


class Made(msgspec.Struct, frozen=True):
    """What a demo was built from: a file in its folder, which makes the folder ours to delete."""

    rows: int
    seed: int
    version: str = __version__
    finished: bool = False
    layout: int = 0
    """That of the day files; 0 where the folder does not say."""

    @property
    def is_of_this_program(self) -> bool:
        """Whether all of it is there, as this program builds and reads it."""
        return self.finished and (self.version, self.layout) == (__version__, SCHEMA_VERSION)

    @staticmethod
    def read(folder: Path) -> "Made | None":
        """What the folder says; ``None`` if it is no demo."""
        try:
            return msgspec.json.decode((folder / "demo.json").read_bytes(), type=Made)
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
            return None

    def write(self, folder: Path) -> None:
        """Put it into the folder, which is made if need be."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / "demo.json"
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(self))


@click.command(short_help="Build a made-up campus and open the app on it.")
@click.option(
    "--rows", type=click.IntRange(min=1), help=f"Requests to make up (default {_ROWS:,})."
)
@click.option("--seed", type=int, help=f"Another seed, another campus (default {_SEED}).")
@click.option("--reset", is_flag=True, help="Build it anew.")
@click.option("--no-app", is_flag=True, help="Only build it.")
@click.pass_context
def command(
    context: click.Context, rows: int | None, seed: int | None, reset: bool, no_app: bool
) -> None:
    """Build a made-up campus with several incidents, and open the app on it, in the zone of
    that campus if none is set.

    It has a cache folder of its own, and is kept until it is built anew by --reset.
    """
    given: Path | None = context.find_root().params["cache"]
    folder = given or settings.data_folder() / "demo"
    there = Made.read(folder)
    if not reset and there and there.is_of_this_program:
        _check_wishes(there, rows, seed)
    else:
        wanted = Made(
            rows=_ROWS if rows is None else rows,
            seed=_SEED if seed is None else seed,
            layout=SCHEMA_VERSION,
        )
        _build(folder, wanted)
    if no_app:
        errors.say(f"The demo is in {folder}; look at it with: logsleuth --cache {folder}")
        return
    from logsleuth.cli import app
    from logsleuth.demo.campus import ZONE

    configured: Settings = context.obj
    zone = configured.zone or settings.read_zone(ZONE)
    # At its start each time: the walks of the README begin there.
    context.exit(app.open_app(replace(configured, cache=folder, zone=zone), pane="requests"))


def _check_wishes(there: Made, rows: int | None, seed: int | None) -> None:
    if rows not in {None, there.rows} or seed not in {None, there.seed}:
        raise errors.Misused(
            f"The demo was built with --rows {there.rows} --seed {there.seed}; "
            "add --reset to build another in its place."
        )


def _build(folder: Path, wanted: Made) -> None:
    if Made.read(folder):
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise errors.Misused(
            f"{folder} holds something that is no demo, and is left alone; name another folder "
            "with --cache."
        )
    wanted.write(folder)
    # Only now: nothing else needs the campus.
    from logsleuth.demo.build import build

    with progress_bar() as show:
        build(folder, rows=wanted.rows, seed=wanted.seed, progress=show)
    msgspec.structs.replace(wanted, finished=True).write(folder)
