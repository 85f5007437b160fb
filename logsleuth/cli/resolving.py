"""What a pasted text became, for commands: one reading is taken and said, two are a choice."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Literal

from logsleuth.cli import errors
from logsleuth.cli.errors import Failed, Misused
from logsleuth.filter.tree import Node
from logsleuth.model.event import CourseEvent
from logsleuth.model.urls import ThingKind
from logsleuth.store.cache import Cache
from logsleuth.store.resolve import MOST, Meaning, Of, Resolver, is_pasted

_LISTED = 20
"""Readings that a message lists."""


def parse_or_resolve(
    cache: Cache, text: str, *, zone: tzinfo, now: int, of: Of = "request"
) -> Node:
    """The tree of a filter, or of what a text that is none became.

    What is a filter stays one, unless the whole text is one URL, UUID, address or network:
    scripts may rely on it.  Raises ``FilterError`` where it is neither, ``Misused`` where
    it may mean two things.
    """
    # Only now: the grammar takes longer to load than the rest of a command.
    from logsleuth.filter.errors import FilterError
    from logsleuth.filter.parse import parse

    try:
        node = parse(text, zone=zone, now=now, of=of)
    except FilterError:
        meaning = one_meaning(cache, text, of)
        if meaning is None:
            raise
        return meaning.node
    if is_pasted(text):
        meaning = one_meaning(cache, text, of)
        if meaning is not None:
            return meaning.node
        errors.say(f"No reading of '{text}' filters these; it is searched for as text.")
    return node


def filter_text(cache: Cache, text: str, zone: tzinfo) -> str:
    """What the app is opened with: the text itself if it is a filter, or is to be refused
    as a wrong one, else the filter that it became."""
    from logsleuth.filter.errors import FilterError
    from logsleuth.filter.parse import parse

    try:
        parse(text, zone=zone, of="event")
        plain = not is_pasted(text)
    except FilterError:
        plain = False
    meaning = None if plain else one_meaning(cache, text, None)
    return text if meaning is None else meaning.filter


def one_meaning(cache: Cache, text: str, of: Of | None) -> Meaning | None:
    """What a text means of requests, of course changes or (``None``) of either, said on
    standard error; ``None`` for nothing.

    Raises ``Misused``, with all readings, where there are two.
    """
    found = Resolver(cache.requests, cache.catalogue).meanings(text)
    usable = [meaning for meaning in found if of is None or meaning.fits(of)]
    if not usable:
        for other in found[:1]:
            errors.say(f"'{text}' is {other.words}.")
        return None
    if len(usable) > 1:
        raise _choice(text, usable, "filter")
    errors.say(f"'{text}' became {usable[0].filter}: {usable[0].words}.")
    return usable[0]


def id_of(cache: Cache, kind: ThingKind, option: str, text: str) -> int:
    """The Canvas id that an option means: an id itself, else a name, login, SIS id or URL.

    Raises ``Misused`` where the cache knows none, or two.
    """
    found = Resolver(cache.requests, cache.catalogue).named(kind, text)
    if not found:
        raise Misused(
            f"{option}: the cache knows no {kind} '{text}'; give an id such as 101 or 7~123, a"
            " name, an SIS id or a URL."
        )
    if len(found) > 1:
        raise _choice(text, found, "id")
    if found[0].id != text.strip():
        errors.say(f"'{text}' became {found[0].filter}: {found[0].words}.")
    return int(found[0].id)


def event_of(cache: Cache, text: str) -> CourseEvent | None:
    """The course change that a text means: by its id, or by the page view linked to it.

    Raises ``Failed`` where the text is something else, ``Misused`` where it means two
    changes.
    """
    event = cache.catalogue.event(text)
    if event is not None:
        return event
    found = Resolver(cache.requests, cache.catalogue).meanings(text)
    changes = [meaning for meaning in found if meaning.kind == "event"]
    if len(changes) > 1:
        raise _choice(text, changes, "id")
    if changes:
        errors.say(f"'{text}' became {changes[0].id}: {changes[0].words}.")
        return cache.catalogue.event(changes[0].id)
    if found:
        raise Failed(
            f"'{text}' is no course change but {found[0].words};"
            f" \"logsleuth events '{found[0].filter}'\" lists changes by their cause."
            if found[0].fits("event")
            else f"'{text}' is no course change but {found[0].words}."
        )
    return None


def _choice(text: str, found: Sequence[Meaning], wanted: Literal["filter", "id"]) -> Misused:
    """All readings, with the filter or the id that says each."""
    lines = [
        f"  {meaning.id if wanted == 'id' else meaning.filter}\n    {meaning.words}"
        for meaning in found[:_LISTED]
    ]
    if len(found) > _LISTED:
        count = f"{MOST} or more" if len(found) == MOST else str(len(found))
        lines.append(f"  … {count} in all; 'logsleuth resolve' lists them")
    return Misused(
        f"'{text}' may mean more than one thing; give the {wanted} that is meant:\n"
        + "\n".join(lines)
    )
