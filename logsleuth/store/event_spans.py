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


def unfetched(
    asked: Span, spans: Iterable[EventSpan], courses: Iterable[int], accounts: Iterable[int]
) -> Sequence[Span]:
    """Spans of a (closed) span in which changes may be that were not fetched, oldest first.

    ``courses`` and ``accounts`` are those the question is about; with neither it is about the
    whole institution.  A course is covered by its own spans and the institution's, since
    nobody knows which account it belonged to.
    """
    known = list(spans)
    whole = [span for span in known if span.scope == "institution"]
    about = [("course", number) for number in courses]
    about += [("account", number) for number in accounts]
    if not about:
        return missing(asked, whole)
    holes: list[EventSpan] = []
    for scope, number in about:
        own = [span for span in known if (span.scope, span.id) == (scope, number)]
        for hole in missing(asked, [*whole, *own]):
            holes.append(EventSpan("course", 0, hole.since or 0, hole.until or 0, 0))
    return joined(holes)


def joined(spans: Iterable[EventSpan]) -> Sequence[Span]:
    """Spans with those that touch put together, oldest first."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: one.since):
        if found and span.since <= (found[-1].until or 0):
            last = found.pop()
            found.append(Span(last.since, max(last.until or 0, span.until)))
        else:
            found.append(Span(span.since, span.until))
    return found
