"""Who and what is called how in a report: as they are, or by pseudonyms.

A report asks one :class:`Disguise` for every account, address, session, key and text that
goes into it or into a file beside it.
"""

from dataclasses import dataclass
from typing import Any

from logsleuth.case.model import Evidence, Snapshot
from logsleuth.model import ids
from logsleuth.trace import words


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found in text that somebody wrote: where, and what stands there now."""

    place: str
    line: int
    text: str
    replacement: str


class Disguise:
    """Everything as it is: for a report in full."""

    redacted = False
    hits: tuple[Hit, ...] = ()
    replaced = 0
    """Texts of the log in which something was replaced."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._names: dict[tuple[str, int], str] = {
            (kept.name.kind, kept.name.id): kept.name.name
            for kept in snapshot.names
            if kept.name.name
        }

    def person(self, number: int | None) -> int | str | None:
        """An account, as a value in a file."""
        return number

    def address(self, text: str | None) -> str | None:
        return text

    def session(self, text: str | None) -> str | None:
        return text

    def key(self, number: int | None) -> int | str | None:
        """A developer key, as a value in a file."""
        return number

    def url(self, text: str | None) -> str | None:
        return text

    def data(self, value: Any) -> Any:
        """Text, or any JSON, that came from Canvas: agents, titles, old and new values."""
        return value

    def reasoning(self, text: str) -> str:
        """What a trace says in our words, with ids of accounts in them."""
        return text

    def reference(self, evidence: Evidence) -> str:
        """What a piece of evidence was asked by."""
        return evidence.reference

    def agent(self, text: str | None) -> str | None:
        return text

    def author(self, text: str | None, place: str) -> str | None:
        """Text that the investigator wrote; ``place`` names it in a list of hits."""
        return text

    def source(self, text: str, place: str) -> str:
        """What a file or download was called when it was taken in."""
        return text

    def filter(self, text: str | None) -> str | None:
        """A filter with its times in UTC."""
        return text

    def payload(self, value: Any, place: str) -> Any:
        """What an entry of the activity log says."""
        return value

    def extra(self, value: dict[str, Any]) -> dict[str, Any] | None:
        """Columns that the schema did not have."""
        return value or None

    def page_view(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        """What Canvas sent along with an event."""
        return value

    def account(self, number: int | None) -> str:
        """An account for people: ``202 Miller``, or a pseudonym."""
        if number is None:
            return "no account"
        return words.account(number, self.name)

    def name(self, kind: words.Named, number: int) -> str | None:
        """What a thing was called; nothing for whoever has a pseudonym."""
        return self._names.get((kind, number))

    def number(self, account: int) -> str:
        """How an account's id is written in a sentence."""
        return ids.show_id(account)

    def course(self, number: int | None) -> str:
        """``5001 Biology 101``."""
        if number is None:
            return "no course"
        called = self.name("course", number)
        return f"{ids.show_id(number)} {called}" if called else ids.show_id(number)

    def key_label(self, number: int) -> str:
        """A developer key for people."""
        called = self.name("key", number)
        return f"{ids.show_id(number)} {called}" if called else ids.show_id(number)
