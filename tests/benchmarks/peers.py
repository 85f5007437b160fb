"""What the import is measured against: others who read or store the same requests."""

import gzip
import json
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import orjson
import watch
from filters import WRITES_SQL

from logsleuth.model.weblog import COLUMNS

_KINDS = {"timestamp": "TIMESTAMP", "id": "UUID", "participated": "BOOLEAN"}
_NUMBERS = {"user_id", "real_user_id", "http_status", "interaction_micros"}
INDEXED = ("user_id", "real_user_id", "remote_ip", "course_id", "developer_key_id", "session_id",
           "timestamp")  # fmt: skip


def _is_number(name: str) -> bool:
    return name in _NUMBERS or (name.endswith("_id") and name != "session_id")


def lines(files: Sequence[Path], limit: int | None = None) -> Iterator[bytes]:
    """Lines of gzipped files, the first so many of all."""
    left = sys.maxsize if limit is None else limit
    for path in files:
        with gzip.open(path) as opened:
            for line in opened:
                if not left:
                    return
                left -= 1
                yield line


def flatten(files: Sequence[Path], target: Path, limit: int) -> int:
    """Write the requests as plain objects of their columns, one a line; how many."""
    rows = 0
    with target.open("wb") as out:
        for line in lines(files, limit):
            record = orjson.loads(line)
            out.write(orjson.dumps({"id": record["key"]["id"], **record["value"]}) + b"\n")
            rows += 1
    return rows


def sqlite_utils(flat: Path, folder: Path) -> float:
    """Seconds of ``sqlite-utils insert --nl`` of a flat file, with its id as primary key."""
    target = folder / "sqlite-utils.db"
    target.unlink(missing_ok=True)
    program = Path(sys.executable).with_name("sqlite-utils")
    ran = watch.run([program, "insert", target, "requests", flat, "--nl", "--pk", "id"])
    target.unlink()
    return ran.seconds


def gunzip_and_orjson(files: Sequence[Path]) -> float:
    """Seconds of one process that only unpacks and parses, and keeps nothing."""
    begin = time.perf_counter()
    for line in lines(files):
        orjson.loads(line)
    return time.perf_counter() - begin


def duckdb_table(
    files: Sequence[Path], target: Path, *, sorted_by_time: bool = False
) -> duckdb.DuckDBPyConnection:
    """A DuckDB file with the table ``req``, all columns flat; two threads."""
    target.unlink(missing_ok=True)
    connection = duckdb.connect(str(target), config={"threads": 2})
    value = ", ".join(f"{name} {_duckdb_kind(name)}" for name in COLUMNS[1:])
    names = json.dumps([str(path) for path in files])
    order = "ORDER BY value.timestamp" if sorted_by_time else ""
    connection.execute(
        f"CREATE TABLE req AS SELECT key.id AS id, value.* FROM read_json({names},"
        f" format='newline_delimited', columns={{key: 'STRUCT(id UUID)',"
        f" value: 'STRUCT({value})'}}) {order}"
    )
    connection.execute("CHECKPOINT")
    return connection


def _duckdb_kind(name: str) -> str:
    return _KINDS.get(name, "BIGINT" if _is_number(name) else "VARCHAR")


def cardinalities(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """How many different values the first day has of what matters, and shares of its rows."""
    counts = {
        "requests": "count(*)",
        "accounts": "count(DISTINCT user_id)",
        "addresses": "count(DISTINCT remote_ip)",
        "IPv6 addresses": "count(DISTINCT remote_ip) FILTER (contains(remote_ip, ':'))",
        "sessions": "count(DISTINCT session_id)",
        "agents": "count(DISTINCT user_agent)",
        "URLs": "count(DISTINCT url)",
        "% as somebody else": "100 * count(real_user_id) / count(*)",
        "% with a developer key": "100 * count(developer_key_id) / count(*)",
        "% with a status of 400 or more": "100 * count(*) FILTER (http_status >= 400) / count(*)",
        "% writes": f"100 * count(*) FILTER ({WRITES_SQL}) / count(*)",
    }
    found = connection.execute(
        f"SELECT {', '.join(counts.values())} FROM req"
        " WHERE timestamp < (SELECT date_trunc('day', min(timestamp)) FROM req) + INTERVAL 1 DAY"
    ).fetchone()
    return dict(zip(counts, found or (), strict=True))


def sizes(files: Sequence[Path]) -> tuple[float, float]:
    """Bytes a row of the first file, as JSON and as gzip."""
    rows = total = 0
    for line in lines(files[:1]):
        rows, total = rows + 1, total + len(line)
    return total / rows, files[0].stat().st_size / rows


def flat_table(files: Sequence[Path], target: Path) -> int:
    """Bytes of one SQLite table with the columns as delivered, the id as its primary key,
    and an index on each column by which the cache finds rows quickly; that of the session
    too, although the cache needs none to do so."""
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    columns = ", ".join(
        f"{name} {'INTEGER' if _is_number(name) or name == 'participated' else 'TEXT'}"
        for name in COLUMNS[1:]
    )
    connection.execute(f"CREATE TABLE req(id TEXT PRIMARY KEY, {columns})")
    records = (orjson.loads(line) for line in lines(files))
    connection.executemany(
        f"INSERT INTO req VALUES ({','.join('?' * len(COLUMNS))})",
        ((r["key"]["id"], *(r["value"].get(name) for name in COLUMNS[1:])) for r in records),
    )
    for name in INDEXED:
        connection.execute(f"CREATE INDEX i_{name} ON req({name}) WHERE {name} IS NOT NULL")
    connection.commit()
    connection.close()
    return target.stat().st_size
