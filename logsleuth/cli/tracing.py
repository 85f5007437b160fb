"""Traces of course events for commands: kept ones where they still hold, else made anew."""

from collections.abc import Sequence

from logsleuth.model.event import CourseEvent
from logsleuth.store.cache import Cache
from logsleuth.trace.result import Trace


def traces(cache: Cache, events: Sequence[CourseEvent]) -> dict[str, Trace]:
    """The trace of each event, by the event's id."""
    from logsleuth.trace import kept

    return kept.traces(cache, events)
