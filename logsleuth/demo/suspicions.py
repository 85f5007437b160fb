"""Stories about people who are suspected of something, and about who is not.

As in ``incidents.py``, every function writes one story into the log and returns the ids
that one needs to find it.
"""

import random

from logsleuth.demo.campus import (
    CURL,
    FIREFOX_ON_LINUX,
    KEY_MANUAL,
    Campus,
    Person,
)
from logsleuth.demo.incidents import Ids, browser
from logsleuth.demo.log import MINUTE, SECOND, Client, Log, at
from logsleuth.demo.visit import Visit

_NIGHTS = ("2026-10-03", "2026-10-07", "2026-10-11", "2026-10-14", "2026-10-21", "2026-10-28")


def curious_administrator(campus: Campus, log: Log) -> Ids:
    """An administrator acts as students, night after night, and only ever reads."""
    admin = campus.people[104]
    students = [campus.people[number] for number in range(1101, 1113)]
    sessions = []
    for night, first in zip(_NIGHTS, range(0, len(students), 2), strict=True):
        visit = browser(log, f"curious {night}", admin, admin.home, at(f"{night} 05:10:20"))
        sessions.append(str(visit.client.session))
        visit.sign_in(admin)
        for student in students[first : first + 2]:
            page = f"/accounts/1/users/{student.id}"
            visit.page(page, "users", "show", context=("Account", 1))
            visit.start_acting(student.id)
            _read_everything(visit, campus, student)
            visit.stop_acting()
            visit.wait(30, 90)
    return {
        "user": admin.id,
        "students": len(students),
        "nights": len(_NIGHTS),
        "first_session": sessions[0],
        "address": admin.home,
    }


def _read_everything(visit: Visit, campus: Campus, student: Person) -> None:
    """What there is to read of a student: grades, inbox, files, settings."""
    visit.wait(10, 30)
    visit.send("GET", "/grades", "users", "grades")
    for course in campus.courses_of[student.id][:2]:
        visit.wait(60, 200)
        visit.send(
            "GET",
            f"/courses/{course.id}/grades/{student.id}",
            "gradebooks",
            "grade_summary",
            course=course.id,
        )
    visit.wait(40, 90)
    visit.send("GET", "/conversations", "conversations", "index")
    for number in range(3):
        visit.wait(30, 120)
        talk = 70_000 + student.id * 10 + number
        visit.send(
            "GET",
            f"/api/v1/conversations/{talk}?include_participant_contexts=false",
            "conversations",
            "show",
            conversation=talk,
        )
    visit.send("GET", "/api/v1/conversations/unread_count", "conversations", "unread_count")
    visit.wait(20, 60)
    visit.send("GET", "/files", "files", "index")
    visit.wait(20, 60)
    visit.send("GET", "/profile/settings", "profile", "settings")


def one_student_two_addresses(campus: Campus, log: Log) -> Ids:
    """A student is in a quiz in one place and reads the course in another; one more has
    a phone that asks for unread messages by itself."""
    course = campus.courses[5003]
    student, innocent = (campus.people[number] for number in course.students[8:10])
    start = at("2026-10-19 20:02:30")
    quiz = browser(log, f"quiz {student.id}", student, student.home, start)
    quiz.quiz(course, 1, 28)
    helper = Client(student.id, "203.0.113.88", FIREFOX_ON_LINUX, log.session())
    aside = Visit(log, random.Random(f"{log.seed}/aside"), helper, start + 6 * MINUTE)
    aside.sign_in(student)
    for week in range(3, 8):
        aside.send(
            "GET",
            f"/courses/{course.id}/pages/week-{week}",
            "wiki_pages",
            "show",
            course=course.id,
        )
        aside.wait(60, 150)
    other = browser(log, f"quiz {innocent.id}", innocent, innocent.home, start + 40 * SECOND)
    other.quiz(course, 1, 25)
    agent, key = innocent.phone
    phone = Client(innocent.id, "203.0.113.121", agent, None, key)
    polls = Visit(log, random.Random(f"{log.seed}/polls"), phone, start + 3 * MINUTE)
    for _ in range(9):
        polls.send("GET", "/api/v1/conversations/unread_count", "conversations", "unread_count")
        polls.wait(110, 130)
    return {
        "user": student.id,
        "address": student.home,
        "other_address": helper.ip or "",
        "innocent": innocent.id,
        "phone_address": phone.ip or "",
        "course": course.id,
        "quiz": course.quiz(1),
    }


def guessed_passwords(campus: Campus, log: Log) -> Ids:
    """One address tries passwords for days; two accounts open, and it comes back to them."""
    address = "203.0.113.250"
    rng = random.Random(f"{log.seed}/passwords")
    tries = Visit(log, rng, Client(None, address, CURL), at("2026-10-11 06:40:00"))
    for _ in range(60):
        tries.send("POST", "/login/canvas", "login/canvas", "create", status=400)
        tries.wait(20, 400)
    opened = [campus.people[number] for number in (1203, 1310)]
    for person, start in zip(opened, ("2026-10-13 07:15:00", "2026-10-15 06:05:00"), strict=True):
        visit = Visit(
            log, rng, Client(person.id, address, FIREFOX_ON_LINUX, log.session()), at(start)
        )
        known, visit.client = visit.client, Client(None, address, FIREFOX_ON_LINUX)
        visit.send("POST", "/login/canvas", "login/canvas", "create", status=302)
        visit.client = known
        visit.dashboard()
        visit.send("GET", "/profile/settings", "profile", "settings")
        visit.wait(20, 60)
        visit.send("POST", "/profile/tokens", "tokens", "create", context=("User", person.id))
        visit.wait(20, 60)
        visit.send("GET", "/conversations", "conversations", "index")
    script = Client(opened[1].id, address, CURL, None, KEY_MANUAL)
    back = Visit(log, rng, script, at("2026-10-26 07:00:00"))
    for page in range(1, 13):
        back.send("GET", f"/api/v1/conversations?page={page}", "conversations", "index")
    return {
        "address": address,
        "tries": 60,
        "user": opened[0].id,
        "other_user": opened[1].id,
        "key": KEY_MANUAL,
    }
