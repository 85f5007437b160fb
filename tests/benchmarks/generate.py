"""Made-up web logs as DAP delivers them, with the cardinalities of a large university.

    python tests/benchmarks/generate.py FOLDER                      # a million requests
    python tests/benchmarks/generate.py FOLDER --rows 10000000      # ten days
    python tests/benchmarks/generate.py FOLDER --days 30 --rows 3000000 --one-day-a-file

Writes ``web_logs/part-NNNNN.json.gz``, ``course_audit/part-NNNNN.json`` with one course
change for every thousand requests, ``truth.jsonl`` with the request that caused each, and
last ``made.json``, which says what was asked for; what is there already is kept.

A file holds requests of ten days at most, a few hundred of each in turn, unless every day
is to have files of its own.  Within its day a request stands up to two minutes too early
or too late.  The same seed gives the same bytes.  Nulls are written out, as by whoever
exports a table, and rows are committed minute by minute, two hours and a half after they
were made.
"""

import argparse
import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import traffic
from progress import Progress

FIRST_DAY = datetime(2026, 9, 1, tzinfo=UTC)
ROWS_PER_FILE = 200_000
MIXED_DAYS = 10
BLOCK = 400
"""Requests of one day that stand together in a file of several."""
PER_EVENT = 1_000
WEB_LOGS, COURSE_AUDIT, TRUTH, MADE = "web_logs", "course_audit", "truth.jsonl", "made.json"
LAYOUT = 1
"""Counted up when the same plan gives other data: then what is there is not used again."""
DISORDER_MS = 120_000
FAILED = 0.057
"""Share of requests that are refused or find nothing."""
IN_USE = 6
"""Assignments, files, pages and the like of a course that are in use."""
STILL_OPEN = 1_500
"""Sessions in which a request may be, of a day of :data:`traffic.DAY_OF` requests."""


@dataclass(frozen=True)
class Plan:
    """What to make.

    With ``late_for`` these are further requests of days that have so many each: by the same
    people in the same sessions.
    """

    rows: int
    days: int
    one_day_a_file: bool = False
    seed: int = 1
    late_for: int = 0
    layout: int = LAYOUT

    @property
    def rows_per_day(self) -> int:
        return self.rows // self.days

    def files(self) -> list[tuple[int, range, int, int]]:
        """Every file: its number, its days, and which of how many parts of them it holds."""
        group = 1 if self.one_day_a_file else MIXED_DAYS
        found = []
        for start in range(0, self.days, group):
            days = range(start, min(start + group, self.days))
            parts = max(1, round(self.rows_per_day * len(days) / ROWS_PER_FILE))
            found += [(len(found) + part, days, part, parts) for part in range(parts)]
        return found


def day_name(number: int) -> str:
    """The date of a day of the data set."""
    return (FIRST_DAY + timedelta(days=number)).strftime("%Y-%m-%d")


def span(plan: Plan) -> str:
    """``SINCE..UNTIL`` of all requests, as ``import --complete`` takes it."""
    return f"{day_name(0)}T00:00:00Z..{day_name(plan.days)}T00:00:00Z"


def make(folder: Path, plan: Plan, *, processes: int = 2) -> bool:
    """Make the data below ``folder``; false if it is there already."""
    made = folder / MADE
    if made.exists():
        if json.loads(made.read_text()) != asdict(plan):
            raise SystemExit(f"{folder} holds other data; give another folder or remove it.")
        return False
    for name in (WEB_LOGS, COURSE_AUDIT):
        (folder / name).mkdir(parents=True, exist_ok=True)
    work = [(folder, plan, *one) for one in plan.files()]
    progress = Progress()
    with get_context("spawn").Pool(processes) as pool, (folder / TRUTH).open("w") as truth:
        for done, causes in enumerate(pool.imap(_file, work), 1):
            truth.writelines(json.dumps(cause) + "\n" for cause in causes)
            progress.say(f"made {done} of {len(work)} files")
    progress.end()
    made.write_text(json.dumps(asdict(plan)) + "\n")
    return True


def _file(work: tuple[Path, Plan, int, range, int, int]) -> list[dict[str, str]]:
    """Write one file of requests and its course changes; the changes and their causes."""
    folder, plan, number, days, part, parts = work
    makers = [_Maker(plan, day, part, parts) for day in days]
    packer = zlib.compressobj(6, wbits=31)
    with (folder / WEB_LOGS / f"part-{number:05}.json.gz").open("wb") as out:
        left = [maker.blocks() for maker in makers]
        while left:
            for blocks in list(left):
                block = next(blocks, None)
                if block is None:
                    left.remove(blocks)
                else:
                    out.write(packer.compress(block.encode()))
        out.write(packer.flush())
    events = [event for maker in makers for event in maker.events]
    if events:
        path = folder / COURSE_AUDIT / f"part-{number:05}.json"
        path.write_text(json.dumps(_audit_page(events)))
    return [cause for maker in makers for cause in maker.causes]


@lru_cache(maxsize=MIXED_DAYS)
def _day(seed: int, number: int, rows: int) -> traffic.Day:
    return traffic.day(seed, number, rows)


class _Maker:
    """Makes one part of a day: every ``parts``-th of its requests, from ``part`` on."""

    def __init__(self, plan: Plan, day: int, part: int, parts: int) -> None:
        self.plan, self.day, self.part, self.parts = plan, day, part, parts
        self.events: list[dict[str, Any]] = []
        self.causes: list[dict[str, str]] = []
        late = f"/late {plan.rows}" if plan.late_for else ""
        self.pick = random.Random(f"{plan.seed}/{day}/{part}{late}")

    def blocks(self) -> Iterator[str]:
        """Lines of JSON, some hundred at a time."""
        lines: list[str] = []
        for line in self._lines():
            lines.append(line)
            if len(lines) == BLOCK:
                yield "".join(lines)
                lines.clear()
        yield "".join(lines)

    def _lines(self) -> Iterator[str]:
        rows = self.plan.rows_per_day
        crowd = self.plan.late_for or rows
        there = _day(self.plan.seed, self.day, crowd)
        chance, bits = self.pick.random, self.pick.getrandbits
        grid, kinds = traffic.clock(), traffic.routes()
        weights = list(accumulate(route.weight for route in kinds))
        routes = [_prepared(route) for route in kinds]
        saved = _prepared(traffic.SAVED)
        open_at_once = STILL_OPEN * min(1.0, crowd / traffic.DAY_OF)
        midnight = FIRST_DAY + timedelta(days=self.day)
        # Texts of the minutes of the day, to which seconds are added.
        minutes = [
            (midnight + timedelta(minutes=m)).strftime("%Y-%m-%dT%H:%M") for m in range(1_440)
        ]
        commits = [
            (midnight + timedelta(minutes=m + 150)).strftime("%Y-%m-%dT%H:%M:17.204Z")
            for m in range(1_440)
        ]
        choice = self.pick.choices
        for place in range(self.part, rows, self.parts):
            share = place / rows
            event = place % PER_EVENT == PER_EVENT // 2
            keyed = not event and chance() < traffic.KEYED
            pool = there.keyed if keyed else there.sessions
            since = -((1 - chance()) ** 3) * open_at_once * (len(pool) / len(there.sessions))
            session = pool[int(share * len(pool) + since)]
            while event and session.user is None:
                session = pool[int(chance() * len(pool))]
            route = saved if event else choice(routes, cum_weights=weights)[0]
            slot = share * 1_440
            ms = grid[int(slot)] + (slot % 1) * (grid[int(slot) + 1] - grid[int(slot)])
            ms = int(ms + (chance() * 2 - 1) * DISORDER_MS)
            ms = min(max(ms, 0), 86_399_999)
            minute, within = divmod(ms, 60_000)
            course = session.courses[int(chance() ** 2 * 5)]
            thing = int(chance() * IN_USE)
            item = course * 30 + thing
            other = traffic.FIRST_ACCOUNT + course % 997 * 30 + thing
            object_ = course * 160 + thing * 7
            ids = {
                "c": course, "a": item, "u": other, "n": object_,
                "m": int(chance() * 20) + 1, "d": self.day % 28 + 1, "h": f"{object_:x}",
            }  # fmt: skip
            status = "200"
            if event:
                status = "302"
            elif chance() < FAILED:
                status = route.failed
            plain = f"{bits(128):032x}"
            row_id = f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
            stamp = f"{minutes[minute]}:{within // 1000:02}.{within % 1000:03}Z"
            address = session.addresses[place >> 4 & 1]
            has_course = route.context == "Course"
            context = course if has_course else session.user if route.context == "User" else None
            if event:
                self._changed(row_id, stamp, course, session.user)
            yield (
                f'{{"meta":{{"ts":"{commits[minute]}","action":"U"}},"key":{{"id":"{row_id}"}},'
                f'"value":{{"timestamp":"{stamp}",{session.who},'
                f'"course_id":{course if has_course else "null"},'
                f"{route.objects % ids}"
                f'"url":"{route.url % ids}",{route.method}"http_status":{status},'
                f'"http_version":"{session.version}","remote_ip":"{address}",'
                f'"interaction_micros":{20_000 + int(chance() ** 3 * 900_000)},{route.names}'
                f'"web_application_context_id":{"null" if context is None else context},'
                f"{route.participated}{session.client}}}}}\n"
            )

    def _changed(self, row_id: str, stamp: str, course: int, user: int | None) -> None:
        number = random.Random(row_id).getrandbits(128)
        plain = f"{number:032x}"
        event_id = f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
        self.causes.append({"event": event_id, "request": row_id})
        self.events.append(
            {
                "id": event_id,
                "created_at": f"{stamp[:19]}Z",
                "event_type": "updated",
                "event_source": "manual",
                "event_data": {"name": [f"Course {course}", f"Course {course} B"]},
                "links": {"course": course, "page_view": None, "user": user, "sis_batch": None},
            }
        )


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A route as the pieces of its JSON."""

    method: str
    url: str
    names: str
    objects: str
    participated: str
    context: str | None
    failed: str


def _prepared(route: traffic.Route) -> _Prepared:
    objects = dict.fromkeys(("quiz", "discussion", "conversation", "assignment"), "null")
    if route.object:
        objects[route.object] = "%(n)d" if route.object == "conversation" else "%(a)d"
    return _Prepared(
        f'"http_method":"{route.method}",',
        route.url,
        f'"web_application_controller":{json.dumps(route.controller)},'
        f'"web_application_action":{json.dumps(route.action)},'
        f'"web_application_context_type":{json.dumps(route.context)},',
        "".join(f'"{name}_id":{value},' for name, value in objects.items()),
        f'"participated":{json.dumps(route.participated)},',
        route.context,
        str(route.failed),
    )


def _audit_page(events: list[dict[str, Any]]) -> dict[str, Any]:
    """A page of the course audit API."""
    return {
        "links": {"events.course": "https://canvas.example.edu/api/v1/courses/{events.course}",
                  "events.user": None, "events.sis_batch": None},
        "events": events,
        "linked": {"page_views": [], "courses": [], "users": []},
    }  # fmt: skip


def plan_of(
    rows: int, *, days: int | None = None, one_day_a_file: bool = False, seed: int = 1
) -> Plan:
    """A plan with as many days as the rows fill, two at least."""
    days = days or max(2, rows // traffic.DAY_OF)
    return Plan(rows // days * days, days, one_day_a_file, seed)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, help="default: one for each million, two at least")
    parser.add_argument("--one-day-a-file", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    plan = plan_of(
        asked.rows, days=asked.days, one_day_a_file=asked.one_day_a_file, seed=asked.seed
    )
    new = make(asked.folder, plan)
    print(f"{plan.rows:,} requests of {plan.days} days; import with --complete {span(plan)}"
          + ("" if new else " (they were there)"))  # fmt: skip


if __name__ == "__main__":
    main()
