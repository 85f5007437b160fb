"""At home over SSH: a real server, and a line on which a round trip takes 150 ms."""

import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from casework import demo
from pty_meter import DOWN, Meter
from screen_reader import BACKGROUND, Screen
from standins import slow_line
from standins.slow_line import SlowLine

ROUND_TRIP = 0.15
HELD = 30
"""Rows that a key which is held down goes down, and so many in a second."""

LATE = 0.5
"""Seconds after the last key, and the way there and back, until the last row is reached."""

TABLE = range(6, 22)
"""Lines of the screen on which rows stand."""

TRIES = 3
"""A machine may have something else to do once; if the app is late, it is so each time."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(slow_line.missing()), reason=f"needs {slow_line.missing()}"),
]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Meter]:
    """The app at the other end of the line, with its rows on the screen."""
    cache = demo(tmp_path / "cache")
    keys = tmp_path / "ssh"
    keys.mkdir()
    with SlowLine(keys, ROUND_TRIP) as line:
        there = [f"XDG_{kind}_HOME={tmp_path}/{kind}" for kind in ("STATE", "DATA", "CONFIG")]
        path = ":".join(sys.path[1:])
        command = ["env", *there, f"PYTHONPATH={path}", sys.executable, "-m", "logsleuth"]
        meter = Meter([*command, "--cache", str(cache)], tmp_path, program=line.client)
        try:
            meter.opened("GET")
            yield meter
        finally:
            meter.close()


def under_cursor(meter: Meter) -> str:
    """The line of the table that has a background that others have not."""
    screen = Screen()
    screen.send(meter.sent[meter.sent.index(b"\x1b[?1049h") :].decode())
    grounds = {
        y: {one for _, look in screen.lines[y].values() for one in look if BACKGROUND.match(one)}
        for y in TABLE
    }
    usual = set.intersection(*grounds.values())
    [y] = [y for y in TABLE if grounds[y] - usual]
    return screen.text(y)


def test_a_key_that_is_held_down_is_followed_at_once(app: Meter) -> None:
    late: list[float] = []
    for _ in range(TRIES):
        app.press(DOWN)
        app.press("g")
        at, begin = len(app.sent), perf_counter()
        for number in range(HELD):
            app.watch(begin + number / HELD)
            app.type(DOWN)
        late.append(app.rest(LATE + ROUND_TRIP).last - ROUND_TRIP)
        pictures = app.sent[at:].count(b"\x1b[?2026h")
        print(f"{HELD} keys, {pictures} pictures, the last {late[-1]:.3f} s late")
        if late[-1] <= LATE:
            break
    assert min(late) <= LATE
    assert 1 < pictures <= 2 * HELD
    held = under_cursor(app)
    app.press("g")
    app.press(DOWN * HELD)
    assert under_cursor(app) == held
