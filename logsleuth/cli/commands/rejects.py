"""``logsleuth rejects``: the lines that could not be taken in, and another try."""

import base64
from dataclasses import asdict

import click

from logsleuth.cli import errors, output
from logsleuth.cli.asking import opened
from logsleuth.cli.options import limit_option, limit_was_chosen, listing_format
from logsleuth.cli.output import Column, Row, time_column, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.model import times
from logsleuth.model.jsontext import to_json
from logsleuth.store.catalogue import Reject

_COLUMNS = (
    Column("source", cut=True),
    Column("line"),
    Column("offset"),
    Column("reason", cut=True),
    time_column("seen_at", "seen at"),
    Column("raw", cut=True),
    Column("raw_base64"),
    Column("sha256"),
    Column("masked"),
)
_TABLE = tuple(
    column for column in _COLUMNS if column.name in {"source", "line", "offset", "reason", "raw"}
)


@click.command(short_help="List the lines that could not be imported, or try them again.")
@click.option("--reimport", is_flag=True, help="Try the kept lines again, after an update.")
@limit_option
@listing_format
@click.pass_context
def command(context: click.Context, reimport: bool, limit: int, style: str | None) -> None:
    """List rejected lines, newest import first: where they stood, why, and what they were.

    'offset' counts bytes of the unpacked file; of an audit document, 'line' and 'offset' are
    the number of the event. 'raw_base64' holds the bytes of a line that is not UTF-8. Secrets
    are masked; 'sha256' is the hash of the line before that, and null where the line was too
    long to be kept whole.

    With --reimport, what this version of the program can read goes in as it would have from
    its file, and leaves the list. A masked line goes in with its mask. For a line that is kept
    only in part, import its file again.
    """
    settings: Settings = context.obj
    if reimport:
        _reimport(context, settings, style)
        return
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
        "sha256": reject.sha256,
        "masked": reject.masked,
    }


def _reimport(context: click.Context, settings: Settings, style: str | None) -> None:
    # Only now: listing starts faster without the writer's libraries.
    from logsleuth.ingest.reimport import reimport as try_again

    with opened(settings):
        pass  # a cache that is missing or foreign is said as by every other command
    done = try_again(settings.cache)
    if style == "jsonl":
        output.write_text([to_json(asdict(done))])
    else:
        left = done.rejected + done.in_part
        output.write_text(
            [
                f"Lines tried again: {done.tried:,} ({done.added:,} added,"
                f" {done.updated:,} updated, {done.unchanged:,} unchanged,"
                f" {done.deleted_upstream:,} deleted upstream, {done.rejected:,} rejected again).",
                f"Lines that stay in the list: {left:,}.",
            ]
        )
    if done.in_part:
        errors.say(
            f"Lines kept only in part, which were not tried: {done.in_part:,}; import their files"
            " again."
        )
    if done.rejected or done.in_part:
        context.exit(errors.ROWS_REJECTED)
