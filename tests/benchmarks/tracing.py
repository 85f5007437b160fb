"""Measures traces: of one course change, and of all of them.

python tracing.py CACHE OUT
"""

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import generate
import importing
import watch
from timing import Book

from logsleuth.store.cache import Cache
from logsleuth.trace.engine import Tracer

EVENTS = 150
WARM_UP = 5
ONE = "one event"


def one_by_one(cache: Path, book: Book) -> None:
    """Trace random changes, each as if it were the only one; milliseconds."""
    watch.Warm(cache).keep()
    opened = Cache.open(cache)
    events = list(opened.catalogue.events())
    picked = random.Random(7).sample(events, min(EVENTS, len(events)))
    tracer = Tracer(opened.requests, opened.catalogue)
    taken = []
    for event in picked:
        begin = time.perf_counter()
        tracer.trace(event)
        taken.append(1000 * (time.perf_counter() - begin))
    book.keep(ONE, taken[min(WARM_UP, len(taken) // 2) :])


def all_at_once(cache: Path, data: Path) -> dict[str, Any]:
    """``trace --all``, twice: the second time traces are kept; what it found is compared with
    what really caused each change."""
    ran = importing.program(cache, "trace", "--all", "--format", "jsonl")
    again = importing.program(cache, "trace", "--all", "--format", "jsonl")
    truth = {}
    with (data / generate.TRUTH).open() as lines:
        for line in lines:
            cause = json.loads(line)
            truth[cause["event"]] = cause["request"]
    verdicts: dict[str, int] = {}
    right = wrong = 0
    for line in ran.output.splitlines():
        trace = json.loads(line)
        verdicts[trace["verdict"]] = verdicts.get(trace["verdict"], 0) + 1
        if trace["verdict"] in {"exact", "strong"}:
            found = trace["causes"][0]["request_id"] == truth[trace["event_id"]]
            right, wrong = right + found, wrong + (not found)
    return {
        "events": sum(verdicts.values()),
        "seconds": ran.seconds,
        "peak": ran.peak,
        "kept_seconds": again.seconds,
        "verdicts": verdicts,
        "right": right,
        "wrong": wrong,
    }


def main() -> None:
    cache, out = sys.argv[1:]
    one_by_one(Path(cache), Book.new(Path(out)))


if __name__ == "__main__":
    main()
