"""Ordinary course changes, each with the request that truly caused it.

With the confusion of real logs: refused attempts, double clicks, jobs that finish long
after their request, uploads side by side, and events whose request nobody has.
"""

import random
from collections.abc import Iterator
from typing import Any

from logsleuth.demo.campus import KEY_MANUAL, SCRIPT, Campus, Course
from logsleuth.demo.incidents import COURSES
from logsleuth.demo.log import END, GAP, SECOND, START, Client, Log
from logsleuth.demo.traffic import web_client
from logsleuth.demo.visit import SIS_BRIDGE, Visit
from logsleuth.model import times

NIGHTLY_IMPORT = 8 * times.HOUR
"""02:00 on campus, as time of the UTC day."""

_FIRST_BATCH = 700


class Changes:
    """Writes course changes into a log; one of these per log."""

    def __init__(self, campus: Campus, log: Log) -> None:
        self.campus = campus
        self.log = log
        self.rng = random.Random(f"{log.seed}/changes")
        self.spare: Iterator[Course] = iter(campus.spare.values())
        self.courses = [c for c in campus.courses.values() if c.id not in COURSES]

    def happen(self) -> None:
        """Thirty days of changes, and what was left of September."""
        for day in range(30):
            self.nightly_import(day)
        for _ in range(300):
            self.edit()
        for _ in range(24):
            self.copy()
        for _ in range(26):
            self.create()
        for number in range(26):
            self.end_and_restore(self.campus.spare[6100 + number])
        for _ in range(5):
            self.batch()
        for number in range(4):
            self.blueprint(logged=number != 2)
        self.double_click()
        self.in_the_gap()
        self.before_the_log()

    def working_time(self) -> int:
        """An instant between 8 and 16 o'clock on campus, with time left before the log ends."""
        return (
            START
            + self.rng.randrange(30) * times.DAY
            + int((14 + self.rng.random() * 7.8) * times.HOUR)
        )

    def teacher_visit(self, course: Course, us: int) -> Visit:
        """The course's teacher, signed in, on the course's page."""
        person = self.campus.people[course.teacher]
        visit = Visit(self.log, self.rng, web_client(self.log, self.rng, person, at_home=0.3), us)
        visit.send("GET", f"/courses/{course.id}", "courses", "show", course=course.id)
        visit.wait(3, 40)
        return visit

    def cause(
        self, visit: Visit, method: str, url: str, action: str, **more: Any
    ) -> tuple[str, int]:
        """Send the request that changes something; its id, and an instant of its work."""
        start = visit.us
        micros = 300_000 + int(self.rng.random() ** 3 * 4_000_000)
        request_id = visit.send(method, url, "courses", action, micros=micros, **more)
        visit.us = max(visit.us, start + micros + 50_000)
        return request_id, start + int(micros * (0.4 + 0.5 * self.rng.random()))

    def edit(self) -> None:
        """A teacher publishes, unpublishes, renames or sets up the course."""
        rng = self.rng
        course = rng.choice(self.courses)
        visit = self.teacher_visit(course, self.working_time())
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
            cause, us = self.cause(
                visit, "PUT", f"/api/v1/courses/{course.id}", "update", course=course.id
            )
        elif choice < 0.62:
            kind, source = "updated", "api"
            cause, us = self.cause(
                visit,
                "PUT",
                f"/api/v1/courses/{course.id}/settings",
                "update_settings",
                course=course.id,
            )
            data = {"hide_final_grades": [False, True]}
        else:
            kind, source = "updated", "manual"
            visit.send(
                "GET", f"/courses/{course.id}/settings", "courses", "settings", course=course.id
            )
            visit.wait(5, 90)
            cause, us = self.cause(
                visit, "POST", f"/courses/{course.id}", "update", status=302, course=course.id
            )
            data = rng.choice(_EDITS)
        self.event(us, kind, source, course, course.teacher, cause=cause, data=data)
        if source == "manual" and rng.random() < 0.2:
            self.event(us, "published", source, course, course.teacher, cause=cause)
        visit.send("GET", f"/courses/{course.id}", "courses", "show", course=course.id)

    def event(
        self, us: int, kind: str, source: str | None, course: Course, user: int | None, **more: Any
    ) -> str:
        """An event of a course, in the account that the course is in."""
        return self.log.event(us, kind, source, course.id, user, account=course.account_id, **more)

    def nightly_import(self, day: int) -> None:
        """The student information system's file: one upload, polls, then events."""
        rng, log = self.rng, self.log
        start = START + day * times.DAY + NIGHTLY_IMPORT + rng.randrange(240) * SECOND
        batch = _FIRST_BATCH + day
        changed = rng.sample(self.courses, k=rng.randrange(7, 12))
        visit = Visit(log, rng, SIS_BRIDGE, start)
        upload = visit.sis_import(batch, minutes=4 + rng.random() * 4)
        us = start + rng.randrange(60, 200) * SECOND
        for course in changed:
            us += rng.randrange(4) * SECOND
            self.event(
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
            course = next(self.spare)
            us += SECOND
            self.event(
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
            self.event(us + SECOND, "published", "sis", course, 405, cause=upload, sis_batch=batch)
        if day == 9:
            self.second_upload(start + 40 * SECOND)

    def second_upload(self, start: int) -> None:
        """An administrator uploads by hand while the nightly import still runs."""
        person = self.campus.people[103]
        client = Client(person.id, person.home, person.browser, self.log.session())
        visit = Visit(self.log, self.rng, client, start)
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
        for course in self.rng.sample(self.courses, k=3):
            visit.wait(1, 4)
            self.event(visit.us, "concluded", "sis", course, person.id, cause=upload, sis_batch=790)

    def copy(self) -> None:
        """A teacher copies a course into a new one; both events come when the copy ends."""
        rng = self.rng
        source, target = rng.choice(self.courses), next(self.spare)
        visit = self.teacher_visit(source, self.working_time())
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
                visit.send(
                    "GET", f"{base}/{number}", "content_migrations", "show", course=target.id
                )
        kind = rng.choice(("api", "api_in_app", "api_in_app"))
        self.event(
            visit.us,
            "copied_from",
            kind,
            target,
            source.teacher,
            cause=cause,
            link=("copied_from", source.id),
        )
        self.event(
            visit.us,
            "copied_to",
            kind,
            source,
            source.teacher,
            cause=cause,
            link=("copied_to", target.id),
        )

    def create(self) -> None:
        """A new course: by an administrator's form, or by a script."""
        rng, target = self.rng, next(self.spare)
        data: dict[str, Any] = {"name": [None, target.name], "workflow_state": [None, "claimed"]}
        person = self.campus.people[102 + rng.randrange(3)]
        if rng.random() < 0.5:
            client = web_client(self.log, rng, person, at_home=0)
            visit = Visit(self.log, rng, client, self.working_time())
            visit.page("/accounts/1", "accounts", "show", context=("Account", 1))
            cause, us = self.cause(
                visit,
                "POST",
                "/courses",
                "create",
                status=302,
                course=target.id,
                context=("Account", 1),
            )
            self.event(us, "created", "manual", target, person.id, cause=cause, data=data)
            visit.page(f"/courses/{target.id}", "courses", "show", course=target.id)
            return
        client = Client(person.id, person.office, SCRIPT, None, KEY_MANUAL)
        visit = Visit(self.log, rng, client, self.working_time())
        cause, us = self.cause(
            visit,
            "POST",
            f"/api/v1/accounts/{target.account_id}/courses",
            "create",
            context=("Account", target.account_id),
        )
        self.event(us, "created", "api", target, person.id, cause=cause, data=data)
        if rng.random() < 0.4:
            self.event(us, "published", "api", target, person.id, cause=cause)

    def end_and_restore(self, course: Course) -> None:
        """A course is concluded or deleted, and sometimes brought back."""
        rng = self.rng
        visit = self.teacher_visit(course, self.working_time())
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
            cause, us = self.cause(
                visit, "POST", f"/courses/{course.id}", "destroy", status=302, course=course.id
            )
            self.event(us, kind, "manual", course, course.teacher, cause=cause)
        else:
            cause, us = self.cause(
                visit,
                "DELETE",
                f"/api/v1/courses/{course.id}?event={word}",
                "destroy",
                course=course.id,
            )
            self.event(us, kind, "api", course, course.teacher, cause=cause)
        visit.wait(600, 5000)
        if word == "conclude" and rng.random() < 0.4:
            cause, us = self.cause(
                visit,
                "POST",
                f"/courses/{course.id}/unconclude",
                "unconclude",
                status=302,
                course=course.id,
            )
            self.event(us, "unconcluded", "manual", course, course.teacher, cause=cause)
        elif word == "delete" and rng.random() < 0.7:
            person = self.campus.people[104]
            admin = Visit(self.log, rng, web_client(self.log, rng, person, at_home=0), visit.us)
            admin.page("/accounts/1/admin_tools", "accounts", "admin_tools", context=("Account", 1))
            cause, us = self.cause(
                admin, "PUT", f"/api/v1/courses/{course.id}", "update", course=course.id
            )
            self.event(us, "restored", "api", course, person.id, cause=cause)

    def batch(self) -> None:
        """A registrar's script publishes many courses at once, by a job."""
        rng, person = self.rng, self.campus.people[104]
        client = Client(person.id, person.office, SCRIPT, None, KEY_MANUAL)
        visit = Visit(self.log, rng, client, self.working_time())
        account = 2 + rng.randrange(4)
        cause, us = self.cause(
            visit,
            "PUT",
            f"/api/v1/accounts/{account}/courses",
            "batch_update",
            context=("Account", account),
        )
        progress = 40_000 + rng.randrange(9000)
        courses = [course for course in self.courses if course.account_id == account]
        kind = rng.choice(("published", "concluded", "unconcluded"))
        us += 3 * SECOND
        for course in sorted(rng.sample(courses, k=9), key=lambda course: course.id):
            us += rng.randrange(2) * SECOND
            self.event(us, kind, "api", course, person.id, cause=cause)
        while visit.us < us + 2 * SECOND:
            visit.wait(2, 4)
            visit.send("GET", f"/api/v1/progress/{progress}", "progress", "show")

    def blueprint(self, *, logged: bool) -> None:
        """A blueprint is synced with publishing; the request of one sync was never logged."""
        rng = self.rng
        blueprint, *associated = rng.sample(self.courses, k=5)
        visit = self.teacher_visit(blueprint, self.working_time())
        base = (
            f"/api/v1/courses/{blueprint.id}/blueprint_templates/{blueprint.id + 40_000}/migrations"
        )
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
            self.event(
                visit.us,
                "published",
                "blueprint_sync",
                course,
                blueprint.teacher,
                cause=cause,
                absent=None if logged else "not_logged",
            )

    def double_click(self) -> None:
        """Two equal requests within one second; only the first one changed anything."""
        course = self.campus.courses[5040]
        visit = self.teacher_visit(course, times.parse("2026-10-21T17:05:00Z"))
        visit.us -= visit.us % SECOND - 120_000
        first = visit.us
        path = f"/api/v1/courses/{course.id}"
        cause = visit.send("PUT", path, "courses", "update", course=course.id, micros=640_000)
        visit.us = first + 310_000
        visit.send("PUT", path, "courses", "update", course=course.id, micros=610_000)
        self.event(first + 500_000, "published", "api", course, course.teacher, cause=cause)

    def in_the_gap(self) -> None:
        """Changes in the hours whose requests were never fetched."""
        for minute in (20, 75, 140):
            course = self.rng.choice(self.courses)
            visit = self.teacher_visit(course, GAP[0] + minute * times.MINUTE)
            cause, us = self.cause(
                visit, "PUT", f"/api/v1/courses/{course.id}", "update", course=course.id
            )
            self.event(us, "published", "api", course, course.teacher, cause=cause)

    def before_the_log(self) -> None:
        """Canvas keeps course changes for more than a year, and requests for thirty days."""
        rng = self.rng
        for _ in range(44):
            course = rng.choice(self.courses)
            us = START - int((0.2 + rng.random() * 40) * times.DAY)
            kind = rng.choice(("published", "updated", "claimed", "concluded"))
            data = rng.choice(_EDITS) if kind == "updated" else {}
            self.event(
                us,
                kind,
                rng.choice(("api", "manual")),
                course,
                course.teacher,
                absent="older_than_log",
                data=data,
            )
        course = self.courses[77]
        self.event(END - 12 * times.DAY, "corrupted", None, course, None, absent="no_request")


_EDITS: tuple[dict[str, Any], ...] = (
    {"is_public": [False, True]},
    {"conclude_at": [None, "2026-12-11T06:59:59Z"]},
    {"syllabus_body": ["<p>Old plan</p>", "<p>New plan, with dates</p>"]},
    {"grading_standard_id": [None, 12]},
    {"is_public_to_auth_users": [True, False], "license": ["private", "cc_by"]},
    {"storage_quota": [524_288_000, 1_048_576_000]},
)
