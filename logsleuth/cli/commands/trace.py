"""``logsleuth trace``: from a course change to the request that caused it."""

from collections.abc import Iterator, Sequence

import click

from logsleuth.cli import errors
from logsleuth.cli.asking import opened
from logsleuth.cli.change_coverage import say_unfetched_changes
from logsleuth.cli.explain import explained, names_of
from logsleuth.cli.options import listing_format
from logsleuth.cli.output import Column, on_terminal, write_listing, write_text
from logsleuth.cli.resolving import event_of
from logsleuth.cli.settings import Settings
from logsleuth.cli.tracing import traces
from logsleuth.filter.tree import All
from logsleuth.model.event import CourseEvent
from logsleuth.store.cache import Cache
from logsleuth.trace import encode, words
from logsleuth.trace.result import Trace

_COLUMNS = tuple(
    Column(name)
    for name in (
        "event_id",
        "verdict",
        "reason",
        "reason_text",
        "recorded_user_id",
        "signed_in_user_id",
        "coverage",
        "rules_version",
        "causes",
    )
)


@click.command(short_help="Find the requests behind course changes.")
@click.argument("event_ids", metavar="[EVENT_ID]...", nargs=-1)
@click.option("--all", "all_events", is_flag=True, help="Trace every course event of the cache.")
@listing_format
@click.pass_obj
def command(
    settings: Settings, event_ids: tuple[str, ...], all_events: bool, style: str | None
) -> None:
    """Find the requests that caused course changes, with a verdict on how sure that is.

    EVENT_ID may also be the id of the page view that Canvas links to the change. A table is
    the answer in words; jsonl and csv have one object or line for each event.
    """
    if all_events == bool(event_ids):
        raise click.UsageError("Name the course events to trace, or give --all.")
    with opened(settings) as cache:
        if all_events:
            events = list(cache.catalogue.events())
        else:
            found = {wanted: event_of(cache, wanted) for wanted in event_ids}
            unknown = [wanted for wanted, event in found.items() if event is None]
            if unknown:
                say_unfetched_changes(cache, All(), settings)
                raise errors.Failed(
                    f"The cache holds no course event {', '.join(unknown)}; "
                    "'logsleuth events' lists those it holds, 'logsleuth status' what was fetched."
                )
            events = list({event.id: event for event in found.values() if event}.values())
        traced = traces(cache, events)
        if style == "table" or (style is None and on_terminal()):
            write_text(_text(events, traced, cache, settings))
            return
        write_listing(
            (encode.as_json(traced[event.id]) for event in events),
            _COLUMNS,
            style=style,
            zone=settings.shown_zone,
        )


def _text(
    events: Sequence[CourseEvent], traced: dict[str, Trace], cache: Cache, settings: Settings
) -> Iterator[str]:
    name = names_of(cache.catalogue)
    for event in events:
        yield from explained(event, traced[event.id], name, settings.shown_zone)
        yield ""
    if events:
        yield words.FOOTNOTE
