"""Working on a case by keys alone, on a demo of one's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import pytest
from casework import Bench
from textual.events import Paste
from textual.pilot import Pilot
from tui_driving import app_on, press, settle

from logsleuth.case.journal import Journal
from logsleuth.model import clock
from logsleuth.store.cache import Cache
from logsleuth.tui import filters
from logsleuth.tui.acts import Acts
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.casebook import Casebook
from logsleuth.tui.filters import Filter

NAME = "incident-42"
TITLE = "Who concluded Biology 101?"


DAY = filters.read('timestamp:"2026-10-12"', UTC)
"""The day of the first walk: each pane asks one file of requests instead of thirty."""


@contextmanager
def app_of(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    *,
    start_filter: Filter | None = DAY,
    **more: Any,
) -> Iterator[LogsleuthApp]:
    """The app on the cache of a bench, its cases in the bench's folders; logs what is done."""
    for name, value in bench.environment.items():
        monkeypatch.setenv(name, value)
    cache = Cache.open(bench.cache)
    pinned = cache.catalogue.meta("pinned_clock")
    clock.pin(int(pinned) if pinned else None)
    journal = Journal(cache, None, print)
    book = Casebook(cache, journal)
    app, acts = app_on(cache, cases=book, start_filter=start_filter, **more), Acts(journal)
    app.desk.log = acts.add
    try:
        yield app
    finally:
        acts.close()
        cache.close()
        clock.pin(None)


async def write(pilot: Pilot[Any], text: str) -> None:
    """Put a text into the field that has the focus, as a terminal pastes it: at once."""
    pilot.app.post_message(Paste(text))
    await settle(pilot)


async def fill(pilot: Pilot[Any], *texts: str) -> None:
    """Type texts into the fields of a form, one after the other, and keep it; ``""`` leaves a
    field as it is, ``→`` turns a choice."""
    for at, text in enumerate(texts):
        if at:
            await press(pilot, "tab")
        if text and not text.strip("→"):
            await press(pilot, *["right"] * len(text))
        elif text:
            await write(pilot, text)
    await press(pilot, "ctrl+d")


async def make(pilot: Pilot[Any], name: str = NAME, title: str = TITLE, ticket: str = "") -> None:
    """Make a case and have it open."""
    await settle(pilot)
    await press(pilot, "C", "enter")
    await fill(pilot, name, title, ticket)
