"""Which spans of course changes were fetched from Canvas, and which were not.

Coverage of changes is kept by course, by account (its own courses only, as the audit API
answers) and by institution: the root account together with every sub-account of the time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from logsleuth.filter.tree import Span

EventScope = Literal["course", "account", "institution"]


@dataclass(frozen=True, slots=True)
class EventSpan:
    """Changes of one course or account, fetched from ``since`` until ``until`` (microseconds).

    ``id`` is that of the course or account, for an institution that of its root account;
    ``said_at`` is when the last part of the span was fetched.
    """

    scope: EventScope
    id: int
    since: int
    until: int
    said_at: int


def missing(asked: Span, fetched: Iterable[EventSpan]) -> Sequence[Span]:
    """What of the (closed) span none of the fetched ones covers, oldest first."""
    if asked.since is None or asked.until is None:
        raise ValueError("an open span has no end to look up to")
    found = []
    since = asked.since
    for one in sorted(fetched, key=lambda span: span.since):
        if one.since > since:
            found.append(Span(since, min(one.since, asked.until)))
        since = max(since, one.until)
        if since >= asked.until:
            break
    if since < asked.until:
        found.append(Span(since, asked.until))
    return [span for span in found if (span.since or 0) < (span.until or 0)]
