"""The course changes that were caused while one account acted as another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logsleuth.model.event import CourseEvent
from logsleuth.store.base import ActSpan, Cancel, Partial
from logsleuth.trace.engine import window
from logsleuth.trace.result import Trace
from logsleuth.tui import spans
from logsleuth.tui.desk import Desk
from logsleuth.tui.wording import counted, number

SURE = {"exact", "strong"}
"""Verdicts with one cause; with any other, the cause is one of those listed, or none."""


@dataclass(frozen=True, slots=True)
class Caused:
    """Changes whose cause is a request of the span, and those of which one of the listed
    causes is: these may have been caused by it."""

    sure: tuple[CourseEvent, ...] = ()
    possible: tuple[CourseEvent, ...] = ()

    @property
    def short(self) -> str:
        """``3`` or ``3 +1?``."""
        more = f" +{number(len(self.possible))}?" if self.possible else ""
        return f"{number(len(self.sure))}{more}"

    @property
    def words(self) -> str:
        """``3 course changes (exact or strong) · 1 more possible``."""
        sure = counted(len(self.sure), "course change", "course changes")
        more = f" · {number(len(self.possible))} more possible" if self.possible else ""
        return f"{sure} (exact or strong){more}"


def caused(
    desk: Desk, asked: Sequence[ActSpan], cancel: Cancel
) -> Iterator[Partial[dict[ActSpan, Caused]]]:
    """The changes of each of the spans.  Called from threads; traces what is not traced
    yet of the changes that may belong to one of them."""
    sure: dict[ActSpan, list[CourseEvent]] = {span: [] for span in asked}
    possible: dict[ActSpan, list[CourseEvent]] = {span: [] for span in asked}
    near = [event for event in desk.catalogue.events() if _may_belong(event, asked)]
    for done in desk.traces.make(near, desk.names, cancel):
        yield Partial({}, False, done, len(near))
    for event in near:
        trace = desk.traces.get(event)
        if trace is not None:
            found = sure if trace.verdict in SURE else possible
            for span in _spans_of(trace, asked):
                found[span].append(event)
    yield Partial({span: Caused(tuple(sure[span]), tuple(possible[span])) for span in asked}, True)


def _may_belong(event: CourseEvent, asked: Sequence[ActSpan]) -> bool:
    """Whether a request of one of the spans can matter for the event's trace."""
    if event.page_view_id is not None:
        return True  # Canvas names a request, of whatever time.
    since, until = window(event)
    return any(span.start <= until and span.end >= since for span in asked)


def _spans_of(trace: Trace, asked: Sequence[ActSpan]) -> set[ActSpan]:
    """The spans that a cause is of; where there is one cause, the others explain nothing."""
    causes = trace.causes[:1] if trace.verdict in SURE else trace.causes
    return {span for span in asked for cause in causes if spans.has(span, cause.request)}
