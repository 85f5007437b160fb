"""Which accounts are a course's Test Student.

In Student View a teacher's requests run as the Test Student, with the teacher as
``real_user_id``: harmless, and not to be taken for acting as a person.  Nor may a person
acted as be passed off as a Test Student.  So an account counts only when a teacher's
accepted ``courses#student_view`` request is followed, in the same session, by that
account as the next one acted as, with no act-as request from the one to the other.  And
whoever was ever acted as by name, or made requests of their own, is no Test Student: an
act-as request may stand just before Student View in the log and take effect after it.
Nor is one who was acted as with a token, or let into two courses: a Test Student is a
browser's, and of one course.  (``as_user_id`` in a request's body is not logged.)
"""

import json
from typing import Any
from urllib.parse import unquote

import apsw

from logsleuth.store.sqlite import by_visits, indexing, schema

_ENTER = "SELECT i FROM op WHERE controller = 'courses' AND action = 'student_view'"
_STARTS = """
SELECT r.k, r.ses, r.user_id, r.id FROM req r
WHERE {entered}
  AND r.ses IS NOT NULL AND r.user_id IS NOT NULL AND r.real_user_id IS NULL AND r.status < 400
"""
_NEXT = f"""
SELECT r.user_id, r.real_user_id, r.k FROM req r
WHERE r.ses = ?1 AND r.k > ?2 AND r.real_user_id IS NOT NULL AND r.user_id IS NOT NULL
  AND r.k IN ({by_visits.keys("ses = ?1 AND real_user_id IS NOT NULL AND user_id IS NOT NULL")})
ORDER BY r.k LIMIT 1
"""
_ACT_AS = "SELECT i FROM op WHERE controller = 'users' AND action = 'masquerade'"
_BETWEEN = f"""
SELECT r.url, r.op IN ({_ACT_AS}) FROM req r
WHERE r.ses = ?1 AND r.k BETWEEN ?2 AND ?3 AND r.k IN ({by_visits.keys("ses = ?1")})
"""
_ACTED = f"""
SELECT r.about, r.url, r.op IN ({_ACT_AS}) FROM req r
WHERE r.about IN (SELECT value FROM json_each(?))
"""
_OWN = """
SELECT DISTINCT user_id FROM req
WHERE real_user_id IS NULL AND user_id IN (SELECT value FROM json_each(?1))
UNION SELECT DISTINCT real_user_id FROM req
WHERE real_user_id IN (SELECT value FROM json_each(?1))
UNION SELECT DISTINCT user_id FROM req
WHERE dev IS NOT NULL AND user_id IN (SELECT value FROM json_each(?1))
"""
_COURSES = """
SELECT DISTINCT user_id, course_id FROM req
WHERE course_id IS NOT NULL AND status < 400 AND user_id IN (SELECT value FROM json_each(?))
"""


def find(connection: apsw.Connection) -> dict[int, str]:
    """Test Students of a day, each with the id of the request that gave it away."""
    found: dict[int, str] = {}
    ops = [row[0] for row in connection.execute(_ENTER)]
    entered = indexing.among(ops, indexing.common_ops(connection))
    starts: list[Any] = connection.execute(_STARTS.format(entered=entered)).fetchall()
    for k, session, teacher, request_id in starts:
        following: Any = connection.execute(_NEXT, (session, k)).fetchone()
        if following is None:
            continue
        student, real, at = following
        if real != teacher or student == teacher:
            continue
        between: Any = connection.execute(_BETWEEN, (session, k, at))
        if not any(_acts_as(url, route) for url, route in between):
            found.setdefault(student, schema.id_text(request_id))
    return found


def contradicted(connection: apsw.Connection, suspects: list[int]) -> set[int]:
    """Those of the accounts that made requests of their own, acted as others, or were
    acted as by name or with a token."""
    listed = json.dumps(suspects)
    own: Any = connection.execute(_OWN, (listed,))
    found = {row[0] for row in own}
    acted: Any = connection.execute(_ACTED, (listed,))
    found.update(user for user, url, route in acted if _acts_as(url, route))
    return found


def courses(connection: apsw.Connection, suspects: list[int]) -> set[tuple[int, int]]:
    """Account and course, for every course that let one of the accounts in."""
    found: Any = connection.execute(_COURSES, (json.dumps(suspects),))
    return set(found)


def _acts_as(url: str | None, route: int) -> bool:
    """Whether a request starts acting as somebody, by its route or a parameter."""
    query = unquote(url or "").lower()
    return bool(route) or "become_" in query or "as_user_id" in query
