"""The app on a terminal."""

import os
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from logsleuth.model.networks import Networks
from logsleuth.store.cache import Cache
from logsleuth.tui import terminal

if TYPE_CHECKING:
    from logsleuth.case.journal import Journal
    from logsleuth.tui.app import LogsleuthApp
    from logsleuth.tui.syncing import Syncing


def run(
    cache: Cache,
    *,
    filter_text: str = "",
    pane: str | None = None,
    event_id: str | None = None,
    zone: tzinfo | None = None,
    networks: Networks | None = None,
    cache_name: str = "",
    journal: "Journal | None" = None,
    syncing: "Syncing | None" = None,
) -> int:
    """Run the app on an opened cache until it is left; the exit code.

    ``pane`` is one of the frame's names of panes (``requests``, ``changes``, …); with
    ``event_id`` the app opens on that course change.  ``zone`` is the campus zone, ``networks``
    what the institution calls its networks; what is looked at goes to ``journal``;
    ``syncing`` fetches into the cache, where that can be done.  Raises
    ``TerminalError`` where there is no terminal to run on, ``FilterError`` for a filter
    that cannot be read, and ``StoreError`` for a change that is not in the cache.
    """
    terminal.check(os.environ)
    from logsleuth.store.base import StoreError
    from logsleuth.trace.kept import KeptTraces
    from logsleuth.tui import filters
    from logsleuth.tui.app import LogsleuthApp
    from logsleuth.tui.casebook import Casebook
    from logsleuth.tui.smooth import smooth

    event = None
    if event_id is not None:
        event = cache.catalogue.event(event_id)
        if event is None:
            raise StoreError(
                f"No course change in this cache has the id {event_id}; "
                "'logsleuth events' lists those that are there."
            )
    here = terminal.Terminal.of(os.environ)
    app = LogsleuthApp(
        cache.requests,
        cache.catalogue,
        KeptTraces.of(cache),
        name=cache_name,
        zone=zone,
        networks=networks,
        start_filter=filters.read(filter_text, zone or UTC) if filter_text else None,
        pane=pane or ("changes" if event is not None else "requests"),
        event=event,
        terminal=here,
        cases=Casebook(cache, journal),
        syncing=syncing,
    )
    with smooth():
        if journal is None:
            code = app.run(mouse=not here.over_ssh)
        else:
            start = {"pane": pane, "event": event_id}
            code = _run_logged(app, journal, start, mouse=not here.over_ssh)
    return app.return_code or code or 0


def _run_logged(
    app: "LogsleuthApp", journal: "Journal", start: dict[str, str | None], *, mouse: bool
) -> int | None:
    from logsleuth.tui.acts import Acts, resolved
    from logsleuth.tui.pages.page import Page

    acts = Acts(journal)
    journal.say = lambda sentence: app.frame.post_message(Page.Say(sentence))
    app.desk.log = acts.add
    acts.add("query", command="app", filter=resolved(app.desk.filter.node), **start)
    try:
        return app.run(mouse=mouse)
    finally:
        acts.close()
