"""What could stand at the cursor of a filter bar."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from logsleuth.filter import grammar, literals
from logsleuth.filter.fields import BY_NAME, FIELDS, Field, Kind
from logsleuth.filter.show import literal
from logsleuth.model.event import EVENT_LABELS

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_AGES = ("now-1h", "now-24h", "now-7d", "now-30d")
_SEEN = {"event_type": tuple(EVENT_LABELS), "event_source": ("manual", "api", "sis")}
"""Values worth proposing where others may come, too."""

_REST_OF_WORD = re.compile(r"[^\s():<>\"]*")
_KEYWORDS = {"_AND": "and", "_OR": "or", "_NOT": "not"}


@dataclass(frozen=True, slots=True)
class Completion:
    """``text`` in place of ``start`` up to ``end`` (positions from 0) of the filter."""

    text: str
    start: int
    end: int
    meaning: str = ""


def complete(
    text: str,
    cursor: int,
    values: Callable[[str, str], list[str]] | None = None,
    *,
    of: Literal["request", "event"] = "request",
) -> list[Completion]:
    """What could be written at the cursor (a position from 0), best first.

    ``values`` is asked for values of a field (by its name) that begin with a text.
    Where the filter is wrong before the cursor, nothing is proposed.
    """
    place = _place(text[:cursor])
    if place is None:
        return []
    if place.field is not None:
        found = _values(place.field, place, values)
        end = cursor
    else:
        found = _names(place, of)
        rest = _REST_OF_WORD.match(text, cursor)
        end = rest.end() if rest and place.typed else cursor
    completions = [Completion(word, place.start, end, meaning) for word, meaning in found]
    return [*_operators(place, cursor, end), *completions]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the cursor is: what was typed of the word there, and what may stand there.

    ``field`` is the one whose value is being typed, ``before`` the token in front.
    """

    typed: str
    start: int
    accepted: frozenset[str]
    field: Field | None
    before: Any


def _place(prefix: str) -> _Place | None:
    from lark.exceptions import UnexpectedInput

    reading: Any = grammar.grammar().parse_interactive(prefix)
    field: Field | None = None
    before: Any = None
    typed, start = "", len(prefix)
    try:
        for token in reading.lexer_thread.lex(reading.parser_state):
            if token.end_pos == len(prefix):
                if token.type == "STRING":
                    return None
                if token.type in {"WORD", "VALUE", *_KEYWORDS}:
                    typed, start = literals.bare(token.value, 1).text, token.start_pos
                    break
            if token.type == "FIELD":
                field = BY_NAME.get(token.value)
            reading.feed_token(token)
            before = token
    except UnexpectedInput as error:
        start = error.pos_in_stream or 0
        if prefix[start : start + 1] != '"':
            return None
        typed = prefix[start + 1 :]
    accepted = frozenset(reading.accepts())
    if "VALUE" not in accepted:
        return _Place(typed, start, accepted, None, before)
    return _Place(typed, start, accepted, field, before) if field else None


def _values(
    field: Field, place: _Place, ask: Callable[[str, str], list[str]] | None
) -> Iterator[tuple[str, str]]:
    known: tuple[str, ...]
    if field.kind is Kind.TIME:
        known = _AGES if place.before.type == "RANGE" else ()
    elif field.kind is Kind.METHOD:
        known = _METHODS
    else:
        known = field.values or _SEEN.get(field.name, ())
    begun = place.typed.lower()
    words = [word for word in known if word.lower().startswith(begun)]
    asked = ask(field.name, place.typed) if ask else []
    for word in dict.fromkeys([*words, *asked]):
        yield literal(word), EVENT_LABELS.get(word, "") if field.name == "event_type" else ""


def _names(place: _Place, of: str) -> Iterator[tuple[str, str]]:
    begun = place.typed.lower()
    if "FIELD" in place.accepted:
        for field in FIELDS:
            if of == "event" or "request" in field.of:
                # Aliases are for those who begin to type one.
                for name in (field.name, *field.aliases) if begun else (field.name,):
                    if name.startswith(begun):
                        yield name, field.meaning
    for terminal, word in _KEYWORDS.items():
        if terminal in place.accepted and word.startswith(begun):
            yield word, ""


def _operators(place: _Place, cursor: int, end: int) -> Iterator[Completion]:
    """The operators of the field whose whole name stands at the cursor."""
    if place.field is not None:
        return
    if place.typed:
        name = place.typed
    elif place.before is not None and place.before.type == "WORD":
        name = place.before.value
    else:
        return
    field = BY_NAME.get(name)
    if field is None or end != cursor:
        return
    yield Completion(":", cursor, cursor, f"{field.label} is")
    if field.ranged:
        for sign, words in ((">=", "at least"), ("<=", "at most"), (">", "over"), ("<", "under")):
            yield Completion(sign, cursor, cursor, f"{field.label} {words}")
