"""What the app makes of the terminal that it runs on: colours, signs, size, keys."""

import re
from collections.abc import Mapping

import pytest
from rich.cells import cell_len
from tui_driving import app_on, press, screen_lines, screen_text, settle, story_cache

from logsleuth.tui import actions, terminal
from logsleuth.tui.signs import INSTEAD, in_ascii
from logsleuth.tui.terminal import SMALLEST, Terminal, TerminalError
from logsleuth.tui.timeline import marks

SSH = {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}
XTERM = {"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        (XTERM, "textual-dark"),
        (XTERM | {"COLORFGBG": "0;15"}, "textual-light"),
        (XTERM | {"COLORFGBG": "15;default;0"}, "textual-dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "textual-dark"),
        ({"TERM": "tmux-256color"}, "textual-dark"),
        ({"TERM": "screen"}, "ansi-dark"),
        ({"TERM": "linux"}, "ansi-dark"),
        (XTERM | {"NO_COLOR": "1"}, "ansi-dark"),
        (XTERM | SSH, "ansi-dark"),
        (XTERM | SSH | {"COLORFGBG": "0;15"}, "ansi-light"),
    ],
)
def test_the_colours_suit_the_terminal(environ: Mapping[str, str], theme: str) -> None:
    assert Terminal.of(environ).themes[0] == theme


def test_the_colours_that_were_chosen_come_back_where_they_can() -> None:
    here, there = Terminal.of(XTERM), Terminal.of(XTERM | SSH)
    assert here.theme("") == "textual-dark"
    assert here.theme("ansi-light") == "ansi-light"
    assert there.theme("textual-light") == "ansi-light"
    assert Terminal.of({"TERM": "linux"}).theme("textual-light") == "ansi-light"
    assert here.theme("of another version") == "textual-dark"


@pytest.mark.parametrize(
    ("environ", "plain"),
    [
        (XTERM, False),
        ({"TERM": "xterm"}, False),
        ({"TERM": "xterm", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
        ({"TERM": "xterm", "LANG": "de_DE.utf8"}, False),
        (XTERM | {"LC_ALL": "C"}, True),
        ({"TERM": "xterm", "LANG": "en_US.ISO-8859-1"}, True),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, True),
    ],
)
def test_signs_are_ascii_where_there_are_no_others(environ: Mapping[str, str], plain: bool) -> None:
    assert Terminal.of(environ).ascii is plain


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
@pytest.mark.parametrize("term", ["dumb", "", "unknown", "xterm"])
def test_a_pipe_and_a_dumb_terminal_are_refused(
    monkeypatch: pytest.MonkeyPatch, stream: str, term: str
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{name}.isatty", lambda: True, raising=False)
    if term != "xterm":
        with pytest.raises(TerminalError, match=r"TERM.*logsleuth search"):
            terminal.check({"TERM": term})
        return
    terminal.check({"TERM": term})
    monkeypatch.setattr(f"sys.{stream}.isatty", lambda: False, raising=False)
    with pytest.raises(TerminalError, match="needs a terminal"):
        terminal.check({"TERM": term})


# Signs


def test_every_sign_has_one_of_ascii_just_as_wide() -> None:
    for sign, instead in INSTEAD.items():
        assert instead.isascii()
        assert cell_len(sign) == len(instead) == 1


def test_what_is_no_sign_of_the_app_is_a_question_mark_for_each_column() -> None:
    assert in_ascii("Müller · 学生 ⟨U+202E⟩") == "M?ller . ???? <U+202E>"


@pytest.mark.parametrize("signs", [marks.SOLID + marks.DOTTED, "╱·╌▼ ", "┃•▸≋≠≤"])
def test_signs_that_stand_beside_each_other_stay_apart(signs: str) -> None:
    assert len(set(in_ascii(signs))) == len(signs)
    timeline = in_ascii(marks.SOLID + marks.DOTTED + "╱·╌")
    assert len(set(timeline)) == len(timeline)


async def test_a_terminal_of_ascii_gets_nothing_else() -> None:
    app = app_on(story_cache(), terminal=Terminal(ascii=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for keys in (["2", "space"], ["t", "left"], ["escape", "question_mark"], ["escape", "1"]):
            await press(pilot, *keys)
            assert screen_text(app).replace("\n", "").isascii()
        await press(pilot, "ctrl+p")
        assert screen_text(app).replace("\n", "").isascii()
        await press(pilot, "escape")
        assert "Enter open" in screen_lines(app)[-1]


# Size


async def test_a_screen_that_is_too_small_says_the_size_it_needs() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALLEST) as pilot:
        await settle(pilot)
        assert "‹1 Req›" in screen_text(app)
        assert "8 Case" in screen_text(app)
        await press(pilot, "2")
        assert "verdict" in screen_text(app)
        assert "strong" in screen_text(app)
        await press(pilot, "1")
        for size in ((SMALLEST[0] - 1, 24), (80, SMALLEST[1] - 1), (20, 5)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            said = " ".join(screen_text(app).split())
            assert "needs 60x20" in said
            assert "Requests" not in said
            await press(pilot, "2")
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "‹1 Requests›" in screen_text(app)
        await pilot.press("Q")
    assert app.return_value == 0


# Keys

SWALLOWED = {
    "ctrl+a": "the prefix of screen, and of many a tmux",
    "ctrl+b": "the prefix of tmux",
    "ctrl+s": "stops the output",
    "ctrl+q": "goes on with it",
    "ctrl+h": "is Backspace",
    "ctrl+i": "is Tab",
    "ctrl+j": "is Enter",
    "ctrl+m": "is Enter",
    "ctrl+o": "is swallowed by some terminals",
    "ctrl+v": "pastes, or quotes the next key",
    "ctrl+w": "closes windows",
    "ctrl+t": "opens windows",
    "ctrl+n": "opens windows",
    "ctrl+backslash": "quits",
    "ctrl+left_square_bracket": "is Escape",
    "ctrl+right_square_bracket": "leaves telnet and virtual consoles",
    "ctrl+circumflex_accent": "is the escape of nested sessions",
    "ctrl+y": "suspends on some systems",
}
"""Keys that do not come through everywhere, and why."""


def test_no_action_is_on_a_key_that_terminals_swallow() -> None:
    used = {key for action in actions.ACTIONS for key in action.keys}
    assert not used & set(SWALLOWED)
    assert not [key for key in used if re.fullmatch(r"(alt|super|meta|ctrl\+shift)\+.*|f\d+", key)]
    suspending = next(action for action in actions.ACTIONS if "ctrl+z" in action.keys)
    assert suspending.id == "suspend"


def test_every_action_has_a_key_that_can_be_typed_on_any_keyboard() -> None:
    for action in actions.ACTIONS:
        assert any(len(key) == 1 or "+" in key or key.islower() for key in action.keys), action.id


def test_one_moves_as_in_vim() -> None:
    moves = {key: action.id for action in actions.ACTIONS for key in action.keys}
    wanted = {"j": "down", "k": "up", "h": "left", "l": "right", "g": "first", "G": "last",
              "ctrl+d": "half_down", "ctrl+u": "half_up", "ctrl+f": "page_down"}  # fmt: skip
    assert {key: moves[key] for key in wanted} == wanted


async def test_half_a_screen_down_and_up_again() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        before = screen_lines(app)
        await press(pilot, "ctrl+d")
        assert screen_lines(app)[6:] != before[6:]
        await press(pilot, "ctrl+u")
        assert screen_lines(app) == before


async def test_colours_turn_and_the_mouse_is_asked_for() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "d")
        assert app.theme == "textual-light"
        assert "Colours: light" in screen_lines(app)[-2]
        await press(pilot, "M")
        assert "no mouse here" in screen_lines(app)[-2]
        assert app.frame.left().theme == "textual-light"
