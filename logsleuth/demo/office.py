"""Who may change courses, when, and with which request."""

import random
from collections.abc import Iterator
from typing import Any

from logsleuth.demo.campus import Campus, Course
from logsleuth.demo.incidents import COURSES
from logsleuth.demo.log import START, Log
from logsleuth.demo.traffic import web_client
from logsleuth.demo.visit import Visit
from logsleuth.model import times


class Office:
    """Writes course changes into a log; one of these per log."""

    def __init__(self, campus: Campus, log: Log) -> None:
        self.campus = campus
        self.log = log
        self.rng = random.Random(f"{log.seed}/changes")
        self.spare: Iterator[Course] = iter(campus.spare.values())
        self.courses = [c for c in campus.courses.values() if c.id not in COURSES]

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

    def event(
        self, us: int, kind: str, source: str | None, course: Course, user: int | None, **more: Any
    ) -> str:
        """An event of a course, in the account that the course is in."""
        return self.log.event(us, kind, source, course.id, user, account=course.account_id, **more)
