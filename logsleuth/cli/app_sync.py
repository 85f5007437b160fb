"""How the app fetches: with the settings and secrets of the commands, and nothing on the screen
but what it is told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from logsleuth.cli import credentials, syncing
from logsleuth.cli.commands import sync_check
from logsleuth.cli.settings import Settings
from logsleuth.ingest import course_events_report
from logsleuth.ingest.course_events_sync import CourseEventsSync
from logsleuth.ingest.web_logs_report import SyncProgress, SyncReport, Wanted
from logsleuth.ingest.web_logs_sync import WebLogsSync
from logsleuth.sources.dap import Dap
from logsleuth.sources.http import Patience
from logsleuth.store.base import Cancel, StoreError
from logsleuth.tui.syncing import Service

Tell = Callable[[SyncProgress | course_events_report.Progress, str], None]


class AppSync:
    """Fetches into the cache of the settings; see :class:`logsleuth.tui.syncing.Syncing`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def services(self) -> Sequence[Service]:
        """What is set up; the secrets themselves are read when they are needed."""
        return [_service(one) for one in sync_check.set_up()]

    def check(self, cancel: Cancel) -> Sequence[Service]:
        """Whether the secrets work."""
        patience = Patience(sleep=syncing.SLEEP, tries=sync_check.TRIES)
        return [_service(one) for one in sync_check.checks(patience, cancel)]

    def requests(self, tell: Tell, cancel: Cancel) -> SyncReport:
        """Fetch requests from DAP, as ``logsleuth sync web-logs`` does."""

        def show(progress: SyncProgress) -> None:
            tell(progress, progress.problem or "")

        async def go() -> SyncReport:
            found = credentials.dap()
            patience = Patience(sleep=syncing.SLEEP)
            async with Dap(found.address, found.client_id, found.client_secret, patience) as dap:
                sync = WebLogsSync(self._settings.cache, dap, tell=show, cancel=cancel)
                return await sync.run(Wanted())

        with _in_sentences():
            return syncing.finish(go(), cancel)

    def changes(self, tell: Tell, cancel: Cancel) -> course_events_report.Report:
        """Fetch course changes from Canvas, as ``logsleuth sync course-events`` does."""
        reached = course_events_report.Progress()

        def show(progress: course_events_report.Progress) -> None:
            nonlocal reached
            reached = progress
            tell(progress, "")

        patience = Patience(
            sleep=syncing.SLEEP, tell=lambda words: tell(reached, words), tries=syncing.TRIES
        )

        async def go() -> course_events_report.Report:
            async with syncing.canvas(patience) as canvas:
                sync = CourseEventsSync(
                    self._settings.cache, canvas, tell=show, cancel=cancel, patience=patience
                )
                return await sync.run(course_events_report.Wanted())

        with _in_sentences():
            return syncing.finish(go(), cancel)


_MISSING = {
    "dap": "DAP_CLIENT_ID and DAP_CLIENT_SECRET",
    "canvas": "CANVAS_API_URL and CANVAS_API_TOKEN",
}


def _service(one: sync_check.Checked) -> Service:
    says = one.says
    if one.works is None:
        says = f"Not set up: {_MISSING[one.service]} are missing in environment and settings."
    return Service(sync_check.TITLES[one.service], one.works, says)


@contextmanager
def _in_sentences() -> Iterator[None]:
    """What goes wrong with settings and servers, as the app takes it."""
    try:
        yield
    except click.ClickException as error:
        raise StoreError(error.format_message()) from error
