"""Student View is harmless, acting as a person is not: nobody may pass the one for the other."""

import json
from pathlib import Path
from typing import Any

import pytest
from dap import NOON, bring, every_row, jsonl, row, write

from logsleuth.ingest.run import import_paths
from logsleuth.model import times

TEACHER, STUDENT, MILLER = 101, 9001, 202
SESSION = "0f0f0f0f-0000-4000-8000-000000000001"


class Story:
    """The requests of one session, a second apart."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, at: int | None = None, **value: Any) -> "Story":
        number = len(self.rows)
        when = NOON + (number * times.SECOND if at is None else at)
        value = {"session_id": SESSION, "user_id": TEACHER, "http_status": 200} | value
        self.rows.append(row(f"r{number}", at=when, **value))
        return self

    def student_view(self, **value: Any) -> "Story":
        return self.add(
            **{
                "http_method": "POST",
                "url": "/courses/5/student_view",
                "http_status": 302,
                "web_application_controller": "courses",
                "web_application_action": "student_view",
            }
            | value
        )

    def masquerade(self, target: int, **value: Any) -> "Story":
        return self.add(
            **{
                "http_method": "POST",
                "url": f"/users/{target}/masquerade",
                "http_status": 302,
                "web_application_controller": "users",
                "web_application_action": "masquerade",
            }
            | value
        )

    def as_user(self, user: int, url: str = "/courses/5", **value: Any) -> "Story":
        return self.add(**{"user_id": user, "real_user_id": TEACHER, "url": url} | value)

    def students(self, cache: Path) -> set[int | None]:
        """The accounts whose requests count as Student View."""
        bring(cache, jsonl(self.rows))
        return seen(cache)


def seen(cache: Path) -> set[int | None]:
    return {one.user_id for one in every_row(cache) if one.student_view}


def test_student_view_is_learned_from_a_teachers_accepted_request(tmp_path: Path) -> None:
    story = Story().student_view().as_user(STUDENT).as_user(STUDENT, "/courses/5/quizzes")
    assert story.students(tmp_path / "c") == {STUDENT}
    rows = every_row(tmp_path / "c")
    assert not any(one.masqueraded for one in rows)


def test_it_holds_for_other_sessions_and_days(tmp_path: Path) -> None:
    cache = tmp_path / "c"
    Story().student_view().as_user(STUDENT).students(cache)
    later = row(
        "later", at=NOON - 3 * times.DAY, user_id=STUDENT, real_user_id=TEACHER, session_id="other"
    )
    bring(cache, jsonl([later]))
    assert all(one.student_view for one in every_row(cache) if one.user_id == STUDENT)


ATTACKS = {
    "no request for it": Story().as_user(MILLER),
    "a refused request": Story().student_view(http_status=403).as_user(MILLER),
    "no status": Story().student_view(http_status=None).as_user(MILLER),
    "by somebody else": Story().student_view(user_id=555).as_user(MILLER),
    "in another session": Story().student_view(session_id="x").as_user(MILLER),
    "after the acting": Story().as_user(MILLER).student_view(),
    "act as after it": Story().student_view().masquerade(MILLER).as_user(MILLER),
    "act as just before it": Story().masquerade(MILLER).student_view().as_user(MILLER),
    "act as in its second": Story().student_view(at=5).masquerade(MILLER, at=5).as_user(MILLER),
    "become_user_id": Story().student_view().add(url=f"/?become_user_id={MILLER}").as_user(MILLER),
    "become teacher": Story().student_view().add(url="/?become_teacher=1").as_user(MILLER),
    "as_user_id": Story().student_view().as_user(MILLER, f"/api/v1/x?as_user_id={MILLER}"),
    "as_user_id by SIS id": Story()
    .student_view()
    .as_user(MILLER, "/api/v1/x?as_user_id=sis_user_id:m1"),
    "as_user_id, encoded": Story().student_view().as_user(MILLER, "/api/v1/x?as%5Fuser%5Fid=202"),
    "as_user_id, then none": Story()
    .student_view()
    .as_user(MILLER, f"/api/v1/x?as_user_id={MILLER}")
    .as_user(MILLER),
    "signs in oneself": Story()
    .student_view()
    .as_user(MILLER)
    .add(user_id=MILLER, session_id="own"),
    "acts as others": Story()
    .student_view()
    .as_user(MILLER)
    .add(user_id=7, real_user_id=MILLER, session_id="own"),
    "acted as elsewhere": Story()
    .student_view()
    .as_user(MILLER)
    .masquerade(MILLER, user_id=8, session_id="elsewhere"),
    "by token": Story()
    .student_view(session_id=None)
    .as_user(MILLER, session_id=None, developer_key_id=1),
}


@pytest.mark.parametrize("name", list(ATTACKS))
def test_acting_as_a_person_cannot_be_hidden_as_student_view(tmp_path: Path, name: str) -> None:
    assert MILLER not in ATTACKS[name].students(tmp_path / "c")
    acted = [one for one in every_row(tmp_path / "c") if one.user_id == MILLER]
    assert all(one.masqueraded for one in acted if one.real_user_id is not None)


@pytest.mark.parametrize("between", [0, 3 * times.DAY])
def test_a_test_student_is_of_one_course(tmp_path: Path, between: int) -> None:
    story = Story().student_view().as_user(MILLER, course_id=5)
    story.as_user(MILLER, "/courses/6", course_id=6, http_status=403)
    assert story.students(tmp_path / "one") == {MILLER}
    story.add(NOON + 9 * times.SECOND + between, user_id=MILLER, real_user_id=TEACHER, course_id=6)
    assert story.students(tmp_path / "two") == set()


def test_a_test_student_is_acted_as_in_a_browser(tmp_path: Path) -> None:
    story = Story().student_view().as_user(MILLER).as_user(MILLER, developer_key_id=3)
    assert story.students(tmp_path / "c") == set()


def test_what_comes_to_light_later_takes_it_back(tmp_path: Path) -> None:
    cache = tmp_path / "c"
    assert Story().student_view().as_user(MILLER).students(cache) == {MILLER}
    own = row("own", at=NOON + 9 * times.DAY, user_id=MILLER, session_id="own")
    bring(cache, jsonl([own]))
    assert seen(cache) == set()


def test_an_account_that_changed_a_course_is_no_test_student(tmp_path: Path) -> None:
    cache = tmp_path / "c"
    Story().student_view().as_user(MILLER, "/courses/5?as=x").students(cache)
    event = {
        "id": "e",
        "created_at": "2026-10-01T12:00:01Z",
        "event_type": "concluded",
        "links": {"course": 5, "user": MILLER},
    }
    import_paths(cache, [write(tmp_path / "e.json", json.dumps({"events": [event]}).encode())])
    assert seen(cache) == set()
