"""Rows into one day: new ones, newer versions, late older ones, and deletions.

The outcome does not depend on the order in which versions arrive: the greatest
``meta.ts`` is the row, and every other version is kept beside it.
"""

import json
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Any

import apsw
import msgspec

from logsleuth.model import times
from logsleuth.model.delivered import Deletion, Delivered
from logsleuth.store import encoded, prints
from logsleuth.store.sqlite import placing, rollups, schema
from logsleuth.store.sqlite.dictionaries import Dictionaries

BATCH = 5_000
"""Rows of one transaction while a day is being read by others."""

_CONTEXT = schema.stored_context("?13", "?8", "?3")
_INSERT = f"INSERT OR IGNORE INTO req VALUES({'?,' * 12}{_CONTEXT}{',?' * 10})"
"""A row as it was encoded.  It is short because apsw looks at all of its text for each row."""

_EXTRA = "INSERT OR REPLACE INTO extra VALUES (?, ?)"
_FULL = (
    "SELECT r.k, us, user_id, real_user_id, (SELECT text FROM ip WHERE i = r.ip), status,"
    " method, version, participated, controller, action, ctx_type, course_id, dev,"
    " (SELECT sid FROM ses WHERE i = r.ses), (SELECT text FROM ua WHERE i = r.ua), micros,"
    f" {schema.CONTEXT}, quiz_id, discussion_id, conversation_id, assignment_id, url, meta_us,"
    " source, (SELECT data FROM extra WHERE id = r.id), flags, deleted_us"
    " FROM req r JOIN op ON op.i = r.op JOIN ver ON ver.i = r.ver"
)
_BY_KEY = f"{_FULL} WHERE r.k = ? AND r.id = ?"


Extra = tuple[bytes | str, str]
"""What the columns of a row cannot hold, after its id as stored."""


@dataclass(slots=True)
class Tally:
    """What became of the rows of one source."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted_upstream: int = 0

    def add(self, other: "Tally") -> None:
        """Take over what became of other rows."""
        self.added += other.added
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.deleted_upstream += other.deleted_upstream


@dataclass(slots=True)
class Stored:
    """A row as it stands in the day: its version, key and marks."""

    k: int
    version: Delivered
    flags: int
    deleted_us: int | None


@dataclass(slots=True)
class News:
    """What one import brought to a day, by the prints of the ids: those that it did not
    have before (``None``: all that it has), and the sources of newer versions."""

    added: "array[int] | None" = field(default_factory=prints.empty)
    updated: dict[int, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """Versions of a request in one day, the current one first, and its deletion upstream."""

    versions: list[Delivered]
    deleted_us: int | None


@dataclass(slots=True)
class DaySummary:
    """A day after writing: rows, first and last request (microseconds), rows per hour."""

    rows: int
    first: int | None
    last: int | None
    hours: list[int]


@dataclass
class DayWriter:
    """Merges rows into an open day, whose dictionaries are held in memory.

    The roll-ups of a ``live`` day are right, and each batch leaves them so, because others read
    it or it gets few rows.  Else nothing is done about them until :meth:`watch`.
    """

    connection: apsw.Connection
    day: str
    live: bool = False
    tombstones: dict[str, int] = field(default_factory=dict)
    tallies: dict[int, Tally] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start = times.day_start(self.day)
        self._places = placing.Places(self.connection)
        self._added = prints.empty()
        self.news = News(self._added)
        self._watched = False
        if self.live:
            self.watch()

    def watch(self) -> None:
        """Keep the roll-ups, which are right now, in step with what is done from here on."""
        if not self._watched:
            rollups.watch(self.connection)
            self._watched = True

    @cached_property
    def known(self) -> Dictionaries:
        """The dictionaries of the day."""
        return Dictionaries(self.connection)

    # Rows

    def add(self, rows: Iterable[Delivered]) -> None:
        """Merge rows that may be here already, in transactions of at most :data:`BATCH` rows."""
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            with self.connection:
                self._merge(batch)
                self._close_batch()

    def finish(self) -> "DaySummary":
        """Write what is not written yet; what the day holds now."""
        with self.connection:
            self._close_batch()
        return summarise(self.connection, self.start)

    def _merge(self, batch: list[Delivered]) -> None:
        for row in batch:
            stored_id = schema.id_value(row.id)
            number = schema.id_hash(stored_id)
            found = self._stored(stored_id)
            if found is None:
                self._insert_one(row, stored_id)
                self._tally(row.source_id).added += 1
                self._added.append(number)
            else:
                self._meet(found, row, stored_id)

    def append(
        self,
        rows: list[encoded.Row],
        numbers: Collection[int],
        extras: Iterable[Extra],
    ) -> None:
        """:meth:`note` and :meth:`take` rows in a transaction, which should be few."""
        with self.connection:
            self.note(rows, numbers)
            self.take(rows, extras)
            self._close_batch()

    def note(self, rows: Iterable[encoded.Row], numbers: Collection[int]) -> None:
        """Note where rows that the day does not have are put; ``numbers`` are their prints."""
        self._places.note(numbers, map(itemgetter(encoded.KEY), rows))
        self._added.extend(numbers)

    def take(self, rows: list[encoded.Row], extras: Iterable[Extra]) -> None:
        """Insert rows with numbers of this day, the ids of which it does not have, and which
        were noted.  ``extras`` are what the columns of some cannot hold, by id.
        """
        rows.sort(key=itemgetter(encoded.KEY))
        self.known.write()
        before = self._inserted()
        self.connection.executemany(_INSERT, rows)
        if self._inserted() - before < len(rows):
            self._displace(rows)
        self.connection.executemany(
            _EXTRA, ((stored_id, schema.extra_value(extra)) for stored_id, extra in extras)
        )
        for version, count in Counter(map(itemgetter(encoded.VERSION), rows)).items():
            self._tally(self.known.versions.sources[version]).added += count

    def _inserted(self) -> int:
        """Grows by one with each row that goes in, so that those that did can be counted."""
        if self._watched:
            number: int = self.connection.execute("SELECT count(*) FROM came").get
            return number
        return self.connection.total_changes()

    def _displace(self, bound: list[encoded.Row]) -> None:
        """Give the rows whose key was taken the next free one."""
        for values in bound:
            present = self.connection.execute(
                "SELECT 1 FROM req WHERE k = ? AND id = ?", (values[0], values[-1])
            ).get
            if present is None:
                self._insert_displaced(values)

    def _insert_displaced(self, values: encoded.Row) -> None:
        k = values[0]
        base, low = k & ~schema.LOW, k & schema.LOW
        for step in range(1, schema.LOW + 1):
            free = base | ((low + step) & schema.LOW)
            if self.connection.execute("SELECT 1 FROM req WHERE k = ?", (free,)).get is None:
                self.connection.execute(_INSERT, (free, *values[1:]))
                self.connection.execute(
                    "INSERT OR REPLACE INTO displaced VALUES (?, ?)", (values[-1], free)
                )
                return
        raise AssertionError("a millisecond holds 2^20 requests")

    def _insert_one(
        self,
        row: Delivered,
        stored_id: bytes | str,
        flags: int = 0,
        deleted_us: int | None = None,
    ) -> None:
        values, number = self._bind(row, flags, deleted_us)
        self.known.write()
        self._places.note((number,), (values[encoded.KEY],))
        self.connection.execute(_INSERT, values)
        if not self.connection.changes():
            self._insert_displaced(values)
        if row.extra is not None:
            self.connection.execute(_EXTRA, (stored_id, schema.extra_value(row.extra)))

    # Versions

    def _meet(self, found: Stored, row: Delivered, stored_id: bytes | str) -> None:
        """Another version of a row that is here."""
        tally = self._tally(row.source_id)
        if rank(row) == rank(found.version):
            tally.unchanged += 1
            return
        if rank(row) < rank(found.version):
            if self._keep_older(stored_id, row):
                self.connection.execute(
                    "UPDATE req SET flags = ifnull(flags, 0) | ? WHERE k = ?",
                    (schema.OLDER, found.k),
                )
            tally.unchanged += 1
            return
        self._keep_older(stored_id, found.version)
        self._remove(found, stored_id)
        deleted = found.deleted_us
        if deleted is not None and row.meta_ts is not None and row.meta_ts > deleted:
            deleted = None
        self._insert_one(row, stored_id, schema.OLDER, deleted)
        tally.updated += 1
        self.news.updated.setdefault(schema.id_hash(stored_id), []).append(row.source_id)

    def _keep_older(self, stored_id: bytes | str, version: Delivered) -> bool:
        packed = msgspec.msgpack.encode(version)
        kept = self.connection.execute("SELECT row FROM older WHERE id = ?", (stored_id,))
        for (other,) in kept:
            if rank(msgspec.msgpack.decode(other, type=Delivered)) == rank(version):
                return False
        self.connection.execute(
            "INSERT INTO older(id, meta_us, row) VALUES (?, ?, ?)",
            (stored_id, version.meta_ts, packed),
        )
        return True

    def _remove(self, found: Stored, stored_id: bytes | str) -> None:
        self.connection.execute("DELETE FROM req WHERE k = ?", (found.k,))
        self.connection.execute("DELETE FROM extra WHERE id = ?", (stored_id,))
        self.connection.execute("DELETE FROM displaced WHERE id = ?", (stored_id,))

    def _stored(self, stored_id: bytes | str) -> Stored | None:
        for key in self._places.keys(stored_id):
            found: Any = self.connection.execute(_BY_KEY, (key, stored_id)).fetchone()
            if found is not None:
                return self._read(found, stored_id)
        return None

    def _read(self, found: tuple[Any, ...], stored_id: bytes | str) -> Stored:
        k, us = found[0], found[1]
        session = found[14]
        return Stored(
            k,
            Delivered(
                schema.id_text(stored_id),
                self.start + (k >> schema.LOW_BITS) * 1000 + (us or 0),
                found[23],
                found[24],
                user_id=found[2],
                real_user_id=found[3],
                remote_ip=found[4],
                http_status=found[5],
                http_method=found[6],
                http_version=found[7],
                participated=None if found[8] is None else bool(found[8]),
                web_application_controller=found[9],
                web_application_action=found[10],
                web_application_context_type=found[11],
                course_id=found[12],
                developer_key_id=found[13],
                session_id=None if session is None else schema.id_text(session),
                user_agent=found[15],
                interaction_micros=found[16],
                web_application_context_id=found[17],
                quiz_id=found[18],
                discussion_id=found[19],
                conversation_id=found[20],
                assignment_id=found[21],
                url=found[22],
                extra=None if found[25] is None else schema.extra_text(found[25]),
            ),
            found[26] or 0,
            found[27],
        )

    def held(self, request_id: str) -> Held | None:
        """All that this day holds of a request."""
        stored_id = schema.id_value(request_id)
        found = self._stored(stored_id)
        if found is None:
            return None
        kept = self.connection.execute("SELECT row FROM older WHERE id = ?", (stored_id,))
        older = [msgspec.msgpack.decode(row[0], type=Delivered) for row in kept]
        return Held([found.version, *older], found.deleted_us)

    def take_out(self, request_ids: Iterable[str]) -> None:
        """Remove requests that turned out to belong to another day."""
        with self.connection:
            for request_id in request_ids:
                stored_id = schema.id_value(request_id)
                found = self._stored(stored_id)
                if found is not None:
                    self._remove(found, stored_id)
                    self.connection.execute("DELETE FROM older WHERE id = ?", (stored_id,))
            self._close_batch()

    def take_over(self, others: Mapping[str, Held]) -> None:
        """Keep what another day held of requests that stay in this one.

        A deletion is taken over unless the request came again after it.
        """
        with self.connection:
            for request_id, other in others.items():
                stored_id = schema.id_value(request_id)
                found = self._stored(stored_id)
                if found is None:
                    continue
                for version in other.versions:
                    self._keep_older(stored_id, version)
                deletions = [
                    moment
                    for moment in (found.deleted_us, other.deleted_us)
                    if moment is not None and moment >= (found.version.meta_ts or 0)
                ]
                self.connection.execute(
                    "UPDATE req SET flags = ifnull(flags, 0) | ?, deleted_us = ? WHERE k = ?",
                    (schema.OLDER, max(deletions, default=None), found.k),
                )

    # Deletions

    def delete(self, deletions: Iterable[Deletion]) -> Iterator[Deletion]:
        """Mark requests that are here; yields the deletions of those that are not."""
        elsewhere = []
        with self.connection:
            for deletion in deletions:
                found = self._stored(schema.id_value(deletion.id))
                if found is None:
                    elsewhere.append(deletion)
                    continue
                tally = self._tally(deletion.source_id)
                moment = deletion.meta_ts or 0
                newest = found.version.meta_ts
                if (found.deleted_us or -1) >= moment or (newest is not None and newest > moment):
                    tally.unchanged += 1
                    continue
                self.connection.execute(
                    "UPDATE req SET deleted_us = ? WHERE k = ?", (moment, found.k)
                )
                tally.deleted_upstream += 1
        yield from elsewhere

    def _bind(
        self, row: Delivered, flags: int = 0, deleted_us: int | None = None
    ) -> tuple[encoded.Row, int]:
        """A request as a row of this day, and its print."""
        op = encoded.op(row)
        version = self.known.versions[encoded.Version(row.meta_ts, row.source_id)]
        values, number = encoded.encode(row, op, self.known.op(op), None, version)
        values[encoded.IP] = self.known.ips[row.remote_ip]
        values[encoded.SESSION] = self.known.sessions[values[encoded.SESSION]]
        values[encoded.AGENT] = self.known.agents[row.user_agent]
        if self.tombstones and deleted_us is None:
            deleted = self.tombstones.get(row.id)
            if deleted is not None and deleted >= (row.meta_ts or 0):
                deleted_us = deleted
        values[encoded.FLAGS] = (values[encoded.FLAGS] or 0) | flags or None
        values[encoded.DELETED] = deleted_us
        return values, number

    # Roll-ups

    def _close_batch(self) -> None:
        """Write where rows were put, and bring the roll-ups up to date."""
        if self._watched:
            rollups.catch_up(self.connection)
        self._places.write()

    def _tally(self, source: int) -> Tally:
        return self.tallies.setdefault(source, Tally())


def find_key(connection: apsw.Connection, stored_id: bytes | str) -> list[int]:
    """The key of a request of this day, if it is here."""
    return [
        key
        for key in placing.keys(connection, stored_id)
        if connection.execute("SELECT 1 FROM req WHERE k = ? AND id = ?", (key, stored_id)).get
    ]


def summarise(connection: apsw.Connection, start: int) -> DaySummary:
    """What a day holds; ``start`` is the microseconds of its midnight."""
    hours = [0] * 24
    every: Any = connection.execute("SELECT h, n FROM hour")
    for hour, count in every:
        hours[hour] = count
    order = f"SELECT k >> {schema.LOW_BITS}, max(ifnull(us, 0)), min(ifnull(us, 0)) FROM req"
    newest: Any = connection.execute(
        f"{order} WHERE k >= (SELECT max(k) & ~{schema.LOW} FROM req)"
    ).fetchone()
    oldest: Any = connection.execute(
        f"{order} WHERE k <= (SELECT min(k) | {schema.LOW} FROM req)"
    ).fetchone()
    if newest[0] is None:
        return DaySummary(0, None, None, hours)
    return DaySummary(
        sum(hours),
        start + oldest[0] * 1000 + oldest[2],
        start + newest[0] * 1000 + newest[1],
        hours,
    )


def rank(version: Delivered) -> tuple[int, str]:
    """Orders versions: by commit time; those of one time by their content, so that the
    outcome is the same whichever came first.

    The line that a version stood in is none of its content: the same row has another
    line in every format.
    """
    moment = -1 if version.meta_ts is None else version.meta_ts
    *columns, extra = version.content()
    if extra is not None:
        apart: dict[str, Any] = json.loads(extra)
        extra = {name: apart[name] for name in sorted(apart.keys() - {"line_sha256", "line"})}
    return moment, json.dumps([*columns, extra or None])
