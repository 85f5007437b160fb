"""The app comes back where it was: what is kept, for whom, and what a bad file costs."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tui_driving import app_on, press, screen_lines, screen_text, settle, story_cache, type_filter

from logsleuth.filter.parse import parse
from logsleuth.model import zones
from logsleuth.store.cache import Cache
from logsleuth.tui import filters
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.remembering import VERSION, Left, Memory
from logsleuth.tui.table import RecordTable

SMALL = (80, 24)
DENVER = ZoneInfo("America/Denver")


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder in which the app keeps where it was."""
    monkeypatch.setattr("platformdirs.user_state_path", lambda name: tmp_path / name)
    return tmp_path


def opened_again(cache: Cache) -> LogsleuthApp:
    """The app as a start without options opens it."""
    left, said = Memory(cache).recall()
    start = filters.read(left.filter, zones.zone("UTC"))
    return app_on(cache, zone=DENVER, pane=left.pane, start_filter=start, left=left, said=said)


async def test_pane_filter_sort_zone_detail_and_history_come_back() -> None:
    cache = story_cache()
    app = app_on(cache, zone=DENVER)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "o", "B")
        await type_filter(pilot, "write:true")
        await type_filter(pilot, 'timestamp >= "2024-03-05T09:00"')
        await press(pilot, "4", "l", "o", "o", "z", "space")
        before = screen_lines(app)
        assert "UTC" in screen_text(app)
        assert not Memory(cache).keep(app.frame.left())

    again = opened_again(cache)
    async with again.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "‹4 Users›" in screen_text(again)
        assert again.desk.filter.text == 'timestamp >= "2024-03-05T16:00:00.000Z"'
        assert screen_lines(again)[2:20] == before[2:20]
        await press(pilot, "slash", "up", "up", "enter")
        assert again.desk.filter.text == "write:true"
        await press(pilot, "backspace", "backspace")
        assert again.desk.filter.empty
        await press(pilot, "1")
        assert "automatic hidden" in screen_text(again)
        assert "time UTC ↓" in screen_text(again)


def standing(app: LogsleuthApp) -> tuple[str, str]:
    """The row and the column under the cursor of the page on top."""
    table = app.frame.page.main
    assert isinstance(table, RecordTable)
    assert table.row is not None
    assert table.rows is not None
    assert table.column is not None
    return table.rows.key(table.row), table.column.name


async def test_row_and_column_of_each_pane_come_back() -> None:
    cache = story_cache()
    app = app_on(cache, zone=DENVER)
    where = {}
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        for pane, keys in {"1": "jjjll", "2": "Gl", "4": "jj", "7": "jl"}.items():
            await press(pilot, pane, *keys)
            where[pane] = standing(app)
        await press(pilot, "3", "j", "g")
        assert not Memory(cache).keep(app.frame.left())
    assert "row" not in app.frame.left().panes["addresses"]

    again = opened_again(cache)
    async with again.run_test(size=SMALL) as pilot:
        await settle(pilot)
        for pane, stood in where.items():
            await press(pilot, pane)
            assert standing(again) == stood, pane
    odd = Left(panes={"requests": {"row": "gone", "column": "none"}}, columns={"requests": ("no",)})
    Memory(cache).keep(odd)
    gone = opened_again(cache)
    async with gone.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert standing(gone)[1] == "url"
        assert gone.frame.page.main.at_start  # type: ignore[attr-defined]


async def test_columns_can_be_chosen_and_come_back() -> None:
    cache = story_cache()
    app = app_on(cache, zone=DENVER)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert " address " in screen_lines(app)[5]
        await press(pilot, "w", "a", "a", "space", "G", *"jjjjjjjjjj", "space", "enter")
        assert screen_lines(app)[5].split() == ["time", "Denver", "↑", "agent"]
        await press(pilot, "enter")
        assert ["time", "Denver", "↓", "agent"] in [line.split() for line in screen_lines(app)]
        await press(pilot, "backspace", "2", "w", "j", "space", "enter")
        assert " change " not in screen_lines(app)[5]
        await press(pilot, "8", "w")
        assert "Not on this page" in screen_text(app)
        assert not Memory(cache).keep(app.frame.left())

    again = opened_again(cache)
    async with again.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "1")
        assert screen_lines(again)[5].split() == ["time", "Denver", "↑", "agent"]
        await press(pilot, "w", "a", "enter")
        assert "no room for" in screen_text(again)
        await press(pilot, "w", "a", "enter")
        assert "as many as there is room for" in screen_text(again)
        assert " address " in screen_lines(again)[5]
        await press(pilot, "w", "space", "escape")
        assert " address " in screen_lines(again)[5]


def test_what_is_kept_is_for_its_owner_alone_and_holds_no_secret() -> None:
    memory = Memory(story_cache())
    secret = "7~abcdefghijABCDEFGHIJabcdefghijABCDEFGHIJ"
    kept = Left(filter=f'url:"access_token={secret}"', filters=(f"{secret}", "user_id:1"))
    assert not memory.keep(kept)
    assert memory.path.stat().st_mode & 0o777 == 0o600
    assert memory.path.parent.stat().st_mode & 0o777 == 0o700
    assert secret not in memory.path.read_text()
    found, said = memory.recall()
    assert not said
    assert found.filters[1] == "user_id:1"
    assert parse(found.filter, zone=DENVER)
    assert [path.name for path in memory.path.parent.iterdir()] == [memory.path.name]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"version": 1, "pane": 5}', b'{"version": 1, "panes": [1]}', b"\xff\x00",
     b'{"version": 1, "filters": [{}]}', b'{"pane": "changes"}', b"0" * 2_000_000],
    ids=range(9),
)  # fmt: skip
def test_a_damaged_file_costs_one_sentence_and_is_replaced(content: bytes) -> None:
    memory = Memory(story_cache())
    memory.path.parent.mkdir(parents=True)
    memory.path.write_bytes(content)
    left, said = memory.recall()
    assert left == Left()
    assert said == f"Where you were is not known: {memory.path} cannot be read."
    assert not memory.keep(Left(pane="changes"))
    assert memory.recall() == (Left(pane="changes"), "")


def test_a_newer_file_is_not_used_and_not_touched() -> None:
    memory = Memory(story_cache())
    memory.path.parent.mkdir(parents=True)
    newer = json.dumps({"version": VERSION + 1, "pane": {"name": "of tomorrow"}})
    memory.path.write_text(newer)
    left, said = memory.recall()
    assert left == Left()
    assert "newer logsleuth" in said
    assert not memory.keep(Left())
    assert memory.path.read_text() == newer


def test_a_link_is_not_followed(state: Path) -> None:
    memory = Memory(story_cache())
    memory.path.parent.mkdir(parents=True)
    elsewhere = state / "elsewhere"
    elsewhere.write_text('{"version": 1, "pane": "changes"}')
    memory.path.symlink_to(elsewhere)
    assert "cannot be read" in memory.recall()[1]
    assert not memory.keep(Left(pane="users"))
    assert elsewhere.read_text() == '{"version": 1, "pane": "changes"}'
    assert not memory.path.is_symlink()


def test_what_cannot_be_kept_is_said(state: Path) -> None:
    (state / "logsleuth").write_text("a file where the folder should be")
    assert "was not kept" in Memory(story_cache()).keep(Left())


async def test_what_makes_no_sense_any_more_is_left_out() -> None:
    cache = story_cache()
    panes: dict[str, dict[str, str | bool]] = {
        "users": {"sort": "no such column", "largest_first": "yes"},
        "of tomorrow": {"x": True},
    }
    Memory(cache).keep(Left(pane="users", theme="none", panes=panes))
    app = opened_again(cache)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "reqs↑" in screen_text(app)
        assert app.frame.left().panes["of tomorrow"] == {"x": True}
