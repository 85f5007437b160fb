"""How long the longest filters take to be read, or to be refused.

    python tests/benchmarks/filters.py

Milliseconds of processor time, the best of five, for filters of as many characters as one
may have; every one is to be under 100.
"""

from contextlib import suppress
from time import process_time

from logsleuth.filter.parse import LONGEST, FilterError, parse

SHAPES = {
    "words": "a ",
    "any of": "1 or ",
    "conditions": "user_id:1 ",
    "alternatives": "user_id:1 or ",
    "networks": "ip:10.0.0.0/8 ",
    "times": "timestamp>=now-24h ",
    "dates": 'timestamp:"2026-10-01" ',
    "brackets": "(a or not (status >= 400 and b)) ",
    "open brackets": "(",
    "not": "not ",
    "stars": "*a",
    "backslashes": "\\",
    "quotes": '"',
    "colons": ":",
    "names": "a:",
    "one word": "a",
    "spaces": "a" + " " * 400,
}


def milliseconds(text: str) -> float:
    """What one reading takes."""
    before = process_time()
    with suppress(FilterError):
        parse(text)
    return (process_time() - before) * 1_000


def main() -> None:
    """Print a line for each shape."""
    parse("a")  # the grammar is built once
    for name, part in SHAPES.items():
        text = (part * (LONGEST // len(part) + 1))[:LONGEST]
        print(f"{name:14} {min(milliseconds(text) for _ in range(5)):6.1f} ms")


if __name__ == "__main__":
    main()
