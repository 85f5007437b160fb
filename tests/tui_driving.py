"""Driving the app by keys, over a cache made from files."""

import asyncio
from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unicodedata import lookup

from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from logsleuth.filter.tree import Span
from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.store.cache import Cache
from logsleuth.trace.kept import KeptTraces
from logsleuth.tui.app import LogsleuthApp

DATA = Path(__file__).parent / "data"
TURN = 0.005
"""Seconds between two looks at an app that is at work."""

LONGEST = 6000
"""Looks before a test gives up waiting: half a minute and more."""

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
    """Wait until the app rests: no question is open, nothing is at work or moves by itself, no
    message waits, and everything is drawn.

    Twice, each after every widget has had its turn: what is being done in the first round
    may send a message when it is done.
    """
    app = pilot.app
    assert isinstance(app, LogsleuthApp)
    rested = 0
    for _ in range(LONGEST):
        await app.animator.wait_until_complete()
        await pilot.pause(0)
        rested = rested + 1 if _rests(app) else 0
        if rested == 2:
            return
        if not rested:
            await asyncio.sleep(TURN)
    raise AssertionError("the app is still at work")


def _rests(app: LogsleuthApp) -> bool:
    """Whether nothing is to be done, as far as can be seen without waiting."""
    if app.desk.asking.busy or not all(worker.is_finished for worker in app.workers):
        return False
    screen = app.screen
    if app._batch_count or screen._layout_required or screen._dirty_widgets:
        return False
    widgets = (widget for screen in app.screen_stack for widget in screen.walk_children())
    pumps: list[MessagePump] = [app, *app.screen_stack, *widgets]
    return not any(pump.message_queue_size for pump in pumps)


async def until(pilot: Pilot[Any], holds: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    for _ in range(LONGEST):
        if holds():
            return
        await pilot.pause(TURN)
    raise AssertionError("it did not come")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one by one, each when the app has come to rest."""
    for key in keys:
        send(pilot, key)
        await settle(pilot)


def send(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys as fast as a terminal sends them.

    Textual's own way waits after each key until the process does no work, which says little
    where threads count, and takes long.
    """
    for key in keys:
        pilot.app.post_message(key_event(key))


def key_event(key: str) -> Key:
    """The key of that name, or of that character, as a terminal sends it."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    try:
        character = lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = key if len(key) == 1 else None
    return Key(name, character)


async def type_filter(pilot: Pilot[Any], text: str) -> None:
    """Type a filter and apply it."""
    send(pilot, "slash", "ctrl+u", *text, "enter")
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
