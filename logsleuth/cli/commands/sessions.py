"""``logsleuth sessions``: browser sessions, and runs of calls with a token."""

from datetime import tzinfo

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
from logsleuth.model import times
from logsleuth.store.base import Session
from logsleuth.trace.words import NameOf

_COLUMNS = tuple(
    Column(name)
    for name in (
        "session_id",
        "users",
        "addresses",
        "agents",
        "start",
        "end",
        "requests",
        "matching",
        "writes",
        "addresses_automatic",
        "automatic",
        "opaque",
    )
)


@click.command(short_help="List sessions, and runs of calls with a token.")
@filter_argument
@limit_option
@relative_option
@listing_format
@click.pass_obj
def command(
    settings: Settings, filter_text: str, limit: int, relative_to: str, style: str | None
) -> None:
    """List the sessions that have a request matching FILTER, newest first.

    Calls with a token have no session: those of the same key, account, address and agent
    with pauses under 30 minutes count as one. 'users' are the accounts that the requests
    ran as; the numbers are of all requests, 'matching' says how many match. From
    'addresses_automatic' page or app sent everything by itself, as a phone that polls.
    """
    with opened(settings) as cache:
        where = read_filter(cache, filter_text, settings.shown_zone, relative_to)
        found = whole(cache.requests.sessions(where))
        listed = found[:limit] if limit else found
        write_listing(
            map(_row, listed),
            _COLUMNS,
            table=_table(names_of(cache.catalogue)),
            style=style,
            zone=settings.shown_zone,
        )
        if not listed:
            say_unfetched(cache, where, settings)
    say_more(len(found), limit, "sessions")


def say_more(found: int, limit: int, what: str) -> None:
    """Say that a listing was cut by the limit that nobody chose."""
    if limit and found > limit and not limit_was_chosen():
        errors.say(f"These are the newest {limit} {what} of {found} (--limit 0 lists all).")


def span_column(name: str, *, wide: bool = False) -> Column:
    """A column of times to the second."""

    def show(row: Row, zone: tzinfo) -> str:
        return times.iso_seconds(times.parse(row[name]), zone)

    return Column(name, name, show, wide=wide)


def _row(session: Session) -> Row:
    return {
        "session_id": session.session_id,
        "users": list(session.users),
        "addresses": list(session.addresses),
        "agents": list(session.agents),
        "start": times.iso(session.start),
        "end": times.iso(session.end),
        "requests": session.requests,
        "matching": session.matching,
        "writes": session.writes,
        "addresses_automatic": list(session.addresses_automatic),
        "automatic": session.automatic,
        "opaque": session.opaque,
        "developer_key_id": session.developer_key_id,
    }


def _table(name: NameOf) -> tuple[Column, ...]:
    def accounts(row: Row, zone: tzinfo) -> str:
        return ", ".join(labelled("user", number, name) for number in row["users"])

    def session(row: Row, zone: tzinfo) -> str:
        return row["session_id"] or f"(key {row['developer_key_id']})"

    return (
        span_column("start"),
        span_column("end", wide=True),
        Column("users", "ran as", accounts, cut=True),
        Column("addresses", "addresses", lambda row, zone: ", ".join(row["addresses"]), cut=True),
        Column("agents", "agents", lambda row, zone: str(len(row["agents"]))),
        Column("requests"),
        Column("matching", wide=True),
        Column("writes"),
        Column("session_id", "session", session, cut=True),
        Column("opaque"),
    )
