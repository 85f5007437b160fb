"""Which table and which index answers what is asked most: SQLite's own word for it.

A query that falls back to reading all rows is right and a hundred times too slow, and no
other test would notice.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import pytest
from dap import DAY, NOON, bring, jsonl, row

from logsleuth.filter.fields import field
from logsleuth.filter.parse import parse
from logsleuth.filter.tree import All, Node
from logsleuth.model import times
from logsleuth.store.base import last
from logsleuth.store.cache import Cache
from logsleuth.store.sqlite import (
    counting,
    grouping,
    paging,
    schema,
    spans,
    student_view,
    visits,
)
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite.compile import compile_filter
from logsleuth.store.sqlite.facts import Day

ROLLUPS = {"hour", "op_hour", "visit"} | {
    f"{column}_{unit}"
    for column in ("user_id", "real_user_id", "ip", "ua", "dev", "course_id")
    for unit in ("hour", "day")
}


ENTERS = {"web_application_controller": "courses", "web_application_action": "student_view"}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A day with a thousand requests, one in fifty of them refused, and few of most values."""
    cache = tmp_path_factory.mktemp("plans") / "cache"
    rows = [
        row(
            f"r{n}",
            at=NOON + n * 20 * times.SECOND - 5 * times.HOUR,
            user_id=n % 40,
            real_user_id=7 if n % 50 == 1 else None,
            remote_ip=f"192.0.2.{n % 30}",
            http_status=500 if n % 500 == 3 else 404 if n % 50 == 3 else 200,
            http_method="POST" if n % 5 == 0 else "DELETE" if n == 77 else "GET",
            course_id=n % 25 if n % 3 else None,
            session_id=f"s{n % 60}" if n % 10 else None,
            developer_key_id=None if n % 10 else 9,
            quiz_id=5 if n == 400 else None,
            user_agent="rare" if n == 301 else f"agent {n % 8}",
            interaction_micros=1000 + n,
            web_application_context_id=n % 25,
            **ENTERS if n == 13 else {},
        )
        for n in range(1000)
    ]
    bring(cache, jsonl(rows))
    (path,) = (cache / "days").glob("*.db")
    connection = day_file.open_reading(Path(path))
    yield Day(connection, DAY, frozenset())
    connection.close()
    Cache.open(cache).close()


def where(text: str) -> Node:
    return parse(text) if text else All()


class Traced:
    """The statements that a question runs on a day, and their plans."""

    def __init__(self, day: Day) -> None:
        self._connection = day.connection
        self.plans: list[str] = []

    def __enter__(self) -> "Traced":
        self._connection.exec_trace = self._trace
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.exec_trace = None

    def _trace(self, cursor: apsw.Cursor, sql: str, bindings: Any) -> bool:
        if not sql.startswith("EXPLAIN"):
            self._connection.exec_trace = None
            plan = self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", bindings)
            self.plans.append(" / ".join(step[3] for step in plan))
            self._connection.exec_trace = self._trace
        return True

    @property
    def whole(self) -> str:
        return " // ".join(self.plans)


class Asked:
    """The tables of a day that a question reads, dictionaries apart."""

    def __init__(self, day: Day) -> None:
        self._connection = day.connection
        self.tables: set[str] = set()

    def __enter__(self) -> "Asked":
        self._connection.authorizer = self._authorize
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.authorizer = None

    def _authorize(
        self, action: int, one: str | None, two: str | None, three: str | None, four: str | None
    ) -> int:
        if action == apsw.SQLITE_READ and one in ROLLUPS | {"req"}:
            self.tables.add(one)
        return apsw.SQLITE_OK


def traced(day: Day, statement: Any, *arguments: Any) -> Traced:
    with Traced(day) as found:
        statement(day, *arguments)
    return found


PAGES = (
    ("", "SCAN r"),
    ("user_id:5", "i_user (user_id=?"),
    ("real_user_id:7", "i_real (real_user_id=?"),
    ('remote_ip:"192.0.2.4"', "i_ip (ip=?"),
    ("course_id:6", "i_course (course_id=?"),
    ("developer_key_id:9", "i_dev (dev=?"),
    ("session_id:s4", "i_user (user_id=? AND rowid>? AND rowid<?)"),
    ("session_id:(s4 or s5)", "visit_ses (ses=?)"),
    ("quiz_id:5", "i_quiz (quiz_id=?"),
    ("http_status:500", "i_err (status=?"),
    ("http_status >= 500", "i_err (status>?"),
    ("http_method:DELETE", "i_op (op=?"),
    ("web_application_context_id:6", "MULTI-INDEX OR"),
    ("actor:5", "MULTI-INDEX OR"),
    ("id:r5", "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"),
    ("user_id:5 http_status >= 400", "i_user (user_id=?"),
)


@pytest.mark.parametrize(("text", "by"), PAGES)
def test_a_page_is_read_through_its_index(day: Day, text: str, by: str) -> None:
    found = traced(day, lambda *asked: list(paging.ordered(*asked)), where(text), None, False, 50)
    assert any(by in plan for plan in found.plans), found.plans
    assert "OFFSET" not in found.whole


@pytest.mark.parametrize("text", ["http_method:GET", "write:true", "automatic:unknown"])
def test_what_is_frequent_is_read_in_order_and_not_sorted(day: Day, text: str) -> None:
    found = traced(day, lambda *asked: list(paging.ordered(*asked)), where(text), None, False, 50)
    assert "ORDER BY" not in found.plans[-1], found.plans


@pytest.mark.parametrize("text", ["http_status:418", "foreign:true", "kind:grade"])
def test_a_day_without_such_a_row_is_not_read(day: Day, text: str) -> None:
    with Traced(day) as found:
        assert list(paging.ordered(day, where(text), None, False, 50)) == []
    assert not any("INTEGER PRIMARY KEY" in plan for plan in found.plans)
    assert not any("i_" in plan and "COVERING" not in plan for plan in found.plans)


HOURS = 'timestamp >= "2026-10-01T08:00:00Z" timestamp < "2026-10-01T11:00:00Z"'
RAGGED = 'timestamp >= "2026-10-01T08:20:00Z" timestamp < "2026-10-01T11:40:00Z"'

COUNTS = (
    ("", {"hour"}),
    ("http_status >= 400", {"hour"}),
    ("write:true", {"hour"}),
    ("http_status >= 400 write:true", {"op_hour"}),
    ("http_status >= 400 http_method:(POST or PUT)", {"op_hour"}),
    ("http_method:POST", {"op_hour"}),
    ("user_id:5", {"user_id_day"}),
    ("user_id:5 http_status >= 400", {"user_id_day"}),
    ('remote_ip:"192.0.2.0/28" write:true', {"ip_day"}),
    ("user_agent:agent", {"ua_hour"}),
    ("course_id:6", {"course_id_hour"}),
    ("masqueraded:true", {"user_id_day"}),
    ("session_id:s4", {"visit"}),
    ("not ip:*", {"ip_day"}),
    (HOURS, {"hour"}),
    (f"user_id:5 {HOURS}", {"user_id_hour"}),
    (f"session_id:s4 {HOURS}", {"visit"}),
    (f"user_id:5 {RAGGED}", {"user_id_hour", "req"}),
    ("url:courses", {"req"}),
)


@pytest.mark.parametrize(("text", "tables"), COUNTS)
def test_counts_come_from_what_is_counted_ahead(day: Day, text: str, tables: set[str]) -> None:
    with Asked(day) as asked:
        counting.count(day, where(text))
    assert asked.tables == tables


TIMELINES = (
    ("", 3600, {"hour"}),
    ("http_status >= 400", 3600, {"op_hour"}),
    ("user_id:5", 3600, {"user_id_hour"}),
    ("user_id:5", 86_400, {"user_id_day"}),
    ("session_id:s4", 1800, {"visit"}),
    ("user_id:5", 60, {"req"}),
)


@pytest.mark.parametrize(("text", "seconds", "tables"), TIMELINES)
def test_times_come_from_what_is_counted_ahead(
    day: Day, text: str, seconds: int, tables: set[str]
) -> None:
    with Asked(day) as asked:
        counting.buckets(day, where(text), seconds)
    assert asked.tables == tables


def test_errors_and_writes_are_read_from_their_indexes_alone(day: Day) -> None:
    for text, index in (("http_status >= 400", "i_err"), ("write:true", "i_write")):
        found = traced(day, grouping.grouping, field("course_id"), where(text))
        assert f"USING COVERING INDEX {index}" in found.plans[0], found.plans


TOPS = (
    ("remote_ip", "", {"ip_day"}, {"ip_day"}),
    ("user_id", "http_status >= 400", {"user_id_day"}, {"req"}),
    ("user_agent", "", {"ua_hour"}, {"ua_day"}),
    ("user_agent", 'remote_ip:"192.0.2.4"', {"visit"}, {"visit"}),
    ("developer_key_id", "", {"dev_hour"}, {"dev_day"}),
    ("actor", "masqueraded:true", {"user_id_day"}, {"user_id_day"}),
    ("kind", "", {"op_hour"}, {"req"}),
)


@pytest.mark.parametrize(("name", "text", "counted", "grouped"), TOPS)
def test_top_values_come_from_what_is_counted_ahead(
    day: Day, name: str, text: str, counted: set[str], grouped: set[str]
) -> None:
    with Asked(day) as asked:
        grouping.totals(day, field(name), where(text))
    assert asked.tables == counted
    with Asked(day) as asked:
        grouping.grouping(day, field(name), where(text))
    assert asked.tables == grouped


def test_sessions_are_made_of_visits(day: Day) -> None:
    with Asked(day) as asked:
        visits.part(day)
        visits.matching(day, where("user_id:5"))
    assert asked.tables == {"visit", "user_id_day"}


def test_sessions_of_a_text_are_found_in_one_walk_over_the_rows(day: Day) -> None:
    found = traced(day, visits.matching, where("url:courses"))
    assert not any("visit_ses" in plan or "i_dev" in plan for plan in found.plans), found.plans


def test_a_day_whose_requests_were_all_quicker_is_not_read(day: Day) -> None:
    for text in ("interaction_micros > 999999999", "interaction_micros >= 999999999"):
        with Asked(day) as asked:
            assert list(paging.ordered(day, where(text), None, False, 50)) == []
        assert asked.tables <= ROLLUPS


def test_a_rare_agent_is_found_through_its_sessions(day: Day) -> None:
    found = traced(
        day, lambda *asked: list(paging.ordered(*asked)), where("user_agent:rare"), None, False, 50
    )
    assert "visit_ua (ua=?" in found.whole, found.plans
    assert "i_user (user_id=? AND rowid>? AND rowid<?)" in found.whole, found.plans
    assert not any(step.startswith("SCAN r") for plan in found.plans for step in plan.split(" / "))


def test_what_accounts_did_in_sessions_is_found_through_visits(day: Day) -> None:
    everybody = compile_filter(All(), day)
    for statement in (
        lambda day: spans.Spans().feed(day, everybody),
        lambda day: student_view.find(day.connection),
    ):
        found = traced(day, statement)
        by_session = [plan for plan in found.plans if "visit" in plan]
        assert by_session, found.plans
        for plan in by_session:
            assert "visit_ses (ses=?" in plan
            assert "i_user (user_id=? AND rowid>? AND rowid<?)" in plan
            assert not any(step.startswith(("SCAN r", "SCAN visit")) for step in plan.split(" / "))


def test_a_long_session_of_several_is_read_in_order(tmp_path: Path) -> None:
    rows = [
        row(f"r{n}", at=NOON + n * times.SECOND, user_id=n % 2, session_id="long" if n % 3 else "b")
        for n in range(7000)
    ]
    bring(tmp_path / "cache", jsonl(rows))
    (path,) = (tmp_path / "cache" / "days").glob("*.db")
    connection = day_file.open_reading(path)
    opened = Day(connection, DAY, frozenset())
    try:
        with Traced(opened) as found:
            page = list(islice(paging.ordered(opened, where("session_id:long"), None, False, 9), 9))
        assert schema.id_text(page[0][-1]) == "r6998"
        plan = found.plans[-1]
        assert plan.startswith("SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"), plan
        assert "ORDER BY" not in plan
    finally:
        connection.close()


def test_what_is_known_of_all_rows_of_a_day_goes_for_appended_ones(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    bring(cache, jsonl([row(f"r{n}", at=NOON + n, interaction_micros=n) for n in range(60)]))
    wanted = where("interaction_micros > 59"), where("url:behind")
    assert [last(Cache.open(cache).requests.count(one)) for one in wanted] == [0, 0]
    late = row("late", at=NOON + 99, interaction_micros=500, url="/nul\0behind")
    bring(cache, jsonl([late]))
    for one in wanted:
        (found,) = last(Cache.open(cache).requests.page(one, limit=9)).rows
        assert found.id == "late"
