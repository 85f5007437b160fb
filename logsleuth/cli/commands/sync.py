"""``logsleuth sync``: what Canvas and DAP still know, into the cache."""

import click

from logsleuth.cli.lazy import LazyGroup
from logsleuth.cli.options import answer_format

_COMMANDS = {
    "web-logs": "sync_web_logs",
    "course-events": "sync_course_events",
    "names": "sync_names",
}


@click.group(
    "sync",
    cls=LazyGroup,
    modules=_COMMANDS,
    invoke_without_command=True,
    short_help="Fetch requests from DAP, changes and names from Canvas.",
)
@click.option("--check", is_flag=True, help="Only try the secrets, and say what they open.")
@answer_format
@click.pass_context
def command(context: click.Context, check: bool, style: str) -> None:
    """Fetch into the cache what Canvas and DAP still know; the log is gone after 30 days.

    Addresses and secrets come from the environment (DAP_CLIENT_ID, DAP_CLIENT_SECRET,
    CANVAS_API_URL, CANVAS_API_TOKEN), or from the configuration file.
    """
    if check:
        if context.invoked_subcommand is not None:
            raise click.UsageError("--check stands alone: it fetches nothing.", context)
        # Only now: it brings the clients of both servers.
        from logsleuth.cli.commands import sync_check

        context.exit(sync_check.check(style))
    if context.invoked_subcommand is None:
        raise click.UsageError(
            "Say what to fetch: 'logsleuth sync web-logs', 'course-events' or 'names'.", context
        )
