"""Sessions, and runs of calls with a token, put together across days.

They are made of visits, not of requests: a run of calls breaks at a pause that is longer than
a slot, so what is between the slots tells all.
"""

from collections.abc import Iterator
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from logsleuth.store.base import QUIET, Session
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.visits import Client, Matching, Part, Sid, slot_of

FEW = 50_000
"""Sessions that are worth finding before all are known: one looks at the newest of them."""

K = TypeVar("K")


class _People(msgspec.Struct, frozen=True, gc=False):
    """As whom, from where and with what: sorted, each once.  From the ``attended`` ones of
    the addresses came a request that page or app is not known to have sent by itself."""

    users: tuple[int, ...]
    addresses: tuple[str, ...]
    attended: tuple[str, ...]
    agents: tuple[str, ...]

    def and_(self, other: "_People") -> "_People":
        """Both of them together."""
        return _People(
            _united(self.users, other.users),
            _united(self.addresses, other.addresses),
            _united(self.attended, other.attended),
            _united(self.agents, other.agents),
        )


def _united(one: tuple[Any, ...], two: tuple[Any, ...]) -> tuple[Any, ...]:
    return one if one == two else tuple(sorted({*one, *two}))


class _Whole(msgspec.Struct, gc=False):
    start: int
    end: int
    people: _People
    requests: int = 0
    matching: int = 0
    writes: int = 0
    automatic: int = 0
    opaque: int = 0


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
                if part.clients is not None and client not in part.clients:
                    continue
                whole = self._run(client, start, end, people)
                if self._only is not None:
                    whole.matching += self._only.calls.pop((slot_of(part.start, slot), client), 0)
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

    @property
    def few(self) -> bool:
        """Whether these are few enough to be found more than once."""
        return len(self._sessions) + len(self._closed) + len(self._calls) <= FEW

    def found(self) -> list[Session]:
        """Sessions with a matching request so far, newest first."""
        return self._listed(
            iter(self._sessions.items()), iter(self._closed), iter(self._calls.items())
        )

    def taken(self) -> list[Session]:
        """The same at the end: nothing is kept, for they may be many."""
        return self._listed(_emptied(self._sessions), _popped(self._closed), _emptied(self._calls))

    def _listed(
        self,
        sessions: Iterator[tuple[Sid, _Whole]],
        closed: Iterator[tuple[int, _Whole]],
        calls: Iterator[tuple[Client, _Whole]],
    ) -> list[Session]:
        everything = self._only is None
        found = [_session(schema.id_text(sid), None, one, everything) for sid, one in sessions]
        runs = chain(closed, ((client[0], run) for client, run in calls))
        found += [
            _session(None, dev, run, everything) for dev, run in runs if everything or run.matching
        ]
        found.sort(key=lambda one: one.session_id or "")
        found.sort(key=attrgetter("start"), reverse=True)
        return found


def _emptied(things: dict[K, _Whole]) -> Iterator[tuple[K, _Whole]]:
    while things:
        yield things.popitem()


def _popped(things: list[tuple[int, _Whole]]) -> Iterator[tuple[int, _Whole]]:
    while things:
        yield things.pop()


def _session(session_id: str | None, dev: int | None, whole: _Whole, everything: bool) -> Session:
    people = whole.people
    attended = people.attended
    automatic: tuple[str, ...] = ()
    if attended != people.addresses:
        automatic = tuple(one for one in people.addresses if one not in attended)
    return Session(
        session_id=session_id,
        developer_key_id=dev,
        users=people.users,
        addresses=people.addresses,
        addresses_automatic=automatic,
        agents=people.agents,
        start=whole.start,
        end=whole.end,
        requests=whole.requests,
        matching=whole.requests if everything else whole.matching,
        writes=whole.writes,
        automatic=whole.automatic,
        opaque=whole.opaque,
    )
