"""A request as it came in from one source, normalised but not yet in a store."""

from typing import Any

import msgspec


class Delivered(msgspec.Struct, array_like=True, kw_only=False, gc=False):
    """One version of a request, as spilled to disk between reading and building a day.

    Times are microseconds since the epoch.  ``id`` and ``session_id`` are lower case
    UUIDs with dashes, or the text that was delivered where that is none.  ``extra`` is
    JSON text of what the columns cannot hold, or ``None``.
    """

    id: str
    timestamp: int
    meta_ts: int | None
    source_id: int
    user_id: int | None
    real_user_id: int | None
    course_id: int | None
    quiz_id: int | None
    discussion_id: int | None
    conversation_id: int | None
    assignment_id: int | None
    url: str | None
    http_method: str | None
    http_status: int | None
    http_version: str | None
    remote_ip: str | None
    interaction_micros: int | None
    web_application_controller: str | None
    web_application_action: str | None
    web_application_context_type: str | None
    web_application_context_id: int | None
    session_id: str | None
    developer_key_id: int | None
    participated: bool | None
    user_agent: str | None
    extra: str | None = None

    def content(self) -> tuple[Any, ...]:
        """What makes two versions the same: everything but where they came from."""
        return (
            self.timestamp,
            self.user_id,
            self.real_user_id,
            self.course_id,
            self.quiz_id,
            self.discussion_id,
            self.conversation_id,
            self.assignment_id,
            self.url,
            self.http_method,
            self.http_status,
            self.http_version,
            self.remote_ip,
            self.interaction_micros,
            self.web_application_controller,
            self.web_application_action,
            self.web_application_context_type,
            self.web_application_context_id,
            self.session_id,
            self.developer_key_id,
            self.participated,
            self.user_agent,
            self.extra,
        )


class Deletion(msgspec.Struct, array_like=True, gc=False):
    """A ``D`` record: the id, when it was committed (microseconds), and its source."""

    id: str
    meta_ts: int | None
    source_id: int


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """A line that could not be taken in: where it stood, why, and its bytes, masked.

    ``line`` counts from 1, ``offset`` is in bytes of the unpacked content.  ``sha256`` is
    the hash of the line as it stood (hex), or ``None`` where only its beginning is kept.
    """

    line: int
    offset: int
    reason: str
    raw: bytes
    sha256: str | None
