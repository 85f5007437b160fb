"""Rows such as a made-up campus does not have, as DAP delivers them.

Odd spellings, characters that pattern languages know, ids beyond 2^53, nulls everywhere,
versions that move a request to another day, and deletions early, late and of nothing.
"""

import gzip
import json
import random
import uuid
from pathlib import Path
from typing import Any

from logsleuth.demo.log import END, START
from logsleuth.model import times

TEXT_PIECES = (
    "/courses/12", "/COURSES/123", "?page=2", "include[]=email", "100%", "a_b", "[x]", "*", "?",
    "\\", '"', "'", "(", ")", " ", "\n", "\t", "\0", "é", "É", "ß", "🙂", "and", "or", "not", ":",
    "<", "&sig=0ddba11&", "?access_token=1~madeup&page=2",
)  # fmt: skip
"""What odd URLs and user agents are made of."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "post", "Get", "BREW")
ADDRESSES = (
    "10.0.0.1", "::ffff:10.0.0.1", "::FFFF:0a00:0001", "10.255.255.255", "11.0.0.0", "0.0.0.0",
    "255.255.255.255", "2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:db8:ffff::", "2001:db9::",
    "fe80::1%eth0", "::1", "odd", "", "10.0.0.1:443",
)  # fmt: skip
NUMBERS = (0, 1, -1, 9, 12, 101, 123, 2**53 + 1, 10**13 - 1, 10**13, 7 * 10**13 + 123, 2**63 - 1)
STATUSES = (0, 200, 204, 302, 399, 400, 404, 500, 599, 999)
TEXTS = ("courses", "Courses", "login/cas", "a_b", "a%b", "a*b", "", "show", "é")
SESSIONS = (
    "0F0F0F0F-0000-4000-8000-00000000000A", "0f0f0f0f00004000800000000000000a",
    "0f0f0f0f-0000-4000-8000-00000000000b", "no uuid", "NO UUID",
)  # fmt: skip


def write_odd_rows(folder: Path, seed: int, count: int = 400) -> None:
    """Write about ``count`` requests, some in several versions, into a folder of one job."""
    dice = random.Random(f"{seed}/odd")
    records = [record for number in range(count) for record in _records(dice, number)]
    records.append(_record(str(uuid.UUID(int=dice.getrandbits(128))), END, None))
    dice.shuffle(records)
    lines = [json.dumps(one, ensure_ascii=dice.random() < 0.5) + "\n" for one in records]
    job = folder / "job_odd"
    job.mkdir(parents=True)
    half = len(lines) // 2
    members = ("".join(lines[:half]), "".join(lines[half:]))
    (job / "part-00000-odd.json.gz").write_bytes(
        b"".join(gzip.compress(member.encode()) for member in members)
    )


def _records(dice: random.Random, number: int) -> list[dict[str, Any]]:
    """Everything that was delivered about one request."""
    row_id = _spelt(dice, uuid.UUID(int=dice.getrandbits(128)))
    if number % 20 == 0:
        row_id = f"Odd row {number}"
    moment = dice.randrange(START, END, 1000) + dice.choice((0, 0, 0, 1, 999))
    if number % 25 == 0:
        moment -= moment % times.DAY + dice.choice((0, 1, 1000))
    commits = [moment + (1 + hour) * times.HOUR for hour in range(dice.choice((1, 1, 1, 2, 3)))]
    found = []
    for commit in commits:
        found.append(_record(row_id, commit, _value(dice, moment)))
        if dice.random() < 0.05:
            moment = min(max(START, moment + dice.choice((-1, 1)) * times.DAY), END - 1)
    if number % 9 == 0:
        # Before the newest version it says nothing, after it the request is marked.
        found.append(_record(row_id, commits[-1] + dice.choice((-1, 1)) * times.MINUTE, None))
    return found


def _record(row_id: str, commit: int, value: dict[str, Any] | None) -> dict[str, Any]:
    """A record as JSON has it: without a value, a deletion."""
    meta = {"ts": times.iso(commit), "action": "D" if value is None else "U"}
    head: dict[str, Any] = {"meta": meta, "key": {"id": row_id}}
    return head if value is None else {**head, "value": value}


def _value(dice: random.Random, moment: int) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "user_id": dice.choice(NUMBERS),
        "real_user_id": dice.choice((*NUMBERS, None, None, None, None)),
        "course_id": dice.choice(NUMBERS),
        "quiz_id": dice.choice(NUMBERS),
        "discussion_id": dice.choice(NUMBERS),
        "conversation_id": dice.choice(NUMBERS),
        "assignment_id": dice.choice(NUMBERS),
        "url": _text(dice),
        "http_method": dice.choice(METHODS),
        "http_status": dice.choice(STATUSES),
        "http_version": dice.choice(("1.0", "1.1", "2.0", "3")),
        "remote_ip": dice.choice(ADDRESSES),
        "interaction_micros": dice.choice(NUMBERS),
        "web_application_controller": dice.choice(TEXTS),
        "web_application_action": dice.choice(TEXTS),
        "web_application_context_type": dice.choice(("Course", "User", "Account")),
        "web_application_context_id": dice.choice(NUMBERS),
        "session_id": dice.choice(SESSIONS),
        "developer_key_id": dice.choice((*NUMBERS, None, None)),
        "participated": dice.choice((True, False)),
        "user_agent": _text(dice),
    }
    kept = {name: value for name, value in columns.items() if dice.random() < 0.85}
    return {"timestamp": _stamp(dice, moment), **kept}


def _text(dice: random.Random) -> str:
    return "".join(dice.choice(TEXT_PIECES) for _ in range(dice.randrange(6)))


def _stamp(dice: random.Random, moment: int) -> str:
    """An instant in one of the forms that ISO 8601 has for it."""
    text = times.iso(moment)
    if dice.random() < 0.3:
        text = times.iso(moment + 5 * times.HOUR).removesuffix("Z") + "+05:00"
    return text.replace(".000Z", "Z")


def _spelt(dice: random.Random, number: uuid.UUID) -> str:
    return dice.choice((str(number), str(number), str(number).upper(), number.hex))
