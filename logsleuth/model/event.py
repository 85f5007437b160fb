"""One course change: an event of the Canvas course audit log."""

from typing import Any

import msgspec

from logsleuth.model import times

EVENT_LABELS = {
    "created": "Created",
    "updated": "Updated",
    "published": "Published",
    "claimed": "Unpublished",
    "unpublished": "Unpublished",
    "concluded": "Concluded",
    "unconcluded": "Unconcluded",
    "deleted": "Deleted",
    "restored": "Restored",
    "copied_from": "Copied From",
    "copied_to": "Copied To",
    "reset_from": "Reset From",
    "reset_to": "Reset To",
    "corrupted": "Details Not Available",
}
"""Event types as the Canvas admin screen words them; ``claimed`` is what Canvas writes
for an unpublished course, ``unpublished`` is documented and never written."""


def label(event_type: str | None) -> str:
    """An event type in the words of the Canvas admin screen."""
    kind = event_type or "(no type)"
    return EVENT_LABELS.get(kind, kind)


class CourseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A course event with every link of the compound document.

    ``created_at`` is microseconds since the epoch and always a whole second.  Types and
    sources nobody has seen yet are kept as they are.  ``user_id`` is the *recorded*
    account: the victim, while an administrator acts as somebody.  The link keys
    ``copied_from`` … ``reset_to`` hold the other course's id.
    """

    id: str
    created_at: int
    event_type: str | None = None
    event_source: str | None = None
    account_id: int | None = None
    course_id: int | None = None
    user_id: int | None = None
    page_view_id: str | None = None
    copied_from: int | None = None
    copied_to: int | None = None
    reset_from: int | None = None
    reset_to: int | None = None
    sis_batch_id: int | None = None
    event_data: Any = None
    source_id: int | None = None

    @property
    def label(self) -> str:
        """The event type in the words of the Canvas admin screen."""
        return label(self.event_type)

    @property
    def other_course_id(self) -> int | None:
        """The other course of a copy or a reset."""
        for linked in (self.copied_from, self.copied_to, self.reset_from, self.reset_to):
            if linked is not None:
                return linked
        return None

    def changes(self) -> list[tuple[str, Any, Any]]:
        """``(field, old, new)`` of a created or updated event, in Canvas's order."""
        if not isinstance(self.event_data, dict):
            return []
        found = []
        for field, pair in self.event_data.items():
            if isinstance(pair, list) and len(pair) == 2:
                found.append((field, pair[0], pair[1]))
            else:
                found.append((field, None, pair))
        return found

    def as_json(self) -> dict[str, Any]:
        """The event's own part of ``events --format jsonl``."""
        return {
            "id": self.id,
            "created_at": times.iso(self.created_at),
            "event_type": self.event_type,
            "event_source": self.event_source,
            "account_id": self.account_id,
            "course_id": self.course_id,
            "user_id": self.user_id,
            "page_view_id": self.page_view_id,
            "copied_from": self.copied_from,
            "copied_to": self.copied_to,
            "reset_from": self.reset_from,
            "reset_to": self.reset_to,
            "sis_batch_id": self.sis_batch_id,
            "event_data": self.event_data,
        }
