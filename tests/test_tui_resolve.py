"""What is typed or pasted into the app's filter: names, ids, URLs, and what they became."""

import json
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from marking import mostly_slow
from tui_driving import app_on, press, screen_lines, screen_text, settle, type_filter

from logsleuth.ingest.run import import_paths
from logsleuth.store.cache import Cache
from logsleuth.tui.app import LogsleuthApp

SESSION = "0f0f0f0f-0000-4000-8000-000000000001"
SMALL = (80, 24)


def dap(kind_key: str, number: int | str, **value: Any) -> str:
    """A record of a DAP file."""
    meta = {"ts": "2026-10-05T00:00:00Z", "action": "U"}
    return json.dumps({"key": {kind_key: number}, "value": value, "meta": meta})


@lru_cache
def people_cache() -> Cache:
    """Two people of one name, one whose name is markup, one called as a filter reads."""
    folder = Path(mkdtemp(prefix="logsleuth-resolve-"))
    people = {
        202: ("Dana Foobarez", "dfoobarez"),
        303: ("Dana Foobarez", "dana2"),
        404: ("[@click=app.quit]Eve[/nope] \u202e", "eve"),
        505: ("write:true", "curl"),
        606: ("Lone Wolf", "lwolf"),
    }
    files = {
        "users": [dap("id", user, name=name) for user, (name, _) in people.items()],
        "pseudonyms": [
            dap("id", 9000 + user, user_id=user, unique_id=login, sis_user_id=f"P-{user}")
            for user, (_, login) in people.items()
        ],
        "courses": [dap("id", 202, name="Biology 101", course_code="BIO", sis_source_id="C/1")],
        "web_logs": [
            dap(
                "id",
                f"00000000-0000-4000-8000-{user:012}",
                timestamp="2026-10-01T08:00:00Z",
                user_id=user,
                course_id=202 if user < 400 else None,
                url=f"/courses/202/users/{user}",
                http_method="GET",
                http_status=200,
                remote_ip="2001:db8::7",
                session_id=SESSION,
                user_agent="curl/8",
            )
            for user in people
        ],
    }
    for name, lines in files.items():
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
        import_paths(folder / "cache", [folder / f"{name}.jsonl"])
    return Cache.open(folder / "cache")


@pytest.fixture
def cache() -> Cache:
    return people_cache()


def filter_line(app: LogsleuthApp) -> str:
    """The filter in force, as the bar shows it."""
    return screen_lines(app)[1].partition("▸")[2].strip()


@pytest.mark.parametrize(
    ("typed", "became", "words"),
    mostly_slow(
        [
            (f"{SESSION.upper()}", f"session_id:{SESSION}", "the session"),
            (SESSION.replace("-", ""), f"session_id:{SESSION}", "the session"),
            ("[2001:DB8:0:0::7]", "remote_ip:2001:db8::7", "the address 2001:db8::7"),
            ("2001:db8::/32", "remote_ip:2001:db8::/32", "the network 2001:db8::/32"),
            ("https://canvas.example/users/606/masquerade", "(user_id:606 or real", "Lone Wolf"),
            ("https://canvas.example/courses/202", "course_id:202", "Biology 101"),
            ("sis_course_id:C/1", "course_id:202", "Biology 101"),
            ("sis_login_id:LWOLF", "(user_id:606 or real", "Lone Wolf"),
        ],
        quick=3,
    ),
)
async def test_what_is_pasted_becomes_the_filter_it_means(
    cache: Cache, typed: str, became: str, words: str
) -> None:
    app = app_on(cache)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, typed)
        assert filter_line(app).startswith(became)
        assert words in screen_lines(app)[-2]
        assert "Read as" in screen_lines(app)[-2]
        await press(pilot, "backspace")
        assert filter_line(app).startswith("(everything)")


async def test_two_readings_are_a_choice_by_keys(cache: Cache) -> None:
    app = app_on(cache)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "https://canvas.example/courses/202/users/303")
        lines = screen_lines(app)
        assert "1 ▸ the user 303, Dana Foobarez (login dana2" in lines[2]
        assert "2   the user 303 in the course 202, Biology 101" in lines[3]
        assert "3   the requests for exactly the path /courses/202/users/303" in lines[4]
        assert "4   the text, in url or agent" in lines[5]
        assert "Which of these 4?" in lines[6]
        await press(pilot, "j", "k", "3")
        assert filter_line(app).startswith("(url:*/courses/202/users/303 and not url:/*/")
        assert filter_line(app).endswith("1 of 5")
        await press(pilot, "m", "escape")
        assert "https://canvas.example" in screen_lines(app)[1]
        assert "no field is called 'https'" in screen_text(app)
        await press(pilot, "escape")
        assert filter_line(app).startswith("(url:*/courses/202/users/303 and not url:/*/")


async def test_a_filter_stays_one_and_its_other_meaning_is_offered(cache: Cache) -> None:
    app = app_on(cache)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "curl")
        assert filter_line(app).startswith("curl")
        assert filter_line(app).endswith("5 of 5")
        assert "m reads 'curl' as the user 505, write:true (login curl" in screen_text(app)
        await press(pilot, "m", "enter")
        assert filter_line(app).startswith("(user_id:505 or real_user_id:505")
        await press(pilot, "m", "2")
        assert filter_line(app).startswith("curl ")
        await type_filter(pilot, "write:true")
        assert filter_line(app).startswith("write:true")
        assert "m reads" not in screen_text(app)
        await type_filter(pilot, '"curl"')
        assert "m reads" not in screen_text(app)


async def test_names_are_found_by_parts_and_turned_round(cache: Cache) -> None:
    app = app_on(cache)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "foobarez, DANA")
        assert "m lists 2 things that 'foobarez, DANA' may mean." in screen_text(app)
        await press(pilot, "m", "2")
        assert filter_line(app).startswith("(user_id:303 or real_user_id:303")
        await type_filter(pilot, "lon")
        assert "m reads 'lon' as the user 606, Lone Wolf" in screen_text(app)
        await type_filter(pilot, "202")
        assert "m lists 2 things that '202' may mean." in screen_text(app)


async def test_a_name_is_never_markup_and_hides_nothing(cache: Cache) -> None:
    app = app_on(cache)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await type_filter(pilot, "eve")
        assert "[@click=app.quit]Eve[/nope] ⟨U+202E⟩" in screen_text(app)
        await press(pilot, "m")
        assert "the user 404, [@click=app.quit]Eve[/nope] ⟨U+202E⟩ (login eve" in screen_text(app)
        assert "\u202e" not in screen_text(app)


async def test_nothing_known_is_said_and_a_wrong_filter_stays_wrong(cache: Cache) -> None:
    app = app_on(cache)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await type_filter(pilot, "00000000-0000-4000-8000-00000000dead")
        assert "Nothing in this cache is known by it" in screen_text(app)
        assert filter_line(app).endswith("0 of 5")
        await type_filter(pilot, "nothing:here")
        assert "no field is called 'nothing'" in screen_text(app)
        await type_filter(pilot, "timestamp >= 03:00")
        assert 'Expected "2026-10-01"' in screen_text(app)
        await press(pilot, "escape")
        assert filter_line(app).startswith("00000000-0000")
