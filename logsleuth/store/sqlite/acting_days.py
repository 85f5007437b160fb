"""Which days tell all of the spans of acting as another that touch some of them.

A span goes on over midnight only for those who act in every slot on the way, since a slot is
as long as the pause that ends it: so the days beside are read only as far as somebody does.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from logsleuth.model import times
from logsleuth.store.base import Cancel
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.opening import DayEntry, OpenDays
from logsleuth.store.sqlite.visits import SLOTS

Actor = tuple[Any, ...]
"""Session, or key and address, account signed in and account acted as."""

_ACTING = """
SELECT DISTINCT s.sid, r.dev, iif(s.sid IS NULL, ifnull(i.addr, i.text), NULL), r.real_user_id,
  r.user_id
FROM visit r LEFT JOIN ses s ON s.i = r.ses AND r.dev IS NULL LEFT JOIN ip i ON i.i = r.ip
WHERE r.real_user_id IS NOT NULL AND r.slot = ?
"""


def telling(
    days: OpenDays, every: Sequence[DayEntry], asked: Sequence[DayEntry], cancel: Cancel | None
) -> list[tuple[DayEntry, int]]:
    """Those of ``every`` day that tell the spans with a request in ``asked``, both the oldest
    first, and from which hour on each has to be read."""
    first, last = every.index(asked[0]), every.index(asked[-1])
    older = _before(days, every[: first + 1], cancel)
    newer = _after(days, every[last:], cancel)
    return [*older, *((entry, 0) for entry in every[first : last + 1]), *newer]


def _before(
    days: OpenDays, entries: Sequence[DayEntry], cancel: Cancel | None
) -> list[tuple[DayEntry, int]]:
    """The days before the last of the entries, as far back as somebody acts without a pause."""
    found: list[tuple[DayEntry, int]] = []
    actors = _acting(days, entries[-1], [0], None, cancel)[0]
    for entry, next_one in zip(entries[-2::-1], entries[:0:-1], strict=True):
        if not actors or not _follows(entry, next_one):
            break
        actors, slot = _acting(days, entry, range(SLOTS - 1, -1, -1), actors, cancel)
        found.insert(0, (entry, slot // 2))
    return found


def _after(
    days: OpenDays, entries: Sequence[DayEntry], cancel: Cancel | None
) -> list[tuple[DayEntry, int]]:
    """The days after the first of the entries: what follows on a span may tell how it ended."""
    found: list[tuple[DayEntry, int]] = []
    actors = _acting(days, entries[0], [SLOTS - 1], None, cancel)[0]
    for before, entry in pairwise(entries):
        if not actors or not _follows(before, entry):
            break
        found.append((entry, 0))
        actors, _ = _acting(days, entry, range(SLOTS), actors, cancel)
    return found


def _acting(
    days: OpenDays,
    entry: DayEntry,
    slots: Sequence[int],
    actors: set[Actor] | None,
    cancel: Cancel | None,
) -> tuple[set[Actor], int]:
    """Who of the actors, or of all, acts in each of the slots, and in which the last stops."""
    slot = slots[0]
    with days.asking(entry, cancel) as day:
        for slot in slots:
            here = _actors(day, slot)
            actors = here if actors is None else actors & here
            if not actors:
                break
    return actors or set(), slot


def _actors(day: Day, slot: int) -> set[Actor]:
    return set(day.connection.execute(_ACTING, (slot,)).fetchall())


def _follows(one: DayEntry, other: DayEntry) -> bool:
    return times.day_start(other.day) - times.day_start(one.day) == times.DAY
