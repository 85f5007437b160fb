"""Spans given by two times: ``2026-10-01``, ``2026-10-01T08:00:00Z``, ``now-24h``.

They are read as in a filter, so a date alone is the whole day in the zone: a span from
a date begins with that day, a span until a date ends with it.
"""

from datetime import timedelta, tzinfo

from logsleuth.filter.fields import field
from logsleuth.filter.tree import Match, Operator, Range, Span
from logsleuth.model import clock, times


def span(since: str | None, until: str | None, zone: tzinfo) -> Span:
    """The span from ``since``, included, until ``until``, excluded.

    ``ValueError``, with a sentence, for what is no time and for a span without any.
    """
    found = Span(
        _microseconds(since, ">=", zone) if since else None,
        _microseconds(until, "<=", zone) if until else None,
    )
    if found.since is not None and found.until is not None and found.since >= found.until:
        raise ValueError(f"The span from {since} until {until} is empty: it ends before it begins.")
    return found


def shown(at: int | None, zone: tzinfo, *, end: bool = False) -> str:
    """A bound of a span as it may be given: a date where it is a midnight of the zone.

    ``end``: the date of the last day before it.
    """
    if at is None:
        return ""
    local = times.from_us(at).astimezone(zone)
    if any((local.hour, local.minute, local.second, local.microsecond)):
        return times.iso_seconds(at, zone)
    return (local.date() - timedelta(days=end)).isoformat()


def _microseconds(text: str, operator: Operator, zone: tzinfo) -> int:
    # Only now: the filter's readers are needed by few commands.
    from logsleuth.filter.errors import FilterError
    from logsleuth.filter.literals import Literal, Moment, compare_order

    try:
        node = compare_order(
            field("timestamp"), operator, Literal((text,), 1), Moment(zone, clock.now_us)
        )
    except FilterError as error:
        raise ValueError(f"{error.message}; expected {error.expected}.") from error
    match node:
        case Match(test=Range(value=value)):
            return value
    raise TypeError(f"no range: {node}")
