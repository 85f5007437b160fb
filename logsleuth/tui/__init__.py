"""The app on a terminal."""

import os
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from logsleuth.model.networks import Networks
from logsleuth.store.cache import Cache
from logsleuth.tui import terminal

if TYPE_CHECKING:
    from logsleuth.case.journal import Journal
    from logsleuth.model.event import CourseEvent
    from logsleuth.tui.app import LogsleuthApp
    from logsleuth.tui.filters import Filter
    from logsleuth.tui.remembering import Left
    from logsleuth.tui.syncing import Syncing


def run(
    cache: Cache,
    *,
    filter_text: str | None = None,
    pane: str | None = None,
    event_id: str | None = None,
    zone: tzinfo | None = None,
    networks: Networks | None = None,
    cache_name: str = "",
    journal: "Journal | None" = None,
    syncing: "Syncing | None" = None,
    say: Callable[[str], object],
) -> int:
    """Run the app on an opened cache until it is left; the exit code.

    Without ``filter_text``, ``pane`` and ``event_id`` it opens where it was left on this
    cache; any of them says the whole place. ``pane`` is one of the frame's names of panes
    (``requests``, ``changes``, …); with ``event_id`` the app opens on that course change.
    ``zone`` is the campus zone, ``networks`` what the institution calls its networks; what is
    looked at goes to ``journal``; ``syncing`` fetches into the cache, where that can be done;
    ``say`` is told, in the end, what went wrong. Raises ``TerminalError`` where there is no
    terminal to run on, ``FilterError`` for a filter that cannot be read, and ``StoreError``
    for a change that is not in the cache.
    """
    terminal.check(os.environ)
    from logsleuth.tui import filters
    from logsleuth.tui.outline import Outline
    from logsleuth.tui.panes.making import PANES
    from logsleuth.tui.remembering import Memory

    event = None if event_id is None else _event(cache, event_id)
    here = terminal.Terminal.of(os.environ)
    memory = Memory(cache)
    left, said = memory.recall()
    as_left = filter_text is None and pane is None and event is None
    start = None if as_left else filters.read(filter_text or "", zone or UTC)
    if as_left:
        pane = left.pane if left.pane in PANES else None
        zone = zone or _zone_left(left)
    opened_at = pane or ("changes" if event is not None else "requests")
    with Outline(here) as outline:
        outline.draw(cache_name, opened_at, left.filter if as_left else filter_text or "")
        # Only now: all this takes longer to load than anybody should look at nothing.
        from logsleuth.trace.kept import KeptTraces
        from logsleuth.tui.app import LogsleuthApp
        from logsleuth.tui.casebook import Casebook
        from logsleuth.tui.smooth import smooth

        if as_left:
            start, lost = _filter_left(left)
            said = said or lost
        app = LogsleuthApp(
            cache.requests,
            cache.catalogue,
            KeptTraces.of(cache),
            name=cache_name,
            zone=zone,
            networks=networks,
            start_filter=start,
            pane=opened_at,
            event=event,
            terminal=here,
            left=left,
            said=said,
            cases=Casebook(cache, journal),
            syncing=syncing,
            outline=outline,
        )
        app.desk.command = _command(cache, zone)
        try:
            with smooth():
                if journal is None:
                    code = app.run(mouse=not here.over_ssh)
                else:
                    options = {"pane": pane, "event": event_id}
                    code = _run_logged(app, journal, options, mouse=not here.over_ssh)
        finally:
            if lost := memory.keep(app.frame.left()):
                say(lost)
    return app.return_code or code or 0


def _event(cache: Cache, event_id: str) -> "CourseEvent":
    """The course change to open; ``StoreError`` if the cache has none of that id."""
    from logsleuth.store.base import StoreError

    event = cache.catalogue.event(event_id)
    if event is None:
        raise StoreError(
            f"No course change in this cache has the id {event_id}; "
            "'logsleuth events' lists those that are there."
        )
    return event


def _zone_left(left: "Left") -> tzinfo | None:
    """The campus zone in which the app was left, if there was one: the demo has its own."""
    from logsleuth.model import zones

    try:
        return zones.zone(left.zone) if left.zone else None
    except ValueError:
        return None


def _filter_left(left: "Left") -> "tuple[Filter | None, str]":
    """The filter that the app was left with, and what to say of it."""
    from logsleuth.filter.parse import FilterError
    from logsleuth.tui import filters

    if not left.filter:
        return None, ""
    try:
        return filters.read(left.filter, UTC), "The filter is as you left it; Backspace lifts it."
    except FilterError as error:
        return None, f"The filter that you left cannot be read any more: {error}."


def _command(cache: Cache, zone: tzinfo | None) -> tuple[str, ...]:
    """The command line that opens the app on a cache, in a zone."""
    where = ("--cache", str(cache.folder.absolute()))
    return ("logsleuth", *where, *(() if zone is None else ("--timezone", str(zone))))


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
