"""Traces kept in the catalogue: loaded while nothing in their window changed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Cancel
from logsleuth.store.cache import Cache
from logsleuth.trace import encode
from logsleuth.trace.engine import Advance, Tracer, window
from logsleuth.trace.result import RULES_VERSION, Trace

Save = Callable[[dict[str, tuple[str, str]]], bool]
"""Keeps traces: event id -> (revision, text); false where that cannot be done now."""


class Revisions(Protocol):
    """What keeping traces needs of the catalogue."""

    def revision(self, span: Span = ...) -> str: ...

    def traces(self, event_ids: Iterable[str] | None = None) -> dict[str, tuple[str, str]]: ...


class KeptTraces:
    """A tracer that remembers: a trace is made anew only when it may be another."""

    def __init__(self, tracer: Tracer, catalogue: Revisions, save: Save) -> None:
        self._tracer = tracer
        self._catalogue = catalogue
        self._save = save

    @classmethod
    def of(cls, cache: Cache) -> "KeptTraces":
        """The traces of an opened cache."""
        return cls(Tracer(cache.requests, cache.catalogue), cache.catalogue, cache.save_traces)

    def trace(self, event: CourseEvent, cancel: Cancel | None = None) -> Trace:
        """The cause of one event."""
        (found,) = self.trace_all([event], cancel)
        return found

    def events_of(
        self, request: WebLog, cancel: Cancel | None = None
    ) -> list[tuple[CourseEvent, Trace]]:
        """The events whose trace lists the request, oldest first."""
        return self._tracer.events_of(request, cancel)

    def trace_all(
        self,
        events: Iterable[CourseEvent],
        cancel: Cancel | None = None,
        progress: Advance | None = None,
    ) -> Iterator[Trace]:
        """The causes of many events, in their order.

        What was traced anew is kept when the last trace was taken, or the asking ends.
        """
        events = list(events)
        kept = self._catalogue.traces([event.id for event in events])
        revisions = self._revisions(events)
        known: dict[str, Trace] = {}
        for event in events:
            revision, text = kept.get(event.id, ("", ""))
            if revision == revisions[event.id]:
                found = _readable(text)
                # What lies outside the cached log names its ends, which move with any day.
                if found is not None and found.reason != "outside_span":
                    known[event.id] = found
        fresh = self._tracer.trace_all([event for event in events if event.id not in known], cancel)
        made: dict[str, tuple[str, str]] = {}
        try:
            for done, event in enumerate(events, 1):
                trace = known.get(event.id)
                if trace is None:
                    trace = next(fresh)
                    made[event.id] = (revisions[event.id], encode.to_text(trace))
                yield trace
                if progress is not None:
                    progress(done, len(events))
        finally:
            if made:
                self._save(made)

    def _revisions(self, events: Sequence[CourseEvent]) -> dict[str, str]:
        """Of the whole days around each event, so that neighbours share the question; of
        the whole cache where Canvas named the request, which may be found on any day."""
        by_span: dict[Span, str] = {}
        found = {}
        for event in events:
            since, until = window(event)
            # To the last instant of a day: the day after the calendar's last has no name.
            span = Span(since - since % times.DAY, until - until % times.DAY + times.DAY - 1)
            if event.page_view_id is not None:
                span = Span()
            if span not in by_span:
                by_span[span] = f"{RULES_VERSION}:{self._catalogue.revision(span)}"
            found[event.id] = by_span[span]
        return found


def _readable(text: str) -> Trace | None:
    """A kept trace, or ``None`` if another version of the program wrote it otherwise."""
    try:
        return encode.from_text(text)
    except ValueError:
        return None


def traces(
    cache: Cache,
    events: Sequence[CourseEvent],
    cancel: Cancel | None = None,
    progress: Advance | None = None,
) -> dict[str, Trace]:
    """The trace of each event of an opened cache, by the event's id."""
    found = KeptTraces.of(cache).trace_all(events, cancel, progress)
    return {trace.event_id: trace for trace in found}
