"""Day files of an older layout, written anew in today's."""

from pathlib import Path
from typing import Any

from logsleuth.model import times
from logsleuth.store import custody, paths, prints
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite import rollups, schema
from logsleuth.store.sqlite.writer import DaySummary, summarise

_TABLES = ("info", "ip", "ua", "ses", "op", "extra", "older", "displaced")
"""What was always as it is today."""

_SAME = (
    "k, us, user_id, real_user_id, ip, status, op, course_id, dev, ses, ua, micros, ctx_id,"
    " quiz_id, discussion_id, conversation_id, assignment_id, about, deleted_us, url, id"
)
_FLAGS = (
    f"nullif(ifnull(r.flags, 0) | iif(r.op IN (SELECT i FROM old.op WHERE w), {schema.WRITE}, 0),"
    " 0)"
)


def layout(path: Path) -> int:
    """The layout that a file says it has, which is in its header."""
    with path.open("rb") as file:
        return int.from_bytes(file.read(64)[60:], "big")


def rewrite(source: Path, target: Path, day: str) -> DaySummary:
    """Write a day of layout 1 anew; the file is whole and on the disk when this returns."""
    custody.refuse_link(source)
    paths.private_file(target)
    connection = day_file.create(target)
    start = times.day_start(day)
    try:
        connection.execute("ATTACH ? AS old", (str(source),))
        with connection:
            for table in _TABLES:
                connection.execute(f"INSERT INTO main.{table} SELECT * FROM old.{table}")
            connection.execute("DROP INDEX i_id")
            connection.execute(
                f"INSERT INTO main.req({_SAME}, flags, meta, source)"
                f" SELECT {_SAME}, {_FLAGS}, v.meta_us - ?, v.source"
                " FROM old.req r JOIN old.ver v ON v.i = r.ver ORDER BY r.k",
                (start,),
            )
            blocks: list[Any] = connection.execute("SELECT fp FROM old.prints").fetchall()
            for (block,) in blocks:
                sorted_block = prints.packed(prints.of_bytes(block))
                connection.execute("INSERT INTO main.prints(fp) VALUES (?)", (sorted_block,))
        connection.execute("DETACH old")
        connection.execute(schema.ID_INDEX)
        connection.execute(schema.INDEXES)
        with connection:
            rollups.rebuild(connection)
        connection.execute("PRAGMA analysis_limit=1000; ANALYZE").fetchall()
        summary = summarise(connection, start)
        connection.close()
    except BaseException:
        connection.close()
        target.unlink(missing_ok=True)
        raise
    paths.sync_file(target)
    return summary
