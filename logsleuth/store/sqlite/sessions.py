"""Sessions, and runs of calls with a token, put together across days.

They are made of visits, not of requests: a run of calls breaks at a pause that is longer than
a slot, so what is between the slots tells all.
"""

from itertools import compress, count, repeat
from operator import lt, not_
from typing import Any

from logsleuth.store.base import QUIET
from logsleuth.store.sqlite.people import Numbers, People
from logsleuth.store.sqlite.session_list import Columns, SessionList
from logsleuth.store.sqlite.visits import Client, Matching, Part, Sid, Visits, slot_of

FEW = 50_000
"""Sessions that are worth finding before all are known: one looks at the newest of them."""

ADDED_UP = ("requests", "writes", "automatic", "opaque")
"""Counts of a visit that those of a session are made of."""

Names = tuple[dict[Any, int], dict[Any, int]]
"""What a day's numbers of addresses and of agents are called among the people."""


class Sessions:
    """Fed with parts of days, the newest first.  ``only`` those that match are found, where
    it is given; its calls are used up."""

    def __init__(self, only: Matching | None) -> None:
        self._only = only
        self._columns = Columns()
        if only is None:
            # Everything matches: one column for both.
            self._columns.figures["matching"] = self._columns.figures["requests"]
        self._people = People()
        self._keys = Numbers()
        # The row of each session, and of the run that an older call of a client may belong to.
        self._sessions: dict[Sid, int] = {}
        self._calls: dict[Client, int] = {}

    def feed(self, part: Part) -> None:
        """Take in what was before all that was fed."""
        addresses, agents = self._people.addresses, self._people.agents
        names = (
            {number: addresses[value] for number, value in part.places.items()},
            {number: agents[value] for number, value in part.agents.items()},
        )
        self._feed_sessions(part, names)
        self._feed_calls(part, names)

    def _feed_sessions(self, part: Part, names: Names) -> None:
        visits, rows, row = part.sessions, self._sessions, len(self._columns)
        fresh = bytearray(b"\1") * len(visits.whose)
        for at, sid in enumerate(visits.whose):
            if sid in rows:
                fresh[at] = False
            else:
                rows[sid] = row
                row += 1
        self._add_sessions(part, fresh, names)
        for at in compress(count(), map(not_, fresh)):
            row = rows[visits.whose[at]]
            self._grow(row, part.start, visits, at)
            self._people.join(self._columns.who[row], *_who(visits, at, names))

    def _add_sessions(self, part: Part, fresh: bytearray, names: Names) -> None:
        """Add the sessions that were not met before: nearly all, and these all at once."""
        visits, columns, figures = part.sessions, self._columns, self._columns.figures
        places, agents = names
        sids = list(compress(visits.whose, fresh))
        columns.name(sids)
        columns.dev.extend(repeat(0, len(sids)))
        columns.who.extend(
            self._people.extend(
                compress(visits.users, fresh),
                map(places.__getitem__, compress(visits.places, fresh)),
                map(agents.__getitem__, compress(visits.agents, fresh)),
                compress(map(lt, visits.automatic, visits.requests), fresh),
            )
        )
        figures["start"].extend(map(part.start.__add__, compress(visits.first, fresh)))
        figures["end"].extend(map(part.start.__add__, compress(visits.last, fresh)))
        for name in ADDED_UP:
            figures[name].extend(compress(getattr(visits, name), fresh))
        if self._only is not None:
            figures["matching"].extend(map(self._only.sessions.__getitem__, sids))

    def _feed_calls(self, part: Part, names: Names) -> None:
        visits, start = part.calls, part.start
        starts, matching = (self._columns.figures[name] for name in ("start", "matching"))
        clients = zip(
            visits.whose,
            visits.users,
            map(part.places.__getitem__, visits.places),
            map(part.agents.__getitem__, visits.agents),
            strict=True,
        )
        for at, client in enumerate(clients):
            if part.clients is not None and client not in part.clients:
                continue
            row = self._calls.get(client)
            if row is None or starts[row] - start - visits.last[at] > QUIET:
                row = self._calls[client] = len(self._columns)
                self._add_run(part, at, names)
            else:
                self._grow(row, start, visits, at)
                if visits.automatic[at] < visits.requests[at]:
                    self._people.attend(self._columns.who[row])
            if self._only is not None:
                matching[row] += self._only.calls.pop((slot_of(start, visits.slots[at]), client), 0)

    def _add_run(self, part: Part, at: int, names: Names) -> None:
        visits, columns, figures = part.calls, self._columns, self._columns.figures
        columns.leave_unnamed()
        columns.dev.append(self._keys[visits.whose[at]])
        columns.who.append(self._people.add(*_who(visits, at, names)))
        figures["start"].append(part.start + visits.first[at])
        figures["end"].append(part.start + visits.last[at])
        for name in ADDED_UP:
            figures[name].append(getattr(visits, name)[at])
        if self._only is not None:
            figures["matching"].append(0)

    def _grow(self, row: int, start: int, visits: Visits, at: int) -> None:
        """Add a visit of the day that begins at ``start`` to the session of a row, or run."""
        figures = self._columns.figures
        starts, ends = figures["start"], figures["end"]
        starts[row] = min(starts[row], start + visits.first[at])
        ends[row] = max(ends[row], start + visits.last[at])
        for name in ADDED_UP:
            figures[name][row] += getattr(visits, name)[at]

    @property
    def few(self) -> bool:
        """Whether these are few enough to be found more than once."""
        return len(self._columns) <= FEW

    def found(self) -> SessionList:
        """Sessions with a matching request so far, newest first."""
        columns = self._columns.so_far()
        order = columns.newest_first()
        if self._only is not None:
            # Runs of the clients that are looked for may be without a matching call.
            matching = columns.figures["matching"]
            order = [row for row in order if matching[row]]
        return SessionList(columns, order, list(self._keys), self._people.told())


def _who(visits: Visits, at: int, names: Names) -> tuple[int | None, int, int, bool]:
    """As whom, from where and with what a visit was, and whether somebody attended it."""
    places, agents = names
    attended = visits.automatic[at] < visits.requests[at]
    return visits.users[at], places[visits.places[at]], agents[visits.agents[at]], attended
