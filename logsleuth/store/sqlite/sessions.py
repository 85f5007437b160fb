"""Sessions, and runs of calls with a token, put together across days.

They are made of visits, not of requests: a run of calls breaks at a pause that is longer than
a slot, so what is between the slots tells all.
"""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from logsleuth.filter.fields import field as field_named
from logsleuth.filter.tree import Match, Node, Range, span_of
from logsleuth.model import times
from logsleuth.store.base import QUIET, Session
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.compile import Day
from logsleuth.store.sqlite.grouping import FEW, shown, values_of
from logsleuth.store.sqlite.plan import pieces

SLOTS = 48
"""Half hours of a day."""

_SLOT_SECONDS = schema.SLOT_MS // 1000
_CLIENT = frozenset({"ses", "dev", "user_id", "ip", "ua"})

_VISITS = f"""
WITH g AS (
  SELECT iif(r.dev IS NULL, {SLOTS}, r.slot) slot, iif(r.dev IS NULL, r.ses, NULL) ses, r.dev dev,
    r.user_id user_id, r.ip ip, r.ua ua, min(r.first) first, max(r.last) last, sum(r.n) n,
    sum(r.writes) writes, sum(r.automatic) automatic, sum(r.opaque) opaque
  FROM visit r WHERE r.slot >= ? AND {{these}}
  GROUP BY 1, 2, 3, 4, 5, 6)
SELECT g.slot, s.sid, g.dev, g.user_id, g.ip, g.ua, g.first, g.last, g.n, g.writes, g.automatic,
  g.opaque
FROM g LEFT JOIN ses s ON s.i = g.ses ORDER BY g.slot DESC
"""
"""Browsers' first, each session once for everybody who is in it; then calls by slot."""

_EVERYBODY = "(r.ses IS NOT NULL OR r.dev IS NOT NULL)"
_THESE = """
(r.dev IS NULL AND r.ses IN (SELECT value FROM json_each(?))
  OR r.dev IN (SELECT value FROM json_each(?)))
"""

Sid = bytes | str
Client = tuple[int, int | None, str | None, str | None]
"""Who calls with a token: key, account, address and agent."""


@dataclass(slots=True)
class Matching:
    """How many requests match a filter: of browser sessions, and of calls of a client in a
    slot, which is counted from the epoch.  ``clients`` are those of the calls."""

    sessions: Counter[Sid] = field(default_factory=Counter)
    calls: Counter[tuple[int, Client]] = field(default_factory=Counter)
    clients: set[Client] = field(default_factory=set)

    @property
    def empty(self) -> bool:
        return not self.sessions and not self.calls

    def add(self, other: "Matching") -> None:
        """Add what matches in another day."""
        self.sessions.update(other.sessions)
        self.calls.update(other.calls)
        self.clients |= other.clients


@dataclass(frozen=True, slots=True)
class Part:
    """The visits of a day, or of some of its slots, with their words."""

    start: int
    visits: list[Any]
    places: dict[int | None, str]
    agents: dict[int | None, str]


class _People(NamedTuple):
    """As whom, from where and with what: sorted, each once.  From the ``attended`` ones of
    the addresses came a request that page or app is not known to have sent by itself."""

    users: tuple[int, ...]
    addresses: tuple[str, ...]
    attended: tuple[str, ...]
    agents: tuple[str, ...]

    def and_(self, other: "_People") -> "_People":
        """Both of them together."""
        return _People(*(_united(one, two) for one, two in zip(self, other, strict=True)))


def _united(one: tuple[Any, ...], two: tuple[Any, ...]) -> tuple[Any, ...]:
    return one if one == two else tuple(sorted({*one, *two}))


@dataclass(slots=True)
class _Whole:
    start: int
    end: int
    people: _People
    requests: int = 0
    matching: int = 0
    writes: int = 0
    automatic: int = 0
    opaque: int = 0


def matching(day: Day, where: Node) -> Matching:
    """The requests of a day that match, by what they would be shown as."""
    found = Matching()
    for piece in pieces(day, where, _CLIENT, _SLOT_SECONDS):
        source = f"FROM {piece.table} r WHERE ({piece.condition.text})"
        sessions: Any = day.connection.execute(
            f"SELECT s.sid, g.n FROM (SELECT r.ses ses, {piece.count} n {source}"
            " AND r.dev IS NULL AND r.ses IS NOT NULL GROUP BY +r.ses) g"
            " JOIN ses s ON s.i = g.ses",
            piece.condition.parameters,
        )
        found.sessions.update(dict(sessions.fetchall()))
        calls: list[Any] = day.connection.execute(
            f"SELECT {piece.ms} / {schema.SLOT_MS}, r.dev, r.user_id, r.ip, r.ua, {piece.count}"
            f" {source} AND r.dev IS NOT NULL GROUP BY 1, +r.dev, 3, 4, 5",
            piece.condition.parameters,
        ).fetchall()
        places = _words(day, "remote_ip", {call[3] for call in calls})
        agents = _words(day, "user_agent", {call[4] for call in calls})
        for number, dev, user, place, agent, matches in calls:
            client = (dev, user, places.get(place), agents.get(agent))
            found.calls[_slot(day.start, number), client] += matches
            found.clients.add(client)
    return found


def part(day: Day, since: int = 0, only: Matching | None = None) -> Part:
    """The visits of a day from a slot on; no others are needed than those of the sessions and
    keys of ``only``, where it is given."""
    these = _EVERYBODY
    parameters: tuple[str, ...] = ()
    if only is not None:
        sessions = _numbers(day, only.sessions)
        keys = {client[0] for client in only.clients}
        these, parameters = _THESE, (json.dumps(sessions), json.dumps(list(keys)))
    visits: list[Any] = day.connection.execute(
        _VISITS.format(these=these), (since, *parameters)
    ).fetchall()
    return Part(
        day.start,
        visits,
        _words(day, "remote_ip", {visit[4] for visit in visits}),
        _words(day, "user_agent", {visit[5] for visit in visits}),
    )


def _numbers(day: Day, sessions: Collection[Sid]) -> list[int]:
    """The numbers that a day has for those of the sessions that it knows."""
    if len(sessions) > FEW:
        every: Any = day.connection.execute("SELECT i, sid FROM ses")
        return [number for number, sid in every if sid in sessions]
    found: Any = day.connection.executemany(
        "SELECT i FROM ses WHERE sid = ?", ((sid,) for sid in sessions)
    )
    return [row[0] for row in found]


def newest_slot(day: Day, where: Node) -> int:
    """The first half hour of the last hour with a request that the filter's span allows."""
    until = span_of(where).until
    before = SLOTS if until is None else -(-(until - day.start) // times.HOUR) * 2
    found: int = day.connection.execute(
        "SELECT ifnull(max(h), 0) FROM hour WHERE h < ?", (before // 2,)
    ).get
    return 2 * found


def since_slot(day: Day, slot: int) -> Node:
    """The requests of a day from a slot on."""
    return Match(field_named("timestamp"), Range(">=", day.start + slot * schema.SLOT_MS * 1000))


class Sessions:
    """Fed with parts of days, the newest first.  ``only`` those that match are found, where
    it is given; its calls are used up."""

    def __init__(self, only: Matching | None) -> None:
        self._only = only
        self._sessions: dict[Sid, _Whole] = {}
        self._calls: dict[Client, _Whole] = {}
        self._closed: list[tuple[int, _Whole]] = []
        self._alone: dict[Any, tuple[Any, ...]] = {}

    def feed(self, part: Part) -> None:
        """Take in what was before all that was fed."""
        only = None if self._only is None else self._only.sessions
        clients = None if self._only is None else self._only.clients
        alike: dict[tuple[Any, ...], _People] = {}
        for visit in part.visits:
            slot, sid, dev, user, place, agent, first, last, count, writes, auto, opaque = visit
            seen = (user, place, agent, auto < count)
            people = alike.get(seen)
            if people is None:
                people = alike[seen] = self._people(part, *seen)
            start, end = part.start + first, part.start + last
            if dev is None:
                if only is not None and sid not in only:
                    continue
                whole = self._sessions.get(sid)
                if whole is None:
                    matches = 0 if only is None else only[sid]
                    whole = self._sessions[sid] = _Whole(start, end, people, matching=matches)
            else:
                client = (dev, user, part.places.get(place), part.agents.get(agent))
                if clients is not None and client not in clients:
                    continue
                whole = self._run(client, start, end, people)
                if self._only is not None:
                    whole.matching += self._only.calls.pop((_slot(part.start, slot), client), 0)
            if start < whole.start:
                whole.start = start
            if end > whole.end:
                whole.end = end
            if people is not whole.people:
                whole.people = whole.people.and_(people)
            whole.requests += count
            whole.writes += writes
            whole.automatic += auto
            whole.opaque += opaque

    def _people(
        self, part: Part, user: int | None, place: int | None, agent: int | None, attended: bool
    ) -> _People:
        """One account, address and agent, any of which may be absent."""
        addresses = self._just(part.places.get(place))
        return _People(
            self._just(user),
            addresses,
            addresses if attended else (),
            self._just(part.agents.get(agent)),
        )

    def _just(self, one: Any) -> tuple[Any, ...]:
        """One value alone, or none: kept once, for it is in many sessions."""
        return () if one is None else self._alone.setdefault(one, (one,))

    def _run(self, client: Client, start: int, end: int, people: _People) -> _Whole:
        """The run that calls of a client belong to, which end so shortly before it or begin it."""
        run = self._calls.get(client)
        if run is None or run.start - end > QUIET:
            if run is not None:
                self._closed.append((client[0], run))
            run = self._calls[client] = _Whole(start, end, people)
        return run

    def found(self) -> list[Session]:
        """Sessions with a matching request so far, newest first."""
        everything = self._only is None
        found = [
            _session(schema.id_text(sid), None, whole, everything)
            for sid, whole in self._sessions.items()
        ]
        runs = [*self._closed, *((client[0], run) for client, run in self._calls.items())]
        found += [
            _session(None, dev, run, everything) for dev, run in runs if everything or run.matching
        ]
        found.sort(key=lambda one: one.session_id or "")
        found.sort(key=lambda one: one.start, reverse=True)
        return found


def _slot(start: int, number: int) -> int:
    """A slot of the day that begins at ``start``, counted from the epoch."""
    return start // (schema.SLOT_MS * 1000) + number


def _words(day: Day, name: str, numbers: set[int | None]) -> dict[int | None, str]:
    """What a day's numbers of addresses or agents stand for, as it is shown."""
    wanted = field_named(name)
    values = values_of(day, wanted, numbers - {None})
    return {number: str(shown(wanted, value)) for number, value in values.items()}


def _session(session_id: str | None, dev: int | None, whole: _Whole, everything: bool) -> Session:
    people = whole.people
    attended = people.attended
    return Session(
        session_id=session_id,
        developer_key_id=dev,
        users=people.users,
        addresses=people.addresses,
        addresses_automatic=tuple(one for one in people.addresses if one not in attended),
        agents=people.agents,
        start=whole.start,
        end=whole.end,
        requests=whole.requests,
        matching=whole.requests if everything else whole.matching,
        writes=whole.writes,
        automatic=whole.automatic,
        opaque=whole.opaque,
    )
