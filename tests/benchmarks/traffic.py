"""What the requests of the benchmark are made of: routes, agents, and who is there.

The numbers are those of a large university's day of a million requests: 16,000 accounts,
20,600 addresses (8.5 % IPv6), 35,000 browser sessions, 1,654 agents, 476,000 distinct
URLs, 2.1 % of requests as somebody else, 15.5 % with a developer key, 5.7 % answered with
400 or more, 20 % writes.  A day of fewer requests has proportionally fewer of each.
"""

import csv
import json
import random
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

ROUTES = Path(__file__).with_name("routes.tsv")

DAY_OF = 1_000_000
"""Requests of the day that the numbers in this module are of."""

SESSIONS = 35_000
RUNS = 6_400
"""Stretches of calls with a developer key, which have no session."""
KEYED = 0.155
ACCOUNTS = 17_700
"""Accounts that may be there on a day; 16,000 of them are."""
ALL_ACCOUNTS = 30_000
COURSES = 6_000
AGENTS = 1_654
ACTING = 0.021
IPV6 = 0.089
SCANNING = 0.02
"""Sessions of nobody: scanners, and visitors who did not log in."""

FIRST_ACCOUNT, FIRST_COURSE, FIRST_KEY, FIRST_ADMIN = 100_000, 40_000, 170_000, 90_000
KEYS, ADMINS = 40, 60
BY_HOUR = (2, 1, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 11, 11, 11, 10, 9, 8, 7, 8, 8, 7, 5, 3)
"""Share of a day's requests in each hour."""


class Route(NamedTuple):
    """One kind of request, and how many of each thousand are of it.

    ``url`` has %-fields: ``c`` a course, ``a`` one of its assignments, ``u`` an account, ``n``
    another thing of the course, ``m`` a small number, ``d`` a day, ``h`` a name.  ``object``
    is the column (without ``_id``) that names the assignment, quiz or the like; ``failed`` the
    status of those that fail.
    """

    weight: float
    method: str
    url: str
    controller: str
    action: str
    context: str | None
    object: str | None
    participated: bool
    failed: int


def routes() -> list[Route]:
    """The kinds of request in ``routes.tsv``."""
    with ROUTES.open(newline="") as lines:
        return [
            Route(
                float(row["weight"]),
                row["method"],
                row["url"],
                row["controller"],
                row["action"],
                row["context"] or None,
                row["object"] or None,
                row["participated"] == "yes",
                int(row["failed"]),
            )
            for row in csv.DictReader(lines, delimiter="\t")
        ]


SAVED = Route(0, "POST", "/courses/%(c)d", "courses", "update", "Course", None, False, failed=401)
"""The settings form of a course, saved: what the course events of the benchmark are of."""


class Session(NamedTuple):
    """Who sends a run of requests.  ``who`` and ``client`` are finished pieces of JSON."""

    user: int | None
    courses: tuple[int, ...]
    who: str
    addresses: tuple[str, str]
    version: str
    client: str


@dataclass(frozen=True)
class Day:
    """A day's sessions in the order in which they begin, and its calls with a key."""

    number: int
    sessions: tuple[Session, ...]
    keyed: tuple[Session, ...]


def agents() -> list[str]:
    """Browsers, apps and scripts, the common ones first."""
    pick = random.Random("agents")
    made: dict[str, None] = {}
    systems = ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7",
               "X11; CrOS x86_64 14541.0.0", "X11; Linux x86_64")  # fmt: skip
    while len(made) < AGENTS:
        system, major = pick.choice(systems), pick.randrange(118, 145)
        kind, build = pick.random(), pick.randrange(40)
        if kind < 0.7:
            made[
                f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko)"
                f" Chrome/{major}.0.{build * 137}.0 Safari/537.36"
            ] = None
        elif kind < 0.85:
            made[f"Mozilla/5.0 ({system}; rv:{major}.{build}) Gecko/20100101 Firefox/{major}"] = (
                None
            )
        elif kind < 0.97:
            made[f"iCanvas/7.{major}.{build} (iPhone; iOS 18.{build % 7})"] = None
        else:
            made[f"python-requests/2.{major % 33}.{build % 5}"] = None
    return list(made)


def address(pick: random.Random) -> str:
    """An address anywhere in the world."""
    bits = pick.getrandbits(64)
    if pick.random() < IPV6:
        parts = (bits & 1023, bits >> 10 & 65535, bits >> 26 & 65535, bits >> 42 & 4095)
        return "2600:{:x}:{:x}:{:x}::{:x}".format(*parts)
    return f"{24 + (bits & 127)}.{bits >> 8 & 255}.{bits >> 16 & 255}.{1 + (bits >> 24 & 127)}"


def day(seed: int, number: int, rows: int) -> Day:
    """Who is there on a day of so many requests; the same whoever asks."""
    pick = random.Random(f"{seed}/{number}")
    share = rows / DAY_OF
    every = agents()
    sessions = [
        _session(pick, number, share, every, keyed=False)
        for _ in range(max(20, round(SESSIONS * share)))
    ]
    keyed = [
        _session(pick, number, share, every, keyed=True) for _ in range(max(5, round(RUNS * share)))
    ]
    return Day(number, tuple(sessions), tuple(keyed))


def _session(
    pick: random.Random, number: int, share: float, every: list[str], *, keyed: bool
) -> Session:
    accounts = max(10, round(ACCOUNTS * share))
    user: int | None = FIRST_ACCOUNT + (pick.randrange(accounts) + number * 1_000) % ALL_ACCOUNTS
    if not keyed and pick.random() < SCANNING:
        user = None
    own = random.Random(user) if user is not None else pick
    real = None
    if user is not None and pick.random() < ACTING:
        real = FIRST_ADMIN + pick.randrange(ADMINS)
    home = address(own)
    courses = tuple(
        FIRST_COURSE + own.randrange(max(50, round(COURSES * min(1, share)))) for _ in range(5)
    )
    place = pick.random()
    if place < 0.6:
        first = home
    elif place < 0.75:
        first = f"10.{pick.randrange(20)}.{pick.randrange(5)}.{pick.randrange(1, 4)}"
    else:
        first = address(random.Random(pick.randrange(max(10, round(7_500 * share)))))
    second = address(pick) if pick.random() < 0.03 else first
    agent = every[pick.randrange(40 if pick.random() < 0.6 else AGENTS)]
    key = FIRST_KEY + int(KEYS * pick.random() ** 2) if keyed else None
    plain = None if keyed else f"{pick.getrandbits(128):032x}"
    session = plain and f'"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"'
    return Session(
        user,
        courses,
        f'"user_id":{json.dumps(user)},"real_user_id":{json.dumps(real)}',
        (first, second),
        "2.0" if pick.random() < 0.4 else "1.1",
        f'"session_id":{session or "null"},"developer_key_id":{json.dumps(key)},'
        f'"user_agent":"{agent}"',
    )


def clock() -> list[int]:
    """Milliseconds of the day at which each 1,440th of its requests has come."""
    sums = [0, *accumulate(BY_HOUR)]
    found, hour = [], 0
    for step in range(1_441):
        share = step / 1_440 * sums[-1]
        while hour < 23 and sums[hour + 1] < share:
            hour += 1
        within = (share - sums[hour]) / BY_HOUR[hour]
        found.append(round((hour + within) * 3_600_000))
    return found
