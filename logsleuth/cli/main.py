"""The command ``logsleuth``: global options, and the commands, each imported when asked for."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from logsleuth import __version__
from logsleuth.cli import errors, output, settings
from logsleuth.cli.lazy import LazyGroup

_COMMANDS = {
    "demo": "demo",
    "import": "import_files",
    "sync": "sync",
    "search": "search",
    "count": "count",
    "top": "top",
    "timeline": "timeline",
    "masquerades": "masquerades",
    "sessions": "sessions",
    "events": "events",
    "trace": "trace",
    "status": "status",
    "rejects": "rejects",
    "case": "case",
    "report": "report",
    "verify": "verify",
    "prune": "prune",
    "migrate": "migrate",
    "usual": "usual",
    "resolve": "resolve",
    "fields": "fields",
    "fingerprint": "fingerprint",
}
"""Command name -> module of :mod:`logsleuth.cli.commands`, in the order of the help."""

_PANES = ("requests", "changes", "addresses", "users", "masquerades", "keys", "sessions", "case")


class Cli(LazyGroup):
    """The group of all commands, which turns every error into one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Whoever read the output has had enough of it: that is no failure.
            output.settle()
            ctx.exit(0)

    def main(  # type: ignore[override]  # (standalone or not, the exit code is ours)
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        extra["standalone_mode"] = False
        try:
            code = super().main(args, "logsleuth", **extra)
        except click.Abort:
            errors.say("Interrupted.")
            code = errors.INTERRUPTED
        except Exception as error:
            problem = errors.as_sentence(error)
            errors.say_error(problem)
            code = problem.exit_code
        output.settle()
        errors.close_log()
        sys.exit(code if isinstance(code, int) else 0)


@click.group(
    cls=Cli,
    modules=_COMMANDS,
    invoke_without_command=True,
    context_settings={"max_content_width": 100},
)
@click.version_option(__version__, message="logsleuth %(version)s")
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the cache. Also LOGSLEUTH_CACHE, or 'cache' in the configuration file.",
)
@click.option(
    "--timezone",
    metavar="ZONE",
    help="Zone of printed times, and of typed ones without an offset, as America/Denver.",
)
@click.option(
    "--case",
    metavar="NAME",
    help="The case that is open: what is looked at is logged there too. Also LOGSLEUTH_CASE.",
)
@click.option(
    "--log-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Append the program's own log to this file.",
)
@click.option("--filter", "filter_text", metavar="FILTER", help="Open the app with this filter.")
@click.option("--pane", type=click.Choice(_PANES), help="Open the app at this pane.")
@click.option("--event", "event_id", metavar="EVENT_ID", help="Open the app at this change.")
@click.pass_context
def cli(
    context: click.Context,
    cache: Path | None,
    timezone: str | None,
    case: str | None,
    log_file: Path | None,
    filter_text: str | None,
    pane: str | None,
    event_id: str | None,
) -> None:
    """Who really did this in Canvas, from where, as whom, and what else did they do?

    Without a command, the app opens on the cache.
    """
    if log_file:
        errors.log_to(log_file)
    context.obj = settings.load(cache, timezone, case)
    if context.invoked_subcommand is None:
        from logsleuth.cli import app

        context.exit(app.open_app(context.obj, filter_text, pane, event_id))
    if filter_text is not None or pane is not None or event_id is not None:
        raise click.UsageError(
            "--filter, --pane and --event open the app, so they go without a command.", context
        )
