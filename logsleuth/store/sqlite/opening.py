"""Open day files: each thread its own, few at a time, asked in one read transaction."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.store.base import Cancel, Cancelled, StoreError
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite.facts import Day

OPEN_DAYS = 10
"""Day files that one thread keeps open."""

STEPS = 20_000
"""Steps of SQLite's machine between two looks at whether the question still stands."""


@dataclass(frozen=True, slots=True)
class DayEntry:
    """A line of the catalogue's list of days."""

    day: str
    path: Path
    rows: int
    first: int | None
    last: int | None


@dataclass(slots=True)
class Opened:
    """An open day file, and its dictionaries as of the version they were read at."""

    path: Path
    connection: apsw.Connection
    version: int = -1
    day: Day | None = None

    def at(self, name: str, student_view_users: frozenset[int]) -> Day:
        """The day as this read transaction sees it: read anew only if it changed."""
        version: int = self.connection.pragma("data_version")
        if (
            self.day is None
            or version != self.version
            or self.day.student_view_users != student_view_users
        ):
            self.day = Day(self.connection, name, student_view_users)
            self.version = version
        return self.day


DayList = Callable[[], tuple[Sequence[DayEntry], frozenset[int]]]
"""Asks the catalogue for the days (oldest first) and the known Test Students."""


class OpenDays:
    """The days of a cache, opened when they are asked."""

    def __init__(self, days: DayList) -> None:
        self._days = days
        self._local = threading.local()
        self._users: frozenset[int] = frozenset()

    def listed(self) -> Sequence[DayEntry]:
        """Every day, oldest first, without opening any."""
        entries, _ = self._days()
        return entries

    def close(self) -> None:
        """Close the connections of the calling thread."""
        for opened in self._mine().values():
            opened.connection.close()
        self._mine().clear()

    def within(self, span: Span, *, newest_first: bool = True) -> list[DayEntry]:
        """The days that the span touches, its end not among it."""
        entries, self._users = self._days()
        kept = [
            entry
            for entry in entries
            if (span.until is None or times.day_start(entry.day) < span.until)
            and (span.since is None or times.day_start(entry.day) + times.DAY > span.since)
        ]
        return kept[::-1] if newest_first else kept

    @property
    def student_view_users(self) -> frozenset[int]:
        """The known Test Students, as of the last look at the days."""
        return self._users

    def _mine(self) -> OrderedDict[str, Opened]:
        """The open days of the calling thread, the one used last at the end."""
        opened: OrderedDict[str, Opened] | None = getattr(self._local, "opened", None)
        if opened is None:
            opened = self._local.opened = OrderedDict()
        return opened

    def _open(self, entry: DayEntry) -> Opened:
        every = self._mine()
        opened = every.pop(entry.day, None)
        if opened is not None and opened.path != entry.path:
            opened.connection.close()
            opened = None
        if opened is None:
            while len(every) >= OPEN_DAYS:
                every.popitem(last=False)[1].connection.close()
            opened = Opened(entry.path, self._connect(entry))
        every[entry.day] = opened
        return opened

    def _connect(self, entry: DayEntry) -> apsw.Connection:
        if not entry.path.exists():
            # A newer generation took its place after the list of days was read.
            entries, _ = self._days()
            now = {other.day: other for other in entries}
            if entry.day not in now:
                raise StoreError(
                    f"The requests of {entry.day} were dropped while they were asked for;"
                    " ask again."
                )
            entry = now[entry.day]
        return day_file.open_reading(entry.path)

    @contextmanager
    def asking(self, entry: DayEntry, cancel: Cancel | None) -> Iterator[Day]:
        """A day to ask, in one read transaction; interrupted when the question is."""
        opened = self._open(entry)
        remove = None
        if cancel is not None:
            remove = cancel.add_hook(opened.connection.interrupt)
            # An interrupt between two statements stops neither: so they look themselves.
            opened.connection.set_progress_handler(lambda: cancel.cancelled, STEPS)
        try:
            if cancel is not None:
                cancel.check()
            opened.connection.execute("BEGIN")
            yield opened.at(entry.day, self.student_view_users)
        except apsw.InterruptError as error:
            raise Cancelled from error
        except apsw.Error as error:
            raise StoreError(_damaged(entry.path, str(error))) from error
        except (UnicodeDecodeError, json.JSONDecodeError, KeyError) as error:
            # What no writer writes: a text that is none, an entry of no dictionary.
            raise StoreError(_damaged(entry.path, "a value in it is damaged")) from error
        finally:
            if remove is not None:
                remove()
                opened.connection.set_progress_handler(None)
            if opened.connection.in_transaction:
                opened.connection.execute("ROLLBACK")


def _damaged(path: Path, why: str) -> str:
    return (
        f"The day file {path} cannot be read ({why});"
        " put it back from a backup, or import its sources again into a new cache."
    )
