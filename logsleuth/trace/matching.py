"""Which course events a filter finds, by the event itself and by its cause."""

from collections.abc import Sequence

from logsleuth.filter import evaluate
from logsleuth.filter.tree import Node
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
