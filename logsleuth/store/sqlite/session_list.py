"""Sessions in columns of numbers, each made when it is looked at.

There may be hundreds of thousands, of which a screen shows fifty: whole, they would take
several times the memory of all else.
"""

from array import array
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import compress, islice
from operator import eq
from typing import Any, overload

from logsleuth.model import ids
from logsleuth.store.base import Session
from logsleuth.store.sqlite.people import Told
from logsleuth.store.sqlite.visits import Sid

TIMES = ("start", "end")
COUNTS = ("requests", "matching", "writes", "automatic", "opaque")
"""The figures of a session, in the order in which it has them; times are microseconds."""

_UUID = 16


class Columns:
    """A row for each session.

    ``dev`` is the number of the key of a run of calls, 0 for a browser session; ``who`` is the
    first combination of its people.
    """

    def __init__(self) -> None:
        self.dev, self.who = array("I"), array("I")
        self.figures = {name: array("q") for name in TIMES}
        self.figures |= {name: array("I") for name in COUNTS}
        self._uuids = bytearray()
        # Ids of sessions that are no UUIDs.
        self._texts: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._uuids) // _UUID

    def name(self, sids: Sequence[Sid]) -> None:
        """Add the ids of sessions, as they are stored."""
        try:
            self._uuids += b"".join(sids)  # type: ignore[arg-type]  # as nearly always
        except TypeError:
            for row, sid in enumerate(sids, len(self)):
                if isinstance(sid, str):
                    self._texts[row] = sid
                self._uuids += sid if isinstance(sid, bytes) else bytes(_UUID)

    def leave_unnamed(self) -> None:
        """Add the place of the id that a run of calls does not have."""
        self._uuids += bytes(_UUID)

    def id_of(self, row: int) -> str | None:
        """The id of a session as shown."""
        if self.dev[row]:
            return None
        if self._texts and (text := self._texts.get(row)) is not None:
            return text
        return ids.uuid_text(bytes(self._uuids[_UUID * row : _UUID * (row + 1)]))

    def newest_first(self) -> list[int]:
        """The rows by their start, then by their ids as text, those without one first."""
        starts = self.figures["start"]
        order = sorted(range(len(starts)), key=starts.__getitem__, reverse=True)
        in_order = list(map(starts.__getitem__, order))
        # Few begin in the same moment.
        tied = compress(range(1, len(order)), map(eq, in_order, islice(in_order, 1, None)))
        begin = end = 0
        for at in (*tied, 0):  # the last one ends what came before
            if at != end:
                order[begin:end] = sorted(order[begin:end], key=lambda row: self.id_of(row) or "")
                begin = at - 1
            end = at + 1
        return order

    def so_far(self) -> "Columns":
        """A copy, to which no rows are added."""
        found = copy(self)
        found.dev, found.who = self.dev[:], self.who[:]
        found.figures = {name: column[:] for name, column in self.figures.items()}
        found._uuids, found._texts = self._uuids[:], dict(self._texts)
        return found


class SessionList(Sequence[Session]):
    """Some of the rows of columns, in an order."""

    def __init__(
        self, columns: Columns, order: Sequence[int], keys: Sequence[int | None], people: Told
    ) -> None:
        """``keys`` are developer keys by their numbers."""
        self._columns = columns
        self._figures = (columns.who, *(columns.figures[name] for name in TIMES + COUNTS))
        self._order = array("I", order)
        self._keys = keys
        self._people = people

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Session]:
        return map(self._made, self._order)

    @overload
    def __getitem__(self, at: int) -> Session: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Session, ...]: ...
    def __getitem__(self, at: Any) -> Any:
        found = self._order[at]
        return self._made(found) if isinstance(found, int) else tuple(map(self._made, found))

    def _made(self, row: int) -> Session:
        who, start, end, requests, matching, writes, automatic, opaque = self._figures
        users, addresses, unattended, agents = self._people.of(who[row])
        return Session(
            self._columns.id_of(row),
            self._keys[self._columns.dev[row]],
            users,
            addresses,
            unattended,
            agents,
            start[row],
            end[row],
            requests[row],
            matching[row],
            writes[row],
            automatic[row],
            opaque[row],
        )
