"""Opening the app, for ``logsleuth`` without a command and for the demo."""

from functools import cached_property
from typing import TYPE_CHECKING

from logsleuth.cli import errors, logged, resolving
from logsleuth.cli.asking import opened, wrong_filter
from logsleuth.cli.errors import Misused
from logsleuth.cli.settings import Settings
from logsleuth.store.base import Cancel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsleuth.cli.app_sync import AppSync, Tell
    from logsleuth.ingest import course_events_report
    from logsleuth.ingest.web_logs_report import SyncReport
    from logsleuth.tui.syncing import Service


def open_app(
    settings: Settings,
    filter_text: str | None = None,
    pane: str | None = None,
    event_id: str | None = None,
) -> int:
    """Run the app on the cache, at that place, or else where it was left; the exit code."""
    # Only now: the screen library takes longer to load than most commands to run.
    from logsleuth import tui
    from logsleuth.tui.smooth import loading

    with loading(), opened(settings, log=False) as cache:
        from logsleuth.filter.errors import FilterError
        from logsleuth.tui.terminal import TerminalError

        if filter_text:
            filter_text = resolving.filter_text(cache, filter_text, settings.shown_zone)
        try:
            return tui.run(
                cache,
                filter_text=filter_text,
                pane=pane,
                event_id=event_id,
                zone=settings.zone,
                networks=settings.networks,
                cache_name=settings.cache.name,
                journal=logged.journal(settings, cache),
                syncing=_Syncing(settings),
                say=errors.say,
            )
        except TerminalError as error:
            raise Misused(str(error)) from error
        except FilterError as error:
            raise wrong_filter(filter_text or "", error) from error


class _Syncing:
    """How the app fetches, loaded only when somebody wants to know: all that knows the network
    takes as long to load as the screen."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _app_sync(self) -> "AppSync":
        from logsleuth.cli.app_sync import AppSync

        return AppSync(self._settings)

    def services(self) -> "Sequence[Service]":
        return self._app_sync.services()

    def check(self, cancel: Cancel) -> "Sequence[Service]":
        return self._app_sync.check(cancel)

    def requests(self, tell: "Tell", cancel: Cancel) -> "SyncReport":
        return self._app_sync.requests(tell, cancel)

    def changes(self, tell: "Tell", cancel: Cancel) -> "course_events_report.Report":
        return self._app_sync.changes(tell, cancel)
