"""``logsleuth masquerades``: spans in which one account acted as another."""

from datetime import tzinfo

import click

from logsleuth.cli.asking import opened, read_filter, say_unfetched, whole
from logsleuth.cli.commands.sessions import say_more, span_column
from logsleuth.cli.explain import labelled, names_of
from logsleuth.cli.options import filter_argument, limit_option, listing_format, relative_option
from logsleuth.cli.output import Column, Row, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.model import times
from logsleuth.store import acting
from logsleuth.store.base import ActSpan, last
from logsleuth.store.cache import Cache
from logsleuth.trace.words import NameOf

_COLUMNS = tuple(
    Column(name)
    for name in (
        "session_id",
        "real_user_id",
        "user_id",
        "start",
        "end",
        "active_minutes",
        "requests",
        "matching",
        "writes",
        "reads",
        "automatic",
        "courses",
        "how",
        "ended",
        "student_view",
        "opened",
        "changed",
        "not_classified",
        "opaque",
        "people",
        "request_id",
    )
)


@click.command(short_help="List spans in which one account acted as another.")
@filter_argument
@limit_option
@relative_option
@listing_format
@click.pass_obj
def command(
    settings: Settings, filter_text: str, limit: int, relative_to: str, style: str | None
) -> None:
    """List the spans in which one account acted as another, newest first.

    A span is listed when one of its requests matches FILTER; its numbers are of all its
    requests, 'matching' says how many match. Student View is marked: it is harmless.
    'opaque' counts GraphQL requests: what they read or changed is not in the log.
    'request_id' is the first request of the span: 'case add NAME --span' takes it.
    """
    with opened(settings) as cache:
        where = read_filter(cache, filter_text, settings.shown_zone, relative_to)
        found = whole(cache.requests.spans(where))
        listed = found[:limit] if limit else found
        write_listing(
            (_row(span, _first(cache, span)) for span in listed),
            _COLUMNS,
            table=_table(names_of(cache.catalogue)),
            style=style,
            zone=settings.shown_zone,
        )
        if not listed:
            say_unfetched(cache, where, settings)
    say_more(len(found), limit, "spans")


def _first(cache: Cache, span: ActSpan) -> str | None:
    """The id of the first request of a span; ``None`` if that is gone by now."""
    page = last(cache.requests.page(acting.node(span), limit=1, oldest_first=True))
    return page.rows[0].id if page.rows else None


def _row(span: ActSpan, request_id: str | None) -> Row:
    return {
        "session_id": span.session_id,
        "real_user_id": span.real_user_id,
        "user_id": span.user_id,
        "start": times.iso(span.start),
        "end": times.iso(span.end),
        "active_minutes": span.active_minutes,
        "requests": span.requests,
        "matching": span.matching,
        "writes": span.writes,
        "reads": span.reads,
        "automatic": span.automatic,
        "courses": list(span.courses),
        "how": span.how,
        "ended": span.ended,
        "student_view": span.student_view,
        "opened": span.opened,
        "changed": span.changed,
        "not_classified": span.not_classified,
        "opaque": span.opaque,
        "people": list(span.people),
        "request_id": request_id,
    }


def _table(name: NameOf) -> tuple[Column, ...]:
    def who(column: str, heading: str) -> Column:
        def show(row: Row, zone: tzinfo) -> str:
            number = row[column]
            return "" if number is None else labelled("user", number, name)

        return Column(column, heading, show, cut=True)

    def view(row: Row, zone: tzinfo) -> str:
        return "Student View" if row["student_view"] else str(row["how"])

    return (
        span_column("start"),
        span_column("end", wide=True),
        who("real_user_id", "signed in"),
        who("user_id", "acting as"),
        Column("active_minutes", "min"),
        Column("requests"),
        Column("writes"),
        Column("reads"),
        Column("automatic", wide=True),
        Column("courses", "courses", lambda row, zone: str(len(row["courses"])), wide=True),
        Column("how", "how", view),
        Column("ended", wide=True),
        Column("session_id", "session", wide=True),
        Column("opaque"),
        # Never cut, and never left out: without it the next command cannot name the span.
        Column("request_id", "first request"),
    )
