"""Requests whose versions fall on different days.

A newer version may carry another timestamp, even of another day.  Every day keeps 32
bits of a hash of each id, so days that share an id are found without a look-up per row;
the newest version then keeps the row, and the others are kept with it.
"""

from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apsw

from logsleuth.model.delivered import Delivered
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.writer import DayWriter, rank
from logsleuth.store.writing import CacheWriter


def settle(writer: CacheWriter, touched: Iterable[str]) -> None:
    """Leave every request that the touched days share with another in one day only."""
    files = writer.day_paths()
    prints = {day: _prints(path) for day, path in files.items()}
    settled: set[str] = set()
    for day in sorted(set(touched) & files.keys()):
        settled.add(day)
        for other in files:
            if other in settled:
                continue
            shared = prints[day] & prints[other]
            if shared:
                common = _ids(files[day], shared) & _ids(files[other], shared)
                for request_id in sorted(common):
                    _unite(writer, request_id, day, other)


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


def _unite(writer: CacheWriter, request_id: str, *days: str) -> None:
    newest: dict[str, Delivered] = {}
    taken: list[Delivered] = []

    def look(editor: DayWriter) -> None:
        newest[editor.day] = editor.versions(request_id)[0]

    def take(editor: DayWriter) -> None:
        taken.extend(editor.take_out(request_id))

    def keep(editor: DayWriter) -> None:
        editor.keep_versions(request_id, taken)

    for day in days:
        writer.edit_day(day, look)
    keeper = max(days, key=lambda day: rank(newest[day]))
    for day in days:
        if day != keeper:
            writer.edit_day(day, take)
    writer.edit_day(keeper, keep)
