"""Pictures of the demo's first story, as the README shows them.

python -m logsleuth.tui.screenshots FOLDER
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from logsleuth.demo.build import build
from logsleuth.demo.stories import stories
from logsleuth.model import clock
from logsleuth.model.zones import zone
from logsleuth.store.cache import Cache
from logsleuth.trace.kept import KeptTraces
from logsleuth.tui.app import LogsleuthApp

SIZES = ((120, 36), (80, 24))
ROWS = 200_000
CAMPUS = "America/Denver"

_FONT = re.compile(r"\s*@font-face \{.*?\}\n", re.DOTALL)
_CLASS = re.compile(r"terminal-\d+")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write every picture into the folder; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 1:
        sys.stderr.write("usage: python -m logsleuth.tui.screenshots FOLDER\n")
        return 2
    folder = Path(given[0])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="logsleuth-screenshots-") as made:
        cache = Path(made) / "demo"
        build(cache, rows=ROWS)
        for width, height in SIZES:
            asyncio.run(_walk(cache, width, height, folder))
    return 0


async def _walk(path: Path, width: int, height: int, folder: Path) -> None:
    """From the list of changes to the administrator who acted as the teacher."""
    story = stories()["concluded"]
    cache = Cache.open(path)
    pinned = cache.catalogue.meta("pinned_clock")
    clock.pin(int(pinned) if pinned else None)
    app = LogsleuthApp(
        cache.requests, cache.catalogue, KeptTraces.of(cache), name="demo", zone=zone(CAMPUS)
    )
    wanted = f"event_type:concluded and course_id:{story.ids['course']}"
    pictures = (
        ("requests", ()),
        ("changes", ("2",)),
        ("filter", ("slash", *wanted)),
        ("changes-filtered", ("enter",)),
        ("event", ("enter",)),
        ("session", ("enter",)),
        ("account", ("u",)),
        ("help", ("question_mark",)),
    )
    async with app.run_test(size=(width, height)) as pilot:
        for name, keys in pictures:
            await pilot.press(*keys)
            await _settle(pilot)
            svg = app.export_screenshot(title="logsleuth")
            picture = folder / f"{name}-{width}x{height}.svg"
            picture.write_text(plain(svg), encoding="utf-8")
    cache.close()


async def _settle(pilot: Any) -> None:
    """Wait until every answer has come and is drawn."""
    await pilot.pause()
    while pilot.app.desk.asking.busy:
        await pilot.pause(0.01)
    await pilot.pause()


def plain(svg: str) -> str:
    """The picture without fonts from the network, and the same on every run."""
    svg = _FONT.sub("", svg)
    return _CLASS.sub("terminal", svg).replace("Fira Code", "monospace")


if __name__ == "__main__":
    raise SystemExit(main())
