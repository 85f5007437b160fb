"""``logsleuth sync names``: what Canvas calls those that the cache knows by id alone."""

import click

from logsleuth.cli import errors, output, syncing
from logsleuth.cli.asking import opened
from logsleuth.cli.every import stoppable
from logsleuth.cli.options import answer_format
from logsleuth.cli.progress import progress_bar
from logsleuth.cli.settings import Settings
from logsleuth.ingest.names_sync import Bare, NamesReport, NamesSync, bare_ids
from logsleuth.ingest.run import Progress as Bar
from logsleuth.store.base import Cancel, Cancelled


@click.command("names", short_help="Ask Canvas for names that the cache does not have.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    metavar="N",
    help="Ask for so many users, courses and accounts at most; 0 for all.",
)
@click.option("--again", is_flag=True, help="Ask again for what Canvas said it does not know.")
@answer_format
@click.pass_context
def command(context: click.Context, limit: int, again: bool, style: str) -> None:
    """Ask Canvas for the names of users, courses, accounts and keys that requests and changes
    name by their id alone, those with the most requests first.

    What Canvas does not know is remembered, and not asked for again.
    """
    settings: Settings = context.obj
    with opened(settings) as cache:
        bare = bare_ids(cache, again=again)
    with stoppable() as cancel:
        try:
            report = syncing.finish(_sync(settings, bare, limit, cancel), cancel)
        except Cancelled:
            errors.say("Interrupted: the names that came are kept; the same command goes on.")
            context.exit(errors.INTERRUPTED)
    if style == "json":
        output.write_json(report.as_json())
    else:
        output.write_text([_text(report)])
    for error in report.errors:
        errors.say(error)
    if report.errors:
        context.exit(errors.FAILED)


async def _sync(settings: Settings, bare: Bare, limit: int, cancel: Cancel) -> NamesReport:
    async with syncing.canvas() as canvas:
        with progress_bar("names") as show:

            def tell(done: int, total: int) -> None:
                if show is not None:
                    show(Bar("asking", "for names", done, total, done))

            work = NamesSync(
                settings.cache, canvas, tell=tell, cancel=cancel, patience=syncing.patience()
            )
            return await work.run(bare, limit)


def _text(report: NamesReport) -> str:
    left = f"; {report.left:,} were not asked for" if report.left else ""
    return (
        f"Asked Canvas for {report.asked:,} names: {report.named:,} found, {report.unknown:,} not"
        f" known there, {report.hidden:,} not shown to this token{left}."
    )
