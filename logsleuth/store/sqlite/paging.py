"""Rows of one day in order, from any place on, without OFFSET."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from logsleuth.store.sqlite import rows, schema
from logsleuth.store.sqlite.compile import Day, Sql


def ordered(
    day: Day,
    condition: Sql,
    start: rows.Place | None,
    oldest_first: bool,
    wanted: int,
) -> Iterator[tuple[Any, ...]]:
    """Rows of :data:`rows.SELECT` in order of time, then key, from a place on.

    The key orders by millisecond; rows of one millisecond are put in order of their
    microseconds here, so a group is always read to its end.
    """
    sign = 1 if oldest_first else -1

    def order(row: tuple[Any, ...]) -> tuple[int, int, int]:
        return sign * (row[0] >> schema.LOW_BITS), sign * (row[1] or 0), sign * row[0]

    begin = None if start is None else (sign * start.ms, sign * start.us, sign * start.k)
    for _, group in groupby(
        _by_key(day, condition, start, oldest_first, wanted),
        key=lambda row: row[0] >> schema.LOW_BITS,
    ):
        for row in sorted(group, key=order):
            if begin is None or order(row) > begin:
                yield row


def _by_key(
    day: Day,
    condition: Sql,
    start: rows.Place | None,
    oldest_first: bool,
    wanted: int,
) -> Iterator[tuple[Any, ...]]:
    """Rows in key order, in chunks, from the whole millisecond of ``start`` on."""
    comparison, direction = (">=", "ASC") if oldest_first else ("<", "DESC")
    bound: int | None = None
    if start is not None:
        bound = (start.ms if oldest_first else start.ms + 1) << schema.LOW_BITS
    chunk = max(wanted, 1) + 1
    while True:
        keyset = "" if bound is None else f" AND r.k {comparison} ?"
        parameters = condition.parameters if bound is None else (*condition.parameters, bound)
        found: list[Any] = day.connection.execute(
            f"{rows.SELECT} WHERE ({condition.text}){keyset} ORDER BY r.k {direction} LIMIT ?",
            (*parameters, chunk),
        ).fetchall()
        yield from found
        if len(found) < chunk:
            return
        bound = found[-1][0] + 1 if oldest_first else found[-1][0]
        chunk = max(chunk, 200)
