"""Secrets of a whole run, each put where one can come from, are found nowhere afterwards."""

import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from canvas_syncing import holds
from dap import NOON, jsonl, row
from pty_child import Plan
from standins.serving import Answer, Asked, Serving
from test_pty_attack import on_terminal

ENVIRONMENT = "CANARYenvironment7f3a1b"
SETTINGS = "CANARYsettings52c9e0d4"
COMMAND = "CANARYcommand1e88a04f"
URL = "CANARYurl90b2d7c3"
AGENT = "CANARYagent3d1f6b58"
REJECTED = "CANARYrejected4c07ae91"
ERROR = "CANARYerrorb65d20f8"
REDIRECT = "CANARYredirect2a9c4e17"
PASTED = "CANARYpasted8be1357c"
EVENT = "CANARYevent61f0d2ab"
COLUMN = "CANARYcolumn7d20be46"
CODE = "CANARYcode05e9d1f7"
NAME = "CANARYname93c6a8d2"
SIGNED = "CANARYsigned2f47b0ce"

REQUEST = "10000000-0000-4000-8000-000000000009"


def _files(folder: Path) -> Path:
    """A log with secrets in its columns, in a path and in a line that is rejected; a change, a
    name and the name of a file with one."""
    folder.mkdir(parents=True)
    rows = [
        row(REQUEST, url=f"/courses/1?access_token={URL}", user_id=1, course_id=1),
        row("b", at=NOON + 1, user_agent=f"curl Authorization: Bearer {AGENT}", user_id=1),
    ]
    rows += [
        row("d", url=f"/enroll/{CODE}", user_id=1),
        row("e", url="/", http_method=f"GET token={COLUMN}", remote_ip=f"?sig={COLUMN}"),
        row("f", url="/", web_application_controller=f"?sig={COLUMN}", session_id=f"sig={COLUMN}"),
    ]
    bad = row("c", url=f"/x?access_token={REJECTED}")
    bad["value"]["timestamp"] = "?"
    (folder / "web_logs.jsonl").write_bytes(jsonl([*rows, bad]))
    event = {
        "id": "e",
        "created_at": "2026-10-01T12:00:00Z",
        "event_type": f"updated?token={EVENT}",
        "event_source": "manual",
        "event_data": {"syllabus_body": ["", f"https://x.example/?token={EVENT}"]},
        "links": {"course": 1, "user": 1},
    }
    user = {"key": {"id": 1}, "value": {"name": f"Ann ?access_token={NAME}"}}
    (folder / f"users?X-Amz-Signature={SIGNED}.jsonl").write_bytes(jsonl([user]))
    (folder / "audit.json").write_text(json.dumps({"events": [event]}))
    return folder


def _refusals(asked: Asked) -> Answer:
    """A server that repeats what it was sent, and sends on to an address with a secret."""
    if asked.path.startswith("/api/v1/users"):
        place = f"https://elsewhere.example/?access_token={REDIRECT}"
        return Answer(302, b"", {"Location": place})
    repeated = f"{asked.headers.get('authorization', '')} {asked.body!r} access_token={ERROR}"
    said = {"error": {"type": "x", "message": repeated}, "errors": [{"message": repeated}]}
    return Answer(400, json.dumps(said).encode())


def _settings(home: Path) -> None:
    path = home / "config" / "logsleuth" / "config.toml"
    path.parent.mkdir(parents=True)
    path.touch(0o600)
    tell = home.parent / "tell"
    tell.write_text(COMMAND)
    script = f"print(open({str(tell)!r}).read())"
    path.write_text(
        f'dap_client_secret = "{SETTINGS}"\n'
        f"canvas_token_command = '''{sys.executable} -c \"{script}\"'''\n"
    )


def _commands(home: Path) -> list[list[str]]:
    log = ["--log-file", str(home / "own.log")]
    pasted = f"https://canvas.example/courses/1?access_token={PASTED}"
    lists: list[list[str]] = [
        ["import", str(home.parent / "files")],
        *([name] for name in ("search", "events", "status", "rejects", "sessions")),
        *(["top", name] for name in ("url", "agent", "ip", "session", "user", "controller")),
        ["status", "--sources"],
        ["search", "--columns", "url,extra,line_sha256", "--format", "csv"],
        ["search", pasted],
        ["resolve", pasted],
        ["usual", REQUEST],
        ["case", "new", "canary", "--title", "A case", "--ticket", pasted],
        ["case", "add", "canary", "--request", REQUEST, "--event", "e"],
        ["case", "add", "canary", "--filter", f"not url:{pasted}"],
        ["case", "note", "canary", f"See {pasted}"],
        ["case", "tag", "canary", pasted, "--on", "E1"],
        ["case", "finding", "canary", "--statement", pasted, "--confidence", "low",
         "--alternative", pasted, "--cites", "E1"],
        ["case", "show", "canary"],
        ["report", "canary", "--output", str(home / "redacted"), "--confirm-scan", "--zip"],
        ["report", "canary", "--output", str(home / "full"), "--confirm-scan", "--full",
         "--purpose", f"for {pasted}", "--recipient", "Counsel"],
        ["verify", str(home / "full")],
        ["sync", "--check"],
        ["sync", "web-logs"],
        ["sync", "course-events", "--course", "1"],
        ["sync", "names"],
        ["--no-such-option"],
    ]  # fmt: skip
    return [[*log, *one] for one in lists]


@pytest.mark.parametrize(
    ("token", "walk"),
    [
        ("environment", False),
        ("command", False),
        pytest.param("command", True, marks=pytest.mark.slow),
    ],
)
def test_no_secret_of_a_whole_run_is_anywhere(tmp_path: Path, token: str, walk: bool) -> None:
    home = tmp_path / "home"
    home.mkdir()
    _files(tmp_path / "files")
    _settings(home)
    given: dict[str, Any] = {"CANVAS_API_TOKEN": ENVIRONMENT} if token == "environment" else {}
    with Serving(_refusals) as server:
        plan = Plan(
            str(tmp_path / "done.json"), _commands(home), walk=walk, panes=["pane_requests"]
        )
        run = partial(on_terminal, CANVAS_API_URL=server.url, DAP_API_URL=server.url, **given)
        seen = run(home, plan, DAP_CLIENT_ID="client", LOGSLEUTH_ALLOW_LOOPBACK_HTTP="1")
        sent_token = ENVIRONMENT if token == "environment" else COMMAND
        assert any(sent_token in str(asked.headers) for asked in server.asked)
    (home / "plan.json").unlink()
    (home / "config" / "logsleuth" / "config.toml").unlink()
    assert re.findall(rb"[^\n]{0,80}CANARY[^\n]{0,20}", seen.sent) == []
    assert b"defect" not in seen.sent
    with ZipFile(home / "redacted.zip") as archive:
        archive.extractall(home / "unpacked")
    assert holds(home, "CANARY") == []
    for secret in (URL, AGENT, REJECTED, COLUMN, CODE, NAME, SIGNED, EVENT):
        assert holds(tmp_path / "files", secret) or SIGNED in "".join(
            one.name for one in (tmp_path / "files").iterdir()
        ), "it was there to be found"
    assert {one.name for one in home.iterdir()} >= {"cache", "redacted", "redacted.zip", "full"}
