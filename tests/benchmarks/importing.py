"""Measures the import: its rate beside that of others, growth, repetition, late rows, size."""

import json
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import generate
import peers
import watch
from progress import say

from logsleuth.model import times
from logsleuth.store import pruning
from logsleuth.store.catalogue import Catalogue
from logsleuth.store.writing import CacheWriter

TURNS = 3
SLICE = 100_000
"""Requests that ``sqlite-utils`` is given: it needs a tenth of a millisecond for each."""


def program(cache: Path, *arguments: str | Path) -> watch.Ran:
    """Run logsleuth on a cache."""
    return watch.run(
        [sys.executable, "-m", "logsleuth", "--cache", cache, *arguments],
        env={"XDG_CONFIG_HOME": str(cache.parent / "no-config")},
    )


def import_files(cache: Path, paths: Sequence[Path], *more: str) -> tuple[watch.Ran, Any]:
    """Import files; the run, and what the import says of itself."""
    ran = program(cache, "import", *paths, *more, "--format", "json")
    return ran, json.loads(ran.output)


def web_logs(data: Path) -> list[Path]:
    """The files of requests of a data set."""
    return sorted((data / generate.WEB_LOGS).glob("*.gz"))


def race(data: Path, scratch: Path, late: Path) -> dict[str, Any]:
    """The import and its rivals in turn, each several times on the same files.

    Rates are rows a second.  Then into the cache of the last turn: further requests of its days.
    """
    files = web_logs(data)
    cache, flat = scratch / "race", scratch / "flat.jsonl"
    sliced = peers.flatten(files, flat, SLICE)
    rates: dict[str, list[float]] = {}
    peaks: list[int] = []
    rows = 0
    for turn in range(TURNS):
        shutil.rmtree(cache, ignore_errors=True)
        ran, said = import_files(cache, files)
        rows = said["added"]
        peaks.append(ran.peak)
        seconds = {"logsleuth": ran.seconds, "gunzip and orjson": peers.gunzip_and_orjson(files)}
        begin = time.perf_counter()
        peers.duckdb_table(files, scratch / "race.duckdb").close()
        seconds["DuckDB"] = time.perf_counter() - begin
        found = {name: rows / taken for name, taken in seconds.items()}
        found["sqlite-utils"] = sliced / peers.sqlite_utils(flat, scratch)
        for name, rate in found.items():
            rates.setdefault(name, []).append(rate)
        say(f"  turn {turn + 1}: " + ", ".join(f"{n} {r:,.0f}/s" for n, r in found.items()))
    flat.unlink()
    (scratch / "race.duckdb").unlink()
    bulk = statistics.median(rates["logsleuth"])
    arrived, late_said = import_files(cache, web_logs(late))
    late_rate = late_said["added"] / arrived.seconds
    bare = program(cache, "fields").seconds
    shutil.rmtree(cache)
    return {
        "rows": rows,
        "sliced": sliced,
        "rates": rates,
        "ratios": {
            name: statistics.median(
                ours / theirs for ours, theirs in zip(rates["logsleuth"], theirs_all, strict=True)
            )
            for name, theirs_all in rates.items()
        },
        "peak": max(peaks),
        "late_rows": late_said["added"],
        "late_rate": late_rate,
        "late_share": late_rate / bulk,
        "start_seconds": bare,
    }


def growth(data: Path, scratch: Path) -> dict[str, Any]:
    """Import day after day into one cache: the rate of the first few and of the last few."""
    cache = scratch / "growth"
    shutil.rmtree(cache, ignore_errors=True)
    rates = []
    for path in web_logs(data):
        ran, said = import_files(cache, [path])
        rates.append(said["added"] / ran.seconds)
    say(f"  first day {rates[0]:,.0f}/s, last {rates[-1]:,.0f}/s")
    few = max(1, min(3, len(rates) // 3))
    found = {
        "days": len(rates),
        "first": statistics.median(rates[:few]),
        "last": statistics.median(rates[-few:]),
    }
    shutil.rmtree(cache)
    return found


def whole(data: Path, cache: Path, span: str) -> dict[str, Any]:
    """Import a whole data set in one command, again, and then its course changes."""
    shutil.rmtree(cache, ignore_errors=True)
    asked = [data / generate.WEB_LOGS]
    ran, said = import_files(cache, asked, "--complete", span)
    again, changed = import_files(cache, asked, "--complete", span)
    audit = data / generate.COURSE_AUDIT
    events = import_files(cache, [audit])[0].seconds if any(audit.iterdir()) else 0.0
    sizes = {path.name: path.stat().st_size for path in (cache / "days").iterdir()}
    return {
        "rows": said["added"],
        "seconds": ran.seconds,
        "peak": ran.peak,
        "processes": ran.processes,
        "days": len(sizes),
        "bytes_per_row": sum(sizes.values()) / said["added"],
        "catalogue_bytes": (cache / "catalogue.db").stat().st_size,
        "again_seconds": again.seconds,
        "again_changed": changed["added"] + changed["updated"] + changed["deleted_upstream"],
        "events_seconds": events,
    }


def flat_bytes(files: Sequence[Path], scratch: Path) -> float:
    """Bytes of a row in a flat table with the same indexes."""
    target = scratch / "flat.db"
    size = peers.flat_table(files, target)
    target.unlink()
    return size / sum(1 for _ in peers.lines(files))


def prune(cache: Path) -> dict[str, Any]:
    """Drop the oldest day, once or, where there are many, five times: milliseconds each."""
    taken = []
    for _ in range(5):
        days = [record.day for record in Catalogue(cache).days()]
        if len(days) < 2 and taken:
            break
        begin = time.perf_counter()
        plan = pruning.plan(Catalogue(cache), times.day_start(days[0]) + times.DAY)
        with CacheWriter(cache) as writer:
            pruning.prune(writer, [day.day for day in plan.days])
        taken.append(1000 * (time.perf_counter() - begin))
    return {"ms": statistics.median(taken), "days": len(taken)}
