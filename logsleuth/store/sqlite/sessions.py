"""Sessions, and runs of calls with a token, put together across days.

They are made of visits, not of requests: a run of calls breaks at a pause that is longer than
a slot, so what is between the slots tells all.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from logsleuth.filter.tree import Node
from logsleuth.model import addresses
from logsleuth.store.base import QUIET, Session
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.compile import NEVER, Day, compile_filter
from logsleuth.store.sqlite.rollups import CLIENT, SLOT

_SUMS = "sum(r.n), sum(r.writes), sum(r.automatic), sum(r.opaque)"
_BROWSER = f"""
SELECT s.sid, r.user_id, r.ip, r.ua, min(r.first), max(r.last), {_SUMS}
FROM visit r JOIN ses s ON s.i = r.ses WHERE r.dev IS NULL AND r.slot >= ? AND r.slot < ?
GROUP BY +r.ses, r.user_id, r.ip, r.ua
"""
_CALLS = f"""
SELECT r.slot, r.dev, r.user_id, r.ip, r.ua, min(r.first), max(r.last), {_SUMS}
FROM visit r WHERE r.dev IS NOT NULL AND r.slot >= ? AND r.slot < ?
GROUP BY r.slot, r.dev, r.user_id, r.ip, r.ua ORDER BY r.slot DESC
"""
SLOTS = 48
"""Half hours of a day."""

Sid = bytes | str
Client = tuple[int, int | None, str | None, str | None]
"""Who calls with a token: key, account, address and agent."""


@dataclass(slots=True)
class Matching:
    """How many requests match a filter: of browser sessions, and of calls of a client in a
    slot, which is counted from the epoch."""

    sessions: Counter[Sid] = field(default_factory=Counter)
    calls: Counter[tuple[int, Client]] = field(default_factory=Counter)

    @property
    def empty(self) -> bool:
        return not self.sessions and not self.calls

    def add(self, other: "Matching") -> None:
        """Add what matches in another day."""
        self.sessions.update(other.sessions)
        self.calls.update(other.calls)


@dataclass(frozen=True, slots=True)
class Part:
    """The visits of a day, or of some of its slots, with their words."""

    start: int
    browser: list[Any]
    calls: list[Any]
    places: dict[int, str]
    agents: dict[int, str]


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

    def take(self, counts: list[int], address: str | None) -> None:
        """Add requests from an address: all, writes, automatic, opaque."""
        count, writes, automatic, opaque = counts
        self.requests += count
        self.writes += writes
        self.automatic += automatic
        self.opaque += opaque
        if address is not None:
            self.addresses.add(address)
            if automatic < count:
                self.attended.add(address)


def matching(day: Day, where: Node) -> Matching:
    """The requests of a day that match, by what they would be shown as."""
    found = Matching()
    condition = compile_filter(where, day)
    if condition.text == NEVER:
        return found
    table, slot, count = "req", SLOT, "count(*)"
    if condition.reads <= set(CLIENT):
        table, slot, count = "visit", "r.slot", "sum(r.n)"
    sessions: Any = day.connection.execute(
        f"SELECT s.sid, {count} FROM {table} r JOIN ses s ON s.i = r.ses"
        f" WHERE r.dev IS NULL AND ({condition.text}) GROUP BY +r.ses",
        condition.parameters,
    )
    found.sessions.update(dict(sessions.fetchall()))
    calls: list[Any] = day.connection.execute(
        f"SELECT {slot}, r.dev, r.user_id, r.ip, r.ua, {count} FROM {table} r"
        f" WHERE r.dev IS NOT NULL AND ({condition.text}) GROUP BY 1, +r.dev, 3, 4, 5",
        condition.parameters,
    ).fetchall()
    places, agents = (_addresses(day), _agents(day)) if calls else ({}, {})
    for number, dev, user, place, agent, matches in calls:
        client = (dev, user, places.get(place), agents.get(agent))
        found.calls[_slot(day.start, number), client] += matches
    return found


def part(day: Day, low: int = 0, high: int = SLOTS) -> Part:
    """The visits of a day from slot ``low`` on, and before ``high``."""
    browser: list[Any] = day.connection.execute(_BROWSER, (low, high)).fetchall()
    calls: list[Any] = day.connection.execute(_CALLS, (low, high)).fetchall()
    return Part(day.start, browser, calls, _addresses(day), _agents(day))


def newest_slot(day: Day) -> int:
    """The last slot of the day with a request."""
    found: int = day.connection.execute("SELECT ifnull(max(slot), 0) FROM visit").get
    return found


class Sessions:
    """Fed with parts of days, the newest first.  ``only`` those that match are found, where
    it is given."""

    def __init__(self, only: Matching | None) -> None:
        self._only = only
        self._sessions: dict[Sid, _Whole] = {}
        self._calls: dict[Client, _Whole] = {}
        self._closed: list[_Whole] = []

    def feed(self, part: Part) -> None:
        """Take in what was before all that was fed."""
        only = None if self._only is None else self._only.sessions
        for sid, user, place, agent, first, last, *counts in part.browser:
            if only is not None and sid not in only:
                continue
            start, end = part.start + first, part.start + last
            whole = self._sessions.get(sid)
            if whole is None:
                whole = self._sessions[sid] = _Whole(sid, None, start, end)
                whole.matching = 0 if only is None else only[sid]
            whole.start = min(whole.start, start)
            whole.end = max(whole.end, end)
            whole.take(counts, part.places.get(place))
            if user is not None:
                whole.users.add(user)
            if agent is not None:
                whole.agents.add(part.agents[agent])
        for slot, dev, user, place, text, first, last, *counts in part.calls:
            address, agent = part.places.get(place), part.agents.get(text)
            self._call(part, slot, (dev, user, address, agent), (first, last), counts)

    def _call(
        self, part: Part, slot: int, client: Client, span: tuple[int, int], counts: list[int]
    ) -> None:
        """Take in the calls of a client in a slot."""
        start, end = part.start + span[0], part.start + span[1]
        run = self._calls.get(client)
        if run is None or run.start - end > QUIET:
            if run is not None:
                self._closed.append(run)
            dev, user, _, agent = client
            run = self._calls[client] = _Whole(None, dev, start, end)
            if user is not None:
                run.users.add(user)
            if agent is not None:
                run.agents.add(agent)
        run.start = start
        run.take(counts, client[2])
        if self._only is not None:
            run.matching += self._only.calls[_slot(part.start, slot), client]

    def found(self) -> list[Session]:
        """Sessions with a matching request so far, newest first."""
        every = [*self._sessions.values(), *self._closed, *self._calls.values()]
        if self._only is None:
            for whole in every:
                whole.matching = whole.requests
        kept = [whole for whole in every if whole.matching]
        kept.sort(key=lambda whole: (-whole.start, str(whole.session)))
        return [_session(whole) for whole in kept]


def _slot(start: int, number: int) -> int:
    """A slot of the day that begins at ``start``, counted from the epoch."""
    return start // (schema.SLOT_MS * 1000) + number


def _addresses(day: Day) -> dict[int, str]:
    rows: Any = day.connection.execute("SELECT i, addr, text FROM ip")
    return {i: addresses.unpack(packed) if packed else text for i, packed, text in rows}


def _agents(day: Day) -> dict[int, str]:
    rows: Any = day.connection.execute("SELECT i, text FROM ua")
    return dict(rows)


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
