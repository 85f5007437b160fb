"""The stories hidden in the made-up campus: what happens in each, request by request.

Every function writes one story into the log and returns the ids that one needs to find
it.  ``stories.py`` tells them in words.
"""

import hashlib
import random
from dataclasses import replace

from logsleuth.demo.campus import (
    CURL,
    FIREFOX_ON_LINUX,
    KEY_MANUAL,
    KEY_ROSTERS,
    SCRIPT,
    ZONE,
    Campus,
    Course,
    Person,
)
from logsleuth.demo.doings import student_view
from logsleuth.demo.log import SECOND, Client, Log, at
from logsleuth.demo.visit import SIS_BRIDGE, Visit
from logsleuth.model import times
from logsleuth.model.weblog import UNSPECIFIED
from logsleuth.model.zones import zone

Ids = dict[str, int | str]

COURSES = frozenset({5001, 5012, 5013, 5030, 5040})
"""Courses with a story of their own: nothing else happens to their settings."""


def concluded_by_administrator(campus: Campus, log: Log) -> Ids:
    """An administrator acts as a teacher and concludes the teacher's course."""
    admin, teacher, course = campus.people[101], campus.people[202], campus.courses[5001]
    visit = browser(log, "concluded", admin, admin.office, at("2026-10-12 22:31:08"))
    visit.sign_in(admin)
    visit.dashboard()
    visit.page("/accounts/1", "accounts", "show", context=("Account", 1))
    visit.page(f"/accounts/1/users/{teacher.id}", "users", "show", context=("Account", 1))
    visit.start_acting(teacher.id)
    visit.wait(8, 12)
    visit.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    visit.send("GET", f"/courses/{course.id}/settings", "courses", "settings", course=course.id)
    visit.wait(6, 9)
    visit.send(
        "GET",
        f"/courses/{course.id}/confirm_action?event=conclude",
        "courses",
        "confirm_action",
        course=course.id,
    )
    visit.wait(4, 7)
    moment = visit.us
    request = visit.send(
        "POST",
        f"/courses/{course.id}",
        "courses",
        "destroy",
        status=302,
        course=course.id,
        micros=2_218_340,
    )
    visit.us = moment + 2_300_000
    visit.send("GET", "/courses", "courses", "index")
    visit.wait(10, 20)
    visit.stop_acting()
    visit.page("/accounts/1", "accounts", "show", context=("Account", 1))
    visit.page("/accounts/1/settings", "accounts", "settings", context=("Account", 1))
    visit.send("DELETE", "/logout", "login", "destroy", status=302)
    event = log.event(
        moment + 1_900_000,
        "concluded",
        "manual",
        course.id,
        teacher.id,
        account=course.account_id,
        cause=request,
        signed_in=admin.id,
    )
    _published_in_august(log, course)
    surprised = browser(log, "surprised", teacher, teacher.home, at("2026-10-13 01:12:40"))
    surprised.sign_in(teacher)
    surprised.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    return {
        "event": event,
        "request": request,
        "time": _campus_time(moment),
        "session": str(visit.client.session),
        "course": course.id,
        "recorded_as": teacher.id,
        "signed_in_as": admin.id,
    }


def shared_session(campus: Campus, log: Log) -> Ids:
    """One session, two networks, two browsers, at the same time."""
    owner = campus.people[1042]
    course = campus.courses_of[owner.id][0]
    visit = browser(log, "session", owner, owner.home, at("2026-10-20 18:40:00"))
    visit.sign_in(owner)
    mine = visit.client
    theirs = replace(mine, ip="203.0.113.66", agent=FIREFOX_ON_LINUX)
    visit.dashboard()
    since = 0
    for turn in range(14):
        visit.client = mine
        week = f"/courses/{course.id}/pages/week-{1 + turn % 9}"
        visit.send("GET", week, "wiki_pages", "show", course=course.id)
        visit.wait(20, 70)
        if turn < 3:
            continue
        visit.client = theirs
        since = since or visit.us
        url, controller, action = _CURIOSITIES[turn % len(_CURIOSITIES)]
        visit.send("GET", url, controller, action)
        visit.wait(5, 30)
    visit.client = theirs
    visit.send(
        "POST", "/api/v1/conversations", "conversations", "create", status=201, conversation=65_901
    )
    return {
        "session": str(mine.session),
        "time": _campus_time(since),
        "user": owner.id,
        "address": owner.home,
        "other_address": theirs.ip,
    }


_CURIOSITIES = (
    ("/grades", "users", "grades"),
    ("/conversations", "conversations", "index"),
    ("/profile/settings", "profile", "settings"),
    ("/api/v1/conversations?scope=inbox&per_page=20", "conversations", "index"),
    ("/search/recipients?search=a", "search", "recipients"),
)


def every_roster(campus: Campus, log: Log) -> Ids:
    """A key that reads three rosters a night reads all of them, from a new address."""
    client = Client(406, "203.0.113.140", SCRIPT, None, KEY_ROSTERS)
    visit = Visit(log, random.Random(f"{log.seed}/rosters"), client, at("2026-10-22 09:02:11"))
    read = refused = 0
    for course in campus.courses.values():
        closed = course.id % 13 == 0
        url = (
            f"/api/v1/courses/{course.id}/users?include[]=email&include[]=enrollments&per_page=100"
        )
        for page in (1,) if closed else (1, 2):
            visit.send(
                "GET",
                f"{url}&page={page}",
                "courses",
                "users",
                course=course.id,
                status=403 if closed else 200,
            )
        read, refused = read + (not closed), refused + closed
    visit.send(
        "GET",
        "/api/v1/accounts/1/users?per_page=100",
        "users",
        "api_index",
        status=403,
        context=("Account", 1),
    )
    return {
        "key": KEY_ROSTERS,
        "user": 406,
        "address": client.ip,
        "rosters": read,
        "refused": refused,
    }


def renamed_by_import(campus: Campus, log: Log) -> Ids:
    """A nightly import with wrong names renames two dozen courses."""
    rng = random.Random(f"{log.seed}/renamed")
    batch = 750
    visit = Visit(log, rng, SIS_BRIDGE, at("2026-10-14 09:30:02"))
    us = visit.us + 95 * SECOND
    upload = visit.sis_import(batch, minutes=5)
    events = []
    for course in list(campus.courses.values())[20:44]:
        us += rng.randrange(3) * SECOND
        events.append(
            log.event(
                us,
                "updated",
                "sis",
                course.id,
                405,
                account=course.account_id,
                cause=upload,
                sis_batch=batch,
                data={"name": [course.name, f"{course.code}-2026FA"], "sis_batch_id": [713, batch]},
            )
        )
    return {"event": events[0], "request": upload, "batch": batch, "user": 405}


def wiped_course(campus: Campus, log: Log) -> Ids:
    """A teaching assistant resets a course: its content goes, a new course takes its place."""
    course, replacement = campus.courses[5012], campus.spare[6160]
    assistant = campus.people[course.assistant]
    visit = browser(log, "wiped", assistant, assistant.home, at("2026-10-08 21:17:44"))
    visit.sign_in(assistant)
    visit.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    visit.page(f"/courses/{course.id}/settings", "courses", "settings", course=course.id)
    moment = visit.us
    request = visit.send(
        "POST",
        f"/courses/{course.id}/reset",
        "courses",
        "reset_content",
        status=302,
        course=course.id,
        micros=3_900_000,
    )
    visit.us = moment + 4_000_000
    visit.page(f"/courses/{replacement.id}", "courses", "show", course=replacement.id)
    us = moment + 3_400_000
    old = log.event(
        us,
        "reset_to",
        "manual",
        course.id,
        assistant.id,
        account=course.account_id,
        cause=request,
        link=("reset_to", replacement.id),
    )
    new = log.event(
        us,
        "reset_from",
        "manual",
        replacement.id,
        assistant.id,
        account=course.account_id,
        cause=request,
        link=("reset_from", course.id),
    )
    return {
        "event": old,
        "event_of_new_course": new,
        "request": request,
        "course": course.id,
        "new_course": replacement.id,
        "user": assistant.id,
    }


def grades_at_night(campus: Campus, log: Log) -> Ids:
    """A teacher's account, a new address, ten past three in the night, forty grades."""
    course = campus.courses[5013]
    teacher = campus.people[course.teacher]
    client = Client(teacher.id, "203.0.113.77", FIREFOX_ON_LINUX, log.session())
    rng = random.Random(f"{log.seed}/grades")
    visit = Visit(log, rng, client, at("2026-10-25 09:10:15"))
    visit.sign_in(teacher)
    visit.page(f"/courses/{course.id}/gradebook", "gradebooks", "show", course=course.id)
    assignment = course.assignment(3)
    for number, student in enumerate(course.students[:40]):
        visit.wait(2, 9)
        if number % 4:
            visit.send(
                "POST",
                f"/courses/{course.id}/gradebook/update_submission",
                "gradebooks",
                "update_submission",
                course=course.id,
                assignment=assignment,
            )
        else:
            visit.send(
                "PUT",
                f"/api/v1/courses/{course.id}/assignments/{assignment}/submissions/{student}",
                "submissions_api",
                "update",
                course=course.id,
                assignment=assignment,
            )
    visit.send("POST", "/api/graphql", "graphql", "execute")
    visit.send("DELETE", "/logout", "login", "destroy", status=302)
    return {
        "session": str(client.session),
        "user": teacher.id,
        "address": client.ip,
        "course": course.id,
        "grades": min(40, len(course.students)),
    }


def unpublished_last_night(campus: Campus, log: Log) -> Ids:
    """ "My course was unpublished last night and I did not do it": a token acting as her."""
    course, admin = campus.courses[5030], campus.people[108]
    teacher = campus.people[course.teacher]
    own = browser(log, "last night", admin, admin.home, at("2026-10-30 03:50:20"))
    own.sign_in(admin)
    own.page("/accounts/1", "accounts", "show", context=("Account", 1))
    own.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    script = Client(admin.id, admin.home, CURL, None, KEY_MANUAL).acting_as(teacher.id)
    visit = Visit(log, own.rng, script, at("2026-10-30 04:12:30"))
    acting = f"as_user_id={teacher.id}"
    visit.send("GET", f"/api/v1/users/self?{acting}", "users", "api_show")
    visit.wait(9, 14)
    path = f"/api/v1/courses/{course.id}"
    visit.send("GET", f"{path}?{acting}", "courses", "show", course=course.id)
    visit.wait(20, 30)
    moment = visit.us
    request = visit.send(
        "PUT", f"{path}?{acting}", "courses", "update", course=course.id, micros=731_000
    )
    event = log.event(
        moment + 600_000,
        "claimed",
        "api",
        course.id,
        teacher.id,
        account=course.account_id,
        cause=request,
        signed_in=admin.id,
    )
    _published_in_august(log, course)
    return {
        "event": event,
        "request": request,
        "time": _campus_time(moment),
        "course": course.id,
        "recorded_as": teacher.id,
        "signed_in_as": admin.id,
        "key": KEY_MANUAL,
        "address": admin.home,
    }


def one_quiz_two_students(campus: Campus, log: Log) -> Ids:
    """Two students take the same quiz from one address, answer by answer together."""
    course = campus.courses[5003]
    one, other = (campus.people[number] for number in course.students[5:7])
    for person, start in ((one, "2026-10-19 20:00:04"), (other, "2026-10-19 20:00:51")):
        visit = browser(log, f"quiz {person.id}", person, "198.51.100.231", at(start))
        visit.quiz(course, 1, 24)
    return {
        "user": one.id,
        "other_user": other.id,
        "address": "198.51.100.231",
        "course": course.id,
        "quiz": course.quiz(1),
    }


def hostile_text(campus: Campus, log: Log) -> Ids:
    """Requests that attack whoever reads the log: escapes, markup, formulas, reversed text."""
    client = Client(None, "203.0.113.99", None)
    us = at("2026-10-16 11:05:30")
    for agent in _HOSTILE:
        log.request(
            us,
            replace(client, agent=agent),
            "GET",
            f"/search?q={agent}",
            UNSPECIFIED,
            UNSPECIFIED,
            status=404,
        )
        us += 700_000
    return {"address": client.ip, "requests": len(_HOSTILE)}


_HOSTILE = (
    "\x1b]0;signed in as root\x07\x1b[2J\x1b[31mnothing to see here",
    "\x9b31mred\x9b0m \x7f\x00 end",
    "invoice\u202efdp.exe \u2066hidden\u2069 \u200bzero\u200dwidth",
    "Mozilla [@click=app.quit]press me[/] 5.0",
    "[/nope] [bold red]markup[/bold red]",
    "=cmd|' /C calc'!A0",
    "+1+1; -2+3; @SUM(A1:A9)",
    "line one\nline two\r\tline three",
    "a" + "\u0301" * 60,
    "<script>alert(1)</script> `code` | table | **bold**",
)


def secret_in_a_url(campus: Campus, log: Log) -> Ids:
    """A token written into a URL, used by its owner and then by somebody else."""
    owner = campus.people[1077]
    digest = hashlib.sha256(f"{log.seed}/made-up token".encode()).hexdigest()
    url = f"/api/v1/users/self/profile?access_token=1~MADEUP{digest[:48]}&per_page=1"
    for moment, ip, agent in (
        ("2026-10-06 16:20:10", owner.home, SCRIPT),
        ("2026-10-09 02:41:55", "203.0.113.151", CURL),
    ):
        client = Client(owner.id, ip, agent, None, KEY_MANUAL)
        log.request(at(moment), client, "GET", url, "profile", "settings")
    return {"user": owner.id, "address": owner.home, "other_address": "203.0.113.151"}


def harmless_student_view(campus: Campus, log: Log) -> Ids:
    """What looks like acting as another user, and is a teacher in Student View."""
    course = campus.courses[5002]
    teacher = campus.people[course.teacher]
    visit = browser(log, "student view", teacher, teacher.office, at("2026-10-07 16:02:00"))
    visit.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    student_view(visit, course)
    visit.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    return {
        "session": str(visit.client.session),
        "user": teacher.id,
        "test_student": course.test_student,
        "course": course.id,
    }


def _published_in_august(log: Log, course: Course) -> None:
    """What the audit log still knows, long after the requests of that day are gone."""
    log.event(
        at("2026-08-21 17:30:12"),
        "published",
        "api",
        course.id,
        course.teacher,
        account=course.account_id,
        absent="older_than_log",
    )


def _campus_time(us: int) -> str:
    """``2026-10-12 16:33``, as the clocks on campus show it."""
    return f"{times.from_us(us, zone(ZONE)):%Y-%m-%d %H:%M}"


def browser(log: Log, story: str, person: Person, ip: str, us: int) -> Visit:
    """A new browser session in a story, with chances of its own."""
    client = Client(person.id, ip, person.browser, log.session())
    return Visit(log, random.Random(f"{log.seed}/{story}"), client, us)
