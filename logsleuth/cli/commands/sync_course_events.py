"""``logsleuth sync course-events``: course changes from Canvas into the cache."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from logsleuth.cli import errors, moments, output, syncing
from logsleuth.cli.every import again_and_again, every_option, stoppable
from logsleuth.cli.options import CanvasOrSisId, answer_format
from logsleuth.cli.progress import progress_bar
from logsleuth.cli.settings import Settings
from logsleuth.ingest.course_events_report import Progress, Report, Wanted
from logsleuth.ingest.course_events_sync import CourseEventsSync
from logsleuth.ingest.run import Progress as Bar
from logsleuth.model import times
from logsleuth.store.base import Cancel, Cancelled

_MOST_LINES = 20


@click.command("course-events", short_help="Fetch course changes from Canvas.")
@click.option(
    "--course",
    "courses",
    type=CanvasOrSisId("sis_course_id"),
    multiple=True,
    help="Of this course: its id, or sis_course_id:ABC.",
)
@click.option(
    "--account",
    "accounts",
    type=CanvasOrSisId("sis_account_id"),
    multiple=True,
    help="Of this account and all below it. Default: the root account.",
)
@click.option("--no-subaccounts", is_flag=True, help="Of the accounts themselves only.")
@click.option("--since", metavar="TIME", help="From this time or day on. Default: 14 months ago.")
@click.option("--until", metavar="TIME", help="Before this time, or up to the end of this day.")
@click.option(
    "--keep-raw",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep Canvas's answers as received in this folder too.",
)
@every_option
@answer_format
@click.pass_context
def command(
    context: click.Context,
    courses: tuple[int | str, ...],
    accounts: tuple[int | str, ...],
    no_subaccounts: bool,
    since: str | None,
    until: str | None,
    keep_raw: Path | None,
    every: int | None,
    style: str,
) -> None:
    """Fetch course changes from the Canvas audit API: those that the cache does not have yet.

    Canvas keeps them for about 14 months. What was fetched before is not asked for again;
    stopped at any point, the next run goes on. CANVAS_API_URL and CANVAS_API_TOKEN say where
    and as whom ('logsleuth sync --check' tries them).
    """
    if every and until:
        raise click.UsageError("--until has an end and --every has none; give one of them.")
    settings: Settings = context.obj
    span = moments.span(since, until, settings.shown_zone)
    wanted = Wanted(courses, accounts, not no_subaccounts, span.since, span.until, keep_raw)
    with stoppable() as cancel:
        if every:
            again_and_again(lambda: _once(settings, wanted, cancel, style), every, cancel)
            context.exit(errors.INTERRUPTED)
        context.exit(_once(settings, wanted, cancel, style))


def _once(settings: Settings, wanted: Wanted, cancel: Cancel, style: str) -> int:
    """One sync, and what it says; the exit code."""
    try:
        report = syncing.finish(_sync(settings, wanted, cancel), cancel)
    except Cancelled:
        errors.say("Interrupted: what came is kept, and the same command goes on from there.")
        return errors.INTERRUPTED
    if style == "json":
        output.write_json(report.as_json())
    elif report.pages or not report.errors:
        output.write_text(_text(report, settings))
    for error in report.errors[:_MOST_LINES]:
        errors.say(error)
    if len(report.errors) > _MOST_LINES:
        errors.say(f"And {len(report.errors) - _MOST_LINES:,} more (--format json has all).")
    if report.errors:
        return errors.FAILED
    if report.rejected:
        errors.say(f"Changes rejected: {report.rejected:,} ('logsleuth rejects' lists them).")
        return errors.ROWS_REJECTED
    return 0


async def _sync(settings: Settings, wanted: Wanted, cancel: Cancel) -> Report:
    async with syncing.canvas() as canvas:
        with _shown(settings) as tell:
            work = CourseEventsSync(
                settings.cache, canvas, tell=tell, cancel=cancel, patience=syncing.patience()
            )
            return await work.run(wanted)


@contextmanager
def _shown(settings: Settings) -> Iterator[Callable[[Progress], None]]:
    """What shows how far it is, where somebody can see it."""
    with progress_bar("changes") as show:

        def tell(progress: Progress) -> None:
            if show is None:
                return
            reached = progress.reached
            day = "" if reached is None else times.from_us(reached, settings.shown_zone).date()
            name = f"{progress.listing}{day and f', back to {day}'}"
            show(Bar("fetching", name, progress.done, progress.total, progress.read))

        yield tell


def _text(report: Report, settings: Settings) -> Iterator[str]:
    zone = settings.shown_zone
    yield (
        f"Course changes from {times.iso_seconds(report.since, zone)} until"
        f" {times.iso_seconds(report.until, zone)}: {report.read:,} received on"
        f" {report.pages:,} pages, {report.added:,} added, {report.updated:,} updated,"
        f" {report.unchanged:,} unchanged, {report.rejected:,} rejected."
    )
    done = sum(one.error is None for one in report.listings)
    yield f"Asked for {len(report.listings):,} courses and accounts; {done:,} without trouble."
    if report.oldest is not None:
        yield f"The oldest change received is of {times.iso_seconds(report.oldest, zone)}."
    yield from report.notes[:_MOST_LINES]
    if len(report.notes) > _MOST_LINES:
        yield f"And {len(report.notes) - _MOST_LINES:,} more notes (--format json has all)."
