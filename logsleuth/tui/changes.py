"""Course changes as rows of a table: the catalogue's events, filtered in a thread.

Events are thousands, not millions, and always local; so the listing is made whole, once,
and paged from memory.  A filter that asks about causes needs every event traced first,
and answers as far as the traces have come.
"""

import threading
from collections.abc import Iterator, Sequence

from logsleuth.filter import evaluate
from logsleuth.filter.tree import Node
from logsleuth.model.event import CourseEvent
from logsleuth.store.base import Cancel, Partial
from logsleuth.store.catalogue import Catalogue
from logsleuth.trace import matching
from logsleuth.tui.names import Names
from logsleuth.tui.traces import Traces
from logsleuth.tui.window import Slice

SIS = "sis"

TRACED = 200
"""Changes traced in one go, before an answer so far."""


class ChangeRows:
    """Course changes that match a tree, newest first.

    ``total``, ``sis`` and ``unknown`` say afterwards how many changes there are, how many
    of those that match were made by SIS imports, and how many have no known cause where
    the filter asked for one.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        traces: Traces,
        names: Names,
        where: Node,
        *,
        hide_sis: bool = False,
        events: Sequence[CourseEvent] | None = None,
    ) -> None:
        self.where = where
        self.total = 0
        self.sis = 0
        self.unknown = 0
        self.matched = 0
        self.counted = False
        self._catalogue = catalogue
        self._traces = traces
        self._names = names
        self._hide_sis = hide_sis
        self._given = events
        self._lock = threading.Lock()
        self._found: list[CourseEvent] = []
        self._places: dict[str, int] = {}

    def key(self, row: CourseEvent) -> str:
        return row.id

    def first(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[CourseEvent]]]:
        for complete in self._listed(cancel):
            yield self._slice(0, limit, len(self._found) > limit, complete=complete)

    def last(self, limit: int, cancel: Cancel) -> Iterator[Partial[Slice[CourseEvent]]]:
        for complete in self._listed(cancel):
            start = max(0, len(self._found) - limit)
            yield self._slice(start, len(self._found), start > 0, complete=complete)

    def after(
        self, row: CourseEvent, limit: int, cancel: Cancel
    ) -> Iterator[Partial[Slice[CourseEvent]]]:
        for complete in self._listed(cancel):
            start = self._place(row) + self.holds(row)
            more = start + limit < len(self._found)
            yield self._slice(start, start + limit, more, complete=complete)

    def before(
        self, row: CourseEvent, limit: int, cancel: Cancel
    ) -> Iterator[Partial[Slice[CourseEvent]]]:
        for complete in self._listed(cancel):
            end = self._place(row)
            start = max(0, end - limit)
            yield self._slice(start, end, start > 0, complete=complete)

    def holds(self, row: CourseEvent) -> bool:
        return row.id in self._places

    def _place(self, row: CourseEvent) -> int:
        """Where the row stands, or would stand by its time."""
        if row.id in self._places:
            return self._places[row.id]
        return sum(event.created_at > row.created_at for event in self._found)

    def _slice(
        self, start: int, end: int, more: bool, *, complete: bool
    ) -> Partial[Slice[CourseEvent]]:
        rows = tuple(self._found[start:end])
        self._names.learn_events(rows)
        return Partial(Slice(rows, more), complete)

    def _listed(self, cancel: Cancel) -> Iterator[bool]:
        """Make the listing; yields whether it is whole, now and then before that."""
        with self._lock:
            if not self.counted:
                yield from self._list(cancel)
        yield True

    def _list(self, cancel: Cancel) -> Iterator[bool]:
        events = self._catalogue.events() if self._given is None else self._given
        self.total, self.sis, self.unknown, self.matched = len(events), 0, 0, 0
        self._found, self._places = [], {}
        deep, early = matching.needs_trace(self.where), matching.without_trace(self.where)
        events = [event for event in events if evaluate.matches(early, None, event)]
        for start in range(0, len(events) if deep else 0, TRACED):
            part = events[start : start + TRACED]
            for _ in self._traces.make(part, self._names, cancel):
                pass
            for event in part:
                if self._cause_matches(event):
                    self._take(event)
            yield False
        if not deep:
            for event in events:
                self._take(event)
        self.counted = True

    def _take(self, event: CourseEvent) -> None:
        self.matched += 1
        by_sis = event.event_source == SIS
        self.sis += by_sis
        if not (by_sis and self._hide_sis):
            self._places[event.id] = len(self._found)
            self._found.append(event)

    def _cause_matches(self, event: CourseEvent) -> bool:
        """Whether the event matches by its cause; counts those whose cause is not known."""
        trace = self._traces.get(event)
        if trace is None:
            return False
        self.unknown += not trace.causes
        return matching.matches(self.where, event, trace)
