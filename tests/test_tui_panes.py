"""The panes of addresses, users, masquerades, keys and sessions: each figure recounted.

The recount goes over every row of a small made-up campus, in plain Python, and knows
nothing of how the store groups.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import dap
import pytest
from casework import demo
from marking import mostly_slow
from recount import count_sorts
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

from logsleuth.filter import evaluate
from logsleuth.filter.parse import parse
from logsleuth.filter.tree import All, Node
from logsleuth.ingest.run import import_paths
from logsleuth.model import addresses, times
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Cancel, Partial, Profile, TopRow, last
from logsleuth.store.cache import Cache
from logsleuth.tui import filters, spans
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.cells import line_text
from logsleuth.tui.key_uses import KeyProfile
from logsleuth.tui.pages.span import SpanPage
from logsleuth.tui.panes.sessions import SessionsPane
from logsleuth.tui.panes.sorted_pane import SortedPane

SMALL, WIDE, TALL = (80, 24), (160, 40), (160, 70)
OF_VALUES = ("addresses", "users", "masquerades", "keys", "sessions")
FILTERS = ("write:true or status >= 400 or masqueraded:true", "")


@lru_cache
def campus() -> Cache:
    """The smallest made-up campus, with all its stories."""
    return Cache.open(demo(Path(mkdtemp(prefix="logsleuth-campus-"))))


@lru_cache
def every_row() -> tuple[WebLog, ...]:
    return last(campus().requests.page(All(), limit=10**7)).rows


@lru_cache
def rows_under(text: str) -> tuple[WebLog, ...]:
    node = _node(text)
    return tuple(row for row in every_row() if evaluate.matches(node, row))


def _node(text: str) -> Node:
    return parse(text, zone=UTC) if text else All()


@asynccontextmanager
async def on_pane(
    name: str, text: str = "", size: tuple[int, int] = SMALL
) -> AsyncIterator[tuple[LogsleuthApp, Pilot[Any]]]:
    """The app on the campus, standing on a pane under a filter, at rest."""
    start = filters.read(text, UTC) if text else None
    app = app_on(campus(), pane=name, start_filter=start)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot


def pane(app: LogsleuthApp) -> SortedPane[Any]:
    """The pane on top."""
    found = app.frame.page
    assert isinstance(found, SortedPane)
    assert found.reading.complete
    return found


async def sort_by(app: LogsleuthApp, pilot: Pilot[Any], column: str) -> None:
    """Walk to a column and sort by it."""
    names = [sortable.column.name for sortable in pane(app).sortables()]
    for _ in range(len(names)):
        standing = pane(app).table.column
        assert standing is not None
        if standing.name == column:
            break
        await press(pilot, "l" if names.index(standing.name) < names.index(column) else "h")
        assert pane(app).table.column is not standing
    await press(pilot, "o")
    assert pane(app).sort.column == column


def shown(app: LogsleuthApp) -> list[Any]:
    """The rows on screen."""
    return list(pane(app).table.in_sight)


Groups = dict[Any, list[WebLog]]


def grouped(rows: Iterable[WebLog], by: Callable[[WebLog], Any]) -> Groups:
    found: Groups = defaultdict(list)
    for row in rows:
        if by(row) is not None:
            found[by(row)].append(row)
    return found


def address_of(row: WebLog) -> str | None:
    """The address however it is spelled."""
    packed = addresses.pack(row.remote_ip) if row.remote_ip else None
    return row.remote_ip if packed is None else addresses.unpack(packed)


def _endpoint(row: WebLog) -> tuple[str | None, ...]:
    return row.http_method, row.web_application_controller, row.web_application_action


def recounted(rows: list[WebLog]) -> Profile:
    def distinct(value: Callable[[WebLog], Any]) -> int:
        return len({value(row) for row in rows} - {None})

    return Profile(
        requests=len(rows),
        errors=sum((row.http_status or 0) >= 400 for row in rows),
        writes=sum(row.write for row in rows),
        opened_or_changed=count_sorts(rows, "opened", "changed"),
        automatic=count_sorts(rows, "automatic"),
        not_classified=count_sorts(rows, "unknown"),
        opaque=sum(row.kind == "opaque" for row in rows),
        hours=distinct(lambda row: row.timestamp // times.HOUR),
        peak=max(Counter(row.timestamp // times.HOUR for row in rows).values(), default=0),
        users=distinct(lambda row: row.user_id),
        actors=distinct(lambda row: row.actor),
        people=distinct(lambda row: row.about_user),
        sessions=distinct(lambda row: row.session_id),
        addresses=distinct(address_of),
        addresses_automatic=sum(
            all(row.automatic for row in mine) for mine in grouped(rows, address_of).values()
        ),
        agents=distinct(lambda row: row.user_agent),
        courses=distinct(lambda row: row.course_id),
        keys=distinct(lambda row: row.developer_key_id),
        endpoints=len({_endpoint(row) for row in rows}),
    )


# Every figure, recounted


@pytest.mark.parametrize("text", mostly_slow(FILTERS))
async def test_addresses_are_counted_right(text: str) -> None:
    here = grouped(rows_under(text), address_of)
    everything = grouped(every_row(), address_of)
    first_day = times.day_of(min(row.timestamp for row in every_row()))
    async with on_pane("addresses", text, WIDE) as (app, pilot):
        await sort_by(app, pilot, "writes")
        found = pane(app)
        assert {row.text for row in found.reading.rows} == set(here)
        for row in found.reading.rows:
            mine, all_of_it = here[row.text], everything[row.text]
            began = min(r.timestamp for r in all_of_it)
            assert row.top.count == len(mine)
            assert row.top.users == len({r.user_id for r in mine} - {None})
            assert row.users_all == len({r.user_id for r in all_of_it} - {None})
            assert row.top.first == min(r.timestamp for r in mine)
            assert row.top.last == max(r.timestamp for r in mine)
            assert row.first_in_cache == began
            assert row.top.at_start is (times.day_of(began) == first_day)
            assert found.profile(row) == recounted(mine)
        without = sum(address_of(r) is None for r in rows_under(text))
        assert found.reading.left_out == without


@pytest.mark.parametrize("text", mostly_slow(FILTERS))
async def test_accounts_are_counted_right(text: str) -> None:
    rows = rows_under(text)
    own = grouped((r for r in rows if r.real_user_id is None), lambda r: r.user_id)
    acted = [r for r in rows if r.masqueraded]
    viewed = [r for r in rows if r.student_view]
    parts = {
        "own": own,
        "by_others": grouped(acted, lambda r: r.user_id),
        "as_others": grouped(acted, lambda r: r.real_user_id),
        "student_view": grouped(viewed, lambda r: r.real_user_id),
        "in_student_view": grouped(viewed, lambda r: r.user_id),
    }
    sent = grouped(rows, lambda r: r.actor)
    async with on_pane("users", text, WIDE) as (app, pilot):
        await sort_by(app, pilot, "addresses")
        found = pane(app)
        assert {row.id for row in found.reading.rows} == {
            u for part in parts.values() for u in part
        }
        for row in found.reading.rows:
            whole = [r for part in parts.values() for r in part.get(row.id, [])]
            for name, part in parts.items():
                assert getattr(row, name) == len(part.get(row.id, [])), (row.id, name)
            assert row.total == len(whole)
            assert row.first == min(r.timestamp for r in whole)
            assert row.last == max(r.timestamp for r in whole)
            assert found.profile(row) == recounted(sent.get(row.id, []))
        assert found.reading.left_out == sum(r.actor is None for r in rows)
        assert sum(len(mine) for mine in sent.values()) + found.reading.left_out == len(rows)


@pytest.mark.parametrize("text", mostly_slow(FILTERS))
async def test_spans_are_made_of_what_they_say(text: str) -> None:
    acted = [row for row in every_row() if row.real_user_id is not None]
    matching = {row.id for row in rows_under(text)}
    store = campus().requests
    taken: Counter[str] = Counter()
    async with on_pane("masquerades", text) as (app, _):
        for span in pane(app).reading.rows:
            mine = last(store.page(spans.node(span), limit=10**6)).rows
            taken.update(row.id for row in mine)
            assert {row.id for row in mine} <= {row.id for row in acted}
            assert all(spans.holds(span, row) for row in mine)
            assert span.requests == len(mine)
            assert span.matching == sum(row.id in matching for row in mine)
            assert span.writes == sum(row.write for row in mine)
            assert span.automatic == sum(row.automatic is True for row in mine)
            read = [row for row in mine if not row.automatic and not row.write]
            assert span.reads == len(read)
            assert span.opened == count_sorts(mine, "opened")
            switches = [row for row in mine if row.kind == "masquerade"]
            assert span.switched == count_sorts(switches, "changed")
            assert span.changed + span.switched == count_sorts(mine, "changed")
            assert span.not_classified == count_sorts(mine, "unknown")
            assert span.opaque == sum(row.kind == "opaque" for row in mine)
            got = [row for row in read if 200 <= (row.http_status or 0) <= 299]
            assert set(span.people) == {row.about_user for row in got} - {None}
            by_hand = {row.timestamp // times.MINUTE for row in mine if not row.automatic}
            assert span.active_minutes == len(by_hand)
            assert set(span.courses) == {row.course_id for row in mine} - {None}
            assert (span.start, span.end) == (mine[-1].timestamp, mine[0].timestamp)
            assert {row.student_view for row in mine} == {span.student_view}
    wanted = {row.id for row in acted if row.id in matching}
    assert wanted <= set(taken)
    assert set(taken.values()) <= {1}


@pytest.mark.parametrize("text", mostly_slow(FILTERS))
async def test_keys_are_counted_right(text: str) -> None:
    def pair(row: WebLog) -> tuple[int, int | None] | None:
        key = row.developer_key_id
        return None if key is None else (key, row.actor)

    def read_well(row: WebLog) -> bool:
        return not row.write and row.http_status is not None and 200 <= row.http_status <= 299

    here, everything = grouped(rows_under(text), pair), grouped(every_row(), pair)
    async with on_pane("keys", text, WIDE) as (app, pilot):
        await sort_by(app, pilot, "courses")
        found = pane(app)
        assert {(row.pair.key, row.pair.account) for row in found.reading.rows} == set(here)
        for row in found.reading.rows:
            mine = here[row.pair.key, row.pair.account]
            began = min(r.timestamp for r in everything[row.pair.key, row.pair.account])
            assert row.count == len(mine)
            assert (row.first, row.last) == (began, max(r.timestamp for r in mine))
            assert row.at_start is (times.day_of(began) == times.day_of(every_row()[-1].timestamp))
            profile = found.profile(row)
            assert isinstance(profile, KeyProfile)
            assert profile.all == recounted(mine)
            assert profile.read == recounted([r for r in mine if read_well(r)])


@pytest.mark.parametrize("text", mostly_slow(FILTERS))
async def test_sessions_are_made_of_what_they_say(text: str) -> None:
    matching = {row.id for row in rows_under(text)}
    browser = grouped(
        (row for row in every_row() if row.developer_key_id is None), lambda row: row.session_id
    )
    calls = [row for row in every_row() if row.developer_key_id is not None]
    wanted = {sid for sid, mine in browser.items() if any(row.id in matching for row in mine)}
    in_runs: Counter[str] = Counter()
    async with on_pane("sessions", text) as (app, _):
        found = pane(app)
        for session in found.reading.rows:
            if session.session_id is not None:
                mine = browser[session.session_id]
            else:
                node = found.node(session)
                assert node is not None
                mine = [row for row in calls if evaluate.matches(node, row)]
                in_runs.update(row.id for row in mine)
            assert session.requests == len(mine)
            assert session.matching == sum(row.id in matching for row in mine)
            assert session.writes == sum(row.write for row in mine)
            assert set(session.users) == {row.user_id for row in mine} - {None}
            assert set(session.addresses) == {address_of(row) for row in mine} - {None}
            attended = {address_of(row) for row in mine if not row.automatic}
            assert set(session.addresses_automatic) == set(session.addresses) - attended
            assert session.automatic == count_sorts(mine, "automatic")
            assert session.opaque == sum(row.kind == "opaque" for row in mine)
            assert set(session.agents) == {row.user_agent for row in mine} - {None}
            assert (session.start, session.end) == (mine[-1].timestamp, mine[0].timestamp)
        assert {s.session_id for s in found.reading.rows} - {None} == wanted
        assert {row.id for row in calls if row.id in matching} <= set(in_runs)
        assert set(in_runs.values()) <= {1}
        alone = [r for r in rows_under(text) if not r.session_id and not r.developer_key_id]
        assert found.reading.left_out == len(alone)


# What one sees and does


async def test_seven_tabs_fit_the_narrowest_terminal() -> None:
    async with on_pane("addresses") as (app, _):
        tabs = next(one for one in screen_lines(app) if "1 Requests" in one)
        assert len(tabs) <= 80
        for at, name in enumerate(("Requests", "Changes", "Addr", "Users", "Masq", "Keys", "Sess")):
            assert f"{at + 1} {name}" in tabs


async def test_a_campus_network_is_seen_to_be_one(tmp_path: Path) -> None:
    """4,000 accounts behind one address, one of them at home, too."""
    behind = [
        dap.row(dap.request_id(user), remote_ip="192.0.2.10", user_id=user) for user in range(4000)
    ]
    at_home = dap.row(dap.request_id(4000), remote_ip="198.51.100.7", user_id=5)
    lines = dap.write(tmp_path / "web_logs.jsonl", dap.jsonl([*behind, at_home]))
    import_paths(tmp_path / "cache", [lines])
    app = app_on(Cache.open(tmp_path / "cache"), pane="addresses")
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        said, crowded = (line for line in screen_lines(app) if "≋" in line)
        assert said.startswith(" 2 addresses · ≋ 1 shared by 100+ accounts")
        assert crowded.split()[:4] == ["192.0.2.10", "4,000", "4,000", "≋4,000"]


async def test_a_phone_that_polls_is_nobodys_second_address(tmp_path: Path) -> None:
    ping = {"http_method": "POST", "web_application_controller": "courses",
            "web_application_action": "ping", "url": "/api/v1/courses/1/ping"}  # fmt: skip
    page = {"web_application_controller": "courses", "web_application_action": "show"}
    mine = {"user_id": 5, "session_id": dap.request_id(900), "http_status": 200}
    rows = [
        dap.row(dap.request_id(1), **mine, **page, remote_ip="192.0.2.1"),
        dap.row(dap.request_id(2), dap.NOON + 1, **mine, **ping, remote_ip="192.0.2.1"),
        dap.row(dap.request_id(3), dap.NOON + 2, **mine, **ping, remote_ip="198.51.100.9"),
    ]
    dap.bring(tmp_path / "cache", dap.jsonl(rows))
    app = app_on(Cache.open(tmp_path / "cache"), pane="sessions")
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        (line,) = [line for line in screen_lines(app) if line.startswith("≈")]
        assert "192.0.2.1 +1 auto" in line
        assert "changed address or agent" not in screen_text(app)
        await press(pilot, "4")
        assert "2 (1 auto)" in screen_text(app)
        await press(pilot, "3")
        (line,) = [line for line in screen_lines(app) if "198.51.100.9" in line]
        assert "all auto" in line


async def test_a_key_says_which_rosters_it_read() -> None:
    async with on_pane("keys", size=TALL) as (app, pilot):
        await sort_by(app, pilot, "courses")
        first = shown(app)[0]
        read = pane(app).profile(first).read
        await press(pilot, "enter")
        courses = pane(app).reading.rows
        assert len(courses) == read.courses
        assert sum(row.count for row in courses) + pane(app).reading.left_out == read.requests
        assert f"{read.courses} courses read by key" in screen_text(app)
        await press(pilot, "enter")
        assert "read in" in screen_text(app)


async def test_each_column_sorts_both_ways_and_backspace_undoes_it() -> None:
    async with on_pane("users") as (app, pilot):
        before = screen_lines(app)
        await sort_by(app, pilot, "own")
        counts = [row.own for row in shown(app)]
        assert counts == sorted(counts, reverse=True)
        assert "own↑" in screen_text(app)
        await press(pilot, "o")
        counts = [row.own for row in shown(app)]
        assert counts == sorted(counts)
        assert counts[0] == min(row.own for row in pane(app).reading.rows)
        assert "own↓" in screen_text(app)
        await press(pilot, "backspace", "backspace")
        assert screen_lines(app) == before


@pytest.mark.parametrize("name", mostly_slow(OF_VALUES, quick=2))
async def test_every_column_sorts_every_row(name: str) -> None:
    """On the documented story, which has every oddity that Canvas delivers."""
    app = app_on(story_cache(), pane=name)
    async with app.run_test(size=(280, 60)) as pilot:
        await settle(pilot)
        rows = shown(app)
        assert rows
        for sortable in pane(app).sortables():
            if sortable.column.heading:
                await sort_by(app, pilot, sortable.column.name)
                values = [sortable.by(row) for row in shown(app)]
                known = [value for value in values if value is not None]
                assert values[: len(known)] == known
                assert known == sorted(known, reverse=pane(app).sort.largest_first)
                assert sorted(map(repr, shown(app))) == sorted(map(repr, rows))


async def test_sorting_by_a_figure_of_the_rows_in_sight_is_of_all_rows() -> None:
    most = Counter(address_of(row) for row in every_row() if row.write).most_common(1)[0]
    async with on_pane("addresses") as (app, pilot):
        await sort_by(app, pilot, "writes")
        assert (shown(app)[0].text, pane(app).profile(shown(app)[0]).writes) == most


async def test_enter_opens_the_thing_and_back_is_the_same_row_and_sort() -> None:
    async with on_pane("addresses") as (app, pilot):
        await sort_by(app, pilot, "last")
        await press(pilot, "j", "j", "j")
        row, before = shown(app)[3], screen_lines(app)
        await press(pilot, "enter")
        assert f" address {row.text}" in screen_lines(app)
        assert f"{row.top.count:,} request" in screen_text(app)
        await press(pilot, "backspace")
        assert screen_lines(app) == before


async def test_a_row_one_stays_on_shows_the_figures_of_the_new_filter() -> None:
    async with on_pane("users") as (app, pilot):
        await press(pilot, "j", "j", "j")
        row = pane(app).table.row
        await type_filter(pilot, "write:true")
        kept = pane(app).table.row
        assert row is not None
        assert kept is not None
        assert kept.id == row.id
        assert kept.own == sum(r.actor == row.id and r.write for r in every_row())
        assert set(shown(app)) <= set(pane(app).reading.rows)


async def test_a_count_filters_by_what_it_counts() -> None:
    async with on_pane("addresses", size=WIDE) as (app, pilot):
        await sort_by(app, pilot, "errors")
        row = shown(app)[0]
        errors = pane(app).profile(row).errors
        assert errors
        await press(pilot, "f", "1")
        assert screen_lines(app)[1].endswith(f"{errors:,} of {len(every_row()):,}")
        await press(pilot, "backspace", "backspace")
        assert shown(app)[0].text == row.text
        await press(pilot, "x")
        left = len(every_row()) - errors
        assert sum(r.top.count for r in pane(app).reading.rows) == left - pane(app).reading.left_out


async def test_a_number_is_copied_as_digits_and_a_row_as_a_sentence() -> None:
    async with on_pane("users") as (app, pilot):
        taken: list[str] = []
        app.desk.copy = lambda text, what: taken.append(text) or "Copied."  # type: ignore[func-returns-value]
        await sort_by(app, pilot, "own")
        own = shown(app)[0]
        await press(pilot, "y", "Y")
        assert taken[0] == str(own.own)
        assert f"Account {app.desk.names.label('user', own.id)}: requests own " in taken[1]


async def test_student_view_is_nobodys_masquerade() -> None:
    async with on_pane("masquerades") as (app, pilot):
        views = [span for span in pane(app).reading.rows if span.student_view]
        others = [span for span in pane(app).reading.rows if not span.student_view]
        assert views
        assert f"{len(views)} in Student View among them · S hides them" in screen_text(app)
        await press(pilot, "S")
        assert shown(app) == sorted(others, key=lambda span: -span.start)
        assert f"{len(others)} spans" in screen_text(app)
        assert f"{len(views)} in Student View hidden · S shows them" in screen_text(app)
        await press(pilot, "backspace")
        assert any(span.student_view for span in shown(app))
    async with on_pane("users") as (app, _):
        tests = {span.user_id for span in views}
        assert all(not row.by_others for row in pane(app).reading.rows if row.id in tests)


async def test_a_span_says_who_acted_as_whom_and_what_they_read() -> None:
    async with on_pane("masquerades", "masqueraded:true and course:5001", TALL) as (app, pilot):
        (span,) = [span for span in pane(app).reading.rows if span.user_id == 202]
        mine = last(campus().requests.page(spans.node(span), limit=1000)).rows
        await sort_by(app, pilot, "changed")
        assert shown(app)[0] == span
        await press(pilot, "enter")
        text = screen_text(app)
        assert "acted as 202" in text
        assert f"{span.opened} opened · {span.changed} changed · " in text
        assert f"{span.switched} switch of account · {span.automatic} automatic" in text
        assert sum(line.startswith("▸┃") for line in screen_lines(app)) == len(mine)
        found = last(
            Partial(answer, True)
            for answer in spans.reads(campus().requests, app.desk.names, span, Cancel())
        )
        read = [row for row in mine if not row.write and not row.automatic]
        assert sum(one.count for one in found if one.label != spans.OPAQUE) == len(read)
        assert {one.about for one in found} == {row.about_user for row in read}
        page = app.frame.page
        assert isinstance(page, SpanPage)
        said = "".join(line_text(line)[1:] for line in page.reads.lines)
        assert said == f"Read: {spans.reads_words(found, app.desk.names)}"
        for one in found:
            assert f"{one.label}" in said
        await press(pilot, "space")
        await pilot.resize_terminal(*SMALL)
        await settle(pilot)
        assert any(line.startswith("▸┃") for line in screen_lines(app))


async def test_a_session_used_from_two_places_is_marked() -> None:
    async with on_pane("sessions") as (app, pilot):
        switching = [s for s in pane(app).reading.rows if len(s.addresses) > 1]
        assert switching
        await sort_by(app, pilot, "addresses")
        lines = [line for line in screen_lines(app) if line.startswith("≠")]
        assert len(lines) == len(switching)
        for line, session in zip(lines, shown(app), strict=False):
            assert f"+{len(session.addresses) - 1}" in line


async def test_single_calls_are_folded_and_counted() -> None:
    async with on_pane("sessions", "key:*") as (app, pilot):
        found = pane(app)
        single = [s for s in found.reading.rows if not s.session_id and s.requests == 1]
        assert single
        assert f"T shows {len(single)} single call" in screen_text(app)
        folded = len(found.reading.rows) - len(single)
        assert any(one.startswith(f" {folded:,} session") for one in screen_lines(app))
        await press(pilot, "T")
        everything = f" {len(found.reading.rows):,} session"
        assert any(one.startswith(everything) for one in screen_lines(app))
        assert f"T folds {len(single)} single call" in screen_text(app)


@pytest.mark.parametrize("name", mostly_slow(OF_VALUES))
async def test_a_filter_that_nothing_matches_says_the_way_on(name: str) -> None:
    async with on_pane(name, "user:987654321") as (app, pilot):
        assert "Backspace takes it back, / changes it." in screen_text(app)
        await type_filter(pilot, "event_type:concluded")
        assert "event_type, which only course changes have" in screen_text(app)
        await press(pilot, "enter", "f", "x", "y", "Y", "o", "space")
        assert app.return_code is None


class Slow(FakeStore):
    """A store whose top values come only when they are let go, or never."""

    def top(
        self, name: str, where: Node, *, limit: int, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[TopRow, ...]]]:
        self._wait(cancel)
        yield Partial((), complete=True)


async def test_leaving_a_pane_takes_its_question_back_and_coming_back_asks_again() -> None:
    store = Slow(requests(30))
    app = LogsleuthApp(store, FakeCatalogue(), FakeTracer())  # type: ignore[arg-type]
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        store.held = threading.Event()
        send(pilot, "3")
        await until(pilot, lambda: "reading…" in screen_text(app))
        await press(pilot, "1")
        assert store.taken_back == 1
        store.held = None
        await press(pilot, "3")
        assert isinstance(app.frame.page, SortedPane)
        assert app.frame.page.reading.complete


async def test_times_follow_the_zone_and_detail_follows_the_row() -> None:
    async with on_pane("sessions") as (app, pilot):
        await press(pilot, "space")
        row = pane(app).table.row
        assert row is not None
        assert row.session_id in screen_text(app)
        assert isinstance(app.frame.page, SessionsPane)
        await press(pilot, "j")
        below = pane(app).table.row
        assert below is not None
        assert below.session_id in screen_text(app)
