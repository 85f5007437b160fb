"""Driving ``logsleuth sync`` against a stand-in for Canvas, and asking what came of it."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result
from standins.canvas import TOKEN, Change, StandIn
from standins.serving import Serving

from logsleuth.cli.main import cli
from logsleuth.model import clock, times
from logsleuth.store.cache import Cache
from logsleuth.store.event_spans import EventSpan

NOW = clock.now_us() // times.SECOND * times.SECOND
"""When the tests began, at a whole second."""

Run = Callable[..., Result]


def ago(seconds: float) -> int:
    """So long before now, at a whole second (microseconds)."""
    return NOW - int(seconds) * times.SECOND


def runner(folder: Path, url: str, token: str = TOKEN) -> Run:
    """What runs a command on the cache ``folder/cache`` with Canvas at ``url``."""
    environment = {
        "CANVAS_API_URL": url,
        "CANVAS_API_TOKEN": token,
        "LOGSLEUTH_ALLOW_LOOPBACK_HTTP": "1",
        "LOGSLEUTH_CACHE": str(folder / "cache"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
    }

    def run(*args: str) -> Result:
        return CliRunner().invoke(cli, list(args), env=environment)

    return run


@contextmanager
def serving(standin: StandIn, folder: Path) -> Iterator[tuple[Serving, Run]]:
    """The stand-in while the block runs, and what runs commands against it."""
    with standin.serve() as server:
        yield server, runner(folder, server.url)


def event_ids(folder: Path) -> list[str]:
    """The ids of all course changes in the cache, each as often as it is there."""
    cache = Cache.open(folder / "cache")
    try:
        return sorted(event.id for event in cache.catalogue.events())
    finally:
        cache.close()


def ids(changes: Iterable[Change]) -> list[str]:
    """The ids of changes, as :func:`event_ids` gives them."""
    return sorted(change.id for change in changes)


def spans(folder: Path, scope: str) -> list[EventSpan]:
    """What the cache says was fetched of courses, accounts or the institution."""
    cache = Cache.open(folder / "cache")
    try:
        return [one for one in cache.catalogue.event_spans() if one.scope == scope]
    finally:
        cache.close()


def holds(folder: Path, text: str) -> list[Path]:
    """Files below a folder that hold a text, in their bytes or in any cell of a database."""
    return [path for path in folder.rglob("*") if path.is_file() and text in _content(path)]


def _content(path: Path) -> str:
    raw = path.read_bytes()
    if not raw.startswith(b"SQLite format 3\0"):
        return raw.decode("utf-8", "replace")
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return raw.decode("utf-8", "replace") + "\n".join(connection.iterdump())
    finally:
        connection.close()
