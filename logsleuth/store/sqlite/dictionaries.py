"""The dictionaries of a day while it is being written: values, and their numbers.

Numbers are given at once and written in batches, by :meth:`Dictionaries.write`, before the
transaction ends in which they were used.
"""

from array import array
from typing import Any

import apsw

from logsleuth.model import addresses
from logsleuth.store import encoded

ROOM = 150_000
"""Values of a dictionary that are held in memory; a day seldom has more."""
_LONG = 1_000
"""Characters from which a value is not held."""


class Numbers(dict[Any, Any]):
    """The numbers of values: looked up like a ``dict``, where a new value gets the next one.

    ``table`` has a number ``i``, the value in its ``column``, and whatever else follows from
    it: ``row`` says what that is.  Null has no number.
    """

    def __init__(self, connection: apsw.Connection, table: str, column: str) -> None:
        super().__init__()
        self._connection = connection
        self._known = f"SELECT i FROM {table} WHERE {column} = ?"
        self._insert = f"INSERT INTO {table} VALUES (?, ?{', ?' * self.others})"
        self._last = connection.execute(f"SELECT ifnull(max(i), 0) FROM {table}").get
        every: Any = connection.execute(
            f"SELECT {column}, i FROM {table} WHERE length({column}) < {_LONG} LIMIT {ROOM}"
        )
        self.update(every)
        self._complete = len(self) == self._last
        self[None] = None
        self._new: list[tuple[Any, ...]] = []

    others = 0
    """Columns of the table after the value."""

    def row(self, value: Any) -> tuple[Any, ...]:
        """What stands in the table beside a value."""
        return ()

    def __missing__(self, value: Any) -> int:
        if not self._complete:
            self.write()
            found = self._connection.execute(self._known, (value,)).get
            if found is not None:
                return int(found)
        self._last += 1
        self._new.append((self._last, value, *self.row(value)))
        if len(self) < ROOM and len(value) < _LONG:
            self[value] = self._last
        else:
            self._complete = False
        return int(self._last)

    def write(self) -> None:
        """Write what is new."""
        if self._new:
            self._connection.executemany(self._insert, self._new)
            self._new.clear()


class _Addresses(Numbers):
    others = 1

    def row(self, value: Any) -> tuple[Any, ...]:
        return (addresses.pack(value),)


class _Agents(Numbers):
    others = 1

    def row(self, value: Any) -> tuple[Any, ...]:
        return (int("\0" in value),)


class Versions(dict[tuple[int | None, int], int]):
    """The numbers of versions: looked up like a ``dict``, where a new one gets the next number.

    A version is its commit time and its source.  One may get several numbers, since nobody asks
    which it has.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__()
        self._connection = connection
        self._new: list[tuple[int | None, ...]] = []
        self.sources = array("q", [0])
        """The source of each version, by its number; the first number is 1."""
        every: Any = connection.execute("SELECT meta_us, source FROM ver ORDER BY i")
        for meta_us, source in every:
            self._add((meta_us, source))

    def __missing__(self, version: tuple[int | None, int]) -> int:
        number = self._add(version)
        self._new.append((number, *version))
        return number

    def _add(self, version: tuple[int | None, int]) -> int:
        number = len(self.sources)
        self.sources.append(version[1])
        if len(self) < ROOM:
            self[version] = number
        return number

    def write(self) -> None:
        """Write what is new."""
        if self._new:
            self._connection.executemany("INSERT INTO ver VALUES (?, ?, ?)", self._new)
            self._new.clear()


class Dictionaries:
    """Addresses, agents, sessions, operations and versions of one day."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.ips: Numbers = _Addresses(connection, "ip", "text")
        self.agents: Numbers = _Agents(connection, "ua", "text")
        self.sessions: Numbers = Numbers(connection, "ses", "sid")
        self.versions = Versions(connection)
        self._ops: dict[encoded.Op, int] = {}
        every: Any = connection.execute(
            "SELECT i, method, version, participated, controller, action, ctx_type, kind,"
            " automatic FROM op"
        )
        for i, *op in every:
            self._ops[encoded.Op(*op)] = i

    def op(self, op: encoded.Op) -> int:
        """The number of what a request does."""
        number = self._ops.get(op)
        if number is None:
            number = self._ops[op] = len(self._ops) + 1
            self._connection.execute(
                "INSERT INTO op VALUES (?,?,?,?,?,?,?,?,?,?)", (number, *op, int(op.writes))
            )
        return number

    def write(self) -> None:
        """Write the values that are new."""
        for numbers in (self.ips, self.agents, self.sessions, self.versions):
            numbers.write()
