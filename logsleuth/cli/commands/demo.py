"""``logsleuth demo``: a made-up campus to look around in."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import click

from logsleuth import __version__
from logsleuth.cli import errors, settings
from logsleuth.cli.progress import progress_bar
from logsleuth.cli.settings import Settings

_ROWS = 200_000
_SEED = 1

_MARK = "demo.json"
"""What the folder was built from.  It is also what makes the folder ours to delete."""


@click.command()
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
    """Build a made-up campus with several incidents, and open the app on it.

    It has a cache folder of its own, is kept, and is built anew when that is asked for or
    when other --rows or another --seed are.
    """
    given: Path | None = context.find_root().params["cache"]
    folder = given or settings.data_folder() / "demo"
    _prepare(folder, rows, seed, reset=reset)
    if no_app:
        errors.say(f"The demo is in {folder}; look at it with: logsleuth --cache {folder}")
        return
    from logsleuth.cli import app

    configured: Settings = context.obj
    context.exit(app.open_app(replace(configured, cache=folder)))


def _prepare(folder: Path, rows: int | None, seed: int | None, *, reset: bool) -> None:
    """Build the demo, unless one that answers the wishes is there already."""
    mark = _read_mark(folder)
    wishes = {"version": __version__, "finished": True}
    if rows is not None:
        wishes["rows"] = rows
    if seed is not None:
        wishes["seed"] = seed
    if not reset and mark and wishes.items() <= mark.items():
        return
    if mark:
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise errors.Misused(
            f"{folder} holds something that is no demo, and is left alone; name another folder "
            "with --cache, or remove it."
        )
    made = {"version": __version__, "rows": rows or _ROWS, "seed": _SEED if seed is None else seed}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_mark(folder, made | {"finished": False})
    # Only now: nothing else needs the campus.
    from logsleuth.demo.build import build

    with progress_bar() as show:
        build(folder, rows=made["rows"], seed=made["seed"], progress=show)
    _write_mark(folder, made | {"finished": True})


def _read_mark(folder: Path) -> dict[str, object] | None:
    try:
        mark = json.loads((folder / _MARK).read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return mark if isinstance(mark, dict) else None


def _write_mark(folder: Path, mark: dict[str, object]) -> None:
    path = folder / _MARK
    path.touch(mode=0o600)
    path.write_text(json.dumps(mark))
