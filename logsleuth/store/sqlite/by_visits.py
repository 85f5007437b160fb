"""Rows found through visits, where no index of the rows leads to them.

A visit says by whom, or from which address, its requests were sent, and when the first and the
last of them; and the requests of an account, or of an address, stand in an index in order of time.
"""

from dataclasses import replace
from typing import Any

from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.sql import NEVER, Sql

FEW = 4_000
"""Rows that are sooner found one by one than by reading in order what may be among them."""

_LOW = f"min(first) / 1000 << {schema.LOW_BITS}"
_HIGH = f"max(last) / 1000 + 1 << {schema.LOW_BITS}"
"""Bounds of the keys of what visits are made of."""

_WHOSE = (
    f"SELECT sum(n), {_LOW}, {_HIGH}, count(DISTINCT ifnull(user_id, 'nobody')), max(user_id),"
    " count(DISTINCT ifnull(ip, 'nowhere')), max(ip)"
)
_SAME_TIME = "q.k >= v.low AND q.k < v.high"


def keys(visits: str) -> str:
    """SQL of the keys of all rows that the visits which meet a condition are made of, and of
    few others: those that the same account sent in between, or, where a visit has no account,
    the same address."""
    return f"""
      WITH v AS MATERIALIZED (
        SELECT user_id, iif(user_id IS NULL, ip, NULL) ip, {_LOW} low, {_HIGH} high
        FROM visit WHERE {visits} GROUP BY slot, 1, 2)
      SELECT q.k FROM v CROSS JOIN req q
        ON q.user_id = v.user_id AND {_SAME_TIME}
      UNION ALL SELECT q.k FROM v CROSS JOIN req q
        ON v.user_id IS NULL AND q.ip = v.ip AND {_SAME_TIME}
      UNION ALL SELECT q.k FROM v CROSS JOIN req q
        ON v.user_id IS NULL AND v.ip IS NULL AND {_SAME_TIME}
    """


def of_session(condition: Sql, day: Day) -> Sql:
    """The condition that a row is of a session, with a way to its rows in order of time.

    The few of most sessions are found one by one.  Where a session has many, all that its
    account, or address, sent meanwhile is read, or all that anybody did.
    """
    if condition.text == NEVER:
        return condition
    found: Any = day.connection.execute(
        f"{_WHOSE} FROM visit WHERE {condition.text}", condition.parameters
    ).fetchone()
    rows, low, high, users, user, addresses, address = found
    if rows is None:
        return Sql(NEVER)
    if rows <= FEW:
        return narrowed(condition)
    text = f"{condition.text} AND k >= {low} AND k < {high}"
    if user is not None and users == 1:
        text += f" AND user_id = {user}"
    elif user is None and addresses == 1 and address is not None:
        text += f" AND user_id IS NULL AND ip = {address}"
    return replace(condition, text=text)


def narrowed(condition: Sql) -> Sql:
    """The same condition, which reads nothing but what visits have, with a way to the rows: at
    its best where these are few."""
    text = f"({condition.text}) AND k IN ({keys(condition.text)})"
    return replace(condition, text=text, parameters=condition.parameters * 2)
