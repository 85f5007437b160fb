"""Nothing that works beside the app ends it: each worker fails, and the app says so and goes on."""

from pathlib import Path
from typing import Any

import pytest
from marking import mostly_slow
from tui_driving import app_on, press, screen_text, settle, story_cache

from logsleuth.case.journal import Journal
from logsleuth.store.catalogue import Catalogue
from logsleuth.store.sqlite.reader import SqliteStore
from logsleuth.trace.kept import KeptTraces
from logsleuth.tui import acts
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.pages.page import Page

SECRET = "CANARY-of-a-worker"
PANES = ("1", "2", "3", "4", "5", "6", "7")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda name: str(tmp_path / name))
    return tmp_path / "logsleuth" / "errors.log"


def _fail(*_: Any, **__: Any) -> Any:
    held = SECRET
    raise RuntimeError(f"no row of {held}")


def _public(of: type) -> list[str]:
    return [name for name, one in vars(of).items() if callable(one) and not name.startswith("_")]


BREAKABLE = [
    *((SqliteStore, name) for name in _public(SqliteStore) if name != "close"),
    *((Catalogue, name) for name in _public(Catalogue) if name not in {"close", "meta"}),
    *((KeptTraces, name) for name in ("trace", "trace_all", "events_of")),
]
"""Everything that is asked in threads."""


async def look_everywhere(app: LogsleuthApp) -> str:
    """What stands on all panes and the pages one gets to from them."""
    seen = []
    async with app.run_test(size=(140, 30)) as pilot:
        await settle(pilot)
        for pane in PANES:
            await press(pilot, pane, "enter", "c", "u", "t", "escape")
            seen.append(screen_text(app))
            assert app.is_running
        assert app.return_value is None
    return "\n".join(seen)


@pytest.mark.parametrize("broken", mostly_slow([SqliteStore, Catalogue, KeptTraces]))
async def test_questions_that_fail_are_a_sentence_each(
    broken: type, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(story_cache())
    for of, name in BREAKABLE:
        if of is broken:
            monkeypatch.setattr(of, name, _fail)
    seen = await look_everywhere(app)
    assert "A question to the cache failed (RuntimeError)" in seen
    assert SECRET not in seen + state.read_text()
    assert state.stat().st_mode & 0o777 == 0o600


async def test_a_log_of_what_is_looked_at_that_fails_stops_nobody(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journal, "add_all", _fail)
    app = app_on(story_cache())
    journal = object.__new__(Journal)
    journal.say = lambda sentence: app.frame.post_message(Page.Say(sentence))
    log = acts.Acts(journal)
    app.desk.log = log.add
    async with app.run_test(size=(140, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        log.close()
        await settle(pilot)
        assert "What is looked at is not logged (RuntimeError)" in screen_text(app)
        await press(pilot, "1")
        assert app.is_running
    assert SECRET not in state.read_text()
