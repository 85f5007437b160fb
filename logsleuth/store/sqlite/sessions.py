"""Sessions, and runs of calls with a token, put together across days."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from logsleuth.filter import sorts
from logsleuth.model import addresses
from logsleuth.store.base import QUIET, Session
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.compile import NEVER, Day, Sql, compile_filter

_MS = f"(r.k >> {schema.LOW_BITS}) * 1000 + ifnull(r.us, 0)"
_BROWSER = """
SELECT r.ses, r.user_id, r.ip, r.ua, min({time}), max({time}),
  count(*), total({matching}), total({writes}), total({automatic}), total({opaque})
FROM req r WHERE r.ses IS NOT NULL AND r.dev IS NULL {only}
GROUP BY r.ses, r.user_id, r.ip, r.ua
"""
_CALLS = """
SELECT {time}, r.dev, r.user_id, r.ip, r.ua, 1, {matching}, {writes}, {automatic}, {opaque}
FROM req r WHERE r.dev IS NOT NULL ORDER BY {in_order}
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
    automatic: int = 0
    opaque: int = 0
    users: set[int] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    attended: set[str] = field(default_factory=set)
    """Addresses with a request that page or app is not known to have sent by itself."""
    agents: set[str] = field(default_factory=set)

    def take(self, counts: Sequence[float], address: str | None) -> None:
        """Add requests from an address: all, matching, writes, automatic, opaque."""
        count, matching, writes, automatic, opaque = map(int, counts)
        self.requests += count
        self.matching += matching
        self.writes += writes
        self.automatic += automatic
        self.opaque += opaque
        if address is not None:
            self.addresses.add(address)
            if automatic < count:
                self.attended.add(address)


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
    """Fed with days, the newest first.  ``only`` limits browser sessions to those."""

    def __init__(self, only: set[Any] | None) -> None:
        self._only = only
        self._sessions: dict[Any, _Whole] = {}
        self._calls: dict[Any, _Whole] = {}
        self._closed: list[_Whole] = []

    def feed(self, day: Day, condition: Sql) -> None:
        """Take in a day; ``condition`` says which requests match the filter."""
        counted = {
            "time": _MS,
            "matching": f"({condition.text}) IS TRUE",
            "writes": _among(op.i for op in day.ops.values() if op.w),
            "automatic": _among(day.ops_that(compile_filter(sorts.AUTOMATIC, day))),
            "opaque": _among(day.ops_that(compile_filter(sorts.OPAQUE, day))),
        }
        places, agents = _addresses(day), _agents(day)
        self._feed_browser(day, counted, condition.parameters, places, agents)
        self._feed_calls(day, counted, condition.parameters, places, agents)

    def _feed_browser(
        self,
        day: Day,
        counted: dict[str, str],
        parameters: tuple[Any, ...],
        places: dict[int, str],
        agents: dict[int, str],
    ) -> None:
        every: Any = day.connection.execute("SELECT i, sid FROM ses")
        sids = {i: sid for i, sid in every if self._only is None or sid in self._only}
        only = ""
        if self._only is not None:
            if not sids:
                return
            only = "AND r.ses IN (SELECT value FROM json_each(?))"
            parameters = (*parameters, json.dumps(list(sids)))
        rows: Any = day.connection.execute(_BROWSER.format(only=only, **counted), parameters)
        for number, user, address, agent, first, last, *counts in rows:
            sid = sids[number]
            whole = self._sessions.get(sid)
            if whole is None:
                whole = self._sessions[sid] = _Whole(sid, None, day.start + first, day.start + last)
            whole.start = min(whole.start, day.start + first)
            whole.end = max(whole.end, day.start + last)
            whole.take(counts, places.get(address))
            whole.users |= {user} - {None}
            if agent is not None:
                whole.agents.add(agents[agent])

    def _feed_calls(
        self,
        day: Day,
        counted: dict[str, str],
        parameters: tuple[Any, ...],
        places: dict[int, str],
        agents: dict[int, str],
    ) -> None:
        rows: Any = day.connection.execute(
            _CALLS.format(in_order=schema.BACKWARDS, **counted), parameters
        )
        for past, dev, user, place, text, *counts in rows:
            moment = day.start + past
            address, agent = places.get(place), agents.get(text)
            key = (dev, user, address, agent)
            run = self._calls.get(key)
            if run is None or run.start - moment > QUIET:
                if run is not None:
                    self._closed.append(run)
                run = self._calls[key] = _Whole(None, dev, moment, moment)
                run.users |= {user} - {None}
                if agent is not None:
                    run.agents.add(agent)
            run.start = moment
            run.take(counts, address)

    def found(self) -> list[Session]:
        """Sessions with a matching request so far, newest first."""
        every = [*self._sessions.values(), *self._closed, *self._calls.values()]
        kept = [whole for whole in every if whole.matching]
        kept.sort(key=lambda whole: (-whole.start, str(whole.session)))
        return [_session(whole) for whole in kept]


def _addresses(day: Day) -> dict[int, str]:
    rows: Any = day.connection.execute("SELECT i, addr, text FROM ip")
    return {i: addresses.unpack(packed) if packed else text for i, packed, text in rows}


def _agents(day: Day) -> dict[int, str]:
    rows: Any = day.connection.execute("SELECT i, text FROM ua")
    return dict(rows)


def _among(ops: Iterable[int]) -> str:
    return f"r.op IN ({','.join(map(str, ops)) or 'NULL'}) IS TRUE"


def _session(whole: _Whole) -> Session:
    return Session(
        session_id=None if whole.session is None else schema.id_text(whole.session),
        developer_key_id=whole.dev,
        users=tuple(sorted(whole.users)),
        addresses=tuple(sorted(whole.addresses)),
        addresses_automatic=tuple(sorted(whole.addresses - whole.attended)),
        agents=tuple(sorted(whole.agents)),
        start=whole.start,
        end=whole.end,
        requests=whole.requests,
        matching=whole.matching,
        writes=whole.writes,
        automatic=whole.automatic,
        opaque=whole.opaque,
    )
