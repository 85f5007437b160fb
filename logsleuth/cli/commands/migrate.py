"""``logsleuth migrate``: day files to the newest layout."""

import click

from logsleuth.cli import output
from logsleuth.cli.errors import Misused
from logsleuth.cli.options import answer_format
from logsleuth.cli.progress import progress_bar
from logsleuth.cli.settings import Settings
from logsleuth.ingest.run import Progress
from logsleuth.store import migrating
from logsleuth.store.activity import Activity
from logsleuth.store.base import StoreError
from logsleuth.store.catalogue import open_catalogue
from logsleuth.store.paths import CATALOGUE
from logsleuth.store.sqlite.schema import SCHEMA_VERSION
from logsleuth.store.writing import CacheWriter


@click.command(short_help="Bring day files to the newest layout.")
@answer_format
@click.pass_obj
def command(settings: Settings, style: str) -> None:
    """Write the day files that an older logsleuth made anew, in the layout that this one reads.

    It may be stopped at any time: a day stays as it was until its new file is whole. Beside the
    cache it needs room for the largest day.
    """
    try:
        open_catalogue(settings.cache).close()
    except StoreError as error:
        if (settings.cache / CATALOGUE).exists():
            raise
        raise Misused(str(error)) from error
    done: list[str] = []
    rows = 0
    with (
        CacheWriter(settings.cache, tidy=False) as writer,
        writer.explaining(),
        progress_bar() as show,
    ):
        days = migrating.outdated(writer)
        total, size = sum(one.size for one in days), 0
        for one, count in migrating.migrate(writer, days):
            done.append(one.day)
            rows, size = rows + count, size + one.size
            if show is not None:
                show(Progress("rewriting", one.day, size, total, rows))
    if done:
        Activity(settings.cache).add("migrate", {"days": done, "rows": rows})
    if style == "json":
        output.write_json({"days": done, "rows": rows, "layout": SCHEMA_VERSION})
    elif done:
        output.write_text([f"{len(done):,} days with {rows:,} requests were written anew."])
    else:
        output.write_text([f"Every day file has layout {SCHEMA_VERSION} already."])
