"""Requests whose versions fall on different days.

A newer version may carry another timestamp, even of another day.  Every day keeps 32
bits of a hash of each id, so days that share an id are found without a look-up per row;
the newest version then keeps the row, and the others are kept with it.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.writer import DayWriter, Held, News, Tally, rank
from logsleuth.store.writing import CacheWriter


def settle(writer: CacheWriter, news: Mapping[str, News], tallies: dict[int, Tally]) -> None:
    """Leave every request that the touched days share with another in one day only.

    ``news`` has the touched days.  A request that another day had already was not added
    but updated, or came late: the tallies are set right.
    """
    if not news:
        return
    files = writer.day_paths()
    prints = {day: _prints(path) for day, path in files.items()}
    moves = _Moves(writer, news, tallies)
    settled: set[str] = set()
    for day in sorted(news.keys() & files.keys()):
        settled.add(day)
        for other in files:
            if other in settled:
                continue
            shared = prints[day] & prints[other]
            if shared:
                common = _ids(files[day], shared) & _ids(files[other], shared)
                moves.unite(sorted(common), day, other)


def _prints(path: Path) -> set[int]:
    connection = day_file.open_reading(path)
    try:
        found: set[int] = set()
        blocks: Any = connection.execute("SELECT fp FROM prints")
        for (block,) in blocks:
            numbers = array("I")
            numbers.frombytes(block)
            found.update(numbers)
        return found
    finally:
        connection.close()


def _ids(path: Path, prints: set[int]) -> set[str]:
    """The ids of a day that have one of the prints."""
    connection = day_file.open_reading(path)
    try:
        return {
            schema.id_text(stored)
            for number in prints
            for stored in _same_low_bits(connection, number)
            if schema.id_hash(stored) == number
        }
    finally:
        connection.close()


def _same_low_bits(connection: apsw.Connection, number: int) -> list[bytes | str]:
    low = number & schema.LOW
    found: Any = connection.execute(f"SELECT id FROM req WHERE k & {schema.LOW} = ?", (low,))
    displaced: Any = connection.execute("SELECT id FROM displaced")
    return [row[0] for row in found] + [row[0] for row in displaced]


def _held(path: Path, day: str, request_ids: Iterable[str]) -> dict[str, Held]:
    connection = day_file.open_reading(path)
    try:
        reader = DayWriter(connection, day)
        found = {request_id: reader.held(request_id) for request_id in request_ids}
        return {request_id: held for request_id, held in found.items() if held is not None}
    finally:
        connection.close()


class _Moves:
    """Brings the versions of requests together, and the tallies in line."""

    def __init__(
        self,
        writer: CacheWriter,
        news: Mapping[str, News],
        tallies: dict[int, Tally],
    ) -> None:
        self._writer = writer
        self._news = news
        self._added = {day: frozenset(brought.added) for day, brought in news.items()}
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
