"""Ordinary course changes, each with the request that truly caused it.

With the confusion of real logs: refused attempts, double clicks, and events whose request
nobody has.  What jobs change, minutes after their request, is in ``jobs.py``.
"""

from typing import Any

from logsleuth.demo import jobs
from logsleuth.demo.campus import KEY_MANUAL, SCRIPT, Campus, Course
from logsleuth.demo.log import END, GAP, SECOND, START, Client, Log
from logsleuth.demo.office import Office
from logsleuth.demo.traffic import web_client
from logsleuth.demo.visit import Visit
from logsleuth.model import times


def happen(campus: Campus, log: Log) -> None:
    """Thirty days of changes, and what was left of September."""
    office = Office(campus, log)
    for day in range(30):
        jobs.nightly_import(office, day)
    for _ in range(300):
        edit(office)
    for _ in range(24):
        jobs.copy(office)
    for _ in range(26):
        create(office)
    for number in range(26):
        end_and_restore(office, campus.spare[6100 + number])
    for _ in range(5):
        jobs.batch(office)
    for number in range(4):
        jobs.blueprint(office, logged=number != 2)
    double_click(office)
    in_the_gap(office)
    before_the_log(office)


def edit(office: Office) -> None:
    """A teacher publishes, unpublishes, renames or sets up the course."""
    rng = office.rng
    course = rng.choice(office.courses)
    visit = office.teacher_visit(course, office.working_time())
    if rng.random() < 0.12:
        visit.send(
            "PUT",
            f"/api/v1/courses/{course.id}",
            "courses",
            "update",
            status=403,
            course=course.id,
        )
        visit.wait(1, 20)
    choice = rng.random()
    data: dict[str, Any] = {}
    if choice < 0.45:
        kind, source = ("published" if rng.random() < 0.8 else "claimed"), "api"
        cause, us = office.cause(
            visit, "PUT", f"/api/v1/courses/{course.id}", "update", course=course.id
        )
    elif choice < 0.62:
        kind, source = "updated", "api"
        cause, us = office.cause(
            visit,
            "PUT",
            f"/api/v1/courses/{course.id}/settings",
            "update_settings",
            course=course.id,
        )
        data = {"hide_final_grades": [False, True]}
    else:
        kind, source = "updated", "manual"
        visit.send("GET", f"/courses/{course.id}/settings", "courses", "settings", course=course.id)
        visit.wait(5, 90)
        cause, us = office.cause(
            visit, "POST", f"/courses/{course.id}", "update", status=302, course=course.id
        )
        data = rng.choice(_EDITS)
    office.event(us, kind, source, course, course.teacher, cause=cause, data=data)
    if source == "manual" and rng.random() < 0.2:
        office.event(us, "published", source, course, course.teacher, cause=cause)
    visit.send("GET", f"/courses/{course.id}", "courses", "show", course=course.id)


def create(office: Office) -> None:
    """A new course: by an administrator's form, or by a script."""
    rng, target = office.rng, next(office.spare)
    data: dict[str, Any] = {"name": [None, target.name], "workflow_state": [None, "claimed"]}
    person = office.campus.people[102 + rng.randrange(3)]
    if rng.random() < 0.5:
        client = web_client(office.log, rng, person, at_home=0)
        visit = Visit(office.log, rng, client, office.working_time())
        visit.page("/accounts/1", "accounts", "show", context=("Account", 1))
        cause, us = office.cause(
            visit,
            "POST",
            "/courses",
            "create",
            status=302,
            course=target.id,
            context=("Account", 1),
        )
        office.event(us, "created", "manual", target, person.id, cause=cause, data=data)
        visit.page(f"/courses/{target.id}", "courses", "show", course=target.id)
        return
    client = Client(person.id, person.office, SCRIPT, None, KEY_MANUAL)
    visit = Visit(office.log, rng, client, office.working_time())
    cause, us = office.cause(
        visit,
        "POST",
        f"/api/v1/accounts/{target.account_id}/courses",
        "create",
        context=("Account", target.account_id),
    )
    office.event(us, "created", "api", target, person.id, cause=cause, data=data)
    if rng.random() < 0.4:
        office.event(us, "published", "api", target, person.id, cause=cause)


def end_and_restore(office: Office, course: Course) -> None:
    """A course is concluded or deleted, and sometimes brought back."""
    rng = office.rng
    visit = office.teacher_visit(course, office.working_time())
    word = rng.choice(("conclude", "delete"))
    kind = {"conclude": "concluded", "delete": "deleted"}[word]
    if rng.random() < 0.6:
        visit.send(
            "GET",
            f"/courses/{course.id}/confirm_action?event={word}",
            "courses",
            "confirm_action",
            course=course.id,
        )
        visit.wait(2, 12)
        cause, us = office.cause(
            visit, "POST", f"/courses/{course.id}", "destroy", status=302, course=course.id
        )
        office.event(us, kind, "manual", course, course.teacher, cause=cause)
    else:
        cause, us = office.cause(
            visit,
            "DELETE",
            f"/api/v1/courses/{course.id}?event={word}",
            "destroy",
            course=course.id,
        )
        office.event(us, kind, "api", course, course.teacher, cause=cause)
    visit.wait(600, 5000)
    if word == "conclude" and rng.random() < 0.4:
        cause, us = office.cause(
            visit,
            "POST",
            f"/courses/{course.id}/unconclude",
            "unconclude",
            status=302,
            course=course.id,
        )
        office.event(us, "unconcluded", "manual", course, course.teacher, cause=cause)
    elif word == "delete" and rng.random() < 0.7:
        person = office.campus.people[104]
        admin = Visit(office.log, rng, web_client(office.log, rng, person, at_home=0), visit.us)
        admin.page("/accounts/1/admin_tools", "accounts", "admin_tools", context=("Account", 1))
        cause, us = office.cause(
            admin, "PUT", f"/api/v1/courses/{course.id}", "update", course=course.id
        )
        office.event(us, "restored", "api", course, person.id, cause=cause)


def double_click(office: Office) -> None:
    """Two equal requests within one second; only the first one changed anything."""
    course = office.campus.courses[5040]
    visit = office.teacher_visit(course, times.parse("2026-10-21T17:05:00Z"))
    visit.us -= visit.us % SECOND - 120_000
    first = visit.us
    path = f"/api/v1/courses/{course.id}"
    cause = visit.send("PUT", path, "courses", "update", course=course.id, micros=640_000)
    visit.us = first + 310_000
    visit.send("PUT", path, "courses", "update", course=course.id, micros=610_000)
    office.event(first + 500_000, "published", "api", course, course.teacher, cause=cause)


def in_the_gap(office: Office) -> None:
    """Changes in the hours whose requests were never fetched."""
    for minute in (20, 75, 140):
        course = office.rng.choice(office.courses)
        visit = office.teacher_visit(course, GAP[0] + minute * times.MINUTE)
        cause, us = office.cause(
            visit, "PUT", f"/api/v1/courses/{course.id}", "update", course=course.id
        )
        office.event(us, "published", "api", course, course.teacher, cause=cause)


def before_the_log(office: Office) -> None:
    """Canvas keeps course changes for more than a year, and requests for thirty days."""
    rng = office.rng
    for _ in range(44):
        course = rng.choice(office.courses)
        us = START - int((0.2 + rng.random() * 40) * times.DAY)
        kind = rng.choice(("published", "updated", "claimed", "concluded"))
        data = rng.choice(_EDITS) if kind == "updated" else {}
        office.event(
            us,
            kind,
            rng.choice(("api", "manual")),
            course,
            course.teacher,
            absent="older_than_log",
            data=data,
        )
    course = office.courses[77]
    office.event(END - 12 * times.DAY, "corrupted", None, course, None, absent="no_request")


_EDITS: tuple[dict[str, Any], ...] = (
    {"is_public": [False, True]},
    {"conclude_at": [None, "2026-12-11T06:59:59Z"]},
    {"syllabus_body": ["<p>Old plan</p>", "<p>New plan, with dates</p>"]},
    {"grading_standard_id": [None, 12]},
    {"is_public_to_auth_users": [True, False], "license": ["private", "cc_by"]},
    {"storage_quota": [524_288_000, 1_048_576_000]},
)
