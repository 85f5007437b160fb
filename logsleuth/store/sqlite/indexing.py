"""The indexes of a day, made when its rows are in and its roll-ups are right."""

from collections.abc import Collection, Iterable, Sequence

import apsw

from logsleuth.store.sqlite import schema

_COMMON = "common_ops"
_LONGEST = "longest_micros"


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
    longest = connection.execute("SELECT max(micros) FROM req").get
    connection.execute("INSERT OR REPLACE INTO info VALUES (?, ?)", (_LONGEST, longest))


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


def lengthen(connection: apsw.Connection, rows: str) -> None:
    """Note how long the longest of some more rows took: ``FROM {rows}``, where ``req`` is ``r``."""
    connection.execute(
        f"UPDATE info SET value = max(ifnull(CAST(value AS INTEGER), d.micros), d.micros)"
        f" FROM (SELECT max(r.micros) micros FROM {rows}) d"
        " WHERE key = ? AND d.micros IS NOT NULL",
        (_LONGEST,),
    )


def longest(connection: apsw.Connection) -> int | None:
    """Microseconds that no request of the day exceeds; ``None`` where that is not known."""
    stored = connection.execute("SELECT value FROM info WHERE key = ?", (_LONGEST,)).get
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
