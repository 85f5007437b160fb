"""Every verdict and every reason, each on a scene written down by hand."""

from typing import Any

import pytest
from campus.scene import COURSE, NOON, at, event, request, trace, tracer

from logsleuth.model import times
from logsleuth.store.base import Cancel, Cancelled

DAY = 24 * 3600


def sis(seconds: float, **columns: Any) -> Any:
    """An upload of a SIS import by the feed's account 405, with its token."""
    made: dict[str, Any] = {
        "http_method": "POST",
        "url": "/api/v1/accounts/1/sis_imports.json?import_type=instructure_csv",
        "web_application_controller": "sis_imports_api",
        "web_application_action": "create",
        "user_id": 405,
        "session_id": None,
        "developer_key_id": 10_000_000_000_003,
    }
    made.update(columns)
    return request(seconds, **made)


def poll(seconds: float, url: str, **columns: Any) -> Any:
    made = {"http_method": "GET", "url": url, "web_application_action": "show"}
    return sis(seconds, **{**made, **columns})


def imported(seconds: float, number: int, **columns: Any) -> Any:
    return event(
        seconds, event_type="updated", event_source="sis", user_id=405, sis_batch_id=number,
        **columns,
    )  # fmt: skip


# --- strong, and what takes it away -------------------------------------------------------


def test_the_only_request_that_fits_is_a_strong_cause() -> None:
    cause = request(0.35)
    found = trace(event(1), [cause])
    assert found.verdict == "strong"
    assert found.reason is None
    assert found.reason_text == (
        "Inferred. The only request in the cache that fits account, course, action and second. "
        "The request's content is not logged."
    )
    assert found.causes[0].request == cause
    assert found.causes[0].against == ()
    assert found.causes[0].evidence == (
        "same account", "same course in path", "done with 200", "0.7 s before",
    )  # fmt: skip
    assert (found.recorded_user_id, found.signed_in_user_id) == (202, 202)
    assert found.coverage == "covered"


def test_behind_the_recorded_account_is_the_one_that_was_signed_in() -> None:
    found = trace(event(1), [request(0.3, real_user_id=101)])
    assert (found.verdict, found.recorded_user_id, found.signed_in_user_id) == ("strong", 202, 101)
    assert "101 signed in, acting as 202" in found.causes[0].evidence


def test_the_recorded_account_is_never_the_one_that_acts_as_another() -> None:
    found = trace(event(1), [request(0.3, user_id=303, real_user_id=202)])
    assert (found.verdict, found.reason) == ("none", "nothing_fits")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429])
def test_a_refused_request_caused_nothing(status: int) -> None:
    assert trace(event(1), [request(0.3, http_status=status)]).verdict == "none"
    done = request(0.6)
    found = trace(event(1), [request(0.3, http_status=status), done])
    assert found.verdict == "strong"
    assert [cause.request for cause in found.causes] == [done]


@pytest.mark.parametrize(
    ("columns", "against"),
    [
        ({"http_status": 502}, "failed with 502"),
        ({"http_status": None}, "its outcome is not logged"),
        ({"http_status": 0}, "its outcome is not logged"),
        (
            {"web_application_controller": "__dap_unspecified__", "web_application_action": None},
            "its controller and action are not logged",
        ),
        (
            {"url": "/api/v1/courses/sis_course_id:BIO"},
            "the course is not in the log of the request",
        ),
    ],
)
def test_what_a_request_does_not_show_makes_it_possible_only(
    columns: dict[str, Any], against: str
) -> None:
    found = trace(event(1), [request(0.3, **columns)])
    assert found.verdict == "possible"
    assert found.reason_text.startswith("Inferred, weaker: best fit; does not show: ")
    assert against in found.causes[0].against


@pytest.mark.parametrize(
    "columns",
    [
        {"url": "/api/v1/courses/5002"},
        {"url": "/api/v1/courses/50011"},
        {"user_id": 303},
        {"http_method": "GET"},
        {"web_application_action": "show"},
        {"web_application_controller": "assignments"},
        {"url": "/api/v1/courses/sis_course_id:BIO", "course_id": 5002},
        {"url": f"/api/v1/courses/{COURSE}?event=delete"},
    ],
)
def test_what_contradicts_the_change_is_no_candidate(columns: dict[str, Any]) -> None:
    assert trace(event(1), [request(0.3, **columns)]).verdict == "none"


def test_the_course_may_stand_in_the_columns_alone() -> None:
    row = request(0.3, url="/api/v1/courses/sis_course_id:BIO", course_id=COURSE)
    assert trace(event(1), [row]).verdict == "strong"


def test_hours_that_are_not_established_as_complete_allow_no_strong_cause() -> None:
    found = trace(event(1), [request(0.3)], covered=(), partial=[NOON, NOON - times.HOUR])
    assert found.verdict == "possible"
    assert found.coverage == "partial"
    assert "the log of these hours is not established as complete" in found.causes[0].against
    assert found.signed_in_user_id == 202


@pytest.mark.parametrize(
    ("seconds", "micros", "verdict"),
    [
        (0.999, 0, "strong"),  # cut to the second: 12:00:00 may be 12:00:00.999
        (0.999, None, "possible"),
        (-1.9, 0, "strong"),  # within two seconds after its end
        (-6.9, 5_000_000, "strong"),  # it took five seconds
        (-2.5, 0, "possible"),
        (-29, 0, "possible"),
        (-31, 0, "none"),
        (1.0, 0, "possible"),  # if its time marks the end, and clocks differ
        (4.5, 4_600_000, "possible"),  # its time may mark the end
        (4.5, 0, "none"),
    ],
)
def test_the_time_fits_as_far_as_the_log_can_tell(
    seconds: float, micros: int | None, verdict: str
) -> None:
    row = request(seconds, interaction_micros=micros)
    found = trace(event(0), [row])
    if micros is None:
        assert "how long it took is not logged" in found.causes[0].against
    else:
        assert found.verdict == verdict


def test_another_request_nearby_without_a_change_of_its_own_is_a_rival() -> None:
    cause, rival = request(0.3), request(-40)
    found = trace(event(1), [cause, rival])
    assert found.verdict == "possible"
    assert [c.request for c in found.causes] == [cause]
    assert any("40.3 s before it, has no change of its own" in a for a in found.causes[0].against)
    # With a change of its own it is none; beyond a minute it is too far away.
    assert trace(event(1), [cause, rival], [event(-40, event_type="updated")]).verdict == "strong"
    assert trace(event(1), [cause, request(-61)]).verdict == "strong"


def test_a_stretch_that_ends_with_an_hour_is_covered_like_any_other() -> None:
    last_minute, last_seconds = 3600 - 60, 3600 - 2
    assert trace(event(last_minute), [request(last_minute + 0.2)]).verdict == "strong"
    assert trace(event(last_seconds), [request(0)]).reason == "nothing_fits"
    named = request(7)
    found = trace(event(7, page_view_id=named.id), [named])
    assert (found.verdict, found.coverage) == ("exact", "covered")


@pytest.mark.parametrize(
    "columns",
    [
        {"http_method": "POST", "url": f"/api/v1/courses/{COURSE}?_method=PUT"},
        {"http_method": "POST"},
        {"url": f"/api/v1//courses/{COURSE}"},
    ],
)
def test_an_unusual_way_to_send_it_hides_no_request(columns: dict[str, Any]) -> None:
    hidden = request(0.1, real_user_id=101, **columns)
    alone = trace(event(0), [hidden])
    assert (alone.verdict, alone.signed_in_user_id) == ("strong", 101)
    found = trace(event(0), [hidden, request(0.4)])
    assert (found.verdict, found.signed_in_user_id) == ("ambiguous", None)


def test_a_double_click_is_ambiguous_with_the_account_known() -> None:
    first, second = request(0.2), request(0.6)
    found = trace(event(0), [first, second])
    assert found.verdict == "ambiguous"
    assert found.reason_text == (
        "2 requests fit equally; all are listed. Same account signed in for all: yes."
    )
    assert [c.request for c in found.causes] == [first, second]
    assert found.signed_in_user_id == 202


def test_two_accounts_behind_one_recorded_account_leave_it_open() -> None:
    found = trace(event(0), [request(0.2), request(0.6, real_user_id=101)])
    assert found.verdict == "ambiguous"
    assert found.reason_text.endswith("Same account signed in for all: no.")
    assert found.signed_in_user_id is None


def test_one_request_may_write_two_changes() -> None:
    row = request(0.3)
    updated, published = event(0, event_type="updated"), event(0)
    for one, other in ((updated, published), (published, updated)):
        found = trace(one, [row], [other])
        assert (found.verdict, found.causes[0].request) == ("strong", row)


def test_one_request_writes_no_change_twice() -> None:
    row = request(0.3)
    first, later = event(0, event_type="updated"), event(2, event_type="updated")
    assert trace(first, [row], [later]).verdict == "strong"
    assert trace(later, [row], [first]).verdict == "none"


def test_which_of_two_like_changes_it_wrote_is_not_known() -> None:
    row = request(0.3)
    one, other = event(0, id="e-1"), event(0, id="e-2")
    for this, that in ((one, other), (other, one)):
        assert trace(this, [row], [that]).verdict == "possible"


def test_both_halves_of_a_reset_lead_to_the_request_on_the_old_course() -> None:
    row = request(
        0.3, http_method="POST", url=f"/courses/{COURSE}/reset", http_status=302,
        web_application_action="reset_content",
    )  # fmt: skip
    old = event(1, event_type="reset_to", event_source="manual", reset_to=9001)
    new = event(
        1, event_type="reset_from", event_source="manual", course_id=9001, reset_from=COURSE
    )
    for one, other in ((old, new), (new, old)):
        found = trace(one, [row], [other])
        assert (found.verdict, found.causes[0].request) == ("strong", row)


def test_a_script_that_updates_course_after_course_is_followed_step_by_step() -> None:
    rows = [request(n * 0.7, url=f"/api/v1/courses/{n}") for n in range(1, 30)]
    events = [event(n * 0.7, event_type="updated", course_id=n) for n in range(1, 30)]
    for row, found in zip(rows, tracer(rows, events).trace_all(events), strict=True):
        assert (found.verdict, found.causes[0].request) == ("strong", row)


def test_the_confirmation_page_just_before_is_evidence() -> None:
    page = request(
        -8, http_method="GET", url=f"/courses/{COURSE}/confirm_action?event=conclude",
        web_application_action="confirm_action",
    )  # fmt: skip
    row = request(
        0.3, http_method="POST", url=f"/courses/{COURSE}", http_status=302,
        web_application_action="destroy",
    )  # fmt: skip
    found = trace(event(1, event_type="concluded", event_source="manual"), [page, row])
    assert found.verdict == "strong"
    assert (
        "confirmation page of this course opened 8.3 s before, same session"
        in found.causes[0].evidence
    )


def test_a_test_student_is_not_taken_for_an_account_acted_as() -> None:
    row = request(0.3, user_id=9990, real_user_id=202)
    found = trace(event(1, user_id=9990), [row], student_views=[9990])
    assert found.causes[0].request.student_view
    assert "teacher 202 in Student View" in found.causes[0].evidence


# --- the id that Canvas stored ------------------------------------------------------------


def test_a_matching_id_is_exact() -> None:
    row = request(0.3, real_user_id=101)
    found = trace(event(1, page_view_id=row.id), [row, request(0.5)])
    assert (found.verdict, found.reason_text) == ("exact", "Matched by request id.")
    assert [c.request for c in found.causes] == [row]
    assert found.signed_in_user_id == 101


@pytest.mark.parametrize(
    ("columns", "against"),
    [
        ({"user_id": 303}, "the request ran as 303, the change is recorded for 202"),
        ({"url": "/api/v1/courses/7"}, "the request names another course"),
        ({"http_status": 403}, "refused with 403"),
        ({"timestamp": at(-3600)}, "the request was made 60 min before the change"),
        ({"timestamp": at(3600)}, "the request was made 60 min after the change"),
    ],
)
def test_a_matching_id_that_contradicts_the_change_is_ambiguous(
    columns: dict[str, Any], against: str
) -> None:
    row = request(0.3, **columns)
    found = trace(event(1, event_type="updated", page_view_id=row.id), [row])
    assert found.verdict == "ambiguous"
    assert against in found.causes[0].against
    assert "contradicts" in found.reason_text
    assert found.signed_in_user_id is None


def test_a_named_request_of_another_millennium_is_soon_contradicted() -> None:
    named = request(0, timestamp=times.parse("9000-01-01T00:00:00Z"))
    found = trace(event(0, page_view_id=named.id), [named])
    assert (found.verdict, found.signed_in_user_id) == ("ambiguous", None)
    assert "after the change" in found.causes[0].against[0]


def test_a_page_view_that_canvas_delivered_answers_without_the_log() -> None:
    number = "e2b76430-27a5-0131-3ca1-48e0eb13f29b"
    view = {
        "id": number,
        "created_at": "2026-10-05T12:00:00Z",
        "url": f"https://canvas.example.edu/courses/{COURSE}",
        "http_method": "post",
        "controller": "courses",
        "action": "update",
        "remote_ip": "203.0.113.10",
        "links": {"user": 202, "real_user": 101, "context": COURSE},
        "context_type": "Course",
    }
    changed = event(1, event_type="updated", event_source="manual", page_view_id=number)
    found = trace(changed, [], covered=(), page_views={number: view})
    assert (found.verdict, found.causes[0].source) == ("exact", "canvas_page_view")
    assert (found.signed_in_user_id, found.causes[0].request.url) == (101, f"/courses/{COURSE}")
    assert found.coverage == "none"


def test_where_canvas_names_a_request_that_is_not_here_no_other_is_taken() -> None:
    changed = event(1, page_view_id="e2b76430-27a5-0131-3ca1-48e0eb13f29b")
    assert trace(changed, [request(0.3)]).verdict == "none"


# --- jobs -----------------------------------------------------------------------------------


def test_the_poll_of_an_import_leads_to_its_upload() -> None:
    upload = sis(0)
    asked = poll(60, "/api/v1/accounts/1/sis_imports/777")
    found = trace(imported(400, 777), [upload, asked])
    assert (found.verdict, found.causes[0].request) == ("strong", upload)
    assert "import 777 asked for 60.0 s after it by the same account" in found.causes[0].evidence


def test_an_upload_that_nobody_asked_for_is_possible_only() -> None:
    found = trace(imported(400, 777), [sis(0)])
    assert found.verdict == "possible"
    assert "nobody asked for import 777" in found.causes[0].against


def test_a_poll_by_somebody_else_ties_nothing() -> None:
    mine = sis(0)
    theirs = [sis(10, user_id=101), poll(60, "/api/v1/accounts/1/sis_imports/777", user_id=101)]
    found = trace(imported(400, 777), [mine, *theirs])
    assert (found.verdict, found.causes[0].request) == ("possible", mine)


def test_two_uploads_at_once_are_never_strong() -> None:
    first, second = sis(0), sis(5)
    polls = [
        poll(60, "/api/v1/accounts/1/sis_imports/777"),
        poll(61, "/api/v1/accounts/1/sis_imports/778"),
    ]
    events = [imported(400, 777), imported(500, 778)]
    for index, upload in enumerate((first, second)):
        found = trace(events[index], [first, second, *polls], [events[1 - index]])
        assert (found.verdict, found.causes[0].request) == ("ambiguous", upload)
        assert found.signed_in_user_id == 405


def test_uploads_one_after_the_other_are_told_apart() -> None:
    rows = []
    for n in range(5):
        rows += [sis(n * 900), poll(n * 900 + 30, f"/api/v1/accounts/1/sis_imports/{700 + n}")]
    events = [imported(n * 900 + 200, 700 + n) for n in range(5)]
    for n, found in enumerate(tracer(rows, events).trace_all(events)):
        assert (found.verdict, found.causes[0].request) == ("strong", rows[2 * n])


def batch(seconds: float) -> Any:
    return sis(
        seconds, user_id=404, http_method="PUT", url="/api/v1/accounts/1/courses",
        web_application_controller="courses", web_application_action="batch_update",
    )  # fmt: skip


def progress(seconds: float) -> Any:
    return poll(
        seconds, "/api/v1/progress/9001", user_id=404, web_application_controller="progress"
    )


def test_a_watched_batch_update_of_several_courses_is_strong() -> None:
    row = batch(0.25)
    one, other = event(3, user_id=404, course_id=5031), event(3, user_id=404, course_id=5032)
    found = trace(one, [row, progress(5.4)], [other])
    assert (found.verdict, found.causes[0].request) == ("strong", row)


def test_a_single_change_during_a_batch_update_may_be_another_requests_work() -> None:
    found = trace(event(3, user_id=404), [batch(0.25), progress(5.4)])
    assert found.verdict == "possible"


def test_a_batch_update_without_polls_is_possible_only() -> None:
    one, other = event(3, user_id=404, course_id=5031), event(3, user_id=404, course_id=5032)
    assert trace(one, [batch(0.25)], [other]).verdict == "possible"


def test_a_copy_is_tied_to_its_migration_by_polls() -> None:
    row = request(
        0, http_method="POST", url="/api/v1/courses/9001/content_migrations",
        web_application_controller="content_migrations", web_application_action="create",
    )  # fmt: skip
    polls = [
        request(
            seconds, http_method="GET", url="/api/v1/courses/9001/content_migrations/31",
            web_application_controller="content_migrations", web_application_action="show",
        )
        for seconds in (2, 60, 125)
    ]  # fmt: skip
    made = event(
        120, event_type="copied_from", event_source="api_in_app", course_id=9001,
        copied_from=COURSE,
    )  # fmt: skip
    source = event(121, event_type="copied_to", event_source="api_in_app", copied_to=9001)
    for one, other in ((made, source), (source, made)):
        found = trace(one, [row, *polls], [other])
        assert (found.verdict, found.causes[0].request) == ("strong", row)
        assert trace(one, [row], [other]).verdict == "possible"


def test_a_blueprint_sync_never_names_the_courses_that_it_changed() -> None:
    row = request(
        0, http_method="POST",
        url="/api/v1/courses/42/blueprint_templates/default/migrations",
        web_application_controller="master_courses/master_templates",
        web_application_action="queue_migration",
    )  # fmt: skip
    found = trace(event(100, event_source="blueprint_sync"), [row])
    assert (found.verdict, found.causes[0].request) == ("possible", row)


# --- none, and why ----------------------------------------------------------------------------


def test_a_change_before_the_log_is_outside_its_span() -> None:
    found = trace(event(-5 * DAY), [request(0)])
    assert (found.verdict, found.reason) == ("none", "outside_span")
    assert found.reason_text.startswith(
        "Not in the cached log window (2026-10-05 12:00 to 2026-10-05 12:00 UTC). Next: "
    )
    assert (found.coverage, found.causes) == ("none", ())


def test_an_empty_cache_says_so() -> None:
    found = trace(event(0), [], covered=())
    assert found.reason == "outside_span"
    assert "no requests are cached" in found.reason_text


def test_an_hour_that_was_not_fetched_is_a_gap() -> None:
    rows = [request(-7200), request(7200)]
    found = trace(event(10), rows, covered=(), partial=[NOON - 2 * times.HOUR])
    assert (found.verdict, found.reason) == ("none", "gap")
    assert found.reason_text == (
        "The log for 2026-10-05 12:00 to 13:00 UTC was not fetched. "
        "This is not evidence that no request was made."
    )


def test_a_job_without_its_starter_says_so() -> None:
    found = trace(imported(400, 777), [request(0)])
    assert (found.verdict, found.reason) == ("none", "starter_missing")
    assert found.reason_text == (
        "Written by a background job; the request that started it is not cached."
    )


def test_an_event_without_an_account_says_so() -> None:
    found = trace(event(1, user_id=None), [request(-300)])
    assert (found.verdict, found.reason) == ("none", "no_user")
    assert found.reason_text == "The audit event names no account."


def test_an_event_without_an_account_still_has_a_best_fit() -> None:
    found = trace(event(1, user_id=None), [request(0.3)])
    assert found.verdict == "possible"
    assert "the audit event names no account" in found.causes[0].against
    assert found.recorded_user_id is None


def test_where_nothing_fits_it_says_what_was_fetched() -> None:
    found = trace(event(1), [request(-300)])
    assert (found.verdict, found.reason) == ("none", "nothing_fits")
    assert found.reason_text == (
        "No cached request fits. The hour was fetched; Canvas does not promise a complete log."
    )
    partly = trace(event(1), [request(-300)], covered=(), partial=[NOON, NOON - times.HOUR])
    assert partly.reason == "nothing_fits"
    assert "The hour was fetched" not in partly.reason_text


@pytest.mark.parametrize("kind", [None, "corrupted", "never_seen_before"])
@pytest.mark.parametrize("source", [None, "api", "teleport"])
def test_types_and_sources_nobody_has_seen_end_in_words(
    kind: str | None, source: str | None
) -> None:
    found = trace(event(1, event_type=kind, event_source=source), [request(0.3)])
    assert (found.verdict, found.reason) == ("none", "nothing_fits")


def test_an_unknown_source_takes_the_signatures_of_the_type() -> None:
    assert trace(event(1, event_source="teleport"), [request(0.3)]).verdict == "strong"


def test_unpublished_is_traced_as_claimed() -> None:
    assert trace(event(1, event_type="unpublished"), [request(0.3)]).verdict == "strong"


# --- many at once, and back -----------------------------------------------------------------


def test_many_events_are_traced_in_their_order_with_progress() -> None:
    rows = [request(n * 300) for n in range(10)]
    events = [event(n * 300 + 1) for n in reversed(range(10))]
    seen: list[tuple[int, int]] = []
    found = list(
        tracer(rows, events).trace_all(events, progress=lambda done, of: seen.append((done, of)))
    )
    assert [t.event_id for t in found] == [e.id for e in events]
    assert seen == [(n, 10) for n in range(1, 11)]


def test_asking_can_be_taken_back() -> None:
    events = [event(0), event(300)]
    cancel = Cancel()
    asking = tracer([request(0)], events).trace_all(events, cancel)
    next(asking)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(asking)


def test_from_a_request_to_the_changes_it_caused() -> None:
    row, other = request(0.3), request(200)
    both = [event(0), event(0, event_type="updated")]
    engine = tracer([row, other], [*both, event(200), event(-4000)])
    found = engine.events_of(row)
    assert {e.id for e, _ in found} == {e.id for e in both}
    assert all(t.causes[0].request == row for _, t in found)
    assert engine.events_of(request(0.3, http_status=403)) == []
    assert engine.events_of(request(0.3, http_method="GET")) == []


def test_from_an_upload_to_all_changes_of_its_import() -> None:
    upload = sis(0)
    rows = [upload, poll(60, "/api/v1/accounts/1/sis_imports/777")]
    events = [imported(400 + n, 777, course_id=n) for n in range(20)]
    found = tracer(rows, events).events_of(upload)
    assert [e.id for e, _ in found] == [e.id for e in events]
