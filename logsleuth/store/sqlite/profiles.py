"""What the requests of a value are made of: how many of which sort, by whom, from where."""

from dataclasses import dataclass, field
from typing import Any

from logsleuth.filter.fields import Field
from logsleuth.filter.fields import field as field_named
from logsleuth.store.base import Profile
from logsleuth.store.sqlite.compile import NEVER, Day, Sql
from logsleuth.store.sqlite.grouping import expression, values_of

_DISTINCT = {
    "users": "user_id",
    "actors": "actor",
    "sessions": "session_id",
    "addresses": "remote_ip",
    "agents": "user_agent",
    "courses": "course_id",
    "keys": "developer_key_id",
}
"""What is counted distinct, and the field that it is."""


@dataclass(slots=True)
class Making:
    """A profile in the making: counts add up over days, sets are united."""

    counts: list[int] = field(default_factory=lambda: [0] * 5)
    sets: dict[str, set[Any]] = field(default_factory=lambda: {name: set() for name in _DISTINCT})

    def made(self) -> Profile:
        """What was found so far."""
        requests, errors, writes, automatic, unknown = self.counts
        return Profile(
            requests=requests,
            errors=errors,
            writes=writes,
            automatic=automatic,
            opened_or_changed=requests - automatic - unknown,
            not_classified=unknown,
            **{name: len(found) for name, found in self.sets.items()},
        )


def profile(day: Day, wanted: Field, condition: Sql, found: dict[Any, Making]) -> None:
    """Add a day's requests that match, by value of the field."""
    if condition.text == NEVER:
        return
    by = expression(day, wanted)
    ops = day.ops.values()
    writes = _among(op.i for op in ops if op.w)
    automatic = _among(op.i for op in ops if op.automatic)
    unknown = _among(op.i for op in ops if op.automatic is None)
    rows: list[Any] = day.connection.execute(
        f"SELECT {by.text} g, count(*), total(r.status >= 400), total(r.op IN ({writes})),"
        f" total(r.op IN ({automatic})), total(r.op IN ({unknown})) FROM req r"
        f" WHERE ({condition.text}) AND g IS NOT NULL GROUP BY +g",
        (*by.parameters, *condition.parameters),
    ).fetchall()
    values = values_of(day, wanted, {row[0] for row in rows})
    for row in rows:
        known = values[row[0]]
        if known is None:
            continue
        making = found.setdefault(known[1], Making())
        making.counts = [
            have + int(more) for have, more in zip(making.counts, row[1:], strict=True)
        ]
    for name, other in _DISTINCT.items():
        _unite(day, by, condition, field_named(other), values, found, name)


def _unite(
    day: Day,
    by: Sql,
    condition: Sql,
    other: Field,
    values: dict[Any, Any],
    found: dict[Any, Making],
    name: str,
) -> None:
    also = expression(day, other)
    pairs: list[Any] = day.connection.execute(
        f"SELECT DISTINCT {by.text} g, {also.text} o FROM req r"
        f" WHERE ({condition.text}) AND g IS NOT NULL AND o IS NOT NULL",
        (*by.parameters, *also.parameters, *condition.parameters),
    ).fetchall()
    shown = values_of(day, other, {pair[1] for pair in pairs})
    for number, second in pairs:
        known, value = values[number], shown[second]
        if known is not None and value is not None:
            found[known[1]].sets[name].add(value[1])


def _among(numbers: Any) -> str:
    return ",".join(map(str, numbers)) or "NULL"
