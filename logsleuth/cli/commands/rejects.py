"""``logsleuth rejects``: the lines that could not be taken in."""

import base64

import click

from logsleuth.cli import errors
from logsleuth.cli.asking import opened
from logsleuth.cli.options import limit_option, limit_was_chosen, listing_format
from logsleuth.cli.output import Column, Row, time_column, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.model import times
from logsleuth.store.catalogue import Reject

_COLUMNS = (
    Column("source", cut=True),
    Column("line"),
    Column("offset"),
    Column("reason", cut=True),
    time_column("seen_at", "seen at"),
    Column("raw", cut=True),
    Column("raw_base64"),
)
_TABLE = tuple(column for column in _COLUMNS if column.name not in {"seen_at", "raw_base64"})


@click.command(short_help="List the lines that could not be imported.")
@limit_option
@listing_format
@click.pass_obj
def command(settings: Settings, limit: int, style: str | None) -> None:
    """List rejected lines, newest import first: where they stood, why, and what they were.

    Secrets in them are masked. 'raw_base64' holds the bytes of a line that is not UTF-8.
    """
    with opened(settings) as cache:
        found = cache.catalogue.rejects(limit + 1 if limit else 0)
        listed = found[:limit] if limit else found
        write_listing(
            map(_row, listed), _COLUMNS, table=_TABLE, style=style, zone=settings.shown_zone
        )
    if len(found) > len(listed) and not limit_was_chosen():
        errors.say(f"These are the newest {limit}; there are more (--limit 0 lists all).")


def _row(reject: Reject) -> Row:
    text = reject.raw.decode(errors="replace")
    exact = text.encode() == reject.raw
    return {
        "source": reject.source,
        "line": reject.line,
        "offset": reject.offset,
        "reason": reject.reason,
        "seen_at": times.iso(reject.seen_at),
        "raw": text,
        "raw_base64": None if exact else base64.b64encode(reject.raw).decode(),
    }
