"""``logsleuth prune``: drop whole days of requests."""

import sys
from collections.abc import Iterator, Sequence
from datetime import tzinfo

import click

from logsleuth.case import places
from logsleuth.case.case import Case
from logsleuth.case.errors import CaseError
from logsleuth.case.model import Header
from logsleuth.cli import errors, moments, output
from logsleuth.cli.asking import opened
from logsleuth.cli.options import answer_format
from logsleuth.cli.settings import Settings
from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.store import pruning
from logsleuth.store.activity import Activity
from logsleuth.store.pruning import Pruning
from logsleuth.store.writing import CacheWriter, mend


@click.command(short_help="Drop whole days of requests.")
@click.option("--before", required=True, metavar="TIME", help="Drop the days that end by then.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@answer_format
@click.pass_obj
def command(settings: Settings, before: str, yes: bool, style: str) -> None:
    """Drop the whole (UTC) days of requests that end before TIME.

    Their hours count as not fetched from then on, with the reason 'pruned'. Course changes and
    names stay, and cases keep their copies. Open cases whose span is touched are named first;
    cases outside the folder of cases are not known here.
    """
    zone = settings.shown_zone
    if yes:
        # A pruning that was stopped half way may have left the catalogue unreadable, and
        # files that nobody names.
        mend(settings.cache)
    with opened(settings, log=False) as cache:
        moment = moments.span(before, None, zone).since or 0
        planned = pruning.plan(cache.catalogue, moment)
        touched = _touched(planned.spans)
        if style == "text":
            output.write_text(_told(planned, touched, moment, zone))
        if planned.days:
            _confirm(yes)
            names = [day.day for day in planned.days]
            with CacheWriter(settings.cache) as writer, writer.explaining():
                pruning.prune(writer, names)
            Activity(settings.cache).add(
                "prune", {"before": times.iso(moment), "days": names, "rows": planned.rows}
            )
    if style == "json":
        output.write_json(
            {
                "before": times.iso(moment),
                "days": [day.day for day in planned.days],
                "rows": planned.rows,
                "bytes": planned.bytes,
                "cases": [header.name for header in touched],
            }
        )
    elif planned.days:
        output.write_text(["Dropped."])


def _touched(spans: Sequence[Span]) -> list[Header]:
    """The open cases whose span under investigation, or evidence, meets one of the spans."""
    found = []
    for path in places.listed():
        try:
            state = Case.open(path).state()
        except CaseError as error:
            errors.say(f"Whether this case is touched is not known: {error}")
            continue
        about = state.about
        asked = [about.span, *(one.span for one in state.evidence.values())]
        if about.span == Span() and state.evidence:
            del asked[0]  # No span was given: what was found so far stands for it.
        if about.open and any(_meet(one, gone) for one in asked for gone in spans):
            found.append(about)
    return found


def _meet(one: Span, other: Span) -> bool:
    both = one.meet(other)
    return both.since is None or both.until is None or both.since < both.until


def _told(planned: Pruning, touched: Sequence[Header], moment: int, zone: tzinfo) -> Iterator[str]:
    if not planned.days:
        yield f"No whole day of requests ends before {times.iso_seconds(moment, zone)}."
        return
    yield (
        f"{len(planned.days):,} days with {planned.rows:,} requests"
        f" ({planned.bytes / 1_000_000:,.1f} MB) end before {times.iso_seconds(moment, zone)}:"
    )
    for span in planned.spans:
        yield f"  {moments.span_text(span, zone)}"
    for header in touched:
        about = f"The open case {header.name} ({header.title})"
        yield f"{about} is about this time; it keeps its copies."


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise errors.Misused("Nothing was dropped: nobody can be asked here; give --yes.")
    click.confirm("Drop them?", abort=True, err=True)
