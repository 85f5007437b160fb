"""What a day knows of sessions and of calls with a token, by half hour: its visits."""

import json
from collections import Counter
from collections.abc import Collection, Set
from dataclasses import dataclass, field
from typing import Any

from logsleuth.filter.fields import field as field_named
from logsleuth.filter.tree import Match, Node, Range, span_of
from logsleuth.model import times
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.counting import counted
from logsleuth.store.sqlite.facts import Day
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
    """The visits of a day, or of some of its slots, with their words; calls are needed of
    the ``clients`` only, where they are given."""

    start: int
    visits: list[Any]
    clients: Set[Client] | None
    places: dict[int | None, str]
    agents: dict[int | None, str]


def matching(day: Day, where: Node) -> Matching:
    """The requests of a day that match, by what they would be shown as."""
    found = Matching()
    known = pieces(day, where, frozenset())
    if all(piece.table != "req" for piece in known) and not any(
        counted(day, piece) for piece in known
    ):
        return found
    # The + keeps the planner from walking an index of sessions or keys with a look-up per row.
    for piece in pieces(day, where, _CLIENT, _SLOT_SECONDS):
        source = f"FROM {piece.table} r WHERE ({piece.condition.text})"
        sessions: Any = day.connection.execute(
            f"SELECT s.sid, g.n FROM (SELECT r.ses ses, {piece.count} n {source}"
            " AND +r.dev IS NULL AND +r.ses IS NOT NULL GROUP BY +r.ses) g"
            " JOIN ses s ON s.i = g.ses",
            piece.condition.parameters,
        )
        found.sessions.update(dict(sessions.fetchall()))
        calls: list[Any] = day.connection.execute(
            f"SELECT {piece.ms} / {schema.SLOT_MS}, r.dev, r.user_id, r.ip, r.ua, {piece.count}"
            f" {source} AND +r.dev IS NOT NULL GROUP BY 1, +r.dev, 3, 4, 5",
            piece.condition.parameters,
        ).fetchall()
        places = _words(day, "remote_ip", {call[3] for call in calls})
        agents = _words(day, "user_agent", {call[4] for call in calls})
        for number, dev, user, place, agent, matches in calls:
            client = (dev, user, places.get(place), agents.get(agent))
            found.calls[slot_of(day.start, number), client] += matches
            found.clients.add(client)
    return found


def part(
    day: Day, since: int = 0, only: Matching | None = None, clients: Set[Client] | None = None
) -> Part:
    """The visits of a day from a slot on; where ``only`` is given, no others are needed than
    those of its sessions and of the clients, which are its own if not told otherwise."""
    these = _EVERYBODY
    parameters: tuple[str, ...] = ()
    if only is not None:
        clients = only.clients if clients is None else clients
        sessions = _numbers(day, only.sessions)
        keys = {client[0] for client in clients}
        these, parameters = _THESE, (json.dumps(sessions), json.dumps(list(keys)))
    visits: list[Any] = day.connection.execute(
        _VISITS.format(these=these), (since, *parameters)
    ).fetchall()
    return Part(
        day.start,
        visits,
        clients,
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


def callers(day: Day, slot: int) -> set[Client]:
    """Who called with a token in a slot of the day."""
    calls: list[Any] = day.connection.execute(
        "SELECT DISTINCT r.dev, r.user_id, r.ip, r.ua FROM visit r"
        " WHERE r.dev IS NOT NULL AND r.slot = ?",
        (slot,),
    ).fetchall()
    places = _words(day, "remote_ip", {call[2] for call in calls})
    agents = _words(day, "user_agent", {call[3] for call in calls})
    return {(dev, user, places.get(ip), agents.get(ua)) for dev, user, ip, ua in calls}


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


def slot_of(start: int, number: int) -> int:
    """A slot of the day that begins at ``start``, counted from the epoch."""
    return start // (schema.SLOT_MS * 1000) + number


def _words(day: Day, name: str, numbers: set[int | None]) -> dict[int | None, str]:
    """What a day's numbers of addresses or agents stand for, as it is shown."""
    wanted = field_named(name)
    values = values_of(day, wanted, numbers - {None})
    return {number: str(shown(wanted, values[number])) for number in numbers - {None}}
