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
import zlib
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import traffic
from daypart import DAYS_HELD, FIRST_DAY, DayPart
from progress import Progress

ROWS_PER_FILE = 200_000
BLOCK = 400
"""Requests of one day that stand together in a file of several."""
LAYOUT = 1
"""Counted up when the same plan gives other data: then what is there is not used again."""
WEB_LOGS, COURSE_AUDIT, TRUTH, MADE = "web_logs", "course_audit", "truth.jsonl", "made.json"


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
        group = 1 if self.one_day_a_file else DAYS_HELD
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
    made = [_part(plan, day, part, parts) for day in days]
    packer = zlib.compressobj(6, wbits=31)
    with (folder / WEB_LOGS / f"part-{number:05}.json.gz").open("wb") as out:
        left = [one.lines() for one in made]
        while left:
            for lines in list(left):
                block = "".join(islice(lines, BLOCK))
                if not block:
                    left.remove(lines)
                out.write(packer.compress(block.encode()))
        out.write(packer.flush())
    events = [event for one in made for event in one.events]
    if events:
        path = folder / COURSE_AUDIT / f"part-{number:05}.json"
        path.write_text(json.dumps(_audit_page(events)))
    return [cause for one in made for cause in one.causes]


def _part(plan: Plan, day: int, part: int, parts: int) -> DayPart:
    rows = plan.rows_per_day
    salt = f"/late {plan.rows}" if plan.late_for else ""
    return DayPart(plan.seed, day, rows, part, parts, crowd=plan.late_for or rows, salt=salt)


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
