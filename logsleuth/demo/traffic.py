"""Ordinary life: students, teachers, phones, scripts, failed logins and scanners.

Nothing in here changes a course, so every course event has its cause elsewhere.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate

from logsleuth.demo.campus import (
    BROWSERS,
    CURL,
    KEY_ADVISING,
    KEY_MANUAL,
    KEY_ROSTERS,
    SCRIPT,
    Campus,
    Course,
    Person,
)
from logsleuth.demo.doings import LESSONS, LOOKS, write_message
from logsleuth.demo.log import END, GAP, START, Client, Log
from logsleuth.demo.visit import Visit
from logsleuth.model import times
from logsleuth.model.weblog import UNSPECIFIED

_UTC_OFFSET_HOURS = -6
"""America/Denver in October 2026."""

_HOURS = (6, 3, 2, 1, 1, 2, 5, 14, 30, 42, 48, 50, 46, 47, 50, 48, 44, 38, 36, 44, 52, 50, 36, 16)
"""How busy each local hour is."""

_WEEKDAYS = (10, 10, 10, 9, 6, 3, 6)
"""Monday to Sunday."""

TRUNCATED = "__dap_oversized_truncated__"


def ordinary_life(
    campus: Campus, log: Log, rows: int, progress: Callable[[int, int], None] | None = None
) -> None:
    """Fill the log with ordinary traffic until it holds ``rows`` requests.

    ``progress`` is told how many there are, of how many.
    """
    rng = random.Random(f"{log.seed}/traffic")
    kinds, weights = zip(*_KINDS, strict=True)
    moments = _moments(rng)
    told = 0
    for kind in kinds:  # however few rows are asked for, something of everything
        kind(campus, log, rng, next(moments))
    while len(log.rows) < rows:
        for kind in rng.choices(kinds, weights, k=64):
            kind(campus, log, rng, next(moments))
        if progress is not None and len(log.rows) - told > 10_000:
            told = len(log.rows)
            progress(min(told, rows), rows)
    del log.rows[max(rows, 0) :]


def nightly_rosters(log: Log) -> None:
    """The roster key as it usually is: three courses of the nursing school, every night."""
    rng = random.Random(f"{log.seed}/nightly rosters")
    client = Client(406, "203.0.113.20", "RosterMirror/1.9", None, KEY_ROSTERS)
    for midnight in range(START, END, times.DAY):
        visit = Visit(log, rng, client, midnight + 7 * times.HOUR)
        visit.wait(0, 300)
        for number in (5014, 5034, 5054):
            url = f"/api/v1/courses/{number}/users?per_page=100"
            visit.send("GET", url, "courses", "users", course=number)


def _moments(rng: random.Random) -> Iterator[int]:
    """Instants of the thirty days, more of them when the campus is awake."""
    hours = range(START, END, times.HOUR)
    weights = []
    for start in hours:
        local = start // times.HOUR + _UTC_OFFSET_HOURS
        weekday = (local // 24 + 3) % 7  # 1970-01-01 was a Thursday
        awake = not GAP[0] <= start < GAP[1]
        weights.append(_HOURS[local % 24] * _WEEKDAYS[weekday] if awake else 0)
    sums = list(accumulate(weights))
    while True:
        for start in rng.choices(hours, cum_weights=sums, k=1000):
            yield start + int(rng.random() * times.HOUR)


def web_client(log: Log, rng: random.Random, person: Person, *, at_home: float = 0.5) -> Client:
    """A new browser session of somebody, at home or on campus."""
    ip = person.home if rng.random() < at_home else person.office
    if person.id % 97 == 0 and ":" not in ip:
        ip = f"::ffff:{ip}"
    return Client(person.id, ip, person.browser, log.session())


def _student_web(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    person = rng.choice(campus.by_role["student"])
    visit = Visit(log, rng, web_client(log, rng, person), us)
    if rng.random() < 0.35:
        visit.sign_in(person)
    visit.dashboard()
    for course in rng.sample(campus.courses_of[person.id], k=rng.choice((1, 1, 2))):
        visit.page(f"/courses/{course.id}", "courses", "show", course=course.id)
        for look in rng.choices(*LOOKS, k=rng.randrange(1, 6)):
            look(visit, course)
    if rng.random() < 0.06:
        write_message(visit)
    if rng.random() < 0.08:
        visit.send("DELETE", "/logout", "login", "destroy", status=302)


def _student_phone(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    person = rng.choice(campus.by_role["student"])
    agent, key = person.phone
    ip = rng.choice((person.home, person.office, f"203.0.113.{8 + person.id % 8}"))
    visit = Visit(log, rng, Client(person.id, ip, agent, None, key), us)
    visit.send("GET", "/api/v1/users/self/todo?per_page=20", "users", "todo_items")
    visit.send("GET", "/api/v1/conversations/unread_count", "conversations", "unread_count")
    if rng.random() < 0.5:
        visit.send("GET", "/api/v1/users/self/upcoming_events", "users", "upcoming_events")
    if rng.random() < 0.4:
        return
    visit.send("GET", "/api/v1/courses?per_page=100&include[]=term", "courses", "index")
    course = rng.choice(campus.courses_of[person.id])
    base = f"/api/v1/courses/{course.id}"
    visit.send("GET", f"{base}/assignment_groups", "assignment_groups", "index", course=course.id)
    number = course.assignment(rng.randrange(10))
    visit.send(
        "GET",
        f"{base}/assignments/{number}",
        "assignments_api",
        "show",
        course=course.id,
        assignment=number,
    )
    visit.send(
        "GET",
        f"{base}/assignments/{number}/submissions/{person.id}",
        "submissions_api",
        "show",
        course=course.id,
        assignment=number,
    )
    visit.send("POST", "/api/graphql", "graphql", "execute")


def _student_quiz(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    person = rng.choice(campus.by_role["student"])
    visit = Visit(log, rng, web_client(log, rng, person, at_home=0.7), us)
    visit.dashboard()
    visit.quiz(rng.choice(campus.courses_of[person.id]), rng.randrange(4), 4 + rng.random() * 16)


def _teacher_web(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    person = rng.choice(campus.by_role["teacher"][1:])
    visit = Visit(log, rng, web_client(log, rng, person, at_home=0.3), us)
    if rng.random() < 0.5:
        visit.sign_in(person)
    visit.dashboard()
    course = rng.choice(campus.courses_of[person.id])
    visit.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    for teach in rng.choices(*LESSONS, k=rng.randrange(1, 4)):
        teach(visit, course)


def _administrator(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    person = rng.choice(campus.by_role["admin"])
    visit = Visit(log, rng, web_client(log, rng, person, at_home=0.05), us)
    visit.sign_in(person)
    visit.page("/accounts/1", "accounts", "show", context=("Account", 1))
    course = rng.choice(list(campus.courses.values()))
    student = rng.choice(course.students)
    visit.page(f"/accounts/1/users/{student}", "users", "show", context=("Account", 1))
    if rng.random() < 0.2:
        visit.page(f"/users/{student}/page_views", "page_views", "index", context=("User", student))
    visit.page(f"/courses/{course.id}/users", "context", "roster", course=course.id)
    if rng.random() < 0.06:
        _help_as(visit, student, course)


def _advising(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    """A well-behaved integration: a handful of students, always from one address."""
    client = Client(407, "203.0.113.21", "AdvisingDashboard/3.2", None, KEY_ADVISING)
    visit = Visit(log, rng, client, us)
    for person in rng.sample(campus.by_role["student"], k=4):
        visit.send("GET", f"/api/v1/users/{person.id}/enrollments", "enrollments_api", "index")


def _own_script(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    """A teacher's script with a token; every such token shares one developer key."""
    person = campus.by_role["teacher"][1 + rng.randrange(4)]
    visit = Visit(log, rng, Client(person.id, person.home, SCRIPT, None, KEY_MANUAL), us)
    course = rng.choice(campus.courses_of[person.id])
    for page in (1, 2):
        visit.send(
            "GET",
            f"/api/v1/courses/{course.id}/students/submissions?student_ids[]=all&page={page}",
            "submissions_api",
            "for_students",
            course=course.id,
        )


def _failed_login(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    person = rng.choice(campus.by_role["student"])
    visit = Visit(log, rng, Client(None, person.home, person.browser), us)
    visit.send("GET", "/login/canvas", "login/canvas", "new")
    for _ in range(rng.randrange(1, 4)):
        visit.wait(5, 25)
        visit.send("POST", "/login/canvas", "login/canvas", "create", status=400)


def _scanner(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    """Somebody out there tries doors; Canvas has no controller for these."""
    client = Client(None, f"203.0.113.{200 + rng.randrange(40)}", TRUNCATED)
    visit = Visit(log, rng, client, us)
    for path in rng.sample(_PROBES, k=3):
        visit.send("GET", path, UNSPECIFIED, UNSPECIFIED, status=404)
    visit.client = replace(client, agent=CURL)
    visit.send("PROPFIND", "/", None, None, status=404, version="1.0")


def _visitor(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    """A student of a partner institution: known here by a global id only."""
    user = 70_000_000_001_000 + rng.randrange(40)
    client = Client(user, f"2001:db8:7:{user % 40:x}::5", BROWSERS[3], log.session())
    visit = Visit(log, rng, client, us)
    course = campus.courses[5001 + rng.randrange(3)]
    visit.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    visit.page(f"/courses/{course.id}/modules", "context_modules", "index", course=course.id)


def _health_check(campus: Campus, log: Log, rng: random.Random, us: int) -> None:
    client = Client(None, "192.0.2.250", None)
    log.request(us, client, "GET", "/health_check", "info", "health_check", version="2.0")


_KINDS: tuple[tuple[Callable[[Campus, Log, random.Random, int], None], int], ...] = (
    (_student_web, 430),
    (_student_phone, 520),
    (_student_quiz, 45),
    (_teacher_web, 75),
    (_administrator, 12),
    (_advising, 12),
    (_own_script, 8),
    (_failed_login, 20),
    (_scanner, 6),
    (_visitor, 6),
    (_health_check, 60),
)

_PROBES = ("/wp-login.php", "/.env", "/.git/config", "/admin.php", "/phpmyadmin/", "/cgi-bin/test")


def _help_as(visit: Visit, student: int, course: Course) -> None:
    """An administrator looks at a problem as the student who reported it."""
    visit.start_acting(student)
    visit.page(f"/courses/{course.id}/grades", "gradebooks", "grade_summary", course=course.id)
    visit.stop_acting()
