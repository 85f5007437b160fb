"""From one test of a field to a condition on the rows of a day.

The day's own dictionaries are asked first: a value that the day does not know makes the
condition constant false.
"""

import json
from collections.abc import Callable

from logsleuth.filter.fields import Field, Kind
from logsleuth.filter.tree import Contains, Equals, Glob, Present, Range, Test, Within
from logsleuth.filter.wildcard import fold, parts_match
from logsleuth.model import ids, times
from logsleuth.store.base import StoreError
from logsleuth.store.sqlite import indexing, placing, schema, text
from logsleuth.store.sqlite.columns import COLUMNS, OPS
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.sql import ALWAYS, NEVER, Sql, among, join

_LONGEST_LIKE = 50_000
"""Bytes of a LIKE pattern that SQLite takes (SQLITE_MAX_LIKE_PATTERN_LENGTH)."""


def leaf(field: Field, test: Test, day: Day) -> Sql:
    """The condition that a field passes a test; ``StoreError`` if requests have no such field."""
    if "request" not in field.of:
        raise StoreError(f"'{field.name}' is a field of course events, not of requests.")
    name = field.name
    if not all(storable(piece) for piece in _texts(test)):
        return Sql(NEVER)
    if name == "http_status":
        return _status(test)
    if name == "interaction_micros" and _too_long(test, day):
        return Sql(NEVER)
    if name in COLUMNS:
        return _number(COLUMNS[name], test)
    if name in OPS:
        return _op(field, test, day)
    special: dict[str, Callable[[Test, Day], Sql]] = {
        "id": _id,
        "timestamp": _timestamp,
        "url": url,
        "user_agent": user_agent,
        "remote_ip": _address,
        "session_id": _session,
        "web_application_context_id": lambda test, day: _context(test),
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


def storable(value: str) -> bool:
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


def _context(test: Test) -> Sql:
    """A context is the course or the account of the request, or one of few others: each
    of the three has an index, and all contexts together have none."""
    if isinstance(test, Equals):
        other = str(test.value) if test.value in {0, 1} else test.value
        return Sql(
            "(course_id = ? AND ctx_id = 0 OR user_id = ? AND ctx_id = 1"
            " OR ctx_id = ? AND ctx_id <> 0 AND ctx_id <> 1)",
            (test.value, test.value, other),
        )
    return _number(f"({schema.CONTEXT})", test)


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
    if milli < 0 or (past == 0 and operator in {">=", "<"}):
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
            return join(
                "AND", [key_range(">=", value, day.start), key_range("<=", value, day.start)]
            )
        case Range(operator, value):
            return key_range(operator, value, day.start)
    raise _unfit(test)


def _like_takes(pattern: str) -> bool:
    """Whether SQLite's LIKE reads the whole pattern: it stops at NUL, and at its limit."""
    return "\0" not in pattern and len(pattern.encode()) <= _LONGEST_LIKE


def url(test: Test, day: Day) -> Sql:
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


def user_agent(test: Test, day: Day) -> Sql:
    match test:
        case Present():
            return Sql("ua IS NOT NULL")
        case Equals(value):
            return among("ua", day.look_up("SELECT i FROM ua WHERE text = ?", value))
        case Contains() | Glob():
            pieces = json.dumps(text.parts(test))
            pattern = text.like(test)
            if not _like_takes(pattern):
                return among(
                    "ua", day.look_up("SELECT i FROM ua WHERE folded_match(?, text)", pieces)
                )
            return among(
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
            return among("ip", day.look_up("SELECT i FROM ip WHERE addr = ?", value))
        case Equals(str(value)):
            return among("ip", day.look_up("SELECT i FROM ip WHERE text = ?", value))
        case Within(first, last, _):
            return among(
                "ip", day.look_up("SELECT i FROM ip WHERE addr BETWEEN ? AND ?", first, last)
            )
        case Glob(parts):
            return among(
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
            return among(
                "ses", day.look_up("SELECT i FROM ses WHERE sid = ?", schema.id_value(value))
            )
        case Glob(parts):
            return among(
                "ses", day.look_up("SELECT i FROM ses WHERE id_match(?, sid)", json.dumps(parts))
            )
    raise _unfit(test)
