"""What a writer keeps in the catalogue beside days: sources, events, names, coverage and
traces."""

import json
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from logsleuth.filter.tree import Span
from logsleuth.model import clock
from logsleuth.model.author import author, describe
from logsleuth.model.event import CourseEvent
from logsleuth.store import catalogue_schema
from logsleuth.store.catalogue import Name, NameKind, check
from logsleuth.store.event_spans import EventScope, EventSpan
from logsleuth.store.sqlite.writer import Tally


@dataclass(frozen=True, slots=True)
class Login:
    """A row of ``canvas.pseudonyms``: a login name of a user."""

    id: int
    user_id: int
    login: str | None
    sis_id: str | None
    seen_at: int


class Ledger:
    """The catalogue, opened for writing by the one who holds the writer's lock."""

    def __init__(self, path: Path) -> None:
        self._db = Database(path)
        # Asked for writing: that rolls back what a stopped writer left half done.
        if self.execute("SELECT 1 FROM sqlite_schema LIMIT 1"):
            check(self._db.conn, path)
        self.execute("PRAGMA journal_mode=DELETE")
        # More than FULL: that the journal is gone is on the disk, too.  Else a power cut could
        # bring back a list of days whose files were dropped since.
        self.execute("PRAGMA synchronous=EXTRA")
        self.execute("PRAGMA busy_timeout=30000")
        with self.atomic():
            # All at once: a catalogue that is half made would be taken for a foreign file.
            catalogue_schema.migrations.apply(self._db)
            self.execute("INSERT OR IGNORE INTO meta VALUES ('mask_key', ?)", secrets.token_hex(32))

    def close(self) -> None:
        """Close the catalogue."""
        self._db.close()

    def atomic(self) -> AbstractContextManager[object]:
        """A transaction: all of it, or nothing."""
        return self._db.atomic()

    def execute(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """All rows that a statement gives."""
        found: list[tuple[Any, ...]] = self._db.execute(sql, parameters).fetchall()
        return found

    def check(self) -> None:
        """Raise ``sqlite3.DatabaseError`` if the file is damaged anywhere."""
        found = self.execute("PRAGMA quick_check(1)")[0][0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)

    # Settings

    def meta(self, key: str) -> str | None:
        """A setting of this cache."""
        found = self.execute("SELECT value FROM meta WHERE key = ?", key)
        return found[0][0] if found else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a setting of this cache (``pinned_clock``, …)."""
        with self.atomic():
            self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def mask_key(self) -> bytes:
        """The key by which secrets of this cache are given fingerprints."""
        return bytes.fromhex(self.meta("mask_key") or "")

    def next(self, key: str) -> int:
        """The next number of a count that never goes back."""
        number = int(self.meta(key) or 0) + 1
        self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, str(number))
        return number

    # Sources

    def finished_source(self, sha256: str, kind: str) -> int | None:
        """Rows of a source with these bytes that is in the cache whole, if there is one."""
        found = self.execute(
            "SELECT read FROM sources WHERE sha256 = ? AND kind = ? AND finished AND NOT rejected",
            sha256,
            kind,
        )
        return found[0][0] if found else None

    def source(self, sha256: str, kind: str) -> int | None:
        """The id of the source with these bytes, if it was recorded."""
        found = self.execute("SELECT id FROM sources WHERE sha256 = ? AND kind = ?", sha256, kind)
        return int(found[0][0]) if found else None

    def record_source(self, name: str, sha256: str, size: int, kind: str, form: str) -> int:
        """Record a source before it is read; its id.  The same bytes keep their id."""
        with self.atomic():
            known = self.source(sha256, kind)
            if known is not None:
                return known
            self.execute(
                "INSERT INTO sources(name, sha256, size, kind, format, seen_us)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                name,
                sha256,
                size,
                kind,
                form,
                clock.now_us(),
            )
            return int(self.execute("SELECT last_insert_rowid()")[0][0])

    def finish_source(
        self, source: int, *, read: int, rejected: int, days: Iterable[str], error: str | None
    ) -> None:
        """Say what became of a source: whole in the cache, or refused with a sentence."""
        with self.atomic():
            self.execute(
                "UPDATE sources SET read = ?, rejected = ?, days = ?, error = ?, finished = ?"
                " WHERE id = ?",
                read,
                rejected,
                json.dumps(sorted(days)),
                error,
                error is None,
                source,
            )

    # Events, names, coverage

    def save_events(self, events: Iterable[tuple[CourseEvent, str]], tally: Tally) -> None:
        """Keep course events with their raw JSON; the same event is kept once."""
        with self.atomic():
            for event, raw in events:
                known = self.execute(
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
                self.execute(
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
                self.next("other_revision")

    def save_page_views(self, views: dict[str, Any], source: int) -> None:
        """Keep page view objects that came with events, by their id."""
        with self.atomic():
            for page_view_id, view in views.items():
                self.execute(
                    "INSERT OR REPLACE INTO page_views VALUES (?, ?, ?, ?)",
                    page_view_id,
                    json.dumps(view),
                    source,
                    clock.now_us(),
                )
            if views:
                self.next("other_revision")

    def save_names(self, names: Iterable[Name], source: int, tally: Tally) -> None:
        """Keep names; a later sight of the same thing wins."""
        with self.atomic():
            for name in names:
                known = self.execute(
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
                self.execute(
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
        with self.atomic():
            for login in logins:
                known = self.execute(
                    "SELECT user_id, login, sis_id, seen_us FROM logins WHERE id = ?", login.id
                )
                row = (login.user_id, login.login, login.sis_id, login.seen_at)
                if known and (known[0] == row or known[0][3] > login.seen_at):
                    tally.unchanged += 1
                    continue
                self.execute(
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
        with self.atomic():
            said = (span.since, span.until, state, reason)
            newest = self.execute(
                "SELECT since_us, until_us, state, reason FROM coverage"
                " WHERE since_us < ? AND until_us > ? ORDER BY id DESC LIMIT 1",
                span.until,
                span.since,
            )
            # What was said before, but not since, holds again from now on.
            if newest == [said]:
                return
            self.execute(
                "INSERT INTO coverage(since_us, until_us, state, reason, said_us, said_by)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                *said,
                clock.now_us(),
                describe(author()),
            )
            self.next("other_revision")

    def cover_events(self, scope: EventScope, number: int, span: Span) -> None:
        """Note that the changes of a course, account or institution were fetched for a
        (closed) span; spans that touch become one."""
        with self.atomic():
            where = "scope = ? AND scope_id = ? AND since_us <= ? AND until_us >= ?"
            touched = (scope, number, span.until, span.since)
            bounds = self.execute(
                f"SELECT min(since_us), max(until_us) FROM event_spans WHERE {where}", *touched
            )[0]
            self.execute(f"DELETE FROM event_spans WHERE {where}", *touched)
            self.execute(
                "INSERT INTO event_spans VALUES (?, ?, ?, ?, ?)",
                scope,
                number,
                min(one for one in (span.since, bounds[0]) if one is not None),
                max(one for one in (span.until, bounds[1]) if one is not None),
                clock.now_us(),
            )

    def event_spans(self, scope: EventScope, number: int) -> list[EventSpan]:
        """Spans of changes of a course, account or institution that were fetched."""
        found = self.execute(
            "SELECT scope, scope_id, since_us, until_us, said_us FROM event_spans"
            " WHERE scope = ? AND scope_id = ? ORDER BY since_us",
            scope,
            number,
        )
        return [EventSpan(*row) for row in found]

    def save_unknown(self, kind: NameKind, numbers: Iterable[int]) -> None:
        """Note that Canvas said it knows no such user, course, key or account."""
        with self.atomic():
            for number in numbers:
                self.execute(
                    "INSERT OR REPLACE INTO names_unknown VALUES (?, ?, ?)",
                    kind,
                    number,
                    clock.now_us(),
                )

    # Traces

    def save_traces(self, made: dict[str, tuple[str, str]]) -> None:
        """Keep traces: event id -> (revision they were made at, JSON text)."""
        with self.atomic():
            for event_id, (revision, data) in made.items():
                self.execute(
                    "INSERT OR REPLACE INTO traces VALUES (?, ?, ?)", event_id, revision, data
                )
