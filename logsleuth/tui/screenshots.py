"""Pictures of the walks through the demo, as the README shows them, and of every pane.

python -m logsleuth.tui.screenshots FOLDER
"""

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from logsleuth.case import places
from logsleuth.case.case import Case
from logsleuth.demo.build import build
from logsleuth.demo.campus import ZONE
from logsleuth.demo.stories import stories
from logsleuth.model import clock
from logsleuth.model.zones import zone
from logsleuth.report.export import Wishes, export
from logsleuth.store.cache import Cache
from logsleuth.trace.kept import KeptTraces
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.casebook import Casebook
from logsleuth.tui.frame import WIDE

SIZES = ((120, 36), (80, 24))
ROWS = 200_000
CASE = "incident-42"
READ = Wishes(confirmed=True)
Pictures = Sequence[tuple[str, Sequence[str]]]
"""Names of pictures, and the keys that lead from each one to the next."""

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
            detail = ("space",) if width < WIDE else ()
            case = Path(made) / f"{width}" / CASE
            for pictures in (_concluded(), _curious(detail), _every_pane(), _case(case)):
                asyncio.run(_walk(cache, width, height, folder, pictures))
        _report(case, folder)
    return 0


def _concluded() -> Pictures:
    """From the list of changes to the administrator who acted as the teacher."""
    course = stories()["concluded"].ids["course"]
    return (
        ("requests", ()),
        ("changes", ("2",)),
        ("filter", ("slash", *f"event_type:concluded and course_id:{course}")),
        ("changes-filtered", ("enter",)),
        ("event", ("enter",)),
        ("session", ("enter",)),
        ("account", ("u",)),
        ("help", ("question_mark",)),
    )


def _curious(detail: Sequence[str]) -> Pictures:
    """From an administrator's name to what was read as a student; ``detail`` are the keys
    that open the details, and close them again."""
    return (
        ("readings", ("slash", *"Nour Nobody", "enter", "m")),
        ("peers", ("enter", "5", *detail, "tab", "G")),
        ("span", ("tab", *detail, "j", "enter")),
    )


def _every_pane() -> Pictures:
    """The panes that are not on the walks, and the timeline."""
    two, one = stories()["quiz"].ids, stories()["elsewhere"].ids
    students = f"user:({two['user']} or {two['other_user']} or {one['user']} or {one['innocent']})"
    hour = 'timestamp >= "2026-10-19T14:00" timestamp < "2026-10-19T14:35"'
    return (
        ("addresses", ("3",)),
        ("users", ("4",)),
        ("masquerades", ("5",)),
        ("keys", ("6",)),
        ("sessions", ("7",)),
        ("timeline", ("1", "t", *["left"] * 8, "v", *["left"] * 5)),
        ("lanes", ("escape", "escape", "slash", *f"{students} {hour}", "enter", "3", "L")),
    )


def _case(path: Path) -> Pictures:
    """A case made at a path: a change, the session of its cause, a note, a finding."""
    ids = stories()["concluded"].ids
    about = (*f"{path}", "tab", *"Who concluded Biology 101?", "tab", *"SEC-42", "ctrl+d")
    change = ("2", "slash", *f"event_type:concluded and course_id:{ids['course']}", "enter", "b")
    session = ("7", "slash", "ctrl+u", *f"session_id:{ids['session']}", "enter", "b")
    note = ("8", "j", "n", *"The **teacher** was in class then.", "ctrl+d")
    finding = (
        *("f", *"Account 101 concluded it, acting as 202.", "tab", "right", "right", "tab"),
        *(*"Somebody else used the session of 101.", "tab", *", E2", "ctrl+d", "G"),
    )
    return (("case", ("C", "enter", *about, *change, *session, *note, *finding)),)


def _report(case: Path, folder: Path) -> None:
    """The first page of the report on a case, as a browser shows it; needs Chromium."""
    browser = shutil.which("chromium")
    if browser is None:
        sys.stderr.write("No picture of the report: there is no chromium here.\n")
        return
    done = export(Case.open(places.find(str(case))), case.with_name("report"), READ)
    picture = folder / "report-1280.png"
    subprocess.run(
        [
            *(
                browser,
                "--headless",
                "--no-sandbox",
                "--hide-scrollbars",
                "--window-size=1280,1600",
            ),
            *(f"--screenshot={picture}", (done.folder / "report.html").as_uri()),
        ],
        check=True,
        capture_output=True,
    )


async def _walk(path: Path, width: int, height: int, folder: Path, pictures: Pictures) -> None:
    """Press the keys, and draw each picture."""
    cache = Cache.open(path)
    pinned = cache.catalogue.meta("pinned_clock")
    clock.pin(int(pinned) if pinned else None)
    app = LogsleuthApp(
        cache.requests,
        cache.catalogue,
        KeptTraces.of(cache),
        name="demo",
        zone=zone(ZONE),
        cases=Casebook(cache),
    )
    async with app.run_test(size=(width, height)) as pilot:
        await _settle(pilot)
        for name, keys in pictures:
            for key in keys:
                await pilot.press(key)
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
