"""From a filter tree to SQL on one day file, with bound parameters only.

Every leaf is false, not null, wherever that shows: ``NOT`` becomes ``IS NOT TRUE``,
and AND and OR cannot tell null from false.  Each day's own dictionaries are asked first:
a value that the day does not know makes the leaf, and often the day, constant false.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import apsw

from logsleuth.filter.fields import Field, Kind
from logsleuth.filter.tree import (
    All,
    And,
    Contains,
    Equals,
    Glob,
    Match,
    Node,
    Not,
    Or,
    Phrase,
    Present,
    Range,
    Test,
    Value,
    Within,
)
from logsleuth.filter.wildcard import fold, parts_match
from logsleuth.model import ids, times
from logsleuth.store.base import StoreError
from logsleuth.store.sqlite import indexing, placing, schema, text

NEVER = "0"
ALWAYS = "1"

_LONGEST_LIKE = 50_000
"""Bytes of a LIKE pattern that SQLite takes (SQLITE_MAX_LIKE_PATTERN_LENGTH)."""

COLUMNS = {
    "user_id": "user_id",
    "real_user_id": "real_user_id",
    "course_id": "course_id",
    "quiz_id": "quiz_id",
    "discussion_id": "discussion_id",
    "conversation_id": "conversation_id",
    "assignment_id": "assignment_id",
    "http_status": "status",
    "interaction_micros": "micros",
    "web_application_context_id": "ctx_id",
    "developer_key_id": "dev",
    "about_user": "about",
}
"""Fields that are a number in a column of their own."""

OPS = {
    "http_method": "method",
    "http_version": "version",
    "participated": "participated",
    "web_application_controller": "controller",
    "web_application_action": "action",
    "web_application_context_type": "ctx_type",
    "kind": "kind",
    "automatic": "automatic",
    "write": "w",
}
"""Fields that stand in the day's small dictionary of operations."""

_READS = {
    "web_application_context_id": frozenset({"ctx_id", "course_id", "user_id"}),
    "id": frozenset({"k", "id"}),
    "timestamp": frozenset({"k", "us"}),
    "url": frozenset({"url", "flags"}),
    "user_agent": frozenset({"ua"}),
    "remote_ip": frozenset({"ip"}),
    "session_id": frozenset({"ses"}),
    "actor": frozenset({"user_id", "real_user_id"}),
    "masqueraded": frozenset({"user_id", "real_user_id"}),
    "student_view": frozenset({"user_id", "real_user_id"}),
    "token": frozenset({"dev"}),
    "foreign": frozenset({"user_id"}),
    "deleted": frozenset({"deleted_us"}),
}
"""The columns of the other fields."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition and its parameters, in order; ``reads`` are the columns it looks at."""

    text: str
    parameters: tuple[Any, ...] = ()
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Op:
    """A row of the dictionary of operations."""

    i: int
    method: str | None
    version: str | None
    participated: bool | None
    controller: str | None
    action: str | None
    ctx_type: str | None
    kind: str
    automatic: bool | None
    w: bool


class Day:
    """What the compiler asks of a day: its date and its dictionaries."""

    def __init__(
        self, connection: apsw.Connection, day: str, student_view_users: frozenset[int]
    ) -> None:
        self.connection = connection
        self.day = day
        self.start = times.day_start(day)
        self.student_view_users = student_view_users

    @cached_property
    def ops(self) -> dict[int, Op]:
        rows = self.connection.execute(
            "SELECT i, method, version, participated, controller, action, ctx_type, kind,"
            " automatic, w FROM op"
        )
        return {
            row[0]: Op(
                row[0],
                row[1],
                row[2],
                _flag(row[3]),
                row[4],
                row[5],
                row[6],
                row[7],
                _flag(row[8]),
                bool(row[9]),
            )
            for row in rows
        }

    @cached_property
    def common_ops(self) -> frozenset[int]:
        """The operations that the index of operations leaves out."""
        return indexing.common_ops(self.connection)

    @cached_property
    def longest(self) -> int | None:
        return indexing.longest(self.connection)

    @cached_property
    def may_hold_nul(self) -> bool:
        return indexing.may_hold_nul(self.connection)

    def ops_that(self, condition: Sql) -> frozenset[int]:
        """Operations that meet a condition on nothing but the operation."""
        sql = f"SELECT op FROM (SELECT i AS op FROM op) WHERE {condition.text}"
        return frozenset(self.look_up(sql, *condition.parameters))

    def look_up(self, sql: str, *parameters: Any) -> list[int]:
        return [row[0] for row in self.connection.execute(sql, parameters)]


def _flag(stored: int | None) -> bool | None:
    return None if stored is None else bool(stored)


def compile_filter(node: Node, day: Day) -> Sql:
    """The condition on ``req`` that is true exactly for the rows that match."""
    match node:
        case All():
            return Sql(ALWAYS)
        case And(parts):
            return _join("AND", [compile_filter(part, day) for part in parts])
        case Or(parts):
            return _join("OR", [compile_filter(part, day) for part in parts])
        case Not(part):
            inner = compile_filter(part, day)
            if inner.text == NEVER:
                return Sql(ALWAYS)
            if inner.text == ALWAYS:
                return Sql(NEVER)
            return Sql(f"({inner.text}) IS NOT TRUE", inner.parameters, inner.reads)
        case Phrase(phrase):
            test = Contains(phrase)
            if not _storable(phrase):
                return Sql(NEVER)
            in_url, in_agent = _url(test, day), _user_agent(test, day)
            return _join("OR", [_read("url", in_url), _read("user_agent", in_agent)])
        case Match(field, test):
            return _read(field.name, _leaf(field, test, day))


def _read(name: str, condition: Sql) -> Sql:
    """A condition on a field, with the columns it looks at."""
    if condition.text in {ALWAYS, NEVER}:
        return condition
    return replace(condition, reads=reads(name))


def reads(name: str) -> frozenset[str]:
    """The columns of ``req`` that a field is made of."""
    if name in _READS:
        return _READS[name]
    return frozenset({"op"}) if name in OPS else frozenset({COLUMNS[name]})


def _join(word: str, parts: list[Sql]) -> Sql:
    neutral, absorbing = (ALWAYS, NEVER) if word == "AND" else (NEVER, ALWAYS)
    if any(part.text == absorbing for part in parts):
        return Sql(absorbing)
    kept = [part for part in parts if part.text != neutral]
    if not kept:
        return Sql(neutral)
    if len(kept) == 1:
        return kept[0]
    # Halved, not chained: SQLite counts the depth of the expression, not its length.
    middle = len(kept) // 2
    left, right = _join(word, kept[:middle]), _join(word, kept[middle:])
    return Sql(
        f"({left.text}) {word} ({right.text})",
        left.parameters + right.parameters,
        left.reads | right.reads,
    )


def _leaf(field: Field, test: Test, day: Day) -> Sql:
    if "request" not in field.of:
        raise StoreError(f"'{field.name}' is a field of course events, not of requests.")
    name = field.name
    if not all(_storable(piece) for piece in _texts(test)):
        return Sql(NEVER)
    if name == "http_status":
        return _status(test)
    if name == "interaction_micros" and _too_long(test, day):
        return Sql(NEVER)
    if name == "web_application_context_id" and isinstance(test, Equals):
        return _context(test.value)
    if name in COLUMNS:
        return _number(COLUMNS[name], test)
    if name in OPS:
        return _op(field, test, day)
    special: dict[str, Callable[[Test, Day], Sql]] = {
        "id": _id,
        "timestamp": _timestamp,
        "url": _url,
        "user_agent": _user_agent,
        "remote_ip": _address,
        "session_id": _session,
        "actor": lambda test, day: _actor(test),
        "masqueraded": lambda test, day: _yes(test, _acting(day, student=False)),
        "student_view": lambda test, day: _yes(test, _acting(day, student=True)),
        "token": lambda test, day: _yes(test, Sql("dev IS NOT NULL")),
        "foreign": lambda test, day: _yes(test, Sql("user_id >= ?", (ids.SHARD,))),
        "deleted": lambda test, day: _yes(test, Sql("deleted_us IS NOT NULL")),
    }
    return special[name](test, day)


def _texts(test: Test) -> tuple[str, ...]:
    match test:
        case Equals(str(value)):
            return (value,)
        case Contains() | Glob():
            return text.parts(test)
    return ()


def _storable(value: str) -> bool:
    """Whether a store could hold the text at all: a lone surrogate never gets in."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unfit(test: Test) -> StoreError:
    return StoreError(f"The filter asks a field for {type(test).__name__}, which it cannot answer.")


def _number(expression: str, test: Test) -> Sql:
    match test:
        case Present():
            return Sql(f"{expression} IS NOT NULL")
        case Equals(value):
            return Sql(f"{expression} = ?", (value,))
        case Range(operator, value):
            return Sql(f"{expression} {operator} ?", (value,))
    raise _unfit(test)


def _status(test: Test) -> Sql:
    """What only errors can be says so in the words of their index, which SQLite needs."""
    condition = _number("status", test)
    match test:
        case Equals(int(value)) | Range(">" | ">=", value) if value >= 400:
            return Sql(f"{condition.text} AND status >= 400", condition.parameters)
        case Range(">", 399):
            return Sql("status >= 400")
    return condition


def _too_long(test: Test, day: Day) -> bool:
    """Whether the day is known to have no request that took so long."""
    if not isinstance(test, Range) or day.longest is None:
        return False
    return (test.operator == ">" and day.longest <= test.value) or (
        test.operator == ">=" and day.longest < test.value
    )


def _context(value: Value) -> Sql:
    """A context is the course or the account of the request, or one of few others: each
    of the three has an index, and all contexts together have none."""
    return Sql(
        "(course_id = ? AND ctx_id = ? OR user_id = ? AND ctx_id = ?"
        " OR ctx_id = ? AND ctx_id IS NOT course_id AND ctx_id IS NOT user_id)",
        (value,) * 5,
    )


def _yes(test: Test, condition: Sql) -> Sql:
    """A flag that is never null."""
    match test:
        case Present():
            return Sql(ALWAYS)
        case Equals(value):
            if value:
                return condition
            return Sql(f"({condition.text}) IS NOT TRUE", condition.parameters)
    raise _unfit(test)


def _actor(test: Test) -> Sql:
    match test:
        case Present():
            return Sql("(real_user_id IS NOT NULL OR user_id IS NOT NULL)")
        case Equals(value):
            # Two index look-ups instead of a scan over coalesce().
            return Sql(
                "(real_user_id = ? OR (user_id = ? AND real_user_id IS NULL))", (value, value)
            )
    return _number("coalesce(real_user_id, user_id)", test)


def _acting(day: Day, *, student: bool) -> Sql:
    users = sorted(day.student_view_users)
    if not users:
        return Sql(NEVER) if student else Sql("real_user_id IS NOT NULL")
    word = "IN" if student else "NOT IN"
    condition = f"user_id {word} (SELECT value FROM json_each(?))"
    if not student:
        condition = f"(user_id IS NULL OR {condition})"
    return Sql(f"real_user_id IS NOT NULL AND {condition}", (json.dumps(users),))


def _op(field: Field, test: Test, day: Day) -> Sql:
    attribute = OPS[field.name]
    found = []
    for op in day.ops.values():
        value = getattr(op, attribute)
        if field.kind is Kind.TRISTATE:
            value = "unknown" if value is None else value
        elif field.kind is Kind.METHOD and value is not None:
            value = value.upper()
        if _op_matches(value, test):
            found.append(op.i)
    if len(found) == len(day.ops):
        return Sql(ALWAYS)
    if not found:
        return Sql(NEVER)
    return Sql(indexing.among(found, day.common_ops))


def _op_matches(value: str | bool | None, test: Test) -> bool:
    if value is None:
        return False
    match test:
        case Present():
            return True
        case Equals(wanted):
            return value == wanted
        case Glob(parts):
            return isinstance(value, str) and parts_match(parts, value)
        case Contains(part):
            return isinstance(value, str) and fold(part) in fold(value)
    raise _unfit(test)


def _id(test: Test, day: Day) -> Sql:
    match test:
        case Present():
            return Sql(ALWAYS)
        case Equals(str(value)):
            stored = schema.id_value(value)
            keys = placing.keys(day.connection, stored)
            if not keys:
                return Sql(NEVER)
            return Sql(f"k IN ({','.join(map(str, keys))}) AND id = ?", (stored,))
        case Glob(parts):
            return Sql("id_match(?, id)", (json.dumps(parts),))
    raise _unfit(test)


def key_range(operator: str, us: int, start: int) -> Sql:
    """A comparison of the row's time with an instant, as one of its key.

    The key holds milliseconds, ``us`` the rest of a row that has one.
    """
    past = us - start
    milli, rest = divmod(past, 1000)
    if milli < 0:
        return Sql(ALWAYS if operator in {">", ">="} else NEVER)
    if milli >= times.DAY // 1000:
        return Sql(NEVER if operator in {">", ">="} else ALWAYS)
    low, high = milli << schema.LOW_BITS, (milli + 1) << schema.LOW_BITS
    if rest == 0 and operator in {">=", "<"}:
        return Sql(f"k {operator} ?", (low,))
    if operator in {">", ">="}:
        return Sql(f"k >= ? AND (k >= ? OR ifnull(us, 0) {operator} ?)", (low, high, rest))
    return Sql(f"k < ? AND (k < ? OR ifnull(us, 0) {operator} ?)", (high, low, rest))


def _timestamp(test: Test, day: Day) -> Sql:
    match test:
        case Present():
            return Sql(ALWAYS)
        case Equals(int(value)):
            return _join(
                "AND", [key_range(">=", value, day.start), key_range("<=", value, day.start)]
            )
        case Range(operator, value):
            return key_range(operator, value, day.start)
    raise _unfit(test)


def _like_takes(pattern: str) -> bool:
    """Whether SQLite's LIKE reads the whole pattern: it stops at NUL, and at its limit."""
    return "\0" not in pattern and len(pattern.encode()) <= _LONGEST_LIKE


def _url(test: Test, day: Day) -> Sql:
    match test:
        case Present():
            return Sql("url IS NOT NULL")
        case Equals(value):
            return Sql("url = ?", (value,))
        case Contains() | Glob():
            pieces = json.dumps(text.parts(test))
            pattern = text.like(test)
            if not _like_takes(pattern):
                return Sql("folded_match(?, url)", (pieces,))
            if not day.may_hold_nul:
                return Sql("url LIKE ? ESCAPE '\\'", (pattern,))
            return Sql(
                f"CASE WHEN ifnull(flags, 0) & {schema.NUL} THEN folded_match(?, url)"
                " ELSE url LIKE ? ESCAPE '\\' END",
                (pieces, pattern),
            )
    raise _unfit(test)


def _user_agent(test: Test, day: Day) -> Sql:
    match test:
        case Present():
            return Sql("ua IS NOT NULL")
        case Equals(value):
            return _among("ua", day.look_up("SELECT i FROM ua WHERE text = ?", value))
        case Contains() | Glob():
            pieces = json.dumps(text.parts(test))
            pattern = text.like(test)
            if not _like_takes(pattern):
                return _among(
                    "ua", day.look_up("SELECT i FROM ua WHERE folded_match(?, text)", pieces)
                )
            return _among(
                "ua",
                day.look_up(
                    "SELECT i FROM ua WHERE CASE WHEN nul THEN folded_match(?, text)"
                    " ELSE text LIKE ? ESCAPE '\\' END",
                    pieces,
                    pattern,
                ),
            )
    raise _unfit(test)


def _address(test: Test, day: Day) -> Sql:
    match test:
        case Present():
            return Sql("ip IS NOT NULL")
        case Equals(bytes(value)):
            return _among("ip", day.look_up("SELECT i FROM ip WHERE addr = ?", value))
        case Equals(str(value)):
            return _among("ip", day.look_up("SELECT i FROM ip WHERE text = ?", value))
        case Within(first, last, _):
            return _among(
                "ip", day.look_up("SELECT i FROM ip WHERE addr BETWEEN ? AND ?", first, last)
            )
        case Glob(parts):
            return _among(
                "ip",
                day.look_up(
                    "SELECT i FROM ip WHERE address_match(?, addr, text)", json.dumps(parts)
                ),
            )
    raise _unfit(test)


def _session(test: Test, day: Day) -> Sql:
    match test:
        case Present():
            return Sql("ses IS NOT NULL")
        case Equals(str(value)):
            return _among(
                "ses", day.look_up("SELECT i FROM ses WHERE sid = ?", schema.id_value(value))
            )
        case Glob(parts):
            return _among(
                "ses", day.look_up("SELECT i FROM ses WHERE id_match(?, sid)", json.dumps(parts))
            )
    raise _unfit(test)


def _among(column: str, found: list[int]) -> Sql:
    if not found:
        return Sql(NEVER)
    if len(found) == 1:
        return Sql(f"{column} = ?", (found[0],))
    if len(found) <= 500:
        return Sql(f"{column} IN ({','.join(map(str, found))})")
    # A long list as one parameter; json_each is what SQLite has for arrays.
    return Sql(f"{column} IN (SELECT value FROM json_each(?))", (json.dumps(found),))
