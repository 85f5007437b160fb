"""Requests grouped by the values of one field, across days.

Dictionaries differ from day to day, so a day is grouped by its own numbers and the
numbers become values before the days are put together; accounts are put together as
sets, because the same account on two days is one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from logsleuth.filter.fields import Field, Kind
from logsleuth.filter.tree import Equals, Match, Node, Not, Or, Present, Value, both
from logsleuth.model import addresses, times
from logsleuth.store.base import Pair
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.columns import COLUMNS, OPS, reads
from logsleuth.store.sqlite.compile import compile_filter
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.plan import TIMES, Piece, in_whole_hours, pieces
from logsleuth.store.sqlite.rollups import MOMENT
from logsleuth.store.sqlite.sql import Sql

Wanted = Field | tuple[Field, Field]
"""What requests are grouped by: a field, or two of ids, whose values are then pairs."""


@dataclass(slots=True)
class Group:
    """The requests of a value: how many, the first and last of them, and as whom."""

    count: int = 0
    first: int = 2**62
    last: int = -(2**62)
    users: set[int] = field(default_factory=set)

    def take(self, other: "Group") -> None:
        """Add the requests of the same value elsewhere."""
        self.count += other.count
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        self.users |= other.users


Groups = dict[Any, Group]
"""Groups by value, as a filter compares it."""


def unite(groups: Groups, others: Groups) -> None:
    """Add the groups of another day, which are not used again."""
    for value, other in others.items():
        group = groups.get(value)
        if group is None:
            groups[value] = other
        else:
            group.take(other)


def grouping(day: Day, wanted: Field, where: Node) -> Groups:
    """The day's requests that match, by value of the field; nulls are left out."""
    by = expression(day, wanted)
    needs = columns(wanted) | {"user_id", "first", "last"}
    found: list[Any] = []
    for piece in pieces(day, where, needs, present=_present(wanted)):
        # The + keeps the planner from walking an index of the field with a look-up per row.
        # What is counted ahead names few accounts twice, rows name each as often as it has any.
        once = "DISTINCT " if piece.table == "req" else ""
        found += day.connection.execute(
            f"SELECT {by.text} g, {piece.count}, {piece.first}, {piece.last},"
            f" json_group_array({once}r.user_id) FILTER (WHERE r.user_id IS NOT NULL)"
            f" FROM {piece.table} r WHERE ({piece.condition.text}) AND g IS NOT NULL GROUP BY +g",
            (*by.parameters, *piece.condition.parameters),
        ).fetchall()
    values = values_of(day, wanted, {row[0] for row in found})
    groups: Groups = {}
    for number, count, first, last, users in found:
        value = values[number]
        if value is None:
            continue
        group = Group(count, day.start + first, day.start + last, set(_read_users(users)))
        if (before := groups.setdefault(value, group)) is not group:
            before.take(group)
    return groups


_read_users = msgspec.json.Decoder(list[int]).decode


def totals(day: Day, wanted: Field, where: Node) -> dict[Any, int]:
    """How many of the day's requests that match have each value of the field."""
    return leading(day, wanted, where, None).counts


@dataclass(frozen=True, slots=True)
class Leading:
    """The values of a day with the most requests; each other has ``others`` at most.

    ``counts`` are exact, but where ``least`` says how many a value has at least: then it has
    as many as ``counts`` says at most.
    """

    counts: dict[Any, int]
    others: int = 0
    least: dict[Any, int] | None = None

    @property
    def surely(self) -> dict[Any, int]:
        """How many each value has at least; those that are not named may have none."""
        return self.counts if self.least is None else self.least

    def allows(self, value: Any, count: int) -> bool:
        """Whether the value may have so many."""
        return self.surely.get(value, 0) <= count <= self.counts.get(value, self.others)


def leading(day: Day, wanted: Field, where: Node, most: int | None) -> Leading:
    """The day's values with the most requests: ``most`` of them, or more, or all.

    All are counted exactly.  Of some, an hour that is asked for in part is counted as a whole
    and as none at all, because to take it apart is to read its rows.
    """
    parts = _countable(day, wanted, where)
    if wanted.name in OPS:
        most = None  # Several numbers stand for one value: any of them may be cut off.
    if most is None or len(parts) < 2:
        return _told(day, wanted, _numbers(day, wanted, parts, most), most)
    found = _numbers(day, wanted, _countable(day, wanted, in_whole_hours(day, where)), most)
    hours, these = parts[0], f"g IN ({','.join(map(str, found))})"
    inside = replace(hours.condition, text=f"({hours.condition.text}) AND {these}")
    least = _numbers(day, wanted, [replace(hours, condition=inside)], None)
    told = _told(day, wanted, found, most)
    return replace(told, least=_told(day, wanted, least, None).counts)


def _countable(day: Day, wanted: Field, where: Node) -> list[Piece]:
    return pieces(day, where, columns(wanted), present=_present(wanted))


def _numbers(day: Day, wanted: Field, parts: Sequence[Piece], most: int | None) -> dict[Any, int]:
    """How many requests have each of the numbers by which the day groups them; of a single
    piece those with the most."""
    by = expression(day, wanted)
    found: dict[Any, int] = {}
    for piece in parts:
        # The + as above; most roll-ups stand in the order of their values.
        group = "+g" if piece.table == "req" else "g"
        sql = (
            f"SELECT {by.text} g, {piece.count} n FROM {piece.table} r"
            f" WHERE ({piece.condition.text}) AND g IS NOT NULL GROUP BY {group}"
            f"{'' if most is None else f' ORDER BY n DESC LIMIT {most}'}"
        )
        parameters = (*by.parameters, *piece.condition.parameters)
        if piece.table == "req":
            rows: Any = day.connection.execute(sql, parameters).fetchall()
            more = dict(rows)
        else:
            # What roll-ups count is numbers, which take half the time as one text.
            sql = f"SELECT json_group_object(g, n) FROM ({sql})"
            more = _read_counts(day.connection.execute(sql, parameters).get)
        for number in found.keys() & more.keys():
            more[number] += found[number]
        found |= more
    if most is not None and len(found) == most and _two_numbers_for_one(day, wanted):
        return _numbers(day, wanted, parts, None)
    return found


def _two_numbers_for_one(day: Day, wanted: Field) -> bool:
    return wanted.name == "remote_ip" and day.spells_addresses_twice


def _told(day: Day, wanted: Field, found: Mapping[Any, int], most: int | None) -> Leading:
    """The same by values; where there are as many as were wanted, there may be others."""
    others = min(found.values()) if len(found) == most else 0
    if wanted.name in COLUMNS:
        return Leading(dict(found), others)
    values = values_of(day, wanted, set(found))
    counts: dict[Any, int] = {}
    for number, count in found.items():
        if (value := values[number]) is not None:
            counts[value] = counts.get(value, 0) + count
    return Leading(counts, others)


_read_counts = msgspec.json.Decoder(dict[int, int]).decode


def pairing(day: Day, wanted: tuple[Field, Field], where: Node, most: int = -1) -> list[Any]:
    """Pairs of the day's requests that match, the first of them present: ``(one, other,
    count, first, last)``; with ``most`` those with the most requests."""
    one, other = (expression(day, each) for each in wanted)
    needs = columns(wanted[0]) | columns(wanted[1]) | TIMES
    found: list[Any] = []
    for piece in pieces(day, where, needs, present=_present(wanted[0])):
        found += day.connection.execute(
            f"SELECT {one.text} a, {other.text} b, {piece.count} n, {day.start} + {piece.first},"
            f" {day.start} + {piece.last} FROM {piece.table} r"
            f" WHERE ({piece.condition.text}) AND a IS NOT NULL GROUP BY +a, +b"
            f"{f' ORDER BY n DESC LIMIT {most}' if most >= 0 else ''}",
            (*one.parameters, *other.parameters, *piece.condition.parameters),
        ).fetchall()
    return found


def columns(wanted: Field) -> frozenset[str]:
    """The columns of a row that requests are grouped by."""
    return reads(wanted.name)


def _present(wanted: Field) -> str | None:
    """The column without which a row has no value to be grouped by.

    What is computed of columns has a value where these are null: no ``token`` is one.
    """
    made_of = reads(wanted.name)
    return None if wanted.kind is Kind.FLAG or len(made_of) > 1 else next(iter(made_of))


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
        "timestamp": MOMENT,
        "url": "r.url",
        "user_agent": "r.ua",
        "remote_ip": "r.ip",
        "session_id": "r.ses",
        "web_application_context_id": schema.CONTEXT,
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


def values_of(day: Day, wanted: Wanted, numbers: set[Any]) -> dict[Any, Any]:
    """What the day's numbers stand for, as a filter compares it."""
    if isinstance(wanted, tuple):
        return {text: tuple(json.loads(text)) for text in numbers}
    name = wanted.name
    if name in OPS:
        found: dict[Any, Any] = {}
        for number in numbers:
            value = getattr(day.ops[number], OPS[name])
            if wanted.kind is Kind.TRISTATE and value is None:
                value = "unknown"
            elif wanted.kind is Kind.METHOD and value is not None:
                value = value.upper()
            found[number] = value
        return found
    if name == "remote_ip":
        return _dictionary(day, "ip", "ifnull(addr, text)", numbers)
    if name == "user_agent":
        return _dictionary(day, "ua", "text", numbers)
    if name == "session_id":
        sessions = _dictionary(day, "ses", "sid", numbers)
        return {number: schema.id_text(sid) for number, sid in sessions.items()}
    if name == "id":
        return {number: schema.id_text(number) for number in numbers}
    if name == "timestamp":
        return {number: day.start + number for number in numbers}
    if wanted.kind is Kind.FLAG:
        return {number: bool(number) for number in numbers}
    return {number: number for number in numbers}


FEW = 4_000
"""Numbers that are looked up one by one; for more the whole dictionary is read."""


def _dictionary(day: Day, table: str, column: str, numbers: set[int]) -> dict[int, Any]:
    if len(numbers) > FEW:
        every: Any = day.connection.execute(f"SELECT i, {column} FROM {table}")
    else:
        listed = json.dumps(list(numbers))
        every = day.connection.execute(
            f"SELECT i, {column} FROM {table} WHERE i IN (SELECT value FROM json_each(?))",
            (listed,),
        )
    return dict(every.fetchall())


def shown(wanted: Field, value: Any) -> int | str | bool:
    """A value as it is shown: addresses and times as text."""
    if wanted.name == "timestamp":
        return times.iso(value)
    found: int | str | bool = addresses.unpack(value) if isinstance(value, bytes) else value
    return found
