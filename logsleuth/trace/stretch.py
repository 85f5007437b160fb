"""The jobs of one account in one stretch of time: worked out once for all its events."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property

from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.trace import jobs
from logsleuth.trace.jobs import Pair, Watch
from logsleuth.trace.lookups import Rows
from logsleuth.trace.signatures import Signature, table


class Stretch:
    """Requests that start or watch jobs, and the changes around them."""

    def __init__(self, rows: Rows, events: Sequence[CourseEvent]) -> None:
        self.rows = rows.rows
        self.whole = rows.whole
        self.events = events
        self._ids = {event.id for event in events}
        self._starters: dict[Signature, list[WebLog]] = {}

    def __contains__(self, event: CourseEvent) -> bool:
        return event.id in self._ids

    def starters(self, signature: Signature) -> list[WebLog]:
        """Requests that look like the signature and were not refused, oldest first."""
        found = self._starters.get(signature)
        if found is None:
            found = [
                row
                for row in self.rows
                if jobs.answered(row) and signature.path_of(row) is not None
            ]
            self._starters[signature] = found
        return found

    def between(self, since: int, until: int) -> Sequence[CourseEvent]:
        """The changes from ``since`` to ``until``, both included."""
        start = bisect_left(self.events, since, key=lambda event: event.created_at)
        stop = bisect_right(self.events, until, key=lambda event: event.created_at)
        return self.events[start:stop]

    @cached_property
    def imports(self) -> dict[int, Pair]:
        """The starter of every SIS import that polls or changes name, by its number."""
        watches = jobs.sis_watches(self.rows)
        for event in self.events:
            if event.sis_batch_id is not None:
                sight(watches, event.sis_batch_id, event.created_at)
        (signature,) = (s for s in table() if s.controller == "sis_imports_api")
        return jobs.pair(self.starters(signature), watches.values())

    @cached_property
    def progress(self) -> dict[str, Pair]:
        """The progress number of every job that was asked for, by its starter's id."""
        ids = {row.id for s in table() if s.mode == "async" for row in self.starters(s)}
        starters = [row for row in self.rows if row.id in ids]
        return by_starter(jobs.pair(starters, jobs.progress_watches(self.rows).values()))

    @cached_property
    def copies(self) -> list[CourseEvent]:
        """The changes that name both courses of a copy, oldest first."""
        return [event for event in self.events if target_of(event) is not None]

    @cached_property
    def migration_polls(self) -> dict[int, list[WebLog]]:
        """Polls of content migrations by the course copied to."""
        found: dict[int, list[WebLog]] = {}
        for row in self.rows:
            course_id = jobs.migrated_course(row)
            if course_id is not None:
                found.setdefault(course_id, []).append(row)
        return found


def target_of(event: CourseEvent) -> int | None:
    """The course copied to, of a copy's event."""
    if event.event_type == "copied_to":
        return event.copied_to
    return event.course_id if event.event_type == "copied_from" else None


def source_of(event: CourseEvent) -> int | None:
    """The course copied from, of a copy's event."""
    if event.event_type == "copied_from":
        return event.copied_from
    return event.course_id if event.event_type == "copied_to" else None


def sight(watches: dict[int, Watch], number: int, written: int) -> None:
    """A job is known of when it wrote an event, even if nobody asked for it."""
    seen = written + times.SECOND
    watch = watches.setdefault(number, Watch(number, seen, seen))
    watch.first = min(watch.first, seen)


def by_starter(pairs: dict[int, Pair]) -> dict[str, Pair]:
    """Pairs by the id of the request that started the job."""
    return {made.starter.id: made for made in pairs.values() if made.starter is not None}
