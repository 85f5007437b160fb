"""``logsleuth top``: the values of a field, by number of requests."""

import difflib
from datetime import tzinfo

import click

from logsleuth.cli import errors
from logsleuth.cli.asking import opened, read_filter, whole
from logsleuth.cli.options import (
    filter_argument,
    limit_option,
    limit_was_chosen,
    listing_format,
    relative_option,
)
from logsleuth.cli.output import Column, Row, local_time, time_column, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.filter.fields import FIELDS, Field, Kind
from logsleuth.model import times
from logsleuth.store.base import TopRow


def _first_in_cache(row: Row, zone: tzinfo) -> str:
    """``≤`` where the cache begins on that day: the value may well be older."""
    mark = "≤ " if row["at_start"] else ""
    return mark + local_time(row["first_in_cache"], zone)


_COLUMNS = (
    Column("value", cut=True),
    Column("count"),
    Column("users"),
    Column("users_all", "users all"),
    time_column("first"),
    time_column("last"),
    Column("first_in_cache", "first in cache", _first_in_cache),
)


class TopField(click.ParamType[Field]):
    """A field of requests, by its name or alias."""

    name = "field"

    def convert(
        self, value: str | Field, param: click.Parameter | None, ctx: click.Context | None
    ) -> Field:
        if isinstance(value, Field):
            return value
        usable = {
            name: field
            for field in FIELDS
            if "request" in field.of and field.kind is not Kind.TIME
            for name in (field.name, *field.aliases)
        }
        if value in usable:
            return usable[value]
        near = difflib.get_close_matches(value, usable, n=1)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        return self.fail(
            f"'{value}' is no field whose values can be counted.{meant} "
            "'logsleuth fields' lists all fields.",
            param,
            ctx,
        )


@click.command()
@click.argument("field", type=TopField(), metavar="FIELD")
@filter_argument
@limit_option
@relative_option
@listing_format
@click.pass_obj
def command(
    settings: Settings,
    field: Field,
    filter_text: str,
    limit: int,
    relative_to: str,
    style: str | None,
) -> None:
    """List the values of FIELD among the requests that match FILTER, most frequent first.

    'users' counts accounts under the filter, 'users_all' those of the same days without
    it. Requests without a value are left out.
    """
    with opened(settings) as cache:
        where = read_filter(cache, filter_text, settings.shown_zone, relative_to)
        found = whole(cache.requests.top(field.name, where, limit=limit + 1 if limit else 0))
        listed = found[:limit] if limit else found
        write_listing(map(_row, listed), _COLUMNS, style=style, zone=settings.shown_zone)
    if len(found) > len(listed) and not limit_was_chosen():
        errors.say(f"These are the first {limit} values; there are more (--limit 0 lists all).")


def _row(found: TopRow) -> Row:
    return {
        "value": found.value,
        "count": found.count,
        "users": found.users,
        "users_all": found.users_all,
        "first": times.iso(found.first),
        "last": times.iso(found.last),
        "first_in_cache": times.iso(found.first_in_cache),
        "at_start": found.at_start,
    }
