"""Attacks on a real terminal: the app and every command over text that wants to be obeyed.

What is sent to the terminal holds nothing but what the same screens send for harmless text, and
no action runs that no key was pressed for.  That the check sees anything at all is shown by
switching ``visible()`` off.
"""

import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import Any

import hostile
import pytest
from control_sequences import found_in
from pty_child import Done, Plan
from standins.serving import Answer, Asked, Serving

from logsleuth.tui.actions import ACTIONS

CHILD = Path(__file__).parent / "pty_child.py"
LONGEST = 240.0
"""Seconds without a byte until a test gives up."""

REFUSALS = (400, 401, 403, 404, 422)


@dataclass
class World:
    """Two folders with the same in them, but for what others wrote."""

    harmless: Path
    hostile: Path
    dress: hostile.Harmless


@dataclass
class Seen:
    """What a terminal was sent, and what was done meanwhile."""

    sent: bytes
    done: Done

    @property
    def sequences(self) -> set[str]:
        return found_in(self.sent)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("pty")
    made = World(folder / "harmless", folder / "hostile", hostile.Harmless())
    hostile.make(made.harmless, made.dress)
    hostile.make(made.hostile, hostile.as_it_is)
    return made


def on_terminal(
    home: Path, plan: Plan, size: tuple[int, int] = (120, 36), **environment: str
) -> Seen:
    """Carry a plan out on a terminal of that size, in a copy of a folder."""
    path = home / "plan.json"
    path.write_text(json.dumps(asdict(plan)))
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(path)],
        env=_environment(home) | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        sent = _everything(ours)
    finally:
        child.kill()
        child.wait()
        os.close(ours)
    report = Path(plan.report)
    assert report.exists(), sent[-2000:]
    return Seen(sent, Done(**json.loads(report.read_text())))


def _everything(terminal: int) -> bytes:
    sent = b""
    while select.select([terminal], [], [], LONGEST)[0]:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # how Linux says that the other end was closed
            return sent
        if not part:
            return sent
        sent += part
    raise AssertionError(f"nothing came for {LONGEST:.0f} seconds after {sent[-500:]!r}")


def _environment(home: Path) -> dict[str, str]:
    mine = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return mine | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LOGSLEUTH_CACHE": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
    }


def _copy(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target)
    return target


# The commands


def commands(home: Path, dress: hostile.Dress) -> list[list[str]]:
    """Every command, in an order in which each has something to show."""
    # What a shell can pass on: no NUL, and bytes that are no UTF-8.
    said = os.fsdecode(dress(hostile.ALL).replace("\0", "").encode(errors="replace") + b"\x9b3m")
    report, full = str(home / f"report{said[:9].replace('/', '')}"), str(home / "full")
    lists = [
        ["search", "--limit", "0"],
        ["search", "--limit", "5", "--columns", "id,url,user_agent,extra"],
        *([name, "--limit", "0"] for name in ("masquerades", "sessions", "events", "rejects")),
        *(["top", name] for name in ("ip", "agent", "session", "url", "user", "course", "key")),
        ["trace", "--all"],
        ["resolve", said],
        ["resolve", "99"],
    ]
    formats = [[*one, "--format", form] for one in lists for form in ("jsonl", "csv")]
    return [
        *lists,
        *formats[:6],
        ["status"],
        ["status", "--format", "json"],
        ["fields"],
        ["timeline"],
        ["usual", hostile.SUBJECT],
        ["count", said],
        ["search", f"nofield{said}:x"],
        ["search", f'url:"{said}'],
        ["trace", said],
        ["usual", said],
        ["events", "--course", said, "--type", said],
        ["--timezone", said, "count"],
        ["--cache", str(home / said.replace("/", "")[:40]), "count"],
        ["import", str(home / said)],
        ["import", str(home / "files")],
        ["rejects", "--reimport"],
        ["case", "new", "eve", "--title", said, "--ticket", said, "--requester", said,
         "--question", said, "--prepared-for", said, "--authority", said],
        ["case", "add", "eve", "--request", hostile.SUBJECT, "--event", hostile.EVENT],
        ["case", "add", "eve", "--filter", "real_user_id:99"],
        ["case", "add", "eve", "--session", said],
        ["case", "note", "eve", said, "--on", "E1"],
        ["case", "note", "eve", f"# {said}\n\n[x](javascript:alert(1)) `{said}`"],
        ["case", "tag", "eve", said, "--on", "E2"],
        ["case", "finding", "eve", "--statement", said, "--confidence", "high",
         "--alternative", said, "--cites", "E1"],
        ["case", "show", "eve"],
        ["case", "show", "eve", "--format", "json"],
        ["case", "list"],
        ["case", "show", said],
        ["report", "eve", "--check"],
        ["report", "eve", "--output", report],
        ["report", "eve", "--output", report, "--confirm-scan"],
        ["report", "eve", "--output", full, "--full", "--purpose", said, "--recipient", said,
         "--confirm-scan"],
        ["verify", report],
        ["verify", full],
        ["verify", str(home / said)],
        ["case", "close", "eve", "--as", "inconclusive", "--reason", said],
        ["sync", "--check"],
        ["sync", "web-logs"],
        ["sync", "course-events", "--course", "1000"],
        ["sync", "names"],
        ["prune", "--before", "2026-10-02", "--yes"],
        [said],
        ["search", f"--{said}"],
    ]  # fmt: skip


def run_commands(folder: Path, home: Path, dress: hostile.Dress, **more: Any) -> Seen:
    _copy(folder, home)
    with refusing(dress) as settings:
        plan = Plan(str(home / "done.json"), commands(home, dress), **more)
        return on_terminal(home, plan, **settings)


@contextmanager
def refusing(dress: hostile.Dress) -> Iterator[dict[str, str]]:
    """Settings for a server that refuses everything, in words that want to be obeyed."""
    text = dress(hostile.ALL)
    turn = iter(range(10_000))

    def refuse(asked: Asked) -> Answer:
        said = json.dumps({"error": {"type": text, "message": text}, "errors": [{"message": text}]})
        return Answer(REFUSALS[next(turn) % len(REFUSALS)], said.encode())

    with Serving(refuse) as server:
        yield {
            "CANVAS_API_URL": server.url,
            "CANVAS_API_TOKEN": "token-of-the-test",
            "DAP_API_URL": server.url,
            "DAP_CLIENT_ID": "client",
            "DAP_CLIENT_SECRET": "secret-of-the-test",
            "LOGSLEUTH_ALLOW_LOOPBACK_HTTP": "1",
        }


@pytest.mark.slow
def test_commands_send_a_terminal_nothing_that_others_wrote(world: World, tmp_path: Path) -> None:
    harmless = run_commands(world.harmless, tmp_path / "harmless", world.dress)
    attacked = run_commands(world.hostile, tmp_path / "hostile", hostile.as_it_is)
    assert attacked.sequences - harmless.sequences == set()
    assert "␛]0;owned".encode() in attacked.sent
    assert b"defect" not in attacked.sent
    careless = run_commands(world.hostile, tmp_path / "careless", hostile.as_it_is, careless=True)
    leaked = careless.sequences - harmless.sequences
    assert {repr("\x1b[2J"), repr("\x1b]0;owned\x07"), "U+202E", repr("\x07")} <= leaked


# The app


def walk(
    folder: Path,
    home: Path,
    dress: hostile.Dress,
    panes: list[str],
    size: tuple[int, int],
    **more: Any,
) -> Seen:
    """Walk through panes and what one gets to from them, with a case open."""
    _copy(folder, home)
    case = [
        ["case", "new", "eve", "--title", dress(hostile.ALL), "--ticket", dress(hostile.ALL)],
        ["case", "add", "eve", "--request", hostile.SUBJECT, "--event", hostile.EVENT],
        ["case", "note", "eve", dress(hostile.ALL), "--on", "E1"],
    ]
    plan = Plan(
        str(home / "done.json"), case, walk=True, panes=panes, typed=dress(hostile.ALL), **more
    )
    with refusing(dress) as settings:
        return on_terminal(home, plan, size, LOGSLEUTH_CASE="eve", **settings)


PANES = [action.id for action in ACTIONS if action.id.startswith("pane_")]


def obeys_nobody(harmless: Seen, attacked: Seen) -> None:
    """No control sequence and no action that the same screens have not for harmless text."""
    assert attacked.sequences - harmless.sequences == set()
    assert set(attacked.done.actions) <= set(harmless.done.actions)
    assert attacked.done.ended == harmless.done.ended == 0
    assert "␛".encode() in attacked.sent


def leaks(careless: Seen, harmless: Seen) -> None:
    """Without the one sanitiser, what the data want is sent."""
    # Without what the commands say that make the case.
    leaked = found_in(careless.sent.partition(b"\x1b[?1049h")[2]) - harmless.sequences
    assert {"U+202E", repr("\x1b[2J")} <= leaked


@pytest.mark.slow
def test_every_screen_sends_a_terminal_nothing_that_others_wrote(
    world: World, tmp_path: Path
) -> None:
    """Every pane, and every action once: pages, dialogs, forms, help, palette, sync, report."""

    def once(folder: Path, name: str, dress: hostile.Dress, **more: Any) -> Seen:
        return walk(folder, tmp_path / name, dress, PANES, (80, 24), once=True, **more)

    harmless = once(world.harmless, "harmless", world.dress)
    attacked = once(world.hostile, "hostile", hostile.as_it_is)
    obeys_nobody(harmless, attacked)
    leaks(once(world.hostile, "careless", hostile.as_it_is, careless=True), harmless)


@pytest.mark.exhaustive
@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=["80x24", "200x50"])
def test_the_app_sends_a_terminal_nothing_that_others_wrote(
    world: World, tmp_path: Path, pane: str, size: tuple[int, int]
) -> None:
    harmless = walk(world.harmless, tmp_path / "harmless", world.dress, [pane], size)
    obeys_nobody(
        harmless, walk(world.hostile, tmp_path / "hostile", hostile.as_it_is, [pane], size)
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("pane", PANES)
def test_without_the_one_sanitiser_the_app_would_leak(
    world: World, tmp_path: Path, pane: str
) -> None:
    harmless = walk(world.harmless, tmp_path / "harmless", world.dress, [pane], (80, 24))
    hurt = tmp_path / "careless"
    leaks(walk(world.hostile, hurt, hostile.as_it_is, [pane], (80, 24), careless=True), harmless)
