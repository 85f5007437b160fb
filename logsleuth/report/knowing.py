"""What in a case tells of people, and what stands for it in a redacted report."""

from collections.abc import Mapping
from contextlib import suppress

from logsleuth.case.model import PseudonymKind, Snapshot
from logsleuth.filter.errors import FilterError
from logsleuth.filter.fields import Field
from logsleuth.filter.parse import parse
from logsleuth.filter.show import show
from logsleuth.filter.tree import Equals, Test
from logsleuth.model import addresses
from logsleuth.report.scan import Known
from logsleuth.report.urls import WITHHELD

PEOPLE_FIELDS = frozenset({"user_id", "real_user_id", "actor", "about_user", "signed_in_user_id"})
"""Fields of filters whose values are accounts."""

Pseudonyms = Mapping[tuple[PseudonymKind, str], str]


def known(
    snapshot: Snapshot, of: Pseudonyms, named: frozenset[int]
) -> tuple[Known, dict[str, str | None]]:
    """What to look for in texts, and the names of people, whose parts count, too.

    ``of`` gives pseudonyms, ``named`` are accounts that the report names.
    """
    found = Known()
    people = _people(found, snapshot, of, named)
    for (kind, value), stands in of.items():
        match kind:
            case "person" if int(value) not in named:
                found.numbers[int(value)] = stands
            case "key":
                found.numbers.setdefault(int(value), stands)
            case "session":
                found.uuids[value] = stands
            case "address":
                packed = addresses.pack(value)
                if packed:
                    found.addresses[packed] = stands
    _keep_ids(found, snapshot)
    _add_asked(found, snapshot, named)
    return found, people


def _people(
    found: Known, snapshot: Snapshot, of: Pseudonyms, named: frozenset[int]
) -> dict[str, str | None]:
    """Names of people; logins, SIS ids and names of keys, which count as a whole only."""
    people: dict[str, str | None] = {}
    for kept in snapshot.names:
        name = kept.name
        if name.kind == "user":
            stands = None if name.id in named else of.get(("person", str(name.id)), WITHHELD)
            _put(people, name.name, stands)
            for text in (name.detail, name.sis_id):
                if text:
                    _put(found.names, text, stands)
        elif name.kind == "key" and name.name:
            _put(found.names, name.name, of.get(("key", str(name.id)), WITHHELD))
    return people


def _put(names: dict[str, str | None], text: str, stands: str | None) -> None:
    """Two people of one name: nobody can tell which of them is meant."""
    other = names.get(text, stands)
    names[text] = stands if other == stands else WITHHELD


def _keep_ids(found: Known, snapshot: Snapshot) -> None:
    """Ids of requests, of changes and of the case tell of nobody."""
    for request in snapshot.requests:
        found.uuids.setdefault(request.row.id, None)
    for event in snapshot.events:
        found.uuids.setdefault(event.event.id, None)
        for cause in event.trace.causes:
            found.uuids.setdefault(cause.request.id, None)
    found.uuids[snapshot.header.id] = None


def _add_asked(found: Known, snapshot: Snapshot, named: frozenset[int]) -> None:
    """Accounts and keys that somebody asked for, and of whom the case has no row."""

    def asked(field: Field, test: Test, text: str) -> str:
        of_people = field.name in PEOPLE_FIELDS or field.name == "developer_key_id"
        if of_people and isinstance(test, Equals) and int(text) not in named:
            found.numbers.setdefault(int(text), WITHHELD)
        return text

    filters = {evidence.filter for evidence in snapshot.evidence}
    filters |= {entry.data.get("filter") for entry in snapshot.activity}
    for text in filters:
        if isinstance(text, str):
            with suppress(FilterError):
                show(parse(text, now=0), asked)
