"""Pictures of each pane and of the drilldown, at the smallest size and a comfortable one.

After a change that is meant: ``pytest tests/test_tui_snapshots.py --snapshot-update``, and
look at what changed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tui_driving import app_on, press, story_cache, walk

from logsleuth.tui import screenshots
from logsleuth.tui.terminal import Terminal

SIZES = [(80, 24), pytest.param((120, 36), marks=pytest.mark.slow)]
FILTER = "event_type:concluded and course_id:5001"

WALKS = {
    "requests": walk("j"),
    "acting": walk("space", text="masqueraded:true"),
    "changes": walk("2", "j"),
    "addresses": walk("3"),
    "users": walk("4"),
    "masquerades": walk("5"),
    "keys": walk("6"),
    "sessions": walk("7"),
    "cause": walk("2", "enter", text=FILTER),
    "session": walk("2", "enter", "enter", text=FILTER),
    "account": walk("2", "enter", "enter", "u", text="actor:101 and write:true"),
    "span": walk("5", "enter"),
    "around": walk("plus"),
    "older-than-the-log": walk("2", "enter", text="event_type:restored"),
    "timeline": walk("t", *["left"] * 4, "v", *["left"] * 3),
    "timeline-narrowed": walk("t", "g", "enter"),
    "timeline-of-changes": walk("2", "t", "left"),
    "timeline-of-addresses": walk("3", "t", "g", text="write:true"),
    "timeline-of-users": walk("4", "t", text="status >= 400"),
    "lanes": walk("L"),
    "lanes-of-addresses": walk("3", "L", "t", "down"),
    "help": walk("question_mark"),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", WALKS)
def test_the_screen_looks_as_it_did(
    snap_compare: Callable[..., bool], name: str, size: tuple[int, int]
) -> None:
    app = app_on(story_cache())
    assert snap_compare(app, terminal_size=size, run_before=WALKS[name])


TERMINALS = {
    "truecolor": Terminal(),
    "16-colours": Terminal(few_colours=True),
    "ascii": Terminal(ascii=True),
}
PLACES = [
    ("cause", (60, 20), "truecolor"),
    ("requests", (200, 50), "truecolor"),
    ("cause", (80, 24), "16-colours"),
    ("cause", (80, 24), "ascii"),
]
MORE_PLACES = [
    ("requests", (60, 20), "truecolor"),
    ("help", (60, 20), "truecolor"),
    ("cause", (200, 50), "truecolor"),
    ("requests", (60, 20), "16-colours"),
    ("requests", (120, 36), "16-colours"),
    ("requests", (200, 50), "16-colours"),
]


def _slow(*values: object) -> Any:
    """Parameters of the long tests."""
    return pytest.param(*values, marks=pytest.mark.slow)


def _words(value: object) -> str:
    """A parameter as a part of a test's name."""
    return f"{value[0]}x{value[1]}" if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(
    ("name", "size", "terminal"), [*PLACES, *(_slow(*place) for place in MORE_PLACES)], ids=_words
)
def test_the_screen_suits_the_terminal(
    snap_compare: Callable[..., bool], name: str, size: tuple[int, int], terminal: str
) -> None:
    app = app_on(story_cache(), terminal=TERMINALS[terminal])
    assert snap_compare(app, terminal_size=size, run_before=WALKS[name])


@pytest.mark.parametrize(
    "size", [(80, 24), _slow((60, 20)), _slow((120, 36)), _slow((200, 50))], ids=_words
)
def test_without_colours_nothing_is_lost(
    snap_compare: Callable[..., bool], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_on(story_cache(), terminal=TERMINALS["16-colours"])
    name = "cause" if size == (80, 24) else "requests"
    assert snap_compare(app, terminal_size=size, run_before=WALKS[name])


def test_the_wrong_filter_is_pointed_at(snap_compare: Callable[..., bool]) -> None:
    async def typed(pilot: Any) -> None:
        await walk()(pilot)
        await press(pilot, "slash", *"user_id:101 and curse:5")

    assert snap_compare(app_on(story_cache()), terminal_size=(80, 24), run_before=typed)


def test_a_picture_needs_no_network() -> None:
    svg = (
        '<svg><style>\n    @font-face {\n src: url("https://x/y.woff2")\n }\n'
        ".terminal-123-r1 { fill: red; font-family: Fira Code }</style></svg>"
    )
    plain = screenshots.plain(svg)
    assert "http" not in plain
    assert ".terminal-r1" in plain


@pytest.mark.parametrize("arguments", [[], ["a", "b"]])
def test_the_command_for_pictures_wants_one_folder(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert screenshots.main(arguments) == 2
    assert "FOLDER" in capsys.readouterr().err
