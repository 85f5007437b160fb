"""``logsleuth top``: the values of a field, by number of requests."""

import difflib
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

import click

from logsleuth.cli import errors
from logsleuth.cli.asking import opened, read_filter, say_unfetched, whole
from logsleuth.cli.explain import labelled, names_of
from logsleuth.cli.options import (
    filter_argument,
    limit_option,
    limit_was_chosen,
    listing_format,
    relative_option,
)
from logsleuth.cli.output import Column, Row, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.filter.fields import FIELDS, Field, Kind
from logsleuth.model import times
from logsleuth.model.jsontext import plain
from logsleuth.model.networks import Networks
from logsleuth.store.base import TopRow
from logsleuth.trace.words import Named, NameOf

_COLUMNS = tuple(
    Column(name)
    for name in ("value", "count", "users", "users_all", "first", "last", "first_in_cache")
)

_NAMED: dict[str, Named] = {
    "user_id": "user",
    "real_user_id": "user",
    "actor": "user",
    "about_user": "user",
    "course_id": "course",
    "developer_key_id": "key",
}
"""Fields whose values Canvas has names for."""


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


@click.command(short_help="List the most frequent values of a field.")
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
    it. Requests without a value are left out. Addresses have their network's name beside
    them, if the settings name a file of networks.
    """
    with opened(settings) as cache:
        where = read_filter(cache, filter_text, settings.shown_zone, relative_to)
        found = whole(cache.requests.top(field.name, where, limit=limit + 1 if limit else 0))
        listed = found[:limit] if limit else found
        networks = settings.networks if field.kind is Kind.ADDRESS else None
        write_listing(
            (_row(row, networks) for row in listed),
            _COLUMNS if networks is None else (*_COLUMNS, Column("network")),
            table=_table(field, names_of(cache.catalogue), networks),
            style=style,
            zone=settings.shown_zone,
        )
        if not listed:
            say_unfetched(cache, where, settings)
    if len(found) > len(listed) and not limit_was_chosen():
        errors.say(f"These are the first {limit} values; there are more (--limit 0 lists all).")


def _row(found: TopRow, networks: Networks | None) -> Row:
    row: dict[str, Any] = {
        "value": found.value,
        "count": found.count,
        "users": found.users,
        "users_all": found.users_all,
        "first": times.iso(found.first),
        "last": times.iso(found.last),
        "first_in_cache": times.iso(found.first_in_cache),
        "at_start": found.at_start,
    }
    if networks is not None:
        row["network"] = networks.name(str(found.value)) or None
    return row


def _table(field: Field, name: NameOf, networks: Networks | None) -> tuple[Column, ...]:
    """Columns for reading: names beside ids, times to the second."""

    def value(row: Row, zone: tzinfo) -> str:
        kind = _NAMED.get(field.name)
        return plain(row["value"]) if kind is None else labelled(kind, row["value"], name)

    def second(column: str) -> Callable[[Row, tzinfo], str]:
        return lambda row, zone: times.iso_seconds(times.parse(row[column]), zone)

    def first_in_cache(row: Row, zone: tzinfo) -> str:
        # The cache begins on that day: the value may well be older.
        return ("≤ " if row["at_start"] else "") + second("first_in_cache")(row, zone)

    return (
        Column("value", field.label, value, cut=True),
        *((Column("network", cut=True),) if networks else ()),
        Column("count"),
        Column("users"),
        Column("users_all", "users all", wide=True),
        Column("first", show=second("first")),
        Column("last", show=second("last")),
        Column("first_in_cache", "first in cache", first_in_cache, wide=True),
    )
