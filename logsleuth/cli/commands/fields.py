"""``logsleuth fields``: what can be filtered by."""

import click

from logsleuth.cli.options import listing_format
from logsleuth.cli.output import Column, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.filter.fields import FIELDS

_COLUMNS = (
    Column("name"),
    Column("aliases", show=lambda row, _: ", ".join(row["aliases"])),
    Column("type", wide=True),
    Column("of", show=lambda row, _: ", ".join(row["of"]), wide=True),
    Column("computed", wide=True),
    Column("meaning"),
)


@click.command(short_help="List the fields that filters can use.")
@listing_format
@click.pass_obj
def command(settings: Settings, style: str | None) -> None:
    """The fields a filter can use, for requests and for course events.

    What is a filter stays one. A text that is none, or that is as a whole one URL, UUID,
    address or network, is looked up instead, and what it became is said on standard error;
    put it in quotes to search for it as text. 'logsleuth resolve' lists what a text may mean.
    """
    rows = (
        {
            "name": field.name,
            "aliases": list(field.aliases),
            "type": field.kind.value,
            "of": sorted(field.of, reverse=True),
            "computed": field.computed,
            "meaning": field.meaning,
        }
        for field in FIELDS
    )
    write_listing(rows, _COLUMNS, style=style, zone=settings.shown_zone)
