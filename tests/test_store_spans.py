"""Spans of acting as another, sessions and profiles against a plain recount."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dap
import pytest
from recount import count_sorts

from logsleuth.filter import evaluate
from logsleuth.filter.parse import parse
from logsleuth.filter.tree import Node
from logsleuth.model import addresses, times
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import QUIET, ActSpan, Session, last
from logsleuth.store.cache import Cache

MIDNIGHT = times.day_start("2026-10-02")
BROWSER = "5e551000-0000-4000-8000-000000000001"
OTHER = "5e551000-0000-4000-8000-000000000002"
SECONDS = times.SECOND
MINUTE = times.MINUTE


def story() -> list[dict[str, Any]]:
    """Two days: acting across midnight in a browser, by token, and in Student View."""
    count = iter(range(1000))

    def row(at: int, user: int | None, real: int | None = None, **more: Any) -> dict[str, Any]:
        more.setdefault("http_method", "GET")
        more.setdefault("http_status", 200)
        more.setdefault("remote_ip", "192.0.2.1")
        return dap.row(
            dap.request_id(next(count)), MIDNIGHT + at, user_id=user, real_user_id=real, **more
        )

    page: dict[str, Any] = {
        "web_application_controller": "courses",
        "web_application_action": "show",
        "course_id": 1,
    }
    ping: dict[str, Any] = {
        "http_method": "POST",
        "url": "/api/v1/courses/1/ping",
        "web_application_controller": "courses",
        "web_application_action": "ping",
    }
    act: dict[str, Any] = {
        "web_application_controller": "users",
        "web_application_action": "masquerade",
        "http_status": 302,
    }
    in_browser = {"session_id": BROWSER}
    token = {"developer_key_id": 77, "remote_ip": "2001:db8::1", "user_agent": "curl/8"}
    minute = times.MINUTE
    return [
        row(-40 * minute, 1, **in_browser, **page),
        row(-31 * minute, 1, http_method="POST", url="/users/2/masquerade", **in_browser, **act),
        # Acting across midnight; a second tab pings.
        row(-30 * minute, 2, 1, **in_browser, **page),
        row(-5 * minute, 2, 1, **in_browser, **ping),
        row(10 * minute, 2, 1, http_method="PUT", url="/courses/2", course_id=2, **in_browser),
        row(
            20 * minute,
            2,
            1,
            url="/users/1/masquerade?stop_acting_as_user=true",
            **in_browser,
            **act,
        ),
        row(21 * minute, 1, **in_browser, **page),
        # Acting again, twice, with a pause that is too long, and never stopped.
        row(30 * minute, 2, 1, **in_browser, **page),
        row(30 * minute + QUIET + 1, 2, 1, **in_browser, **page),
        # By token: another span, and another address makes another.
        row(40 * minute, 3, 1, url="/api/v1/users/3?as_user_id=3", **token),
        row(41 * minute, 3, 1, url="/api/v1/courses?as_user_id=3", **token),
        row(42 * minute, 3, 1, **{**token, "remote_ip": "2001:db8::2"}),
        # Student View.
        row(
            50 * minute,
            5,
            session_id=OTHER,
            http_method="POST",
            url="/courses/9/student_view",
            web_application_controller="courses",
            web_application_action="student_view",
            http_status=302,
        ),
        row(51 * minute, 900, 5, session_id=OTHER, **page),
        # The log goes on for hours.
        row(10 * 60 * minute, 8, session_id=OTHER.replace("2", "3"), **page),
    ]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    folder = tmp_path_factory.mktemp("spans")
    dap.bring(folder / "cache", dap.jsonl(story()))
    return Cache.open(folder / "cache")


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Around four midnights few act, stop and come back, in two sessions and with a token."""
    chance = random.Random(7)
    rows = []
    for number in range(480):
        at = MIDNIGHT + chance.choice([0, 1, 2, 4]) * times.DAY + chance.randint(-90, 90) * MINUTE
        acting = chance.random() < 0.95
        more: dict[str, Any] = {"session_id": chance.choice([BROWSER, OTHER])}
        if chance.random() < 0.3:
            more = {"developer_key_id": 77, "user_agent": "curl/8"}
        rows.append(
            dap.row(
                dap.request_id(number),
                at + chance.choice([0, 0, 1]),
                user_id=chance.choice([2, 3]) if acting else 1,
                real_user_id=1 if acting else None,
                remote_ip=chance.choice(["192.0.2.1", "2001:db8::1", "2001:DB8::1"]),
                **more,
            )
        )
    folder = tmp_path_factory.mktemp("nights")
    dap.bring(folder / "cache", dap.jsonl(rows))
    return Cache.open(folder / "cache")


@pytest.mark.parametrize("hours", [(0, 24), (24, 48), (-24, 0), (-2, 1), (23, 25), (48, 120)])
def test_few_days_tell_what_all_days_tell(nights: Cache, hours: tuple[int, int]) -> None:
    since, until = (times.iso(MIDNIGHT + hour * times.HOUR) for hour in hours)
    few = f'timestamp >= "{since}" and timestamp < "{until}"'
    # Says the same, but nobody can tell from it which days to look into.
    everywhere = f'not (timestamp < "{since}" or timestamp >= "{until}")'
    assert len(spans(nights, few)) > 3
    assert spans(nights, few) == spans(nights, everywhere)
    assert set(sessions(nights, few)) == set(sessions(nights, everywhere))


def spans(cache: Cache, text: str = "") -> list[ActSpan]:
    return list(last(cache.requests.spans(parse(text))))


def sessions(cache: Cache, text: str = "") -> list[Session]:
    return list(last(cache.requests.sessions(parse(text))))


def test_a_span_goes_on_over_midnight_and_ends_with_a_pause(cache: Cache) -> None:
    found = [one for one in spans(cache) if one.session_id == BROWSER]
    assert [(one.requests, one.ended) for one in found] == [
        (1, "idle"),
        (1, "idle"),
        (4, "stopped"),
    ]
    first = found[-1]
    assert first.start == MIDNIGHT - 30 * times.MINUTE
    assert first.end == MIDNIGHT + 20 * times.MINUTE
    assert (first.real_user_id, first.user_id, first.how) == (1, 2, "browser")
    assert (first.writes, first.automatic, first.reads) == (2, 1, 2)
    assert first.active_minutes == 3
    assert first.courses == (1, 2)


def test_calls_with_a_token_are_told_apart_by_key_and_address(cache: Cache) -> None:
    found = [one for one in spans(cache) if one.how == "api"]
    assert [(one.requests, one.remote_ip, one.session_id) for one in found] == [
        (1, "2001:db8::2", None),
        (2, "2001:db8::1", None),
    ]
    assert {one.ended for one in found} == {"idle"}


def test_student_view_is_marked_and_is_nobodys_masquerade(cache: Cache) -> None:
    assert [one.user_id for one in spans(cache) if one.student_view] == [900]
    assert {one.user_id for one in spans(cache, "masqueraded:true")} == {2, 3}


def test_a_filter_selects_spans_and_counts_their_matching_requests(cache: Cache) -> None:
    (one,) = spans(cache, "http_method:PUT")
    assert (one.requests, one.matching) == (4, 1)
    assert spans(cache, "user_id:8") == []


def test_the_end_of_a_span_near_the_end_of_the_log_is_not_known(tmp_path: Path) -> None:
    rows = [one for one in story() if one["value"].get("user_id") != 8]
    dap.bring(tmp_path / "cache", dap.jsonl(rows))
    newest = spans(Cache.open(tmp_path / "cache"))
    assert {one.ended for one in newest if one.user_id == 900} == {"unknown"}


def test_a_session_over_midnight_is_one(cache: Cache) -> None:
    (one,) = sessions(cache, f"session_id:{BROWSER} and user_id:2 and write:true")
    assert (one.requests, one.matching, one.users) == (9, 2, (1, 2))
    assert (one.start, one.end) == (
        MIDNIGHT - 40 * times.MINUTE,
        MIDNIGHT + 30 * times.MINUTE + QUIET + 1,
    )


def test_runs_of_calls_with_a_token_have_no_session_id(cache: Cache) -> None:
    runs = [one for one in sessions(cache) if one.session_id is None]
    assert [(one.requests, one.addresses) for one in runs] == [
        (1, ("2001:db8::2",)),
        (2, ("2001:db8::1",)),
    ]
    assert {one.developer_key_id for one in runs} == {77}


@pytest.mark.parametrize("text", ["", "write:true", "not session_id:*", "course:1 or user:3"])
def test_sessions_add_up_to_the_requests_that_have_one(cache: Cache, text: str) -> None:
    node = parse(text)
    rows = dap.every_row(cache.folder)
    placed = [row for row in rows if row.session_id or row.developer_key_id is not None]
    found = sessions(cache, text)
    assert sum(one.matching for one in found) == count(placed, node)
    assert all(one.matching for one in found)
    assert [one.start for one in found] == sorted((one.start for one in found), reverse=True)


@pytest.mark.parametrize("text", ["", "write:true", "not masqueraded:true"])
def test_profiles_are_a_recount(cache: Cache, text: str) -> None:
    node = parse(text)
    rows = [row for row in dap.every_row(cache.folder) if evaluate.matches(node, row)]
    for name in ("remote_ip", "user_id", "session_id", "actor"):
        values = {value_of(name, row) for row in rows} - {None}
        found = last(cache.requests.profiles(name, sorted(values, key=str), node))
        assert found.keys() == values
        for value, made in found.items():
            of_value = [row for row in rows if value_of(name, row) == value]
            assert made.requests == len(of_value)
            assert made.writes == sum(row.write for row in of_value)
            assert made.errors == sum((row.http_status or 0) >= 400 for row in of_value)
            assert made.automatic == sum(row.automatic is True for row in of_value)
            assert made.not_classified == count_sorts(of_value, "unknown")
            assert made.opened_or_changed == count_sorts(of_value, "opened", "changed")
            assert made.users == distinct(row.user_id for row in of_value)
            assert made.actors == distinct(row.actor for row in of_value)
            assert made.sessions == distinct(row.session_id for row in of_value)
            assert made.addresses == distinct(row.remote_ip for row in of_value)
            assert made.agents == distinct(row.user_agent for row in of_value)
            assert made.courses == distinct(row.course_id for row in of_value)
            assert made.keys == distinct(row.developer_key_id for row in of_value)


def value_of(name: str, row: WebLog) -> Any:
    value = getattr(row, name)
    return addresses.pack(value) if name == "remote_ip" and value is not None else value


def distinct(values: Iterable[object]) -> int:
    return len({value for value in values if value is not None})


def count(rows: Iterable[WebLog], node: Node) -> int:
    return sum(evaluate.matches(node, row) for row in rows)


def test_a_run_of_calls_is_whole_whatever_part_of_it_a_filter_asks_for(tmp_path: Path) -> None:
    day, step = times.DAY, 25 * times.MINUTE
    moments = range(MIDNIGHT - 2 * times.HOUR, MIDNIGHT + day + 2 * times.HOUR, step)
    client: dict[str, Any] = {"developer_key_id": 77, "user_agent": "curl/8", "user_id": 3}
    spellings = ("2001:db8::1", "2001:DB8::1")
    rows = [
        dap.row(dap.request_id(n), at + n % 2, remote_ip=spellings[n % 2], **client)
        for n, at in enumerate(at for moment in moments for at in (moment, moment + 1))
    ]
    rows.append(
        dap.row(dap.request_id(999), MIDNIGHT + day + 5 * times.HOUR, remote_ip="::1", **client)
    )
    dap.bring(tmp_path / "cache", dap.jsonl(rows))
    cache = Cache.open(tmp_path / "cache")
    noon = 'timestamp >= "2026-10-02T12:00:00Z" timestamp < "2026-10-02T13:00:00Z"'
    whole_day = 'timestamp:"2026-10-02"'
    for text in (noon, whole_day, f"user_id:3 {noon}", f"url:* {whole_day}"):
        (run,) = sessions(cache, text)
        assert (run.start, run.end) == (moments[0], moments[-1] + 2), text
        assert run.requests == 2 * len(moments), text
        (matching,) = (last(cache.requests.count(parse(text))),)
        assert run.matching == matching, text


def test_sessions_of_one_moment_are_in_the_order_of_their_ids(tmp_path: Path) -> None:
    names = ["b", OTHER, "a", BROWSER, "0", "c"]
    rows = [dap.row(dap.request_id(n), MIDNIGHT, session_id=name) for n, name in enumerate(names)]
    # Some go on the next day, which is read first.
    rows += [dap.row(dap.request_id(9), MIDNIGHT + times.DAY, session_id="a")]
    dap.bring(tmp_path / "cache", dap.jsonl(rows))
    found = sessions(Cache.open(tmp_path / "cache"))
    assert [one.session_id for one in found] == sorted(names)
    assert {one.session_id: one.requests for one in found}["a"] == 2
