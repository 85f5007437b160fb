"""What a cache must hold and answer, kept in plain Python beside it.

Requests are made from a name and a commit time alone, so that two versions of a request differ
in whatever a request can differ in, its day included.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from dap import WRITTEN, deletion, row

from logsleuth.model import times

FIRST = "2026-10-01"
DAYS = 3
QUIET = 30 * times.MINUTE
Request = dict[str, Any]
"""The columns of a request, with ``id``, ``at`` (microseconds), ``deleted`` and ``versions``."""


def made(name: int, meta: int) -> Request:
    """Version ``meta`` of request ``name``; no two share a moment."""
    dice = random.Random(f"{name} {meta}")
    person = dice.randint(1, 5)
    acting = dice.random() < 0.3
    token = dice.random() < 0.2
    # Close together around midnights, so that runs cross them and pauses end them.
    minute = dice.choice((0, 3, 20, 700, 712, 745, 1400, 1420, 1438))
    at = dice.randrange(DAYS) * times.DAY + minute * times.MINUTE
    return {
        "id": f"r{name}",
        "at": times.day_start(FIRST) + at + name * 1_000_003 + meta * 1_013,
        "user_id": dice.choice((person, person % 5 + 1)) if acting else person,
        "real_user_id": person if acting else None,
        "remote_ip": f"192.0.2.{dice.randint(1, 3)}",
        "session_id": None if token else f"5e551000-0000-4000-8000-{dice.randint(1, 3):012d}",
        "developer_key_id": 77 if token else None,
        "http_status": dice.choice((200, 200, 302, 404, 500, None)),
        "http_method": dice.choice(("GET", "GET", "POST", "PUT", "delete")),
        "course_id": dice.choice((None, 1, 2)),
        "user_agent": dice.choice((None, "curl/8", "Firefox")),
        "url": f"/courses/{dice.randint(1, 3)}",
    }


def committed(meta: int) -> int:
    """The time (microseconds) that a commit time stands for."""
    return WRITTEN + meta * times.SECOND


@dataclass
class _Held:
    newest: int
    versions: set[int]
    deleted: int | None = None


@dataclass
class Memory:
    """Versions of requests, and what was said of their deletion; times are commit times."""

    _held: dict[int, _Held] = field(default_factory=dict)
    _tombstones: dict[int, int] = field(default_factory=dict)

    def bring(self, versions: Iterable[tuple[int, int]]) -> None:
        """Requests arrive, by name and commit time, in any order."""
        for name, meta in versions:
            held = self._held.setdefault(name, _Held(meta, set()))
            held.versions.add(meta)
            held.newest = max(held.versions)
            said = max(held.deleted or -1, self._tombstones.get(name, -1))
            held.deleted = said if said >= held.newest else None

    def delete(self, deletions: Iterable[tuple[int, int]]) -> None:
        """Deletions upstream arrive, after the requests of the same import."""
        for name, meta in deletions:
            held = self._held.get(name)
            if held is None:
                self._tombstones[name] = max(meta, self._tombstones.get(name, -1))
            elif meta >= held.newest:
                held.deleted = max(meta, held.deleted or -1)

    def prune(self, before: int) -> None:
        """Forget the requests before a midnight (microseconds)."""
        for name, held in list(self._held.items()):
            if made(name, held.newest)["at"] < before:
                del self._held[name]

    def requests(self) -> list[Request]:
        """All requests, newest first."""
        found = [
            {**made(name, held.newest), "deleted": held.deleted, "versions": len(held.versions)}
            for name, held in self._held.items()
        ]
        return sorted(found, key=lambda one: -one["at"])


def as_rows(
    versions: Iterable[tuple[int, int]], deletions: Iterable[tuple[int, int]]
) -> Iterator[dict[str, Any]]:
    """The same as rows of web_logs."""
    for name, meta in versions:
        request = made(name, meta)
        yield row(request.pop("id"), request.pop("at"), committed(meta), **request)
    for name, meta in deletions:
        yield deletion(f"r{name}", committed(meta))


# Answers

FILTERS: dict[str, Callable[[Request], bool]] = {
    "": lambda one: True,
    "user_id:1": lambda one: one["user_id"] == 1,
    "http_status >= 400": lambda one: (one["http_status"] or 0) >= 400,
    "write:true and remote_ip:192.0.2.1": lambda one: (
        writes(one) and one["remote_ip"] == "192.0.2.1"
    ),
    "not course_id:* or real_user_id:2": lambda one: (
        one["course_id"] is None or one["real_user_id"] == 2
    ),
    "deleted:true": lambda one: one["deleted"] is not None,
    "course_id:2 and timestamp >= 2026-10-01T12:30:00Z and timestamp < 2026-10-03": lambda one: (
        one["course_id"] == 2
        and times.parse("2026-10-01T12:30:00Z") <= one["at"] < times.day_start("2026-10-03")
    ),
}
"""Filters, and the same as Python."""


def writes(one: Request) -> bool:
    """Whether a request is a write."""
    return one["http_method"].upper() != "GET"


def counted(requests: Sequence[Request]) -> tuple[int, int, int]:
    """Requests, errors and writes."""
    errors = sum((one["http_status"] or 0) >= 400 for one in requests)
    return len(requests), errors, sum(map(writes, requests))


def by_time(requests: Iterable[Request], seconds: int) -> list[tuple[int, ...]]:
    """``(start, requests, errors, writes)`` of each stretch that has requests."""
    stretch = seconds * times.SECOND
    parts = groupby(sorted(requests, key=_at), lambda one: one["at"] // stretch * stretch)
    return [(start, *counted(list(part))) for start, part in parts]


def top(requests: Iterable[Request], column: str) -> list[tuple[Any, ...]]:
    """``(value, requests, users, first, last)``, the most frequent value first."""
    groups = defaultdict(list)
    for one in requests:
        groups[one[column]].append(one)
    groups.pop(None, None)
    return sorted(
        (
            (
                value,
                len(found),
                len({one["user_id"] for one in found}),
                min(map(_at, found)),
                max(map(_at, found)),
            )
            for value, found in groups.items()
        ),
        key=lambda made: (-made[1], made[0]),
    )


def sessions(requests: Iterable[Request], hit: Callable[[Request], bool]) -> list[tuple[Any, ...]]:
    """``(session, key, users, addresses, start, end, requests, matching, writes)``."""
    groups = defaultdict(list)
    for one in sorted(requests, key=_at):
        token = one["developer_key_id"] is not None
        names = ("user_id", "remote_ip", "user_agent") if token else ()
        place = one["session_id"], one["developer_key_id"], *(one[name] for name in names)
        groups[place].append(one)
    runs = [
        run
        for (session, *_), found in groups.items()
        for run in ([found] if session else _runs(found, lambda _one: False))
    ]
    return sorted(
        (
            run[0]["session_id"] or "",
            run[0]["developer_key_id"],
            tuple(sorted({one["user_id"] for one in run})),
            tuple(sorted({one["remote_ip"] for one in run})),
            *_measured(run, hit),
        )
        for run in runs
        if any(map(hit, run))
    )


def spans(requests: Iterable[Request], hit: Callable[[Request], bool]) -> list[tuple[Any, ...]]:
    """``(real user, user, session or address, start, end, requests, matching, writes)``."""
    ordered = sorted(requests, key=_at)
    groups = defaultdict(list)
    for one in ordered:
        if one["real_user_id"] is not None:
            place = one["session_id"] or one["remote_ip"]
            groups[one["real_user_id"], one["user_id"], place].append(one)

    def stops(one: Request) -> bool:
        """Whether the session goes on as somebody else before it goes on as this one."""
        for other in ordered:
            if other["session_id"] != one["session_id"] or not 0 < other["at"] - one["at"] <= QUIET:
                continue
            mine = one["real_user_id"], one["user_id"]
            if (other["real_user_id"], other["user_id"]) == mine:
                return False
            if other["real_user_id"] or other["user_id"] == one["real_user_id"]:
                return True
        return False

    return sorted(
        (real, user, place, *_measured(run, hit))
        for (real, user, place), found in groups.items()
        for run in _runs(found, lambda one: one["session_id"] is not None and stops(one))
        if any(map(hit, run))
    )


def _runs(ordered: Sequence[Request], stops: Callable[[Request], bool]) -> Iterator[list[Request]]:
    run: list[Request] = []
    for one in ordered:
        if run and (one["at"] - run[-1]["at"] > QUIET or stops(run[-1])):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _measured(run: list[Request], hit: Callable[[Request], bool]) -> tuple[int, ...]:
    return run[0]["at"], run[-1]["at"], len(run), sum(map(hit, run)), sum(map(writes, run))


def _at(one: Request) -> int:
    at: int = one["at"]
    return at
