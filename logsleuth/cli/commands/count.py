"""``logsleuth count``: how many requests match."""

import click

from logsleuth.cli import logged, output
from logsleuth.cli.asking import opened, read_filter, say_unfetched, whole
from logsleuth.cli.options import filter_argument, relative_option
from logsleuth.cli.settings import Settings


@click.command(short_help="Count requests.")
@filter_argument
@relative_option
@click.pass_obj
def command(settings: Settings, filter_text: str, relative_to: str) -> None:
    """Print how many requests match FILTER, as one integer."""
    with opened(settings) as cache:
        where = read_filter(cache, filter_text, settings.shown_zone, relative_to)
        found = whole(cache.requests.count(where))
        logged.fact(count=found)
        output.write_text([str(found)])
        if not found:
            say_unfetched(cache, where, settings)
