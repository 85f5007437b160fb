"""The timeline above the panes: its counts, its marks, filtering by it, and its lanes."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, tzinfo
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

import dap
import pytest
from casework import demo
from click.testing import CliRunner
from dap import NOON, jsonl, row
from marking import mostly_slow
from textual.pilot import Pilot
from tui_driving import (
    app_on,
    press,
    screen_lines,
    screen_text,
    settle,
    story_cache,
    type_filter,
    until,
)
from tui_fakes import FakeCatalogue, FakeStore, FakeTracer, requests

from logsleuth.cli.main import cli
from logsleuth.filter import evaluate
from logsleuth.filter.tree import All, Node, Span
from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Bucket, Cancel, Partial
from logsleuth.store.cache import Cache
from logsleuth.tui import filters
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.pages.listing import Listing
from logsleuth.tui.table import RecordTable
from logsleuth.tui.timeline import marks
from logsleuth.tui.timeline.picture import Picture, total

SMALL, TALL = (80, 24), (120, 36)
DENVER = ZoneInfo("America/Denver")


@lru_cache
def campus_folder() -> Path:
    """The smallest made-up campus, with all its stories."""
    return demo(Path(mkdtemp(prefix="logsleuth-timeline-")))


@lru_cache
def campus() -> Cache:
    return Cache.open(campus_folder())


def picture(app: LogsleuthApp) -> Picture:
    """What the timeline shows."""
    found = app.frame.strip.picture
    assert found is not None
    assert found.complete
    return found


def strip_text(app: LogsleuthApp) -> str:
    """The lines of the timeline."""
    return "\n".join("".join(cell.text for cell in line) for line in app.frame.strip.lines)


def tally(app: LogsleuthApp) -> int:
    """The number of requests in the line of the filter."""
    return int(screen_lines(app)[1].split(" of ")[0].rpartition(" ")[2].replace(",", ""))


@asynccontextmanager
async def on(
    cache: Cache, text: str = "", *, size: tuple[int, int] = SMALL, zone: tzinfo | None = None
) -> Any:
    """The app under a filter, at rest."""
    start = filters.read(text, zone or UTC) if text else None
    app = app_on(cache, start_filter=start, zone=zone)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot


FILTERS = [
    "",
    "write:true",
    "status >= 400 or masqueraded:true",
    'timestamp >= "2026-10-12" and timestamp < "2026-10-14T07:30:00Z"',
    "key:71",
    "not user_id:*",
    'url:"/courses/5001" timestamp:"2026-10-12"',
]


@pytest.mark.parametrize("zone", mostly_slow([None, DENVER]))
@pytest.mark.parametrize("text", mostly_slow(FILTERS, quick=3))
async def test_the_columns_add_up_to_the_count_and_to_the_command(
    text: str, zone: tzinfo | None
) -> None:
    async with on(campus(), text, zone=zone) as (app, _):
        found = picture(app)
        assert total(found.figures).requests == tally(app)
        arguments = ["--cache", str(campus_folder())]
        if zone is not None:
            arguments += ["--timezone", "America/Denver"]
        step = "hour" if found.grid.unit.us >= times.HOUR else "minute"
        arguments += ["timeline", text, "--by", step, "--format", "jsonl"]
        answer = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        steps = [json.loads(line) for line in answer.stdout.splitlines()]
        for name, of_column in (("count", "requests"), ("errors", "errors"), ("writes", "writes")):
            counts: Counter[int] = Counter()
            for one in steps:
                if one[name]:
                    counts[found.grid.place(times.parse(one["start"]))] += one[name]
            assert [counts[place] for place in range(len(found.grid))] == [
                getattr(figures, of_column) for figures in found.figures
            ]


async def test_columns_are_days_and_hours_of_the_zone_shown() -> None:
    async with on(campus(), zone=DENVER) as (app, pilot):
        await press(pilot, "t")
        assert "Denver" in strip_text(app)
        edges = picture(app).grid.edges
        assert {times.from_us(edge, DENVER).hour for edge in edges} == {0, 12}
        await press(pilot, "z")
        assert "UTC" in strip_text(app)
        assert {times.from_us(edge).hour for edge in picture(app).grid.edges} == {0, 12}


async def test_hours_without_a_log_are_told_from_quiet_and_unsure_ones() -> None:
    async with on(campus(), 'timestamp >= "2026-10-17" and timestamp < "2026-10-18"') as (app, _):
        found = picture(app)
        by_hour = {
            times.from_us(edge).hour: cover.state
            for edge, cover in zip(found.grid.edges, found.covers, strict=False)
        }
        assert by_hour[2] == by_hour[3] == by_hour[4] == "none"
        assert by_hour[1] == by_hour[6] == "covered"
        signs = strip_text(app)
        assert marks.NOT_FETCHED in signs
        assert marks.QUIET in signs
    async with on(story_cache(), size=TALL) as (app, _):
        assert marks.DOTTED[-1] not in strip_text(app)


async def test_what_nobody_stated_to_be_complete_looks_unsure(tmp_path: Path) -> None:
    rows = [row(dap.request_id(n), at=NOON + n * times.HOUR, user_id=1) for n in (0, 1, 5)]
    (tmp_path / "rows.jsonl").write_bytes(jsonl(rows))
    import_paths(tmp_path / "cache", [tmp_path / "rows.jsonl"])
    async with on(Cache.open(tmp_path / "cache"), size=TALL) as (app, pilot):
        text = strip_text(app)
        assert marks.NOT_FETCHED in text
        assert marks.DOTTED[-1] in text
        assert not set(marks.SOLID[:-1]) & set(text)
        await press(pilot, "t")
        assert "nobody has stated that all is there" in strip_text(app)
        await press(pilot, "left", "left")
        assert "UTC · not fetched · 1 column" in strip_text(app)
        assert "0 requests · 0 errors · 0 writes · never fetched" in strip_text(app)


async def test_a_span_is_marked_by_keys_becomes_the_filter_and_is_undone() -> None:
    async with on(campus()) as (app, pilot):
        await press(pilot, *["j"] * 30)
        table = app.frame.page.main
        before = (table.row.id, table.standing().top, tally(app))
        await press(pilot, "t", "g", *["l"] * 8, "v", *["l"] * 3)
        marked = picture(app)
        span = marked.grid.span(8, 11)
        expected = total(marked.figures[8:12]).requests
        assert f"{expected:,} requests" in strip_text(app)
        assert "4 columns of 12 h" in strip_text(app)
        await press(pilot, "enter")
        assert tally(app) == expected == total(picture(app).figures).requests
        assert picture(app).grid.edges[0] >= (span.since or 0)
        assert picture(app).grid.edges[-1] <= (span.until or 0)
        first, last = (times.iso(us or 0) for us in (span.since, span.until))
        assert app.desk.filter.text == (
            f"timestamp >= {json.dumps(first)} and timestamp < {json.dumps(last)}"
        )
        await press(pilot, "escape", "backspace")
        assert (table.row.id, table.standing().top, tally(app)) == before
        assert app.desk.filter.empty


async def test_a_span_within_a_span_replaces_it_and_0_lifts_it() -> None:
    async with on(campus(), "write:true") as (app, pilot):
        everything = tally(app)
        await press(pilot, "t", "g", "l", "v", "l", "l", "enter", "g", "l", "enter")
        assert app.desk.filter.text.count("timestamp") == 2
        assert app.desk.filter.text.startswith("write:true and timestamp >= ")
        await press(pilot, "0")
        assert app.desk.filter.text == "write:true"
        assert tally(app) == everything
        await press(pilot, "0")
        assert "bounds of time already" in screen_text(app)
        await press(pilot, "backspace", "backspace", "backspace")
        assert (app.desk.filter.text, tally(app)) == ("write:true", everything)


@pytest.mark.slow
async def test_a_closer_look_is_no_filter_and_says_so() -> None:
    async with on(campus()) as (app, pilot):
        await press(pilot, "t", "g", *["l"] * 20)
        whole = picture(app)
        await press(pilot, "plus")
        near = picture(app)
        assert near.closer
        assert "a closer look" in strip_text(app)
        assert app.desk.filter.empty
        inside = Span(near.grid.edges[0], near.grid.edges[-1])
        expected = sum(
            figures.requests
            for edge, figures in zip(whole.grid.edges, whole.figures, strict=False)
            if (inside.since or 0) <= edge < (inside.until or 0)
        )
        assert total(near.figures).requests == expected > 0
        await press(pilot, *["plus"] * 14)
        assert "closest look" in screen_text(app)
        assert picture(app).grid.unit.label == "1 min"
        await press(pilot, *["minus"] * 16)
        assert picture(app) == whole


async def test_the_page_of_a_thing_has_all_of_it_and_a_span_applies_the_filter_there() -> None:
    async with on(campus(), "write:true") as (app, pilot):
        await press(pilot, "u")
        page = app.frame.page
        assert isinstance(page, Listing)
        assert page.split.total is not None
        assert total(picture(app).figures).requests == page.split.total.value
        await press(pilot, "t", "enter")
        assert "filter on" in screen_text(app)
        assert total(picture(app).figures).requests == page.split.total.value
        await press(pilot, "escape", "backspace")
        assert "filter off" in screen_text(app)
        assert app.desk.filter.text == "write:true"


async def stand_in(app: LogsleuthApp, pilot: Pilot[Any], column: str) -> None:
    """Walk to a column of the table."""
    table = app.frame.page.main
    assert isinstance(table, RecordTable)
    await press(pilot, *["left"] * len(table.columns))
    for _ in table.columns:
        if table.column is not None and table.column.name == column:
            return
        await press(pilot, "right")
    raise AssertionError(f"there is no {column}")


def lane_counts(app: LogsleuthApp) -> dict[str, int]:
    lanes = picture(app).lanes
    assert lanes is not None
    return {lane.label: lane.total.requests for lane in lanes}


@pytest.mark.parametrize("size", [SMALL, pytest.param(TALL, marks=pytest.mark.slow)])
async def test_a_person_with_two_addresses_has_two_lanes(size: tuple[int, int]) -> None:
    async with on(campus(), "user_id:1042", size=size) as (app, pilot):
        await stand_in(app, pilot, "remote_ip")
        await press(pilot, "L")
        counts = lane_counts(app)
        assert {"198.51.100.68", "203.0.113.66"} <= counts.keys()
        assert sum(counts.values()) == tally(app)
        assert len(counts) <= (4 if size == SMALL else 7)
        lines = [line for line in screen_lines(app) if line.startswith(" 203.0.113.66 ")]
        assert len(lines) == 1
        assert lines[0].endswith(f"Σ {counts['203.0.113.66']}")
        await press(pilot, "t", "down", "down")
        second = list(counts)[1]
        assert f"{second}: " in strip_text(app)
        await press(pilot, "L")
        assert picture(app).lanes is None


LANES = ["actor", "remote_ip", "http_status", "http_method", "kind", "course_id", "session_id"]


@pytest.mark.parametrize("column", mostly_slow(LANES, quick=2))
async def test_lanes_add_up_whatever_they_are_made_of(column: str) -> None:
    async with on(campus(), size=(400, 50)) as (app, pilot):
        await stand_in(app, pilot, column)
        await press(pilot, "L")
        found = picture(app)
        assert found.lanes is not None
        columns = zip(*(lane.figures for lane in found.lanes), strict=True)
        assert [total(column) for column in columns] == list(found.figures)


@pytest.mark.parametrize(
    ("pane", "name"),
    mostly_slow([("3", "address"), ("4", "user"), ("5", "real user"), ("6", "key")]),
)
async def test_every_pane_has_lanes_of_what_it_lists(pane: str, name: str) -> None:
    async with on(campus(), size=TALL) as (app, pilot):
        await press(pilot, pane, "L")
        assert f"lanes by {name}" in strip_text(app)
        assert picture(app).lanes


@pytest.mark.slow
async def test_changes_are_marked_and_those_out_of_sight_are_counted() -> None:
    async with on(campus(), size=TALL) as (app, pilot):
        found = picture(app)
        assert sum(found.changes) + found.other_changes == len(campus().catalogue.events())
        await type_filter(pilot, "course_id:5001")
        found = picture(app)
        ours = [e for e in campus().catalogue.events() if e.course_id == 5001]
        assert sum(found.changes) + found.other_changes == len(ours)
        assert not found.any_cause
        await type_filter(pilot, "remote_ip:192.0.2.10")
        assert "whoever caused them" in strip_text(app)
        await type_filter(pilot, "event_type:concluded")
        assert total(picture(app).figures).requests == 0
        assert sum(picture(app).changes) > 0


USER = filters.read("user_id:1", UTC).node


class SlowStore(FakeStore):
    """Counts over time wait until they are let go, or taken back."""

    def __init__(self, rows: Sequence[WebLog]) -> None:
        super().__init__(rows)
        self.gate = threading.Event()
        self.asked: list[Node] = []

    def timeline(
        self, where: Node, *, seconds: int, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[Bucket, ...]]]:
        if where not in (All(), USER):  # what the detail asks
            yield from super().timeline(where, seconds=seconds)
            return
        assert cancel is not None
        self.asked.append(where)
        for answer in super().timeline(where, seconds=seconds):
            half = len(answer.value) // 2
            yield Partial(answer.value[half:], False, 1, 2)
            remove = cancel.add_hook(self.gate.set)
            self.gate.wait()
            remove()
            self.taken_back += cancel.cancelled
            cancel.check()
            yield answer


async def test_rows_come_first_and_a_part_is_called_one() -> None:
    store = SlowStore(requests(500))
    app = LogsleuthApp(store, FakeCatalogue(), FakeTracer())  # type: ignore[arg-type]
    async with app.run_test(size=TALL) as pilot:
        await until(pilot, lambda: app.frame.strip.picture is not None)
        assert "r000499" in {row.id for row in app.frame.page.main.in_sight}
        assert "reading… 1 of 2 days, newest first" in strip_text(app)
        assert marks.UNSURE not in strip_text(app)
        store.gate.set()
        await settle(pilot)
        assert "reading" not in strip_text(app)
        assert total(picture(app).figures).requests == 500


async def test_a_newer_question_takes_the_older_back() -> None:
    store = SlowStore(requests(500))
    app = LogsleuthApp(store, FakeCatalogue(), FakeTracer())  # type: ignore[arg-type]
    async with app.run_test(size=TALL) as pilot:
        await until(pilot, lambda: app.frame.strip.picture is not None)
        await pilot.press("slash", *"user_id:1")
        assert len(store.asked) == 1
        await pilot.press("enter")
        await until(pilot, lambda: len(store.asked) == 2)
        await settle(pilot)
        assert store.taken_back == 1
        expected = sum(evaluate.matches(app.desk.filter.node, row) for row in store.rows)
        assert total(picture(app).figures).requests == expected


async def test_a_cache_without_requests_says_so_in_place_of_bars() -> None:
    app = LogsleuthApp(FakeStore([]), FakeCatalogue(), FakeTracer())  # type: ignore[arg-type]
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "No time that the cache has requests of." in screen_text(app)
        await press(pilot, "t", "left", "v", "enter", "plus", "minus", "L", "down", "escape")
        assert app.frame.page.main.has_focus
        await type_filter(pilot, 'timestamp < "1999-01-01"')
        assert "No time that the cache has requests of." in screen_text(app)


async def test_a_failure_is_one_sentence() -> None:
    class Failing(FakeStore):
        def timeline(self, where: Node, **more: Any) -> Any:
            from logsleuth.store.base import StoreError

            raise StoreError("The day file 2026-10-12 cannot be read.")

    app = LogsleuthApp(Failing(requests(9)), FakeCatalogue(), FakeTracer())  # type: ignore[arg-type]
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert strip_text(app) == " The day file 2026-10-12 cannot be read."


async def test_only_a_key_brings_one_in_and_the_strip_grows_and_shrinks() -> None:
    async with on(campus()) as (app, pilot):
        assert len(app.frame.strip.lines) == 1
        await press(pilot, "t")
        assert len(app.frame.strip.lines) == 7
        assert "▲" in strip_text(app)
        assert "as filter" in screen_lines(app)[-1]
        await press(pilot, "v", "escape")
        assert app.frame.strip.has_focus
        await press(pilot, "escape")
        assert app.frame.page.main.has_focus
        assert len(app.frame.strip.lines) == 1
        await press(pilot, "t", "2")
        assert app.frame.page.main.has_focus
        await press(pilot, "enter", "q")
        assert app.frame.page.main.has_focus
    async with on(campus(), size=TALL) as (app, pilot):
        assert len(app.frame.strip.lines) == 6
        assert "each column 12 h" in strip_text(app)


async def test_moving_in_the_strip_draws_only_what_changes() -> None:
    async with on(campus(), size=TALL) as (app, pilot):
        await press(pilot, "t", "left")
        lines = list(app.frame.strip.lines)
        await press(pilot, "left")
        same = [old == new for old, new in zip(lines, app.frame.strip.lines, strict=True)]
        assert same[0]
        assert same[2]
        assert same[3]
