"""Which of the hours that a question is about were never fetched.

An answer of nothing must say so: it is no evidence where there is no log.
"""

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.store.base import Bounds
from logsleuth.store.catalogue import Catalogue

LONGEST = 400 * times.DAY


def unfetched(catalogue: Catalogue, bounds: Bounds, asked: Span) -> list[Span]:
    """Stretches of hours of the span that were not fetched, oldest first.

    An open end of the span is that of the cache.
    """
    since, until = asked.since, asked.until
    if bounds.first is not None and bounds.last is not None:
        since = bounds.first if since is None else since
        until = bounds.last + 1 if until is None else until
    if since is None or until is None or until <= since:
        return []
    found: list[Span] = []
    for hour in catalogue.hours(Span(max(since, until - LONGEST), until)):
        if hour.state != "none":
            continue
        end = hour.start + times.HOUR
        if found and found[-1].until == hour.start:
            found[-1] = Span(found[-1].since, end)
        else:
            found.append(Span(hour.start, end))
    return found
