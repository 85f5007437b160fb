"""How the app ends, pauses and goes on, on a real terminal: signals, a line that drops, keys."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from on_pty import OnPty
from tui_driving import story_cache

from logsleuth.case.case import Case

LEFT_SCREEN = b"\x1b[?1049l"
IN_SCREEN = b"\x1b[?1049h"
SHOWN_CURSOR = b"\x1b[?25h"
FOOTER = "help"
"""Of the outline, which stands there first."""


class Starts(Protocol):
    """Starts the app on a terminal; ended when the test is."""

    def __call__(self, *arguments: str, **options: object) -> OnPty: ...


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Starts]:
    started: list[OnPty] = []

    def start(*arguments: str, **options: object) -> OnPty:
        folder = str(story_cache().folder)
        one = OnPty(["--cache", folder, *arguments], tmp_path, **options)  # type: ignore[arg-type]
        started.append(one)
        return one

    yield start
    for one in started:
        one.close()


def left_behind(home: Path) -> dict[str, object]:
    """What the app has kept of where it was; fails where it wrote of a defect too."""
    [path] = (home / "state" / "logsleuth").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    found: dict[str, object] = json.loads(path.read_bytes())
    return found


def test_a_dropped_line_ends_it_with_everything_kept(app: Starts, tmp_path: Path) -> None:
    case = Case.create(tmp_path / "incident.case", "Who was it?")
    at = ("--timezone", "America/Denver", "--case", str(case.path))
    terminal = app(*at, "--pane", "changes", "--filter", "user_id:202")
    terminal.shows(FOOTER, "202 Tom")
    terminal.type("b")
    terminal.shows("E1")
    assert terminal.hang_up() == 128 + signal.SIGHUP
    assert not case.check()
    assert list(case.state().evidence) == ["E1"]
    assert left_behind(tmp_path)["pane"] == "changes"
    again = app()
    again.shows("‹2 Changes›", "user_id:202", "as you left it", "time Denver")
    again.type("Q")
    assert again.ended() == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_leaves_a_clean_terminal(
    app: Starts, tmp_path: Path, number: signal.Signals
) -> None:
    terminal = app("--pane", "changes")
    terminal.shows(FOOTER, "Concluded")
    terminal.child.send_signal(number)
    assert terminal.ended() == 128 + number
    assert LEFT_SCREEN in terminal.sent
    assert b"Traceback" not in terminal.sent
    assert left_behind(tmp_path)["pane"] == "changes"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_it_is_loaded_leaves_a_clean_terminal(
    app: Starts, number: signal.Signals
) -> None:
    terminal = app()
    terminal.until(FOOTER)
    terminal.child.send_signal(number)
    assert terminal.ended() == 128 + number
    assert LEFT_SCREEN in terminal.sent[terminal.sent.rindex(IN_SCREEN) :]
    assert SHOWN_CURSOR in terminal.sent[terminal.sent.rindex(LEFT_SCREEN) :]
    assert terminal.echoes()


def test_keys_that_come_before_it_is_loaded_are_not_lost(app: Starts) -> None:
    terminal = app()
    terminal.until(FOOTER)
    terminal.type("2z")
    terminal.shows("‹2 Changes›", "No campus zone")
    assert not terminal.echoes()
    assert terminal.sent.count(IN_SCREEN) == 1
    terminal.type("Q")
    assert terminal.ended() == 0
    assert terminal.echoes()


def test_it_goes_to_the_shell_and_comes_back_as_it_was(app: Starts) -> None:
    terminal = app("--pane", "changes", job=True)
    terminal.shows(FOOTER, "Concluded")
    terminal.type("\x1a")
    assert LEFT_SCREEN in terminal.until("STOPPED")
    terminal.resize(100, 30)
    terminal.type("\r")
    assert IN_SCREEN in terminal.until("Concluded")
    terminal.type("Q")
    assert terminal.ended() == 0


def test_over_ssh_it_takes_no_mouse_and_few_colours_and_ends_when_it_is_told_to(
    app: Starts, tmp_path: Path
) -> None:
    terminal = app(SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22")
    terminal.shows(FOOTER, "GET")
    assert b"\x1b[?1000h" not in terminal.sent
    assert b"38;2;" not in terminal.sent
    terminal.type("M")
    terminal.until("\x1b[?1000h")
    terminal.type("M")
    terminal.until("\x1b[?1000l")
    terminal.type(b"\xe9\xff\xc3")  # no text, and so no keys
    terminal.type("2")
    terminal.shows("Concluded")
    terminal.type("\x1a")
    terminal.until("No shell is waiting")
    terminal.child.send_signal(signal.SIGTERM)
    assert terminal.ended() == 128 + signal.SIGTERM
    assert LEFT_SCREEN in terminal.sent
    assert b"Traceback" not in terminal.sent
    assert left_behind(tmp_path)["pane"] == "changes"


def test_in_a_pipe_it_points_to_the_commands(tmp_path: Path) -> None:
    terminal = OnPty(["--cache", str(story_cache().folder)], tmp_path, piped=True)
    try:
        assert terminal.ended() == 2
        assert "standard input is none" in terminal.sent.decode()
        assert "logsleuth search" in terminal.sent.decode()
    finally:
        terminal.close()
