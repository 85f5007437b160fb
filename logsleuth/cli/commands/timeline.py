"""``logsleuth timeline``: requests over time, empty stretches and coverage included."""

from collections.abc import Iterator

import click

from logsleuth.cli import errors
from logsleuth.cli.asking import opened, read_filter, whole
from logsleuth.cli.options import filter_argument, listing_format, relative_option
from logsleuth.cli.output import Column, Row, time_column, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.filter.tree import Node, Span, span_of
from logsleuth.model import times
from logsleuth.store.base import Bounds, Bucket
from logsleuth.store.cache import Cache
from logsleuth.store.coverage import together

_STEPS = {"minute": times.MINUTE, "hour": times.HOUR, "day": times.DAY}

_COLUMNS = (
    time_column("start"),
    Column("count"),
    Column("errors"),
    Column("writes"),
    Column("coverage"),
    Column("reason", cut=True),
)


@click.command(short_help="Count requests over time, gaps included.")
@filter_argument
@click.option(
    "--by",
    type=click.Choice(list(_STEPS)),
    default="hour",
    show_default=True,
    help="Length of a step. Steps begin at full UTC minutes, hours, days.",
)
@relative_option
@listing_format
@click.pass_obj
def command(
    settings: Settings, filter_text: str, by: str, relative_to: str, style: str | None
) -> None:
    """Count the requests that match FILTER, their errors and writes, step by step of time.

    Every step between the filter's bounds and the cache's first and last request is
    listed, with what the cache covers of it, so that an empty step cannot be taken for a
    quiet one.
    """
    with opened(settings) as cache:
        where = read_filter(cache, filter_text, settings.shown_zone, relative_to)
        bounds = cache.requests.bounds()
        since, until = _span(where, bounds)
        if since >= until:
            errors.say(_nothing_there(bounds, settings))
        rows = _rows(cache, where, since, until, _STEPS[by]) if since < until else ()
        write_listing(rows, _COLUMNS, style=style, zone=settings.shown_zone)


def _span(where: Node, bounds: Bounds) -> tuple[int, int]:
    """The filter's span inside the cache's, microseconds, the end excluded."""
    if bounds.first is None or bounds.last is None:
        return 0, 0
    span = span_of(where).meet(Span(bounds.first, bounds.last + 1))
    return span.since or 0, span.until or 0


def _nothing_there(bounds: Bounds, settings: Settings) -> str:
    if bounds.first is None or bounds.last is None:
        return "The cache holds no requests."
    first = times.iso(bounds.first, settings.shown_zone)
    last = times.iso(bounds.last, settings.shown_zone)
    return f"The filter's span lies outside the cached requests, {first} to {last}."


def _rows(cache: Cache, where: Node, since: int, until: int, step: int) -> Iterator[Row]:
    counted: dict[int, Bucket] = {
        bucket.start: bucket
        for bucket in whole(cache.requests.timeline(where, seconds=step // times.SECOND))
    }
    for day in range(since - since % times.DAY, until, times.DAY):
        hours = cache.catalogue.hours(Span(day, day + times.DAY))
        for start in range(day, day + times.DAY, step):
            if start + step <= since or start >= until:
                continue
            bucket = counted.get(start) or Bucket(start, 0, 0, 0)
            touched = [h for h in hours if start < h.start + times.HOUR and h.start < start + step]
            state, reason = together(touched)
            yield {
                "start": times.iso(start),
                "count": bucket.count,
                "errors": bucket.errors,
                "writes": bucket.writes,
                "coverage": state,
                "reason": reason,
            }
