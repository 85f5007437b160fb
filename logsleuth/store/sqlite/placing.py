"""Where the requests of a day are, by their ids.

For every id the day keeps 32 bits of a hash of it, its print, and the milliseconds of its key:
eight bytes, which find a row, and tell by themselves which ids two days may share.  They stand
in groups by the first bits of the print.  What is found is then looked at closely: two ids may
share a print, and a row that went leaves its place noted.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import apsw

from logsleuth.store import prints
from logsleuth.store.sqlite import schema

_GROUP_BITS = 17
"""Bits of a print that differ within a group: of a million requests, about 30 are in one."""
_FEW = 2_000
"""Prints that are looked up one by one in less time than all of a day are read."""


def keys(connection: apsw.Connection, stored_id: bytes | str) -> list[int]:
    """The keys at which a request with that id may be."""
    number = schema.id_hash(stored_id)
    group = _group(connection, number >> _GROUP_BITS)
    displaced = connection.execute("SELECT k FROM displaced WHERE id = ?", (stored_id,))
    return [*_at(group, number), *(row[0] for row in displaced)]


def ids(connection: apsw.Connection, number: int) -> set[bytes | str]:
    """The ids, as stored, of the requests with a print."""
    group = _group(connection, number >> _GROUP_BITS)
    found: list[Any] = connection.execute("SELECT id FROM displaced").fetchall()
    for key in _at(group, number):
        found += connection.execute("SELECT id FROM req WHERE k = ?", (key,)).fetchall()
    return {stored for (stored,) in found if schema.id_hash(stored) == number}


def prints_between(connection: apsw.Connection, low: int, high: int) -> "array[int]":
    """The prints of a day from ``low`` and below ``high``."""
    groups = connection.execute(
        "SELECT places FROM ids WHERE high >= ? AND high <= ?",
        (low >> _GROUP_BITS, (high - 1) >> _GROUP_BITS),
    )
    found = array("I", b"".join(row[0] for row in groups))[1::2]
    exact = not (low | high) & ((1 << _GROUP_BITS) - 1)
    return found if exact else array("I", [one for one in found if low <= one < high])


def known(connection: apsw.Connection, numbers: Collection[int], low: int, high: int) -> set[int]:
    """Those of some prints that a day has; all are from ``low`` and below ``high``."""
    if len(numbers) > _FEW:
        return set(numbers).intersection(prints_between(connection, low, high))
    groups = ((number, _group(connection, number >> _GROUP_BITS)) for number in numbers)
    return {number for number, group in groups if number in group[1::2]}


def is_any(connection: apsw.Connection) -> bool:
    """Whether a day has any print."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM ids)").get)


def count(connection: apsw.Connection) -> int:
    """How many prints a day has."""
    return int(connection.execute("SELECT ifnull(sum(length(places)), 0) / 8 FROM ids").get)


class Places:
    """Notes where requests are put; they are found at once, and written by :meth:`write`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._new: defaultdict[int, array[int]] = defaultdict(prints.empty)

    def note(self, numbers: Iterable[int], row_keys: Iterable[int]) -> None:
        """Note requests by their prints and keys."""
        new = self._new
        for number, key in zip(numbers, row_keys, strict=True):
            new[number >> _GROUP_BITS].extend((key >> schema.LOW_BITS, number))

    def keys(self, stored_id: bytes | str) -> list[int]:
        """The keys at which a request with that id may be, written or not."""
        number = schema.id_hash(stored_id)
        new = self._new.get(number >> _GROUP_BITS)
        return keys(self._connection, stored_id) + list(_at(new, number) if new else ())

    def write(self) -> None:
        """Write what is new behind what is there."""
        groups: dict[int, array[int]] = self._new
        if is_any(self._connection):
            groups = {high: _group(self._connection, high) + new for high, new in groups.items()}
        self._connection.executemany(
            "INSERT OR REPLACE INTO ids VALUES (?, ?)",
            ((high, groups[high].tobytes()) for high in sorted(groups)),
        )
        self._new.clear()


def _group(connection: apsw.Connection, high: int) -> "array[int]":
    found = connection.execute("SELECT places FROM ids WHERE high = ?", (high,)).get
    return array("I", found or b"")


def _at(group: "array[int]", number: int) -> Iterator[int]:
    for place, one in enumerate(group[1::2]):
        if one == number:
            yield group[2 * place] << schema.LOW_BITS | number & schema.LOW
