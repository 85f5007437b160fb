"""What stands in a redacted report for people, addresses, sessions, keys and names."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from logsleuth.case.model import Evidence, PseudonymKind, Snapshot
from logsleuth.filter.errors import FilterError
from logsleuth.filter.fields import FIELDS, Field, Kind
from logsleuth.filter.parse import parse
from logsleuth.filter.show import show
from logsleuth.filter.tree import Equals, Test
from logsleuth.model import addresses
from logsleuth.report import knowing, scan, urls
from logsleuth.report.disguise import Disguise, Hit
from logsleuth.report.knowing import PEOPLE_FIELDS
from logsleuth.report.urls import WITHHELD, word_set
from logsleuth.trace import words


class Redaction(Disguise):
    """Pseudonyms for people, addresses, sessions and keys; text is searched for them.

    ``named`` are accounts that the report names.  Whatever has no pseudonym in the case is
    left out.
    """

    redacted = True

    def __init__(self, snapshot: Snapshot, named: Iterable[int] = ()) -> None:
        super().__init__(snapshot)
        self._named = frozenset(named)
        self._of: dict[tuple[PseudonymKind, str], str] = {
            (pseudonym.kind, pseudonym.value): f"{pseudonym.kind}-{pseudonym.number}"
            for pseudonym in snapshot.pseudonyms
        }
        self._numbers: dict[int, str] = {}
        self._scanner = self._make_scanner(snapshot)
        self._hits: dict[Hit, None] = {}
        self._read: set[str] = set()
        self._agents: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    @property
    def hits(self) -> tuple[Hit, ...]:  # type: ignore[override]  # (known only as texts come)
        return tuple(self._hits)

    def person(self, number: int | None) -> int | str | None:
        if number is None or number in self._named:
            return number
        return self._of.get(("person", str(number)), WITHHELD)

    def address(self, text: str | None) -> str | None:
        if text is None:
            return None
        if text not in self._addresses:
            packed = addresses.pack(text)
            spelt = addresses.unpack(packed) if packed else text
            of = self._of
            self._addresses[text] = of.get(("address", spelt)) or of.get(
                ("address", text), WITHHELD
            )
        return self._addresses[text]

    def session(self, text: str | None) -> str | None:
        return None if text is None else self._of.get(("session", text), WITHHELD)

    def key(self, number: int | None) -> int | str | None:
        return None if number is None else self._of.get(("key", str(number)), WITHHELD)

    def url(self, text: str | None) -> str | None:
        if text is None:
            return None
        return urls.disguised(text, self._known_person)

    def data(self, value: Any) -> Any:
        match value:
            case str():
                return self._replaced(value)
            case list():
                return [self.data(item) for item in value]
            case dict():
                return {
                    self._replaced(str(name)): self._member(str(name), item)
                    for name, item in value.items()
                }
        return value

    def reasoning(self, text: str) -> str:
        return _ID_IN_REASONING.sub(lambda found: self._numbers.get(int(found[0]), found[0]), text)

    def reference(self, evidence: Evidence) -> str:
        return self._reference(evidence.kind, evidence.reference)

    def agent(self, text: str | None) -> str | None:
        if text is None:
            return None
        if text not in self._agents:
            self._agents[text] = self._replaced(text, versions=True)
        return self._agents[text]

    def author(self, text: str | None, place: str) -> str | None:
        if text is None:
            return None
        found = self._scanner.scan(text)
        if text not in self._read:
            # What the log repeats of a note is listed with the note.
            self._read.add(text)
            for item in found:
                line = text.count("\n", 0, item.start) + 1
                self._hits.setdefault(Hit(place, line, item.text, item.replacement))
        return scan.replaced(text, found)

    def source(self, text: str, place: str) -> str:
        # Folders tell of the investigator's machine, and often what he is called.
        found = _FOLDERS.match(text)
        if found is None:
            return self.author(text, place) or ""
        return f"{WITHHELD}/{self.author(text[found.end() :], place)}"

    def filter(self, text: str | None) -> str | None:
        if text is None or not text.strip():
            return text
        try:
            tree = parse(text, now=0)
        except FilterError:
            try:
                tree = parse(text, now=0, of="event")
            except FilterError:
                return WITHHELD
        return show(tree, self._filter_value)

    def payload(self, value: Any, place: str) -> Any:
        return self._payload_member("", value, place, None)

    def extra(self, value: dict[str, Any]) -> dict[str, Any] | None:
        return {WITHHELD: len(value)} if value else None

    def page_view(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if value is None else {WITHHELD: len(value)}

    def account(self, number: int | None) -> str:
        if number is None or number in self._named:
            return super().account(number)
        return self.number(number)

    def name(self, kind: words.Named, number: int) -> str | None:
        called = super().name(kind, number)
        if kind == "user":
            return called if number in self._named else None
        if kind == "key" or called is None:
            return None
        return self._replaced(called, numbers=False)

    def number(self, account: int) -> str:
        return super().number(account) if account in self._named else str(self.person(account))

    def key_label(self, number: int) -> str:
        return str(self.key(number))

    # Parts

    def _known_person(self, number: int) -> str | None:
        found = self.person(number)
        return None if found == WITHHELD else str(found)

    def _replaced(self, text: str, *, versions: bool = False, numbers: bool = True) -> str:
        found = self._scanner.scan(text, versions=versions)
        if not numbers:
            # In a title a number is a course's, as in "Biology 101", or nobody can tell.
            found = [
                scan.Found(item.start, item.text, WITHHELD) if item.text.isdecimal() else item
                for item in found
            ]
        self.replaced += bool(found)
        return scan.replaced(text, found)

    def _member(self, name: str, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return self.person(value) if _PERSON.search(name) else value
        if isinstance(value, list) and _PERSON.search(name):
            return [self._member(name, item) for item in value]
        return self.data(value)

    def _payload_member(self, name: str, value: Any, place: str, kind: object) -> Any:
        match value:
            case None | bool() | float():
                return value
            case dict() if name == "options":
                # As typed: the entry says beside them what they meant.
                return dict.fromkeys(value, WITHHELD)
            case dict():
                known = value.get("kind")
                return {
                    one: self._payload_member(one, item, place, known)
                    for one, item in value.items()
                }
            case list():
                return [self._payload_member(name, item, place, kind) for item in value]
        if name == "reference":
            return self._reference(kind, str(value))
        column = _MEMBERS.get(name)
        if column is not None:
            return column(self, value)
        if isinstance(value, int):
            return value if name in _COUNTS else self._id_in_payload(value)
        if name == "name":
            return self.source(value, place)
        if name not in _WRITTEN and _HASH.match(value):
            # Of a row with few unknown parts, a hash gives them away to who tries all.
            return WITHHELD
        return self.author(value, place)

    def _reference(self, kind: object, text: str) -> str:
        match kind:
            case "request" | "event":
                return text
            case "session":
                return str(self.session(text))
            case "filter":
                return str(self.filter(text))
        span = _SPAN.match(text)
        if span is None:
            return WITHHELD
        real, acted, where = span.groups()
        people = (self.person(int(one)) if one.isdecimal() else one for one in (real, acted))
        return f"{' as '.join(str(one) for one in people)}, {self.filter(where)}"

    def _id_in_payload(self, number: int) -> str:
        person = self._known_person(number)
        return person or self._of.get(("key", str(number)), WITHHELD)

    def _filter_value(self, field: Field, test: Test, text: str) -> str:
        """What stands in a filter in place of a value."""
        if field.name in PEOPLE_FIELDS and isinstance(test, Equals):
            return str(self.person(int(text)))
        if field.name in _KEPT_FIELDS:
            return text
        if field.name == "developer_key_id" and isinstance(test, Equals):
            return str(self.key(int(text)))
        if field.kind is Kind.ADDRESS and isinstance(test, Equals):
            return str(self.address(text))
        if field.name == "session_id" and isinstance(test, Equals):
            return str(self.session(text))
        return text if text == "*" else WITHHELD

    def _make_scanner(self, snapshot: Snapshot) -> scan.Scanner:
        known, people = knowing.known(snapshot, self._of, self._named)
        self._numbers = known.numbers
        self._scanner = scan.Scanner(known, people)
        for kept in snapshot.names:
            if kept.name.kind == "course" and kept.name.name:
                # A course may be called after a person.
                known.names[kept.name.name] = self.name("course", kept.name.id)
        return scan.Scanner(known, people)


_PERSON = re.compile(r"user|teacher|student|person|author|owner|grader|editor", re.IGNORECASE)
_SPAN = re.compile(r"(\d+) as (\d+|None), (.*)\Z", re.DOTALL)
_ID_IN_REASONING = re.compile(
    r"(?<!with )(?<![\d.:-])\d+(?![\d.:-]|\s(?:s|min|h|requests?|other|more)\b)"
)
"""A number in a sentence of a trace that is no status, no time and no count."""
_FOLDERS = re.compile(r"(?!\w+://|[^/]*, job ).*/", re.DOTALL)
"""The folders of a path; what a server was asked for, or a job of DAP, is no path."""
_HASH = re.compile(r"[0-9a-f]{32,}\Z")

_WRITTEN = word_set("title questions text statement alternative")
"""Members of a payload that the report says in the same words."""

_KEPT_FIELDS = frozenset(
    field.name
    for field in FIELDS
    if field.kind in {Kind.NUMBER, Kind.TIME, Kind.FLAG, Kind.TRISTATE, Kind.METHOD} or field.values
) | {
    "id",
    "course_id",
    "quiz_id",
    "discussion_id",
    "assignment_id",
    "account_id",
    "sis_batch_id",
    "http_version",
    "web_application_controller",
    "web_application_action",
    "web_application_context_type",
    "event_type",
    "event_source",
}

_COUNTS = word_set(
    "count copied limit rows n revision length uid login_uid size rejected number hours"
    " entries left_out yours taken first last since until at characters"
)
"""Members of a payload whose integers are no ids of people."""

_PAGES = frozenset({"the time around a request", "a course change", "a span of acting as another"})
"""Titles of pages that name nobody; others may name somebody whom the case does not know."""


def _page(_: Redaction, title: str) -> str:
    return title if title in _PAGES else WITHHELD


_MEMBERS: dict[str, Callable[[Redaction, Any], Any]] = {
    "filter": Redaction.filter,
    "url": Redaction.url,
    "user_agent": Redaction.agent,
    "remote_ip": Redaction.address,
    "ssh_client": Redaction.address,
    "account": Redaction.person,
    "session": Redaction.session,
    "address": Redaction.address,
    "page": _page,
    "session_id": Redaction.session,
    "developer_key_id": Redaction.key,
    **dict.fromkeys(PEOPLE_FIELDS, Redaction.person),
}
