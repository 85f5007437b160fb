"""Processes that keep asking a cache while something writes it.

python tests/readers.py CACHE DAY…      asks until its input ends, a line for each answer
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from dap import NOON, WRITTEN, deletion, jsonl, row

from logsleuth.filter.parse import parse
from logsleuth.filter.tree import Node
from logsleuth.model import times
from logsleuth.store.base import Store, last
from logsleuth.store.cache import Cache

DAYS = ("2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04")

Question = Callable[[Store, Node, int], Any]

PAGE = 50
QUESTIONS: dict[str, Question] = {
    "count": lambda store, tree, limit: last(store.count(tree)),
    "page": lambda store, tree, limit: [
        [row.id, row.meta_ts, row.deleted_upstream]
        for row in last(store.page(tree, limit=PAGE)).rows
    ],
    "top": lambda store, tree, limit: [
        [one.value, one.count, one.users, one.first, one.last]
        for one in last(store.top("remote_ip", tree, limit=limit))
    ],
    "timeline": lambda store, tree, limit: [
        [one.start, one.count, one.errors, one.writes]
        for one in last(store.timeline(tree, seconds=3600))
    ],
    "errors": lambda store, tree, limit: last(store.count(tree)),
}
"""What is asked of a day, the last with a limit of values, 0 for all.  A day changes at once, so
each answer is that of one of its states, but for values with a limit: which ones is asked first,
and then all about them."""


def rows(name: str, count: int, day: int, meta: int = 0) -> bytes:
    """Requests of a day as a file; ``meta`` makes newer versions of them."""
    return jsonl(
        row(
            f"{name}-{day}-{n}",
            NOON + day * times.DAY + (n - count // 2) * 40_000 * times.SECOND // max(count, 1),
            WRITTEN + meta,
            user_id=n % 5_000,
            remote_ip=f"192.0.{n % 40}.{(n + meta) % 90}",
            http_status=(200, 200, 404)[(n + meta) % 3],
            http_method=("GET", "POST")[n % 2],
        )
        for n in range(count)
    )


def base(size: int) -> list[bytes]:
    """Three days of so many requests, as files."""
    return [rows("base", size, day) for day in range(3)]


def writes(size: int) -> Iterator[bytes]:
    """Files for a cache of that: late rows, newer versions, deletions, days built anew, a new
    day.  No request changes its day: for a moment such a one is in both."""
    few, some = size // 16, size // 25
    yield rows("late", few, 0)
    yield rows("base", some, 1, meta=1)
    yield jsonl(deletion(f"base-{day}-{n}", WRITTEN + 2) for day in range(3) for n in range(9))
    yield rows("many", size * 7 // 10, 1)
    yield rows("later", few, 2)
    yield rows("new", size * 8 // 10, 3)
    yield rows("base", size * 6 // 10, 0, meta=3)
    yield rows("last", few, 3)


def answers(store: Store, days: Sequence[str], limit: int = 0) -> Iterator[tuple[str, str, float]]:
    """``(question, what tells its answer from others, seconds)`` of every question."""
    for day in days:
        for name, ask in QUESTIONS.items():
            also = " and http_status >= 400" if name == "errors" else ""
            tree = parse(f'timestamp:"{day}"{also}')
            began = perf_counter()
            found = ask(store, tree, limit)
            seconds = perf_counter() - began
            made = hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]
            yield f"{name} {day}", made, seconds


def states(cache: Path, days: Sequence[str]) -> dict[str, str]:
    """The answers as the cache is now."""
    opened = Cache.open(cache)
    try:
        return {question: made for question, made, _ in answers(opened.requests, days)}
    finally:
        opened.close()


@dataclass
class Heard:
    """What a reader answered: ``(question, answer, seconds)``, and how it ended."""

    answers: list[tuple[str, str, float]]
    error: str


@contextmanager
def asking(cache: Path, days: Sequence[str], limit: int = 0) -> Iterator[list[Heard]]:
    """Two readers that ask from the beginning to the end of the block; filled at its end."""
    running = [_Reader(cache, days, limit) for _ in range(2)]
    heard: list[Heard] = []
    try:
        for reader in running:
            reader.begun.wait()
        yield heard
    finally:
        heard += [reader.end() for reader in running]


class _Reader:
    """A process, and a thread that takes down what it says."""

    def __init__(self, cache: Path, days: Sequence[str], limit: int) -> None:
        self.begun = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, __file__, cache, str(limit), *days],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)
            self.begun.set()
        self.begun.set()

    def end(self) -> Heard:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._process.stdin.close()
        self._thread.join()
        self._process.stdout.close()
        error = self._process.stderr.read()
        self._process.stderr.close()
        self._process.wait()
        return Heard([tuple(json.loads(line)) for line in self._lines], error)


def _main(cache: str, limit: str, *days: str) -> None:
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    opened = Cache.open(Path(cache))
    over = False
    while not over:
        over = ended.is_set()  # once more after the end
        for answer in answers(opened.requests, days, int(limit)):
            print(json.dumps(answer))
        sys.stdout.flush()
    opened.close()


if __name__ == "__main__":
    _main(*sys.argv[1:])
