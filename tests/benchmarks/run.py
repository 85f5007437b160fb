"""The benchmark: makes its data, measures import, size, questions and memory, writes a page.

    make bench                               # 1 and 10 million requests
    make bench ROWS=30000000 SCRATCH=/big    # 30 million, elsewhere
    python tests/benchmarks/run.py --rows 20000 --seconds 0.1    # whether it runs

Data that was made before is used again.  What is compared with others runs in turns with them
in the same run, so ratios may be trusted where the machine is shared, and times may not.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asking
import generate
import importing
import peers
import results
import sample
import targets
import tracing
import watch
from progress import say
from timing import Book, Times

HERE = Path(__file__).parent
RACED = 1_000_000
"""Requests at most that the import and its rivals are given in turn."""
GROWN, GROWN_DAYS, FEW_DAYS = 1_500_000, 30, 3
"""Requests at most that are imported day by day, and on how many days; on few where there are
fewer requests, for whoever only wants to see whether the benchmark runs."""
LATE = 0.04
"""Late requests, as a share of those that are there."""
LONGEST_PANE = 30.0
"""Seconds that a pane of the app has to read all it shows."""


def data_set(scratch: Path, name: str, plan: generate.Plan) -> Path:
    """A data set of the benchmark, made if it is not there."""
    folder = scratch / name
    if not (folder / generate.MADE).exists():
        say(f"making {plan.rows:,} requests in {folder}")
    generate.make(folder, plan)
    return folder


def measure_import(scratch: Path, rows: int) -> dict[str, Any]:
    """What does not depend on how much is in the cache."""
    raced, grown = min(RACED, rows), min(GROWN, rows)
    grown_days = GROWN_DAYS if grown >= RACED else FEW_DAYS
    plan = generate.plan_of(raced)
    late_plan = generate.Plan(
        int(raced * LATE) // plan.days * plan.days, plan.days, late_for=plan.rows_per_day
    )
    data = data_set(scratch, f"rows-{raced}", plan)
    late = data_set(scratch, f"late-{raced}", late_plan)
    days = data_set(
        scratch,
        f"days-{grown}",
        generate.plan_of(grown, days=grown_days, one_day_a_file=True),
    )
    say(f"import of {raced:,} requests, in turn with its rivals")
    race = importing.race(data, scratch, late)
    say(f"import day by day, {grown_days} days")
    growth = importing.growth(days, scratch)
    say("a flat table with the same indexes")
    flat = importing.flat_bytes(importing.web_logs(data), scratch)
    return {"race": race, "growth": growth, "flat_bytes": flat}


def measure(scratch: Path, rows: int, seconds: float) -> dict[str, Any]:
    """What a cache of so many requests answers, and how it compares."""
    plan = generate.plan_of(rows)
    data = data_set(scratch, f"rows-{rows}", plan)
    cache, duck = scratch / f"cache-{rows}", scratch / f"table-{rows}.duckdb"
    say(f"import of {rows:,} requests in one command")
    whole = importing.whole(data, cache, generate.span(plan))
    say(f"{whole['rows'] / whole['seconds']:,.0f} rows/s; now DuckDB's table, sorted by time")
    files = importing.web_logs(data)
    table = peers.duckdb_table(files, duck, sorted_by_time=True)
    day, (json_bytes, gzip_bytes) = peers.cardinalities(table), peers.sizes(files)
    table.close()
    sampled = scratch / f"sample-{rows}.json"
    sample.make(data, sampled)
    found = {
        "rows": rows,
        "day": day,
        "json_bytes": json_bytes,
        "gzip_bytes": gzip_bytes,
        "whole": whole,
        "duckdb_bytes": duck.stat().st_size / rows,
    }
    for side, place in (("logsleuth", cache), ("duckdb", duck)):
        say(f"questions to {side}")
        book = _book(scratch, side, rows)
        watch.run_loudly(
            [sys.executable, HERE / "asking.py", side, place, sampled, book, str(seconds)]
        )
    say("traces")
    watch.run_loudly([sys.executable, HERE / "tracing.py", cache, _book(scratch, "traces", rows)])
    found["trace"] = tracing.all_at_once(cache, data)
    say("panes of the app")
    watch.Warm(cache).keep()
    panes = watch.run(
        [sys.executable, HERE / "panes.py", "--cache", cache, "--openings",
         "--longest", str(LONGEST_PANE)]
    )  # fmt: skip
    found["panes"] = json.loads(panes.output)
    say("prune")
    found["prune"] = importing.prune(cache)
    shutil.rmtree(cache)
    duck.unlink()
    return found


def _book(scratch: Path, what: str, rows: int) -> Path:
    return scratch / f"{what}-{rows}.book"


def measured(scratch: Path, found: dict[str, Any]) -> targets.Measured:
    """Everything that was found of one number of requests."""
    rows = found["rows"]
    ours, theirs, traces = (
        Book(_book(scratch, what, rows)).all() for what in ("logsleuth", "duckdb", "traces")
    )
    asked, answered = (
        {name: times for name, times in side.items() if isinstance(times, Times)}
        for side in (ours, theirs)
    )
    for name, times in asked.items():
        times.cold = ours.get((asking.COLDLY, *name), [])
    return targets.Measured(
        found,
        asked,
        answered,
        ours[asking.CANCELLED],
        ours[asking.ANONYMOUS],
        traces[tracing.ONE],
    )


def needs(rows: Sequence[int]) -> str:
    """What a run takes, said before it begins."""
    disk = max(rows) * 520 / 1e9 + 2.5
    minutes = sum(3 + 1.2 * count / 1e6 for count in rows) + 5
    making = (sum(rows) + GROWN) / 1e6 * 0.3
    return (
        f"Needs about {disk:,.0f} GB of disk and {minutes:,.0f} minutes,"
        f" and {making:,.0f} more where the data is still to be made."
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/logsleuth-bench"))
    parser.add_argument("--seconds", type=float, default=2.0, help="for each question, about")
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--again", action="store_true", help="only write the page of the last run")
    asked = parser.parse_args()
    asked.scratch.mkdir(parents=True, exist_ok=True)
    kept = asked.scratch / "measured.json"
    if not asked.again:
        say(f"{needs(asked.rows)} Everything is written below {asked.scratch}.")
        told = ["--rows", *map(str, asked.rows), "--seconds", f"{asked.seconds:g}"]
        about = {"date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "asked": told}
        imports = measure_import(asked.scratch, max(asked.rows))
        sizes = []
        for rows in asked.rows:
            sizes.append(measure(asked.scratch, rows, asked.seconds))
            kept.write_text(json.dumps({"about": about, "imports": imports, "sizes": sizes}))
            write(asked.scratch, kept, asked.out)
    else:
        write(asked.scratch, kept, asked.out)


def write(scratch: Path, kept: Path, out: Path) -> None:
    """Write the page of what was measured so far."""
    found = json.loads(kept.read_text())
    every = [measured(scratch, one) for one in found["sizes"]]
    out.write_text(results.page(found["about"], found["imports"], every))
    say(f"wrote {out}")


if __name__ == "__main__":
    main()
