"""The app driven by keys, over the documented story."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from textual.pilot import Pilot
from tui_driving import (
    app_on,
    press,
    screen_lines,
    screen_text,
    send,
    settle,
    story_cache,
    type_filter,
    until,
)
from tui_fakes import FakeCatalogue, FakeStore, FakeTracer, requests

from logsleuth.filter.tree import All
from logsleuth.tui import actions, filters, outline
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.cells import line_text
from logsleuth.tui.frame import PANES, Frame
from logsleuth.tui.help import HelpScreen
from logsleuth.tui.pages.page import Page
from logsleuth.tui.table import PATIENCE, RecordTable
from logsleuth.tui.window import MOST

SMALL, WIDE = (80, 24), (120, 36)
DENVER = ZoneInfo("America/Denver")
CONCLUDED = "event_type:concluded"


def table(app: LogsleuthApp) -> RecordTable[Any]:
    """The table of the page on top."""
    found = app.frame.page.main
    assert isinstance(found, RecordTable)
    return found


def place(app: LogsleuthApp) -> tuple[str, list[str]]:
    """The row under the cursor, and every line between the titles and the breadcrumb."""
    return table(app).row.id, screen_lines(app)[4:-2]  # type: ignore[union-attr]


def on_numbers(count: int) -> tuple[LogsleuthApp, FakeStore]:
    """The app on so many made-up requests."""
    store = FakeStore(requests(count))
    app = LogsleuthApp(store, FakeCatalogue(), FakeTracer())  # type: ignore[arg-type]
    return app, store


async def test_the_frame_says_what_is_there_and_what_is_missing() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        header, bar, _, tabs, counts, *_ = screen_lines(app)
        assert header == " story · 2024-03-05 → 03-06 UTC · 46 req · 20 changes"
        assert bar.startswith(" Filter ▸ (everything)")
        assert bar.endswith("46 of 46")
        assert "‹1 Requests›" in tabs
        assert counts.startswith(
            " 46 requests: 26 opened or changed · 6 automatic · 14 not classified · opaque 1"
        )
        assert "? help" in screen_lines(app)[-1]


async def test_from_a_change_to_who_did_it_and_back_by_the_same_steps() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "2", *["j"] * 13)
        changes = place(app)
        await press(pilot, "enter")
        text = screen_text(app)
        assert "recorded as 202 Tom Teacher · signed in as 101 Alice Admin, acting as 202" in text
        assert "STRONG. Inferred." in text
        assert "+ same account" in text
        event = place(app)
        await press(pilot, "enter")
        lines = screen_lines(app)
        acting = [line for line in lines if "101 as 202" in line]
        assert len(acting) == 4
        assert all("┃" in line for line in acting)
        assert sum("▸" in line and "POST   /courses/5001" in line for line in lines) == 1
        session = place(app)
        await press(pilot, "k", "u")
        assert "account 101 Alice Admin" in screen_text(app)
        await press(pilot, "i")
        assert "address 198.51.100.77" in screen_text(app)
        await press(pilot, "backspace", "backspace", "j")
        assert place(app) == session
        await press(pilot, "escape")
        assert place(app) == event
        await press(pilot, "q")
        assert place(app) == changes


async def test_the_scroll_of_a_long_table_survives_a_drill() -> None:
    app, _ = on_numbers(2000)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, *["pagedown"] * 3, "up", "up", "up")
        before = place(app)
        await press(pilot, "s")
        assert "session" in screen_lines(app)[-2]
        await press(pilot, "backspace")
        assert place(app) == before


async def test_a_page_shows_everything_and_marks_what_matches() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "masqueraded:true and write:true and course:5001")
        await press(pilot, "s")
        assert "filter off (1 match) · = applies it" in screen_text(app)
        assert "7 requests" in screen_text(app)
        marked = [line for line in screen_lines(app) if "•" in line]
        assert len(marked) == 1
        assert "/courses/5001" in marked[0]
        await press(pilot, "equals_sign")
        assert "filter on · = lifts it" in screen_text(app)
        assert " 1 request:" in screen_text(app)
        await press(pilot, "backspace")
        assert "7 requests" in screen_text(app)
        await press(pilot, "backspace")
        assert "‹1 Requests›" in screen_text(app)


async def test_a_filter_narrows_both_panes_and_is_one_step() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "user_id:202 and course_id:5001")
        assert "9 of 46" in screen_lines(app)[1]
        await press(pilot, "2")
        assert "of 20" in screen_lines(app)[1]
        assert all("202" in line for line in screen_lines(app)[6:-2] if line)
        await press(pilot, "backspace", "backspace")
        assert "46 of 46" in screen_lines(app)[1]
        await press(pilot, "backspace")
        assert "nothing left to undo" in screen_lines(app)[-2]


async def test_a_wrong_filter_is_pointed_at_and_not_applied() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"user_id:abc")
        bar, hint = screen_lines(app)[1:3]
        assert hint.index("^") == bar.index("abc")
        assert "column 9" in hint
        await press(pilot, "enter")
        assert app.frame.filter_bar.editing
        await press(pilot, "escape")
        assert not app.frame.filter_bar.editing
        assert "46 of 46" in screen_lines(app)[1]


async def _burst(pilot: Pilot[Any], *keys: str) -> None:
    """Keys that come all at once, as from a paste or over a slow line."""
    send(pilot, *keys)
    await settle(pilot)


async def test_what_is_typed_at_once_after_the_slash_goes_into_the_filter() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await _burst(pilot, *"/url:quiz and user_id:303", "enter")
        assert app.desk.filter.text == "url:quiz and user_id:303"
        assert len(app.frame.query(Page)) == 1


async def test_a_letter_taken_back_in_a_burst_is_the_one_before() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await _burst(pilot, *"/url:qix", *["backspace"] * 2, *"uiz", "enter")
        assert app.desk.filter.text == "url:quiz"
        await _burst(pilot, "/", "ctrl+u", *"user_id:30", "backspace", *"03", "enter")
        assert app.desk.filter.text == "user_id:303"


async def test_keys_that_come_faster_than_pages_go_to_the_page_on_top() -> None:
    app = app_on(story_cache(), pane="changes")
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, *"jj")
        await _burst(pilot, "enter", "enter")
        crumbs = screen_lines(app)[-2]
        assert crumbs.count("›") in {1, 2}
        assert crumbs.count("Reset") == 1


async def test_earlier_filters_come_back() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "user_id:202")
        await type_filter(pilot, "user_id:303")
        await press(pilot, "slash", "up", "up", "enter")
        assert "user_id:202" in screen_lines(app)[1]


async def test_tab_completes_the_name_of_a_field() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"real_u")
        await press(pilot, "tab", *":*", "enter")
        assert "real_user" in app.desk.filter.text
        assert app.desk.filter.text.endswith(":*")


async def test_values_are_proposed_with_their_names_the_most_frequent_first() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"user_id:")
        hint = screen_lines(app)[2]
        counted = Counter(row.user_id for row in _stored(app) if row.user_id is not None)
        most = max(counted.values())
        assert "Tab " in hint
        first = int(hint.partition("Tab ")[2].split()[0])
        assert counted[first] == most
        assert "202 Tom Teacher" in hint
        await press(pilot, "2", "0")
        assert screen_lines(app)[2].strip() == "Tab 202 Tom Teacher"
        await press(pilot, "tab", "enter")
        assert app.desk.filter.text == "user_id:202"
        await press(pilot, "slash", "ctrl+u", *"ip:203")
        assert "Tab 203.0.113." in screen_lines(app)[2]


def _stored(app: LogsleuthApp) -> list[Any]:
    *_, found = app.desk.store.page(All(), limit=1000)
    return list(found.value.rows)


async def test_a_cell_becomes_a_filter_and_its_exclusion() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, *["left"] * 6, "right", "right", "f")
        assert app.desk.filter.text == "remote_ip:203.0.113.10"
        await press(pilot, "backspace", "x")
        assert app.desk.filter.text == "not remote_ip:203.0.113.10"
        assert not any("203.0.113.10 " in line for line in screen_lines(app)[4:])
        await press(pilot, "backspace")
        assert app.desk.filter.empty


async def test_what_is_hidden_is_counted() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "B")
        assert "6 automatic hidden" in screen_text(app)
        await press(pilot, "backspace")
        assert "hidden" not in screen_text(app)
        await press(pilot, "2", "S")
        assert "4 by SIS imports hidden · S shows them" in screen_text(app)
        assert "svc-sis" not in screen_text(app)
        await press(pilot, "backspace")
        assert "svc-sis" in screen_text(app)


async def test_times_are_in_the_zone_that_the_heading_names() -> None:
    app = app_on(story_cache(), zone=DENVER)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "time Denver" in screen_text(app)
        assert "03-06 04:09:00" in screen_text(app)
        await press(pilot, "z")
        assert "time UTC" in screen_text(app)
        assert "03-06 11:09:00" in screen_text(app)


async def test_without_a_campus_zone_the_key_says_how_to_set_one() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "z")
        assert "--timezone" in screen_lines(app)[-2]


async def test_the_time_around_a_row_grows_shrinks_and_changes_its_scope() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "plus")
        assert "±10 min around 03-06 11:09:00 UTC, account 303" in screen_text(app)
        await press(pilot, "plus")
        assert "±30 min" in screen_text(app)
        await press(pilot, "minus", "minus")
        assert "±5 min" in screen_text(app)
        await press(pilot, "tab")
        assert "session" in screen_lines(app)[4]
        await press(pilot, "tab")
        assert "address 203.0.113.10" in screen_lines(app)[4]
        await press(pilot, "tab")
        assert "everybody" in screen_lines(app)[4]
        await press(pilot, "backspace")
        assert "46 of 46" in screen_lines(app)[1]


async def test_from_a_request_to_the_changes_it_caused() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "url:/reset")
        await press(pilot, "c")
        text = screen_text(app)
        assert "2 course changes" in text
        assert "Reset To" in text
        assert "Reset From" in text
        await press(pilot, "backspace")
        await type_filter(pilot, "url:/profile")
        await press(pilot, "c")
        assert "No course change" in screen_lines(app)[-2]


@pytest.mark.slow
async def test_a_change_older_than_the_log_says_so_and_what_to_do_next() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "event_type:restored")
        assert "asks for event_type, which only course" in screen_text(app)
        await press(pilot, "2")
        await type_filter(pilot, "event_type:wiped or concluded")
        assert "no type is called 'wiped'" in screen_text(app)
        assert "try event_type:" in " ".join(screen_text(app).split())
        await type_filter(pilot, "event_type:restored")
        await press(pilot, "enter")
        text = screen_text(app)
        assert "NONE. Not in the cached log window" in text
        assert "What you can do:" in text
        await press(pilot, "plus")
        assert "The cache has no such request." in screen_text(app)


async def test_the_detail_names_every_field() -> None:
    app = app_on(story_cache(), zone=DENVER)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "masqueraded:true and write:true and course:5001")
        assert not app.frame.detail.display
        await press(pilot, "space")
        said = "\n".join("".join(cell.text for cell in line) for line in app.frame.detail.lines)
        assert "2024-03-05 09:02:39.777 -07:00 (16:02:39.777 UTC)" in said
        assert "101 Alice Admin as 202 Tom Teacher" in said
        assert "acting as another account" in said
        from logsleuth.filter.fields import BY_NAME
        from logsleuth.model.weblog import COLUMNS

        assert all(BY_NAME[name].label in said for name in COLUMNS)
        await press(pilot, "space")
        assert not app.frame.detail.display


async def test_a_wide_terminal_shows_the_detail_at_once_and_resizing_does_no_harm() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert app.frame.detail.display
        await press(pilot, "j", "j")
        row = table(app).row
        for size in ((80, 24), (40, 10), (20, 5), (200, 50), (120, 36)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert all(len(strip) <= size[0] for strip in screen_lines(app))
        assert table(app).row == row


async def test_copying_gives_the_exact_value_and_one_sentence() -> None:
    app = app_on(story_cache(), zone=DENVER)
    copied: list[str] = []
    app.desk.copy = lambda text, what: copied.append(text) or f"Copied the {what}."  # type: ignore[func-returns-value]
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "masqueraded:true and write:true and course:5001")
        await press(pilot, "y", "Y")
        assert screen_lines(app)[-2] == " Copied the row as a sentence."
    assert copied[0] == "/courses/5001"
    assert copied[1] == (
        "At 2024-03-05 09:02:39.777 -07:00 (16:02:39.777 UTC), account "
        "101 Alice Admin as 202 Tom Teacher from 198.51.100.77: POST /courses/5001, "
        f"status 302, request id {story_id()}."
    )


def story_id() -> str:
    return "550e3b5d-e623-4e8c-a290-69fcbbb94fec"


async def test_the_help_and_the_palette_know_every_action() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        said = "\n".join("".join(c.text for c in line) for line in app.screen.lines.lines)
        assert all(action.title in said for action in actions.ACTIONS)
        assert "real_user_id" in said
        assert " j      " in said
        assert "j j" not in said
        await press(pilot, "G", "escape")
        assert isinstance(app.screen, Frame)
        await press(pilot, "ctrl+p", *"oldest")
        await press(pilot, "enter")
        assert screen_lines(app)[6].startswith("     03-05 14:58")


async def test_the_outline_stands_where_the_frame_will() -> None:
    app = app_on(story_cache(), pane="changes")
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        found = screen_lines(app)
    drawn = outline.lines("story", "changes", "", SMALL)
    told = {y: line_text(cells).rstrip() for y, cells in drawn.items()}
    for y in (3, len(found) - 2):
        assert told[y] == found[y]
    assert told[1].removesuffix("counting…").rstrip() in found[1]
    keys = told[len(found) - 1].split("  ")
    assert all(key.strip() in found[-1] for key in keys)
    assert max(map(len, told.values())) <= SMALL[0]


async def test_every_action_is_done_by_somebody() -> None:
    app = app_on(story_cache(), pane="changes")
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "enter", "enter", "plus")
        await press(pilot, *map(str, range(1, len(PANES) + 1)), "D", "J", "2")
        able = [*app.frame.query(Page), app.frame, app.frame.case_work, app.frame.strip]
        able += [app.frame.terminal_work, app.frame.copy_work, app.frame.column_work]
        able.append(app.frame.screen_work)
        able.append(table(app))
        for action in actions.ACTIONS:
            special = action.id in {"leave", "interrupt"} or action.id.startswith("pane_")
            assert special or any(hasattr(one, f"do_{action.id}") for one in able), action.id


async def test_q_leaves_pages_and_asks_once_before_it_quits() -> None:
    app = app_on(story_cache())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "s", "B", "q")
        assert "46 of 46" in screen_lines(app)[1]
        await press(pilot, "q")
        assert "Press q again" in screen_lines(app)[-2]
        await press(pilot, "j", "q")
        assert "Press q again" in screen_lines(app)[-2]
        await pilot.press("q")
    assert app.return_value == 0


async def test_ctrl_c_stops_what_is_read_and_only_then_asks_whether_to_quit() -> None:
    app, store = on_numbers(50)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+c")
        assert "Press ^C again to quit" in screen_lines(app)[-2]
        await press(pilot, "j")
        store.held = threading.Event()
        await pilot.press("o", "ctrl+c")
        await settle(pilot)
        assert store.taken_back == 1
        assert "Stopped what was being read; r reads again." in screen_lines(app)[-2]
        assert "Stopped before its end" in screen_text(app)
        assert "No request" not in screen_text(app)
        store.held = None
        await press(pilot, "r")
        assert "/courses/0" in screen_text(app)
        await press(pilot, "ctrl+c")
        await pilot.press("ctrl+c")
    assert app.return_value == 0


async def test_another_size_during_a_question_does_no_harm() -> None:
    app, store = on_numbers(500)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        store.held = held = threading.Event()
        await pilot.press("o")
        for size in ((80, 24), (50, 10), (200, 50), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause(0.01)
        store.held = None
        held.set()
        await settle(pilot)
        assert "/courses/0 " in screen_text(app)
        assert all(len(line) <= 80 for line in screen_lines(app))


async def test_the_app_opens_at_a_change_with_a_filter() -> None:
    cache = story_cache()
    event = next(e for e in cache.catalogue.events() if e.event_type == "concluded")
    start = filters.read("user_id:202", DENVER)
    app = app_on(cache, pane="changes", event=event, start_filter=start)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "Concluded" in screen_lines(app)[4]
        assert "user_id:202" in screen_lines(app)[1]
        await press(pilot, "backspace")
        assert "‹2 Changes›" in screen_text(app)


# Large listings


@pytest.mark.slow
async def test_a_long_listing_is_read_in_pages_from_both_ends() -> None:
    app, store = on_numbers(20_000)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert table(app).row.id == "r019999"
        await press(pilot, "G")
        assert table(app).row.id == "r000000"
        await press(pilot, *["pageup"] * 20)
        up = int(table(app).row.id[1:])
        assert up == 20 * (len(screen_lines(app)) - 8)
        await press(pilot, "g")
        assert table(app).row.id == "r019999"
        await press(pilot, *["pagedown"] * 90)
        assert len(table(app).standing().window.rows) <= MOST
        shown = [row.id for row in table(app).in_sight]
        first = int(shown[0][1:])
        assert shown == [f"r{first - at:06}" for at in range(len(shown))]
    assert store.largest <= 1000


async def test_a_newer_question_for_rows_stops_the_older() -> None:
    app, store = on_numbers(500)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        store.held = threading.Event()
        await pilot.press("o")
        await pilot.pause()
        assert app.desk.asking.busy
        await pilot.press("o")
        await pilot.pause()
        store.held.set()
        store.held = None
        await settle(pilot)
        assert table(app).row.id == "r000499"
    assert store.taken_back >= 1


async def test_rows_never_stand_long_under_a_filter_they_do_not_answer() -> None:
    app, store = on_numbers(500)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        held = store.held = threading.Event()
        send(pilot, "slash", *"user_id:1", "enter")
        await until(pilot, lambda: "/courses/" not in screen_text(app))
        assert "reading…" in screen_text(app)
        store.held = None
        held.set()
        await settle(pilot)
        assert table(app).row.user_id == 1


async def test_rows_that_one_came_back_to_stay() -> None:
    app, store = on_numbers(500)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        held = store.held = threading.Event()
        await pilot.press("B", "backspace")
        await pilot.pause(2 * PATIENCE)
        assert table(app).row.id == "r000499"
        held.set()


async def test_going_back_to_rows_that_had_not_come_yet_reads_them() -> None:
    app, store = on_numbers(500)
    held = store.held = threading.Event()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("B")
        await pilot.pause()
        store.held = None
        held.set()
        await settle(pilot)
        await press(pilot, "backspace")
        assert table(app).row.id == "r000499"
        assert "hidden" not in screen_text(app)


async def test_a_store_that_fails_is_a_sentence_on_the_screen() -> None:
    app, store = on_numbers(500)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        store.failing = "The disk is gone; mount it again."
        await press(pilot, "o")
        assert "The disk is gone; mount it again." in screen_text(app)
        store.failing = ""
        await press(pilot, "r")
        assert "/courses/" in screen_text(app)


async def test_an_empty_cache_says_what_to_do_next() -> None:
    app, _ = on_numbers(0)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "There are no requests in this cache." in screen_text(app)
        await press(pilot, "enter", "f", "y", "Y", "c", "plus")
        await press(pilot, "2")
        assert "There are no course changes in this cache." in screen_text(app)


# Where it cannot run, and when it breaks


async def test_a_crash_prints_no_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda name: str(tmp_path))
    app = app_on(story_cache())

    def broken() -> None:
        token = "very-secret"
        raise KeyError(token)

    monkeypatch.setattr(app.frame, "do_detail", broken)
    with pytest.raises(KeyError):  # noqa: PT012
        async with app.run_test(size=SMALL) as pilot:
            await settle(pilot)
            monkeypatch.setattr(app, "_print_error_renderables", lambda: None)
            await pilot.press("space")
            await pilot.pause()
    said = "".join(segment.text for shown in app._exit_renderables for segment in shown.segments)
    assert "logsleuth has ended because of a defect (KeyError)" in said
    assert "very-secret" not in said
    assert "very-secret" not in (tmp_path / "errors.log").read_text()
    assert app.return_code == 1
