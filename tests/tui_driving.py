"""Driving the app by keys, over a cache made from files."""

from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from textual.pilot import Pilot

from logsleuth.filter.tree import Span
from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.store.cache import Cache
from logsleuth.trace.kept import KeptTraces
from logsleuth.tui.app import LogsleuthApp

DATA = Path(__file__).parent / "data"
LONGEST = 3000
"""Turns of the event loop before a test gives up waiting."""

COMPLETE = Span(times.parse("2024-03-05T00:00:00Z"), times.parse("2024-03-06T12:00:00Z"))


@lru_cache
def story_cache() -> Cache:
    """The documented story: 48 records and 20 course changes, stated to be complete."""
    folder = Path(mkdtemp(prefix="logsleuth-story-")) / "cache"
    import_paths(folder, [DATA / "web_logs_incremental.synthetic.jsonl"], complete=COMPLETE)
    pages = [DATA / f"course_audit_page{number}.synthetic.json" for number in (1, 2)]
    import_paths(folder, pages)
    return Cache.open(folder)


def app_on(cache: Cache, *, zone: tzinfo | None = None, **more: Any) -> LogsleuthApp:
    """The app on a cache."""
    tracer = KeptTraces.of(cache)
    return LogsleuthApp(cache.requests, cache.catalogue, tracer, name="story", zone=zone, **more)


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until no question is open and everything is drawn."""
    app = pilot.app
    assert isinstance(app, LogsleuthApp)
    for _ in range(LONGEST):
        await pilot.pause(0.01)
        if not app.desk.asking.busy:
            await pilot.pause(0.01)
            if not app.desk.asking.busy:
                return
    raise AssertionError("the app is still asking")


async def until(pilot: Pilot[Any], holds: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    for _ in range(LONGEST):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one by one, each when the app has come to rest."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def type_filter(pilot: Pilot[Any], text: str) -> None:
    """Type a filter and apply it."""
    await pilot.press("slash", "ctrl+u", *text, "enter")
    await settle(pilot)


def screen_text(app: LogsleuthApp) -> str:
    """What the terminal shows."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


def screen_lines(app: LogsleuthApp) -> list[str]:
    """What the terminal shows, line by line, without the blanks at the end."""
    return [line.rstrip() for line in screen_text(app).split("\n")]


def walk(*keys: str, text: str = "") -> Callable[[Pilot[Any]], Any]:
    """For snapshots: type ``text`` as a filter, if any, then press the keys."""

    async def walked(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        if text:
            await type_filter(pilot, text)
        await press(pilot, *keys)

    return walked
