"""What a day knows of sessions and of calls with a token, by half hour: its visits."""

import json
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from logsleuth.filter.fields import field as field_named
from logsleuth.filter.tree import Match, Node, Range, span_of
from logsleuth.model import times
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.counting import counted
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.grouping import FEW, values_of
from logsleuth.store.sqlite.plan import pieces

SLOTS = 48
"""Half hours of a day."""

_SLOT_SECONDS = schema.SLOT_MS // 1000
_CLIENT = frozenset({"ses", "dev", "user_id", "ip", "ua"})

_SESSIONS = """
WITH g AS (
  SELECT r.ses ses, r.user_id user_id, r.ip ip, r.ua ua, min(r.first) first, max(r.last) last,
    sum(r.n) n, sum(r.writes) writes, sum(r.automatic) automatic, sum(r.opaque) opaque
  FROM visit r WHERE r.slot >= ? AND r.dev IS NULL AND r.ses IS NOT NULL{these}
  GROUP BY 1, 2, 3, 4 ORDER BY first DESC LIMIT ?)
SELECT 0, s.sid, g.user_id, ifnull(g.ip, -1), ifnull(g.ua, -1), g.first, g.last, g.n, g.writes,
  g.automatic, g.opaque
FROM g CROSS JOIN ses s ON s.i = g.ses
"""
_CALLS = """
SELECT r.slot, r.dev, r.user_id, ifnull(r.ip, -1), ifnull(r.ua, -1), r.first, r.last, r.n,
  r.writes, r.automatic, r.opaque
FROM visit r WHERE r.slot >= ? AND r.dev IS NOT NULL{these}
ORDER BY r.slot DESC, r.first DESC LIMIT ?
"""
_THESE_SESSIONS = " AND {}r.ses IN (SELECT value FROM json_each(?))"
_THESE_CLIENTS = (
    " AND r.dev IN (SELECT value FROM json_each(?))"
    " AND (r.user_id IS NULL OR r.user_id IN (SELECT value FROM json_each(?)))"
)

Sid = bytes | str
Client = tuple[int, int | None, bytes | str | None, str | None]
"""Who calls with a token: key, account, address and agent, as a filter compares them."""


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


ABSENT = -1
"""Stands for no address, or no agent, in columns of a day's numbers."""

AT_ONCE = 4_000
"""Visits that are read before they become columns, which take a sixth of the memory."""


class Visits:
    """Visits of a day in columns; times are those of the day, in microseconds.

    ``slots`` count for calls only, ``whose`` are keys for calls, else sessions as stored.
    """

    def __init__(self) -> None:
        self.slots = array("B")
        self.whose: list[Any] = []
        self.users: list[int | None] = []
        self.places, self.agents = array("q"), array("q")
        self.first, self.last = array("q"), array("q")
        self.requests, self.writes = array("I"), array("I")
        self.automatic, self.opaque = array("I"), array("I")

    @property
    def columns(self) -> tuple[Any, ...]:
        """All of them, in the order of the statements that read them."""
        return (
            self.slots, self.whose, self.users, self.places, self.agents, self.first, self.last,
            self.requests, self.writes, self.automatic, self.opaque,
        )  # fmt: skip

    @classmethod
    def read(cls, rows: Iterable[Any]) -> "Visits":
        """The visits that a statement finds."""
        found = cls()
        columns, left = found.columns, iter(rows)
        while some := list(islice(left, AT_ONCE)):
            for column, values in zip(columns, zip(*some, strict=True), strict=True):
                column.extend(values)
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """The visits of a day, or of some of its slots, with what their numbers stand for.

    A session is there once for each account, address and agent, a call once for a slot, the
    newest first; either may be there more often.  Calls are needed of the ``clients`` only,
    where they are given.
    """

    start: int
    sessions: Visits
    calls: Visits
    clients: Set[Client] | None
    places: dict[int, bytes | str | None]
    agents: dict[int, str | None]


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
        places = _values(day, "remote_ip", {call[3] for call in calls})
        agents = _values(day, "user_agent", {call[4] for call in calls})
        for number, dev, user, place, agent, matches in calls:
            client = (dev, user, places.get(place), agents.get(agent))
            found.calls[slot_of(day.start, number), client] += matches
            found.clients.add(client)
    return found


def part(
    day: Day,
    since: int = 0,
    only: Matching | None = None,
    clients: Set[Client] | None = None,
    most: int = -1,
) -> Part:
    """The visits of a day from a slot on; where ``only`` is given, no others are needed than
    those of its sessions and of the clients, which are its own if not told otherwise.  With
    ``most`` only so many of the newest sessions and calls, which is less than all of these."""
    these = those = ""
    numbers: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    if only is not None:
        clients = only.clients if clients is None else clients
        wanted = _numbers(day, only.sessions)
        # Many are found sooner in a walk over all visits than in an index, which the + rules out.
        these = _THESE_SESSIONS.format("+" if len(wanted) > FEW else "")
        numbers = (json.dumps(wanted),)
        those = _THESE_CLIENTS
        keys = tuple(json.dumps(list({client[at] for client in clients})) for at in (0, 1))
    connection = day.connection
    found = Visits.read(connection.execute(_SESSIONS.format(these=these), (since, *numbers, most)))
    called = Visits()
    if clients is None or clients:
        called = Visits.read(connection.execute(_CALLS.format(these=those), (since, *keys, most)))
    return Part(
        day.start,
        found,
        called,
        clients,
        _values(day, "remote_ip", {*found.places, *called.places}),
        _values(day, "user_agent", {*found.agents, *called.agents}),
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
    places = _values(day, "remote_ip", {call[2] for call in calls})
    agents = _values(day, "user_agent", {call[3] for call in calls})
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


def _values(day: Day, name: str, numbers: set[int | None]) -> dict[Any, Any]:
    """What a day's numbers of addresses or agents stand for, as a filter compares it; nothing
    for absent ones."""
    there = numbers - {None, ABSENT}
    return values_of(day, field_named(name), there) | {None: None, ABSENT: None}
