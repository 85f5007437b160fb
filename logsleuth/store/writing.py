"""The one writer of a cache.

Order is what makes it safe: a day's rows are on the disk before the catalogue names
them, and the catalogue commits with ``synchronous=EXTRA``.  After a power cut there may
be rows that nothing speaks of, never a statement without its rows.
"""

import errno
import json
import os
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from logsleuth.model import times
from logsleuth.model.delivered import Deletion
from logsleuth.store import custody, locks, paths
from logsleuth.store.base import StoreError
from logsleuth.store.building import Build, Built, Filling, in_doubt
from logsleuth.store.catalogue import unreadable
from logsleuth.store.ledger import Ledger
from logsleuth.store.runs import DayRun
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite import schema, student_view
from logsleuth.store.sqlite.writer import DaySummary, DayWriter, News, Tally, find_key, summarise

IN_PLACE, IN_PLACE_SHARE = 1_000, 0.1
"""Rows that are appended to a day as it stands, if they are no more than this share of it.  More
change so many of its pages that it costs less to write all of a new generation once than these
into a log and from there into the file; of a day of a million requests both cost the same here."""

FEW_SHARE = 0.2
"""Up to this share of a day's rows is added to a copy of the day with its indexes.  Making these
anew costs less only from about a half on, but leaves them dense, and chosen for the day's size."""

_SAID = (OSError, sqlite3.Error, apsw.Error)
"""What a disk or SQLite says when it cannot write."""


class CacheWriter:
    """Holds the writer's lock of a cache from opening to closing.

    Days of requests are written here; all else is kept by its ``ledger``.  Unless ``tidy``
    is false, what an earlier writer left half done is mended or dropped.
    """

    def __init__(self, folder: Path, *, tidy: bool = True) -> None:
        self.folder = folder
        self._tidy = tidy
        try:
            paths.private_folder(folder)
            custody.refuse_links(folder)
            paths.private_folder(folder / paths.DAYS)
            self._lock = locks.hold(folder / paths.LOCK, f"writing to {folder}")
        except OSError as error:
            raise StoreError(
                f"No cache can be written at {folder}: {error.strerror or error}."
            ) from error
        try:
            with self.explaining():
                self._open()
        except BaseException:
            os.close(self._lock)
            raise

    def _open(self) -> None:
        path = self.folder / paths.CATALOGUE
        paths.private_file(path)
        self.ledger = Ledger(path)
        if self._tidy:
            self._mend()

    def close(self) -> None:
        """Drop what was only on its way, and give the lock back."""
        self._drop_spill()
        for half in (self.folder / paths.DAYS).glob("*.tmp"):
            if custody.is_day(half.name):
                half.unlink(missing_ok=True)
        self.ledger.close()
        os.close(self._lock)

    def __enter__(self) -> "CacheWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Turn what a disk or SQLite says while writing into one sentence."""
        try:
            yield
        except _SAID as last:
            error = origin(last)
            if _is_full(error):
                raise StoreError(
                    f"The disk of {self.folder} is full; what was there before is unharmed."
                    " Make room and import again."
                ) from error
            if isinstance(error, sqlite3.Error):
                path = self.folder / paths.CATALOGUE
                raise StoreError(unreadable(path, error)) from error
            raise StoreError(f"Writing to {self.folder} failed: {error}.") from error

    def spill_folder(self) -> Path:
        """A new folder for rows on their way, which go when the writer is closed.

        It is of this import alone: what a worker of a stopped one still writes goes nowhere.
        """
        spill = self.folder / paths.SPILL
        paths.private_folder(spill)
        folder = spill / secrets.token_hex(8)
        paths.private_folder(folder)
        return folder

    def _drop_spill(self) -> None:
        """Remove rows on their way, and nothing else that somebody may keep there."""
        spill = self.folder / paths.SPILL
        for folder in [*spill.glob("*/"), spill]:
            for run in folder.glob(paths.ANY_RUN):
                run.unlink(missing_ok=True)
            with suppress(OSError):
                folder.rmdir()

    # What an earlier writer left when it was stopped

    def _mend(self) -> None:
        """Drop half-made files, and count days again whose append was cut short."""
        self._drop_spill()
        current = {
            paths.day_file(self.folder, day, generation).name
            for day, generation in self.ledger.execute("SELECT day, generation FROM days")
        }
        for path in sorted((self.folder / paths.DAYS).iterdir()):
            name = path.name.removesuffix("-wal").removesuffix("-shm").removesuffix("-journal")
            if name not in current and custody.is_day(path.name):
                # A damaged list of days is no reason to drop one.
                self.ledger.check()
                path.unlink(missing_ok=True)
        for day, generation, dirty in self.ledger.execute(
            "SELECT day, generation, dirty FROM days"
        ):
            path = paths.day_file(self.folder, day, generation)
            if not dirty and not day_file.in_wal(path):
                continue
            # Half appended, or in WAL still because somebody read it when it was finished.
            connection = day_file.open_appending(path)
            summary = summarise(connection, times.day_start(day)) if dirty else None
            day_file.finish_appending(connection, path)
            if summary is not None:
                self._record_day(day, generation, path, summary, {})

    # Days

    def plan(
        self, day: str, runs: Sequence[Path], count: int, refused: frozenset[int]
    ) -> Build | None:
        """How the ``count`` rows of runs become a new generation of a day; ``None`` if they
        are so few that they are better appended."""
        found = self.ledger.execute("SELECT generation, rows FROM days WHERE day = ?", day)
        rows = found[0][1] if found else 0
        if found and count <= max(min(IN_PLACE, rows * IN_PLACE_SHARE), 1):
            return None
        with self.ledger.atomic():
            generation = self.ledger.next("generation")
        target = paths.day_file(self.folder, day, generation).with_suffix(".tmp")
        base = paths.day_file(self.folder, day, found[0][0]) if found else None
        few = count <= rows * FEW_SHARE
        return Build(day, target, base, runs, refused, self._tombstones(), few)

    def append(
        self,
        day: str,
        runs: Sequence[Path],
        refused: frozenset[int],
        tallies: dict[int, Tally],
    ) -> News:
        """Append the rows of runs to a day that others may read meanwhile."""
        tombstones = self._tombstones()
        news = News()

        def work(connection: apsw.Connection) -> DaySummary:
            nonlocal news
            with DayRun(times.day_start(day), runs, refused) as run:
                doubtful = in_doubt(connection, run, tombstones)
                writer = DayWriter(connection, day, True, tombstones, tallies)
                Filling(writer, run, doubtful).append()
                if doubtful:
                    writer.add(run.delivered(doubtful))
            news = writer.news
            return writer.finish()

        self._append(day, self._generation(day), work)
        return news

    def adopt(self, work: Build, built: Built, tallies: dict[int, Tally]) -> News:
        """Make what was built the current generation of its day."""
        path = work.target.with_suffix(".db")
        work.target.rename(path)
        paths.sync_folder(path.parent)
        for source, tally in built.tallies.items():
            tallies.setdefault(source, Tally()).add(tally)
        generation = int(path.name.split(".")[1])
        self._record_day(work.day, generation, path, built.summary, built.views)
        if work.base is not None:
            for stale in work.base.parent.glob(f"{work.base.name}*"):
                stale.unlink(missing_ok=True)
        return built.news

    def _tombstones(self) -> dict[str, int]:
        return dict(self.ledger.execute("SELECT id, meta_us FROM tombstones"))

    def _generation(self, day: str) -> int:
        return int(self.ledger.execute("SELECT generation FROM days WHERE day = ?", day)[0][0])

    def delete(self, deletions: Sequence[Deletion], tallies: dict[int, Tally]) -> None:
        """Mark requests as deleted upstream, in whichever day they are, and keep them.

        What was never seen becomes a tombstone, for the case that it still comes.
        """
        waiting = list(deletions)
        days = self.ledger.execute("SELECT day, generation FROM days ORDER BY day DESC")
        for day, generation in days:
            if not waiting:
                return
            if not _any_here(paths.day_file(self.folder, day, generation), waiting):
                continue
            here = waiting

            def work(connection: apsw.Connection, day: str = day) -> DaySummary:
                nonlocal waiting
                writer = DayWriter(connection, day, True, {}, tallies)
                waiting = list(writer.delete(here))  # noqa: B023 (called at once)
                return writer.finish()

            self._append(day, generation, work)
        with self.ledger.atomic():
            for deletion in waiting:
                tally = tallies.setdefault(deletion.source_id, Tally())
                moment = deletion.meta_ts or 0
                known = self.ledger.execute(
                    "SELECT meta_us FROM tombstones WHERE id = ?", deletion.id
                )
                if known and known[0][0] >= moment:
                    tally.unchanged += 1
                    continue
                self.ledger.execute(
                    "INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?)",
                    deletion.id,
                    moment,
                    deletion.source_id,
                )
                tally.deleted_upstream += 1

    def edit_day(self, day: str, edit: Callable[[DayWriter], None]) -> None:
        """Change rows of a day that exists."""

        def work(connection: apsw.Connection) -> DaySummary:
            writer = DayWriter(connection, day, True)
            edit(writer)
            return writer.finish()

        self._append(day, self._generation(day), work)

    def day_paths(self) -> dict[str, Path]:
        """The current file of every day, oldest first."""
        found = self.ledger.execute("SELECT day, generation FROM days ORDER BY day")
        return {day: paths.day_file(self.folder, day, generation) for day, generation in found}

    def _append(
        self, day: str, generation: int, work: Callable[[apsw.Connection], DaySummary]
    ) -> None:
        """Add to a day; it is marked in the catalogue until its counts are right again."""
        path = paths.day_file(self.folder, day, generation)
        with self.ledger.atomic():
            self.ledger.execute("UPDATE days SET dirty = 1 WHERE day = ?", day)
        connection = day_file.open_appending(path)
        try:
            summary = work(connection)
            views = student_view.find(connection)
        except BaseException:
            connection.close()
            raise
        day_file.finish_appending(connection, path)
        self._record_day(day, generation, path, summary, views)

    def _record_day(
        self,
        day: str,
        generation: int,
        path: Path,
        summary: DaySummary,
        views: dict[int, str],
    ) -> None:
        with self.ledger.atomic():
            self.ledger.execute(
                "INSERT OR REPLACE INTO days(day, generation, rows, first_us, last_us, hours,"
                " bytes, revision, dirty) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
                day,
                generation,
                summary.rows,
                summary.first,
                summary.last,
                json.dumps(summary.hours),
                path.stat().st_size,
                self.ledger.next("revision"),
            )
            for user, request_id in views.items():
                # Held back until all days were asked whether the account signs in itself.
                self.ledger.execute(
                    "INSERT OR IGNORE INTO student_views VALUES (?, ?, 1)", user, request_id
                )

    def settle_student_views(self) -> None:
        """Decide who is a Test Student: an account that ever signed in itself is none, nor
        is one that was acted as by name, with a token, or in several courses."""
        before = self.ledger.execute("SELECT user_id, contradicted FROM student_views")
        suspects = [row[0] for row in before]
        if not suspects:
            return
        seen: set[int] = set()
        visited: set[tuple[int, int]] = set()
        for path in self.day_paths().values():
            connection = day_file.open_reading(path)
            try:
                seen |= student_view.contradicted(connection, suspects)
                visited |= student_view.courses(connection, suspects)
            finally:
                connection.close()
        courses = Counter(user for user, _ in visited)
        seen.update(user for user, number in courses.items() if number > 1)
        with self.ledger.atomic():
            for user in suspects:
                # 2: contradicted by a day that was pruned since, which nothing takes back.
                self.ledger.execute(
                    "UPDATE student_views SET contradicted = ?"
                    " WHERE user_id = ? AND contradicted < 2",
                    user in seen,
                    user,
                )
            if any(known < 2 and bool(known) != (user in seen) for user, known in before):
                # Days that this import did not touch have other answers now.
                self.ledger.next("other_revision")


def mend(folder: Path) -> None:
    """Do now what the next writer of a cache does first: mend what a stopped one left."""
    if (folder / paths.CATALOGUE).is_file():
        with CacheWriter(folder):
            pass


def origin(error: BaseException) -> BaseException:
    """What went wrong first: cleaning up after it may have failed, too."""
    while isinstance(error.__context__, _SAID):
        error = error.__context__
    return error


def _is_full(error: BaseException) -> bool:
    """Whether there was no room, or no more of it for this user or this file."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    if isinstance(error, apsw.IOError):
        # Nothing else keeps the file from growing by which those who read know the WAL.
        extended: int = getattr(error, "extendedresult", 0)
        return extended == apsw.SQLITE_IOERR_SHMSIZE
    return isinstance(error, apsw.FullError) or "full" in str(error)


def _any_here(path: Path, deletions: Iterable[Deletion]) -> bool:
    """Whether a day has one of the requests, asked without taking the day in hand."""
    connection = day_file.open_reading(path)
    try:
        return any(find_key(connection, schema.id_value(one.id)) for one in deletions)
    finally:
        connection.close()
