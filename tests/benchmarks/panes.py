"""How long the panes take, and how long the app stands still meanwhile.

    python tests/benchmarks/panes.py                  # a made-up campus of 1,000,000 requests
    python tests/benchmarks/panes.py --rows 100000
    python tests/benchmarks/panes.py --cache DIR      # a cache that is there
    python tests/benchmarks/panes.py --cache DIR --openings    # as JSON: how panes open, only

For each pane, in milliseconds, medians of several runs: until the first rows of it are
there, until all is read; the longest turn of the event loop, and the 99th percentile of
all, while the pane opens, is filtered, and is paged through as it reads; and how long a
question lives on after its pane was left.  A turn is how late a clock that ticks every
five milliseconds is: what a key pressed meanwhile would have waited.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import watch
from textual import events

from logsleuth.demo.build import build
from logsleuth.store.base import Cancel
from logsleuth.store.cache import Cache
from logsleuth.trace.kept import KeptTraces
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.panes.changes import ChangesPane
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.smooth import smooth

PANES = {"3": "Addresses", "4": "Users", "5": "Masquerades", "6": "Keys", "7": "Sessions"}
FIRST, WHOLE, LEFT = "first", "whole", "left"
FILTER = "http_method:POST"
PAGES = 30
TICK = 0.005
READING = 0.3
"""Seconds that a pane reads before it is left."""
LONGEST = 120.0
"""Seconds after which a pane that does not come to rest is given up."""


class Pulse:
    """Ticks on the event loop and notes how late each tick is."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._task = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            due = perf_counter() + TICK
            await asyncio.sleep(TICK)
            self.late.append(max(0.0, perf_counter() - due))

    def stop(self) -> tuple[float, float]:
        """The longest turn and the 99th percentile."""
        self._task.cancel()
        late = sorted(self.late)
        return late[-1], late[int(0.99 * (len(late) - 1))]


class Threads:
    """Knows which questions for rows are still at work in a thread."""

    def __init__(self, app: LogsleuthApp) -> None:
        self.at_work: set[object] = set()
        self._ask = app.desk.asking.ask
        app.desk.asking.ask = self.ask  # type: ignore[method-assign]

    def ask(self, lane: str, question: Callable[[Cancel], Iterator[Any]], *a: Any, **k: Any) -> Any:
        """As the app's own, noting when the question begins and ends."""

        def noted(cancel: Cancel) -> Iterator[Any]:
            token = object()
            self.at_work.add(token)
            try:
                yield from question(cancel)
            finally:
                self.at_work.discard(token)

        wanted = noted if lane.startswith(("rows", "profiles")) else question
        return self._ask(lane, wanted, *a, **k)


def press(app: LogsleuthApp, *keys: str) -> None:
    """Press keys as a terminal does, without waiting for what they do."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def until(true: Callable[[], bool]) -> float:
    """Seconds until it is so."""
    begin = perf_counter()
    while not true():
        if perf_counter() - begin > LONGEST:
            raise TimeoutError("a pane does not come to rest")
        await asyncio.sleep(TICK)
    return perf_counter() - begin


async def rest(app: LogsleuthApp) -> None:
    """Wait until no question is open, and none has been for some turns."""
    quiet = 0
    while quiet < 10:
        await until(lambda: not app.desk.asking.busy)
        await asyncio.sleep(TICK)
        quiet = 0 if app.desk.asking.busy else quiet + 1


def has_rows(app: LogsleuthApp, name: str) -> bool:
    """Whether the pane shows a row of the question now open."""
    page = app.frame.page
    if isinstance(page, ChangesPane):
        return name == page.crumb and page.table.row is not None
    if not isinstance(page, SortedPane) or name != page.NAME:
        return False
    return page.table.row in page.reading.rows


async def timed(app: LogsleuthApp, name: str, what: str) -> dict[str, float]:
    """First rows, whole, and turns of what has just been asked for."""
    pulse, begin = Pulse(), perf_counter()
    await asyncio.sleep(4 * TICK)
    await until(lambda: has_rows(app, name))
    first = perf_counter() - begin
    await rest(app)
    whole = perf_counter() - begin
    longest, most = pulse.stop()
    return {f"{what} {FIRST}": first, f"{what} {WHOLE}": whole,
            f"{what} longest": longest, f"{what} p99": most}  # fmt: skip


async def walk(app: LogsleuthApp, key: str, name: str) -> dict[str, float]:
    """Open a pane, page through it while it reads again, filter it, and leave it."""
    found: dict[str, float] = {}
    threads = Threads(app)
    press(app, key)
    found |= await timed(app, name, "open")

    press(app, "r")
    pulse = Pulse()
    for _ in range(PAGES):
        press(app, "pagedown")
        await asyncio.sleep(2 * TICK)
    await rest(app)
    found["page longest"], found["page p99"] = pulse.stop()

    press(app, "slash", *FILTER, "enter")
    found |= await timed(app, name, "filter")

    press(app, "backspace")
    await rest(app)
    press(app, "r")
    await asyncio.sleep(READING)
    left, begin = set(threads.at_work), perf_counter()
    press(app, "1")
    await until(lambda: not left & threads.at_work)
    found[LEFT] = perf_counter() - begin
    return found


async def run(cache: Cache, key: str, name: str) -> dict[str, float]:
    """One run: an app of its own, opened on the requests."""
    app = LogsleuthApp(cache.requests, cache.catalogue, KeptTraces.of(cache))
    async with app.run_test(size=(120, 36)):
        await rest(app)
        with smooth():
            return await walk(app, key, name)


async def opening(cache: Cache, key: str, name: str, longest: float) -> dict[str, float | None]:
    """Seconds until an app's pane has its first rows, and until it has read all; ``None``
    where that takes longer than ``longest``."""
    app = LogsleuthApp(cache.requests, cache.catalogue, KeptTraces.of(cache))
    found: dict[str, float | None] = {FIRST: None, WHOLE: None}
    async with app.run_test(size=(120, 36)):
        with suppress(TimeoutError):
            await asyncio.wait_for(rest(app), longest)
        begin = perf_counter()
        press(app, key)
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await until(lambda: has_rows(app, name))
                found[FIRST] = perf_counter() - begin
                await rest(app)
                found[WHOLE] = perf_counter() - begin
    return found


def openings(cache: Cache, runs: int, longest: float) -> None:
    """Print as JSON how long each pane takes to open, and what the process holds after it."""
    found: dict[str, Any] = {}
    for key, name in {**PANES, "2": "Changes"}.items():
        found[name] = []
        while len(found[name]) < runs:
            found[name].append(asyncio.run(opening(cache, key, name, longest)))
            if found[name][-1][WHOLE] is None:
                break  # Once is enough of what takes so long.
    print(json.dumps({"panes": found, "anonymous": watch.own_anonymous()}))


COLUMNS = (
    "open first", "open whole", "open longest", "open p99", "page longest", "page p99",
    "filter first", "filter whole", "filter longest", "filter p99", LEFT,
)  # fmt: skip


def report(cache: Cache, runs: int, keys: str) -> None:
    """Print a line for each pane."""
    print(f"{cache.requests.bounds().rows:,} requests, medians of {runs} runs, milliseconds")
    print(f"{'':12}" + "".join(f"{name.split()[0]:>8}" for name in COLUMNS))
    print(f"{'':12}" + "".join(f"{name.split()[-1]:>8}" for name in COLUMNS))
    for key in keys:
        found = [asyncio.run(run(cache, key, PANES[key])) for _ in range(runs)]
        medians = (statistics.median(one[name] for one in found) for name in COLUMNS)
        line = "".join(f"{1000 * value:8.0f}" for value in medians)
        print(f"{PANES[key]:12}{line}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--panes", default="".join(PANES), help="keys of the panes, as 36")
    parser.add_argument("--openings", action="store_true", help="how panes open, as JSON")
    parser.add_argument("--longest", type=float, default=LONGEST, help="seconds to wait for each")
    asked = parser.parse_args()
    os.environ.setdefault("TERM", "xterm-256color")
    with tempfile.TemporaryDirectory() as folder:
        if asked.cache is None:
            asked.cache = Path(folder, "cache")
            build(asked.cache, rows=asked.rows)
        cache = Cache.open(asked.cache)
        if asked.openings:
            openings(cache, asked.runs, asked.longest)
        else:
            report(cache, asked.runs, asked.panes)
        cache.close()


if __name__ == "__main__":
    main()
