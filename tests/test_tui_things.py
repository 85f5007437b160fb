"""Pages of what a request is about: a quiz, an assignment, a discussion, a file, a course."""

import json
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tui_driving import app_on, press, screen_lines, screen_text, settle, type_filter

from logsleuth.filter import evaluate
from logsleuth.filter.parse import parse
from logsleuth.filter.show import show
from logsleuth.filter.thing import at_path, everything_of
from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.model.urls import Named, ThingKind, named_in
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import last
from logsleuth.store.cache import Cache

ABOUT = [
    {"url": "/courses/5/quizzes/12", "course_id": 5},
    {"url": "/courses/5/quizzes/12/take?user_id=7", "course_id": 5, "quiz_id": 12},
    {"url": "/api/v1/courses/5/quizzes/12/submissions/99/events", "course_id": 5},
    {"url": "/api/v1/quiz_submissions/99/questions", "quiz_id": 12},
    {"url": "/courses/5/quizzes/123", "course_id": 5},
    {"url": "/courses/5/quizzes/112", "course_id": 5},
    {"url": "/api/quiz/v1/courses/5/quizzes/12", "course_id": 5},
    {"url": "/courses/5/assignments/12", "course_id": 5},
    {"url": "/courses/5/gradebook/speed_grader?student_id=7&assignment_id=12", "course_id": 5},
    {"url": "/courses/5/gradebook/speed_grader?assignment_id=123", "course_id": 5},
    {"url": "/api/v1/courses/5/discussion_topics/12/view", "course_id": 5},
    {"url": "/conversations/12"},
    {"url": "/courses/5/files/12/download?download_frd=1", "course_id": 5},
    {"url": "/files/12.pdf"},
    {"url": "/courses/5/files?preview=12", "course_id": 5},
    {"url": "/courses/5"},
    {"url": "/courses/55"},
    {"url": "/api/v1/courses/5.json?include[]=term"},
    {"url": "/login"},
]

OF: dict[ThingKind, list[int]] = {
    "quiz": [0, 1, 2, 3],
    "assignment": [6, 7, 8],
    "discussion": [10],
    "conversation": [11],
    "file": [12, 13, 14],
}


def small_cache(rows: list[dict[str, Any]]) -> Cache:
    """A cache of these requests, a second apart."""
    folder = Path(mkdtemp(prefix="logsleuth-things-"))
    lines = [
        json.dumps(
            {
                "key": {"id": f"00000000-0000-4000-8000-{at:012}"},
                "value": {
                    "timestamp": times.iso(times.parse("2026-10-01T08:00:00Z") + at * times.SECOND),
                    "user_id": 7,
                    "http_method": "GET",
                    "http_status": 200,
                    **row,
                },
                "meta": {"ts": "2026-10-02T00:00:00Z", "action": "U"},
            }
        )
        for at, row in enumerate(rows)
    ]
    (folder / "rows.jsonl").write_text("\n".join(lines))
    import_paths(folder / "cache", [folder / "rows.jsonl"])
    return Cache.open(folder / "cache")


@pytest.fixture(scope="module")
def cache() -> Cache:
    return small_cache(ABOUT)


@pytest.mark.parametrize("kind", OF)
def test_everything_of_a_thing_is_exact_about_its_id(cache: Cache, kind: ThingKind) -> None:
    node = parse(show(everything_of(kind, 12)))
    page = last(cache.requests.page(node, limit=100, oldest_first=True))
    assert [int(row.id[-12:]) for row in page.rows] == OF[kind]


def test_everything_of_a_course(cache: Cache) -> None:
    page = last(cache.requests.page(everything_of("course", 5), limit=100, oldest_first=True))
    left_out = {int(row.id[-12:]) for row in page.rows} ^ set(range(len(ABOUT)))
    assert left_out == {3, 11, 13, 16, 18}


segments = st.sampled_from(
    ["courses", "quizzes", "take", "12", "123", "1~2", "12.json", "files", "a b", "*"]
)
paths = st.lists(segments, min_size=1, max_size=5).map(lambda words: "/" + "/".join(words))
queries = st.sampled_from(["", "?x=1", "?quiz_id=12", "?a=1&quiz_id=12", "?quiz_id=121", "?"])


@given(paths, queries, paths)
def test_exactly_this_path_is_nothing_longer_or_shorter(path: str, query: str, other: str) -> None:
    node = parse(show(at_path(path)))
    for one in (path, other, f"/x{path}", f"{path}/x"):
        row = WebLog(id="r", timestamp=0, url=one + query)
        assert evaluate.matches(node, row) == (one == path)


@given(paths, queries)
def test_what_a_url_names_is_what_its_thing_holds(path: str, query: str) -> None:
    named = named_in(path + query)
    row = WebLog(id="r", timestamp=0, url=path + query)
    for kind in ("quiz", "file", "course"):
        for number in (12, 123, 10**13 + 2):
            names_it = any(one.kind == kind and one.number == number for one in named)
            assert evaluate.matches(everything_of(kind, number), row) == names_it  # type: ignore[arg-type]


@given(st.text(max_size=80))
def test_any_url_names_something_or_nothing(text: str) -> None:
    for one in named_in(text):
        assert one.number is not None or one.sis_name


def test_sis_ids_and_global_ids_are_read() -> None:
    assert named_in("/api/v1/courses/sis_course_id%3AAB%2FC/users/7~8") == (
        Named("course", "AB/C", "sis_course_id"),
        Named("user", "7~8"),
    )


async def test_a_key_opens_the_quiz_of_a_request_and_says_what_the_page_holds(
    cache: Cache,
) -> None:
    app = app_on(cache)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await type_filter(pilot, "url:*/take*")
        await press(pilot, "p")
        assert "quiz 12: quiz_id:12, or /quizzes/12 in the url" in screen_text(app)
        assert screen_lines(app)[-2] == " Requests › quiz 12"
        assert " 4 requests" in screen_text(app)
        await press(pilot, "backspace", "backspace")
        await type_filter(pilot, "url:*/login")
        await press(pilot, "p")
        assert "The request names no course, and nothing in one." in screen_text(app)
        await type_filter(pilot, "url:*/files/12.pdf")
        await press(pilot, "p")
        assert screen_lines(app)[-2] == " Requests › file 12"
        assert " 3 requests" in screen_text(app)
