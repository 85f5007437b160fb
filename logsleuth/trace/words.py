"""A trace in sentences: who is recorded, who was signed in, what a verdict means.

Names come through a callback and are text from data: whoever shows these sentences
passes them through ``visible()``.
"""

from collections.abc import Callable
from typing import Literal

from logsleuth.model import ids
from logsleuth.model.event import CourseEvent
from logsleuth.trace.result import Trace, Verdict

Named = Literal["user", "course", "key", "account"]
NameOf = Callable[[Named, int], str | None]
"""``name("user", 202)`` is what the cache calls it, or ``None``."""

Show = Callable[[int], str]
"""How the id of an account is written."""

FOOTNOTE = "An account, not a person: credentials and sessions can be shared or stolen."

DEFINITIONS: dict[Verdict, str] = {
    "exact": (
        "The id that Canvas stored with the change is the id of this request, and account, "
        "course and time do not contradict it."
    ),
    "strong": (
        "Inferred. Of all requests in the cache, only this one fits the kind of change, the "
        "account, the course and the second; it was not refused, and the log of these hours "
        "was fetched. For a job that ran later, a request asking for that job's progress ties "
        "the two together. The content of requests is not logged."
    ),
    "possible": (
        "Inferred, and weaker: the request fits best, but something that a strong cause must "
        "show is missing. What is missing stands with the request."
    ),
    "ambiguous": (
        "Several requests fit about equally well, or the request whose id is stored with the "
        "change contradicts it. The log cannot decide between them; all are listed."
    ),
    "none": (
        "No request in the cache is named as the cause. The reason says what is missing. It is "
        "never evidence that no request was made."
    ),
}
"""What each verdict means, for the explanation on a screen."""


def nobody(_kind: Named, _number: int) -> str | None:
    """The callback of somebody who knows no names."""
    return None


def account(number: int, name: NameOf = nobody, show: Show = ids.show_id) -> str:
    """``202 Miller``, or ``202`` where no name is known; ``show`` writes the id."""
    called = name("user", number)
    return f"{show(number)} {called}" if called else show(number)


def recorded(event: CourseEvent, name: NameOf = nobody) -> str:
    """The account that the audit log names: ``202 Miller``, or ``no account``."""
    return "no account" if event.user_id is None else account(event.user_id, name)


def signed_in(
    event: CourseEvent, trace: Trace, name: NameOf = nobody, show: Show = ids.show_id
) -> str:
    """The account that was signed in, as far as the trace shows.

    ``101 Ortiz, acting as 202``, ``101 (either request)``, ``import 777 uploaded by 405``,
    ``teacher 202 in Student View``, ``not known``.  Never the recorded one as a guess.
    """
    known = trace.signed_in_user_id
    if known is None or not trace.causes:
        return "not known"
    who = account(known, name, show)
    first = trace.causes[0].request
    if event.event_source == "sis" and event.sis_batch_id is not None:
        who = f"import {event.sis_batch_id} uploaded by {who}"
    elif first.student_view:
        who = f"teacher {who} in Student View"
    elif first.user_id is not None and all(
        cause.request.masqueraded and cause.request.user_id == first.user_id
        for cause in trace.causes
    ):
        who = f"{who}, acting as {show(first.user_id)}"
    if len(trace.causes) > 1:
        who += " (either request)" if len(trace.causes) == 2 else " (any of the requests)"
    return who


def who(event: CourseEvent, trace: Trace, name: NameOf = nobody) -> str:
    """``recorded as 202 Miller · signed in as 101 Ortiz, acting as 202``."""
    found = signed_in(event, trace, name)
    if found.startswith("import "):
        return f"recorded as {recorded(event, name)} · {found}"
    if found == "not known":
        return f"recorded as {recorded(event, name)} · signed in: not known"
    return f"recorded as {recorded(event, name)} · signed in as {found}"
