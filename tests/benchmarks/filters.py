"""Filters made from a request of the data, each in the filter language and as SQL.

Made from a request, so that what is asked for is there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from logsleuth.model import times

Row = dict[str, Any]
"""A request of the data: the columns of the schema by name."""

WRITES_SQL = "http_method IN ('POST', 'PUT', 'PATCH', 'DELETE')"


@dataclass(frozen=True, slots=True)
class Made:
    """A filter: its text, and the SQL condition that says the same, where it is known."""

    kql: str
    sql: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Makes filters of one kind; ``needs`` are columns that the request has to have."""

    make: Callable[[Row], Made]
    needs: tuple[str, ...] = ()

    def fits(self, row: Row) -> bool:
        """Whether it can be made from the request."""
        return all(row.get(name) is not None for name in self.needs)


def fixed(kql: str, sql: str | None = None) -> Filter:
    """Always the same filter."""
    return Filter(lambda _: Made(kql, sql))


def equal(name: str) -> Filter:
    """The request's own value of a column."""
    return Filter(lambda row: Made(f"{name}:{_kql(row[name])}", f"{name} = {_sql(row[name])}"),
                  (name,))  # fmt: skip


def agent() -> Filter:
    """The request's user agent, which is searched for as a part of the text."""
    return Filter(
        lambda row: Made(
            f"user_agent:{_kql(row['user_agent'])}",
            f"contains(lower(user_agent), lower({_sql(row['user_agent'])}))",
        ),
        ("user_agent",),
    )


def account(name: str) -> Filter:
    """An account, by a field that is computed."""
    return Filter(lambda row: Made(f"{name}:{row['user_id']}", None), ("user_id",))


def url(part: str) -> Filter:
    """A part of the URL."""
    return fixed(f'url:"{part}"', f"contains(lower(url), {_sql(part)})")


def between(since: int, until: int) -> Made:
    """A span of time, microseconds."""
    return Made(
        f'timestamp >= "{times.iso(since)}" and timestamp < "{times.iso(until)}"',
        f"timestamp >= {_sql_time(since)} AND timestamp < {_sql_time(until)}",
    )


def both(one: Made, other: Made) -> Made:
    return Made(f"{one.kql} and {other.kql}", f"{one.sql} AND {other.sql}")


def at(row: Row) -> int:
    """When the request was made, microseconds."""
    return times.parse(row["timestamp"])


def _day(row: Row) -> Made:
    start = at(row) // times.DAY * times.DAY
    return between(start, start + times.DAY)


def _network(row: Row) -> Made:
    """A /16 of the request's address, or a /48."""
    separator, parts, bits = (":", 3, 48) if ":" in row["remote_ip"] else (".", 2, 16)
    start = separator.join(row["remote_ip"].split(separator)[:parts]) + separator
    rest = ":" if separator == ":" else "0.0"
    return Made(f'remote_ip:"{start}{rest}/{bits}"', f"starts_with(remote_ip, '{start}')")


def _failed_writes_of_user(row: Row) -> Made:
    until = at(row) + times.DAY
    who = Made(
        f"user_id:{row['user_id']} and {FAILED_WRITES.kql}",
        f"user_id = {row['user_id']} AND {FAILED_WRITES.sql}",
    )
    return both(who, between(until - 3 * times.DAY, until))


def _writes_near(row: Row) -> Made:
    """What the trace asks for around a change."""
    who = Made(
        f"user_id:{row['user_id']} and course_id:{row['course_id']} and write:true",
        f"user_id = {row['user_id']} AND course_id = {row['course_id']} AND {WRITES_SQL}",
    )
    return both(who, between(at(row) - 5 * times.MINUTE, at(row) + 5 * times.MINUTE))


FAILED_WRITES = Made(
    "http_status >= 400 and http_method:(POST or PUT)",
    "http_status >= 400 AND http_method IN ('POST', 'PUT')",
)
EVERYTHING = fixed("", "true")
ERRORS = fixed("http_status >= 400", "http_status >= 400")
ALL_FAILED_WRITES = Filter(lambda _: FAILED_WRITES)
DAY = Filter(_day)
DAY_BEFORE = Filter(lambda row: between(at(row) - times.DAY, at(row)))
NETWORK = Filter(_network, ("remote_ip",))
FAILED_WRITES_OF_USER = Filter(_failed_writes_of_user, ("user_id",))
WRITES_NEAR = Filter(_writes_near, ("user_id", "course_id"))


def _kql(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sql(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _sql_time(us: int) -> str:
    return f"TIMESTAMP '{times.iso(us)[:-1].replace('T', ' ')}'"
