"""Course changes by jobs: imports, copies, batches and syncs that finish after their request.

The request starts the job, polls show that it runs, and the events come at its end.
"""

from logsleuth.demo.campus import KEY_MANUAL, SCRIPT
from logsleuth.demo.log import SECOND, START, Client
from logsleuth.demo.office import Office
from logsleuth.demo.visit import SIS_BRIDGE, Visit
from logsleuth.model import times

NIGHTLY_IMPORT = 8 * times.HOUR
"""02:00 on campus, as time of the UTC day."""

_FIRST_BATCH = 700


def nightly_import(office: Office, day: int) -> None:
    """The student information system's file: one upload, polls, then events."""
    rng, log = office.rng, office.log
    start = START + day * times.DAY + NIGHTLY_IMPORT + rng.randrange(240) * SECOND
    batch = _FIRST_BATCH + day
    changed = rng.sample(office.courses, k=rng.randrange(7, 12))
    visit = Visit(log, rng, SIS_BRIDGE, start)
    upload = visit.sis_import(batch, minutes=4 + rng.random() * 4)
    us = start + rng.randrange(60, 200) * SECOND
    for course in changed:
        us += rng.randrange(4) * SECOND
        office.event(
            us,
            "updated",
            "sis",
            course,
            405,
            cause=upload,
            sis_batch=batch,
            data={
                "conclude_at": [None, "2026-12-18T00:00:00Z"],
                "sis_batch_id": [batch - 1, batch],
            },
        )
    if day % 2 == 0:
        course = next(office.spare)
        us += SECOND
        office.event(
            us,
            "created",
            "sis",
            course,
            405,
            cause=upload,
            sis_batch=batch,
            data={
                "name": [None, course.name],
                "course_code": [None, course.code],
                "workflow_state": [None, "claimed"],
            },
        )
        office.event(us + SECOND, "published", "sis", course, 405, cause=upload, sis_batch=batch)
    if day == 9:
        second_upload(office, start + 40 * SECOND)


def second_upload(office: Office, start: int) -> None:
    """An administrator uploads by hand while the nightly import still runs."""
    person = office.campus.people[103]
    client = Client(person.id, person.home, person.browser, office.log.session())
    visit = Visit(office.log, office.rng, client, start)
    upload = visit.send(
        "POST",
        "/accounts/1/sis_imports",
        "sis_imports_api",
        "create",
        context=("Account", 1),
        micros=900_000,
    )
    visit.wait(5, 9)
    visit.send(
        "GET",
        "/api/v1/accounts/1/sis_imports/790",
        "sis_imports_api",
        "show",
        context=("Account", 1),
    )
    for course in office.rng.sample(office.courses, k=3):
        visit.wait(1, 4)
        office.event(visit.us, "concluded", "sis", course, person.id, cause=upload, sis_batch=790)


def copy(office: Office) -> None:
    """A teacher copies a course into a new one; both events come when the copy ends."""
    rng = office.rng
    source, target = rng.choice(office.courses), next(office.spare)
    visit = office.teacher_visit(source, office.working_time())
    visit.send(
        "GET",
        f"/courses/{target.id}/content_migrations",
        "content_migrations",
        "index",
        course=target.id,
    )
    visit.wait(10, 60)
    base = f"/api/v1/courses/{target.id}/content_migrations"
    cause = visit.send(
        "POST", base, "content_migrations", "create", course=target.id, micros=700_000
    )
    number = target.id * 10 + 1
    polls = rng.randrange(3, 12)
    for poll in range(polls):
        visit.wait(4, 14)
        if poll % 2:
            visit.send("GET", f"/api/v1/progress/{number}", "progress", "show")
        else:
            visit.send("GET", f"{base}/{number}", "content_migrations", "show", course=target.id)
    kind = rng.choice(("api", "api_in_app", "api_in_app"))
    office.event(
        visit.us,
        "copied_from",
        kind,
        target,
        source.teacher,
        cause=cause,
        link=("copied_from", source.id),
    )
    office.event(
        visit.us,
        "copied_to",
        kind,
        source,
        source.teacher,
        cause=cause,
        link=("copied_to", target.id),
    )


def batch(office: Office) -> None:
    """A registrar's script publishes many courses at once, by a job."""
    rng, person = office.rng, office.campus.people[104]
    client = Client(person.id, person.office, SCRIPT, None, KEY_MANUAL)
    visit = Visit(office.log, rng, client, office.working_time())
    account = 2 + rng.randrange(4)
    cause, us = office.cause(
        visit,
        "PUT",
        f"/api/v1/accounts/{account}/courses",
        "batch_update",
        context=("Account", account),
    )
    progress = 40_000 + rng.randrange(9000)
    courses = [course for course in office.courses if course.account_id == account]
    kind = rng.choice(("published", "concluded", "unconcluded"))
    us += 3 * SECOND
    for course in sorted(rng.sample(courses, k=9), key=lambda course: course.id):
        us += rng.randrange(2) * SECOND
        office.event(us, kind, "api", course, person.id, cause=cause)
    while visit.us < us + 2 * SECOND:
        visit.wait(2, 4)
        visit.send("GET", f"/api/v1/progress/{progress}", "progress", "show")


def blueprint(office: Office, *, logged: bool) -> None:
    """A blueprint is synced with publishing; the request of one sync was never logged."""
    rng = office.rng
    blueprint, *associated = rng.sample(office.courses, k=5)
    visit = office.teacher_visit(blueprint, office.working_time())
    base = f"/api/v1/courses/{blueprint.id}/blueprint_templates/{blueprint.id + 40_000}/migrations"
    cause = None
    if logged:
        cause = visit.send(
            "POST",
            base,
            "master_courses/master_templates",
            "queue_migration",
            course=blueprint.id,
            micros=800_000,
        )
        for _ in range(4):
            visit.wait(4, 9)
            visit.send(
                "GET",
                f"{base}/{blueprint.id * 3}",
                "master_courses/master_templates",
                "migrations_show",
                course=blueprint.id,
            )
    for course in associated:
        office.event(
            visit.us,
            "published",
            "blueprint_sync",
            course,
            blueprint.teacher,
            cause=cause,
            absent=None if logged else "not_logged",
        )
