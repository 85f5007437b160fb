"""Opening the app, for ``logsleuth`` without a command and for the demo."""

from logsleuth.cli import errors, logged, resolving
from logsleuth.cli.asking import opened, wrong_filter
from logsleuth.cli.errors import Misused
from logsleuth.cli.settings import Settings


def open_app(
    settings: Settings,
    filter_text: str | None = None,
    pane: str | None = None,
    event_id: str | None = None,
) -> int:
    """Run the app on the cache, at that place, or else where it was left; the exit code."""
    with opened(settings, log=False) as cache:
        # Only now: the screen library takes longer to load than most commands to run.
        from logsleuth import tui
        from logsleuth.cli.app_sync import AppSync
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
                syncing=AppSync(settings),
                say=errors.say,
            )
        except TerminalError as error:
            raise Misused(str(error)) from error
        except FilterError as error:
            raise wrong_filter(filter_text or "", error) from error
