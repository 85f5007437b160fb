"""Day files of an older layout, written anew in today's."""

from pathlib import Path
from typing import Any

import apsw

from logsleuth.model import times
from logsleuth.store import custody, paths
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite import indexing, placing, rollups, schema
from logsleuth.store.sqlite.writer import DaySummary, summarise

_TABLES = ("info", "ip", "ua", "ses", "op", "older", "displaced")
"""What was always as it is today."""

_SAME = (
    "k, us, user_id, real_user_id, ip, status, op, course_id, dev, ses, ua, micros,"
    " quiz_id, discussion_id, conversation_id, assignment_id, about, deleted_us, url, id"
)
_FLAGS = (
    f"nullif(ifnull(r.flags, 0) | iif(r.op IN (SELECT i FROM old.op WHERE w), {schema.WRITE}, 0),"
    " 0)"
)
_CONTEXT = schema.stored_context("r.ctx_id", "r.course_id", "r.user_id")
_ROWS = {
    1: ("old.req r JOIN old.ver v ON v.i = r.ver", "v.meta_us", "v.source"),
    2: ("old.req r", "r.meta + :start", "r.source"),
    3: ("old.req r JOIN old.ver v ON v.i = r.ver", "v.meta_us", "v.source"),
}
"""By layout: the rows, and what says the commit time and the source of one."""


def layout(path: Path) -> int:
    """The layout that a file says it has, which is in its header."""
    with path.open("rb") as file:
        return int.from_bytes(file.read(64)[60:], "big")


def rewrite(source: Path, target: Path, day: str) -> DaySummary:
    """Write a day of an older layout anew; the file is whole and on the disk when this
    returns."""
    custody.refuse_link(source)
    paths.private_file(target)
    rows, meta_us, source_id = _ROWS[layout(source)]
    connection = day_file.create(target)
    start = times.day_start(day)
    try:
        connection.execute("ATTACH ? AS old", (str(source),))
        with connection:
            for table in _TABLES:
                connection.execute(f"INSERT INTO main.{table} SELECT * FROM old.{table}")
            extras: Any = connection.execute("SELECT id, data FROM old.extra").fetchall()
            connection.executemany(
                "INSERT INTO main.extra VALUES (?, ?)",
                (
                    (stored_id, data if isinstance(data, bytes) else schema.extra_value(data))
                    for stored_id, data in extras
                ),
            )
            connection.execute(
                "INSERT INTO main.ver(meta_us, source)"
                f" SELECT DISTINCT {meta_us}, {source_id} FROM {rows}",
                {"start": start},
            )
            connection.execute("CREATE INDEX main.ver_key ON ver(source, meta_us)")
            connection.execute(
                f"INSERT INTO main.req({_SAME}, ctx_id, flags, ver)"
                f" SELECT {_SAME}, {_CONTEXT}, {_FLAGS},"
                " (SELECT n.i FROM main.ver n"
                f" WHERE n.source = {source_id} AND n.meta_us IS {meta_us})"
                f" FROM {rows} ORDER BY r.k",
                {"start": start},
            )
            connection.execute("DROP INDEX main.ver_key")
        connection.execute("DETACH old")
        with connection:
            _note_places(connection)
            rollups.rebuild(connection)
            indexing.make(connection)
        connection.execute("PRAGMA analysis_limit=1000; ANALYZE").fetchall()
        summary = summarise(connection, start)
        connection.close()
    except BaseException:
        connection.close()
        target.unlink(missing_ok=True)
        raise
    paths.sync_file(target)
    return summary


def _note_places(connection: apsw.Connection) -> None:
    places = placing.Places(connection)
    rows: Any = connection.execute("SELECT k, id FROM req")
    for key, stored_id in rows:
        number = schema.id_hash(stored_id)
        places.note((number,), (key & ~schema.LOW | number & schema.LOW,))
    places.write()
