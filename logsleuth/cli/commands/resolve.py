"""``logsleuth resolve``: what a pasted text may mean."""

import click

from logsleuth.cli import errors
from logsleuth.cli.asking import opened
from logsleuth.cli.options import listing_format
from logsleuth.cli.output import Column, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.store.resolve import MOST, Resolver

_COLUMNS = (Column("kind"), Column("id"), Column("filter", cut=True), Column("meaning", cut=True))


@click.command(short_help="Say what a URL, an id, a name or a login may mean.")
@click.argument("text")
@listing_format
@click.pass_obj
def command(settings: Settings, text: str, style: str | None) -> None:
    """Say what TEXT may mean in this cache, and the filter for each reading.

    TEXT is a Canvas URL, a UUID, an address, an id, a name (also a part of one, or as
    'Last, First'), a login, a course code or an SIS id such as sis_course_id:BIO-101.
    """
    with opened(settings) as cache:
        found = Resolver(cache.requests, cache.catalogue).meanings(text)
        rows = (
            {
                "kind": meaning.kind,
                "id": meaning.id or None,
                "filter": meaning.filter,
                "meaning": meaning.words,
            }
            for meaning in found
        )
        write_listing(rows, _COLUMNS, style=style, zone=settings.shown_zone)
    if len(found) == MOST:
        errors.say(f"These are the first {MOST} readings; there may be more. Type more of it.")
    elif not found:
        errors.say(f"This cache knows nothing that '{text}' may mean.")
