"""The columns of a day's requests that each field of a filter is made of."""

COLUMNS = {
    "user_id": "user_id",
    "real_user_id": "real_user_id",
    "course_id": "course_id",
    "quiz_id": "quiz_id",
    "discussion_id": "discussion_id",
    "conversation_id": "conversation_id",
    "assignment_id": "assignment_id",
    "http_status": "status",
    "interaction_micros": "micros",
    "developer_key_id": "dev",
    "about_user": "about",
}
"""Fields that are a number in a column of their own."""

OPS = {
    "http_method": "method",
    "http_version": "version",
    "participated": "participated",
    "web_application_controller": "controller",
    "web_application_action": "action",
    "web_application_context_type": "ctx_type",
    "kind": "kind",
    "automatic": "automatic",
    "write": "w",
}
"""Fields that stand in the day's small dictionary of operations."""

_READS = {
    "web_application_context_id": frozenset({"ctx_id", "course_id", "user_id"}),
    "id": frozenset({"k", "id"}),
    "timestamp": frozenset({"k", "us"}),
    "url": frozenset({"url", "flags"}),
    "user_agent": frozenset({"ua"}),
    "remote_ip": frozenset({"ip"}),
    "session_id": frozenset({"ses"}),
    "actor": frozenset({"user_id", "real_user_id"}),
    "masqueraded": frozenset({"user_id", "real_user_id"}),
    "student_view": frozenset({"user_id", "real_user_id"}),
    "token": frozenset({"dev"}),
    "foreign": frozenset({"user_id"}),
    "deleted": frozenset({"deleted_us"}),
}
"""The columns of the other fields."""


def reads(name: str) -> frozenset[str]:
    """The columns of ``req`` that a field is made of."""
    if name in _READS:
        return _READS[name]
    return frozenset({"op"}) if name in OPS else frozenset({COLUMNS[name]})
