"""Traces of course events for commands, with a bar where they take long."""

from collections.abc import Sequence

from logsleuth.cli.progress import progress_bar
from logsleuth.ingest.run import Progress
from logsleuth.model.event import CourseEvent
from logsleuth.store.cache import Cache
from logsleuth.trace import kept
from logsleuth.trace.result import Trace


def traces(cache: Cache, events: Sequence[CourseEvent]) -> dict[str, Trace]:
    """The trace of each event, by the event's id: kept ones where they still hold."""
    with progress_bar("events") as show:

        def advance(done: int, total: int) -> None:
            if show is not None:
                show(Progress("tracing", "course events", done, total, done))

        return kept.traces(cache, events, progress=advance)
