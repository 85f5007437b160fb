"""Whom and what kept rows name: for their names, and for the pseudonyms of redacted reports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from logsleuth.case.model import PseudonymKind
from logsleuth.model import addresses, chain
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.catalogue import Catalogue, Name, NameKind
from logsleuth.trace.result import Trace

MANY_NAMES = 200
"""From so many on, all names of a kind are read at once."""

Value = tuple[PseudonymKind, str]
"""Something that a redacted report replaces by a number, as text."""


def people(numbers: Iterable[int | None]) -> list[Value]:
    """Accounts by their ids, nulls left out."""
    return [("person", str(number)) for number in numbers if number is not None]


def values(rows: Sequence[WebLog]) -> list[Value]:
    """People, addresses, sessions and keys of the rows, in their order."""
    found: dict[Value, None] = {}
    for row in rows:
        for value in people((row.actor, row.user_id, row.about_user)):
            found[value] = None
        if row.remote_ip is not None:
            found["address", address_text(row.remote_ip)] = None
        if row.session_id is not None:
            found["session", row.session_id] = None
        if row.developer_key_id is not None:
            found["key", str(row.developer_key_id)] = None
    return list(found)


def address_text(text: str) -> str:
    """The one spelling of an address by which it has a pseudonym."""
    packed = addresses.pack(text)
    return text if packed is None else addresses.unpack(packed)


def named(rows: Iterable[WebLog]) -> Iterator[tuple[NameKind, int]]:
    """Accounts, courses and keys of the rows, each as often as it stands there."""
    columns: tuple[tuple[NameKind, str], ...] = (
        ("user", "user_id"),
        ("user", "real_user_id"),
        ("user", "about_user"),
        ("course", "course_id"),
        ("key", "developer_key_id"),
    )
    for row in rows:
        for kind, column in columns:
            number = getattr(row, column)
            if number is not None:
                yield kind, number


def named_by(event: CourseEvent, trace: Trace) -> Iterator[tuple[NameKind, int]]:
    """What a course event and the requests of its trace name."""
    own: tuple[tuple[NameKind, int | None], ...] = (
        ("user", event.user_id),
        ("user", trace.signed_in_user_id),
        ("course", event.course_id),
        ("course", event.other_course_id),
        ("account", event.account_id),
    )
    for kind, number in own:
        if number is not None:
            yield kind, number
    # Page views that Canvas sent are no rows of the cache, but name people too.
    yield from named(cause.request for cause in trace.causes)


def called(catalogue: Catalogue, wanted: Iterable[tuple[NameKind, int]]) -> list[str]:
    """What the things are called now, as text, each once; people with all of their logins."""
    by_kind: dict[NameKind, set[int]] = {}
    for kind, number in wanted:
        by_kind.setdefault(kind, set()).add(number)
    found: list[Name] = []
    for kind, numbers in sorted(by_kind.items()):
        if len(numbers) > MANY_NAMES:
            every = catalogue.names(kind)
            found += [every[number] for number in sorted(numbers) if number in every]
        else:
            each = (catalogue.name(kind, number) for number in sorted(numbers))
            found += [name for name in each if name is not None]
    if "user" in by_kind:
        found += _other_logins(catalogue, by_kind["user"], found)
    return [chain.canonical(msgspec.to_builtins(name)) for name in found]


def _other_logins(catalogue: Catalogue, users: set[int], known: Iterable[Name]) -> list[Name]:
    """Logins and SIS ids of people beyond the ones that their names come with.

    A redacted report looks for all of them.
    """
    names = {name.id: name for name in known if name.kind == "user"}
    found = []
    for user, login, sis_id in catalogue.logins():
        if user in users:
            name = names.get(user) or Name("user", user, "")
            if (login, sis_id) != (name.detail, name.sis_id):
                found.append(replace(name, detail=login, sis_id=sis_id))
    return found
