"""Which course events a filter finds, by the event itself and by its cause."""

from collections.abc import Sequence

from logsleuth.filter import evaluate
from logsleuth.filter.tree import And, Node, both, field_tests, has_words
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.trace.result import Trace


def matches(where: Node, event: CourseEvent, trace: Trace) -> bool:
    """Whether the event matches.

    Fields that only requests have are tested on its cause, absent where none is known; of
    several causes that fit equally, one is enough.
    """
    own = {"verdict": trace.verdict, "signed_in_user_id": trace.signed_in_user_id}
    causes: Sequence[WebLog | None] = [cause.request for cause in trace.causes] or [None]
    if trace.verdict != "ambiguous":
        causes = causes[:1]
    return any(evaluate.matches(where, cause, event, own) for cause in causes)


def asks_cause(node: Node) -> bool:
    """Whether the filter tests the request that caused an event."""
    return has_words(node) or any("event" not in test.field.of for test in field_tests(node))


def needs_trace(node: Node) -> bool:
    """Whether the filter asks something of an event that only its trace knows."""
    return asks_cause(node) or any(test.field.computed for test in field_tests(node))


def without_trace(node: Node) -> Node:
    """What of the filter can be told before an event is traced, which costs more."""
    parts = node.parts if isinstance(node, And) else (node,)
    return both(*(part for part in parts if not needs_trace(part)))
