"""The local catalogue: course events, names, coverage, rejects, sources, traces, days.

One small SQLite file in every cache, ``catalogue.db``.  Requests are elsewhere
(:mod:`logsleuth.store.base`); what is here is always local and always whole.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from logsleuth.filter.tree import Span
from logsleuth.model import ids, times
from logsleuth.model.event import CourseEvent
from logsleuth.store import custody, paths
from logsleuth.store.base import StoreError
from logsleuth.store.coverage import Coverage, Statement, Window
from logsleuth.store.coverage import CoverageState as CoverageState
from logsleuth.store.coverage import Hour as Hour
from logsleuth.store.event_spans import EventSpan

APPLICATION_ID = 0x6C736361  # "lsca"
SCHEMA_VERSION = 2

PATIENCE = 10.0
"""Seconds to wait for a process that holds the catalogue."""

_INSTEAD = "take a copy from a backup, or import the sources again into a new cache"

EVERYTHING = Span()

NameKind = Literal["user", "course", "key", "account"]
EventColumn = Literal["user_id", "course_id", "account_id", "sis_batch_id", "page_view_id"]

_EVENT_COLUMNS = (
    "id, created_us, event_type, event_source, account_id, course_id, user_id, page_view_id,"
    " copied_from, copied_to, reset_from, reset_to, sis_batch_id, event_data, source_id"
)


@dataclass(frozen=True, slots=True)
class Name:
    """What Canvas called a thing, and when it said so (names change).

    ``detail`` is the login of a user, the code of a course; ``sis_id`` its id in the
    student information system.  ``seen_at`` is in microseconds.
    """

    kind: NameKind
    id: int
    name: str
    detail: str | None = None
    sis_id: str | None = None
    seen_at: int | None = None


@dataclass(frozen=True, slots=True)
class Pruned:
    """Days of requests that were dropped: from ``since`` until ``until``, ``at`` (all
    microseconds) and ``by`` whom."""

    since: int
    until: int
    at: int
    by: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file or download that rows came from, as recorded before it was read."""

    id: int
    name: str
    sha256: str
    size: int
    kind: str
    format: str
    rows: int
    rejected: int
    seen_at: int
    finished: bool
    error: str | None


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be taken in: where it stood, why, and its masked bytes.

    ``sha256`` is the hash of the line as it stood, ``None`` where only its beginning is
    kept (or an older layout of the cache does not say).
    """

    id: int
    source: str
    line: int
    offset: int
    reason: str
    raw: bytes
    seen_at: int
    sha256: str | None

    @property
    def masked(self) -> bool:
        """Whether a secret in the line was masked, so that its hash is another."""
        return self.sha256 is not None and sha256(self.raw).hexdigest() != self.sha256

    @property
    def file_first(self) -> str:
        """The source with its file's name in front: of a narrow cell, the end is cut off."""
        folder, slash, name = self.source.rpartition("/")
        if not name or "://" in self.source:
            return self.source
        return f"{name} in {folder or slash}" if slash else name


@dataclass(frozen=True, slots=True)
class DayRecord:
    """A day of requests: its current file, and what was counted when it was written."""

    day: str
    path: Path
    generation: int
    rows: int
    first: int | None
    last: int | None
    hours: tuple[int, ...]
    bytes: int
    revision: int
    dirty: bool


class Catalogue:
    """The catalogue of a cache, for reading; usable from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / paths.CATALOGUE
        self._local = threading.local()
        self._query("SELECT 1 FROM meta LIMIT 1")

    # Events

    def events(self, span: Span = EVERYTHING) -> Sequence[CourseEvent]:
        """Course events, newest first (then by id)."""
        found = self._query(
            f"SELECT {_EVENT_COLUMNS} FROM course_events"
            " WHERE created_us >= ? AND created_us < ? ORDER BY created_us DESC, id",
            -(2**63) if span.since is None else span.since,
            2**63 - 1 if span.until is None else span.until,
        )
        return [_event(row) for row in found]

    def event(self, event_id: str) -> CourseEvent | None:
        """A course event by its id, in any spelling of the UUID."""
        found = self._query(
            f"SELECT {_EVENT_COLUMNS} FROM course_events WHERE id = ?",
            ids.parse_uuid(event_id) or event_id,
        )
        return _event(found[0]) if found else None

    def event_ids(self, column: EventColumn, value: int | str) -> Sequence[str]:
        """The ids of the course events that have this value there, newest first."""
        found = self._query(
            f"SELECT id FROM course_events WHERE {column} = ? ORDER BY created_us DESC, id", value
        )
        return [row[0] for row in found]

    def count_events(self) -> int:
        """How many course events there are."""
        return int(self._query("SELECT count(*) FROM course_events")[0][0])

    def page_view(self, page_view_id: str) -> dict[str, Any] | None:
        """A page view object that Canvas sent along with an event, as delivered."""
        found = self._query(
            "SELECT data FROM page_views WHERE id = ?", ids.parse_uuid(page_view_id) or page_view_id
        )
        if not found:
            return None
        view: dict[str, Any] = json.loads(found[0][0])
        return view

    # Names

    def name(self, kind: NameKind, number: int) -> Name | None:
        """What a user, course, key or account was last called."""
        return self._names(kind, " AND n.id = ?", number).get(number)

    def names(self, kind: NameKind) -> dict[int, Name]:
        """All known names of a kind."""
        return self._names(kind, "")

    def unknown_names(self, kind: NameKind) -> frozenset[int]:
        """Ids of a kind that Canvas, when it was asked, said it does not know."""
        found = self._query_if("names_unknown", "SELECT id FROM names_unknown WHERE kind = ?", kind)
        return frozenset(row[0] for row in found)

    def logins(self) -> Sequence[tuple[int, str | None, str | None]]:
        """Every login: the user's id, the login, and its SIS id.  A user may have several."""
        return self._query("SELECT user_id, login, sis_id FROM logins ORDER BY user_id, id")

    def _names(self, kind: NameKind, where: str, *parameters: Any) -> dict[int, Name]:
        found = self._query(
            "SELECT n.id, n.name, ifnull(n.detail, l.login), ifnull(n.sis_id, l.sis_id),"
            " n.seen_us FROM names n LEFT JOIN logins l ON n.kind = 'user' AND l.user_id = n.id"
            f" WHERE n.kind = ?{where} ORDER BY l.seen_us, l.id",
            kind,
            *parameters,
        )
        return {row[0]: Name(kind, row[0], row[1] or "", *row[2:5]) for row in found}

    # Coverage

    def hours(self, span: Span) -> Sequence[Hour]:
        """Coverage of every hour that the (closed) span touches, oldest first."""
        if span.since is None or span.until is None or span.until <= span.since:
            return []
        counts = {record.day: record.hours for record in self.days()}

        def rows(start: int) -> int:
            if not times.FIRST <= start <= times.LAST:
                return 0  # The weeks beside a day at the end of the calendar.
            in_day = counts.get(times.day_of(start))
            return in_day[start % times.DAY // times.HOUR] if in_day else 0

        statements = [
            Statement(*row)
            for row in self._query(
                "SELECT since_us, until_us, state, reason, said_us FROM coverage ORDER BY id"
            )
        ]
        coverage = Coverage(rows, statements, self._windows())
        first = span.since // times.HOUR * times.HOUR
        return [coverage.hour(start) for start in range(first, span.until, times.HOUR)]

    def _windows(self) -> list[Window]:
        """Spans of commit times that DAP was asked for."""
        found = self._query_if(
            "sync_jobs",
            "SELECT since_us, until_us, CASE WHEN state = 'finished' AND rejected THEN 'rejected'"
            " WHEN state IN ('finished', 'failed') THEN state ELSE 'unfinished' END,"
            " ifnull(finished_us, 0), asked_us, until IS NOT NULL"
            " FROM sync_jobs WHERE since_us IS NOT NULL",
        )
        return [
            Window(since, until, state, ended, asked, bool(bounded))
            for since, until, state, ended, asked, bounded in found
        ]

    def asked_span(self) -> Span | None:
        """From the first to the last commit time that DAP was ever asked for."""
        found = self._query_if(
            "sync_jobs",
            "SELECT min(since_us), max(until_us) FROM (SELECT since_us, until_us FROM sync_jobs"
            " UNION SELECT since_us, until_us FROM coverage WHERE reason = 'out_of_range')",
        )
        return Span(*found[0]) if found and found[0][0] is not None else None

    def chain(self, feed: str) -> str | None:
        """Where the next sync of a feed begins: the commit time as DAP gave it."""
        found = self._query_if("chains", "SELECT position FROM chains WHERE feed = ?", feed)
        return found[0][0] if found else None

    def event_spans(self) -> Sequence[EventSpan]:
        """Spans of course changes that were fetched from Canvas, by scope, id and time."""
        found = self._query_if(
            "event_spans",
            "SELECT scope, scope_id, since_us, until_us, said_us FROM event_spans"
            " ORDER BY scope, scope_id, since_us",
        )
        return [EventSpan(*row) for row in found]

    def prunings(self) -> Sequence[Pruned]:
        """What was dropped by whom, oldest first; days dropped together are one span."""
        found: list[Pruned] = []
        for since, until, at, by in self._query(
            "SELECT since_us, until_us, said_us, said_by FROM coverage WHERE reason = 'pruned'"
            " ORDER BY since_us, id"
        ):
            last = found[-1] if found else None
            if last and last.until == since and last.by == by and at - last.at < times.HOUR:
                since = found.pop().since
            found.append(Pruned(since, until, at, by))
        return found

    def student_view_users(self) -> frozenset[int]:
        """Accounts known to be a course's Test Student.

        Known by a teacher's ``student_view`` request and the account acted as right
        after it; an account that ever signed in itself is none, nor one that a course
        change is recorded for: a Test Student can make none.
        """
        found = self._query(
            "SELECT user_id FROM student_views s WHERE NOT contradicted"
            " AND NOT EXISTS (SELECT 1 FROM course_events e WHERE e.user_id = s.user_id)"
        )
        return frozenset(row[0] for row in found)

    # Provenance

    def days(self) -> Sequence[DayRecord]:
        """The days that there are, oldest first."""
        found = self._query(
            "SELECT day, generation, rows, first_us, last_us, hours, bytes, revision, dirty"
            " FROM days ORDER BY day"
        )
        return [_day_record(self.folder, *row) for row in found]

    def sources(self) -> Sequence[Source]:
        """Every source, in the order of import."""
        found = self._query(
            "SELECT id, name, sha256, size, kind, format, read, rejected, seen_us, finished, error"
            " FROM sources ORDER BY id"
        )
        return [Source(*(*row[:9], bool(row[9]), row[10])) for row in found]

    def source(self, number: int) -> Source | None:
        """A source by its number, which is in the rows that came from it."""
        return next((found for found in self.sources() if found.id == number), None)

    def rejects(self, limit: int = 0) -> Sequence[Reject]:
        """Rejected lines, newest import first; 0 for all."""
        known = self._has_table("reject_lines")
        hashes = "LEFT JOIN reject_lines l USING (source_id, offset)" if known else ""
        found = self._query(
            "SELECT r.id, s.name, r.line, r.offset, r.reason, r.raw, r.seen_us,"
            f" {'l.sha256' if known else 'NULL'} FROM rejects r {hashes}"
            " JOIN sources s ON s.id = r.source_id ORDER BY r.source_id DESC, r.offset LIMIT ?",
            limit or -1,
        )
        return [Reject(*row) for row in found]

    def count_rejects(self) -> int:
        """How many rejected lines there are."""
        return int(self._query("SELECT count(*) FROM rejects")[0][0])

    def revision(self, span: Span = EVERYTHING) -> str:
        """Changes whenever requests of the span, any event or any coverage changes."""
        days = self._query(
            "SELECT ifnull(max(revision), 0), count(*) FROM days WHERE day >= ? AND day <= ?",
            "" if span.since is None else times.day_of(span.since),
            "~" if span.until is None else times.day_of(span.until),
        )[0]
        return f"{days[0]}.{days[1]}.{self.meta('other_revision') or 0}"

    # Traces and settings

    def traces(self, event_ids: Iterable[str] | None = None) -> dict[str, tuple[str, str]]:
        """Kept traces: event id -> (revision they were made at, JSON text)."""
        if event_ids is None:
            found = self._query("SELECT event_id, revision, data FROM traces")
        else:
            found = self._query(
                "SELECT event_id, revision, data FROM traces"
                " WHERE event_id IN (SELECT value FROM json_each(?))",
                json.dumps(list(event_ids)),
            )
        return {row[0]: (row[1], row[2]) for row in found}

    def meta(self, key: str) -> str | None:
        """A setting of this cache (``pinned_clock``, …)."""
        found = self._query("SELECT value FROM meta WHERE key = ?", key)
        return found[0][0] if found else None

    def schema_version(self) -> int:
        """The layout of the tables, as the file itself states it."""
        return int(self._query("PRAGMA user_version")[0][0])

    # Connection

    def _query_if(self, table: str, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of a table that a cache of an older layout may not have."""
        known = self._query("SELECT 1 FROM sqlite_schema WHERE name = ?", table)
        return self._query(sql, *parameters) if known else []

    def close(self) -> None:
        """Close the calling thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _has_table(self, name: str) -> bool:
        """Whether the cache has a table already: reading never migrates an older one."""
        return bool(self._query("SELECT 1 FROM sqlite_schema WHERE name = ?", name))

    def _query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        try:
            return self._connection().execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise StoreError(unreadable(self.path, error)) from error
        except UnicodeDecodeError as error:
            raise StoreError(f"{self.path} is damaged; {_INSTEAD}.") from error
        except UnicodeEncodeError:
            return []  # Asked for half a character, which no text of the cache holds.

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_catalogue(self.folder)
        return connection


def open_catalogue(folder: Path) -> sqlite3.Connection:
    """A read-only connection; ``StoreError`` if the file is missing, foreign or newer."""
    path = folder / paths.CATALOGUE
    custody.refuse_link(path)
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is no file; choose another --cache.")
    if not path.is_file():
        raise StoreError(
            f"There is no cache at {folder}; `logsleuth import PATH` makes one,"
            " `logsleuth demo` shows one."
        )
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, check_same_thread=False)
        check(connection, path)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
            raise StoreError(
                f"{path} was left in the midst of a change by a writer that was stopped; the next"
                " import mends it."
            ) from error
        raise StoreError(unreadable(path, error)) from error
    return connection


def unreadable(path: Path, error: sqlite3.Error) -> str:
    """Why a catalogue cannot be used, in one sentence."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return f"{path} is no database of logsleuth, or its beginning is damaged; {_INSTEAD}."
        case sqlite3.SQLITE_CORRUPT:
            return f"{path} is damaged ({error}); {_INSTEAD}."
        case sqlite3.SQLITE_BUSY:
            return f"{path} is locked by another process; wait until that is done, or end it."
    return f"{path} cannot be read: {error}."


def check(connection: sqlite3.Connection, path: Path) -> None:
    """``StoreError`` if the file is foreign or newer than this program."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        raise StoreError(f"{path} is not a catalogue of logsleuth; choose another --cache.")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer logsleuth (layout {version}, this one reads"
            f" {SCHEMA_VERSION}); update logsleuth."
        )


def _event(row: tuple[Any, ...]) -> CourseEvent:
    return CourseEvent(
        id=row[0],
        created_at=row[1],
        event_type=row[2],
        event_source=row[3],
        account_id=row[4],
        course_id=row[5],
        user_id=row[6],
        page_view_id=row[7],
        copied_from=row[8],
        copied_to=row[9],
        reset_from=row[10],
        reset_to=row[11],
        sis_batch_id=row[12],
        event_data=None if row[13] is None else json.loads(row[13]),
        source_id=row[14],
    )


@lru_cache(maxsize=1_000)
def _day_record(
    folder: Path,
    day: str,
    generation: int,
    rows: int,
    first: int | None,
    last: int | None,
    hours: str,
    size: int,
    revision: int,
    dirty: int,
) -> DayRecord:
    """A row of the list of days, which is read for every question and seldom changes."""
    return DayRecord(
        day,
        paths.day_file(folder, day, generation),
        generation,
        rows,
        first,
        last,
        tuple(json.loads(hours)),
        size,
        revision,
        bool(dirty),
    )
