"""Roll-ups of a new day, counted while its rows are in hand: many times as quick as SQL.

What one row adds is asked of SQL all the same, once for each operation, status and flags that
occur, so that nothing is defined twice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from operator import itemgetter
from struct import Struct
from typing import Any

import apsw

from logsleuth.store import encoded
from logsleuth.store.encoded import COURSE, KEY, US
from logsleuth.store.sqlite import rollups, schema
from logsleuth.store.sqlite.schema import LOW_BITS

_COUNTS = Struct(f"<{len(rollups.VISIT.counts)}I")
"""All counts of a cell in one number, so that one addition counts a row."""

_SLOT = schema.SLOT_MS << schema.LOW_BITS
_SLOTS_OF_HOUR = 3_600_000 // schema.SLOT_MS

Measured = tuple[int, int | None, int | None]
"""Operation, status and flags of a row."""

_measured = itemgetter(encoded.OP, encoded.STATUS, encoded.FLAGS)
_client = itemgetter(
    encoded.SESSION,
    encoded.USER,
    encoded.REAL_USER,
    encoded.IP,
    encoded.AGENT,
    encoded.DEV,
)


class Tallying:
    """Counts the rows of a day that has none yet, one half hour after the other."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._adds = _Adds(connection)
        self._slot = 0
        self._visits: dict[tuple[Any, ...], list[int]] = {}
        self._operations: defaultdict[int, Counter[Measured]] = defaultdict(Counter)
        self._courses: defaultdict[int, defaultdict[int | None, int]] = defaultdict(
            partial(defaultdict, int)
        )

    def take(self, rows: Sequence[encoded.Row]) -> None:
        """Count rows, all of one half hour, and none of an earlier one than before."""
        if not rows:
            return
        slot = rows[0][KEY] // _SLOT
        if slot != self._slot:
            self._close()
            self._slot = slot
        hour = slot // _SLOTS_OF_HOUR
        measured = list(map(_measured, rows))
        self._operations[hour].update(measured)
        visits, courses, adds = self._visits, self._courses[hour], self._adds
        for row, client, one in zip(rows, map(_client, rows), measured, strict=True):
            added = adds[one]
            courses[row[COURSE]] += added
            moment = (row[KEY] >> LOW_BITS) * 1000 + (row[US] or 0)
            visit = visits.get(client)
            if visit is None:
                visits[client] = [added, moment, moment]
                continue
            visit[0] += added
            if moment > visit[2]:
                visit[2] = moment
            elif moment < visit[1]:
                visit[1] = moment

    def finish(self) -> None:
        """Write what was counted, and what can be summed from it."""
        self._close()
        by_status: Counter[tuple[int, int, int | None]] = Counter()
        for hour, measured in self._operations.items():
            for (op, status, _), count in measured.items():
                by_status[hour, op, status] += count
        self._insert(rollups.OPERATIONS, ((*key, count) for key, count in by_status.items()))
        counts = len(rollups.COURSES.counts)
        self._insert(
            rollups.COURSES,
            (
                (course, hour, *_apart(cell)[:counts])
                for hour, courses in self._courses.items()
                for course, cell in courses.items()
                if course is not None
            ),
        )
        rollups.sum_up(self._connection)

    def _close(self) -> None:
        """Write the visits of a half hour that is over."""
        visits = self._visits.items()
        self._insert(
            rollups.VISIT,
            (
                (self._slot, *client, *_apart(cell), first, last)
                for client, (cell, first, last) in visits
            ),
        )
        self._visits.clear()

    def _insert(self, rollup: rollups.Rollup, cells: Iterable[tuple[Any, ...]]) -> None:
        width = len(rollup.keys) + len(rollup.counts) + 2 * rollup.timed
        places = ", ".join("?" * width)
        self._connection.executemany(f"INSERT INTO {rollup.name} VALUES ({places})", cells)


def _apart(cell: int) -> tuple[int, ...]:
    """The counts of a cell."""
    return _COUNTS.unpack(cell.to_bytes(_COUNTS.size, "little"))


class _Adds(dict[Measured, int]):
    """What one row adds to all counts of a cell."""

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__()
        self._connection = connection
        self._of_op: list[str] = [""]
        """The question of each operation, by its number; the first number is 1."""

    def __missing__(self, measured: Measured) -> int:
        first, newest = len(self._of_op), self._connection.execute("SELECT max(i) FROM op").get
        if measured[0] >= first:
            per_row = rollups.measures(self._connection, first)
            columns = ", ".join(per_row[name] for name in rollups.VISIT.counts)
            question = f"SELECT {columns} FROM (SELECT ? AS op, ? AS status, ? AS flags) r"
            self._of_op += [question] * (newest + 1 - first)
        counts: Any = self._connection.execute(self._of_op[measured[0]], measured).fetchone()
        added = self[measured] = int.from_bytes(_COUNTS.pack(*counts), "little")
        return added
