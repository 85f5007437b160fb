"""Prints: 32 bits of a hash of each request's id, by the million.

They find in little memory which ids may stand in two places; what they find is then looked
at closely, since two ids may share a print.
"""

from array import array
from collections.abc import Iterator, Sequence

_AT_ONCE = 1 << 19
"""Prints that are held as numbers at one time: about 70 bytes each."""


def empty() -> "array[int]":
    """No prints, to be added to."""
    return array("I")


def of_bytes(packed: bytes) -> "array[int]":
    """Prints as they were packed by ``tobytes``."""
    found = array("I")
    found.frombytes(packed)
    return found


def repeated(group: "array[int]") -> set[int]:
    """The prints that occur more than once."""
    again: set[int] = set()
    for (part,) in _ranges([group]):
        seen: set[int] = set()
        for one in part:
            if one in seen:
                again.add(one)
            else:
                seen.add(one)
    return again


def shared(groups: Sequence["array[int]"]) -> set[int]:
    """The prints that occur in more than one of the groups."""
    again: set[int] = set()
    for parts in _ranges(groups):
        seen: set[int] = set()
        for part in parts:
            once = set(part)
            again |= seen & once
            seen |= once
    return again


def _ranges(groups: Sequence["array[int]"]) -> Iterator[Sequence[Sequence[int]]]:
    """The groups cut into ranges of prints, few enough of them in each range."""
    count = sum(len(group) for group in groups) // _AT_ONCE + 1
    if count == 1:
        yield groups
        return
    width = (1 << 32) // count + 1
    for low in range(0, 1 << 32, width):
        high = low + width
        yield [[one for one in group if low <= one < high] for group in groups]
