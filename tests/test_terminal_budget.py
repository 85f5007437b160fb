"""Few bytes: what the app may send for a key, and nothing while nothing happens.

Measured on real terminals, with the detail closed and open, in 16 and in all colours.
"""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from casework import demo
from pty_meter import BACK, DOWN, ENTER, ESCAPE, PAGE_DOWN, PALETTE, Meter
from screen_reader import Screen

ROW = "GET"
"""On the screen once there are rows."""

TYPED = "met"
WALK = (
    DOWN, PAGE_DOWN, " ", DOWN, "2", DOWN, ENTER, BACK, "3", "/", "m", "e", ESCAPE, PALETTE, "b",
    ESCAPE, "?", PAGE_DOWN, ESCAPE, "5", "z", "1", "f",
)  # fmt: skip
"""Keys after each of which the screen is compared with one that was drawn anew."""

SETTLED = 1.2
"""Seconds without a byte after which nothing more is being read."""

ROWS = 3
IN_SCREEN = b"\x1b[?1049h"
IDLE = 1.5
LONG_IDLE = 10.0


@dataclass(frozen=True)
class Setting:
    """A terminal, and the bytes that each thing may cost there."""

    size: tuple[int, int]
    detail: bool
    start: int
    row: int
    page: int
    character: int
    ansi: bool = False

    def __str__(self) -> str:
        colours = ", 16 colours" if self.ansi else ""
        return f"{self.size[0]}x{self.size[1]}{colours}, detail {'open' * self.detail or 'closed'}"


SETTINGS = (
    Setting((80, 24), False, 45_000, 600, 7_000, 2_000),
    Setting((80, 24), True, 48_000, 1_500, 8_000, 2_000),
    Setting((80, 24), False, 22_000, 400, 4_000, 1_000, ansi=True),
    Setting((80, 24), True, 24_000, 1_000, 4_500, 1_000, ansi=True),
    Setting((200, 50), True, 110_000, 2_500, 20_000, 3_000),
)


def started(cache: Path, home: Path, setting: Setting) -> Meter:
    """The app, in the colours that it takes by itself at home and over SSH."""
    ssh = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"} if setting.ansi else {}
    return Meter(["--cache", str(cache)], home, size=setting.size, **ssh)


def found(cache: Path, home: Path, setting: Setting) -> list[str]:
    """What costs more than it may, walked through once."""
    app = started(cache, home, setting)
    try:
        return list(_over(app, setting))
    finally:
        app.close()


def _over(app: Meter, setting: Setting) -> Iterator[str]:
    def judged(what: str, cost: int, most: int) -> Iterator[str]:
        print(f"{setting}: {what} {cost:,} of {most:,}")
        if cost > most:
            yield f"{setting}: {what} cost {cost:,} bytes of {most:,}"

    cost = len(app.opened(ROW))
    if setting.detail and setting.size[0] < 120:
        cost += len(app.press(" "))
    yield from judged("the first paint", cost, setting.start)
    # What came late of one row counts for the next: so it is their sum that may not be more.
    rows = sum(len(app.press(DOWN)) for _ in range(ROWS))
    yield from judged("a row down", rows // ROWS, setting.row)
    yield from judged("a page down", len(app.press(PAGE_DOWN)), setting.page)
    app.press("/")
    typed = sum(len(app.press(character)) for character in TYPED)
    yield from judged("a character", typed // len(TYPED), setting.character)
    app.press(ESCAPE)
    yield from judged("to be idle", len(app.rest(IDLE)), 0)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo(tmp_path_factory.mktemp("budget") / "cache")


def test_nothing_costs_more_bytes_than_it_may(cache: Path, tmp_path: Path) -> None:
    homes = [tmp_path / str(number) for number in range(len(SETTINGS))]
    with ThreadPoolExecutor() as threads:
        over = threads.map(found, [cache] * len(SETTINGS), homes, SETTINGS)
        assert [sentence for sentences in over for sentence in sentences] == []


@pytest.mark.slow
def test_an_idle_app_sends_nothing_at_all(cache: Path, tmp_path: Path) -> None:
    app = started(cache, tmp_path, SETTINGS[-1])
    try:
        app.opened(ROW)
        assert app.rest(LONG_IDLE).sent == b""
        app.press("/")
        assert app.rest(LONG_IDLE).sent == b""
    finally:
        app.close()


def drawn_anew(app: Meter) -> Screen:
    """What is on the screen when all of it is sent, as after a pause."""
    app.child.send_signal(signal.SIGWINCH)
    whole = Screen()
    whole.send(app.rest(LONG_IDLE).sent.decode())
    return whole


@pytest.mark.slow
@pytest.mark.parametrize("setting", [SETTINGS[2], SETTINGS[-1]], ids=str)
def test_what_was_sent_by_and_by_is_the_same_as_all_at_once(
    cache: Path, tmp_path: Path, setting: Setting
) -> None:
    app = started(cache, tmp_path, setting)
    try:
        app.opened(ROW)
        screen = Screen()
        screen.send(app.sent[app.sent.index(IN_SCREEN) :].decode())
        for key in WALK:
            screen.send(app.press(key, SETTLED).sent.decode())
            assert screen.lines == drawn_anew(app).lines, f"after {key!r}"
        app.resize(70, 30)
        smaller = Screen(columns=70)
        smaller.send(app.rest(LONG_IDLE, SETTLED).sent.decode())
        in_sight = {y: line for y, line in smaller.lines.items() if y < 30}
        assert in_sight == drawn_anew(app).lines
    finally:
        app.close()
