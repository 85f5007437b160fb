"""A kept trace is told again only as long as nothing that it says has changed."""

import json
from pathlib import Path
from typing import Any

from dap import NOON, bring, jsonl, request_id, row, write

from logsleuth.filter.tree import Span
from logsleuth.ingest.run import ImportReport, import_paths
from logsleuth.model import times
from logsleuth.store.cache import Cache
from logsleuth.trace import kept
from logsleuth.trace.result import Trace

EVENT = "e0000000-0000-4000-8000-000000000001"
SESSION = "0f0f0f0f-0000-4000-8000-000000000001"


def changed(cache: Path, at: int, user: int | None = 202, page_view: str | None = None) -> None:
    """Import one course change."""
    event = {
        "id": EVENT,
        "created_at": times.iso_seconds(at),
        "event_type": "updated",
        "event_source": "api",
        "event_data": {"name": ["a", "b"]},
        "links": {"course": 5001, "user": user, "page_view": page_view, "sis_batch": None},
    }
    document = {"links": {}, "events": [event], "linked": {}}
    import_paths(
        cache, [write(cache.with_name("events") / "e.json", json.dumps(document).encode())]
    )


def update(name: str, at: int, **value: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "user_id": 202,
        "url": "/api/v1/courses/5001",
        "http_method": "PUT",
        "http_status": 200,
        "web_application_controller": "courses",
        "web_application_action": "update",
        "interaction_micros": 100_000,
        "session_id": SESSION,
    }
    return row(name, at, **(made | value))


def traced(cache: Path) -> Trace:
    opened = Cache.open(cache)
    try:
        return kept.traces(opened, list(opened.catalogue.events()))[EVENT]
    finally:
        opened.close()


def test_the_ends_of_the_cached_log_are_told_as_they_are_now(tmp_path: Path) -> None:
    cache = tmp_path / "c"
    changed(cache, NOON - 200 * times.DAY)
    assert "no requests are cached" in traced(cache).reason_text
    bring(cache, jsonl([row("a", NOON)]))
    assert "(2026-10-01 12:00 to 2026-10-01 12:00 UTC)" in traced(cache).reason_text
    bring(cache, jsonl([row("b", NOON + 9 * times.DAY)]))
    assert "(2026-10-01 12:00 to 2026-10-10 12:00 UTC)" in traced(cache).reason_text


def test_a_named_request_is_found_on_whatever_day_it_comes(tmp_path: Path) -> None:
    cache, name = tmp_path / "c", request_id(7)
    bring(cache, jsonl([row("a", NOON)]))
    changed(cache, NOON, page_view=name)
    assert traced(cache).verdict == "none"
    bring(cache, jsonl([update(name, NOON + 9 * times.DAY)]))
    assert traced(cache).verdict == "ambiguous"


def test_student_view_is_taken_back_where_another_day_shows_a_person(tmp_path: Path) -> None:
    cache = tmp_path / "c"
    view = row(
        "view",
        NOON - 10 * times.SECOND,
        user_id=101,
        url="/courses/5001/student_view",
        http_method="POST",
        http_status=302,
        web_application_controller="courses",
        web_application_action="student_view",
        session_id=SESSION,
    )
    bring(cache, jsonl([view, update("change", NOON, user_id=9001, real_user_id=101)]))
    changed(cache, NOON, user=None)
    assert traced(cache).causes[0].request.student_view
    own = row("own", NOON + 9 * times.DAY, user_id=9001, session_id=request_id(8))
    bring(cache, jsonl([own]))
    assert not traced(cache).causes[0].request.student_view


def complete(cache: Path, *rows: dict[str, Any]) -> ImportReport:
    """Import requests with the statement that they are all of their day."""
    day = times.day_start(times.day_of(NOON))
    file = write(cache.with_name("logs") / "rows.jsonl", jsonl(rows))
    return import_paths(cache, [file], complete=Span(day, day + times.DAY))


def test_an_older_version_with_another_account_leaves_open_who_was_signed_in(
    tmp_path: Path,
) -> None:
    cache = tmp_path / "c"
    changed(cache, NOON)
    name = request_id(1)
    newer = update(name, NOON, real_user_id=None)
    older = update(name, NOON, real_user_id=101)
    older["meta"]["ts"] = times.iso(times.parse(newer["meta"]["ts"]) - times.HOUR)
    complete(cache, newer)
    assert (traced(cache).verdict, traced(cache).signed_in_user_id) == ("strong", 202)
    complete(cache, newer, older)
    found = traced(cache)
    assert (found.verdict, found.signed_in_user_id) == ("possible", None)
    assert "who was signed in" in found.reason_text


def test_a_page_view_that_does_not_say_who_acted_names_nobody(tmp_path: Path) -> None:
    cache = tmp_path / "c"
    view = {
        "id": request_id(5),
        "created_at": times.iso_seconds(NOON),
        "url": "https://canvas.example.edu/api/v1/courses/5001",
        "http_method": "PUT",
        "controller": "courses",
        "action": "update",
        "context_type": "Course",
        "links": {"user": 202, "context": 5001},
    }
    for links, known in (({}, None), ({"real_user": None}, 202), ({"real_user": 101}, 101)):
        event = {
            "id": EVENT,
            "created_at": times.iso_seconds(NOON),
            "event_type": "updated",
            "event_source": "api",
            "event_data": {"links": links},
            "links": {"course": 5001, "user": 202, "page_view": request_id(5)},
        }
        page_view = {**view, "links": {"user": 202, "context": 5001, **links}}
        document = {"links": {}, "events": [event], "linked": {"page_views": [page_view]}}
        content = json.dumps(document).encode()
        import_paths(cache, [write(tmp_path / "e.json", content)])
        found = traced(cache)
        assert (found.verdict, found.signed_in_user_id) == ("exact", known)


def test_a_rejected_line_of_requests_leaves_no_hour_complete(tmp_path: Path) -> None:
    cache = tmp_path / "c"
    changed(cache, NOON)
    lost = update(request_id(2), NOON)
    lost["value"]["timestamp"] = "noon"
    assert complete(cache, update(request_id(1), NOON), lost).lost == 1
    assert traced(cache).verdict == "possible"
