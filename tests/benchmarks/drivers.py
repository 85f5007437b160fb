"""Which SQLite driver fills day files: rows a second of each, medians of five turns.

    python tests/benchmarks/drivers.py

``sqlite3`` is given rows as they are; ``sqlite3, fed`` neither None nor bytes, which is the
fastest that the standard driver gets on Python 3.11; ``apsw`` rows as they are.
"""

import os
import random
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import apsw

ROWS = 200_000
TABLE = (
    "CREATE TABLE req(k INTEGER PRIMARY KEY, us, user_id, real_user_id, ip, status, op, course_id,"
    " dev, ses, ua, micros, ctx_id, quiz_id, discussion_id, conversation_id, assignment_id, about,"
    " flags, deleted_us, ver, url TEXT, id BLOB)"
)
PRAGMAS = ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF")
PLAIN = f"INSERT OR IGNORE INTO req VALUES ({','.join('?' * 23)})"
FED = f"INSERT OR IGNORE INTO req VALUES ({','.join(['nullif(?, -1)'] * 22)}, ?)"


def rows() -> list[tuple[Any, ...]]:
    """Rows of a day as the writer binds them."""
    pick = random.Random(1)
    return [
        (
            (number * 86_400_000 // ROWS) << 20 | pick.getrandbits(20),
            None,
            pick.randrange(30_000),
            None,
            pick.randrange(20_000),
            200,
            pick.randrange(200),
            pick.randrange(5_000),
            None,
            pick.randrange(30_000),
            pick.randrange(2_000),
            84_211,
            *[None] * 8,
            1,
            f"/api/v1/courses/{pick.randrange(9_999)}/users?page=2",
            pick.randbytes(16),
        )
        for number in range(ROWS)
    ]


def timed(driver: str, path: Path, data: list[tuple[Any, ...]]) -> float:
    """Rows a second into an empty table."""
    connection: Any = (apsw.Connection if driver == "apsw" else sqlite3.connect)(str(path))
    for pragma in PRAGMAS:
        connection.execute(pragma).fetchall()
    connection.execute(TABLE)
    begin = time.perf_counter()
    with connection:
        connection.executemany(FED if driver == "sqlite3, fed" else PLAIN, data)
    taken = time.perf_counter() - begin
    connection.close()
    os.remove(path)
    return ROWS / taken


def main() -> None:
    plain = rows()
    fed = [
        tuple(-1 if v is None else bytearray(v) if isinstance(v, bytes) else v for v in row)
        for row in plain
    ]
    data = {"sqlite3": plain, "sqlite3, fed": fed, "apsw": plain}
    found: dict[str, list[float]] = {driver: [] for driver in data}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(5):
            for driver, given in data.items():
                found[driver].append(timed(driver, Path(folder, "day.db"), given))
    base = statistics.median(found["sqlite3"])
    for driver, rates in found.items():
        rate = statistics.median(rates)
        print(f"{driver:14}{rate:12,.0f} rows/s{rate / base:8.2f}")


if __name__ == "__main__":
    main()
