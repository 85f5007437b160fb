"""Five questions that investigators have, each answered with a few keys.

The keys are those of the table in the README.  The answers are the demo's stories, and
each has to stand on a small screen.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from once import once
from textual.pilot import Pilot
from tui_driving import app_on, press, screen_lines, screen_text, settle, type_filter

from logsleuth.demo.build import build
from logsleuth.demo.campus import ZONE
from logsleuth.demo.stories import stories
from logsleuth.filter.tree import All
from logsleuth.model.zones import zone
from logsleuth.store.base import last
from logsleuth.store.cache import Cache
from logsleuth.tui.app import LogsleuthApp

README = Path(__file__).parent.parent / "README.md"
SMALL = (80, 24)
MOST_KEYS = 15
SIGNS = {"/": "slash", "↵": "enter", "Space": "space", "Tab": "tab", "⌫": "backspace"}

STORY = {name: story.ids for name, story in stories().items()}


@pytest.fixture(scope="session")
def demo() -> Cache:
    """The made-up campus, with ordinary people around the stories."""
    return Cache.open(once("walks", partial(build, rows=20_000)))


class Walk:
    """Somebody who presses keys, and counts them; typed text counts as one."""

    def __init__(self, app: LogsleuthApp, pilot: Pilot[int]) -> None:
        self.app = app
        self._pilot = pilot
        self.keys: list[str] = []

    async def press(self, *signs: str) -> str:
        """What the screen shows after these keys, as the README writes them."""
        self.keys += signs
        await press(self._pilot, *(SIGNS.get(sign, sign) for sign in signs))
        return screen_text(self.app)

    async def type(self, text: str, *, anew: bool = False) -> str:
        """What the screen shows after ``/``, a text and Enter; ``anew``: with ``^U``, which
        takes away what stood there."""
        self.keys += ["/", *(["^U"] if anew else []), text, "↵"]
        await type_filter(self._pilot, text)
        return screen_text(self.app)

    def line(self, beginning: str) -> str:
        """The line of the screen that begins so, or with marks and so."""
        lines = screen_lines(self.app)
        return next(line for line in lines if line.lstrip(" •▸┃").startswith(beginning))


def keys_in_readme() -> list[list[str]]:
    """The keys of each row of the table of walks."""
    rows = re.findall(r"^\| \d\. .*? \| (.*?) \| .*? \|$", README.read_text("utf-8"), re.MULTILINE)
    return [re.findall(r"`([^`]+)`", row) for row in rows]


@asynccontextmanager
async def walk(cache: Cache, number: int) -> AsyncIterator[Walk]:
    """A walk from a fresh app; at its end its keys are those in the README."""
    app = app_on(cache, zone=zone(ZONE))
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        walking = Walk(app, pilot)
        yield walking
    assert len(walking.keys) <= MOST_KEYS
    assert walking.keys == keys_in_readme()[number - 1]


@pytest.mark.slow
async def test_forty_grades_at_three_in_the_night(demo: Cache) -> None:
    ids = STORY["grades"]
    grades = str(ids["grades"])
    async with walk(demo, 1) as walking:
        text = await walking.type(
            'kind:grade timestamp >= "2026-10-25T03:00" timestamp < "2026-10-25T04:00"'
        )
        assert f"{grades} requests: {grades} opened or changed" in text
        text = await walking.press("Space")
        assert re.search(rf"who +{ids['user']} Ines Pretend", text)
        assert re.search(r"usual\? +address: on none of \d+ earlier days: first seen here", text)
        assert re.search(r"02:00 to 04:59: on none of \d+ earlier days: the first time", text)
        text = await walking.press("4")
        assert " 1 account " in text
        # All of them, and all its own: none by others, none as others.
        assert re.search(rf"^{ids['user']} .* {grades} +{grades} +0 +0 ", text, re.MULTILINE)
        await walking.press("3")
        assert walking.line(ids["address"]).split() == [
            ids["address"], grades, "1", "1", grades, grades, "10-25", "03:18", "10-25", "03:10"
        ]  # fmt: skip


@pytest.mark.slow
async def test_an_administrator_who_is_accused_of_snooping(demo: Cache) -> None:
    ids = STORY["curious"]
    acting = [span for span in last(demo.requests.spans(All())) if not span.student_view]
    mine = [span for span in acting if span.real_user_id == ids["user"]]
    minutes = sum(span.active_minutes for span in mine)
    others = {span.real_user_id for span in acting} - {ids["user"]}
    async with walk(demo, 2) as walking:
        text = await walking.type("Nour Nobody")
        assert "m lists 2 things that 'Nour Nobody' may mean." in text
        text = await walking.press("m", "↵", "5")
        assert f"user_id:{ids['user']} or real_user_id:{ids['user']}" in text
        assert len(mine) >= ids["students"]
        assert f"{len(mine)} spans by 1 account" in text
        text = await walking.press("Space", "Tab", "G")
        assert f"This account in the whole cache, and {len(others)} others" in text
        assert f"spans         {len(mine)} · others: median" in text
        assert f"active min    {minutes} · others: median" in text
        assert f"people read   {ids['students']} · others: median" in text
        text = await walking.press("Tab", "j", "↵")
        span = sorted(mine, key=lambda span: -span.start)[1]
        assert f"acted as {span.user_id} " in text
        assert f"{span.opened} opened · 0 changed · 1 switch of account" in text
        text = await walking.press("Space")
        assert f"{span.active_minutes} active minutes · stopped acting" in text
        assert (
            f"Read: read a conversation 3 · opened the grades of a person ({span.user_id}" in text
        )
        assert "Caused: 0 course changes" in text


@pytest.mark.slow
async def test_a_token_that_read_every_roster(demo: Cache) -> None:
    ids = STORY["rosters"]
    async with walk(demo, 3) as walking:
        await walking.type("token:true status < 300 url:/api/v1/courses/*/users*")
        text = await walking.press("6")
        assert " 1 key and account " in text
        row = walking.line(f"{ids['key']} Roster Mi… {ids['user']} Roster M…")
        assert re.search(rf" 0 +{ids['rosters']} +0 +≤10-01 01:03$", row)
        text = await walking.press("l", "l", "↵")
        assert f" {ids['rosters']} courses read by key {ids['key']} Roster Mirror" in text
        assert re.search(
            r"^Biology 101 \(5001\) +2 +2 .* 10-22 03:02 10-22 03:02", text, re.MULTILINE
        )
        await walking.press("⌫", "3")
        words = walking.line(ids["address"]).split()
        assert words[:2] == [ids["address"], str(2 * ids["rosters"])]
        assert words[-2:] == ["10-22", "03:02"]


@pytest.mark.slow
async def test_two_students_at_one_address_and_one_at_two(demo: Cache) -> None:
    two, one = STORY["quiz"], STORY["elsewhere"]
    students = [two["user"], two["other_user"], one["user"], one["innocent"]]
    async with walk(demo, 4) as walking:
        text = await walking.type(f"quiz_id:{two['quiz']}")
        await walking.press("3")
        # Two accounts under the filter, and no more than these without it.
        assert walking.line(two["address"]).split()[2:4] == ["2", "2"]
        text = await walking.press("4")
        assert " 4 accounts " in text
        text = await walking.type(
            f"user:({' or '.join(map(str, students))}) "
            'timestamp >= "2026-10-19T14:00" timestamp < "2026-10-19T14:35"',
            anew=True,
        )
        for student, addresses in zip(students, ("1", "1", "2", r"2 \(1 auto\)"), strict=True):
            assert re.search(rf"^{student} .* 0 +0 +{addresses} +\d ", text, re.MULTILINE)
        await walking.press("3")
        assert walking.line(one["other_address"]).split()[-6:-4] == ["0", "6"]
        assert "all auto" in walking.line(one["phone_address"])
        text = await walking.press("L")
        assert "lanes by address" in text
        for lane, requests in ((two["address"], 128), (one["address"], 81)):
            assert re.search(rf"^ {re.escape(lane)} .* Σ {requests} *$", text, re.MULTILINE)


async def test_an_address_on_a_bad_list(demo: Cache) -> None:
    ids = STORY["passwords"]
    async with walk(demo, 5) as walking:
        text = await walking.type(ids["address"])
        assert f"Read as the address {ids['address']}." in text
        text = await walking.press("4")
        assert " 2 accounts · 62 requests not signed in" in text
        assert walking.line(str(ids["user"]))
        assert walking.line(str(ids["other_user"]))
        text = await walking.press("3", "Space")
        assert walking.line(ids["address"]).split()[-2:] == ["10-11", "00:40"]
        assert f"{ids['tries']} refused or failed" in text
        text = await walking.press("7")
        assert " 3 sessions " in text
        assert [line[2:13] for line in screen_lines(walking.app) if f" {ids['address']}" in line][
            :3
        ] == ["10-26 01:00", "10-15 00:05", "10-13 01:15"]
        assert f"session       none: calls with key {'1~3'}" in text
