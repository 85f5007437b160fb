"""``logsleuth events``: course changes, who was signed in, and how sure that is."""

from collections.abc import Iterable, Iterator, Sequence

import click

from logsleuth.cli import errors, moments
from logsleuth.cli.asking import opened, read_filter
from logsleuth.cli.change_coverage import say_unfetched_changes
from logsleuth.cli.explain import course, names_of
from logsleuth.cli.options import (
    filter_argument,
    limit_option,
    limit_was_chosen,
    listing_format,
    relative_option,
)
from logsleuth.cli.output import Column, Row, write_listing
from logsleuth.cli.resolving import id_of
from logsleuth.cli.settings import Settings
from logsleuth.cli.tracing import traces
from logsleuth.filter import evaluate
from logsleuth.filter.fields import field
from logsleuth.filter.tree import (
    All,
    Equals,
    Match,
    Node,
    Or,
    Range,
    Span,
    Value,
    both,
    odd_types,
    span_of,
)
from logsleuth.model import times
from logsleuth.model.event import EVENT_LABELS, CourseEvent
from logsleuth.model.jsontext import plain
from logsleuth.trace import matching, words
from logsleuth.trace.result import Trace


@click.command(short_help="List course changes, with who was signed in.")
@filter_argument
@click.option("--course", "courses", metavar="ID", multiple=True, help="Of this course.")
@click.option("--user", "users", metavar="ID", multiple=True, help="Recorded as this account.")
@click.option("--type", "types", multiple=True, help="Of this type, as published.")
@click.option("--source", "sources", multiple=True, help="Of this source: manual, api, sis, …")
@click.option("--account", "accounts", metavar="ID", multiple=True, help="Of this sub-account.")
@click.option("--since", metavar="TIME", help="From this time or day on.")
@click.option("--until", metavar="TIME", help="Before this time, or up to the end of this day.")
@limit_option
@relative_option
@listing_format
@click.pass_obj
def command(
    settings: Settings,
    filter_text: str,
    courses: tuple[str, ...],
    users: tuple[str, ...],
    types: tuple[str, ...],
    sources: tuple[str, ...],
    accounts: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    relative_to: str,
    style: str | None,
) -> None:
    """List the course changes that match FILTER, newest first, each with its trace's verdict.

    'user_id' is the account that Canvas recorded, 'signed_in_user_id' the one that was
    signed in, where that is known. Fields of requests match the change's cause. For an ID,
    --course, --user and --account also take a name, a login, an SIS id or a pasted URL.
    """
    zone = settings.shown_zone
    with opened(settings) as cache:
        where = both(
            read_filter(cache, filter_text, zone, relative_to, of="event"),
            _any_of("course_id", [id_of(cache, "course", "--course", one) for one in courses]),
            _any_of("user_id", [id_of(cache, "user", "--user", one) for one in users]),
            _any_of("event_type", types),
            _any_of("event_source", sources),
            _any_of("account_id", [id_of(cache, "account", "--account", one) for one in accounts]),
            _within(moments.span(since, until, zone)),
        )
        candidates = [
            event
            for event in cache.catalogue.events(span_of(where))
            if evaluate.matches(matching.without_trace(where), None, event)
        ]
        traced: dict[str, Trace] = {}
        if matching.needs_trace(where):
            traced = traces(cache, candidates)
            found = [
                event for event in candidates if matching.matches(where, event, traced[event.id])
            ]
        else:
            found = candidates
        listed = found[:limit] if limit else found
        if not traced:
            traced = traces(cache, listed)
        write_listing(
            _rows(listed, traced),
            _COLUMNS,
            table=_table(names_of(cache.catalogue)),
            style=style,
            zone=zone,
        )
        if not found:
            say_unfetched_changes(cache, where, settings)
    for kind in odd_types(where):
        if not any(event.event_type == kind for event in found):
            known = ", ".join(EVENT_LABELS)
            errors.say(f"No change listed has the type '{kind}'; the types known are {known}.")
    if matching.asks_cause(where):
        _say_unknown(candidates, traced)
    if len(found) > len(listed) and not limit_was_chosen():
        errors.say(f"These are the newest {limit} of {len(found):,} (--limit 0 lists all).")


def _any_of(name: str, values: Sequence[Value]) -> Node:
    tests = tuple(Match(field(name), Equals(value)) for value in values)
    if not tests:
        return All()
    return tests[0] if len(tests) == 1 else Or(tests)


def _within(span: Span) -> Node:
    when = field("timestamp")
    parts: list[Node] = []
    if span.since is not None:
        parts.append(Match(when, Range(">=", span.since)))
    if span.until is not None:
        parts.append(Match(when, Range("<", span.until)))
    return both(*parts)


def _say_unknown(events: Sequence[CourseEvent], traced: dict[str, Trace]) -> None:
    unknown = sum(not traced[event.id].causes for event in events)
    errors.say(
        f"No cause is known for {unknown:,} of the {len(events):,} course events looked at; "
        "a test of the cause is false for these, and 'not' of it true."
    )


_COLUMNS = (
    Column("id"),
    Column("created_at"),
    Column("event_type"),
    Column("event_source"),
    Column("account_id"),
    Column("course_id"),
    Column("user_id"),
    Column("page_view_id"),
    Column("copied_from"),
    Column("copied_to"),
    Column("reset_from"),
    Column("reset_to"),
    Column("sis_batch_id"),
    Column("event_data"),
    Column("verdict"),
    Column("signed_in_user_id"),
)


def _rows(events: Iterable[CourseEvent], traced: dict[str, Trace]) -> Iterator[Row]:
    for event in events:
        trace = traced[event.id]
        yield {
            **event.as_json(),
            "verdict": trace.verdict,
            "signed_in_user_id": trace.signed_in_user_id,
            "event": event,
            "trace": trace,
        }


def _table(name: words.NameOf) -> tuple[Column, ...]:
    """The columns for reading: names beside ids, and what changed from what to what."""
    return (
        # Canvas writes the times of changes without a fraction.
        Column(
            "created_at", "time", lambda row, zone: times.iso_seconds(row["event"].created_at, zone)
        ),
        Column("event_type", "change", lambda row, _: row["event"].label),
        Column("event_source", "source", wide=True),
        Column("course_id", "course", lambda row, _: course(row["event"], name), cut=True),
        Column(
            "user_id", "recorded as", lambda row, _: words.recorded(row["event"], name), cut=True
        ),
        Column(
            "signed_in_user_id",
            "signed in as",
            lambda row, _: words.signed_in(row["event"], row["trace"], name),
            cut=True,
        ),
        Column("verdict"),
        Column("event_data", "old → new", lambda row, _: _what(row["event"]), cut=True, wide=True),
        Column("id", "event"),
    )


def _what(event: CourseEvent) -> str:
    if event.other_course_id is not None:
        return f"other course {event.other_course_id}"
    return "; ".join(
        f"{name}: {plain(old) or '(nothing)'} → {plain(new) or '(nothing)'}"
        for name, old, new in event.changes()
    )
