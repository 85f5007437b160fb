"""Roll-ups of a day: requests counted ahead, and kept right by whatever changes ``req``.

:data:`ROLLUPS` says what each table counts.  A new day is counted while its rows are put in
(:mod:`logsleuth.store.sqlite.tallying`), a new generation of one all at once (:func:`rebuild`).
While rows are added to a day whose roll-ups are right, temporary triggers note every row that
came or went, whichever statement did it, and :func:`catch_up` adds and takes off exactly these,
in the same transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import apsw

from logsleuth.filter import sorts
from logsleuth.store.sqlite import indexing, schema
from logsleuth.store.sqlite.compile import compile_filter
from logsleuth.store.sqlite.facts import Day

HOUR = f"r.k / {3_600_000 << schema.LOW_BITS}"
SLOT = f"r.k / {schema.SLOT_MS << schema.LOW_BITS}"
MOMENT = f"(r.k >> {schema.LOW_BITS}) * 1000 + ifnull(r.us, 0)"

_NOTED = (
    "k", "us", "user_id", "real_user_id", "ip", "status", "op", "course_id", "dev", "ses", "ua",
    "micros", "flags",
)  # fmt: skip
"""The columns of a row that anything looks at which is kept right."""

_SORTS = {
    "automatic": sorts.AUTOMATIC,
    "opened": sorts.OPENED_OR_CHANGED,
    "opaque": sorts.OPAQUE,
}
COUNTS = ("n", "errors", "writes")
_TIMES = ("first", "last")
CLIENT = ("ses", "user_id", "real_user_id", "ip", "ua", "dev")


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table with one row for each combination of ``keys`` that occurs in ``req``.

    ``keys`` are columns of ``req``, ``h`` (hour of the day) or ``slot`` (half hour of it);
    without any of these two it is of the whole day.
    ``counts`` are numbers of requests.  ``timed`` tables have ``first`` and ``last``, in
    microseconds of the day.  Rows with a null ``present`` are left out.
    """

    name: str
    keys: tuple[str, ...]
    counts: tuple[str, ...] = COUNTS
    timed: bool = False
    present: str | None = None


VISIT = Rollup("visit", ("slot", *CLIENT), (*COUNTS, *_SORTS), timed=True)
COURSES = Rollup("course_id_hour", ("course_id", "h"), present="course_id")
BY_VALUE = (
    *(
        Rollup(f"{column}_hour", (column, "h"), present=column)
        for column in ("user_id", "real_user_id", "ip", "ua", "dev")
    ),
    COURSES,
)
BY_ACCOUNT = (
    Rollup("user_id_day", ("user_id", "real_user_id"), timed=True),
    *(
        Rollup(f"{column}_day", (column, "user_id", "real_user_id"), timed=True)
        for column in ("dev", "ip", "ua")
    ),
)
HOURS = Rollup("hour", ("h",))
OPERATIONS = Rollup("op_hour", ("h", "op", "status"), ("n",))
ROLLUPS = (
    VISIT,
    HOURS,
    OPERATIONS,
    *BY_VALUE,
    *BY_ACCOUNT,
)
"""The finest first: those that can be are summed from it."""


def rebuild(connection: apsw.Connection) -> None:
    """Count all rows of the day anew."""
    per_row = measures(connection)
    for rollup in ROLLUPS:
        connection.execute(f"DELETE FROM {rollup.name}")
        connection.execute(
            _summed(rollup, VISIT.name) if _is_sum(rollup) else _counted(rollup, per_row)
        )


def sum_up(connection: apsw.Connection) -> None:
    """Fill what can be summed from what is counted already, in a day without roll-ups."""
    for rollup in ROLLUPS:
        if _is_sum(rollup):
            connection.execute(_summed(rollup, VISIT.name))


def _is_sum(rollup: Rollup) -> bool:
    return rollup not in {VISIT, OPERATIONS, COURSES}


def measures(connection: apsw.Connection, first_op: int = 0) -> dict[str, str]:
    """What one row adds to each count, in SQL, if its operation is one of those that there
    are now, from ``first_op`` on.

    Nothing is looked at but operation, status and flags.
    """
    day = Day(connection, "1970-01-01", frozenset())  # no filter here asks for the time
    day.ops = {number: op for number, op in day.ops.items() if number >= first_op}
    counted = {name: compile_filter(node, day).text for name, node in _SORTS.items()}
    return {
        "n": "1",
        "errors": "ifnull(r.status >= 400, 0)",
        "writes": f"(ifnull(r.flags, 0) & {schema.WRITE} > 0)",
        **{name: f"({text})" for name, text in counted.items()},
    }


def _counted(rollup: Rollup, per_row: Mapping[str, str]) -> str:
    """SQL that counts all of ``req`` into a roll-up."""
    # The + keeps the planner from walking an index with a look-up per row.
    keys = [f"+{_key(name)}" for name in rollup.keys]
    sums = [f"sum({per_row[name]})" for name in rollup.counts]
    times = [f"min({MOMENT})", f"max({MOMENT})"] if rollup.timed else []
    return (
        f"INSERT INTO {rollup.name} SELECT {', '.join([*keys, *sums, *times])} FROM req r"
        f"{_present(rollup)} GROUP BY {_places(rollup)}"
    )


def _summed(rollup: Rollup, source: str, target: str | None = None) -> str:
    """SQL that sums a roll-up from a finer one, into its own table if no other is named."""
    keys = ["r.slot / 2" if name == "h" else f"r.{name}" for name in rollup.keys]
    sums = [f"sum(r.{name})" for name in rollup.counts]
    times = ["min(r.first)", "max(r.last)"] if rollup.timed else []
    return (
        f"INSERT INTO {target or rollup.name} SELECT {', '.join([*keys, *sums, *times])}"
        f" FROM {source} r{_present(rollup)} GROUP BY {_places(rollup)}"
    )


def _key(name: str) -> str:
    return {"h": HOUR, "slot": SLOT}.get(name, f"r.{name}")


def _present(rollup: Rollup) -> str:
    return f" WHERE r.{rollup.present} IS NOT NULL" if rollup.present else ""


def _places(rollup: Rollup) -> str:
    return ", ".join(str(at + 1) for at in range(len(rollup.keys)))


# While a day is being read by others


def watch(connection: apsw.Connection) -> None:
    """Note from now on what comes to ``req`` and goes from it, on this connection."""
    columns, olds = ", ".join(_NOTED), ", ".join(f"old.{name}" for name in _NOTED)
    connection.execute(
        f"""
        CREATE TEMP TABLE came(k INTEGER PRIMARY KEY);
        CREATE TEMP TABLE gone({columns});
        CREATE TEMP TRIGGER coming AFTER INSERT ON main.req BEGIN
          INSERT INTO came VALUES (new.k);
        END;
        CREATE TEMP TRIGGER going AFTER DELETE ON main.req BEGIN
          INSERT INTO gone SELECT {olds} WHERE NOT EXISTS (SELECT 1 FROM came WHERE k = old.k);
          DELETE FROM came WHERE k = old.k;
        END;
        CREATE TEMP TABLE moved(
          slot, {columns}, {", ".join(VISIT.counts)}, first, last);
        """
    )
    for rollup in ROLLUPS:
        cells = ", ".join((*rollup.keys, *rollup.counts, *(_TIMES if rollup.timed else ())))
        connection.execute(f"CREATE TEMP TABLE {_moved(rollup)}({cells})")


def catch_up(connection: apsw.Connection) -> None:
    """Add to the roll-ups what came, and take off what went, since the last time."""
    own = ", ".join(f"r.{name}" for name in _NOTED)
    per_row = measures(connection)
    adds, takes = (
        ", ".join(f"{sign}{per_row[name]}" for name in VISIT.counts) for sign in ("", "-")
    )
    # CROSS, or all of a large day may be walked through for the few that came.
    connection.execute(
        f"""
        INSERT INTO moved
          SELECT {SLOT}, {own}, {adds}, {MOMENT}, {MOMENT} FROM came CROSS JOIN req r USING (k)
          UNION ALL SELECT {SLOT}, {own}, {takes}, {MOMENT}, {MOMENT} FROM gone r;
        """
    )
    went = connection.execute("SELECT EXISTS (SELECT 1 FROM gone)").get
    for rollup in ROLLUPS:
        _move(connection, rollup)
        if went:
            connection.execute(f"DELETE FROM {rollup.name} WHERE n = 0")
    if went:
        _time_again(connection)
        for rollup in BY_ACCOUNT:
            _time_from_visits(connection, rollup)
    indexing.widen(connection, "moved r")
    for table in ("came", "gone", "moved", *map(_moved, ROLLUPS)):
        connection.execute(f"DELETE FROM {table}")


def _move(connection: apsw.Connection, rollup: Rollup) -> None:
    """Apply what moved to one roll-up: cells that are there change, others are made."""
    cells = _moved(rollup)
    connection.execute(_summed(rollup, _moved(VISIT) if _is_sum(rollup) else "moved", cells))
    moved = connection.changes()
    changed = [f"{name} = t.{name} + d.{name}" for name in rollup.counts]
    if rollup.timed:
        # Cells that something went from are timed again; else the others only widen.
        changed += ["first = min(t.first, d.first)", "last = max(t.last, d.last)"]
    same = _same(rollup, "t", "d")
    connection.execute(
        f"UPDATE {rollup.name} AS t SET {', '.join(changed)} FROM {cells} d WHERE {same}"
    )
    if connection.changes() < moved:
        connection.execute(
            f"INSERT INTO {rollup.name} SELECT * FROM {cells} d"
            f" WHERE NOT EXISTS (SELECT 1 FROM {rollup.name} t WHERE {same})"
        )


def _moved(rollup: Rollup) -> str:
    """The table of the cells of a roll-up that something came to or went from."""
    return f"moved_{rollup.name}"


def _time_again(connection: apsw.Connection) -> None:
    """Find the first and last request anew of every visit that something went from."""
    keys = ", ".join(f"{_key(name)} {name}" for name in VISIT.keys)
    slot = schema.SLOT_MS << schema.LOW_BITS
    kept = " AND ".join(f"r.{name} IS t.{name}" for name in CLIENT)
    # Three statements, because what finds the rows of a visit quickly differs.
    for visits, rows in (
        ("t.user_id IS NOT NULL", "r.user_id = t.user_id"),
        ("t.user_id IS NULL AND t.ip IS NOT NULL", "r.ip = t.ip"),
        ("t.user_id IS NULL AND t.ip IS NULL", "true"),
    ):
        connection.execute(
            f"""
            UPDATE visit AS t SET (first, last) = (
              SELECT min({MOMENT}), max({MOMENT}) FROM req r
              WHERE {rows} AND r.k >= t.slot * {slot} AND r.k < (t.slot + 1) * {slot} AND {kept})
            FROM (SELECT DISTINCT {keys} FROM gone r) d
            WHERE {_same(VISIT, "t", "d")} AND t.n > 0 AND {visits}
            """
        )


def _time_from_visits(connection: apsw.Connection, rollup: Rollup) -> None:
    """The same for a roll-up of whole days, all visits of which are right."""
    keys = ", ".join(f"r.{name}" for name in rollup.keys)
    connection.execute(
        f"""
        UPDATE {rollup.name} AS t SET first = d.first, last = d.last FROM (
          SELECT {keys}, min(v.first) first, max(v.last) last
          FROM visit v JOIN (SELECT DISTINCT {keys} FROM gone r) r ON {_same(rollup, "v", "r")}
          GROUP BY {_places(rollup)}) d
        WHERE {_same(rollup, "t", "d")}
        """
    )


def _same(rollup: Rollup, one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} IS {other}.{name}" for name in rollup.keys)
