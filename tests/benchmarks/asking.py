"""Asks the workload of one side, in a process of its own, and keeps times and answers.

    python asking.py SIDE PLACE SAMPLE OUT SECONDS

SIDE is ``logsleuth`` or ``duckdb``, PLACE its cache or file, SAMPLE what :mod:`sample` wrote,
OUT the :class:`timing.Book` to write, SECONDS how long one question may be asked over and over.
"""

import sys
import threading
import time
from itertools import islice
from math import inf
from pathlib import Path

import sample
import watch
from filters import Row
from progress import Progress
from timing import PATIENCE, Asked, Book, Times, ask_often, rows_for
from workload import Question, questions

from logsleuth.filter.parse import parse
from logsleuth.store.base import Cancel, Cancelled
from logsleuth.store.cache import Cache

COLD = 5
CANCELS = 20
RUNNING = 0.05
"""Seconds that a search runs before it is taken back."""
ANONYMOUS, CANCELLED, COLDLY = "anonymous", "cancelled", "cold"
"""Names in the book, besides those of questions: bytes, milliseconds, and the first part of the
names of cold questions."""


class Ours:
    """The store, opened as commands open it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = Cache.open(folder)

    def once(self, question: Question, row: Row) -> Asked:
        where = parse(question.filter.make(row).kql)
        first, value = None, None
        begin = time.perf_counter()
        for answer in question.kind.ask(self.cache.requests, where, row):
            value = answer.value
            if first is None and (getattr(value, "rows", value) or answer.complete):
                first = time.perf_counter()
        end = time.perf_counter()
        return Asked(1000 * ((first or end) - begin), 1000 * (end - begin),
                     lambda: question.kind.ours(value))  # fmt: skip

    def cold(self, question: Question, row: Row) -> float:
        self.cache.close()
        watch.forget(self.folder)
        begin = time.perf_counter()
        self.cache = Cache.open(self.folder)
        opened = time.perf_counter() - begin
        return 1000 * opened + self.once(question, row).whole

    def cancelled(self, text: str) -> float:
        """Milliseconds from taking a search of everything back until it has ended."""
        where, cancel = parse(f'url:"{text}"'), Cancel()

        def search() -> None:
            try:
                for _ in self.cache.requests.count(where, cancel=cancel):
                    pass
            except Cancelled:
                pass
            finally:
                self.cache.close()

        thread = threading.Thread(target=search)
        thread.start()
        time.sleep(RUNNING)
        begin = time.perf_counter()
        cancel.cancel()
        thread.join()
        return 1000 * (time.perf_counter() - begin)


class Theirs:
    """DuckDB's own table, with two threads."""

    def __init__(self, path: Path) -> None:
        import duckdb  # Only here: the other side's memory is measured.

        self.connection = duckdb.connect(str(path), read_only=True, config={"threads": 2})

    def once(self, question: Question, row: Row) -> Asked:
        sql = question.sql(row)
        assert sql is not None
        begin = time.perf_counter()
        rows = self.connection.execute(sql).fetchall()
        taken = 1000 * (time.perf_counter() - begin)
        return Asked(taken, taken, lambda: question.kind.theirs(rows))


def ask_all(side: str, place: Path, sampled: Path, book: Book, seconds: float) -> None:
    """Ask one side the whole workload; cold only at the end, for after it all is cold."""
    rows = sample.load(sampled)
    asker = Ours(place) if side == "logsleuth" else Theirs(place)
    every = questions()
    if isinstance(asker, Theirs):
        every = [one for one in every if any(one.sql(row) for row in rows_for(one, rows))]
    progress = Progress()
    warm = watch.Warm(place)
    often: dict[tuple[str, str], int] = {}
    for number, question in enumerate(every, 1):
        progress.say(f"{side}: {number} of {len(every)}, {question.name}")
        warm.keep()
        try:
            times = ask_often(question, rows, seconds, asker.once)
        except Exception as error:  # The page says so, in the place of the figures.
            times = Times(error=f"{type(error).__name__}: {error}")
        often[question.group, question.name] = _how_often_cold(times, seconds)
        book.keep((question.group, question.name), times)
    if isinstance(asker, Ours):
        book.keep(CANCELLED, [asker.cancelled("no such text") for _ in range(CANCELS)])
    book.keep(ANONYMOUS, watch.own_anonymous())
    if isinstance(asker, Ours):
        for number, question in enumerate(every, 1):
            progress.say(f"cold: {number} of {len(every)}, {question.name}")
            others = islice(rows_for(question, rows[::-1]), often[question.group, question.name])
            book.keep(
                (COLDLY, question.group, question.name),
                [asker.cold(question, row) for row in others],
            )
    progress.end()


def _how_often_cold(times: Times, seconds: float) -> int:
    """A few times; once what takes long; not what failed or takes too long."""
    least = min(times.whole, default=inf) / 1000
    return 0 if least > PATIENCE * seconds else 1 if least > seconds / COLD else COLD


def main() -> None:
    side, place, sampled, out, seconds = sys.argv[1:]
    ask_all(side, Path(place), Path(sampled), Book.new(Path(out)), float(seconds))


if __name__ == "__main__":
    main()
