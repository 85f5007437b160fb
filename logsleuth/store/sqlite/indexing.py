"""The indexes of a day, made when its rows are in and its roll-ups are right."""

from collections.abc import Collection, Iterable, Sequence

import apsw

from logsleuth.store.sqlite import schema

_COMMON = "common_ops"
_LONGEST = "longest_micros"
_NUL = "nul"


def make(connection: apsw.Connection) -> None:
    """Make all indexes.

    That of operations leaves out those of so many rows that nobody looks for them by it:
    twice what is dense, because later the day may have more rows.
    """
    connection.execute(schema.INDEXES)
    found = connection.execute(
        "SELECT op FROM op_hour GROUP BY op"
        " HAVING sum(n) > 2 * ? * sqrt((SELECT sum(n) FROM hour))",
        (schema.DENSE,),
    )
    common = [row[0] for row in found]
    stored = ",".join(map(str, common))
    connection.execute("INSERT OR REPLACE INTO info VALUES (?, ?)", (_COMMON, stored))
    connection.execute(f"CREATE INDEX i_op ON req(op) WHERE {_not_common(common)}")
    connection.execute(
        f"INSERT OR REPLACE INTO info SELECT '{_LONGEST}', max(micros) FROM req"
        f" UNION ALL SELECT '{_NUL}', EXISTS (SELECT 1 FROM req WHERE flags & {schema.NUL})"
    )


def drop(connection: apsw.Connection) -> None:
    """Drop all indexes: without them rows go in many times as fast."""
    found = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'req'"
    ).fetchall()
    for (name,) in found:
        connection.execute(f"DROP INDEX {name}")


def common_ops(connection: apsw.Connection) -> frozenset[int]:
    """The operations that the index of operations leaves out; before it is made, none."""
    stored = connection.execute("SELECT value FROM info WHERE key = ?", (_COMMON,)).get
    return frozenset(map(int, stored.split(","))) if stored else frozenset()


def widen(connection: apsw.Connection, rows: str) -> None:
    """Note of some more rows what is known of all: ``FROM {rows}``, where ``req`` is ``r``."""
    connection.execute(
        f"""
        UPDATE info SET value = max(CAST(ifnull(value, d.most) AS INTEGER), d.most)
        FROM (SELECT '{_LONGEST}' key, max(r.micros) most FROM {rows} UNION ALL
          SELECT '{_NUL}', max(ifnull(r.flags, 0) & {schema.NUL}) FROM {rows}) d
        WHERE info.key = d.key AND d.most IS NOT NULL
        """
    )


def longest(connection: apsw.Connection) -> int | None:
    """Microseconds that no request of the day exceeds; ``None`` where that is not known."""
    return _known(connection, _LONGEST)


def may_hold_nul(connection: apsw.Connection) -> bool:
    """Whether a URL of the day may hold a NUL; where that is not known, it may."""
    return _known(connection, _NUL) != 0


def _known(connection: apsw.Connection, key: str) -> int | None:
    stored = connection.execute("SELECT value FROM info WHERE key = ?", (key,)).get
    return None if stored is None else int(stored)


def among(ops: Sequence[int], common: Collection[int]) -> str:
    """The condition that the operation is one of some, by their index if it has them all."""
    condition = f"op IN ({','.join(map(str, ops))})"
    if frozenset(common).isdisjoint(ops):
        condition += f" AND {_not_common(common)}"
    return condition


def _not_common(common: Iterable[int]) -> str:
    """The condition of the index of operations, which SQLite wants to see in a query.

    It is a chain because SQLite makes a list anew for each row that an index may take.
    """
    return " AND ".join(f"op <> {one}" for one in sorted({0, *common}))
