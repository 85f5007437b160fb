"""``logsleuth sync web-logs``: requests from DAP into the cache."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from logsleuth.cli import credentials, errors, moments, output, sync_estimate, syncing
from logsleuth.cli.every import again_and_again, every_option, stoppable
from logsleuth.cli.options import answer_format
from logsleuth.cli.progress import progress_bar, say_above
from logsleuth.cli.settings import Settings
from logsleuth.ingest.run import Progress as Bar
from logsleuth.ingest.web_logs_report import SyncProgress, SyncReport, Wanted, described
from logsleuth.ingest.web_logs_sync import WebLogsSync
from logsleuth.model import times
from logsleuth.sources.dap import Dap
from logsleuth.sources.http import Patience
from logsleuth.store.base import Cancel, Cancelled

INTERRUPTED = "Interrupted: what came is kept, and the same command goes on from there."


@click.command("web-logs", short_help="Fetch requests from DAP.")
@click.option(
    "--since", metavar="TIME", help="Committed from this time or day on, wherever the chain is."
)
@click.option("--until", metavar="TIME", help="Committed before this time, or up to this day.")
@click.option("--snapshot", is_flag=True, help="The whole table as it is now, in one job.")
@click.option("--estimate", is_flag=True, help="Only say what it would take; asks nobody.")
@click.option(
    "--keep-raw",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the files as received in this folder too.",
)
@every_option
@answer_format
@click.pass_context
def command(
    context: click.Context,
    since: str | None,
    until: str | None,
    snapshot: bool,
    estimate: bool,
    keep_raw: Path | None,
    every: int | None,
    style: str,
) -> None:
    """Fetch requests from DAP: all that the cache does not have yet, up to the newest.

    The first sync goes back as far as DAP does, about 30 days, a day at a time; each later one
    goes on where the chain of jobs is. --since fetches from another time, and never moves the
    chain back. Stopped at any point, the next sync goes on from there.
    """
    settings: Settings = context.obj
    if snapshot and (since or until):
        raise errors.Misused(
            "A snapshot is the whole table: --since and --until do not go with it."
        )
    span = moments.span(since, until, settings.shown_zone)
    wanted = Wanted(span.since, span.until, snapshot, keep_raw)
    if estimate:
        sync_estimate.write(settings, wanted, style)
        return
    opened = credentials.dap()
    if not snapshot:
        sync_estimate.say_if_first(settings, wanted)
    with stoppable() as cancel:

        def once() -> int:
            return _finish(_sync(settings, credentials.dap(), wanted, cancel), settings, style)

        try:
            if every is None:
                context.exit(_finish(_sync(settings, opened, wanted, cancel), settings, style))
            again_and_again(once, every, cancel)
        except Cancelled:
            errors.say(INTERRUPTED)
        context.exit(errors.INTERRUPTED)


def _sync(
    settings: Settings, opened: credentials.DapCredentials, wanted: Wanted, cancel: Cancel
) -> SyncReport:
    """One sync, shown on standard error."""

    async def go(tell: Callable[[SyncProgress], None]) -> SyncReport:
        patience = Patience(sleep=syncing.SLEEP, tries=syncing.TRIES)
        async with Dap(opened.address, opened.client_id, opened.client_secret, patience) as dap:
            return await WebLogsSync(settings.cache, dap, tell=tell, cancel=cancel).run(wanted)

    with _shown() as tell:
        try:
            return syncing.finish(go(tell))
        except asyncio.CancelledError:
            raise Cancelled from None


def _finish(report: SyncReport, settings: Settings, style: str) -> int:
    """Say what became of it; the exit code."""
    if style == "json":
        output.write_json(report.as_json())
    elif report.jobs or not report.error:
        output.write_text(_text(report, settings))
    for note in report.notes:
        errors.say(note)
    for gap in report.gaps:
        errors.say(
            f"DAP does not hold the log of {moments.span_text(gap, settings.shown_zone)} any more."
        )
    if report.error:
        errors.say(report.error)
        if report.jobs:
            errors.say("What came before that is kept; sync again to go on.")
        return errors.FAILED
    rejected = report.counts["rejected"]
    if rejected:
        errors.say(f"Rows rejected: {rejected:,} ('logsleuth rejects' lists them).")
        return errors.ROWS_REJECTED
    return 0


def _text(report: SyncReport, settings: Settings) -> Iterator[str]:
    counts = report.counts
    yield (
        f"{described(report.jobs)}: {counts['read']:,} read, {counts['added']:,} added,"
        f" {counts['updated']:,} updated, {counts['unchanged']:,} unchanged,"
        f" {counts['deleted_upstream']:,} deleted upstream, {counts['rejected']:,} rejected."
    )
    if report.chain:
        reached = times.iso_seconds(times.parse(report.chain), settings.shown_zone)
        yield f"Fetched up to what was committed by {reached}; the next sync goes on there."


@contextmanager
def _shown() -> Iterator[Callable[[SyncProgress], None]]:
    """A line for each job and each problem, and a bar where somebody can see it."""
    with progress_bar() as show:
        said: set[str] = set()

        def tell(progress: SyncProgress) -> None:
            line = None
            if progress.problem:
                line = f"{progress.problem}."
            elif progress.job and progress.step == "waiting":
                line = f"Job {progress.job}{_span(progress)}."
            if line and line not in said:
                said.add(line)
                say_above(line)
            if show is not None:
                done, total = progress.bytes_done, progress.bytes_total or 0
                show(Bar(progress.step, _what(progress), done, total, progress.rows))

        yield tell


def _what(progress: SyncProgress) -> str:
    if progress.step in {"downloading", "importing"}:
        return f"{progress.files_done} of {progress.files_total} files"
    return f"({progress.job_state})" if progress.step == "waiting" else ""


def _span(progress: SyncProgress) -> str:
    if progress.since is None:
        return " of the whole table"
    return f" from {progress.since}" + (f" to {progress.until}" if progress.until else "")
