"""Nothing in a log can hurt the investigator: hostile text on every page of the app."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from dap import NOON, jsonl, row
from textual.pilot import Pilot
from tui_driving import app_on, press, screen_text, settle, type_filter

from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.store.cache import Cache
from logsleuth.tui.actions import ACTIONS
from logsleuth.tui.app import LogsleuthApp

EVIL = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\x00\b\r\n\t"
    "\u202egnp.exe\u2066\u200b\u200d\ufeff\u2028\u00ad"
    "[@click=app.exit(9)]x[/][/nope][bold]$(reboot)"
)
FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.fixture
def hostile(tmp_path: Path) -> Cache:
    """A request and a change in which every text field is hostile, names included."""
    evil = {
        "url": f"/courses/1?{EVIL}",
        "user_agent": EVIL,
        "http_method": EVIL,
        "http_version": EVIL,
        "remote_ip": EVIL,
        "session_id": EVIL,
        "web_application_controller": EVIL,
        "web_application_action": EVIL,
        "web_application_context_type": EVIL,
        "user_id": 1,
        "real_user_id": 2,
        "course_id": 3,
        "developer_key_id": 4,
        "http_status": 200,
        EVIL: EVIL,
    }
    rows = [row(f"{EVIL}{number}", at=NOON + number, **evil) for number in range(3)]
    good = {
        "url": "/courses/3",
        "user_id": 1,
        "real_user_id": 2,
        "course_id": 3,
        "http_method": "POST",
        "http_status": 302,
        "session_id": EVIL,
        "remote_ip": EVIL,
        "web_application_controller": "courses",
        "web_application_action": "update",
    }
    rows.append(row("10000000-0000-4000-8000-000000000001", at=NOON, **good))
    logs = tmp_path / "logs.jsonl"
    logs.write_bytes(jsonl(rows))
    events = tmp_path / "events.json"
    events.write_text(json.dumps(_audit()))
    cache = tmp_path / "cache"
    import_paths(cache, [logs], kind="web_logs", input_format="jsonl")
    import_paths(cache, [events])
    opened = Cache.open(cache)
    assert opened.requests.bounds().rows == 4
    assert len(opened.catalogue.events()) == 2
    return opened


def _audit() -> dict[str, Any]:
    at = times.iso_seconds(NOON)
    links = {"course": 3, "user": 1, "page_view": None, "sis_batch": None}
    return {
        "links": {"events.course": "", "events.user": None, "events.sis_batch": None},
        "events": [
            {
                "id": f"20000000-0000-4000-8000-00000000000{number}",
                "created_at": at,
                "event_type": kind,
                "event_source": source,
                "event_data": {EVIL: [EVIL, EVIL]},
                "links": links,
            }
            for number, (kind, source) in enumerate([("updated", "manual"), (EVIL, EVIL)])
        ],
        "linked": {
            "page_views": [],
            "courses": [{"id": 3, "name": EVIL, "course_code": EVIL}],
            "users": [{"id": 1, "name": EVIL}, {"id": 2, "name": EVIL}],
        },
    }


def check(app: LogsleuthApp) -> None:
    """The screen holds no character that does anything, and nothing that runs an action."""
    for strip in app.screen._compositor.render_strips():
        for text, style, control in strip:
            assert not control
            odd = [char for char in text if unicodedata.category(char) in FORBIDDEN]
            assert not odd, (text, odd)
            assert style is None or not style.meta.get("@click"), text
            assert style is None or style.link is None, text
    assert app.is_running
    assert app.return_value is None


async def _look(pilot: Pilot[Any], app: LogsleuthApp) -> None:
    """Look at the page, at its detail, and at what a copy says of it."""
    check(app)
    await press(pilot, "space")
    check(app)
    await press(pilot, "Y")
    check(app)
    await press(pilot, "space")


@pytest.mark.slow
async def test_every_page_of_requests_shows_hostile_text_and_obeys_none(hostile: Cache) -> None:
    app = app_on(hostile)
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        await _look(pilot, app)
        assert "␛]0;owned" in screen_text(app)
        assert "[@click=app.exit(9)]" in screen_text(app)
        for key in ("s", "u", "U", "i", "K", "plus", "c"):
            await press(pilot, key)
            await _look(pilot, app)
            await press(pilot, "q")


@pytest.mark.slow
async def test_every_pane_shows_hostile_text_and_obeys_none(hostile: Cache) -> None:
    app = app_on(hostile)
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        for action in ACTIONS:
            if action.id.startswith("pane_"):
                await press(pilot, action.keys[0])
                await _look(pilot, app)
                await press(pilot, "enter")
                await _look(pilot, app)


async def test_the_page_of_a_hostile_change_obeys_none(hostile: Cache) -> None:
    app = app_on(hostile, pane="changes")
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        for step in ("enter", "enter", "backspace", "c", "question_mark"):
            await press(pilot, step)
            check(app)


async def test_a_hostile_value_in_the_filter_line_is_shown_and_still_matches(
    hostile: Cache,
) -> None:
    app = app_on(hostile)
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        await press(pilot, *["right"] * 12, "f")
        check(app)
        assert "3 of 4" in screen_text(app)
        await press(pilot, "slash")
        check(app)
        await press(pilot, "enter")
        assert "3 of 4" in screen_text(app)


async def test_clicking_hostile_text_does_nothing_but_move_the_cursor(hostile: Cache) -> None:
    app = app_on(hostile)
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        for x in range(0, 160, 8):
            await pilot.click(offset=(x, 6))
        await settle(pilot)
        check(app)


async def test_hostile_text_that_is_typed_or_pasted_is_tamed(hostile: Cache) -> None:
    from textual.events import Paste

    app = app_on(hostile)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "slash")
        assert app.focused is not None
        app.focused.post_message(Paste(EVIL))
        await settle(pilot)
        check(app)
        await press(pilot, "enter")
        check(app)
        await press(pilot, "escape")
        await type_filter(pilot, "[/nope]")
        check(app)


async def test_textuals_own_notes_are_never_read_as_markup(hostile: Cache) -> None:
    app = app_on(hostile)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.notify(EVIL, title=EVIL)
        await settle(pilot)
        check(app)
