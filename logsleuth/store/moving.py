"""Requests whose versions fall on different days.

A newer version may carry another timestamp, even of another day.  Every day keeps 32
bits of a hash of each id, so days that share an id are found without a look-up per row;
the newest version then keeps the row, and the others are kept with it.
"""

import json
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw

from logsleuth.store import prints
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite import placing, schema
from logsleuth.store.sqlite.writer import DayWriter, Held, News, Tally, rank
from logsleuth.store.writing import CacheWriter

_UNSETTLED = "unsettled"
"""The setting of the cache that holds the days which were announced and not settled."""


def announce(writer: CacheWriter, days: Collection[str]) -> frozenset[str]:
    """Note that days are about to get rows; those that were announced and never settled.

    If this is stopped before they are settled, whichever import comes next settles them.
    """
    unsettled = _announced(writer)
    if days:
        _note(writer, [*unsettled, *days])
    return unsettled


def settle(
    writer: CacheWriter,
    news: Mapping[str, News],
    unsettled: Collection[str],
    tallies: dict[int, Tally],
) -> None:
    """Leave every request that the touched days share with another in one day only.

    ``news`` has the touched days; those that were announced before and not settled are, too,
    with all that they hold.  A request that another day had already was not added but updated,
    or came late: the tallies are set right.
    """
    files = writer.day_paths()
    touched = sorted((news.keys() | unsettled) & files.keys())
    if touched and len(files) > 1:
        new = {day: None if day in unsettled else news[day].added for day in touched}
        _settle(writer, files, new, news, tallies)
    if _announced(writer):
        _note(writer, [])


def _settle(
    writer: CacheWriter,
    files: Mapping[str, Path],
    new: Mapping[str, "array[int] | None"],
    news: Mapping[str, News],
    tallies: dict[int, Tally],
) -> None:
    shared = _shared(files, new)
    ids = {day: _ids(files[day], numbers) for day, numbers in shared.items()}
    moves = _Moves(writer, news, shared, tallies)
    settled: set[str] = set()
    for day in new:
        settled.add(day)
        for other in files:
            if other not in settled:
                common = ids[day] & ids[other]
                if common:
                    moves.unite(sorted(common), day, other)


def _announced(writer: CacheWriter) -> frozenset[str]:
    return frozenset(json.loads(writer.ledger.meta(_UNSETTLED) or "[]"))


def _note(writer: CacheWriter, days: Iterable[str]) -> None:
    writer.ledger.set_meta(_UNSETTLED, json.dumps(sorted(set(days))))


def _shared(
    files: Mapping[str, Path], new: Mapping[str, "array[int] | None"]
) -> dict[str, set[int]]:
    """For each day, its prints that another one has too, and that are new in one of them;
    ``None`` of these are all that a day has."""
    found: dict[str, set[int]] = {day: set() for day in files}
    whole = [day for day, numbers in new.items() if numbers is None]
    added = array("I", sorted(one for numbers in new.values() for one in numbers or ()))
    with ExitStack() as opened:
        days = {day: opened.enter_context(_opened(path)) for day, path in files.items()}
        count = len(added) + sum(placing.count(days[day]) for day in whole)
        begin = 0
        for low, high in prints.ranges(count):
            end = bisect_left(added, high, begin)
            parts = {day: set(placing.prints_between(days[day], low, high)) for day in whole}
            asked = set(added[begin:end]).union(*parts.values())
            for day in files.keys() - parts.keys():
                parts[day] = placing.known(days[day], asked, low, high)
            once: set[int] = set()
            again: set[int] = set()
            for part in parts.values():
                again |= once & part
                once |= part
            for day, part in parts.items():
                found[day] |= part & again
            begin = end
    return found


@contextmanager
def _opened(path: Path) -> Iterator[apsw.Connection]:
    connection = day_file.open_reading(path)
    try:
        yield connection
    finally:
        connection.close()


def _ids(path: Path, numbers: Collection[int]) -> set[str]:
    """The ids of a day that have one of the prints."""
    if not numbers:
        return set()
    with _opened(path) as connection:
        return {
            schema.id_text(stored)
            for number in numbers
            for stored in placing.ids(connection, number)
        }


def _held(path: Path, day: str, request_ids: Iterable[str]) -> dict[str, Held]:
    with _opened(path) as connection:
        reader = DayWriter(connection, day)
        found = {request_id: reader.held(request_id) for request_id in request_ids}
        return {request_id: held for request_id, held in found.items() if held is not None}


class _Moves:
    """Brings the versions of requests together, and the tallies in line."""

    def __init__(
        self,
        writer: CacheWriter,
        news: Mapping[str, News],
        shared: Mapping[str, set[int]],
        tallies: dict[int, Tally],
    ) -> None:
        self._writer = writer
        self._news = news
        # Only of prints that two days share is it ever asked which were added.
        self._added = {
            day: shared[day] if brought.added is None else shared[day].intersection(brought.added)
            for day, brought in news.items()
        }
        self._tallies = tallies
        self._known: set[tuple[str, str]] = set()

    def unite(self, request_ids: Sequence[str], one: str, other: str) -> None:
        """Leave requests that are in two days in the one that has their newest version."""
        files = self._writer.day_paths()
        held = {day: _held(files[day], day, request_ids) for day in (one, other)}
        losers: dict[str, list[str]] = {one: [], other: []}
        for request_id in held[one].keys() & held[other].keys():
            loser = min(one, other, key=lambda day: rank(held[day][request_id].versions[0]))
            losers[loser].append(request_id)
        for loser, keeper in ((one, other), (other, one)):
            moved = losers[loser]
            if not moved:
                continue
            # First kept, then taken out: whoever is stopped between loses no version.
            taken = {request_id: held[loser][request_id] for request_id in moved}
            self._writer.edit_day(keeper, lambda editor: editor.take_over(taken))  # noqa: B023
            self._writer.edit_day(loser, lambda editor: editor.take_out(taken))  # noqa: B023
            for request_id in moved:
                self._count(request_id, loser, keeper, held)

    def _count(
        self, request_id: str, loser: str, keeper: str, held: dict[str, dict[str, Held]]
    ) -> None:
        was_new = {day: self._is_new(request_id, day) for day in (loser, keeper)}
        if was_new[loser]:
            self._adder(held[loser][request_id]).unchanged += 1
            number = schema.id_hash(schema.id_value(request_id))
            for source in self._news[loser].updated.pop(number, ()):
                # Newer than others of that day, but late all the same.
                self._tallies[source].updated -= 1
                self._tallies[source].unchanged += 1
        elif was_new[keeper]:
            self._adder(held[keeper][request_id]).updated += 1
        if not all(was_new.values()):
            self._known.add((keeper, request_id))

    def _is_new(self, request_id: str, day: str) -> bool:
        number = schema.id_hash(schema.id_value(request_id))
        return number in self._added.get(day, ()) and (day, request_id) not in self._known

    def _adder(self, held: Held) -> Tally:
        """The tally that counted one of the versions as added, made to count one less.

        A request that was in three days may have given up the version that was counted:
        then any tally that still counts something as added stands for it, so that the
        sums stay right.
        """
        own = (self._tallies.get(version.source_id) for version in held.versions)
        for tally in (*own, *self._tallies.values()):
            if tally is not None and tally.added:
                tally.added -= 1
                return tally
        raise AssertionError("a row that is new came from no source")
