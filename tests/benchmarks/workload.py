"""The fixed workload: every question that is measured, for the store and for DuckDB.

A question is made from a request of the data, so that what it asks for is there.  Answers of
both sides are brought into one form here, so that they can be compared.
"""

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from logsleuth.filter.parse import parse
from logsleuth.filter.tree import Node
from logsleuth.model import times
from logsleuth.model.weblog import COLUMNS
from logsleuth.store.base import Cancel, Partial, Store, last
from logsleuth.tui.key_uses import read_keys
from logsleuth.tui.panes.users import read_users
from logsleuth.tui.sorting import until_counted

Row = dict[str, Any]
"""A request of the data: the columns of the schema by name, and ``id``."""

PAGE = 200
TOP = 50
NEEDLES = ("submissions", "/gradebook", "conversations/", "zip_imports", "week-7-notes",
           "per_page=17", ".php?id=3", "no such text")  # fmt: skip
_NUMBERS = {"http_status", "interaction_micros"}


@dataclass(frozen=True, slots=True)
class World:
    """What a question may need to know of the data: its first and last day, microseconds."""

    since: int
    until: int

    def day_of(self, row: Row) -> tuple[int, int]:
        """The UTC day of a request."""
        start = _us(row) // times.DAY * times.DAY
        return start, start + times.DAY


Ask = Callable[[Store, Node, Row], Iterator[Partial[Any]]]
Text = Callable[[Row, World], str]


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of question.

    ``kql`` makes its filter, ``ask`` asks the store, ``form`` brings the whole answer into the
    form in which ``sql``'s answer of DuckDB comes.  ``needs`` are columns that the request it
    is made from must have.  ``against`` is what DuckDB's time has to be, divided by ours.
    """

    group: str
    name: str
    ask: Ask
    kql: Text
    sql: Text | None = None
    form: Callable[[Any], Any] = lambda answer: answer
    theirs: Callable[[list[Any]], Any] = lambda rows: rows
    needs: tuple[str, ...] = ()
    least: float = field(default=0.0)


def node(question: Question, row: Row, world: World) -> Node:
    """The filter of a question made from a request."""
    return parse(question.kql(row, world), now=world.until)


# How the store is asked


def page(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    return store.page(where, limit=PAGE)


def deep(store: Store, where: Node, row: Row) -> Iterator[Partial[Any]]:
    """A page from the middle of the data on, as after much scrolling."""
    return store.page(where, limit=PAGE, after=store.cursor_at(_us(row)))


def count(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    return store.count(where)


def hours(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    return store.timeline(where, seconds=3600)


def top(name: str, limit: int = TOP) -> Ask:
    """Values of a field with requests, accounts, first and last, as far as they are final
    without the comparison with all requests."""

    def ask(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
        return until_counted(store.top(name, where, limit=limit))

    return ask


def compared(name: str) -> Ask:
    """All values of a field, with their comparison with all requests."""

    def ask(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
        return store.top(name, where, limit=0)

    return ask


def sessions(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    return store.sessions(where)


def spans(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    return store.spans(where)


def acting(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    return store.pairs(("real_user_id", "user_id"), where)


def users(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    return read_users(store, where, Cancel())


def keys(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    return read_keys(store, where, Cancel())


def by_id(store: Store, _: Node, row: Row) -> Iterator[Partial[Any]]:
    yield Partial(store.request(row["id"]), True)


def drill(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    yield Partial(store.candidates(where, limit=1000), True)


def profiles(store: Store, where: Node, _: Row) -> Iterator[Partial[Any]]:
    """What the 40 most used addresses are made of: those of a screen."""
    rows = last(until_counted(store.top("remote_ip", where, limit=40)))
    values = [_mapped(str(row.value)) for row in rows]
    return store.profiles("remote_ip", values, where)


# The forms of answers


def page_form(answer: Any) -> list[tuple[int, str]]:
    return [(row.timestamp, row.id) for row in answer.rows]


def page_theirs(rows: list[Any]) -> list[tuple[int, str]]:
    return [(row[0], str(row[1])) for row in rows]


def top_form(answer: Any) -> list[tuple[Any, ...]]:
    return [(_plain(r.value), r.count, r.users, r.first, r.last) for r in answer]


def top_theirs(rows: list[Any]) -> list[tuple[Any, ...]]:
    return [(_plain(value), *figures) for value, *figures in rows]


def hours_form(answer: Any) -> list[tuple[int, ...]]:
    return [(b.start, b.count, b.errors, b.writes) for b in answer]


def count_theirs(rows: list[Any]) -> Any:
    return rows[0][0]


def ids_form(answer: Any) -> list[str]:
    return sorted(row.id for row in answer)


def ids_theirs(rows: list[Any]) -> list[str]:
    return sorted(str(row[0]) for row in rows)


def moving_form(answer: Any) -> list[tuple[Any, ...]]:
    """Sessions of more than one address."""
    return sorted(
        (s.session_id, s.requests, len(s.addresses))
        for s in answer
        if s.session_id is not None and len(s.addresses) > 1
    )


def acting_form(answer: Any) -> list[tuple[Any, ...]]:
    return sorted((*row.pair, row.count) for row in answer)


def sorted_theirs(rows: list[Any]) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in rows)


def same(ours: Any, theirs: Any) -> bool:
    """Whether two answers are equal, but for which of several equals are the last shown."""
    if not isinstance(ours, list) or not ours or len(ours) != len(theirs):
        return bool(ours == theirs)
    ordered, place = isinstance(ours[0], tuple) and len(ours) in (PAGE, TOP), 0
    if not ordered:
        return bool(ours == theirs) or sorted(map(str, ours)) == sorted(map(str, theirs))
    place = 1 if len(ours[0]) > 2 else 0
    end = ours[-1][place]
    if end != theirs[-1][place]:
        return False
    sides = [sorted(str(one) for one in side if one[place] != end) for side in (ours, theirs)]
    return sides[0] == sides[1]


# The texts of questions


def _us(row: Row) -> int:
    return times.parse(row["timestamp"])


def _sql_time(us: int) -> str:
    return f"TIMESTAMP '{times.iso(us)[:-1].replace('T', ' ')}'"


def _between(since: int, until: int) -> str:
    return f'timestamp >= "{times.iso(since)}" and timestamp < "{times.iso(until)}"'


def _sql_between(since: int, until: int) -> str:
    return f"timestamp >= {_sql_time(since)} AND timestamp < {_sql_time(until)}"


def _literal(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sql_literal(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _plain(value: Any) -> Any:
    """A value as both sides write it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            return value
    return value


def _mapped(text: str) -> bytes:
    """An address as a filter compares it."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return b"\0" * 10 + b"\xff\xff" + address.packed
    return address.packed


def _page_sql(condition: Text) -> Text:
    return lambda row, world: (
        f"SELECT epoch_us(timestamp), * FROM req WHERE {condition(row, world)}"
        f" ORDER BY timestamp DESC LIMIT {PAGE}"
    )


def _top_sql(name: str, condition: Text, limit: int = TOP) -> Text:
    return lambda row, world: (
        f"SELECT {name}, count(*) AS n, count(DISTINCT user_id), epoch_us(min(timestamp)),"
        f" epoch_us(max(timestamp)) FROM req WHERE {name} IS NOT NULL AND {condition(row, world)}"
        f" GROUP BY {name} ORDER BY n DESC, {name} LIMIT {limit}"
    )


def _hours_sql(condition: Text) -> Text:
    return lambda row, world: (
        "SELECT epoch_us(date_trunc('hour', timestamp)) AS h, count(*),"
        " count(*) FILTER (http_status >= 400),"
        " count(*) FILTER (http_method IN ('POST', 'PUT', 'PATCH', 'DELETE')) FROM req"
        f" WHERE {condition(row, world)} GROUP BY h ORDER BY h"
    )


def _count_sql(condition: Text) -> Text:
    return lambda row, world: f"SELECT count(*) FROM req WHERE {condition(row, world)}"


def _all(_: Row, __: World) -> str:
    return ""


def _all_sql(_: Row, __: World) -> str:
    return "true"


def _is(name: str) -> Text:
    return lambda row, _: f"{name}:{_literal(row[name])}"


def _is_sql(name: str) -> Text:
    return lambda row, _: f"{name} = {_sql_literal(row[name])}"


def _day(row: Row, world: World) -> str:
    return _between(*world.day_of(row))


def _day_sql(row: Row, world: World) -> str:
    return _sql_between(*world.day_of(row))


def _before(row: Row) -> tuple[int, int]:
    return _us(row) - times.DAY, _us(row)


def _fixed(text: str) -> Text:
    return lambda _, __: text


def _network(row: Row) -> tuple[str, str]:
    """A /16 of the address, or a /48, as CIDR and as the start of the text."""
    parts = row["remote_ip"].split(":")
    if len(parts) > 1:
        start = ":".join(parts[:3])
        return f"{start}::/48", f"{start}:"
    start = ".".join(row["remote_ip"].split(".")[:2])
    return f"{start}.0.0/16", f"{start}."


def _errors_of(row: Row, __: World) -> str:
    until = _us(row) + times.DAY
    return (
        f"user_id:{row['user_id']} and http_status >= 400 and http_method:(POST or PUT)"
        f" and {_between(until - 3 * times.DAY, until)}"
    )


def _errors_of_sql(row: Row, __: World) -> str:
    until = _us(row) + times.DAY
    return (
        f"user_id = {row['user_id']} AND http_status >= 400 AND http_method IN ('POST', 'PUT')"
        f" AND {_sql_between(until - 3 * times.DAY, until)}"
    )


def _near(row: Row) -> tuple[int, int]:
    return _us(row) - 5 * times.MINUTE, _us(row) + 5 * times.MINUTE


WRITES = "http_method IN ('POST', 'PUT', 'PATCH', 'DELETE')"
FAILED_WRITES = "http_status >= 400 and http_method:(POST or PUT)"
FAILED_WRITES_SQL = "http_status >= 400 AND http_method IN ('POST', 'PUT')"


def _paged(name: str, kql: Text, sql: Text, *needs: str, ask: Ask = page) -> Question:
    return Question(
        "pages", name, ask, kql, _page_sql(sql), page_form, page_theirs, needs, least=20
    )


def _topped(name: str, column: str, kql: Text, sql: Text, *needs: str, group: str = "facets",
            limit: int = TOP, least: float = 0) -> Question:  # fmt: skip
    theirs = _top_sql(column, sql, limit or 10**9)
    return Question(
        group, name, top(column, limit), kql, theirs, top_form, top_theirs, needs, least
    )


def _deep_sql(row: Row, world: World) -> str:
    return f"remote_ip = '{row['remote_ip']}' AND timestamp < {_sql_time(_us(row))}"


_FLAGS_SQL = {
    "masqueraded": "real_user_id IS NOT NULL",
    "token": "developer_key_id IS NOT NULL",
    "write": WRITES,
}


def field_questions() -> Iterator[Question]:
    """The first page of a filter by each field alone."""
    for name in COLUMNS[2:]:
        if name in {"url", "interaction_micros"}:
            continue
        sql = _is_sql(name)
        if name == "user_agent":
            sql = lambda row, _: f"contains(user_agent, {_sql_literal(row['user_agent'])})"  # noqa: E731
        yield Question(
            "fields", name, page, _is(name), _page_sql(sql), page_form, page_theirs, (name,)
        )
    for name, flag in _FLAGS_SQL.items():
        yield Question("fields", name, page, _fixed(f"{name}:true"), _page_sql(_fixed(flag)),
                       page_form, page_theirs)  # fmt: skip
    yield Question("fields", "actor", page, lambda row, _: f"actor:{row['user_id']}",
                   needs=("user_id",))  # fmt: skip
    yield Question("fields", "about_user", page, lambda row, _: f"about_user:{row['user_id']}",
                   needs=("user_id",))  # fmt: skip
    for text in ("kind:grade", "kind:masquerade", "automatic:false", "automatic:unknown",
                 "foreign:true", "deleted:true", "student_view:true",
                 "interaction_micros > 919999"):  # fmt: skip
        yield Question("fields", text, page, _fixed(text))


def questions() -> Iterator[Question]:
    """The workload, in the order of its table."""
    yield Question("pages", "a newest 200", page, _all, _page_sql(_all_sql), page_form,
                   page_theirs, least=20)  # fmt: skip
    for name in ("remote_ip", "user_id", "real_user_id", "developer_key_id", "session_id",
                 "course_id"):  # fmt: skip
        yield _paged(f"b {name}", _is(name), _is_sql(name), name)
    yield Question("pages", "b remote_ip, deep by keyset", deep, _is("remote_ip"),
                   _page_sql(_deep_sql), page_form, page_theirs, ("remote_ip",))  # fmt: skip
    yield Question("pages", "c user, errors, POST or PUT, 3 days", page, _errors_of,
                   _page_sql(_errors_of_sql), page_form, page_theirs, ("user_id",))  # fmt: skip
    yield Question(
        "pages", "c network (/16 or /48)", page,
        lambda row, _: f'remote_ip:"{_network(row)[0]}"',
        _page_sql(lambda row, _: f"starts_with(remote_ip, '{_network(row)[1]}')"),
        page_form, page_theirs, ("remote_ip",),
    )  # fmt: skip
    for needle in NEEDLES:
        yield Question(
            "texts", f'c url:"{needle}"', page, _fixed(f'url:"{needle}"'),
            _page_sql(_fixed(f"contains(lower(url), '{needle}')")), page_form, page_theirs,
        )  # fmt: skip
        yield Question(
            "text counts", f'c count of url:"{needle}"', count, _fixed(f'url:"{needle}"'),
            _count_sql(_fixed(f"contains(lower(url), '{needle}')")), theirs=count_theirs,
        )  # fmt: skip
    yield _topped("d1 top 50 addresses of 24 hours", "remote_ip",
                  lambda row, _: _between(*_before(row)),
                  lambda row, _: _sql_between(*_before(row)))  # fmt: skip
    yield _topped("d2 top 50 users among errors", "user_id", _fixed("http_status >= 400"),
                  _fixed("http_status >= 400"), group="scans", least=1 / 3)  # fmt: skip
    yield _topped("d3 agents of an address", "user_agent", _is("remote_ip"),
                  _is_sql("remote_ip"), "remote_ip")  # fmt: skip
    yield _topped("d3 top 50 agents", "user_agent", _all, _all_sql, group="scans",
                  least=1 / 3)  # fmt: skip
    yield _topped("d4 addresses of a course", "remote_ip", _is("course_id"),
                  _is_sql("course_id"), "course_id")  # fmt: skip
    yield _topped("d5 developer keys", "developer_key_id", _all, _all_sql)
    yield _topped("d6 top 50 addresses", "remote_ip", _all, _all_sql)
    yield Question("counts", "e1 requests per hour", hours, _all, _hours_sql(_all_sql),
                   hours_form)  # fmt: skip
    yield Question("counts", "e2 requests per hour of a user", hours, _is("user_id"),
                   _hours_sql(_is_sql("user_id")), hours_form, needs=("user_id",))  # fmt: skip
    yield Question("scans", "e3 errors per hour", hours, _fixed("http_status >= 400"),
                   _hours_sql(_fixed("http_status >= 400")), hours_form, least=1 / 3)  # fmt: skip
    yield Question("ids", "f1 request by id", by_id, _all,
                   lambda row, _: f"SELECT id FROM req WHERE id = '{row['id']}'",
                   lambda answer: [answer.id], ids_theirs)  # fmt: skip
    yield Question(
        "ids", "f2 writes of a user in a course, 5 minutes around", drill,
        lambda row, _: f"user_id:{row['user_id']} and course_id:{row['course_id']} and write:true"
                       f" and {_between(*_near(row))}",
        lambda row, _: f"SELECT id FROM req WHERE user_id = {row['user_id']} AND"
                       f" course_id = {row['course_id']} AND {WRITES} AND"
                       f" {_sql_between(*_near(row))}",
        ids_form, ids_theirs, ("user_id", "course_id"),
    )  # fmt: skip
    yield Question(
        "people", "g sessions of a day, those with two addresses", sessions, _day,
        lambda row, world: "SELECT session_id, count(*), count(DISTINCT remote_ip) AS n FROM req"
                           f" WHERE session_id IS NOT NULL AND {_day_sql(row, world)}"
                           " GROUP BY session_id HAVING n > 1",
        moving_form, sorted_theirs,
    )  # fmt: skip
    yield Question("people", "h pairs of accounts that acted as another", acting, _all,
                   _fixed("SELECT real_user_id, user_id, count(*) FROM req"
                          " WHERE real_user_id IS NOT NULL GROUP BY real_user_id, user_id"),
                   acting_form, sorted_theirs)  # fmt: skip
    yield Question("counts", "i1 count of an address", count, _is("remote_ip"),
                   _count_sql(_is_sql("remote_ip")), theirs=count_theirs,
                   needs=("remote_ip",))  # fmt: skip
    yield Question("scans", "i2 count of failed writes", count, _fixed(FAILED_WRITES),
                   _count_sql(_fixed(FAILED_WRITES_SQL)), theirs=count_theirs,
                   least=1 / 3)  # fmt: skip
    for span, kql, sql in (("of a day", _day, _day_sql), ("of all", _all, _all_sql)):
        group = f"panes {span}"
        yield _topped(f"Addresses {span}, counted", "remote_ip", kql, sql, group=group, limit=0)
        yield Question(group, f"Addresses {span}, compared", compared("remote_ip"), kql)
        yield Question("beside panes", f"40 profiles of addresses {span}", profiles, kql)
        yield Question(group, f"Users {span}", users, kql)
        yield Question(group, f"Masquerades {span}", spans, kql)
        yield Question(group, f"Keys {span}", keys, kql)
        yield Question(group, f"Sessions {span}", sessions, kql)


def every_question() -> Sequence[Question]:
    return [*questions(), *field_questions()]
