"""Requests encoded for their day: what is spilled between reading and building.

A row is a list in the order of the columns of ``req``, ready to be inserted but for what
only the day can say: address and session are still themselves, the version is its commit time,
and operation and agent are numbers of the vocabulary of whoever encoded it.
"""

from typing import Any, NamedTuple

from logsleuth.model import routes, times
from logsleuth.model.delivered import Delivered
from logsleuth.model.weblog import is_write
from logsleuth.store.sqlite import schema

KEY, US, USER, REAL_USER, IP, STATUS, OP, COURSE, DEV, SESSION, AGENT = range(11)
FLAGS, DELETED, VERSION, URL, ID = 18, 19, 20, 21, 22
"""Places of the columns that more than the encoding speaks of."""

Row = list[Any]


class Op(NamedTuple):
    """What a request does, as the table ``op`` holds it."""

    method: str | None
    version: str | None
    participated: int | None
    controller: str | None
    action: str | None
    ctx_type: str | None
    kind: str
    automatic: int | None

    @property
    def writes(self) -> bool:
        """Whether the method is one that changes something."""
        return is_write(self.method)


class Version(NamedTuple):
    """Where a row is from: its commit time (microseconds since the epoch) and its source."""

    meta_us: int | None
    source: int


def op(row: Delivered) -> Op:
    """The operation of a request."""
    path = (row.url or "").partition("?")[0]
    return made_op(
        row.http_method,
        row.http_version,
        row.participated,
        row.web_application_controller,
        row.web_application_action,
        row.web_application_context_type,
        path,
    )


def made_op(
    method: str | None,
    version: str | None,
    participated: bool | None,
    controller: str | None,
    action: str | None,
    ctx_type: str | None,
    path: str,
) -> Op:
    """The operation of a request to ``path``, which has no query."""
    route = routes.classify(method, controller, action, path)
    return Op(
        method,
        version,
        None if participated is None else int(participated),
        controller,
        action,
        ctx_type,
        route.kind,
        None if route.automatic is None else int(route.automatic),
    )


def flags(row: Delivered, op: Op) -> int:
    """The marks of a request that follow from what was delivered."""
    found = schema.WRITE if op.writes else 0
    if row.url is not None and "\0" in row.url:
        found |= schema.NUL
    if row.extra is not None:
        found |= schema.EXTRA
        if '"line_sha256"' in row.extra:
            found |= schema.MASKED
    return found


def key(past: int, number: int) -> int:
    """The key of a request ``past`` microseconds after midnight, by the hash of its id."""
    return past // 1000 << schema.LOW_BITS | number & schema.LOW


def encode(
    row: Delivered, op: Op, op_number: int, agent_number: int | None, version: int | None
) -> tuple[Row, int]:
    """A request as a row of its day, and the hash of its id."""
    past = row.timestamp % times.DAY
    stored_id = schema.id_value(row.id)
    number = schema.id_hash(stored_id)
    encoded = [
        key(past, number),
        past % 1000 or None,
        row.user_id,
        row.real_user_id,
        row.remote_ip,
        row.http_status,
        op_number,
        row.course_id,
        row.developer_key_id,
        None if row.session_id is None else schema.id_value(row.session_id),
        agent_number,
        row.interaction_micros,
        row.web_application_context_id,
        row.quiz_id,
        row.discussion_id,
        row.conversation_id,
        row.assignment_id,
        routes.about_user(row.url),
        flags(row, op) or None,
        None,
        version,
        row.url,
        stored_id,
    ]
    return encoded, number


def delivered(
    row: Row, start: int, op: Op, agent: str | None, version: Version, extra: str | None
) -> Delivered:
    """The request that was encoded; ``start`` is the microseconds of its day's midnight."""
    session = row[SESSION]
    return Delivered(
        id=schema.id_text(row[ID]),
        timestamp=start + (row[KEY] >> schema.LOW_BITS) * 1000 + (row[US] or 0),
        meta_ts=version.meta_us,
        source_id=version.source,
        user_id=row[USER],
        real_user_id=row[REAL_USER],
        course_id=row[COURSE],
        quiz_id=row[13],
        discussion_id=row[14],
        conversation_id=row[15],
        assignment_id=row[16],
        url=row[URL],
        http_method=op.method,
        http_status=row[STATUS],
        http_version=op.version,
        remote_ip=row[IP],
        interaction_micros=row[11],
        web_application_controller=op.controller,
        web_application_action=op.action,
        web_application_context_type=op.ctx_type,
        web_application_context_id=row[12],
        session_id=None if session is None else schema.id_text(session),
        developer_key_id=row[DEV],
        participated=None if op.participated is None else bool(op.participated),
        user_agent=agent,
        extra=extra,
    )
