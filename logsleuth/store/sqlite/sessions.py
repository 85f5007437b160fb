"""Sessions, and runs of calls with a token, put together across days.

They are made of visits, not of requests: a run of calls breaks at a pause that is longer than
a slot, so what is between the slots tells all.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from logsleuth.store.base import QUIET, Session
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.visits import Client, Matching, Part, Sid, slot_of


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
