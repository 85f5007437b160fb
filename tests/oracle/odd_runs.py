"""Runs of requests that are hard to put together: over midnight, by phones, behind a NAT.

They follow from nothing but the clock of the campus, so every cache has the same ones.
"""

import gzip
import itertools
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dap

from logsleuth.demo.log import START
from logsleuth.model import times

MIDNIGHT = START + 12 * times.DAY
CAMPUS, PHONE, HOME = "203.0.113.77", "198.51.100.9", "2001:db8:77::1"
CROWD = range(880_000, 880_300)
"""Accounts behind one address."""
TEACHER, STUDENT, ADMIN = 881_001, 881_002, 881_003

_PAGE = {"web_application_controller": "courses", "web_application_action": "show"}
_PING = {
    "http_method": "POST",
    "url": "/api/v1/courses/7/ping",
    "web_application_controller": "courses",
    "web_application_action": "ping",
}
_GRAPHQL = {
    "http_method": "POST",
    "url": "/api/graphql",
    "web_application_controller": "graphql",
    "web_application_action": "execute",
}
_GRADES = {
    "url": "/courses/7/grades/881002",
    "web_application_controller": "gradebooks",
    "web_application_action": "grade_summary",
}
_SAVE = {
    "http_method": "PUT",
    "url": "/api/v1/courses/7",
    "web_application_controller": "courses",
    "web_application_action": "update",
}
_ROSTER = {
    "url": "/api/v1/courses/7/users?page=2",
    "web_application_controller": "courses",
    "web_application_action": "users",
}


def write_odd_runs(folder: Path) -> None:
    """Write them into a folder of one job."""
    job = folder / "job_runs"
    job.mkdir(parents=True)
    numbers = itertools.count(1)
    rows = [_row(next(numbers), at, **more) for at, more in _runs()]
    (job / "part-00000-runs.json.gz").write_bytes(gzip.compress(dap.jsonl(rows)))


def _row(number: int, at: int, **more: Any) -> dict[str, Any]:
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"run {number}"))
    defaults = {"http_method": "GET", "http_status": 200, "remote_ip": CAMPUS, "course_id": 7}
    return dap.row(name, at, at + times.HOUR, **{**defaults, **more})


def _session(number: int) -> str:
    return str(uuid.UUID(int=(0xC << 124) + number))


def _runs() -> Iterator[tuple[int, dict[str, Any]]]:
    minute = times.MINUTE
    # A session of three days, with a phone that polls from elsewhere.
    teacher = {"user_id": TEACHER, "session_id": _session(1)}
    for step in range(-1500, 1500, 25):
        yield MIDNIGHT + step * minute, {**teacher, **_PAGE}
        yield MIDNIGHT + step * minute + 7000, {**teacher, **_PING, "remote_ip": PHONE}
    # One that came from two addresses in earnest, and one of a phone alone.
    for at, address in enumerate((CAMPUS, HOME, "::ffff:203.0.113.77")):
        student = {"user_id": STUDENT, "session_id": _session(2), "remote_ip": address}
        yield MIDNIGHT + at * minute, {**student, **_GRAPHQL}
    phone = {"user_id": STUDENT, "session_id": _session(3), **_PING}
    yield MIDNIGHT - minute, {**phone, "remote_ip": PHONE}
    yield MIDNIGHT + minute, {**phone, "remote_ip": HOME}
    # Acting as another over midnight, with the own account in between, and again.
    acting = {"user_id": STUDENT, "real_user_id": ADMIN, "session_id": _session(4)}
    for step in (-29, -1, 1, 30, 61, 62):
        for at, what in enumerate((_GRADES, _SAVE, _PING, _GRAPHQL, _ROSTER)):
            yield MIDNIGHT + step * minute + at * 1_000_001, {**acting, **what}
    yield MIDNIGHT + 63 * minute, {**_PAGE, "user_id": ADMIN, "session_id": _session(4)}
    yield MIDNIGHT + 64 * minute, {**acting, **_GRADES, "http_status": 403}
    other = {**acting, "user_id": TEACHER}
    yield MIDNIGHT + 65 * minute, {**other, **_GRADES}
    yield MIDNIGHT + 66 * minute, {**acting, **_GRADES}
    # Acting through the API: with a key, with another address, and without a key at all.
    for at, more in enumerate(({"developer_key_id": 990}, {"remote_ip": HOME}, {})):
        for step in (-40, -10, 0, 29, 90):
            calls = {"user_id": STUDENT, "real_user_id": ADMIN, **_ROSTER, **more}
            yield MIDNIGHT + step * minute + at * 1000, calls
    # Calls with a token over midnight, by two agents, and with a session beside it.
    for step in (-50, -20, 10, 39, 70, 101):
        token = {"user_id": TEACHER, "developer_key_id": 991, "user_agent": f"curl/{step % 2}"}
        yield MIDNIGHT + step * minute, {**token, **_ROSTER, "course_id": 7 + step % 3}
        yield MIDNIGHT + step * minute + 1, {**token, **_SAVE, "session_id": _session(1)}
    # Many behind one address, a few of them without a session or not signed in.
    for user in CROWD:
        place = {"session_id": _session(user)} if user % 7 else {}
        yield MIDNIGHT + user % 997 * times.SECOND * 100, {"user_id": user, **_PAGE, **place}
    for step in range(3):
        yield MIDNIGHT + step, {**_PAGE, "http_status": 404}
