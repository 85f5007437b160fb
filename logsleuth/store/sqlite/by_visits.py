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

_WHOSE = f"""
SELECT sum(n), {_LOW}, {_HIGH}, count(DISTINCT ifnull(user_id, 'nobody')) = 1, max(user_id),
  count(DISTINCT ifnull(ip, 'nowhere')) = 1, max(ip)
FROM visit WHERE """
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


def of_sessions(condition: Sql, day: Day) -> Sql:
    """The condition that a row is of some sessions, with a way to these rows.

    That is what their account, or their address, sent meanwhile, in order of time.  The few
    rows of several, or of one who sent much besides, are found one by one.  For many rows of
    several, all that anybody sent meanwhile is read in order.
    """
    if condition.text == NEVER:
        return condition
    found: Any = day.connection.execute(
        f"{_WHOSE} ({condition.text})", condition.parameters
    ).fetchone()
    rows, low, high, one_user, user, one_ip, ip = found
    if rows is None:
        return Sql(NEVER)
    if one_user and user is not None:
        whose, column, number = "user_id = ?", "user_id", user
    elif one_user and one_ip and ip is not None:
        whose, column, number = "user_id IS NULL AND ip = ?", "ip", ip
    else:
        whose, column, number = "", "", None
    meanwhile = f"({condition.text}) AND k >= ? AND k < ?"
    if whose and (rows > FEW or _sent(day, column, number) <= FEW):
        return Sql(f"{meanwhile} AND {whose}", (*condition.parameters, low, high, number))
    if rows > FEW:
        return Sql(meanwhile, (*condition.parameters, low, high))
    return narrowed(condition)


def _sent(day: Day, column: str, number: int) -> int:
    """How much an account, or an address, sent in the day."""
    sql = f"SELECT sum(n) FROM {column}_hour WHERE {column} = ?"
    found: int = day.connection.execute(sql, (number,)).get
    return found


def narrowed(condition: Sql) -> Sql:
    """The same condition, which reads nothing but what visits have, with a way to the rows: at
    its best where these are few."""
    text = f"({condition.text}) AND k IN ({keys(condition.text)})"
    return replace(condition, text=text, parameters=condition.parameters * 2)
