"""A cache counted again from its rows, in plain Python and without the code that counts.

What each table of a day file means is told in :mod:`logsleuth.store.sqlite.schema`.  A table
that is not recounted here is an error, so that no roll-up can be added unseen.
"""

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

HOUR_MS, SLOT_MS = 3_600_000, 1_800_000
LOW = (1 << 20) - 1
NUL, EXTRA, OLDER, WRITE = 1, 4, 8, 16

Row = dict[str, Any]
"""A row of ``req`` with the columns of its operation, and what roll-ups count by: ``h``,
``slot``, microseconds since midnight (``at``), ``error`` and ``write``."""

_KEPT = {"info", "req", "ip", "ua", "ses", "op", "extra", "older", "displaced", "ids", "ver"}
"""Tables that are no roll-ups."""


def check_cache(folder: Path) -> None:
    """Everything on the disk is sound, counted right, and nothing lies about."""
    with closing(_open(folder / "catalogue.db")) as catalogue:
        assert catalogue.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok"
        days = catalogue.execute(
            "SELECT day, generation, rows, first_us, last_us, hours, dirty FROM days"
        ).fetchall()
    named = set()
    for day, generation, *said in days:
        path = folder / "days" / f"{day}.{generation}.db"
        named.add(path.name)
        counted = check_day(path)
        assert (*said[:3], json.loads(said[3]), said[4]) == (*counted, 0), path.name
    assert {path.name for path in (folder / "days").iterdir()} == named
    lies = {path.name for path in folder.iterdir() if not path.name.startswith("activity.db")}
    assert lies == {"catalogue.db", "days", "writer.lock"}


def check_day(path: Path) -> tuple[int, int | None, int | None, list[int]]:
    """A day file is sound and agrees with its rows; rows, first and last request
    (microseconds), and rows of each hour."""
    with closing(_open(path)) as day:
        assert day.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok", path.name
        rows = _rows(day)
        _check_rows(day, rows)
        _check_rollups(day, rows)
    start = int(datetime.fromisoformat(f"{path.name[:10]}T00:00Z").timestamp()) * 1_000_000
    moments = [start + row["at"] for row in rows]
    hours = Counter(row["h"] for row in rows)
    return (
        len(rows),
        min(moments, default=None),
        max(moments, default=None),
        [hours[hour] for hour in range(24)],
    )


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _table(connection: sqlite3.Connection, sql: str) -> list[Row]:
    found = connection.execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, values, strict=True)) for values in found]


def _rows(day: sqlite3.Connection) -> list[Row]:
    """Read in the order of the keys, without any index."""
    operations = {row.pop("i"): row for row in _table(day, "SELECT * FROM op")}
    rows = _table(day, "SELECT * FROM req NOT INDEXED ORDER BY k")
    for row in rows:
        row.update(operations[row["op"]])
        row["at"] = (row["k"] >> 20) * 1000 + (row["us"] or 0)
        row["h"], row["slot"] = (row["k"] >> 20) // HOUR_MS, (row["k"] >> 20) // SLOT_MS
        row["error"] = row["status"] is not None and row["status"] >= 400
        row["write"] = (row["method"] or "").upper() in {"POST", "PUT", "PATCH", "DELETE"}
        assert row["write"] == row["w"]
    return rows


def _column(day: sqlite3.Connection, sql: str) -> list[Any]:
    return [row[0] for row in day.execute(sql)]


def _hash(stored: bytes | str) -> int:
    return zlib.crc32(stored if isinstance(stored, bytes) else stored.encode())


def _check_rows(day: sqlite3.Connection, rows: list[Row]) -> None:
    """Keys, flags and side tables fit the rows, and every row can be found."""
    ids = {row["id"]: row for row in rows}
    assert len(ids) == len(rows), "a request is there twice"
    for name in ("ip", "ua", "ses"):
        assert _present(rows, name) <= set(_column(day, f"SELECT i FROM {name}")), name
    displaced = dict(day.execute("SELECT id, k FROM displaced"))
    assert displaced == {
        row["id"]: row["k"] for row in rows if row["k"] & LOW != _hash(row["id"]) & LOW
    }
    assert all(0 <= row["k"] >> 20 < 24 * HOUR_MS for row in rows)
    places: set[tuple[int, int]] = set()
    for high, block in day.execute("SELECT high, places FROM ids"):
        for at in range(0, len(block), 6):
            key = int.from_bytes(block[at : at + 6], "little")
            places.add((high << 20 | key & LOW, key >> 20))
    assert places >= {(_hash(one), row["k"] >> 20) for one, row in ids.items()}
    versions = set(_column(day, "SELECT i FROM ver"))
    assert _present(rows, "ver") <= versions == set(range(1, len(versions) + 1))
    flagged = {
        bit: {row["id"] for row in rows if (row["flags"] or 0) & bit}
        for bit in (NUL, EXTRA, OLDER, WRITE)
    }
    assert flagged[EXTRA] == set(_column(day, "SELECT id FROM extra"))
    assert flagged[OLDER] == set(_column(day, "SELECT id FROM older"))
    assert flagged[WRITE] == {row["id"] for row in rows if row["write"]}
    assert flagged[NUL] == {row["id"] for row in rows if "\0" in (row["url"] or "")}


def _present(rows: Iterable[Row], name: str) -> set[Any]:
    return {row[name] for row in rows} - {None}


def _check_rollups(day: sqlite3.Connection, rows: list[Row]) -> None:
    tables = set(
        _column(
            day, "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite%'"
        )
    )
    assert tables == _KEPT | ROLL_UPS.keys()
    for name, recount in ROLL_UPS.items():
        assert Counter(day.execute(f"SELECT * FROM {name}")) == Counter(recount(rows)), name


def _counts(rows: Iterable[Row]) -> tuple[int, int, int]:
    """Requests, errors and writes."""
    found = list(rows)
    return len(found), sum(row["error"] for row in found), sum(row["write"] for row in found)


def _by(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def _hours(rows: list[Row]) -> Iterable[tuple[Any, ...]]:
    for (hour,), found in _by(rows, "h").items():
        yield hour, *_counts(found)


def _operations(rows: list[Row]) -> Iterable[tuple[Any, ...]]:
    for group, found in _by(rows, "h", "op", "status").items():
        yield *group, len(found)


def _values(column: str) -> Callable[[list[Row]], Iterable[tuple[Any, ...]]]:
    def recount(rows: list[Row]) -> Iterable[tuple[Any, ...]]:
        for (value, hour), found in _by(rows, column, "h").items():
            if value is not None:
                yield value, hour, *_counts(found)

    return recount


def _accounts(*names: str) -> Callable[[list[Row]], Iterable[tuple[Any, ...]]]:
    def recount(rows: list[Row]) -> Iterable[tuple[Any, ...]]:
        for group, found in _by(rows, *names).items():
            moments = [row["at"] for row in found]
            yield *group, *_counts(found), min(moments), max(moments)

    return recount


def _opened_or_changed(row: Row) -> bool:
    """Somebody did it: not sent by itself for sure, or a change of a kind that is known."""
    if row["automatic"] == 0:
        return True
    known = row["kind"] not in {"background", "opaque", "other"}
    return row["automatic"] is None and row["write"] and known


def _visits(rows: list[Row]) -> Iterable[tuple[Any, ...]]:
    names = ("slot", "ses", "user_id", "real_user_id", "ip", "ua", "dev")
    for group, found in _by(rows, *names).items():
        automatic = sum(row["automatic"] == 1 for row in found)
        opened = sum(_opened_or_changed(row) for row in found)
        opaque = sum(row["kind"] == "opaque" for row in found)
        moments = [row["at"] for row in found]
        yield *group, *_counts(found), automatic, opened, opaque, min(moments), max(moments)


ROLL_UPS: dict[str, Callable[[list[Row]], Iterable[tuple[Any, ...]]]] = {
    "hour": _hours,
    "op_hour": _operations,
    "visit": _visits,
    **{
        f"{column}_hour": _values(column)
        for column in ("user_id", "real_user_id", "ip", "ua", "dev", "course_id")
    },
    "user_id_day": _accounts("user_id", "real_user_id"),
    **{
        f"{column}_day": _accounts(column, "user_id", "real_user_id")
        for column in ("ip", "ua", "dev")
    },
}
"""Every roll-up, and what must stand in it."""
