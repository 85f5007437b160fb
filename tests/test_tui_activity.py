"""What is looked at in the app goes to the activity log, and to that of the open case."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from tui_driving import app_on, press, settle, story_cache, type_filter

from logsleuth.case.case import Case
from logsleuth.case.journal import Journal
from logsleuth.model import chain
from logsleuth.model.chain import Entry
from logsleuth.store.activity import Activity
from logsleuth.store.cache import Cache
from logsleuth.tui.acts import Acts

SECRET = "correcthorsebatterystaple"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    shutil.copytree(story_cache().folder, tmp_path / "cache")
    return Cache.open(tmp_path / "cache")


async def look_around(cache: Cache, case: Case | None, said: list[str]) -> None:
    """Go to the changes, filter, open one, copy a row; then leave."""
    app = app_on(cache)
    acts = Acts(Journal(cache, case, said.append))
    app.desk.log = acts.add
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        await type_filter(pilot, 'event_type:concluded timestamp >= "2024-03-05"')
        await press(pilot, "enter", "backspace", "Y")
        await type_filter(pilot, f'url:"access_token={SECRET}"')
    acts.close()


def acts_of(entries: list[Entry]) -> list[tuple[str, dict[str, Any]]]:
    return [(entry.what, entry.data) for entry in entries]


async def test_filters_pivots_and_copies_are_logged(cache: Cache, tmp_path: Path) -> None:
    case, said = Case.create(tmp_path / "one.case", "x"), list[str]()
    before = len(Activity(cache.folder).entries())
    await look_around(cache, case, said)
    entries = Activity(cache.folder).entries()
    done = acts_of(entries[before:])
    assert [what for what, _ in done] == ["query", "query", "pivot", "copy", "query"]
    assert done[0][1]["pane"] == "changes"
    assert "2024-03-05T00:00:00" in done[1][1]["filter"]
    assert done[2][1]["page"] == "a course change"
    assert len(done[3][1]["sha256"]) == 64
    assert "masked" in done[4][1]["filter"]
    assert chain.check(entries) == []
    in_case = acts_of(case.entries()[1:])
    assert [(what, {**data, "cache": cache.fingerprint}) for what, data in done] == in_case
    for path in (cache.folder / "activity.db", case.path):
        assert SECRET.encode() not in path.read_bytes()
    assert said == []


@pytest.mark.slow
async def test_a_log_that_cannot_be_written_is_said_once(cache: Cache) -> None:
    (cache.folder / "activity.db").unlink()
    (cache.folder / "activity.db").mkdir()
    said: list[str] = []
    await look_around(cache, None, said)
    assert len(said) == 1
    assert "not logged" in said[0]
