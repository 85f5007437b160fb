"""What a request is: the table, its classification, and the person it is about."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.model.routes import KINDS, UNKNOWN, about_user, classify, describe, rules
from logsleuth.model.weblog import UNSPECIFIED

FACTS = Path(__file__).parent / "data" / "web_routes.tsv"


def facts() -> list[list[str]]:
    lines = FACTS.read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


def concrete(path: str) -> str:
    """A path as it is logged: ``/courses/:id`` as ``/courses/41``."""
    return "/".join("41" if part.startswith(":") else part for part in path.split("/"))


def test_every_line_of_the_table_is_well_formed() -> None:
    for rule in rules():
        assert rule.method in {"ANY", "GET", "POST", "PUT", "PATCH", "DELETE"}, rule
        assert rule.path.startswith("/"), rule
        assert rule.route.kind in KINDS, rule
        assert rule.route.label == rule.route.label.strip(), rule
        assert rule.route.label, rule


def test_no_route_is_listed_twice() -> None:
    routes = [(rule.method, rule.pattern, rule.controller, rule.action) for rule in rules()]
    assert len(routes) == len(set(routes))


def test_the_api_never_counts_as_a_page_that_a_person_opened() -> None:
    for rule in rules():
        if rule.api:
            assert rule.route.kind != "foreground", rule
            assert rule.route.automatic is not False, rule


def test_every_rule_finds_itself() -> None:
    for rule in rules():
        method = "GET" if rule.method == "ANY" else rule.method
        found = classify(method, rule.controller, rule.action, concrete(rule.path))
        assert found == rule.route, rule


@pytest.mark.parametrize(("method", "path", "controller", "action", "kind", "label"), facts())
def test_known_routes_have_their_kind(
    method: str, path: str, controller: str, action: str, kind: str, label: str
) -> None:
    tried = "POST" if method == "ANY" else method
    assert classify(tried, controller, action, concrete(path)).kind == kind, label


@given(
    st.one_of(st.none(), st.sampled_from(["GET", "POST", "PROPFIND"]), st.text()),
    st.one_of(st.none(), st.sampled_from(["courses", "users", UNSPECIFIED]), st.text()),
    st.one_of(st.none(), st.sampled_from(["show", "update", UNSPECIFIED]), st.text()),
    st.one_of(st.text(), st.lists(st.text(max_size=6)).map(lambda parts: "/" + "/".join(parts))),
)
def test_classify_never_fails(
    method: str | None, controller: str | None, action: str | None, path: str
) -> None:
    assert classify(method, controller, action, path).kind in KINDS


@given(st.text(min_size=1), st.text())
def test_a_route_without_a_rule_is_never_foreground(controller: str, path: str) -> None:
    known = {rule.controller for rule in rules()} | {UNSPECIFIED}
    if controller not in known:
        assert classify("GET", controller, "show", path) == UNKNOWN


def test_a_form_may_hide_its_method_in_a_post() -> None:
    put = classify("PUT", "courses", "update", "/courses/5")
    assert classify("POST", "courses", "update", "/courses/5") == put
    assert put.automatic is False


def test_the_same_action_through_the_api_is_nobody_in_particular() -> None:
    api = classify("PUT", "courses", "update", "/api/v1/courses/5")
    assert (api.kind, api.automatic) == ("change", None)


def test_the_path_decides_where_the_action_does_not() -> None:
    page = classify("GET", "quizzes/quizzes", "show", "/courses/5/quizzes/88")
    attempt = classify("POST", "quizzes/quizzes", "show", "/courses/5/quizzes/88/take")
    assert (page.kind, attempt.kind) == ("foreground", "participation")


@pytest.mark.parametrize(
    ("method", "controller", "action", "path"),
    [
        ("POST", "courses", "ping", "/api/v1/courses/5/ping"),
        ("PUT", "page_views", "update", "/page_views/0b2c"),
        ("GET", "progress", "show", "/api/v1/progress/5"),
        ("GET", "conversations", "unread_count", "/api/v1/conversations/unread_count"),
        ("POST", "quizzes/quiz_submissions", "backup", "/courses/5/quizzes/8/submissions/backup"),
        ("GET", "info", "health_check", "/health_check"),
        ("GET", "files", "image_thumbnail", "/images/thumbnails/5/abc"),
    ],
)
def test_what_pages_send_by_themselves_is_automatic(
    method: str, controller: str, action: str, path: str
) -> None:
    assert classify(method, controller, action, path).automatic is True


def test_graphql_cannot_be_read() -> None:
    assert classify("POST", "graphql", "execute", "/api/graphql").kind == "opaque"


def test_a_path_alone_is_no_page_opened() -> None:
    assert classify("GET", UNSPECIFIED, UNSPECIFIED, "/courses/5") == UNKNOWN
    thumbnail = classify("GET", None, None, "/images/thumbnails/5/abc")
    assert (thumbnail.kind, thumbnail.automatic) == ("background", True)
    assert classify("POST", UNSPECIFIED, None, "/login/canvas").automatic is None


def test_a_label_reads_what_the_query_says_of_acting_as_others() -> None:
    def label(method: str, url: str) -> str:
        return describe(method, "users", "masquerade", url)

    assert label("POST", "/users/7/masquerade") == "acted as another user"
    assert "stopped" in label("POST", "/users/7/masquerade?stop_acting_as_user=true")
    assert describe("GET", "courses", "users", "/api/v1/courses/5/users?as_user_id=7") == (
        "read the roster, acting as another user through the API"
    )
    assert "link" in describe("GET", "courses", "show", "/courses/5?become_user_id=7")
    assert describe("GET", "courses", "show", "/courses/5?a=b") == "opened a course"


@pytest.mark.parametrize(
    ("url", "person"),
    [
        ("/users/123", 123),
        ("/users/123/masquerade", 123),
        ("/users/123.json", 123),
        ("/courses/1/users/123", 123),
        ("/courses/1/grades/123", 123),
        ("/accounts/1/users/123?page=2", 123),
        ("/api/v1/users/123/page_views", 123),
        ("/api/v1/users/7~123/profile", 7 * 10**13 + 123),
        ("/api/v1/users/7%7E123/profile", 7 * 10**13 + 123),
        ("/api/v1/users/70000000001234", 70_000_000_001_234),
        ("/api/v1/users/self/enrollments?as_user_id=303&per_page=100", 303),
        ("/courses/1/gradebook/speed_grader?assignment_id=2&student_id=123", 123),
        ("/courses/1/quizzes/2/take?user_id=123", 123),
        ("/courses/1?become_user_id=123", 123),
        ("/courses/1/assignments/2/submissions/123", 123),
        ("/api/v1/courses/1/assignments/2/submissions/123/read", 123),
        ("/api/v1/audit/grade_change/students/123", 123),
        ("/api/v1/courses/1/users/123?as_user_id=9", 123),
        ("/about/123", 123),
        ("/api/v1/courses/1/quizzes/2/submissions/7303/events", None),
        ("/users/self", None),
        ("/api/v1/users/sis_user_id:5/logins", None),
        ("/api/v1/users/99999999999999999999", None),
        ("/courses/123", None),
        ("/users/12a", None),
        ("/search?q=/users/5", None),
        ("/courses/1?course_user_id=5", None),
        ("/courses/1?become_user_id=me", None),
        ("", None),
        (None, None),
    ],
)
def test_whom_a_request_is_about(url: str | None, person: int | None) -> None:
    assert about_user(url) == person


@given(st.text())
def test_about_user_never_fails(url: str) -> None:
    about_user(url)
    about_user(f"/users/{url}?user_id={url}")
