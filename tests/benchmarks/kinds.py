"""Kinds of question: how the store is asked, what says the same in SQL, and how the two
answers are brought into one form, so that they can be compared."""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from filters import WRITES_SQL, Row, at

from logsleuth.filter.tree import Node
from logsleuth.model import addresses
from logsleuth.store.base import Cancel, Partial, Store, last
from logsleuth.tui.key_uses import read_keys
from logsleuth.tui.panes.users import read_users
from logsleuth.tui.sorting import until_counted

PAGE, TOP, SCREEN = 200, 50, 40
"""Rows of a page, values of a top list, rows of a screen."""

Answers = Iterator[Partial[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question.

    ``ask`` asks the store for a filter made from a request; ``sql`` is DuckDB's statement for
    a condition.  ``ours`` and ``theirs`` bring the whole answers into one form.
    """

    ask: Callable[[Store, Node, Row], Answers]
    sql: Callable[[str, Row], str] | None = None
    ours: Callable[[Any], Any] = lambda answer: answer
    theirs: Callable[[list[Any]], Any] = lambda rows: [tuple(row) for row in rows]


def page() -> Kind:
    """The newest page."""
    return Kind(
        lambda store, where, _: store.page(where, limit=PAGE),
        lambda condition, _: _page_sql(condition),
        _ids_in_time,
        lambda rows: [(row[0], str(row[1])) for row in rows],
    )


def deep_page() -> Kind:
    """A page from the middle of the data on, as after much scrolling."""
    return Kind(
        lambda store, where, row: store.page(where, limit=PAGE, after=store.cursor_at(at(row))),
        lambda condition, row: _page_sql(f"{condition} AND timestamp < make_timestamp({at(row)})"),
        _ids_in_time,
        lambda rows: [(row[0], str(row[1])) for row in rows],
    )


def _page_sql(condition: str) -> str:
    return (
        f"SELECT epoch_us(timestamp), * FROM req WHERE {condition}"
        f" ORDER BY timestamp DESC LIMIT {PAGE}"
    )


def _ids_in_time(answer: Any) -> list[tuple[int, str]]:
    return [(row.timestamp, row.id) for row in answer.rows]


def count() -> Kind:
    """How many."""
    return Kind(
        lambda store, where, _: store.count(where),
        lambda condition, _: f"SELECT count(*) FROM req WHERE {condition}",
        theirs=lambda rows: rows[0][0],
    )


def hours() -> Kind:
    """Requests, errors and writes per hour."""
    return Kind(
        lambda store, where, _: store.timeline(where, seconds=3600),
        lambda condition, _: (
            "SELECT epoch_us(date_trunc('hour', timestamp)) AS h, count(*),"
            f" count(*) FILTER (http_status >= 400), count(*) FILTER ({WRITES_SQL})"
            f" FROM req WHERE {condition} GROUP BY h ORDER BY h"
        ),
        lambda answer: [(b.start, b.count, b.errors, b.writes) for b in answer],
    )


def top(name: str, limit: int = TOP) -> Kind:
    """Values of a column with requests, accounts, first and last; no comparison with all
    requests, which comes later.  ``limit`` 0 is all."""
    return Kind(
        lambda store, where, _: until_counted(store.top(name, where, limit=limit)),
        lambda condition, _: (
            f"SELECT {name}, count(*) AS n, count(DISTINCT user_id), epoch_us(min(timestamp)),"
            f" epoch_us(max(timestamp)) FROM req WHERE {name} IS NOT NULL AND {condition}"
            f" GROUP BY {name} ORDER BY n DESC, {name} LIMIT {limit or 10**9}"
        ),
        lambda answer: [(_plain(r.value), r.count, r.users, r.first, r.last) for r in answer],
        lambda rows: [(_plain(value), *figures) for value, *figures in rows],
    )


def compared(name: str) -> Kind:
    """All values of a column, with their comparison with all requests."""
    return Kind(lambda store, where, _: store.top(name, where, limit=0))


def by_id() -> Kind:
    """A request by its id."""

    def ask(store: Store, _: Node, row: Row) -> Answers:
        yield Partial(store.request(row["id"]), True)

    return Kind(
        ask,
        lambda _, row: f"SELECT * FROM req WHERE id = '{row['id']}'",
        lambda answer: [answer.id],
        lambda rows: [str(row[0]) for row in rows],
    )


def candidates() -> Kind:
    """What the trace asks for: whole requests, oldest first."""

    def ask(store: Store, where: Node, _: Row) -> Answers:
        yield Partial(store.candidates(where, limit=1000), True)

    return Kind(
        ask,
        lambda condition, _: f"SELECT * FROM req WHERE {condition}",
        lambda answer: sorted(row.id for row in answer),
        lambda rows: sorted(str(row[0]) for row in rows),
    )


def sessions() -> Kind:
    """Sessions; compared are those with two addresses."""
    return Kind(
        lambda store, where, _: store.sessions(where),
        lambda condition, _: (
            "SELECT session_id, count(*), count(DISTINCT remote_ip) AS n FROM req"
            f" WHERE session_id IS NOT NULL AND {condition} GROUP BY session_id HAVING n > 1"
        ),
        lambda answer: sorted(
            (one.session_id, one.requests, len(one.addresses))
            for one in answer
            if one.session_id is not None and len(one.addresses) > 1
        ),
        lambda rows: sorted(tuple(row) for row in rows),
    )


def acting() -> Kind:
    """Pairs of accounts, one of which acted as the other."""
    return Kind(
        lambda store, where, _: store.pairs(("real_user_id", "user_id"), where),
        lambda condition, _: (
            "SELECT real_user_id, user_id, count(*) FROM req"
            f" WHERE real_user_id IS NOT NULL AND {condition} GROUP BY real_user_id, user_id"
        ),
        lambda answer: sorted((*row.pair, row.count) for row in answer),
        lambda rows: sorted(tuple(row) for row in rows),
    )


def spans() -> Kind:
    """Spans of acting as another, as the Masquerades pane asks."""
    return Kind(lambda store, where, _: store.spans(where))


def users() -> Kind:
    """Accounts, as the Users pane asks."""
    return Kind(lambda store, where, _: read_users(store, where, Cancel()))


def keys() -> Kind:
    """Keys and accounts, as the Keys pane asks."""
    return Kind(lambda store, where, _: read_keys(store, where, Cancel()))


def profiles() -> Kind:
    """What the requests of a screen of addresses are made of."""

    def ask(store: Store, where: Node, _: Row) -> Answers:
        rows = last(until_counted(store.top("remote_ip", where, limit=SCREEN)))
        values = [addresses.pack(str(row.value)) or b"" for row in rows]
        return store.profiles("remote_ip", values, where)

    return Kind(ask)


def _plain(value: Any) -> Any:
    """A value as both sides write it: addresses in one spelling."""
    if isinstance(value, str):
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            return value
    return value


def same(ours: Any, theirs: Any) -> bool:
    """Whether two answers are equal, but for which of several equals are the last shown.

    Lists that are cut are compared without the rows that tie with the last one (in time, or
    in number), and the order of rows that tie does not matter.
    """
    if not isinstance(ours, list) or len(ours) != len(theirs) or not ours:
        return bool(ours == theirs)
    if len(ours) not in (PAGE, TOP):
        return sorted(map(str, ours)) == sorted(map(str, theirs))
    place = 1 if len(ours[0]) > 2 else 0
    ends = {side[-1][place] for side in (ours, theirs)}
    kept = [sorted(str(one) for one in side if one[place] not in ends) for side in (ours, theirs)]
    return len(ends) == 1 and kept[0] == kept[1]
