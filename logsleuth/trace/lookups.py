"""What a trace asks of the cache, asked once for neighbouring events.

Every question to the store has a bounded span and an account or a controller, so that
it is answered from an index.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from logsleuth.filter import fields
from logsleuth.filter.tree import Equals, Match, Node, Or, Range, Span, both
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Cancel, Store
from logsleuth.store.catalogue import Hour
from logsleuth.trace import jobs

LIMIT = 50_000
"""Requests looked at for one stretch of one account; beyond it no cause is strong."""


KEPT = 8
"""Answers kept at hand for neighbouring events."""


class Records(Protocol):
    """What the trace needs of the local catalogue."""

    def events(self, span: Span = ...) -> Sequence[CourseEvent]: ...

    def page_view(self, page_view_id: str) -> dict[str, Any] | None: ...

    def hours(self, span: Span) -> Sequence[Hour]: ...

    def student_view_users(self) -> frozenset[int]: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Requests oldest first; ``whole`` unless there were more than can be looked at."""

    rows: tuple[WebLog, ...]
    whole: bool


class Lookups:
    """The shared look-ups of one question; not kept longer, for the cache may change."""

    def __init__(self, requests: Store, catalogue: Records, cancel: Cancel | None) -> None:
        self.requests = requests
        self.catalogue = catalogue
        self._cancel = cancel
        self._loaded: Span | None = None
        self._by_user: Mapping[int | None, list[CourseEvent]] = {}
        self._hours: dict[int, Hour] = {}
        self._student_views: frozenset[int] | None = None
        self._kept: dict[Node, Rows] = {}

    def load_events(self, since: int, until: int) -> None:
        """Have the course events of ``since`` to ``until`` at hand."""
        found: dict[int | None, list[CourseEvent]] = {}
        for event in self.catalogue.events(Span(since, until + 1)):
            found.setdefault(event.user_id, []).append(event)
        for events in found.values():
            events.sort(key=_order)
        self._by_user = found
        self._loaded = Span(since, until + 1)

    def events_of(self, user_id: int | None, since: int, until: int) -> list[CourseEvent]:
        """Course events recorded for an account, oldest first, both ends included."""
        loaded = self._loaded
        if (
            loaded is None
            or loaded.since is None
            or loaded.until is None
            or since < loaded.since
            or until >= loaded.until
        ):
            self.load_events(since, until)
        events = self._by_user.get(user_id, [])
        start = bisect_left(events, since, key=lambda event: event.created_at)
        stop = bisect_left(events, until + 1, key=lambda event: event.created_at)
        return events[start:stop]

    def versions_differ(self, request: WebLog) -> bool:
        """Whether another delivered version of the request has another account in it."""
        if request.versions < 2:
            return False
        return any(
            (other.user_id, other.real_user_id) != (request.user_id, request.real_user_id)
            for other in self.requests.older_versions(request.id)
        )

    def says_who(self, page_view_id: str) -> bool:
        """Whether a page view of Canvas says if somebody acted as its user."""
        view = self.catalogue.page_view(page_view_id)
        links = view.get("links") if view else None
        return isinstance(links, dict) and "real_user" in links

    def request(self, request_id: str) -> WebLog | None:
        """A request by its id."""
        found = self.requests.request(request_id)
        return None if found is None else self._flagged(found)

    def by_account(self, user_id: int, since: int, until: int) -> Rows:
        """All requests of an account."""
        return self._rows(both(_is("user_id", user_id), *_within(since, until)))

    def by_action(self, controllers: Sequence[str], since: int, until: int) -> Rows:
        """Requests of anybody to the given controllers."""
        where = _any("web_application_controller", controllers)
        return self._rows(both(where, *_within(since, until)))

    def job_requests(self, user_id: int | None, since: int, until: int) -> Rows:
        """Requests that start or watch background jobs; of anybody, without an account."""
        starts = both(
            _is("web_application_controller", "courses"),
            _any("web_application_action", jobs.COURSE_ACTIONS),
        )
        where: Node = Or((_any("web_application_controller", jobs.CONTROLLERS), starts))
        if user_id is not None:
            where = both(_is("user_id", user_id), where)
        return self._rows(both(where, *_within(since, until)))

    def hours(self, since: int, until: int) -> list[Hour]:
        """Coverage of every hour from ``since`` to ``until``, oldest first."""
        since, until = max(since, times.FIRST), min(until, times.LAST)
        first = since - since % times.HOUR
        wanted = range(first, until + 1, times.HOUR)
        if any(start not in self._hours for start in wanted):
            # A span ends before its end: with an hour's first instant, that hour is asked for.
            for hour in self.catalogue.hours(Span(since, until + 1)):
                self._hours[hour.start] = hour
        return [self._hours.get(start, Hour(start, "none", "never_fetched")) for start in wanted]

    def _flagged(self, row: WebLog) -> WebLog:
        """The request, marked as Student View if its account is known as a Test Student."""
        if row.real_user_id is None or row.student_view:
            return row
        if self._student_views is None:
            self._student_views = self.catalogue.student_view_users()
        if row.user_id not in self._student_views:
            return row
        return msgspec.structs.replace(row, student_view=True)

    def _rows(self, where: Node) -> Rows:
        found = self._kept.get(where)
        if found is None:
            rows = self.requests.candidates(where, limit=LIMIT + 1, cancel=self._cancel)
            found = Rows(tuple(self._flagged(row) for row in rows[:LIMIT]), len(rows) <= LIMIT)
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[where] = found
        return found


def _order(event: CourseEvent) -> tuple[int, int, str]:
    return event.created_at, event.course_id or 0, event.id


def _is(name: str, value: int | str) -> Node:
    return Match(fields.field(name), Equals(value))


def _any(name: str, values: Sequence[str]) -> Node:
    return Or(tuple(_is(name, value) for value in values))


def _within(since: int, until: int) -> tuple[Node, Node]:
    stamp = fields.field("timestamp")
    return Match(stamp, Range(">=", since)), Match(stamp, Range("<=", until))
