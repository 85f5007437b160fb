"""Times given as options; see :mod:`logsleuth.filter.moments`."""

from datetime import tzinfo

from logsleuth.cli.errors import Misused
from logsleuth.filter import moments
from logsleuth.filter.tree import Span
from logsleuth.model import times


def span(since: str | None, until: str | None, zone: tzinfo) -> Span:
    """The span from ``since``, included, until ``until``, excluded; ``Misused`` if none."""
    try:
        return moments.span(since, until, zone)
    except ValueError as error:
        raise Misused(str(error)) from error


def span_text(given: Span, zone: tzinfo) -> str:
    """A closed span in words."""
    since = times.iso_seconds(given.since or 0, zone)
    until = times.iso_seconds(given.until or 0, zone)
    return f"{since} until {until}"
