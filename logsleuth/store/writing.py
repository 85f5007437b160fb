"""The one writer of a cache.

Order is what makes it safe: a day's rows are on the disk before the catalogue names
them, and the catalogue commits with ``synchronous=FULL``.  After a power cut there may
be rows that nothing speaks of, never a statement without its rows.
"""

import errno
import fcntl
import getpass
import hashlib
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
from sqlite_utils import Database

from logsleuth.filter.tree import Span
from logsleuth.model import clock, times
from logsleuth.model.delivered import Deletion, Delivered
from logsleuth.model.event import CourseEvent
from logsleuth.store import catalogue_schema, paths
from logsleuth.store.base import StoreError
from logsleuth.store.catalogue import Name, check
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite import schema, student_view
from logsleuth.store.sqlite.writer import DaySummary, DayWriter, News, Tally, find_key, summarise

APPEND_SHARE = 0.1
"""Up to this share of a day's rows is appended; more is cheaper as a new generation."""


@dataclass(frozen=True, slots=True)
class Login:
    """A row of ``canvas.pseudonyms``: a login name of a user."""

    id: int
    user_id: int
    login: str | None
    sis_id: str | None
    seen_at: int


class CacheWriter:
    """Holds the writer's lock of a cache from opening to closing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            paths.private_folder(folder)
            paths.private_folder(folder / paths.DAYS)
            paths.private_file(folder / paths.LOCK)
            self._lock = os.open(folder / paths.LOCK, os.O_RDWR | os.O_NOFOLLOW)
        except OSError as error:
            raise StoreError(
                f"No cache can be written at {folder}: {error.strerror or error}."
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._lock, 200, 0).decode(errors="replace").strip()
            os.close(self._lock)
            raise StoreError(
                f"Another logsleuth{holder and f' ({holder})'} is writing to {folder};"
                " wait until it is done."
            ) from error
        try:
            with self.explaining():
                os.ftruncate(self._lock, 0)
                os.pwrite(self._lock, f"process {os.getpid()}".encode(), 0)
                self._open()
        except BaseException:
            os.close(self._lock)
            raise

    def _open(self) -> None:
        path = self.folder / paths.CATALOGUE
        paths.private_file(path)
        self.db = Database(path)
        # Asked for writing: that rolls back what a stopped writer left half done.
        if self._execute("SELECT 1 FROM sqlite_schema LIMIT 1"):
            check(self.db.conn, path)
        self._execute("PRAGMA journal_mode=DELETE")
        self._execute("PRAGMA synchronous=FULL")
        self._execute("PRAGMA busy_timeout=30000")
        with self.db.atomic():
            # All at once: a catalogue that is half made would be taken for a foreign file.
            catalogue_schema.migrations.apply(self.db)
            self._execute(
                "INSERT OR IGNORE INTO meta VALUES ('mask_key', ?)", secrets.token_hex(32)
            )
        self._mend()

    def close(self) -> None:
        """Drop what was only on its way, and give the lock back."""
        shutil.rmtree(self.folder / paths.SPILL, ignore_errors=True)
        self.db.close()
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
        except (OSError, sqlite3.Error, apsw.Error) as error:
            full = isinstance(error, apsw.FullError) or getattr(error, "errno", None) in {
                errno.ENOSPC,
                errno.EDQUOT,
                errno.EFBIG,
            }
            if full or "full" in str(error):
                raise StoreError(
                    f"The disk of {self.folder} is full; what was there before is unharmed."
                    " Make room and import again."
                ) from error
            raise StoreError(f"Writing to {self.folder} failed: {error}.") from error

    def _execute(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.db.execute(sql, parameters).fetchall()
        return found

    # What an earlier writer left when it was stopped

    def _mend(self) -> None:
        """Drop half-made files, and count days again whose append was cut short."""
        shutil.rmtree(self.folder / paths.SPILL, ignore_errors=True)
        current = {
            paths.day_file(self.folder, day, generation).name
            for day, generation in self._execute("SELECT day, generation FROM days")
        }
        for path in (self.folder / paths.DAYS).iterdir():
            name = path.name.removesuffix("-wal").removesuffix("-shm").removesuffix("-journal")
            if name not in current:
                path.unlink(missing_ok=True)
        for day, generation in self._execute("SELECT day, generation FROM days WHERE dirty"):
            path = paths.day_file(self.folder, day, generation)
            connection = day_file.open_appending(path)
            summary = summarise(connection, times.day_start(day))
            day_file.finish_appending(connection, path)
            self._record_day(day, generation, path, summary, {})

    # Settings

    def meta(self, key: str) -> str | None:
        """A setting of this cache."""
        found = self._execute("SELECT value FROM meta WHERE key = ?", key)
        return found[0][0] if found else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a setting of this cache (``pinned_clock``, …)."""
        with self.db.atomic():
            self._execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def mask_key(self) -> bytes:
        """The key by which secrets of this cache are given fingerprints."""
        return bytes.fromhex(self.meta("mask_key") or "")

    def _next(self, key: str) -> int:
        """The next number of a count that never goes back."""
        number = int(self.meta(key) or 0) + 1
        self._execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, str(number))
        return number

    # Sources

    def finished_source(self, sha256: str, kind: str) -> int | None:
        """Rows of a source with these bytes that is in the cache whole, if there is one."""
        found = self._execute(
            "SELECT read FROM sources WHERE sha256 = ? AND kind = ? AND finished AND NOT rejected",
            sha256,
            kind,
        )
        return found[0][0] if found else None

    def record_source(self, name: str, sha256: str, size: int, kind: str, form: str) -> int:
        """Record a source before it is read; its id.  The same bytes keep their id."""
        with self.db.atomic():
            found = self._execute(
                "SELECT id FROM sources WHERE sha256 = ? AND kind = ?", sha256, kind
            )
            if found:
                return int(found[0][0])
            self._execute(
                "INSERT INTO sources(name, sha256, size, kind, format, seen_us)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                name,
                sha256,
                size,
                kind,
                form,
                clock.now_us(),
            )
            return int(self._execute("SELECT last_insert_rowid()")[0][0])

    def finish_source(
        self, source: int, *, read: int, rejected: int, days: Iterable[str], error: str | None
    ) -> None:
        """Say what became of a source: whole in the cache, or refused with a sentence."""
        with self.db.atomic():
            self._execute(
                "UPDATE sources SET read = ?, rejected = ?, days = ?, error = ?, finished = ?"
                " WHERE id = ?",
                read,
                rejected,
                json.dumps(sorted(days)),
                error,
                error is None,
                source,
            )

    def save_rejects(self, source: int, rejects: Iterable[tuple[int, int, str, bytes]]) -> None:
        """Keep rejected lines: ``(line, offset, reason, raw)``, once each."""
        with self.db.atomic():
            for line, offset, reason, raw in rejects:
                self._execute(
                    "INSERT OR REPLACE INTO rejects(source_id, line, offset, reason, raw, seen_us)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    source,
                    line,
                    offset,
                    reason,
                    raw,
                    clock.now_us(),
                )

    # Days

    def merge_day(
        self, day: str, rows: Iterable[Delivered], count: int, tallies: dict[int, Tally]
    ) -> News:
        """Merge ``count`` rows into a day, by appending or as a new generation."""
        found = self._execute("SELECT generation, rows FROM days WHERE day = ?", day)
        tombstones = dict(self._execute("SELECT id, meta_us FROM tombstones"))
        news = News()
        live = bool(found) and count <= max(found[0][1] * APPEND_SHARE, 1)

        def work(connection: apsw.Connection) -> DaySummary:
            writer = DayWriter(connection, day, live, tombstones, tallies)
            writer.add(rows)
            nonlocal news
            news = writer.news
            return writer.finish()

        if live:
            self._append(day, found[0][0], work)
        else:
            self._build(day, found[0][0] if found else None, work)
        return news

    def delete(self, deletions: Sequence[Deletion], tallies: dict[int, Tally]) -> None:
        """Mark requests as deleted upstream, in whichever day they are, and keep them.

        What was never seen becomes a tombstone, for the case that it still comes.
        """
        waiting = list(deletions)
        days = self._execute("SELECT day, generation FROM days ORDER BY day DESC")
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
        with self.db.atomic():
            for deletion in waiting:
                tally = tallies.setdefault(deletion.source_id, Tally())
                moment = deletion.meta_ts or 0
                known = self._execute("SELECT meta_us FROM tombstones WHERE id = ?", deletion.id)
                if known and known[0][0] >= moment:
                    tally.unchanged += 1
                    continue
                self._execute(
                    "INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?)",
                    deletion.id,
                    moment,
                    deletion.source_id,
                )
                tally.deleted_upstream += 1

    def edit_day(self, day: str, edit: Callable[[DayWriter], None]) -> None:
        """Change rows of a day that exists."""
        generation = self._execute("SELECT generation FROM days WHERE day = ?", day)[0][0]

        def work(connection: apsw.Connection) -> DaySummary:
            writer = DayWriter(connection, day, True)
            edit(writer)
            return writer.finish()

        self._append(day, generation, work)

    def day_paths(self) -> dict[str, Path]:
        """The current file of every day, oldest first."""
        found = self._execute("SELECT day, generation FROM days ORDER BY day")
        return {day: paths.day_file(self.folder, day, generation) for day, generation in found}

    def _append(
        self, day: str, generation: int, work: Callable[[apsw.Connection], DaySummary]
    ) -> None:
        """Add to a day; it is marked in the catalogue until its counts are right again."""
        path = paths.day_file(self.folder, day, generation)
        with self.db.atomic():
            self._execute("UPDATE days SET dirty = 1 WHERE day = ?", day)
        connection = day_file.open_appending(path)
        try:
            summary = work(connection)
            views = student_view.find(connection)
        except BaseException:
            connection.close()
            raise
        day_file.finish_appending(connection, path)
        self._record_day(day, generation, path, summary, views)

    def _build(
        self, day: str, base: int | None, work: Callable[[apsw.Connection], DaySummary]
    ) -> None:
        """Make a new generation of a day, named in the catalogue only when it is whole."""
        with self.db.atomic():
            generation = self._next("generation")
        path = paths.day_file(self.folder, day, generation)
        half = path.with_suffix(".tmp")
        paths.private_file(half)
        old = None if base is None else paths.day_file(self.folder, day, base)
        connection = day_file.create(half) if old is None else day_file.copy(old, half)
        try:
            summary = work(connection)
            if old is None:
                connection.execute(schema.INDEXES)
            connection.execute("PRAGMA analysis_limit=1000; ANALYZE")
            views = student_view.find(connection)
            connection.close()
        except BaseException:
            connection.close()
            half.unlink(missing_ok=True)
            raise
        day_file.sync_file(half)
        half.rename(path)
        day_file.sync_folder(path.parent)
        self._record_day(day, generation, path, summary, views)
        if old is not None:
            for stale in old.parent.glob(f"{old.name}*"):
                stale.unlink(missing_ok=True)

    def _record_day(
        self,
        day: str,
        generation: int,
        path: Path,
        summary: DaySummary,
        views: dict[int, str],
    ) -> None:
        with self.db.atomic():
            self._execute(
                "INSERT OR REPLACE INTO days(day, generation, rows, first_us, last_us, hours,"
                " bytes, revision, dirty) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
                day,
                generation,
                summary.rows,
                summary.first,
                summary.last,
                json.dumps(summary.hours),
                path.stat().st_size,
                self._next("revision"),
            )
            for user, request_id in views.items():
                # Held back until all days were asked whether the account signs in itself.
                self._execute(
                    "INSERT OR IGNORE INTO student_views VALUES (?, ?, 1)", user, request_id
                )

    def settle_student_views(self) -> None:
        """Decide who is a Test Student: an account that ever signed in itself is none, nor
        is one that was acted as by name."""
        suspects = [row[0] for row in self._execute("SELECT user_id FROM student_views")]
        if not suspects:
            return
        seen: set[int] = set()
        for path in self.day_paths().values():
            connection = day_file.open_reading(path)
            try:
                seen |= student_view.contradicted(connection, suspects)
            finally:
                connection.close()
        with self.db.atomic():
            for user in suspects:
                self._execute(
                    "UPDATE student_views SET contradicted = ? WHERE user_id = ?",
                    user in seen,
                    user,
                )

    # Events, names, coverage

    def save_events(self, events: Iterable[tuple[CourseEvent, str]], tally: Tally) -> None:
        """Keep course events with their raw JSON; the same event is kept once."""
        with self.db.atomic():
            for event, raw in events:
                known = self._execute(
                    "SELECT raw, account_id FROM course_events WHERE id = ?", event.id
                )
                # Which account an event belongs to is known from the page it came with,
                # and only if that was an account's.
                account = event.account_id
                if account is None and known:
                    account = known[0][1]
                if known and known[0] == (raw, account):
                    tally.unchanged += 1
                    continue
                self._execute(
                    "INSERT OR REPLACE INTO course_events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                    event.id,
                    event.created_at,
                    event.event_type,
                    event.event_source,
                    account,
                    event.course_id,
                    event.user_id,
                    event.page_view_id,
                    event.copied_from,
                    event.copied_to,
                    event.reset_from,
                    event.reset_to,
                    event.sis_batch_id,
                    None if event.event_data is None else json.dumps(event.event_data),
                    event.source_id,
                    raw,
                )
                if known:
                    tally.updated += 1
                else:
                    tally.added += 1
            if tally.added or tally.updated:
                self._next("other_revision")

    def save_page_views(self, views: dict[str, Any], source: int) -> None:
        """Keep page view objects that came with events, by their id."""
        with self.db.atomic():
            for page_view_id, view in views.items():
                self._execute(
                    "INSERT OR REPLACE INTO page_views VALUES (?, ?, ?, ?)",
                    page_view_id,
                    json.dumps(view),
                    source,
                    clock.now_us(),
                )
            if views:
                self._next("other_revision")

    def save_names(self, names: Iterable[Name], source: int, tally: Tally) -> None:
        """Keep names; a later sight of the same thing wins."""
        with self.db.atomic():
            for name in names:
                known = self._execute(
                    "SELECT name, detail, sis_id, seen_us FROM names WHERE kind = ? AND id = ?",
                    name.kind,
                    name.id,
                )
                seen = name.seen_at or 0
                if (known and known[0][3] > seen) or known == [
                    (name.name, name.detail, name.sis_id, seen)
                ]:
                    tally.unchanged += 1
                    continue
                self._execute(
                    "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?, ?, ?, ?)",
                    name.kind,
                    name.id,
                    name.name,
                    name.detail or (known[0][1] if known else None),
                    name.sis_id or (known[0][2] if known else None),
                    seen,
                    source,
                )
                if known:
                    tally.updated += 1
                else:
                    tally.added += 1

    def save_logins(self, logins: Iterable[Login], source: int, tally: Tally) -> None:
        """Keep login names of users; a later sight of the same login wins."""
        with self.db.atomic():
            for login in logins:
                known = self._execute(
                    "SELECT user_id, login, sis_id, seen_us FROM logins WHERE id = ?", login.id
                )
                row = (login.user_id, login.login, login.sis_id, login.seen_at)
                if known and (known[0] == row or known[0][3] > login.seen_at):
                    tally.unchanged += 1
                    continue
                self._execute(
                    "INSERT OR REPLACE INTO logins VALUES (?, ?, ?, ?, ?, ?)",
                    login.id,
                    *row,
                    source,
                )
                if known:
                    tally.updated += 1
                else:
                    tally.added += 1

    def state_coverage(self, span: Span, state: str, reason: str | None) -> None:
        """Keep a statement about a span of requests, with who made it and when."""
        with self.db.atomic():
            said = (span.since, span.until, state, reason)
            if self._execute(
                "SELECT 1 FROM coverage WHERE since_us = ? AND until_us = ? AND state = ?"
                " AND reason IS ?",
                *said,
            ):
                return
            self._execute(
                "INSERT INTO coverage(since_us, until_us, state, reason, said_us, said_by)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                *said,
                clock.now_us(),
                _who(),
            )
            self._next("other_revision")

    # Traces and activity

    def save_traces(self, made: dict[str, tuple[str, str]]) -> None:
        """Keep traces: event id -> (revision they were made at, JSON text)."""
        with self.db.atomic():
            for event_id, (revision, data) in made.items():
                self._execute(
                    "INSERT OR REPLACE INTO traces VALUES (?, ?, ?)", event_id, revision, data
                )

    def log(self, what: str, **data: Any) -> None:
        """Add to the activity log, in which every entry carries the hash of the one before."""
        with self.db.atomic():
            last = self._execute("SELECT hash FROM activity ORDER BY n DESC LIMIT 1")
            previous = last[0][0] if last else ""
            at, who, text = clock.now_us(), _who(), json.dumps(data, sort_keys=True)
            entry = json.dumps([previous, at, who, what, text])
            self._execute(
                "INSERT INTO activity(at_us, who, what, data, previous, hash)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                at,
                who,
                what,
                text,
                previous,
                hashlib.sha256(entry.encode()).hexdigest(),
            )


def _any_here(path: Path, deletions: Iterable[Deletion]) -> bool:
    """Whether a day has one of the requests, asked without taking the day in hand."""
    connection = day_file.open_reading(path)
    try:
        return any(find_key(connection, schema.id_value(one.id)) for one in deletions)
    finally:
        connection.close()


def _who() -> str:
    """The account on this machine, and where it came from, as the environment says."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "?"
    client = os.environ.get("SSH_CLIENT", "").partition(" ")[0]
    return f"{name} (uid {os.getuid()})" + (f" from {client}" if client else "")
