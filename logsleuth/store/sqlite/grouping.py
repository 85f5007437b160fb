"""Requests grouped by the values of one field, across days.

Dictionaries differ from day to day, so a day is grouped by its own numbers and the
numbers become values before the days are put together; accounts are put together as
sets, because the same account on two days is one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from logsleuth.filter.fields import Field, Kind
from logsleuth.filter.tree import Equals, Match, Node, Not, Or, Present, Value, both
from logsleuth.model import addresses, times
from logsleuth.store.base import Pair
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.compile import (
    COLUMNS,
    NEVER,
    OPS,
    Day,
    Sql,
    compile_filter,
)

_TIME = f"(r.k >> {schema.LOW_BITS}) * 1000 + ifnull(r.us, 0)"


Wanted = Field | tuple[Field, Field]
"""What requests are grouped by: a field, or two of ids, whose values are then pairs."""


@dataclass(slots=True)
class Group:
    """A value with its requests; ``literal`` is what a filter compares it with."""

    value: Any
    literal: Any
    count: int = 0
    first: int = 2**62
    last: int = -(2**62)
    users: set[int] = field(default_factory=set)

    @property
    def order(self) -> tuple[bool, int | str | bool]:
        """Sorts values: numbers by size, text after them."""
        return isinstance(self.value, str), self.value

    def take(self, other: "Group") -> None:
        """Add the requests of the same value elsewhere."""
        self.count += other.count
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        self.users |= other.users


def grouping(day: Day, wanted: Wanted, condition: Sql, groups: dict[Any, Group]) -> None:
    """Add the day's requests that match, by value of the field; nulls are left out."""
    if condition.text == NEVER:
        return
    by = expression(day, wanted)
    # The + keeps the planner from walking an index of the field with a look-up per row.
    found: list[Any] = day.connection.execute(
        f"SELECT {by.text} g, r.user_id, count(*), min({_TIME}), max({_TIME})"
        f" FROM req r WHERE ({condition.text}) AND g IS NOT NULL GROUP BY +g, +r.user_id",
        (*by.parameters, *condition.parameters),
    ).fetchall()
    values = values_of(day, wanted, {row[0] for row in found})
    for number, user, count, first, last in found:
        known = values[number]
        if known is None:
            continue
        value, literal = known
        group = groups.get(literal)
        if group is None:
            group = groups[literal] = Group(value, literal)
        group.count += count
        group.first = min(group.first, day.start + first)
        group.last = max(group.last, day.start + last)
        if user is not None:
            group.users.add(user)


def expression(day: Day, wanted: Wanted) -> Sql:
    """What a day's requests are grouped by: a number of the day, or the value itself."""
    if isinstance(wanted, tuple):
        one, other = (expression(day, each) for each in wanted)
        pair = f"iif({one.text} IS NULL, NULL, json_array({one.text}, {other.text}))"
        return Sql(pair, one.parameters * 2 + other.parameters)
    name = wanted.name
    if name in COLUMNS:
        return Sql(f"r.{COLUMNS[name]}")
    if name in OPS:
        return Sql("r.op")
    plain = {
        "id": "r.id",
        "timestamp": _TIME,
        "url": "r.url",
        "user_agent": "r.ua",
        "remote_ip": "r.ip",
        "session_id": "r.ses",
        "actor": "coalesce(r.real_user_id, r.user_id)",
    }
    if name in plain:
        return Sql(plain[name])
    yes = compile_filter(Match(wanted, Equals(True)), day)
    return Sql(f"(({yes.text}) IS TRUE)", yes.parameters)


def any_pair(wanted: tuple[Field, Field], pairs: Sequence[Pair]) -> Node:
    """The requests of any of the pairs, by their first values: there are few of these."""
    seconds: dict[Value, list[Value | None]] = {}
    for one, other in pairs:
        seconds.setdefault(one, []).append(other)
    return Or(
        tuple(
            both(Match(wanted[0], Equals(one)), Or(tuple(_is(wanted[1], other) for other in some)))
            for one, some in seconds.items()
        )
    )


def _is(wanted: Field, value: Value | None) -> Node:
    if value is None:
        return Not(Match(wanted, Present()))
    return Match(wanted, Equals(value))


Known = tuple[Any, Any] | None


def values_of(day: Day, wanted: Wanted, numbers: set[Any]) -> dict[Any, Known]:
    """What the day's numbers stand for: the value to show, and the one to filter by."""
    if isinstance(wanted, tuple):
        pairs = {text: tuple(json.loads(text)) for text in numbers}
        return {text: (pair, pair) for text, pair in pairs.items()}
    name = wanted.name
    if name in OPS:
        found: dict[Any, Known] = {}
        for number in numbers:
            value = getattr(day.ops[number], OPS[name])
            if wanted.kind is Kind.TRISTATE and value is None:
                value = "unknown"
            elif wanted.kind is Kind.METHOD and value is not None:
                value = value.upper()
            found[number] = None if value is None else (value, value)
        return found
    if name == "remote_ip":
        return _addresses(day, numbers)
    if name == "user_agent":
        return {n: (text, text) for n, text in _dictionary(day, "ua", "text", numbers)}
    if name == "session_id":
        sessions = _dictionary(day, "ses", "sid", numbers)
        return {n: (schema.id_text(sid), schema.id_text(sid)) for n, sid in sessions}
    if name == "id":
        return {n: (schema.id_text(n), schema.id_text(n)) for n in numbers}
    if name == "timestamp":
        return {n: (times.iso(day.start + n), day.start + n) for n in numbers}
    if wanted.kind is Kind.FLAG:
        return {n: (bool(n), bool(n)) for n in numbers}
    return {n: (n, n) for n in numbers}


def _dictionary(day: Day, table: str, column: str, numbers: set[int]) -> list[tuple[int, Any]]:
    everything: Any = day.connection.execute(f"SELECT i, {column} FROM {table}")
    return [(i, value) for i, value in everything if i in numbers]


def _addresses(day: Day, numbers: set[int]) -> dict[Any, Known]:
    found: dict[Any, Known] = {}
    everything: Any = day.connection.execute("SELECT i, text, addr FROM ip")
    for i, text, packed in everything:
        if i in numbers:
            found[i] = (text, text) if packed is None else (addresses.unpack(packed), packed)
    return found
