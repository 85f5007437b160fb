"""One logged web request: a row of ``canvas_logs.web_logs``.

The columns are those of the DAP schema page, by their own names and in its order.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from logsleuth.model import times

UNSPECIFIED = "__dap_unspecified__"
"""DAP's placeholder in controller and action: static files and probes have neither."""

TRUNCATED = frozenset({"__dap_oversized_truncated__", "__cd2_oversized_truncated__"})
"""DAP's placeholders for a whole user agent that was over 255 characters long."""

COLUMNS = (
    "id",
    "timestamp",
    "user_id",
    "real_user_id",
    "course_id",
    "quiz_id",
    "discussion_id",
    "conversation_id",
    "assignment_id",
    "url",
    "http_method",
    "http_status",
    "http_version",
    "remote_ip",
    "interaction_micros",
    "web_application_controller",
    "web_application_action",
    "web_application_context_type",
    "web_application_context_id",
    "session_id",
    "developer_key_id",
    "participated",
    "user_agent",
)
"""Every column of the DAP schema, in its order."""

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def is_write(method: str | None) -> bool:
    """Whether a request of that method may change something; methods ignore case."""
    return method is not None and method.upper() in _WRITES


class WebLog(msgspec.Struct, frozen=True, kw_only=True):
    """A request as delivered, and what the cache knows of it.

    ``timestamp``, ``meta_ts`` and ``deleted_upstream`` are microseconds since the epoch.
    Only ``id`` and ``timestamp`` are always there: a null elsewhere is evidence.
    Controller, action, method and every other enumerated column keep values that
    nobody has seen yet.  A value of the wrong type (``user_id: "x"``) is null here and
    stands in ``extra`` under its column's name, beside columns the schema did not have.
    """

    id: str
    timestamp: int
    user_id: int | None = None
    real_user_id: int | None = None
    course_id: int | None = None
    quiz_id: int | None = None
    discussion_id: int | None = None
    conversation_id: int | None = None
    assignment_id: int | None = None
    url: str | None = None
    http_method: str | None = None
    http_status: int | None = None
    http_version: str | None = None
    remote_ip: str | None = None
    interaction_micros: int | None = None
    web_application_controller: str | None = None
    web_application_action: str | None = None
    web_application_context_type: str | None = None
    web_application_context_id: int | None = None
    session_id: str | None = None
    developer_key_id: int | None = None
    participated: bool | None = None
    user_agent: str | None = None

    deleted_upstream: int | None = None
    meta_ts: int | None = None
    source_id: int | None = None
    versions: int = 1
    masked: bool = False
    line_sha256: str | None = None
    kind: str = "other"
    automatic: bool | None = None
    student_view: bool = False
    about_user: int | None = None
    extra: dict[str, Any] = {}
    position: str = ""

    @property
    def actor(self) -> int | None:
        """The account signed in: ``real_user_id``, else ``user_id``."""
        return self.user_id if self.real_user_id is None else self.real_user_id

    @property
    def masqueraded(self) -> bool:
        """Whether one account acted as another; Student View is not that."""
        return self.real_user_id is not None and not self.student_view

    @property
    def write(self) -> bool:
        """Whether the method may change something: POST, PUT, PATCH, DELETE."""
        return is_write(self.http_method)

    @property
    def path(self) -> str:
        """The URL without its query."""
        return (self.url or "").partition("?")[0]

    def as_json(self) -> dict[str, Any]:
        """The object of ``search --format jsonl``: the schema's columns in its order,
        null where null, times in UTC, then ``deleted_upstream``.

        ``http_version`` is a string and ids are integers, whatever their size.
        """
        found: dict[str, Any] = {name: getattr(self, name) for name in COLUMNS}
        found["timestamp"] = times.iso(self.timestamp)
        found["deleted_upstream"] = (
            None if self.deleted_upstream is None else times.iso(self.deleted_upstream)
        )
        return found


def changes(older: WebLog, newer: WebLog) -> Iterator[tuple[str, Any, Any]]:
    """What a newer version of a request says otherwise: column, then, now."""
    before, after = older.as_json(), newer.as_json()
    for name, value in before.items():
        if value != after[name]:
            yield name, value, after[name]
