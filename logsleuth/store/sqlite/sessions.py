"""Sessions, and runs of calls with a token, put together across days."""

import json
from dataclasses import dataclass, field
from typing import Any

from logsleuth.model import addresses
from logsleuth.store.base import QUIET, Session
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.compile import NEVER, Day, Sql

_MS = f"(r.k >> {schema.LOW_BITS}) * 1000 + ifnull(r.us, 0)"
_BROWSER = """
SELECT r.ses, min({time}), max({time}), count(*), total(({condition}) IS TRUE),
  total(r.op IN ({writes}))
FROM req r WHERE r.ses IS NOT NULL AND r.dev IS NULL {only} GROUP BY r.ses
"""
_DISTINCT = """
SELECT DISTINCT r.ses, r.{column} FROM req r
WHERE r.ses IS NOT NULL AND r.dev IS NULL AND r.{column} IS NOT NULL {only}
"""
_CALLS = """
SELECT {time}, r.dev, r.user_id, i.addr, i.text, u.text, r.op IN ({writes}), ({condition}) IS TRUE
FROM req r LEFT JOIN ip i ON i.i = r.ip LEFT JOIN ua u ON u.i = r.ua
WHERE r.dev IS NOT NULL ORDER BY r.k
"""


@dataclass(slots=True)
class _Whole:
    session: bytes | str | None
    dev: int | None
    start: int
    end: int
    requests: int = 0
    matching: int = 0
    writes: int = 0
    users: set[int] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)


def matching(day: Day, condition: Sql) -> set[Any]:
    """Sessions of a day that have a matching request."""
    if condition.text == NEVER:
        return set()
    rows = day.connection.execute(
        "SELECT sid FROM ses WHERE i IN (SELECT r.ses FROM req r WHERE r.ses IS NOT NULL"
        f" AND r.dev IS NULL AND ({condition.text}))",
        condition.parameters,
    )
    return {row[0] for row in rows}


class Sessions:
    """Fed with days in order of time.  ``only`` limits browser sessions to those."""

    def __init__(self, only: set[Any] | None) -> None:
        self._only = only
        self._sessions: dict[Any, _Whole] = {}
        self._calls: dict[Any, _Whole] = {}
        self._closed: list[_Whole] = []

    def feed(self, day: Day, condition: Sql) -> None:
        """Take in a day; ``condition`` says which requests match the filter."""
        writes = ",".join(str(op.i) for op in day.ops.values() if op.w) or "NULL"
        self._feed_browser(day, condition, writes)
        self._feed_calls(day, condition, writes)

    def _feed_browser(self, day: Day, condition: Sql, writes: str) -> None:
        every: Any = day.connection.execute("SELECT i, sid FROM ses")
        sids = {i: sid for i, sid in every if self._only is None or sid in self._only}
        only, parameters = "", condition.parameters
        chosen: tuple[Any, ...] = ()
        if self._only is not None:
            if not sids:
                return
            only = "AND r.ses IN (SELECT value FROM json_each(?))"
            chosen = (json.dumps(list(sids)),)
        rows: Any = day.connection.execute(
            _BROWSER.format(time=_MS, condition=condition.text, writes=writes, only=only),
            (*parameters, *chosen),
        )
        for number, first, last, count, matched, wrote in rows:
            sid = sids[number]
            whole = self._sessions.get(sid)
            if whole is None:
                whole = self._sessions[sid] = _Whole(sid, None, day.start + first, day.start + last)
            whole.start = min(whole.start, day.start + first)
            whole.end = max(whole.end, day.start + last)
            whole.requests += count
            whole.matching += int(matched)
            whole.writes += int(wrote)
        for name, column in (("users", "user_id"), ("addresses", "ip"), ("agents", "ua")):
            values = _dictionary(day, column)
            pairs: Any = day.connection.execute(_DISTINCT.format(column=column, only=only), chosen)
            for number, value in pairs:
                shown = value if values is None else values[value]
                getattr(self._sessions[sids[number]], name).add(shown)

    def _feed_calls(self, day: Day, condition: Sql, writes: str) -> None:
        rows: Any = day.connection.execute(
            _CALLS.format(time=_MS, condition=condition.text, writes=writes), condition.parameters
        )
        for past, dev, user, packed, text, agent, wrote, matched in rows:
            moment = day.start + past
            address = addresses.unpack(packed) if packed is not None else text
            key = (dev, user, address, agent)
            run = self._calls.get(key)
            if run is None or moment - run.end > QUIET:
                if run is not None:
                    self._closed.append(run)
                run = self._calls[key] = _Whole(None, dev, moment, moment)
                run.users |= {user} - {None}
                run.addresses |= {address} - {None}
                run.agents |= {agent} - {None}
            run.end = moment
            run.requests += 1
            run.matching += matched
            run.writes += wrote

    def found(self) -> list[Session]:
        """Sessions with a matching request so far, newest first."""
        every = [*self._sessions.values(), *self._closed, *self._calls.values()]
        kept = [whole for whole in every if whole.matching]
        kept.sort(key=lambda whole: (-whole.start, str(whole.session)))
        return [_session(whole) for whole in kept]


def _dictionary(day: Day, column: str) -> dict[int, str] | None:
    if column == "ip":
        rows: Any = day.connection.execute("SELECT i, addr, text FROM ip")
        return {i: addresses.unpack(packed) if packed else text for i, packed, text in rows}
    if column == "ua":
        rows = day.connection.execute("SELECT i, text FROM ua")
        return dict(rows)
    return None


def _session(whole: _Whole) -> Session:
    return Session(
        session_id=None if whole.session is None else schema.id_text(whole.session),
        developer_key_id=whole.dev,
        users=tuple(sorted(whole.users)),
        addresses=tuple(sorted(whole.addresses)),
        agents=tuple(sorted(whole.agents)),
        start=whole.start,
        end=whole.end,
        requests=whole.requests,
        matching=whole.matching,
        writes=whole.writes,
    )
