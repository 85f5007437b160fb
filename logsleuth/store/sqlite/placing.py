"""Where the requests of a day are, by their ids.

For every id the day keeps 32 bits of a hash of it, its print, and the key at which its request was
to be put, which find a row, and tell by themselves which ids two days may share.  The key holds the
last bits of the print, so what is kept are keys of six bytes, in groups by the other bits.  What is
found is then looked at closely: two ids may share a print, and a row that went leaves its place
noted.
"""

import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from operator import mul
from struct import pack
from typing import Any

import apsw

from logsleuth.store.sqlite import schema

_SIZE = 6
"""Bytes of a key, the last first."""
_WIDE = 8
"""Bytes of a number that can be read and written many at a time."""
_GROUPS = range(1 << 32 - schema.LOW_BITS)
_THIRD = [bytes(((high & 0xF) << 4,)) for high in _GROUPS]
_FOURTH = [bytes((high >> 4,)) for high in _GROUPS]
"""What a group knows of the last two bytes of its prints."""
_HALF = bytes(byte & 0xF for byte in range(256))
"""By the third byte of a key what it has of that of the print."""
_FEW = 2_000
"""Prints that are looked up one by one in less time than all of a day are read."""


def keys(connection: apsw.Connection, stored_id: bytes | str) -> list[int]:
    """The keys at which a request with that id may be."""
    number = schema.id_hash(stored_id)
    group = _group(connection, number >> schema.LOW_BITS)
    displaced = connection.execute("SELECT k FROM displaced WHERE id = ?", (stored_id,))
    return [*_at(group, number), *(row[0] for row in displaced)]


def ids(connection: apsw.Connection, number: int) -> set[bytes | str]:
    """The ids, as stored, of the requests with a print."""
    group = _group(connection, number >> schema.LOW_BITS)
    found: list[Any] = connection.execute("SELECT id FROM displaced").fetchall()
    for key in _at(group, number):
        found += connection.execute("SELECT id FROM req WHERE k = ?", (key,)).fetchall()
    return {stored for (stored,) in found if schema.id_hash(stored) == number}


def prints_between(connection: apsw.Connection, low: int, high: int) -> "array[int]":
    """The prints of a day from ``low`` and below ``high``."""
    groups: Any = connection.execute(
        "SELECT high, places FROM ids WHERE high >= ? AND high <= ?",
        (low >> schema.LOW_BITS, (high - 1) >> schema.LOW_BITS),
    ).fetchall()
    found = array("I", _prints(groups))
    if sys.byteorder == "big":
        found.byteswap()
    exact = not (low | high) & schema.LOW
    return found if exact else array("I", [one for one in found if low <= one < high])


def known(connection: apsw.Connection, numbers: set[int], low: int, high: int) -> set[int]:
    """Those of some prints that a day has; all are from ``low`` and below ``high``."""
    if len(numbers) > _FEW:
        return numbers.intersection(prints_between(connection, low, high))
    groups = ((number, _group(connection, number >> schema.LOW_BITS)) for number in numbers)
    return {number for number, group in groups if any(True for _ in _at(group, number))}


def is_any(connection: apsw.Connection) -> bool:
    """Whether a day has any print."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM ids)").get)


def count(connection: apsw.Connection) -> int:
    """How many prints a day has."""
    size = connection.execute("SELECT ifnull(sum(length(places)), 0) FROM ids").get
    return int(size // _SIZE)


class Places:
    """Notes where requests are put; they are found at once, and written by :meth:`write`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._new: defaultdict[int, array[int]] = defaultdict(partial(array, "Q"))

    def note(self, numbers: Iterable[int], row_keys: Iterable[int]) -> None:
        """Note requests by their prints and keys."""
        new, bits = self._new, schema.LOW_BITS
        for number, key in zip(numbers, row_keys, strict=True):
            new[number >> bits].append(key)

    def keys(self, stored_id: bytes | str) -> list[int]:
        """The keys at which a request with that id may be, written or not."""
        number = schema.id_hash(stored_id)
        new = self._new.get(number >> schema.LOW_BITS, ())
        return keys(self._connection, stored_id) + [
            key for key in new if not (key ^ number) & schema.LOW
        ]

    def write(self) -> None:
        """Write what is new behind what is there."""
        there = is_any(self._connection)
        for high, new in sorted(self._new.items()):
            before = _group(self._connection, high) if there else b""
            self._connection.execute(
                "INSERT OR REPLACE INTO ids VALUES (?, ?)", (high, before + _packed(new))
            )
        self._new.clear()


def _group(connection: apsw.Connection, high: int) -> bytes:
    return connection.execute("SELECT places FROM ids WHERE high = ?", (high,)).get or b""


def _packed(row_keys: "array[int]") -> bytes:
    wide = bytearray(pack(f"<{len(row_keys)}Q", *row_keys))
    for last in range(_WIDE, _SIZE, -1):
        del wide[last - 1 :: last]
    return bytes(wide)


def _prints(groups: Sequence[tuple[int, bytes]]) -> bytearray:
    """The prints of groups, four bytes each, the last first: a key has twenty of their bits.

    All are made at once, byte by byte: the groups of a small day are many, with few in each.
    """
    highs, each = zip(*groups, strict=True) if groups else ((), ())
    places = b"".join(each)
    sizes = [size // _SIZE for size in map(len, each)]
    thirds, fourths = (
        b"".join(map(mul, map(known.__getitem__, highs), sizes)) for known in (_THIRD, _FOURTH)
    )
    wide = bytearray(len(places) // _SIZE * 4)
    wide[0::4] = places[0::_SIZE]
    wide[1::4] = places[1::_SIZE]
    wide[2::4] = _either(places[2::_SIZE].translate(_HALF), thirds)
    wide[3::4] = fourths
    return wide


def _either(one: bytes, other: bytes) -> bytes:
    """The bits of both."""
    both = int.from_bytes(one, "little") | int.from_bytes(other, "little")
    return both.to_bytes(len(one), "little")


def _at(group: bytes, number: int) -> Iterator[int]:
    """The keys of a group that end as the print does."""
    end = (number & 0xFFFF).to_bytes(2, "little")
    place = group.find(end)
    while place >= 0:
        if place % _SIZE == 0:
            key = int.from_bytes(group[place : place + _SIZE], "little")
            if not (key ^ number) & schema.LOW:
                yield key
        place = group.find(end, place + 1)
