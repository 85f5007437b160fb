"""Which table of a day answers a question: a roll-up for whole hours, the rows for the rest.

A question is taken apart: its time, which roll-ups know by the hour or half hour; errors
and writes, which they count apart; and what is left, which the smallest table that has all
of its columns answers.  The condition is the same text for every table, because roll-ups
name their columns as ``req`` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from logsleuth.filter.building import between
from logsleuth.filter.fields import Field
from logsleuth.filter.tree import All, And, Equals, Match, Node, Or, Range, Span, both, span_of
from logsleuth.model import times
from logsleuth.store.sqlite import rollups, schema
from logsleuth.store.sqlite.columns import COLUMNS
from logsleuth.store.sqlite.compile import compile_filter
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.rollups import Rollup
from logsleuth.store.sqlite.sql import NEVER, Sql

TIMES = frozenset({"first", "last"})
FIGURES = TIMES | {"errors", "writes"}
"""What may be asked of a group of requests besides how many they are."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a day's requests: ``FROM {table} r WHERE {condition}``.

    ``count``, ``errors``, ``writes``, ``first`` and ``last`` (microseconds of the day) are
    what a group of its rows adds up to, ``ms`` is when one was, in milliseconds of the day.
    """

    table: str
    condition: Sql
    count: str = "count(*)"
    errors: str = "count(iif(r.status >= 400, 1, NULL))"
    writes: str = f"count(iif(r.flags & {schema.WRITE}, 1, NULL))"
    first: str = f"min({rollups.MOMENT})"
    last: str = f"max({rollups.MOMENT})"
    ms: str = f"(r.k >> {schema.LOW_BITS})"


@dataclass(frozen=True, slots=True)
class _Question:
    """A filter, taken apart; ``span`` is in microseconds of the day, clipped to it.

    ``errors`` and ``writes``: nothing else matches.  ``rest`` is what is asked besides that
    and the time, ``timeless`` all but the time.
    """

    span: tuple[int, int]
    errors: bool
    writes: bool
    rest: Node
    timeless: Node


def pieces(
    day: Day,
    where: Node,
    needs: frozenset[str],
    seconds: int = 86_400,
    present: str | None = None,
) -> list[Piece]:
    """The parts that together are the day's requests that match.

    ``needs`` are the columns of ``req`` that will be looked at besides the condition, and
    any of :data:`FIGURES`; ``seconds`` is the unit of time in which it is asked when they
    were.  Rows with a null ``present`` are of no interest, and may be left out.
    """
    asked = _taken_apart(where, day)
    rest = compile_filter(asked.rest, day, rows=False)
    if rest.text == NEVER or asked.span[0] >= asked.span[1]:
        return []
    rollup = next(
        (one for one in _BY_SIZE if _fits(one, asked, rest, needs, seconds, present)), None
    )
    if rollup is None:
        return _rows(day, where)
    cell = _cell(rollup)
    since, until = asked.span
    low, high = -(-since // cell), until // cell
    if low >= high:
        return _rows(day, where)
    found = _of_rollup(day, rollup, asked, low, high)
    for begin, end in ((since, low * cell), (high * cell, until)):
        if begin < end:
            edge = between(day.start + begin, day.start + end - 1)
            found += _rows(day, both(asked.timeless, edge))
    return found


def everything_from(day: Day, where: Node, since: int) -> bool:
    """Whether all of the day's requests match from a time on (microseconds of the day)."""
    asked = _taken_apart(where, day)
    begin, end = asked.span
    return isinstance(asked.timeless, All) and begin <= since and end >= times.DAY


def in_whole_hours(day: Day, where: Node) -> Node:
    """What matches, and what would if it were not for the rest of an hour that has some of it:
    all of this is counted ahead where the hours are."""
    asked = _taken_apart(where, day)
    since, until = asked.span
    begin, end = since // times.HOUR * times.HOUR, -(-until // times.HOUR) * times.HOUR
    return both(asked.timeless, between(day.start + begin, day.start + end - 1))


def _taken_apart(where: Node, day: Day) -> _Question:
    span = Span(day.start, day.start + times.DAY)
    errors = writes = False
    rest: list[Node] = []
    timeless: list[Node] = []
    for part in _conjuncts(where):
        match part:
            case Match(Field(name="timestamp"), Range()):
                span = span.meet(span_of(part))
                continue
            case Match(Field(name="http_status"), Range(">=", 400) | Range(">", 399)):
                errors = True
            case Match(Field(name="write"), Equals(True)):
                writes = True
            case _:
                rest.append(part)
        timeless.append(part)
    since, until = span.since or 0, span.until or 0
    own = since - day.start, until - day.start
    return _Question(own, errors, writes, both(*rest), both(*timeless))


def _conjuncts(where: Node) -> Iterator[Node]:
    if isinstance(where, And):
        for part in where.parts:
            yield from _conjuncts(part)
    else:
        yield where


def _rows(day: Day, where: Node) -> list[Piece]:
    """The rows themselves.  The second condition on writes is the one of their index."""
    condition = compile_filter(where, day)
    if condition.text == NEVER:
        return []
    if _taken_apart(where, day).writes:
        condition = replace(condition, text=f"({condition.text}) AND r.flags & {schema.WRITE}")
    return [Piece("req", condition)]


def _fits(
    rollup: Rollup,
    asked: _Question,
    rest: Sql,
    needs: frozenset[str],
    seconds: int,
    present: str | None,
) -> bool:
    """Whether a roll-up has all that is asked for."""
    if seconds * times.SECOND % (cell := _cell(rollup)):
        return False
    if cell == times.DAY and asked.span != (0, times.DAY):
        return False
    if not rest.reads | needs - FIGURES <= set(rollup.keys):
        return False
    if rollup.present not in {None, present} and not _has(asked.rest, rollup.present):
        return False
    if "op" in rollup.keys:
        return not needs & TIMES
    # Of errors or writes alone these know how many there are, and nothing else.
    less = FIGURES - {"errors"} if asked.errors else FIGURES - {"writes"}
    if (asked.errors and asked.writes) or ((asked.errors or asked.writes) and needs & less):
        return False
    return rollup.timed or not needs & TIMES


def _of_rollup(day: Day, rollup: Rollup, asked: _Question, low: int, high: int) -> list[Piece]:
    by_op = "op" in rollup.keys
    condition = compile_filter(asked.timeless if by_op else asked.rest, day, rows=False)
    if condition.text == NEVER:
        return []
    unit = "slot" if "slot" in rollup.keys else "h"
    texts = [f"({condition.text})"]
    if high - low < times.DAY // _cell(rollup):
        texts.append(f"r.{unit} >= {low} AND r.{unit} < {high}")
    counted = "errors" if asked.errors else "writes" if asked.writes else "n"
    if by_op:
        writes = ",".join(str(op.i) for op in day.ops.values() if op.w) or "NULL"
        counted, errors = "n", "sum(iif(r.status >= 400, r.n, 0))"
        wrote = f"sum(iif(r.op IN ({writes}), r.n, 0))"
    else:
        errors, wrote = "sum(r.errors)", "sum(r.writes)"
    if counted != "n":
        texts.append(f"r.{counted} > 0")
    return [
        Piece(
            rollup.name,
            replace(condition, text=" AND ".join(texts)),
            f"sum(r.{counted})",
            errors,
            wrote,
            "min(r.first)",
            "max(r.last)",
            "0" if _cell(rollup) == times.DAY else f"r.{unit} * {_cell(rollup) // 1000}",
        )
    ]


def _cell(rollup: Rollup) -> int:
    """The unit of time of a roll-up, in microseconds."""
    if "slot" in rollup.keys:
        return schema.SLOT_MS * 1000
    return times.HOUR if "h" in rollup.keys else times.DAY


_SIZES = (
    "hour", "real_user_id_hour", "dev_hour", "user_id_day", "ua_hour", "ip_day", "user_id_hour",
    "ip_hour", "course_id_hour", "dev_day", "ua_day", "op_hour", "visit",
)  # fmt: skip
"""From few rows to many, as measured; but operations, which need more care, late."""

_BY_SIZE = sorted(rollups.ROLLUPS, key=lambda rollup: _SIZES.index(rollup.name))

_IN_COLUMN = {**COLUMNS, "user_agent": "ua", "remote_ip": "ip", "session_id": "ses"}


def _has(where: Node, column: str | None) -> bool:
    """Whether every row that matches has a value in the column."""
    match where:
        case Match(Field(name=name), _):
            return _IN_COLUMN.get(name) == column
        case And(parts):
            return any(_has(part, column) for part in parts)
        case Or(parts):
            return bool(parts) and all(_has(part, column) for part in parts)
    return False
