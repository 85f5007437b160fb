"""A small cache made by the command line itself, and three ways to run commands on it."""

import gzip
import json
import os
import pty
import struct
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import Any

import pytest
from click.testing import CliRunner, Result

from logsleuth.cli.main import cli
from logsleuth.model import clock

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
HOSTILE_AGENT = "\x1b[31mred \u202egnp.exe [@click=app.quit]x[/nope]"
FORMULA_AGENT = "=cmd|' /C calc'!A0"


def request_id(number: int) -> str:
    """The id of a made-up request."""
    return str(uuid.UUID(int=0x0100_0000_0000_0000_0000_0000_0000_0000 + number))


def dap_line(number: int, timestamp: str, **value: Any) -> str:
    """A row of web_logs as a line of a DAP file."""
    record = {
        "meta": {"ts": "2026-10-05T00:00:00.000Z", "action": "U"},
        "key": {"id": request_id(number)},
        "value": {"timestamp": timestamp, "user_agent": FIREFOX, "http_version": "2.0", **value},
    }
    return json.dumps(record)


def web_logs() -> list[str]:
    """Nine requests on two days, a day apart: an act-as, errors, a token, hostile text."""
    session = "0f0f0f0f-0000-4000-8000-000000000001"
    admin: dict[str, Any] = {"remote_ip": "198.51.100.7", "session_id": session}
    as_teacher = {**admin, "user_id": 202, "real_user_id": 101}
    student = {"user_id": 303, "remote_ip": "203.0.113.9"}
    return [
        dap_line(1, "2026-10-01T08:00:00.000Z", user_id=101, http_method="GET", http_status=200,
                 url="/courses/5001", course_id=5001, interaction_micros=1, **admin),
        dap_line(2, "2026-10-01T08:10:00.250Z", user_id=101, http_method="POST", http_status=302,
                 url="/users/202/masquerade", web_application_controller="users",
                 web_application_action="masquerade", **admin),
        dap_line(3, "2026-10-01T08:11:00.400Z", http_method="POST", http_status=302,
                 url="/courses/5001", course_id=5001, interaction_micros=300000,
                 web_application_controller="courses", web_application_action="destroy",
                 **as_teacher),
        dap_line(4, "2026-10-01T08:12:00.000Z", http_method="GET", http_status=200,
                 url="/courses/5001/users?page=2", course_id=5001, **as_teacher),
        dap_line(5, "2026-10-01T10:30:00.000Z", http_method="GET", http_status=404,
                 url="/courses/5002", course_id=5002, **student),
        dap_line(6, "2026-10-03T09:00:00.000Z", http_method="GET", http_status=200,
                 url="/search?q=1", **{**student, "user_agent": HOSTILE_AGENT}),
        dap_line(7, "2026-10-03T09:00:01.000Z", user_id=404, http_method="GET", http_status=200,
                 url="/api/v1/courses/5001/users", course_id=5001, remote_ip="2001:db8::1",
                 developer_key_id=10000000000003, user_agent=FORMULA_AGENT),
        dap_line(8, "2026-10-03T09:00:01.500Z", user_id=70000000001234, http_method="PUT",
                 http_status=401, url="/api/v1/users/self", remote_ip="::ffff:203.0.113.9"),
        dap_line(9, "2026-10-03T09:00:02.000Z", http_method="GET", http_status=200, url="/login",
                 remote_ip="203.0.113.9"),
    ]  # fmt: skip


CONCLUDED = "aaaaaaaa-0000-4000-8000-000000000001"
RENAMED = "aaaaaaaa-0000-4000-8000-000000000002"
TOO_OLD = "aaaaaaaa-0000-4000-8000-000000000003"


def course_audit() -> dict[str, Any]:
    """Three changes: one with its cause in the log, a SIS rename, one before the log began."""

    def event(name: str, at: str, kind: str, source: str, data: object = None) -> dict[str, Any]:
        return {
            "id": name,
            "created_at": at,
            "event_type": kind,
            "event_source": source,
            "event_data": data or {},
            "links": {"course": 5001, "user": 202, "page_view": None, "sis_batch": None},
        }

    renamed = event(
        RENAMED, "2026-10-03T03:00:00Z", "updated", "sis", {"name": ["Biology", "=Biology 101"]}
    )
    return {
        "links": {"events.course": "https://canvas.example/api/v1/courses/{events.course}"},
        "events": [
            renamed,
            event(CONCLUDED, "2026-10-01T08:11:00Z", "concluded", "manual"),
            event(TOO_OLD, "2026-03-01T12:00:00Z", "claimed", "api"),
        ],
        "linked": {"page_views": [], "courses": [], "users": []},
    }


@dataclass
class World:
    """The files, the cache they were imported into, and an environment of its own."""

    files: Path
    cache: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("cli")
    job = folder / "files" / "job_1"
    job.mkdir(parents=True)
    (job / "part-00000.json.gz").write_bytes(gzip.compress("\n".join(web_logs()).encode()))
    (folder / "files" / "audit.json").write_text(json.dumps(course_audit()))
    made = World(folder / "files", folder / "cache", home_in(folder))
    result = CliRunner(env=made.environment).invoke(
        cli, ["--cache", str(made.cache), "import", str(made.files)]
    )
    assert result.exit_code == 0, result.output
    return made


def home_in(folder: Path) -> dict[str, str]:
    """Settings that keep a run away from the folders of whoever runs the tests."""
    return {
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
        "LOGSLEUTH_CACHE": "",
        "LOGSLEUTH_CASE": "",
    }


Run = Callable[..., Result]
Spawn = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(autouse=True)
def running_clock() -> Iterator[None]:
    """A cache may pin the clock of the whole process."""
    yield
    clock.pin(None)


@pytest.fixture
def run(world: World) -> Run:
    """Run a command in this process, on the small cache."""

    def go(*args: str, cache: Path | None = None, **environment: str) -> Result:
        runner = CliRunner(env={**world.environment, **environment})
        return runner.invoke(cli, ["--cache", str(cache or world.cache), *args])

    return go


@pytest.fixture
def spawn(world: World) -> Spawn:
    """Run a command in a process of its own, its output in a pipe."""

    def go(*args: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.run(command(world, args), env=environment(world), check=False, **options)

    return go


@pytest.fixture
def terminal(world: World) -> Callable[..., str]:
    """Run a command with a terminal as its output, and return what it wrote there."""

    def go(*args: str, columns: int = 80) -> str:
        ours, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        child = subprocess.Popen(
            command(world, args),
            env=environment(world),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end was closed
                break
            if not part:
                break
            written += part
        os.close(ours)
        assert child.wait() == 0
        return written.decode().replace("\r\n", "\n")

    return go


def command(world: World, args: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "logsleuth", "--cache", str(world.cache), *args]


def environment(world: World) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **world.environment, "TERM": "xterm-256color"}
