"""The table of signatures, and how requests match it."""

from typing import Any

import pytest
from campus.scene import event, request
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.model.event import EVENT_LABELS
from logsleuth.trace import jobs
from logsleuth.trace.signatures import signatures_for, signatures_of, table
from logsleuth.trace.weigh import contradictions, fit, seconds

EMITTED = set(EVENT_LABELS) - {"unpublished", "corrupted"}


def test_every_type_that_canvas_writes_has_a_signature() -> None:
    assert {name for s in table() for name in s.events} == EMITTED


def test_the_table_is_well_formed() -> None:
    for signature in table():
        assert signature.controller, signature
        assert signature.action, signature
        assert set(signature.methods) <= {"POST", "PUT", "PATCH", "DELETE"}, signature
        assert all(path.startswith("/") for path in signature.paths), signature
        assert (signature.course is not None) == any(":course" in p for p in signature.paths)
        assert (signature.mode == "sync") == (signature.seconds <= 30), signature


@pytest.mark.parametrize(
    ("kind", "source", "found"),
    [
        ("published", "api", {"courses#create", "courses#update", "courses#batch_update"}),
        ("published", "sis", {"sis_imports_api#create"}),
        ("published", "blueprint_sync", {"master_courses/master_templates#queue_migration"}),
        ("unconcluded", "manual", {"courses#unconclude"}),
        ("copied_to", "api_in_app", {"content_migrations#create"}),
        ("reset_from", "teleport", {"courses#reset_content"}),
        ("corrupted", None, set()),
        (None, None, set()),
    ],
)
def test_type_and_source_choose_the_signatures(
    kind: str | None, source: str | None, found: set[str]
) -> None:
    chosen = signatures_for(event(0, event_type=kind, event_source=source))
    assert {s.request for s in chosen} == found


@pytest.mark.parametrize(
    ("method", "url", "action", "matches"),
    [
        ("PUT", "/api/v1/courses/5", "update", True),
        ("PUT", "/api/v1/courses/5.json", "update", True),
        ("PUT", "/api/v1/courses/5/", "update", True),
        ("PUT", "/api/v1/courses/7~5?event=offer", "update", True),
        ("PUT", "/api/v1/courses/sis_course_id:A.1", "update", True),
        ("PUT", "/api/v1/courses/5", None, True),
        ("PUT", "/api/v1//courses///5", "update", True),
        ("POST", "/api/v1/courses/5", "update", True),
        ("POST", "/api/v1/courses/5", "show", False),
        ("PUT", "/api/v1/courses/5", "__dap_unspecified__", True),
        ("PUT", "/api/v1/courses/5/settings", "update_settings", True),
        ("PUT", "/api/v1/courses/5/front_page", "update", False),
        ("PUT", "/api/v1/courses", "update", False),
        ("PUT", "/x/api/v1/courses/5", "update", False),
        ("GET", "/api/v1/courses/5", "update", False),
        ("put", "/api/v1/courses/5", "update", False),
        (None, None, "update", False),
    ],
)
def test_a_request_matches_by_method_path_and_route(
    method: str | None, url: str | None, action: str | None, matches: bool
) -> None:
    row = request(0, http_method=method, url=url, web_application_action=action)
    assert bool(signatures_of(row)) is matches


@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", None]),
    url=st.one_of(
        st.none(),
        st.text(max_size=60),
        st.builds("/api/v1/courses/{}".format, st.text(max_size=30)),
        st.builds("/courses/{}/content_migrations/{}".format, st.text(), st.text()),
        st.builds("/api/v1/accounts/1/sis_imports/{}".format, st.text(max_size=30)),
    ),
    columns=st.fixed_dictionaries(
        {},
        optional={
            "http_status": st.one_of(st.none(), st.integers(-5, 700)),
            "course_id": st.one_of(st.none(), st.integers()),
            "interaction_micros": st.one_of(st.none(), st.integers(-(10**12), 10**12)),
            "web_application_context_type": st.one_of(st.none(), st.text(max_size=8)),
            "web_application_context_id": st.one_of(st.none(), st.integers()),
        },
    ),
    kind=st.sampled_from([*EVENT_LABELS, None]),
)
def test_no_request_is_too_odd_to_be_weighed(
    method: str | None, url: str | None, columns: dict[str, Any], kind: str | None
) -> None:
    row = request(0, http_method=method, url=url, **columns)
    changed = event(0, event_type=kind)
    fit(changed, row, signatures_for(changed))
    contradictions(changed, row, signatures_for(changed))
    jobs.sis_watches([row])
    jobs.progress_watches([row])
    jobs.migration_watches([row])
    jobs.migrated_course(row)


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "0.0 s"),
        (400_000, "0.4 s"),
        (89_000_000, "89.0 s"),
        (90_000_000, "2 min"),
        (3_600_000_000, "60 min"),
        (7_800_000_000, "2 h 10 min"),
    ],
)
def test_lengths_of_time_in_words(us: int, text: str) -> None:
    assert seconds(us) == text
