"""What the requests of a value are made of: how many of which sort, by whom, from where."""

from dataclasses import dataclass, field
from typing import Any

from logsleuth.filter import sorts
from logsleuth.filter.fields import field as field_named
from logsleuth.store.base import Profile
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.compile import compile_filter
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.grouping import Wanted, expression, values_of
from logsleuth.store.sqlite.sql import NEVER, Sql

_DISTINCT = {
    "users": "user_id",
    "actors": "actor",
    "people": "about_user",
    "sessions": "session_id",
    "addresses": "remote_ip",
    "agents": "user_agent",
    "courses": "course_id",
    "keys": "developer_key_id",
}
"""What is counted distinct, and the field that it is."""

_SORTS = {
    "opened_or_changed": sorts.OPENED_OR_CHANGED,
    "automatic": sorts.AUTOMATIC,
    "not_classified": sorts.NOT_CLASSIFIED,
    "opaque": sorts.OPAQUE,
}
_COUNTED = ("requests", "errors", "writes", *_SORTS, "hours")
_HOUR = f"r.k / ({3_600_000 << schema.LOW_BITS})"


@dataclass(slots=True)
class Making:
    """A profile in the making: counts add up over days, sets are united."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    peak: int = 0
    sets: dict[str, set[Any]] = field(default_factory=lambda: {name: set() for name in _DISTINCT})
    attended: set[Any] = field(default_factory=set)
    """Addresses with a request that page or app is not known to have sent by itself."""
    endpoints: set[Any] = field(default_factory=set)

    def made(self) -> Profile:
        """What was found so far."""
        return Profile(
            **self.counts,
            peak=self.peak,
            addresses_automatic=len(self.sets["addresses"] - self.attended),
            endpoints=len(self.endpoints),
            **{name: len(found) for name, found in self.sets.items()},
        )


def profile(day: Day, wanted: Wanted, condition: Sql, found: dict[Any, Making]) -> None:
    """Add a day's requests that match, by value of the field.

    The rows are looked up once, and what is asked of them stands under one another in
    one answer: ``(which part, group, what, how many)``.
    """
    if condition.text == NEVER:
        return
    by = expression(day, wanted)
    others = {name: expression(day, field_named(other)) for name, other in _DISTINCT.items()}
    columns = "".join(f", {sql.text} {name}" for name, sql in others.items())
    parameters = (*by.parameters, *(p for sql in others.values() for p in sql.parameters))
    parts = [
        "SELECT 'hour', g, hour, count(*) FROM m GROUP BY g, hour",
        "SELECT 'op', g, op, count(*) FROM m GROUP BY g, op",
        "SELECT 'errors', g, NULL, count(*) FROM m WHERE status >= 400 GROUP BY g",
        "SELECT DISTINCT 'attended', g, addresses, op FROM m WHERE addresses IS NOT NULL",
        *(f"SELECT DISTINCT '{name}', g, {name}, 0 FROM m WHERE {name} IS NOT NULL"
          for name in _DISTINCT if name != "addresses"),
    ]  # fmt: skip
    rows: list[Any] = day.connection.execute(
        f"WITH m AS MATERIALIZED (SELECT {by.text} g, r.op, r.status, {_HOUR} hour{columns}"
        f" FROM req r WHERE ({condition.text}) AND g IS NOT NULL) {' UNION ALL '.join(parts)}",
        (*parameters, *condition.parameters),
    ).fetchall()
    _take(day, wanted, rows, found)


def _take(day: Day, wanted: Wanted, rows: list[Any], found: dict[Any, Making]) -> None:
    values = values_of(day, wanted, {row[1] for row in rows})
    by_part: dict[str, list[Any]] = {}
    for part, number, what, count in rows:
        value = values[number]
        if value is not None:
            making = found.get(value)
            if making is None:
                making = found[value] = Making()
            by_part.setdefault(part, []).append((making, what, count))
    for making, _, count in by_part.pop("hour", ()):
        making.counts["requests"] += count
        making.counts["hours"] += 1
        making.peak = max(making.peak, count)
    for making, _, count in by_part.pop("errors", ()):
        making.counts["errors"] += count
    _take_ops(day, by_part.pop("op", []))
    _take_addresses(day, by_part.pop("attended", []))
    for part, pairs in by_part.items():
        shown = values_of(day, field_named(_DISTINCT[part]), {what for _, what, _ in pairs})
        for making, what, _ in pairs:
            if (value := shown[what]) is not None:
                making.sets[part].add(value)


def _take_ops(day: Day, rows: list[Any]) -> None:
    sorted_ops = {name: day.ops_that(compile_filter(node, day)) for name, node in _SORTS.items()}
    for making, number, count in rows:
        op = day.ops[number]
        making.endpoints.add((op.method, op.controller, op.action))
        making.counts["writes"] += count if op.w else 0
        for name, ops in sorted_ops.items():
            making.counts[name] += count if number in ops else 0


def _take_addresses(day: Day, rows: list[Any]) -> None:
    shown = values_of(day, field_named("remote_ip"), {what for _, what, _ in rows})
    for making, what, number in rows:
        if (value := shown[what]) is not None:
            making.sets["addresses"].add(value)
            if not day.ops[number].automatic:
                making.attended.add(value)
