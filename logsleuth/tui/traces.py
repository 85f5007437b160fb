"""The causes of course changes, traced in threads and kept while the app runs."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Cancel
from logsleuth.trace.result import Trace
from logsleuth.tui.names import Names


class Tracing(Protocol):
    """What the app needs of a tracer."""

    def trace(self, event: CourseEvent, cancel: Cancel | None = None) -> Trace:
        """The causes of one event."""
        ...

    def trace_all(
        self, events: Iterable[CourseEvent], cancel: Cancel | None = None
    ) -> Iterator[Trace]:
        """The causes of many events, in their order."""
        ...

    def events_of(
        self, request: WebLog, cancel: Cancel | None = None
    ) -> list[tuple[CourseEvent, Trace]]:
        """The events that a request caused."""
        ...


class Traces:
    """Traces by event id, as far as they were made."""

    def __init__(self, tracer: Tracing) -> None:
        self.tracer = tracer
        self._known: dict[str, Trace] = {}

    def get(self, event: CourseEvent) -> Trace | None:
        """The trace of an event, if it was made."""
        return self._known.get(event.id)

    def missing(self, events: Iterable[CourseEvent]) -> list[CourseEvent]:
        """Those of the events that are not traced yet."""
        return [event for event in events if event.id not in self._known]

    def make(self, events: Iterable[CourseEvent], names: Names, cancel: Cancel) -> Iterator[int]:
        """Trace what is not traced yet; yields how many are done.  Called from threads."""
        wanted = self.missing(events)
        for done, trace in enumerate(self.tracer.trace_all(wanted, cancel), 1):
            names.learn("user", (trace.signed_in_user_id,))
            names.learn_requests(cause.request for cause in trace.causes)
            self._known[trace.event_id] = trace
            yield done

    def caused_by(
        self, request: WebLog, names: Names, cancel: Cancel
    ) -> Iterator[tuple[CourseEvent, ...]]:
        """The changes that a request caused, as one answer.  Called from threads."""
        found = self.tracer.events_of(request, cancel)
        self._known.update({event.id: trace for event, trace in found})
        names.learn_events(event for event, _ in found)
        yield tuple(event for event, _ in found)
