"""What the commands answer about a small cache whose content is known."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CONCLUDED, FORMULA_AGENT, HOSTILE_AGENT, RENAMED, TOO_OLD, Run, request_id

from logsleuth.filter.fields import FIELDS
from logsleuth.model.weblog import COLUMNS


@pytest.fixture
def rows(run: Run) -> Callable[..., list[dict[str, Any]]]:
    """The JSON lines of a command that must succeed."""

    def go(*args: str) -> list[dict[str, Any]]:
        result = run(*args)
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    return go


Rows = Callable[..., list[dict[str, Any]]]


def numbers(found: list[dict[str, Any]]) -> list[int]:
    """The numbers of made-up requests, in the order they were listed."""
    known = {request_id(number): number for number in range(1, 10)}
    return [known[row["id"]] for row in found]


@pytest.mark.parametrize(
    ("filter_text", "count"),
    [
        ("", 9),
        ("masqueraded:true", 2),
        ("masqueraded:true and write:true", 1),
        ("actor:101", 4),
        ("ip:203.0.113.9", 4),
        ('ip:"203.0.113.0/24"', 4),
        ("status >= 400", 2),
        ('timestamp:"2026-10-01"', 5),
        ("not user:*", 1),
        ("key:10000000000003", 1),
        ('url:"page=2"', 1),
        ("nobody", 0),
    ],
)
def test_count_is_one_integer(run: Run, filter_text: str, count: int) -> None:
    result = run("count", filter_text)
    assert (result.exit_code, result.stdout) == (0, f"{count}\n")


def test_count_without_a_filter_counts_everything(run: Run) -> None:
    assert run("count").stdout == "9\n"


def test_times_without_offset_are_in_the_zone_given(run: Run) -> None:
    where = 'timestamp >= "2026-10-01T02:11" and timestamp < "2026-10-01T02:12"'
    assert run("count", where).stdout == "0\n"
    result = run("--timezone", "America/Denver", "count", where)
    assert result.stdout == "1\n"


def test_now_is_the_clock_or_the_end_of_the_cache(run: Run) -> None:
    assert run("count", "timestamp >= now-1h", "--relative-to", "cache").stdout == "4\n"
    assert run("count", "timestamp >= now+1h").exit_code == 2


def test_search_lists_newest_first_and_limits(rows: Rows, run: Run) -> None:
    assert numbers(rows("search")) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert numbers(rows("search", "--limit", "2")) == [9, 8]
    assert numbers(rows("search", "--oldest-first", "--limit", "3")) == [1, 2, 3]
    assert numbers(rows("search", "--limit", "0", "user:303")) == [6, 5]


def test_search_objects_are_the_schema_columns_in_order(rows: Rows) -> None:
    found = rows("search", f"id:{request_id(7)}")[0]
    assert list(found) == [*COLUMNS, "deleted_upstream"]
    assert found["timestamp"] == "2026-10-03T09:00:01.000Z"
    assert found["developer_key_id"] == 10000000000003
    assert found["http_version"] == "2.0"
    assert found["remote_ip"] == "2001:db8::1"
    assert found["user_agent"] == FORMULA_AGENT
    assert found["real_user_id"] is None
    assert found["deleted_upstream"] is None


def test_search_gives_hostile_text_as_it_was(rows: Rows) -> None:
    assert rows("search", f"id:{request_id(6)}")[0]["user_agent"] == HOSTILE_AGENT


def test_search_columns_are_those_asked_for_aliases_too(rows: Rows) -> None:
    found = rows("search", "user:202", "--columns", "timestamp, ip,actor,kind,automatic")
    assert list(found[0]) == ["timestamp", "remote_ip", "actor", "kind", "automatic"]
    assert {row["actor"] for row in found} == {101}
    assert {row["automatic"] for row in found} <= {True, False, "unknown"}


def test_search_csv_has_a_heading_and_every_row(run: Run) -> None:
    result = run("search", "--format", "csv", "--columns", "id,user_agent,user_id")
    read = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert [row["id"] for row in read] == [request_id(number) for number in range(9, 0, -1)]
    assert read[2]["user_agent"] == f"'{FORMULA_AGENT}"
    assert "1 cell was changed" in result.stderr


def test_search_table_names_what_a_person_looks_for(run: Run) -> None:
    result = run("search", "--format", "table", "masqueraded:true and write:true")
    heading, row = result.stdout.splitlines()
    assert heading.split() == ["time", "user", "real", "user", "method", "status", "address", "url"]
    assert row.split()[:4] == ["2026-10-01T08:11:00.400Z", "202", "101", "POST"]


def test_a_default_limit_that_cuts_is_said(rows: Rows, run: Run) -> None:
    assert "there are more" not in run("search").stderr
    assert "there are more" not in run("search", "--limit", "2").stderr


def test_top_counts_values(rows: Rows) -> None:
    found = rows("top", "ip")
    assert list(found[0]) == [
        "value",
        "count",
        "users",
        "users_all",
        "first",
        "last",
        "first_in_cache",
        "network",
    ]
    # One address in two spellings is one value.
    assert [(row["count"], row["users"]) for row in found] == [(4, 2), (4, 2), (1, 1)]
    values = [row["value"] for row in found]
    assert values == ["198.51.100.7", "203.0.113.9", "2001:db8::1"]
    assert found[0]["first"] == "2026-10-01T08:00:00.000Z"
    assert found[0]["last"] == "2026-10-01T08:12:00.000Z"


def test_top_under_a_filter_knows_the_value_without_it(rows: Rows) -> None:
    found = rows("top", "remote_ip", "user:303 and status:200")
    assert [(row["value"], row["count"], row["users"]) for row in found] == [("203.0.113.9", 1, 1)]
    assert found[0]["users_all"] == 2
    assert found[0]["first_in_cache"] == "2026-10-01T10:30:00.000Z"


def test_top_marks_a_first_on_the_first_day(run: Run) -> None:
    lines = run("top", "user", "--format", "table").stdout.splitlines()
    marked = {line.split()[0]: "≤" in line for line in lines[1:]}
    assert marked == {"101": True, "202": True, "303": True, "404": False, "7~1234": False}


def test_top_limits(rows: Rows) -> None:
    assert len(rows("top", "user", "--limit", "2")) == 2
    assert len(rows("top", "user", "--limit", "0")) == 5


def test_timeline_has_the_empty_steps_and_their_coverage(rows: Rows) -> None:
    found = rows("timeline", "--by", "day")
    assert [list(row) for row in found[:1]] == [
        ["start", "count", "errors", "writes", "coverage", "reason"]
    ]
    assert [(r["start"], r["count"], r["errors"], r["writes"]) for r in found] == [
        ("2026-10-01T00:00:00.000Z", 5, 1, 2),
        ("2026-10-02T00:00:00.000Z", 0, 0, 0),
        ("2026-10-03T00:00:00.000Z", 4, 1, 1),
    ]
    # Files without a statement of completeness cover no day, and nothing of the second.
    assert [row["coverage"] for row in found] == ["partial", "none", "partial"]
    assert found[1]["reason"] == "never_fetched"


def test_timeline_by_hour_spans_first_to_last_request(rows: Rows) -> None:
    found = rows("timeline", "--by", "hour")
    assert len(found) == 50
    assert found[0]["start"] == "2026-10-01T08:00:00.000Z"
    assert found[-1]["start"] == "2026-10-03T09:00:00.000Z"
    assert (found[0]["coverage"], found[0]["reason"]) == ("partial", "imported")
    assert (found[1]["coverage"], found[1]["reason"]) == ("none", "never_fetched")
    assert sum(row["count"] for row in found) == 9


def test_timeline_keeps_to_the_span_of_the_filter(rows: Rows, run: Run) -> None:
    where = 'timestamp >= "2026-10-01T08:10" and timestamp < "2026-10-01T08:13"'
    found = rows("timeline", where, "--by", "minute")
    assert [row["count"] for row in found] == [1, 1, 1]
    # The span narrows the steps, the rest of the filter only the counts.
    assert [
        row["count"] for row in rows("timeline", f"{where} and user:101", "--by", "minute")
    ] == [
        1,
        0,
        0,
    ]
    outside = run("timeline", 'timestamp < "2020-01-01"')
    assert (outside.exit_code, outside.stdout) == (0, "")
    assert "outside the cached requests" in outside.stderr


def test_events_carry_verdict_and_account(rows: Rows) -> None:
    found = rows("events")
    assert [row["id"] for row in found] == [RENAMED, CONCLUDED, TOO_OLD]
    assert list(found[0]) == [
        "id",
        "created_at",
        "event_type",
        "event_source",
        "account_id",
        "course_id",
        "user_id",
        "page_view_id",
        "copied_from",
        "copied_to",
        "reset_from",
        "reset_to",
        "sis_batch_id",
        "event_data",
        "verdict",
        "signed_in_user_id",
    ]
    concluded = found[1]
    assert concluded["user_id"] == 202
    assert concluded["signed_in_user_id"] is None or concluded["signed_in_user_id"] == 101
    assert concluded["verdict"] in {"possible", "strong"}
    assert found[0]["event_data"] == {"name": ["Biology", "=Biology 101"]}
    assert found[2]["verdict"] == "none"


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (["event_type:concluded"], [CONCLUDED]),
        (["event_type:unpublished"], [TOO_OLD]),
        (["--type", "unpublished"], [TOO_OLD]),
        (["--type", "updated", "--type", "concluded"], [RENAMED, CONCLUDED]),
        (["--source", "sis"], [RENAMED]),
        (["--course", "5001"], [RENAMED, CONCLUDED, TOO_OLD]),
        (["--course", "7~1"], []),
        (["--user", "303"], []),
        (["--since", "2026-10-01"], [RENAMED, CONCLUDED]),
        (["--since", "2026-10-01", "--until", "2026-10-01"], [CONCLUDED]),
        (["--until", "2026-10-01T08:11:00Z"], [TOO_OLD]),
        (["not event_source:sis", "--since", "2026-09-01T00:00:00Z"], [CONCLUDED]),
        (["verdict:none"], [RENAMED, TOO_OLD]),
        (["ip:198.51.100.7"], [CONCLUDED]),
        (["real_user:101 and event_type:concluded"], [CONCLUDED]),
        (["--limit", "1"], [RENAMED]),
    ],
)
def test_events_filter_by_their_own_fields_and_their_cause(
    rows: Rows, args: list[str], wanted: list[str]
) -> None:
    assert [row["id"] for row in rows("events", *args)] == wanted


def test_events_say_how_many_causes_are_unknown_when_that_matters(run: Run) -> None:
    by_cause = run("events", "ip:198.51.100.7")
    assert "No cause is known for 2 of the 3 course events" in by_cause.stderr
    assert run("events", "verdict:none").stderr == ""


def test_events_table_shows_old_and_new(run: Run) -> None:
    text = run("events", "--format", "table").stdout
    assert "name: Biology → =Biology 101" in text
    assert "Concluded" in text
    assert "Unpublished" in text
    assert "not known" in text


def test_trace_names_the_request_behind_the_change(rows: Rows) -> None:
    (found,) = rows("trace", CONCLUDED.upper())
    assert list(found) == [
        "event_id",
        "verdict",
        "reason",
        "reason_text",
        "recorded_user_id",
        "signed_in_user_id",
        "coverage",
        "rules_version",
        "causes",
    ]
    assert found["recorded_user_id"] == 202
    assert found["causes"][0]["request_id"] == request_id(3)
    assert found["causes"][0]["real_user_id"] == 101
    assert found["causes"][0]["source"] == "web_logs"
    assert found["causes"][0]["evidence"]


def test_trace_all_has_every_event_once(rows: Rows) -> None:
    assert [row["event_id"] for row in rows("trace", "--all")] == [RENAMED, CONCLUDED, TOO_OLD]


def test_trace_keeps_the_order_asked_for(rows: Rows) -> None:
    assert [row["event_id"] for row in rows("trace", TOO_OLD, RENAMED)] == [TOO_OLD, RENAMED]


def test_trace_as_text_says_who_and_on_what_grounds(run: Run) -> None:
    text = run("trace", CONCLUDED, TOO_OLD, "--format", "table").stdout
    assert "recorded as 202" in text
    assert f"request {request_id(3)}" in text
    assert "POST /courses/5001" in text
    assert "none: " in text
    assert text.splitlines()[-1].startswith("An account, not a person")
    assert "score" not in text


def test_trace_as_csv_has_a_line_for_each_event(run: Run) -> None:
    result = run("trace", "--all", "--format", "csv")
    read = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert [row["event_id"] for row in read] == [RENAMED, CONCLUDED, TOO_OLD]
    assert json.loads(read[1]["causes"])[0]["request_id"] == request_id(3)


def test_status_says_what_is_there_and_what_is_not(run: Run) -> None:
    found = json.loads(run("status", "--format", "json").stdout)
    assert (found["rows"], found["events"], found["days"], found["rejects"]) == (9, 3, 2, 0)
    assert found["first"] == "2026-10-01T08:00:00.000Z"
    assert found["last"] == "2026-10-03T09:00:02.000Z"
    assert found["coverage_hours"] == {"covered": 0, "partial": 3, "none": 47}
    assert [(gap["since"], gap["until"]) for gap in found["gaps"]] == [
        ("2026-10-01T09:00:00.000Z", "2026-10-01T10:00:00.000Z"),
        ("2026-10-01T11:00:00.000Z", "2026-10-03T09:00:00.000Z"),
    ]
    assert {source["kind"] for source in found["sources"]} == {"web_logs", "course_audit"}
    assert all(len(source["sha256"]) == 64 for source in found["sources"])
    assert found["sizes"]["days"] > 0
    assert found["schema_version"] >= 1


def test_status_as_text(run: Run) -> None:
    text = run("--timezone", "America/Denver", "status").stdout
    assert "Requests  9, 2026-10-01T02:00:00.000-06:00 to 2026-10-03T03:00:02.000-06:00" in text
    assert "47 not fetched" in text
    assert "absence of a request is not proof that none was made" in text


def test_fields_lists_the_one_table(rows: Rows) -> None:
    assert [row["name"] for row in rows("fields")] == [field.name for field in FIELDS]
