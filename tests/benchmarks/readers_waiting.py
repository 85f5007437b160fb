"""How long two readers wait for their answers, alone and while an import writes.

    make bench-readers
    PYTHONPATH=tests python tests/benchmarks/readers_waiting.py --rows 30000

The readers are processes of their own that ask for pages, counts, values and timelines of the
days being written: rows are appended to them, they are built anew, and one is added.  Prints
milliseconds: median, 95th and 99th percentile, the longest, and how many took over 250.
"""

import argparse
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from dap import bring
from readers import DAYS, QUESTIONS, Heard, asking, base, writes
from timing import at

LIMIT = 250.0
"""Milliseconds that no reader should wait."""
SHOWN = 20
"""Values of a field that are asked for."""
ALONE = 10.0
"""Seconds for which the readers are measured alone."""


def told(name: str, heard: Iterable[Heard], kind: str = "") -> str:
    """A line of the table, of all questions or of one kind."""
    waits = [
        seconds * 1000
        for reader in heard
        for question, _, seconds in reader.answers
        if question.startswith(kind)
    ]
    shares = "  ".join(f"{at(waits, share):8.1f}" for share in (0.5, 0.95, 0.99))
    late = sum(wait > LIMIT for wait in waits)
    return f"{name:<14}{len(waits):>8,}  {shares}  {max(waits):8.1f}  {late:>5}"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000, help="of each of three days")
    size = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        bring(cache, *base(size))
        with asking(cache, DAYS, SHOWN) as alone:
            time.sleep(ALONE)
        with asking(cache, DAYS, SHOWN) as beside:
            for content in writes(size):
                bring(cache, content)
    for reader in (*alone, *beside):
        if reader.error:
            raise SystemExit(reader.error)
    print(f"{'':<14}{'answers':>8}  {'p50':>8}  {'p95':>8}  {'p99':>8}  {'longest':>8}  >250")
    print(told("alone", alone))
    print(told("beside imports", beside))
    for kind in QUESTIONS:
        print(told(f"  {kind}", beside, kind))


if __name__ == "__main__":
    main()
