"""What a pasted text may mean: a URL, a UUID, an address, an id, a name, a login.

Every reading that the cache knows is given, and none is chosen here: two readings are a
choice for the person, never a guess.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from logsleuth.filter import literals
from logsleuth.filter.building import equal
from logsleuth.filter.fields import field
from logsleuth.filter.show import show
from logsleuth.filter.thing import account_is, at_path, everything_of
from logsleuth.filter.tree import Match, Node, Or, Within, both, field_tests
from logsleuth.model import addresses, ids
from logsleuth.model.urls import SEGMENTS, Named, ThingKind, named_in
from logsleuth.store.base import Cancel, Store, last
from logsleuth.store.catalogue import Catalogue, EventColumn, Name, NameKind

MeaningKind = (
    ThingKind | Literal["address", "network", "request", "session", "event", "path", "person there"]
)

Of = Literal["request", "event"]

LONGEST = 2_000
"""Characters of a text that may still be something pasted."""

MOST = 100
"""Readings that are given: who has to choose among more should rather type more."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One reading of a text: the requests (or course changes) it stands for, in a tree and
    in words.  ``id`` is what a command takes for it, where one does."""

    kind: MeaningKind
    node: Node
    words: str
    id: str = ""

    @property
    def filter(self) -> str:
        """The reading as a filter that one can type, and go on typing after."""
        shown = show(self.node)
        # Without brackets, what is added with ``and`` would narrow the last part alone.
        return f"({shown})" if isinstance(self.node, Or) else shown

    def fits(self, of: Of) -> bool:
        """Whether it says something of requests, or of course changes."""
        if of == "event":
            return self.kind != "request"
        fields = [match.field for match in field_tests(self.node)]
        return self.kind != "event" and all("request" in field.of for field in fields)


_URL = re.compile(r"(?:https?://[^\s/]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?=/))\S*\Z", re.I)
_SIS = re.compile(r"(sis_(course|user|login|account)_id):(.+)\Z", re.I | re.DOTALL)
_SIS_KINDS: dict[str, ThingKind] = {
    "course": "course",
    "user": "user",
    "login": "user",
    "account": "account",
}
_KEYWORDS = frozenset({"and", "or", "not"})
_NAMED: tuple[NameKind, ...] = ("user", "course", "key", "account")


def is_pasted(text: str) -> bool:
    """Whether the whole text is one URL, UUID, address or network: read as what it names,
    though a filter could also search for it."""
    text = text.strip()
    return bool(_URL.match(text) or ids.parse_uuid(text) or _address(text))


class Resolver:
    """Looks up what texts may mean in a cache.  Usable from any thread."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue

    def meanings(self, text: str, cancel: Cancel | None = None) -> list[Meaning]:
        """The readings of a text but that of a filter, surest first, at most :data:`MOST`.

        Names are found in any case, as ``Last, First``, too; by their parts only where no
        name, login, course code or SIS id is the whole text.
        """
        text = text.strip()
        if not text or len(text) > LONGEST or text.lower() in _KEYWORDS:
            return []
        if not literals.storable(text):
            return []
        found: dict[str, Meaning] = {}
        for meaning in self._readings(text, cancel):
            found.setdefault(f"{meaning.kind} {meaning.filter}", meaning)
            if len(found) == MOST:
                break
        return list(found.values())

    def _readings(self, text: str, cancel: Cancel | None) -> Iterator[Meaning]:
        address = _address(text)
        if address is not None:
            yield address
            return
        uuid = ids.parse_uuid(text)
        if uuid is not None:
            yield from self._of_uuid(uuid, cancel)
        elif _URL.match(text) or text.startswith("/"):
            yield from self._of_url(text, cancel)
        elif sis := _SIS.match(text):
            named = Named(_SIS_KINDS[sis[2].lower()], sis[3], sis[1].lower())
            for known in self._of_sis_id(named):
                yield from self._thing(named.kind, known)
        else:
            number = ids.parse_id(text)
            if number is not None:
                yield from self._of_number(number, cancel)
            yield from self._of_name(text, by_parts=number is None)

    def named(self, kind: ThingKind, text: str, cancel: Cancel | None = None) -> list[Meaning]:
        """The readings of a text as a thing of one kind, for an option that takes just that;
        an id is that id, whether the cache knows it or not."""
        text = text.strip()
        number = ids.parse_id(text)
        if number is not None:
            return list(self._thing(kind, number))[:1]
        if _URL.match(text) or text.startswith("/"):
            url = urlsplit(text if "://" in text or text[0] == "/" else f"//{text}")
            numbers = [
                number
                for one in named_in(f"{url.path}?{url.query}")
                if one.kind == kind
                for number in self._numbers(one, cancel)
            ]
        else:
            numbers = [int(one.id) for one in self.meanings(text, cancel) if one.kind == kind]
        return [next(self._thing(kind, one)) for one in dict.fromkeys(numbers)]

    # UUIDs

    def _of_uuid(self, uuid: str, cancel: Cancel | None) -> Iterator[Meaning]:
        if self._store.request(uuid) is not None:
            yield Meaning("request", equal("id", uuid), f"the request {uuid}", uuid)
        session = equal("session_id", uuid)
        if self._holds(session, cancel):
            yield Meaning("session", session, f"the session {uuid}", uuid)
        event = self._catalogue.event(uuid)
        if event is not None:
            said = f"the course change {uuid} ({event.label})"
            yield Meaning("event", equal("id", uuid), said, uuid)
        for event_id in self._catalogue.event_ids("page_view_id", uuid):
            said = f"the course change {event_id}, which Canvas links to the page view {uuid}"
            yield Meaning("event", equal("id", event_id), said, event_id)

    # URLs

    def _of_url(self, text: str, cancel: Cancel | None) -> Iterator[Meaning]:
        try:
            parts = urlsplit(text if "://" in text or text[0] == "/" else f"//{text}")
        except ValueError:
            return
        named = named_in(f"{parts.path}?{parts.query}")
        people = [one for one in named if one.kind == "user"]
        around = [one for one in named if one.kind != "user"]
        for person in people[-1:]:
            for number in self._numbers(person, cancel):
                yield self._user(number)
                if around:
                    yield from self._person_there(number, around[-1], cancel)
        # A course around a person is a way to them; whatever is narrower is meant, too.
        for thing in around[-1:]:
            if not people or thing.kind != "course":
                for number in self._numbers(thing, cancel):
                    yield from self._thing(thing.kind, number)
        if parts.path and self._holds(at_path(parts.path), cancel):
            said = f"the requests for exactly the path {parts.path}, with any query"
            yield Meaning("path", at_path(parts.path), said)

    def _person_there(self, user: int, thing: Named, cancel: Cancel | None) -> Iterator[Meaning]:
        whose = Or((account_is(user), equal("about_user", user)))
        for number in self._numbers(thing, cancel):
            for place in self._thing(thing.kind, number):
                if place.fits("request"):
                    said = f"the user {ids.show_id(user)} in {place.words}: what they sent, and"
                    yield Meaning(
                        "person there", both(whose, place.node), f"{said} others about them"
                    )

    def _numbers(self, named: Named, cancel: Cancel | None) -> list[int]:
        """The ids that a URL's id may be.  An id with its shard is a local one in the log of
        that institution itself, and only the cache can tell."""
        if named.sis_name:
            return self._of_sis_id(named)
        number = named.number
        if number is None or number < ids.SHARD:
            return [] if number is None else [number]
        both_ways = [number, number % ids.SHARD]
        known = [one for one in both_ways if self._knows(named.kind, one, cancel)]
        return known or [number]

    def _of_sis_id(self, named: Named) -> list[int]:
        wanted = named.text.casefold()
        by_login = named.sis_name == "sis_login_id"
        found = [
            name.id
            for kind in _NAMED
            if kind == named.kind
            for name in self._all_names(kind)
            if ((name.detail if by_login else name.sis_id) or "").casefold() == wanted
        ]
        return list(dict.fromkeys(found))

    # Ids

    def _of_number(self, number: int, cancel: Cancel | None) -> Iterator[Meaning]:
        kinds: tuple[ThingKind, ...] = ("user", "course", "key", "account", "SIS import")
        for kind in kinds:
            if self._knows(kind, number, cancel):
                yield from self._thing(kind, number)

    def _knows(self, kind: ThingKind, number: int, cancel: Cancel | None) -> bool:
        for named in _NAMED:
            if named == kind and self._catalogue.name(named, number) is not None:
                return True
        column = _EVENT_COLUMNS.get(kind)
        if column is not None and self._catalogue.event_ids(column, number):
            return True
        return self._holds(everything_of(kind, number), cancel)

    def _thing(self, kind: ThingKind, number: int) -> Iterator[Meaning]:
        shown = ids.show_id(number)
        match kind:
            case "user":
                yield self._user(number)
            case "course":
                words = self._named_words("course", number)
                yield Meaning("course", equal("course_id", number), words, str(number))
            case "key":
                words = self._named_words("key", number, "developer key")
                yield Meaning("key", equal("developer_key_id", number), words, str(number))
            case "account":
                words = self._named_words("account", number, "sub-account")
                of = "the requests in"
                yield Meaning("account", everything_of(kind, number), f"{of} {words}", str(number))
                changes = f"the course changes fetched from {words}"
                yield Meaning("account", equal("account_id", number), changes, str(number))
            case "SIS import":
                changes = f"the course changes of SIS import {shown}"
                yield Meaning(kind, equal("sis_batch_id", number), changes, str(number))
                asked = f"the requests that name SIS import {shown}"
                yield Meaning(kind, everything_of(kind, number), asked, str(number))
            case _:
                said = f"the {kind} {shown} (by its column, or /{SEGMENTS[kind][0]}/{shown})"
                yield Meaning(kind, everything_of(kind, number), said, str(number))

    # Names

    def _of_name(self, text: str, *, by_parts: bool) -> Iterator[Meaning]:
        wanted, words = _folded(text), text.replace(",", " ").casefold().split()
        exact: list[Meaning] = []
        parts: list[Meaning] = []
        for kind in _NAMED:
            for name in self._all_names(kind):
                details = [name.detail or "", name.sis_id or ""]
                if wanted in {_folded(name.name), *(detail.casefold() for detail in details)}:
                    exact += self._thing(kind, name.id)
                elif by_parts and not exact and len(parts) < MOST:
                    said = " ".join((name.name, *details)).casefold()
                    if all(word in said for word in words):
                        parts += self._thing(kind, name.id)
        yield from exact or parts

    def _all_names(self, kind: NameKind) -> Iterator[Name]:
        """Every name of a kind; a user with several logins once for each."""
        names = self._catalogue.names(kind)
        yield from names.values()
        if kind == "user":
            for user_id, login, sis_id in self._catalogue.logins():
                known = names.get(user_id)
                yield Name("user", user_id, known.name if known else "", login, sis_id)

    def _user(self, number: int) -> Meaning:
        return Meaning("user", account_is(number), self._named_words("user", number), str(number))

    def _named_words(self, kind: NameKind, number: int, called: str = "") -> str:
        """``the user 202, Dana Foobarez (login dfoobarez, SIS id F-7)``."""
        words = f"the {called or kind} {ids.show_id(number)}"
        name = self._catalogue.name(kind, number)
        if name is None:
            return words
        known = {"user": "login", "course": "code"}.get(kind, "")
        details = [f"{known} {name.detail}".strip()] if name.detail else []
        details += [f"SIS id {name.sis_id}"] if name.sis_id else []
        beside = f" ({', '.join(details)})" if details else ""
        return f"{words}{f', {name.name}' if name.name else ''}{beside}"

    def _holds(self, node: Node, cancel: Cancel | None) -> bool:
        """Whether the cache has a request like this."""
        return bool(last(self._store.page(node, limit=1, cancel=cancel)).rows)


_EVENT_COLUMNS: dict[ThingKind, EventColumn] = {
    "user": "user_id",
    "course": "course_id",
    "account": "account_id",
    "SIS import": "sis_batch_id",
}


def _address(text: str) -> Meaning | None:
    """An address or a network, with or without the brackets of a URL."""
    plain = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    packed = addresses.pack(plain)
    if packed is not None:
        shown = addresses.unpack(packed)
        return Meaning("address", equal("remote_ip", packed), f"the address {shown}", shown)
    ends = addresses.network(plain)
    if ends is None:
        return None
    shown = literals.network_text(*ends)
    within = Match(field("remote_ip"), Within(*ends, shown))
    return Meaning("network", within, f"the network {shown}", shown)


def _folded(name: str) -> str:
    """A name to compare: in no case, ``Last, First`` turned round."""
    before, comma, after = name.partition(",")
    turned = f"{after} {before}" if comma and "," not in after else name
    return " ".join(turned.casefold().split())
