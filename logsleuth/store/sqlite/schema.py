"""The layout of a day file.

``k`` is time-ordered: milliseconds of the day << 20 | 20 bits of a hash of the id, so
every index is small and already in time order.  Two requests that share both take the
next free key within the millisecond, and the later one is listed in ``displaced``.
"""

import re
import zlib

from logsleuth.model import ids

APPLICATION_ID = 0x6C736C64  # "lsld"
SCHEMA_VERSION = 4

LOW_BITS = 20
LOW = (1 << LOW_BITS) - 1

IN_ORDER = f"r.k >> {LOW_BITS}, ifnull(r.us, 0), r.k"
"""The order of time of the rows of a day, for SQL on ``req r``: the key alone leaves those
of one millisecond in the order of their hashes."""

NUL = 1
"""Flag: ``url`` holds a NUL, at which SQLite's LIKE and GLOB would stop."""
MASKED = 2
"""Flag: a secret in the row was masked on the way in."""
EXTRA = 4
"""Flag: the table ``extra`` holds what the columns cannot."""
OLDER = 8
"""Flag: the table ``older`` holds versions that this one replaced."""
WRITE = 16
"""Flag: the request is a write (``w`` of its operation), so that an index can hold writes."""

SLOT_MS = 1_800_000
"""Milliseconds of a slot, half an hour.  Requests of one slot are never further apart than
the pause that ends a run of calls (:data:`logsleuth.store.base.QUIET`), so runs can be put
together from slots."""

TABLES = """
CREATE TABLE info(key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE req(
  k INTEGER PRIMARY KEY, us INTEGER,
  user_id INTEGER, real_user_id INTEGER, ip INTEGER, status INTEGER, op INTEGER NOT NULL,
  course_id INTEGER, dev INTEGER, ses INTEGER, ua INTEGER, micros INTEGER, ctx_id ANY,
  quiz_id INTEGER, discussion_id INTEGER, conversation_id INTEGER, assignment_id INTEGER,
  about INTEGER, flags INTEGER, deleted_us INTEGER, ver INTEGER NOT NULL, url TEXT,
  id ANY NOT NULL) STRICT;
CREATE TABLE ver(i INTEGER PRIMARY KEY, meta_us INTEGER, source INTEGER NOT NULL) STRICT;
CREATE TABLE ip(i INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, addr BLOB) STRICT;
CREATE INDEX ip_addr ON ip(addr);
CREATE TABLE ua(i INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, nul INTEGER NOT NULL) STRICT;
CREATE TABLE ses(i INTEGER PRIMARY KEY, sid ANY NOT NULL UNIQUE) STRICT;
CREATE TABLE op(
  i INTEGER PRIMARY KEY, method TEXT, version TEXT, participated INTEGER, controller TEXT,
  action TEXT, ctx_type TEXT, kind TEXT NOT NULL, automatic INTEGER, w INTEGER NOT NULL) STRICT;
CREATE TABLE extra(id ANY NOT NULL PRIMARY KEY, data ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE older(n INTEGER PRIMARY KEY, id ANY NOT NULL, meta_us INTEGER, row BLOB NOT NULL)
  STRICT;
CREATE INDEX older_id ON older(id);
CREATE TABLE displaced(id ANY NOT NULL PRIMARY KEY, k INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ids(high INTEGER PRIMARY KEY, places BLOB NOT NULL) STRICT;
"""
"""``ver`` says where versions of rows are from: commit time (null where none was delivered) and
the number of the source in the catalogue, many of which many rows share.  ``extra`` is JSON, or
the 32 bytes of :func:`extra_value`.
``ids`` is what finds a request: see :mod:`logsleuth.store.sqlite.placing`.
``ctx_id`` is made by :func:`stored_context` and read by :data:`CONTEXT`."""

_COUNTS = "n INTEGER NOT NULL, errors INTEGER NOT NULL, writes INTEGER NOT NULL"

ROLLUPS = (
    f"""
CREATE TABLE visit(
  slot INTEGER NOT NULL, ses INTEGER, user_id INTEGER, real_user_id INTEGER, ip INTEGER,
  ua INTEGER, dev INTEGER, {_COUNTS}, automatic INTEGER NOT NULL, opened INTEGER NOT NULL,
  opaque INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE INDEX visit_place ON visit(ip, slot, ses);
CREATE INDEX visit_ses ON visit(ses) WHERE ses IS NOT NULL;
CREATE INDEX visit_real ON visit(real_user_id) WHERE real_user_id IS NOT NULL;
CREATE INDEX visit_ua ON visit(ua);
CREATE TABLE hour(h INTEGER PRIMARY KEY, {_COUNTS}) STRICT;
CREATE TABLE op_hour(
  h INTEGER NOT NULL, op INTEGER NOT NULL, status INTEGER, n INTEGER NOT NULL) STRICT;
CREATE INDEX op_hour_key ON op_hour(h, op, status);
"""
    + "".join(
        f"CREATE TABLE {column}_hour({column} INTEGER NOT NULL, h INTEGER NOT NULL, {_COUNTS},"
        f" PRIMARY KEY({column}, h)) STRICT, WITHOUT ROWID;\n"
        for column in ("user_id", "real_user_id", "ip", "ua", "dev", "course_id")
    )
    + "".join(
        f"CREATE TABLE {column}_day({value}user_id INTEGER, real_user_id INTEGER, {_COUNTS},"
        " first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;\n"
        f"CREATE INDEX {column}_day_key ON {column}_day({index});\n"
        for column, value, index in (
            ("user_id", "", "user_id, real_user_id"),
            ("ip", "ip INTEGER, ", "ip, user_id"),
            ("ua", "ua INTEGER, ", "ua, user_id"),
            ("dev", "dev INTEGER, ", "dev, user_id"),
        )
    )
)
"""What the rows add up to, always in agreement with ``req``: a row for each combination that
occurs there, none for others, none with ``n`` 0.

``n`` counts requests, ``errors`` those with a status >= 400, ``writes`` those whose operation
has ``w``, ``automatic``, ``opened`` and ``opaque`` those that the filters ``AUTOMATIC``,
``OPENED_OR_CHANGED`` and ``OPAQUE`` of :mod:`logsleuth.filter.sorts` match, which look at
nothing but the operation.  ``h`` is the hour of the day, 0 to 23; ``slot`` the half
hour, 0 to 47 (:data:`SLOT_MS`).

- ``hour``: by ``h``.
- ``op_hour``: by ``h``, operation and status; a null status is a value as any other.
- ``COLUMN_hour``: by ``h`` and value of that column of ``req``; null values are left out.
- ``COLUMN_day``: by value of that column, account and account signed in.
- ``visit``: by ``slot``, session, account, account signed in, address, agent and key, any of
  which may be null.

In ``COLUMN_day`` and ``visit`` a null stands for the rows where it is null; ``first`` and
``last`` are the times of the first and last request, in microseconds since midnight."""

INDEXES = """
CREATE INDEX i_user ON req(user_id) WHERE user_id IS NOT NULL;
CREATE INDEX i_real ON req(real_user_id) WHERE real_user_id IS NOT NULL;
CREATE INDEX i_ip ON req(ip) WHERE ip IS NOT NULL;
CREATE INDEX i_course ON req(course_id) WHERE course_id IS NOT NULL;
CREATE INDEX i_dev ON req(dev) WHERE dev IS NOT NULL;
CREATE INDEX i_about ON req(about) WHERE about IS NOT NULL;
CREATE INDEX i_ctx ON req(ctx_id) WHERE ctx_id <> 0 AND ctx_id <> 1;
CREATE INDEX i_quiz ON req(quiz_id) WHERE quiz_id IS NOT NULL;
CREATE INDEX i_discussion ON req(discussion_id) WHERE discussion_id IS NOT NULL;
CREATE INDEX i_conversation ON req(conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX i_assignment ON req(assignment_id) WHERE assignment_id IS NOT NULL;
CREATE INDEX i_deleted ON req(deleted_us) WHERE deleted_us IS NOT NULL;
CREATE INDEX i_err ON req(
  status, op, user_id, real_user_id, ip, course_id, dev, ses, ua, us, flags) WHERE status >= 400;
CREATE INDEX i_write ON req(
  op, status, user_id, real_user_id, ip, course_id, dev, ua, us, flags) WHERE flags & 16;
"""
"""The last two hold all that is counted of errors and of writes, so that no row is read; but
the sessions of writes, which visits count.  Sessions have no index:
:mod:`logsleuth.store.sqlite.by_visits` finds their rows."""

DENSE = 4
"""So many times the square root of the day's rows must match, for it to cost less to pass
over others in order than to sort those that match: measured for a page of 200."""


CONTEXT = "CASE ctx_id WHEN 0 THEN course_id WHEN 1 THEN user_id ELSE CAST(ctx_id AS INTEGER) END"
"""The id of the context of a row of ``req``, as delivered."""


def stored_context(delivered: str, course: str, user: str) -> str:
    """SQL of a context's id as stored: 0 where it is that of the course, 1 where it is that of
    the account, for these two take no room.  A delivered 0 or 1 that is neither is text."""
    other = f"iif({delivered} IN(0,1),''||{delivered},{delivered})"
    return f"iif({delivered}={course},0,iif({delivered}={user},1,{other}))"


_ONLY_HASH = re.compile(r'\{"line_sha256": "([0-9a-f]{64})"\}')


def id_value(text: str) -> bytes | str:
    """An id as stored: 16 bytes of a lower case UUID with dashes, else its text."""
    return ids.uuid_bytes(text) or text


def id_text(stored: bytes | str) -> str:
    """An id as shown: lower case with dashes."""
    return ids.uuid_text(stored) if isinstance(stored, bytes) else stored


def extra_value(text: str) -> bytes | str:
    """What columns cannot hold, as stored: where it is nothing but the hash of the line of a
    masked row, its 32 bytes."""
    found = _ONLY_HASH.fullmatch(text)
    return bytes.fromhex(found[1]) if found else text


def extra_text(stored: bytes | str) -> str:
    """What columns cannot hold, as JSON."""
    return f'{{"line_sha256": "{stored.hex()}"}}' if isinstance(stored, bytes) else stored


def id_hash(stored: bytes | str) -> int:
    """32 bits of a hash of an id; its low 20 bits are the low bits of the row's key.

    A hash, because the bits of an id are none: version 1 UUIDs share their node.
    """
    return zlib.crc32(stored if isinstance(stored, bytes) else stored.encode())


def print_of(text: str) -> int:
    """The hash of an id as shown."""
    return id_hash(id_value(text))
