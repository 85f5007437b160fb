"""Which accounts are a course's Test Student.

In Student View a teacher's requests run as the Test Student, with the teacher as
``real_user_id``: harmless, and not to be taken for acting as a person.  Nor may a person
acted as be passed off as a Test Student.  So an account counts only when a teacher's
accepted ``courses#student_view`` request is followed, in the same session, by that
account as the next one acted as, with no act-as request between.
"""

import json
from typing import Any

import apsw

from logsleuth.store.sqlite import schema

_STARTS = """
SELECT r.k, r.ses, r.user_id, r.id FROM req r
WHERE r.op IN (SELECT i FROM op WHERE controller = 'courses' AND action = 'student_view')
  AND r.ses IS NOT NULL AND r.user_id IS NOT NULL AND r.real_user_id IS NULL AND r.status < 400
"""
_NEXT = """
SELECT r.user_id, r.real_user_id, r.k FROM req r
WHERE r.ses = ? AND r.k > ? AND r.real_user_id IS NOT NULL AND r.user_id IS NOT NULL
ORDER BY r.k LIMIT 1
"""
_ACTED = """
SELECT 1 FROM req r WHERE r.ses = ? AND r.k > ? AND r.k < ?
  AND (r.url LIKE '%become\\_%' ESCAPE '\\'
       OR r.op IN (SELECT i FROM op WHERE controller = 'users' AND action = 'masquerade')) LIMIT 1
"""


def find(connection: apsw.Connection) -> dict[int, str]:
    """Test Students of a day, each with the id of the request that gave it away."""
    found: dict[int, str] = {}
    starts: list[Any] = connection.execute(_STARTS).fetchall()
    for k, session, teacher, request_id in starts:
        following: Any = connection.execute(_NEXT, (session, k)).fetchone()
        if following is None:
            continue
        student, real, at = following
        if real != teacher or student == teacher:
            continue
        if connection.execute(_ACTED, (session, k, at)).fetchone() is None:
            found.setdefault(student, schema.id_text(request_id))
    return found


def signed_in(connection: apsw.Connection, suspects: list[int]) -> set[int]:
    """Those of the accounts that made requests of their own, or acted as others."""
    rows: Any = connection.execute(
        "SELECT DISTINCT user_id FROM req WHERE real_user_id IS NULL"
        " AND user_id IN (SELECT value FROM json_each(?1))"
        " UNION SELECT DISTINCT real_user_id FROM req"
        " WHERE real_user_id IN (SELECT value FROM json_each(?1))",
        (json.dumps(suspects),),
    )
    return {row[0] for row in rows}
