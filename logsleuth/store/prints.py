"""Prints: 32 bits of a hash of each request's id, by the million.

They find in little memory which ids may stand in two places; what they find is then looked
at closely, since two ids may share a print.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

AT_ONCE = 1 << 15
"""Prints that are compared at one time: so few that they stay in the processor's own memory."""


def empty() -> "array[int]":
    """No prints, to be added to."""
    return array("I")


def of_bytes(packed: bytes) -> "array[int]":
    """Prints as they were packed by ``tobytes``."""
    found = array("I")
    found.frombytes(packed)
    return found


def ranges(count: int) -> list[tuple[int, int]]:
    """Bounds of ranges, in each of which about as many as can be held of ``count`` prints are."""
    parts = 1 << (count // AT_ONCE).bit_length()
    bounds = [(1 << 32) * part // parts for part in range(parts + 1)]
    return list(pairwise(bounds))


def parts(group: "array[int]") -> Iterator[tuple[int, int, "array[int]"]]:
    """The prints in ranges, each with its bounds, so many at a time as can be compared."""
    ordered = array("I", sorted(group))
    begin = 0
    for low, high in ranges(len(group)):
        end = bisect_left(ordered, high, begin)
        yield low, high, ordered[begin:end]
        begin = end


def repeated(group: "array[int]") -> set[int]:
    """The prints that occur more than once."""
    again: set[int] = set()
    for part in _parted(group, len(group) // AT_ONCE + 1):
        seen: set[int] = set()
        for one in part:
            if one in seen:
                again.add(one)
            else:
                seen.add(one)
    return again


def _parted(group: "array[int]", count: int) -> Sequence["array[int]"]:
    """The prints cut into ranges."""
    if count == 1:
        return [group]
    parts = [empty() for _ in range(count)]
    put = [part.append for part in parts]
    for one in group:
        put[one * count >> 32](one)
    return parts
