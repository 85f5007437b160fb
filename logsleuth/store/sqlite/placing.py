"""Where the requests of a day are, by their ids.

For every id the day keeps 32 bits of a hash of it, its print, and the milliseconds of its key,
which find a row, and tell by themselves which ids two days may share.  They stand in groups by
the first half of the print; the other half and the milliseconds take six bytes.  What is found
is then looked at closely: two ids may share a print, and a row that went leaves its place noted.
"""

import sys
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from struct import Struct
from typing import Any

import apsw

from logsleuth.store import prints
from logsleuth.store.sqlite import schema

_HALF = 16
_LOW_HALF = (1 << _HALF) - 1
_PLACE = Struct("<IH")
"""Milliseconds of the day, and the last half of the print."""
_FEW = 2_000
"""Prints that are looked up one by one in less time than all of a day are read."""


def keys(connection: apsw.Connection, stored_id: bytes | str) -> list[int]:
    """The keys at which a request with that id may be."""
    number = schema.id_hash(stored_id)
    group = _group(connection, number >> _HALF)
    displaced = connection.execute("SELECT k FROM displaced WHERE id = ?", (stored_id,))
    return [*_at(group, number), *(row[0] for row in displaced)]


def ids(connection: apsw.Connection, number: int) -> set[bytes | str]:
    """The ids, as stored, of the requests with a print."""
    group = _group(connection, number >> _HALF)
    found: list[Any] = connection.execute("SELECT id FROM displaced").fetchall()
    for key in _at(group, number):
        found += connection.execute("SELECT id FROM req WHERE k = ?", (key,)).fetchall()
    return {stored for (stored,) in found if schema.id_hash(stored) == number}


def prints_between(connection: apsw.Connection, low: int, high: int) -> "array[int]":
    """The prints of a day from ``low`` and below ``high``."""
    groups: list[Any] = connection.execute(
        "SELECT high, places FROM ids WHERE high >= ? AND high <= ?",
        (low >> _HALF, (high - 1) >> _HALF),
    ).fetchall()
    found = _joined(groups)
    exact = not (low | high) & _LOW_HALF
    return found if exact else array("I", [one for one in found if low <= one < high])


def known(connection: apsw.Connection, numbers: Collection[int], low: int, high: int) -> set[int]:
    """Those of some prints that a day has; all are from ``low`` and below ``high``."""
    if len(numbers) > _FEW:
        return set(numbers).intersection(prints_between(connection, low, high))
    groups = ((number, _group(connection, number >> _HALF)) for number in numbers)
    return {number for number, group in groups if any(True for _ in _at(group, number))}


def is_any(connection: apsw.Connection) -> bool:
    """Whether a day has any print."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM ids)").get)


def count(connection: apsw.Connection) -> int:
    """How many prints a day has."""
    size = connection.execute("SELECT ifnull(sum(length(places)), 0) FROM ids").get
    return int(size // _PLACE.size)


class Places:
    """Notes where requests are put; they are found at once, and written by :meth:`write`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._new: defaultdict[int, bytearray] = defaultdict(bytearray)

    def note(self, numbers: Iterable[int], row_keys: Iterable[int]) -> None:
        """Note requests by their prints and keys."""
        new, pack = self._new, _PLACE.pack
        for number, key in zip(numbers, row_keys, strict=True):
            new[number >> _HALF] += pack(key >> schema.LOW_BITS, number & _LOW_HALF)

    def keys(self, stored_id: bytes | str) -> list[int]:
        """The keys at which a request with that id may be, written or not."""
        number = schema.id_hash(stored_id)
        new = self._new.get(number >> _HALF)
        return keys(self._connection, stored_id) + list(_at(new, number) if new else ())

    def write(self) -> None:
        """Write what is new behind what is there."""
        there = is_any(self._connection)
        self._connection.executemany(
            "INSERT OR REPLACE INTO ids VALUES (?, ?)",
            (
                (high, _group(self._connection, high) + new if there else bytes(new))
                for high, new in sorted(self._new.items())
            ),
        )
        self._new.clear()


def _group(connection: apsw.Connection, high: int) -> bytes:
    return connection.execute("SELECT places FROM ids WHERE high = ?", (high,)).get or b""


def _at(group: bytes | bytearray, number: int) -> Iterator[int]:
    half = number & _LOW_HALF
    for ms, one in _PLACE.iter_unpack(group):
        if one == half:
            yield ms << schema.LOW_BITS | number & schema.LOW


def _joined(groups: list[tuple[int, bytes]]) -> "array[int]":
    """The prints of groups, put together byte by byte: many times as quick as number by number."""
    places = b"".join(places for _, places in groups)
    packed = bytearray(len(places) // _PLACE.size * 4)
    packed[0::4], packed[1::4] = places[4 :: _PLACE.size], places[5 :: _PLACE.size]
    for at in (0, 1):
        packed[2 + at :: 4] = b"".join(
            high.to_bytes(2, "little")[at : at + 1] * (len(places) // _PLACE.size)
            for high, places in groups
        )
    found = prints.of_bytes(bytes(packed))
    if sys.byteorder == "big":
        found.byteswap()
    return found
