"""Servers that mean harm: whatever Canvas or DAP answers, it is one sentence, and it ends."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from canvas_syncing import holds
from click.testing import CliRunner, Result
from control_sequences import found_in
from hostile import ALL
from marking import mostly_slow
from standins.serving import Answer, Asked, Serving

from logsleuth.cli import syncing
from logsleuth.cli.main import cli
from logsleuth.model import clock
from logsleuth.sources import download, http

SECRET = "canary-secret"

COMMANDS = (
    ("sync", "web-logs"),
    ("sync", "course-events", "--course", "1"),
    ("sync", "names"),
    ("sync", "--check"),
)


def said(text: str) -> bytes:
    """An error in the forms of DAP and of Canvas, with a text of one's own."""
    return json.dumps(
        {
            "error": {"type": text, "message": text, "uuid": text, "since": text, "until": text},
            "errors": [{"message": text}],
        }
    ).encode()


def packed(content: bytes, times: int = 1) -> Answer:
    for _ in range(times):
        content = gzip.compress(content)
    return Answer(200, content, {"Content-Encoding": ", ".join(["gzip"] * times)})


LATIN = ALL.encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "")
ANSWERS: dict[str, Callable[[], Answer]] = {
    "words": lambda: Answer(403, said(f"{ALL} access_token={SECRET}")),
    "words of success": lambda: Answer(200, said(f"{ALL} access_token={SECRET}")),
    "bad gateway": lambda: Answer(502, said(f"{ALL} access_token={SECRET}")),
    "odd headers": lambda: Answer(400, b"", {"X-Odd": LATIN, "Retry-After": LATIN, "Date": LATIN}),
    "huge headers": lambda: Answer(200, b"{}", {f"X-{n}": "x" * 60_000 for n in range(20)}),
    "sent elsewhere": lambda: Answer(302, b"", {"Location": f"https://e.example/?sig={SECRET}"}),
    "sent nowhere": lambda: Answer(302, b"", {"Location": LATIN}),
    "sent round": lambda: Answer(307, b"", {"Location": "/"}),
    "too short": lambda: Answer(200, b'{"tables": []}', length=9_000),
    "too long": lambda: Answer(200, b"[]" * 50_000, length=3),
    "gzip bomb": lambda: packed(bytes(8 << 20)),
    "gzip bomb in gzip": lambda: packed(bytes(8 << 20), 2),
    "no gzip": lambda: Answer(200, b"nothing", {"Content-Encoding": "gzip"}),
    "deep": lambda: Answer(200, b'{"tables":' + b"[" * 100_000),
    "deep and whole": lambda: Answer(200, b'{"a":' + b"[" * 90_000 + b"]" * 90_000 + b"}"),
    "deep error": lambda: Answer(400, b'{"error":' * 100_000),
    "many digits": lambda: Answer(200, b'{"id": ' + b"9" * 100_000 + b"}"),
    "many values": lambda: Answer(200, b'{"events": [' + b"9," * 200_000 + b"9]}"),
    "large": lambda: Answer(200, b'{"id": "' + b"x" * (2 << 20) + b'"}'),
    "nothing": lambda: Answer(200, b""),
    "no text": lambda: Answer(200, b"\xff\xfe\x00"),
    "a page": lambda: Answer(200, b"<html>\x1b[2J</html>", {"Content-Type": LATIN}),
    "drip": lambda: Answer(200, b'{"tables": []}', stall=3),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        pass

    monkeypatch.setattr(syncing, "SLEEP", at_once)
    monkeypatch.setattr(http, "LARGEST_ANSWER", 1 << 20)


def run(folder: Path, url: str, *args: str) -> Result:
    environment = {
        "CANVAS_API_URL": url,
        "CANVAS_API_TOKEN": f"{SECRET}-token",
        "DAP_API_URL": url,
        "DAP_CLIENT_ID": "client",
        "DAP_CLIENT_SECRET": f"{SECRET}-of-dap",
        "LOGSLEUTH_ALLOW_LOOPBACK_HTTP": "1",
        "LOGSLEUTH_DAP_POLL_SECONDS": "0",
        **{f"XDG_{name}_HOME": str(folder / name) for name in ("CONFIG", "STATE", "DATA")},
    }
    try:
        line = ["--cache", str(folder / "cache"), "--log-file", str(folder / "own.log"), *args]
        return CliRunner(env=environment).invoke(cli, line)
    finally:
        clock.pin(None)


def in_a_sentence(done: Result) -> None:
    """Nothing of what a server wrote is obeyed, kept secret or left unexplained."""
    assert done.exit_code in {0, 1}, done.output
    assert found_in(done.output.encode("utf-8", "surrogateescape")) <= {repr("\n")}
    for word in (SECRET, "Traceback", "Error(", "defect"):
        assert word not in done.output, done.output
    if done.exit_code:
        assert done.output.strip().splitlines()[-1].endswith((".", "?")), done.output


@pytest.mark.parametrize("name", mostly_slow(ANSWERS, quick=8))
def test_whatever_is_answered_is_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "drip":
        monkeypatch.setattr(http, "ANSWER_SECONDS", 0.05)

    def answer(_: Asked) -> Answer:
        return ANSWERS[name]()

    with Serving(answer) as server:
        for command in COMMANDS:
            done = run(tmp_path, server.url, *command)
            in_a_sentence(done)
            if command != ("sync", "names"):  # an empty cache has no ids to ask for
                assert done.exit_code == 1, (command, done.output)
                assert " added" not in done.output, "nothing came, and no number is said"
    assert holds(tmp_path, SECRET) == []


EVENT = {"id": "e", "created_at": "2026-10-01T00:00:00Z", "links": {"course": 1}}
FOLLOWED = {
    "elsewhere": f"https://e.example/?access_token={SECRET}",
    "a file": "file:///etc/passwd",
    "round": "{}",
    "no address": "http://[::1",
    "a name": f"//user:{SECRET}@e.example/",
    "signs": "https://e.example/\x1b]0;x\x07",
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_next_page_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        link = FOLLOWED[name].format(asked.target)
        return Answer(
            200, json.dumps({"events": [EVENT]}).encode(), {"Link": f'<{link}>; rel="next"'}
        )

    with Serving(answer) as server:
        done = run(tmp_path, server.url, "sync", "course-events", "--course", "1")
        in_a_sentence(done)
        assert len(server.asked) < 40
    assert holds(tmp_path, SECRET) == []


def test_a_file_that_drips_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "SLOW_SECONDS", 1e-9)
    monkeypatch.setattr(download, "SLOWEST", 10**30)
    with Serving(_job) as server:
        done = run(tmp_path, server.url, "sync", "web-logs", "--since", "2026-10-01")
    in_a_sentence(done)
    assert "sends a file at less than" in done.stderr


def _job(asked: Asked) -> Answer:
    """A DAP whose one job has one file, called by a path out of its folder."""
    home = f"http://{asked.headers['host']}"
    file = "../../../../out"
    job = {"id": "../../job", "status": "complete", "objects": [{"id": file}],
           "since": "2026-10-01T00:00:00Z", "until": "2026-10-02T00:00:00Z"}  # fmt: skip
    answers: dict[str, object] = {
        "/ids/auth/login": {"access_token": "t", "expires_in": 3600},
        "/dap/query/canvas_logs/table/web_logs/data": job,
        "/dap/job/..%2F..%2Fjob": job,
        "/dap/object/url": {"urls": {file: {"url": f"{home}/file?sig={SECRET}"}}},
    }
    if asked.path == "/file":
        return Answer(200, gzip.compress(b"x\n" * 999), chunked=True)
    return Answer(200, json.dumps(answers[asked.path]).encode())


def test_no_name_of_a_server_is_a_path(tmp_path: Path) -> None:
    with Serving(_job) as server:
        raw = tmp_path / "raw" / "here"
        done = run(
            tmp_path,
            server.url,
            "sync",
            "web-logs",
            "--since",
            "2026-10-01",
            "--keep-raw",
            str(raw),
        )
    in_a_sentence(done)
    assert not list(tmp_path.rglob("out*"))
    assert holds(tmp_path, SECRET) == []
