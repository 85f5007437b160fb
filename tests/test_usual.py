"""What is usual for an account: recounted by hand, on the command line and on the screen."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from tui_driving import app_on, press, screen_lines, screen_text, settle, type_filter

from logsleuth.cli.main import cli
from logsleuth.filter.tree import All, Span
from logsleuth.ingest.run import import_paths
from logsleuth.model import clock, times
from logsleuth.model.networks import Networks, parse
from logsleuth.store import usual
from logsleuth.store.base import last
from logsleuth.store.cache import Cache
from logsleuth.tui.app import LogsleuthApp

DENVER = ZoneInfo("America/Denver")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its summer time is half an hour
SESSION, OTHER = (f"0f0f0f0f-0000-4000-8000-00000000000{number}" for number in (1, 2))


def request_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def line(number: int, at: str, meta: str = "2026-12-01T00:00:00Z", **value: Any) -> str:
    """A row of a DAP file; a browser of account 7 unless it says otherwise."""
    row = {
        "user_id": 7,
        "url": "/",
        "http_method": "GET",
        "http_status": 200,
        "remote_ip": "192.0.2.1",
        "user_agent": "Firefox",
        "session_id": SESSION,
        **value,
    }
    return json.dumps(
        {
            "key": {"id": request_id(number)},
            "value": {"timestamp": at, **row},
            "meta": {"ts": meta, "action": "U"},
        }
    )


def made(*files: list[str], complete: Span | None = None) -> Cache:
    """A cache of these files, in this order."""
    folder = Path(mkdtemp(prefix="logsleuth-usual-"))
    for number, lines in enumerate(files):
        path = folder / f"part-{number}.jsonl"
        path.write_text("\n".join(lines))
        import_paths(folder / "cache", [path], complete=complete)
    return Cache.open(folder / "cache")


def by_hand(cache: Cache, number: int, zone: tzinfo) -> tuple[int, int, int, int]:
    """Days, and those with address, agent, hour, by looking at every request."""
    every = last(cache.requests.page(All(), limit=10_000)).rows
    one = next(row for row in every if row.id == request_id(number))
    own = times.from_us(one.timestamp, zone)
    hours = {(own.hour + off) % 24 for off in (-1, 0, 1)}
    earlier = [
        (row, moment)
        for row in every
        if row.actor == one.actor
        and (moment := times.from_us(row.timestamp, zone)).date() < own.date()
    ]
    return (
        len({moment.date() for _, moment in earlier}),
        len({moment.date() for row, moment in earlier if row.remote_ip == one.remote_ip}),
        len({moment.date() for row, moment in earlier if row.user_agent == one.user_agent}),
        len({moment.date() for _, moment in earlier if moment.hour in hours}),
    )


quarters = st.integers(0, 12 * 24 * 4 - 1)
rows = st.tuples(
    quarters,
    st.sampled_from([7, 8]),
    st.sampled_from([None, 7, 9]),
    st.sampled_from(["192.0.2.1", "192.0.2.2", "::ffff:192.0.2.3"]),
    st.sampled_from(["Firefox", "firefox", "curl"]),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(rows, min_size=1, max_size=25), st.data())
def test_the_numbers_are_those_of_a_recount(made_up: list[Any], data: st.DataObject) -> None:
    start = times.parse("2026-10-26T00:00:00Z")  # summer time ends on 1 November
    lines = [
        line(
            number,
            times.iso(start + quarter * 15 * times.MINUTE),
            user_id=user,
            real_user_id=real,
            remote_ip=address,
            user_agent=agent,
        )
        for number, (quarter, user, real, address, agent) in enumerate(made_up)
    ]
    cache = made(lines)
    number = data.draw(st.integers(0, len(made_up) - 1))
    zone = data.draw(st.sampled_from([UTC, DENVER, ZoneInfo("Asia/Kathmandu"), LORD_HOWE]))
    request = cache.requests.request(request_id(number))
    assert request is not None
    found = usual.usual(cache.requests, cache.catalogue, request, zone)
    assert found is not None
    counted = (found.days, found.address, found.agent, found.hour)
    assert counted == by_hand(cache, number, zone)
    assert found.not_whole == found.days
    cache.close()


MORNINGS = [line(day, f"2026-10-0{day}T09:00:00Z") for day in range(1, 8)]
AT_NIGHT = "2026-10-08T03:00:00.000Z"
COMPLETE = Span(times.parse("2026-10-01T00:00:00Z"), times.parse("2026-10-09T00:00:00Z"))


@pytest.fixture(scope="module")
def cache() -> Cache:
    """Seven mornings, one night from elsewhere with two more sessions, one request twice."""
    away = {"remote_ip": "203.0.113.9", "session_id": OTHER}
    night = [
        line(20, AT_NIGHT, **away),
        line(21, "2026-10-08T03:20:00Z"),
        line(22, "2026-10-08T02:40:00Z", developer_key_id=5, session_id=None, user_agent="curl"),
        line(23, "2026-10-08T03:31:00Z", session_id="0f0f0f0f-0000-4000-8000-000000000003"),
        line(24, "2026-10-08T03:00:00Z", user_id=None, real_user_id=None),
        line(25, "2026-10-08T03:05:00Z", user_id=8, session_id=None),
        line(26, "2026-10-08T03:40:00Z", http_status=404, url="/old", **away),
    ]
    newer = [line(26, "2026-10-08T03:40:00Z", "2026-12-02T00:00:00Z", url="/new", **away)]
    return made([*MORNINGS, *night], newer, complete=COMPLETE)


Run = Callable[..., Result]


@pytest.fixture
def run(cache: Cache) -> Iterator[Run]:
    def go(*args: str) -> Result:
        return CliRunner().invoke(cli, ["--cache", str(cache.folder), *args])

    yield go
    clock.pin(None)


def test_the_command_says_it_in_numbers(run: Run) -> None:
    done = run("usual", request_id(20).upper())
    assert done.exit_code == 0, done.output
    assert "address: on none of 7 earlier days: first seen here" in done.stdout
    assert "agent: on 7 of 7 earlier days" in done.stdout
    assert "02:00 to 04:59: on none of 7 earlier days: the first time" in done.stdout
    assert "2 other sessions of this account within 30 minutes" in done.stdout
    assert "unusual" not in done.stdout
    assert "say little" not in done.stdout
    found = json.loads(run("usual", request_id(20), "--format", "json").stdout)
    assert (found["earlier_days"], found["earlier_days_not_whole"]) == (7, 0)
    assert (found["days_with_address"], found["days_with_agent"], found["days_with_hour"]) == (
        0,
        7,
        0,
    )
    assert found["hours"] == [2, 3, 4]
    assert found["too_few_days"] is False
    beside = {one["session_id"]: one for one in found["other_sessions"]}
    assert set(beside) == {SESSION, None}
    assert beside[None]["developer_key_id"] == 5
    assert found["source"]["name"].endswith("part-0.jsonl")


def test_few_days_and_nobody_are_said(run: Run) -> None:
    assert "under 5 earlier days are known" in run("usual", request_id(4)).stdout
    assert "nothing to compare with" in run("usual", request_id(1)).stdout
    assert "Nobody was signed in" in run("usual", request_id(24)).stdout
    missing = run("usual", request_id(99))
    assert missing.exit_code == 1
    assert missing.stderr.count("\n") == 1


def test_older_versions_are_told_field_by_field(run: Run) -> None:
    found = json.loads(run("usual", request_id(26), "--format", "json").stdout)
    assert [version["url"] for version in found["older_versions"]] == ["/old"]
    said = run("usual", request_id(26)).stdout
    assert "url: /old → /new" in said
    assert "http_status: 404 → 200" in said


def test_days_are_those_of_the_zone(run: Run) -> None:
    denver = run("--timezone", "America/Denver", "usual", request_id(20), "--format", "json")
    found = json.loads(denver.stdout)
    # 03:00 UTC is the evening before, in Denver; that morning is of the same day.
    assert (found["earlier_days"], found["hours"]) == (6, [20, 21, 22])


def detail_text(app: LogsleuthApp) -> str:
    """What the detail says, without its line breaks."""
    lines = app.frame.detail.lines
    return " ".join(" ".join(cell.text for line in lines for cell in line).split())


@pytest.mark.slow
async def test_the_detail_shows_it_and_a_key_opens_the_other_sessions(cache: Cache) -> None:
    networks = Networks(parse(["203.0.113.0/24,abroad"], "networks.csv"))
    app = app_on(cache, networks=networks)
    async with app.run_test(size=(160, 50)) as pilot:
        await settle(pilot)
        await type_filter(pilot, f"id:{request_id(20)}")
        text = detail_text(app)
        assert "address: on none of 7 earlier days: first seen here" in text
        assert "2 other sessions of this account within 30" in text
        assert "203.0.113.9 abroad" in text
        assert "part-0.jsonl (SHA-256 " in text
        await press(pilot, "O")
        assert screen_lines(app)[-2].endswith(" Requests › other sessions")
        assert "2 requests" in screen_text(app)
        await press(pilot, "backspace")
        await type_filter(pilot, f"id:{request_id(26)}")
        assert 'url: "/old" → "/new"' in detail_text(app)


async def test_nothing_is_looked_up_while_the_detail_is_closed(cache: Cache) -> None:
    app = app_on(cache)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        lanes: list[str] = []
        ask = app.desk.asking.ask

        def noted(lane: str, *args: Any, **more: Any) -> None:
            lanes.append(lane)
            ask(lane, *args, **more)

        app.desk.asking.ask = noted  # type: ignore[method-assign]
        await press(pilot, "j", "j", "k")
        assert not [lane for lane in lanes if lane.startswith("beside")]
        await press(pilot, "space")
        assert [lane for lane in lanes if lane.startswith("beside")]
