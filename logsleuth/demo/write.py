"""Writes the made-up campus as Canvas and DAP deliver real ones: raw files in folders."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from logsleuth.demo.campus import ACCOUNTS, KEYS, Campus, Course
from logsleuth.demo.log import END, GAP, SECOND, START, Event, Log, Row, stamp
from logsleuth.model import times

BEFORE_GAP = "web_logs_before_gap"
AFTER_GAP = "web_logs_after_gap"
COURSE_AUDIT = "course_audit"
NAMES = "names"
TRUTH = "truth.json"

_LINES_PER_PART = 20_000
_JOB_DAYS = 5
_EVENTS_PER_PAGE = 100
_CAMPUS_OFFSET = timezone(timedelta(hours=-6))

LoggedRow = tuple[int, str, Row]
T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


def write_raw(campus: Campus, log: Log, folder: Path) -> None:
    """Write everything below ``folder``: two folders of web logs, the audit pages, names.

    ``truth.json`` beside them says what really caused each event; nobody imports it.
    """
    rows = sorted(log.rows, key=lambda row: (row[0], row[1]))
    _web_logs(folder / BEFORE_GAP, [row for row in rows if row[0] < GAP[0]], START)
    _web_logs(folder / AFTER_GAP, [row for row in rows if row[0] >= GAP[1]], GAP[1])
    _course_audit(folder / COURSE_AUDIT, campus, log)
    _names(folder / NAMES, campus, log)
    _write(folder / TRUTH, msgspec.json.format(_encode(log.truths), indent=1))


def _web_logs(folder: Path, rows: Sequence[LoggedRow], start: int) -> None:
    """DAP's files: one job for every few days of commit times, each in parts."""
    with ThreadPoolExecutor(max_workers=1) as compressor:
        parts = _parts(folder, rows, start)
        for _ in compressor.map(lambda part: _write_gzip(*part), parts):
            pass  # asking for the result is what raises an error of the writing


def _parts(folder: Path, rows: Sequence[LoggedRow], start: int) -> Iterator[tuple[Path, bytes]]:
    """Every file with its text."""
    deliveries = sorted(_deliveries(rows))
    jobs = groupby(deliveries, lambda one: (one[0] - start) // (_JOB_DAYS * times.DAY))
    for number, job in jobs:
        name = f"{folder.name}_{number:03d}"
        for part, some in enumerate(_portions(list(job), _LINES_PER_PART)):
            text = b"".join(_line(committed, deleted, rows[n]) for committed, deleted, n in some)
            yield folder / f"job_{name}" / f"part-{part:05d}-{name}.json.gz", text


def _deliveries(rows: Iterable[LoggedRow]) -> Iterator[tuple[int, bool, int]]:
    """(time of commit, whether as a deletion, number of the row): each row hours after its
    request, some a day late, some twice, a few deleted again.

    Chance comes from the request's id, so that it does not depend on other rows.
    """
    for number, (us, request_id, row) in enumerate(rows):
        chance = int(request_id[24:30], 16)
        committed = us + 2 * times.HOUR + chance % (4 * 3600) * SECOND
        if chance % 193 == 0:
            committed += 20 * times.HOUR
        yield committed, False, number
        if chance % 487 == 0:
            yield committed + times.HOUR, False, number
        if chance % 331 == 0 and row.user_id is None:
            yield committed + 5 * times.HOUR, True, number


def _line(committed: int, deleted: bool, logged: LoggedRow) -> bytes:
    """A record as JSONL; a deletion has no value."""
    _, request_id, row = logged
    action = "D" if deleted else "U"
    head = (
        f'{{"meta":{{"ts":"{stamp(committed)}","action":"{action}"}},"key":{{"id":"{request_id}"}}'
    )
    if deleted:
        return head.encode() + b"}\n"
    return b'%b,"value":%b}\n' % (head.encode(), _encode(row))


def _course_audit(folder: Path, campus: Campus, log: Log) -> None:
    """The audit API's answers, account by account, newest first, page by page."""
    for account in ACCOUNTS:
        events = [event for event in log.events if event.account == account]
        events.sort(key=lambda event: (event.us, event.id), reverse=True)
        for number, page in enumerate(_portions(events, _EVENTS_PER_PAGE), 1):
            document = _page(campus, log, page)
            path = folder / f"account_{account}_page_{number:02d}.json"
            _write(path, msgspec.json.format(_encode(document), indent=1))


def _page(campus: Campus, log: Log, events: Sequence[Event]) -> dict[str, Any]:
    """One compound document with the courses and users that its events link to."""
    courses = _current_names(campus, log)
    linked = {event.course for event in events}
    linked |= {event.link[1] for event in events if event.link}
    users = {event.user for event in events if event.user is not None}
    return {
        "links": {
            "events.course": "https://canvas.example.edu/api/v1/courses/{events.course}",
            "events.user": None,
            "events.sis_batch": None,
        },
        "events": [_event(event) for event in events],
        "linked": {
            "page_views": [],
            "courses": [
                {
                    "id": course.id,
                    "name": name,
                    "account_id": course.account_id,
                    "course_code": course.code,
                    "root_account_id": 1,
                    "enrollment_term_id": 1,
                    "workflow_state": "available",
                    "time_zone": "America/Denver",
                }
                for course, name in courses.values()
                if course.id in linked
            ],
            "users": [
                {
                    "id": person.id,
                    "name": person.name,
                    "sortable_name": _sortable(person.name),
                    "short_name": person.name,
                    "sis_user_id": person.sis_id,
                    "login_id": person.login,
                }
                for person in campus.people.values()
                if person.id in users
            ],
        },
    }


def _event(event: Event) -> dict[str, Any]:
    """An event as the API words it; some times have the offset of whoever asked."""
    links: dict[str, Any] = {event.link[0]: event.link[1]} if event.link else {}
    links |= {
        "course": event.course,
        "page_view": None,
        "user": event.user,
        "sis_batch": event.sis_batch,
    }
    zone = _CAMPUS_OFFSET if event.id[0] == "0" else UTC
    return {
        "id": event.id,
        "created_at": times.iso_seconds(event.us, zone),
        "event_type": event.type,
        "event_source": event.source,
        "event_data": event.data,
        "links": links,
    }


def _current_names(campus: Campus, log: Log) -> dict[int, tuple[Course, str]]:
    """Every course and what it is called at the end: imports rename courses."""
    found = {
        course.id: (course, course.name) for course in (campus.courses | campus.spare).values()
    }
    for event in sorted(log.events, key=lambda event: event.us):
        if "name" in event.data:
            found[event.course] = (found[event.course][0], event.data["name"][1])
    return found


def _names(folder: Path, campus: Campus, log: Log) -> None:
    """DAP snapshots of the tables that say what ids are called."""
    made = stamp(START - 400 * times.DAY)
    _table(
        folder,
        "users",
        {
            person.id: {
                "name": person.name,
                "sortable_name": _sortable(person.name),
                "short_name": person.name,
                "workflow_state": "registered",
                "created_at": made,
            }
            for person in campus.people.values()
        },
    )
    _table(
        folder,
        "pseudonyms",
        {
            50_000 + person.id: {
                "user_id": person.id,
                "account_id": 1,
                "unique_id": person.login,
                "sis_user_id": person.sis_id,
                "position": 1,
                "workflow_state": "active",
                "created_at": made,
            }
            for person in campus.people.values()
            if person.role != "test_student"
        },
    )
    _table(
        folder,
        "courses",
        {
            number: {
                "name": name,
                "course_code": course.code,
                "sis_source_id": f"{course.code}-2026FA",
                "account_id": course.account_id,
                "root_account_id": 1,
                "enrollment_term_id": 1,
                "workflow_state": "available",
                "created_at": made,
            }
            for number, (course, name) in _current_names(campus, log).items()
        },
    )
    _table(
        folder,
        "developer_keys",
        {
            number: {"name": name, "account_id": 1, "workflow_state": "active", "created_at": made}
            for number, name in KEYS.items()
        },
    )


def _table(folder: Path, table: str, rows: dict[int, dict[str, Any]]) -> None:
    """One table as a snapshot: no action in ``meta``, nulls left out."""
    meta = {"ts": stamp(END)}
    text = b"".join(
        _encode(
            {
                "meta": meta,
                "key": {"id": number},
                "value": {name: value for name, value in row.items() if value is not None},
            }
        )
        + b"\n"
        for number, row in rows.items()
    )
    _write_gzip(folder / f"job_{table}" / f"part-00000-{table}.json.gz", text)


def _portions(whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


def _sortable(name: str) -> str:
    """``Ada Example`` as ``Example, Ada``."""
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first else name


def _write_gzip(path: Path, text: bytes) -> None:
    """The standard library's zlib and no time in the header: the same bytes everywhere."""
    _write(path, gzip.compress(text, zlib.Z_BEST_SPEED, mtime=0))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
