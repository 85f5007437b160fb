"""Copying: what can be copied, in which forms, and how it gets out of the terminal."""

import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from on_pty import OnPty
from textual.pilot import Pilot
from tui_driving import app_on, press, screen_lines, screen_text, settle, story_cache, type_filter

from logsleuth.filter import evaluate
from logsleuth.filter.parse import parse
from logsleuth.model import zones
from logsleuth.tui import copying
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.pages.page import Page
from logsleuth.tui.plain_text import GO_BACK

SMALL = (80, 24)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A terminal with a clipboard and nothing around it; the folder for its files."""
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("platformdirs.user_state_path", lambda name: tmp_path / name)
    return tmp_path


@pytest.fixture
def tmux() -> Iterator[dict[str, str]]:
    """A tmux of our own, with the settings it comes with; the environment inside of it."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    name = ["tmux", "-L", f"logsleuth-test-{os.getpid()}", "-f", os.devnull]
    subprocess.run([*name, "new-session", "-d", "cat"], check=True)
    try:
        where = subprocess.run(
            [*name, "display-message", "-p", "#{socket_path},#{pid},0"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        yield {"TMUX": where.stdout.strip()}
    finally:
        subprocess.run([*name, "kill-server"], check=True)


async def chosen(pilot: Pilot[Any], words: str) -> str:
    """Take a line of the menu of copies; what was copied."""
    app = pilot.app
    assert isinstance(app, LogsleuthApp)
    await press(pilot, "a")
    lines = [line for line in screen_lines(app) if words in line]
    assert len(lines) == 1, screen_text(app)
    await press(pilot, next(char for char in lines[0] if char.isdigit()))
    return app.clipboard


# The ways out


async def test_in_tmux_the_text_is_in_its_buffer(
    tmux: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in tmux.items():
        monkeypatch.setenv(name, value)
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "Y")
        assert "through tmux" in screen_lines(app)[-2]
        socket = tmux["TMUX"].partition(",")[0]
        shown = subprocess.run(
            ["tmux", "-S", socket, "show-buffer"], check=True, capture_output=True, text=True
        )
        assert "request id" in shown.stdout
        assert not app.clipboard


async def test_elsewhere_the_terminal_is_asked(plain: Path) -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "y")
        assert "by OSC 52, if the terminal takes it" in screen_lines(app)[-2]
        assert app.clipboard.startswith("/")
    assert not list(plain.iterdir())


@pytest.mark.parametrize(
    ("environ", "length", "why"),
    [
        ({"TERM": "xterm"}, copying.OSC_52_MOST, "too long"),
        ({"TERM": "linux"}, 9, "no clipboard"),
        ({"TERM": "screen", "STY": "1.pts"}, 9, "screen passes nothing on"),
        ({"TERM": "tmux-256color", "TMUX": "/nowhere,1,0", "PATH": os.environ["PATH"]}, 9, "tmux"),
    ],
)
def test_what_cannot_be_handed_over_goes_into_a_private_file(
    plain: Path, environ: dict[str, str], length: int, why: str
) -> None:
    sent: list[str] = []
    said = copying.copy("x" * length, "cell", environ, sent.append)
    path = plain / "logsleuth" / "copied.txt"
    assert why in said
    assert str(path) in said
    assert not sent
    assert path.read_text() == "x" * length + "\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_cannot_be_written_is_said(plain: Path) -> None:
    (plain / "logsleuth").write_text("a file where the folder should be")
    said = copying.copy("text", "cell", {"TERM": "linux"}, lambda text: None)
    assert said.startswith("Not copied: there is no clipboard, and ")


def test_only_what_one_sees_is_copied() -> None:
    copied = Page.Copy(["rm -rf\r\n\x1b[2J\u202e", "and more"], "cell")
    assert copied.text == "rm -rf␍␊␛[2J⟨U+202E⟩\nand more"


# The forms


async def test_marked_rows_are_copied_in_every_form(plain: Path) -> None:
    cache = story_cache()
    app = app_on(cache)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "v", "j", "v")
        assert sum("■" in line for line in screen_lines(app)) == 2
        assert "2 marked" in screen_lines(app)[1]
        rows = app.frame.page.main.marked  # type: ignore[attr-defined]

        told = [json.loads(line) for line in (await chosen(pilot, "as JSON")).split("\n")]
        assert told == [row.as_json() for row in rows]
        assert "Copied the 2 marked rows as JSON by OSC 52" in screen_lines(app)[-2]

        where = parse(await chosen(pilot, "marked rows, as a filter"), zone=zones.zone("UTC"))
        found = [row for row in _all(app) if evaluate.matches(where, row)]
        assert {row.id for row in found} == {row.id for row in rows}

        heading, *lines = (await chosen(pilot, "as text")).split("\n")
        assert heading.split()[0] == "time"
        assert [row.url in line for row, line in zip(rows, lines, strict=True)] == [True, True]

        sentences = (await chosen(pilot, "a sentence each")).split("\n")
        assert [row.id in said for row, said in zip(rows, sentences, strict=True)] == [True, True]

        await press(pilot, "V")
        assert "■" not in screen_text(app)
        assert "marked" not in screen_lines(app)[1]
        assert "request id" in await chosen(pilot, "The row: a sentence")


def _all(app: LogsleuthApp) -> list[Any]:
    *_, found = app.desk.store.page(parse("", zone=zones.zone("UTC")), limit=100)
    return list(found.value.rows)


async def test_a_mark_counts_only_as_long_as_its_row_is_listed(plain: Path) -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "v")
        [row] = app.frame.page.main.marked  # type: ignore[attr-defined]
        await type_filter(pilot, f"not id:{row.id}")
        assert not app.frame.page.main.marked  # type: ignore[attr-defined]
        assert "The row, as text" in await _menu(pilot)
        await press(pilot, "escape", "backspace")
        assert app.frame.page.main.marked == (row,)  # type: ignore[attr-defined]


async def _menu(pilot: Pilot[Any]) -> str:
    await press(pilot, "a")
    assert isinstance(pilot.app, LogsleuthApp)
    return screen_text(pilot.app)


async def test_rows_of_every_pane_can_be_copied(plain: Path) -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        for pane in "234567":
            await press(pilot, pane)
            assert json.loads(await chosen(pilot, "as JSON"))
            assert await chosen(pilot, "row, as text")
            assert "Not on this page" not in screen_lines(app)[-2]
        await press(pilot, "8", "A")
        assert "no rows to copy here" in screen_lines(app)[-2]


async def test_a_change_without_a_cause_is_copied_itself(plain: Path) -> None:
    app = app_on(story_cache(), pane="changes")
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "event_type:restored")
        await press(pilot, "enter", "Y")
        assert "recorded as" in app.clipboard
        assert json.loads(await chosen(pilot, "as JSON"))["event_type"] == "restored"


# The place


async def test_a_place_is_a_command_line_that_opens_exactly_there(
    plain: Path, tmp_path: Path
) -> None:
    app = app_on(story_cache(), pane="changes")
    app.desk.command = ("logsleuth", "--cache", str(story_cache().folder))
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "event_type:concluded and course_id:5001")
        listing = await chosen(pilot, "This place")
        assert shlex.split(listing)[3:] == [
            "--pane", "changes", "--filter", "event_type:concluded and course_id:5001",
        ]  # fmt: skip
        await press(pilot, "enter")
        line = await chosen(pilot, "This place")
        title = screen_lines(app)[4].strip()
        await press(pilot, "enter")
        assert "--pane requests --filter" in await chosen(pilot, "This place")
    opened = OnPty(shlex.split(line)[1:], tmp_path)
    try:
        opened.shows(title, "‹2 Changes›")
        opened.type("Q")
        assert opened.ended() == 0
    finally:
        opened.close()


# Plain text


def test_plain_text_leaves_the_screen_and_enter_comes_back(tmp_path: Path) -> None:
    terminal = OnPty(["--cache", str(story_cache().folder), "--pane", "changes"], tmp_path)
    try:
        terminal.shows("Concluded", "strong")
        terminal.type("A")
        said = terminal.until(GO_BACK).partition(b"\x1b[?1049l")[2].decode()
        assert "Concluded" in said
        assert said.count("\x1b[") <= 3  # the cursor shown, focus not told any more
        terminal.type("\r")
        assert b"\x1b[?1049h" in terminal.until("help")
        terminal.type("A")
        terminal.until(GO_BACK)
        terminal.child.send_signal(signal.SIGTERM)
        assert terminal.ended() == 128 + signal.SIGTERM
    finally:
        terminal.close()
