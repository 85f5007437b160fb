"""A question asked of several days at once, and answered in their order."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from logsleuth.model import clock, times
from logsleuth.store.base import Cancel
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.opening import DayEntry, OpenDays

T = TypeVar("T")

ALONE = 0.02
"""Seconds that one thread asks day after day, before the others are called: they need as long
to begin with what takes less, and then wait for each other to make Python's objects."""

WORKERS = max(1, min(4, os.cpu_count() or 1))
"""Days that are asked at once: SQLite works outside of Python's lock."""

AHEAD = 1
"""Days besides the one at work that wait for each worker: more would keep other questions."""


class Workers:
    """Threads that ask days.  A day always falls to the same one, which keeps it open."""

    def __init__(self, days: OpenDays) -> None:
        self._days = days
        self._lock = Lock()
        self._threads: list[ThreadPoolExecutor] = []

    def in_turn(
        self, entries: Sequence[DayEntry], cancel: Cancel | None, work: Callable[[Day], T]
    ) -> Iterator[T]:
        """As :meth:`each`, for work that is mostly done soon: the calling thread asks day after
        day, and only what is left after a while is asked at once."""
        spent = 0.0
        for number, entry in enumerate(entries):
            if spent > ALONE:
                yield from self.each(entries[number:], cancel, work)
                return
            begun = clock.monotonic()
            with self._days.asking(entry, cancel) as day:
                found = work(day)
            spent += clock.monotonic() - begun
            yield found

    def each(
        self, entries: Sequence[DayEntry], cancel: Cancel | None, work: Callable[[Day], T]
    ) -> Iterator[T]:
        """What ``work`` finds in each day, in the order of the days.

        Whoever stops asking for more stops the work; so does ``cancel``.  A single day is
        asked by the calling thread.
        """
        if len(entries) == 1 or WORKERS == 1:
            for entry in entries:
                with self._days.asking(entry, cancel) as day:
                    found = work(day)
                yield found
            return
        stopped = Cancel()
        remove = cancel.add_hook(stopped.cancel) if cancel is not None else None

        def ask(entry: DayEntry) -> T:
            with self._days.asking(entry, stopped) as day:
                return work(day)

        waiting: deque[Future[T]] = deque()
        try:
            for entry in entries:
                if cancel is not None:
                    cancel.check()
                waiting.append(self._thread(entry).submit(ask, entry))
                if len(waiting) >= (1 + AHEAD) * WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            stopped.cancel()
            if remove is not None:
                remove()
            for future in waiting:
                future.cancel()

    def _thread(self, entry: DayEntry) -> ThreadPoolExecutor:
        with self._lock:
            if not self._threads:
                self._threads = [ThreadPoolExecutor(1, "days") for _ in range(WORKERS)]
            return self._threads[times.day_start(entry.day) // times.DAY % WORKERS]

    def close(self) -> None:
        """End the threads, and close what they have open; the next question begins anew."""
        with self._lock:
            threads, self._threads = self._threads, []
        for thread in threads:
            thread.submit(self._days.close).result()
            thread.shutdown()
