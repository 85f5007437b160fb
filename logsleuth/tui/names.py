"""What Canvas calls accounts, courses and keys, read beside the rows that need them.

Threads that read rows call ``learn`` before they hand the rows over; the screen only ever
looks up what is known by then, so drawing never waits for the catalogue.
"""

from collections.abc import Iterable

from logsleuth.model.event import CourseEvent
from logsleuth.model.ids import show_id
from logsleuth.model.weblog import WebLog
from logsleuth.store.catalogue import Catalogue, Name, NameKind


class Names:
    """Names met so far."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[tuple[NameKind, int], Name | None] = {}

    def learn(self, kind: NameKind, numbers: Iterable[int | None]) -> None:
        """Read the names that are not known yet; called from threads."""
        for number in set(numbers):
            if number is not None and (kind, number) not in self._known:
                self._known[kind, number] = self._catalogue.name(kind, number)

    def learn_requests(self, requests: Iterable[WebLog]) -> None:
        """Everybody and everything that the requests name."""
        rows = list(requests)
        for column in ("user_id", "real_user_id", "about_user"):
            self.learn("user", (getattr(row, column) for row in rows))
        self.learn("course", (row.course_id for row in rows))
        self.learn("key", (row.developer_key_id for row in rows))

    def learn_events(self, events: Iterable[CourseEvent]) -> None:
        """Everybody and everything that the course events name."""
        rows = list(events)
        self.learn("user", (row.user_id for row in rows))
        self.learn("course", (row.course_id for row in rows))
        self.learn("course", (row.other_course_id for row in rows))
        self.learn("account", (row.account_id for row in rows))

    def get(self, kind: NameKind, number: int | None) -> Name | None:
        """The name of a thing, if it was learned."""
        return None if number is None else self._known.get((kind, number))

    def text(self, kind: NameKind, number: int) -> str | None:
        """The bare name of a thing."""
        found = self.get(kind, number)
        return found.name if found else None

    def label(self, kind: NameKind, number: int | None) -> str:
        """``202 Miller``; the id alone where there is no name; empty for null."""
        if number is None:
            return ""
        name = self.text(kind, number)
        return f"{show_id(number)} {name}" if name else show_id(number)
