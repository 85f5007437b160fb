"""Rows of one day in order, from any place on, without OFFSET."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from logsleuth.filter.tree import Node
from logsleuth.store.sqlite import by_visits, rows, schema
from logsleuth.store.sqlite.compile import compile_filter
from logsleuth.store.sqlite.counting import counted
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.plan import pieces
from logsleuth.store.sqlite.rollups import CLIENT
from logsleuth.store.sqlite.sql import ALWAYS, NEVER, Sql

WAYS = 8
"""Filters of which a day keeps how their rows are found."""


def ordered(
    day: Day,
    where: Node,
    start: rows.Place | None,
    oldest_first: bool,
    wanted: int,
) -> Iterator[tuple[Any, ...]]:
    """Rows of :data:`rows.SELECT` in order of time, then key, from a place on.

    The key orders by millisecond; rows of one millisecond are put in order of their
    microseconds here, so a group is always read to its end.
    """
    way = _known_way(day, where)
    if way is None:
        return
    sign = 1 if oldest_first else -1

    def order(row: tuple[Any, ...]) -> tuple[int, int, int]:
        return sign * (row[0] >> schema.LOW_BITS), sign * (row[1] or 0), sign * row[0]

    begin = None if start is None else (sign * start.ms, sign * start.us, sign * start.k)
    for group in _by_millisecond(_by_key(day, way, start, oldest_first, wanted)):
        if len(group) > 1:
            group.sort(key=order)
        for row in group:
            if begin is None or order(row) > begin:
                begin = None
                yield row


def _by_millisecond(found: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in key order, those of the same millisecond together: mostly one alone."""
    group: list[tuple[Any, ...]] = []
    now = -1
    for row in found:
        ms = row[0] >> schema.LOW_BITS
        if ms == now:
            group.append(row)
            continue
        if group:
            yield group
        group, now = [row], ms
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class _Way:
    """How to read the rows of a day: ``source`` names the table, ``order`` what orders them;
    ``condition`` is that of the rows, or one that says the same with an index."""

    condition: Sql
    source: str = ""
    order: str = "r.k"


def _known_way(day: Day, where: Node) -> _Way | None:
    """The way, which is found once while the day stays as it is."""
    known: list[_Way | None] | None = day.ways.get(where)
    if known is None:
        if len(day.ways) >= WAYS:
            del day.ways[next(iter(day.ways))]
        known = day.ways[where] = [_way(day, where)]
    return known[0]


def _way(day: Day, where: Node) -> _Way | None:
    """The way that costs least; ``None`` where no row matches.

    SQLite sorts half of the day to show its last rows, where an index leads to them, and it
    reads the whole day to find a few in order.  An index knows soon whether there are few, and
    where there is none the roll-ups may know how many.
    """
    condition = compile_filter(where, day)
    if condition.text == NEVER:
        return None
    plan = _plan(day, condition, "r.k")
    sorts = any("ORDER BY" in step for step in plan)
    if condition.text == ALWAYS or not (sorts or _scans(plan)):
        return _Way(condition)
    everything: int = day.connection.execute("SELECT ifnull(sum(n), 0) FROM hour").get
    dense = int(schema.DENSE * everything**0.5)
    scans = _scans(_plan(day, condition, "+r.k"))
    if not scans:
        found = _up_to(day, condition, dense + 1)
    else:
        parts = pieces(day, where, frozenset())
        if any(part.table == "req" for part in parts):
            return _Way(condition)
        found = sum(counted(day, part) for part in parts)
    if not found:
        return None
    if found > dense:
        return _Way(condition, source="NOT INDEXED")
    if scans and condition.reads <= set(CLIENT):
        return _Way(by_visits.narrowed(compile_filter(where, day, rows=False)))
    return _Way(condition, order="+r.k")


def _plan(day: Day, condition: Sql, order: str) -> list[str]:
    plan: Any = day.connection.execute(
        f"EXPLAIN QUERY PLAN SELECT url FROM req r WHERE {condition.text} ORDER BY {order}",
        condition.parameters,
    )
    return [step[3] for step in plan]


def _scans(plan: list[str]) -> bool:
    return plan[0].startswith("SCAN")


def _up_to(day: Day, condition: Sql, most: int) -> int:
    """How many rows match, as far as ``most``."""
    found: int = day.connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM req r WHERE {condition.text} LIMIT {most})",
        condition.parameters,
    ).get
    return found


def _by_key(
    day: Day,
    way: _Way,
    start: rows.Place | None,
    oldest_first: bool,
    wanted: int,
) -> Iterator[tuple[Any, ...]]:
    """Rows in key order, in chunks, from the whole millisecond of ``start`` on."""
    condition = way.condition
    comparison, direction = (">=", "ASC") if oldest_first else ("<", "DESC")
    bound: int | None = None
    if start is not None:
        bound = (start.ms if oldest_first else start.ms + 1) << schema.LOW_BITS
    chunk = max(wanted, 1) + 1
    while True:
        keyset = "" if bound is None else f" AND r.k {comparison} ?"
        parameters = condition.parameters if bound is None else (*condition.parameters, bound)
        found: list[Any] = day.connection.execute(
            f"{rows.SELECT} {way.source} WHERE ({condition.text}){keyset}"
            f" ORDER BY {way.order} {direction} LIMIT ?",
            (*parameters, chunk),
        ).fetchall()
        yield from found
        if len(found) < chunk:
            return
        bound = found[-1][0] + 1 if oldest_first else found[-1][0]
        chunk = max(chunk, 200)
