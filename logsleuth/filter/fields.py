"""The one table of filter fields.

The parser, the completer, the help, ``logsleuth fields`` and the detail pane all read
it.  Names are Canvas's own column names; aliases are what one types at 3 a.m.
"""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How a literal of the field is read, and what it is compared with."""

    ID = "id"
    NUMBER = "number"
    TEXT = "text"
    SEARCHED = "searched text"
    METHOD = "method"
    UUID = "uuid"
    ADDRESS = "address"
    TIME = "time"
    FLAG = "true/false"
    TRISTATE = "true/false/unknown"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that can be filtered by.

    ``of`` says what has it: requests, course events, or both.  ``computed`` fields are
    no columns of the schema.  ``label`` is the heading that people read.  ``values`` are
    all values that there can be, where that is known; any other is a mistake.
    """

    name: str
    kind: Kind
    label: str
    meaning: str
    aliases: tuple[str, ...] = ()
    of: frozenset[str] = frozenset({"request"})
    computed: bool = False
    values: tuple[str, ...] = ()

    @property
    def ranged(self) -> bool:
        """Whether ``<`` and ``>=`` make sense."""
        return self.kind in {Kind.NUMBER, Kind.TIME, Kind.ID}


KINDS = (
    "foreground",
    "background",
    "change",
    "grade",
    "participation",
    "masquerade",
    "credential",
    "login",
    "bulk",
    "investigation",
    "opaque",
    "other",
)
"""Every kind of request."""

VERDICTS = ("exact", "strong", "possible", "ambiguous", "none")
"""How sure a cause is, surest first."""

_FLAG = ("true", "false")
_BOTH = frozenset({"request", "event"})
_EVENT = frozenset({"event"})

FIELDS: tuple[Field, ...] = (
    Field("id", Kind.UUID, "request id", "unique id of the request", of=_BOTH),
    Field("timestamp", Kind.TIME, "time", "when the request was made", of=_BOTH),
    Field(
        "user_id",
        Kind.ID,
        "user",
        "account the request ran as; the one acted as, while somebody acts as another",
        ("user",),
        of=_BOTH,
    ),
    Field(
        "real_user_id",
        Kind.ID,
        "real user",
        "account signed in while acting as user_id; absent otherwise",
        ("real_user",),
    ),
    Field("course_id", Kind.ID, "course", "course that owned the request", ("course",), of=_BOTH),
    Field("quiz_id", Kind.ID, "quiz", "quiz the request is for"),
    Field("discussion_id", Kind.ID, "discussion", "discussion the request is for"),
    Field("conversation_id", Kind.ID, "conversation", "conversation the request is for"),
    Field("assignment_id", Kind.ID, "assignment", "assignment the request is for"),
    Field("url", Kind.SEARCHED, "url", "path and query of the requested URL"),
    Field("http_method", Kind.METHOD, "method", "HTTP method", ("method",)),
    Field(
        "http_status", Kind.NUMBER, "status", "HTTP status; an error is 400 or more", ("status",)
    ),
    Field("http_version", Kind.TEXT, "http version", "HTTP version, as 1.1 or 2.0"),
    Field("remote_ip", Kind.ADDRESS, "address", "recorded IP address; a network by CIDR", ("ip",)),
    Field("interaction_micros", Kind.NUMBER, "micros", "time to serve the request, microseconds"),
    Field(
        "web_application_controller",
        Kind.TEXT,
        "controller",
        "Canvas controller that served the request",
        ("controller",),
    ),
    Field(
        "web_application_action",
        Kind.TEXT,
        "action",
        "Canvas action that served the request",
        ("action",),
    ),
    Field("web_application_context_type", Kind.TEXT, "context", "type of the containing object"),
    Field("web_application_context_id", Kind.ID, "context id", "id of the containing object"),
    Field("session_id", Kind.UUID, "session", "browser session of the request", ("session",)),
    Field(
        "developer_key_id",
        Kind.ID,
        "key",
        "developer key; present on every call with an access token",
        ("key",),
    ),
    Field(
        "participated",
        Kind.FLAG,
        "participated",
        "Canvas counted it as participation",
        values=_FLAG,
    ),
    Field("user_agent", Kind.SEARCHED, "agent", "what the client called itself", ("agent",)),
    Field(
        "actor",
        Kind.ID,
        "signed in",
        "the account signed in: real_user_id, else user_id",
        computed=True,
    ),
    Field(
        "masqueraded",
        Kind.FLAG,
        "acting as",
        "one account acted as another (Student View is not counted)",
        computed=True,
        values=_FLAG,
    ),
    Field(
        "student_view",
        Kind.FLAG,
        "student view",
        "a teacher in Student View, seen by Canvas as the Test Student",
        computed=True,
        values=_FLAG,
    ),
    Field("token", Kind.FLAG, "token", "made with an access token", computed=True, values=_FLAG),
    Field("write", Kind.FLAG, "write", "POST, PUT, PATCH or DELETE", computed=True, values=_FLAG),
    Field(
        "kind",
        Kind.TEXT,
        "kind",
        f"what sort of request: {', '.join(KINDS)}",
        computed=True,
        values=KINDS,
    ),
    Field(
        "automatic",
        Kind.TRISTATE,
        "automatic",
        "sent by page or app by itself; unknown for most API and app calls",
        computed=True,
        values=(*_FLAG, "unknown"),
    ),
    Field(
        "about_user",
        Kind.ID,
        "about",
        "the person in path or query: whose grades, inbox, profile",
        computed=True,
    ),
    Field(
        "foreign",
        Kind.FLAG,
        "foreign",
        "an account of another institution (id of 10^13 or more)",
        computed=True,
        values=_FLAG,
    ),
    Field(
        "deleted",
        Kind.FLAG,
        "deleted",
        "marked as deleted upstream, and kept",
        computed=True,
        values=_FLAG,
    ),
    Field("event_type", Kind.TEXT, "change", "type of the course event", of=_EVENT),
    Field("event_source", Kind.TEXT, "source", "source of the course event", of=_EVENT),
    Field("sis_batch_id", Kind.ID, "SIS import", "SIS import that made the event", of=_EVENT),
    Field("account_id", Kind.ID, "account", "sub-account the event was fetched from", of=_EVENT),
    Field(
        "signed_in_user_id",
        Kind.ID,
        "signed in",
        "account that was signed in when the event was caused, where known",
        of=_EVENT,
        computed=True,
    ),
    Field(
        "verdict",
        Kind.TEXT,
        "verdict",
        f"how sure the cause is: {', '.join(VERDICTS)}",
        of=_EVENT,
        computed=True,
        values=VERDICTS,
    ),
)

BY_NAME: dict[str, Field] = {
    name: field for field in FIELDS for name in (field.name, *field.aliases)
}


def field(name: str) -> Field:
    """The field of that name or alias; ``KeyError`` if there is none."""
    return BY_NAME[name]
