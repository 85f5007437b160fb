"""From a stored row to a :class:`WebLog`, and the cursors of pages."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import apsw
import msgspec

from logsleuth.model.delivered import Delivered
from logsleuth.model.weblog import COLUMNS, WebLog
from logsleuth.store.base import StoreError
from logsleuth.store.sqlite import schema
from logsleuth.store.sqlite.facts import Day

SELECT = (
    "SELECT k, us, user_id, real_user_id, (SELECT text FROM ip WHERE i = r.ip), status, op,"
    " course_id, dev, (SELECT sid FROM ses WHERE i = r.ses),"
    f" (SELECT text FROM ua WHERE i = r.ua), micros, {schema.CONTEXT}, quiz_id, discussion_id,"
    " conversation_id, assignment_id, about, flags, deleted_us,"
    " (SELECT meta_us FROM ver WHERE i = r.ver), (SELECT source FROM ver WHERE i = r.ver),"
    " url, id FROM req r"
)


def read(row: tuple[Any, ...], day: Day) -> WebLog:
    """A row of :data:`SELECT` as a request."""
    (
        k,
        us,
        user_id,
        real_user_id,
        remote_ip,
        status,
        op_index,
        course_id,
        dev,
        session,
        agent,
        micros,
        ctx_id,
        quiz_id,
        discussion_id,
        conversation_id,
        assignment_id,
        about,
        flags,
        deleted_us,
        meta,
        source,
        url,
        stored_id,
    ) = row
    op = day.ops[op_index]
    flags = flags or 0
    extra: dict[str, Any] = {}
    if flags & schema.EXTRA:
        extra = _extra(day.connection, stored_id)
    line_sha256 = extra.pop("line_sha256", None)
    versions = 1
    if flags & schema.OLDER:
        found = day.connection.execute("SELECT count(*) FROM older WHERE id = ?", (stored_id,))
        versions += found.get
    return WebLog(
        id=schema.id_text(stored_id),
        timestamp=row_time(k, us, day.start),
        user_id=user_id,
        real_user_id=real_user_id,
        course_id=course_id,
        quiz_id=quiz_id,
        discussion_id=discussion_id,
        conversation_id=conversation_id,
        assignment_id=assignment_id,
        url=url,
        http_method=op.method,
        http_status=status,
        http_version=op.version,
        remote_ip=remote_ip,
        interaction_micros=micros,
        web_application_controller=op.controller,
        web_application_action=op.action,
        web_application_context_type=op.ctx_type,
        web_application_context_id=ctx_id,
        session_id=None if session is None else _session_text(session),
        developer_key_id=dev,
        participated=op.participated,
        user_agent=agent,
        deleted_upstream=deleted_us,
        meta_ts=meta,
        source_id=source,
        versions=versions,
        masked=bool(flags & schema.MASKED),
        line_sha256=line_sha256,
        kind=op.kind,
        automatic=op.automatic,
        student_view=real_user_id is not None and user_id in day.student_view_users,
        about_user=about,
        extra=extra,
        position=cursor(day.day, k, us),
    )


_session_text = lru_cache(maxsize=1_000)(schema.id_text)
"""A page has many requests of few sessions."""


def read_older(packed: bytes) -> WebLog:
    """A replaced version as a request."""
    old = msgspec.msgpack.decode(packed, type=Delivered)
    columns = {name: getattr(old, name) for name in COLUMNS}
    extra = json.loads(old.extra) if old.extra else {}
    line_sha256 = extra.pop("line_sha256", None)
    return WebLog(
        **columns,
        meta_ts=old.meta_ts,
        source_id=old.source_id,
        masked=line_sha256 is not None,
        line_sha256=line_sha256,
        extra=extra,
    )


def _extra(connection: apsw.Connection, stored_id: bytes | str) -> dict[str, Any]:
    stored = connection.execute("SELECT data FROM extra WHERE id = ?", (stored_id,)).get
    found: dict[str, Any] = json.loads(schema.extra_text(stored))
    return found


def row_time(k: int, us: int | None, start: int) -> int:
    """Microseconds of a row's timestamp; ``start`` is those of the day's midnight."""
    return start + (k >> schema.LOW_BITS) * 1000 + (us or 0)


def cursor(day: str, k: int, us: int | None) -> str:
    """The opaque place of a row: day, millisecond, microseconds in it, key."""
    return f"{day}/{k >> schema.LOW_BITS}/{us or 0}/{k}"


def cursor_before(day: str, past: int) -> str:
    """The place just in front of all rows at ``past`` microseconds of the day."""
    return f"{day}/{past // 1000}/{past % 1000}/-1"


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor, read.  Within a day rows are ordered by ``(ms, us, k)``."""

    day: str
    ms: int
    us: int
    k: int


def parse_cursor(text: str) -> Place:
    """The place that a cursor names; ``StoreError`` for any other text."""
    try:
        day, ms, us, k = text.split("/")
        return Place(day, int(ms), int(us), int(k))
    except ValueError as error:
        raise StoreError(f"'{text}' is no place in this cache; begin again at the top.") from error
