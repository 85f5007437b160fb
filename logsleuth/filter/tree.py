"""A parsed filter: a tree of typed tests on named fields, with no text left to read.

Semantics: a row is in or out.  A null never equals, is never in a range, contains
nothing, and *is* matched by ``Not`` of any of these.  Times are resolved to
microseconds when the filter is read, so a tree means the same in any zone and hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from logsleuth.filter.fields import Field
from logsleuth.model.event import EVENT_LABELS

Value = int | str | bool | bytes
"""int: ids, numbers, times in microseconds; str: text, UUID lower case with dashes;
bool: ``true``/``false``; bytes: 16 bytes of an address."""

Operator = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Equals:
    """The value is this one (text exactly; methods, UUIDs, addresses in normal form)."""

    value: Value


@dataclass(frozen=True, slots=True)
class Range:
    """The number or time compares so."""

    operator: Operator
    value: int


@dataclass(frozen=True, slots=True)
class Within:
    """The address lies in the network, both ends included."""

    first: bytes
    last: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Contains:
    """The text contains this one, ASCII letters in any case."""

    text: str


@dataclass(frozen=True, slots=True)
class Glob:
    """The whole value is these parts, in this order, with anything between them.

    ``login*`` is ``("login", "")``: parts are joined by one star each.  On ``url`` and
    ``user_agent`` ASCII letters match in any case; methods, UUIDs and addresses are
    compared in their normal spelling.
    """

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """There is a value."""


Test = Equals | Range | Within | Contains | Glob | Present


@dataclass(frozen=True, slots=True)
class All:
    """Every row: the empty filter."""


@dataclass(frozen=True, slots=True)
class Match:
    """A field passes a test."""

    field: Field
    test: Test


@dataclass(frozen=True, slots=True)
class Phrase:
    """``url`` or ``user_agent`` contains the text, ASCII letters in any case."""

    text: str


@dataclass(frozen=True, slots=True)
class And:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node = All | Match | Phrase | And | Or | Not


def both(*nodes: Node) -> Node:
    """All of the nodes, without needless nesting."""
    parts: list[Node] = []
    for node in nodes:
        if isinstance(node, And):
            parts.extend(node.parts)
        elif not isinstance(node, All):
            parts.append(node)
    if not parts:
        return All()
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def field_tests(node: Node) -> Iterator[Match]:
    """Every field test in the tree."""
    match node:
        case Match():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from field_tests(part)
        case Not(part):
            yield from field_tests(part)
        case _:
            return


def has_words(node: Node) -> bool:
    """Whether the tree has a bare word or phrase."""
    match node:
        case Phrase():
            return True
        case And(parts) | Or(parts):
            return any(has_words(part) for part in parts)
        case Not(part):
            return has_words(part)
    return False


def odd_types(node: Node) -> tuple[str, ...]:
    """Types of course changes that the tree asks for, and that nobody knows of Canvas."""
    asked = (
        match.test.value
        for match in field_tests(node)
        if match.field.name == "event_type" and isinstance(match.test, Equals)
    )
    odd = (value for value in asked if isinstance(value, str) and value not in EVENT_LABELS)
    return tuple(dict.fromkeys(odd))


@dataclass(frozen=True, slots=True)
class Span:
    """Instants from ``since`` (included) to ``until`` (excluded), microseconds; open if None."""

    since: int | None = None
    until: int | None = None

    def meet(self, other: "Span") -> "Span":
        since = [s for s in (self.since, other.since) if s is not None]
        until = [u for u in (self.until, other.until) if u is not None]
        return Span(max(since) if since else None, min(until) if until else None)


def span_of(node: Node) -> Span:
    """The span outside which no row can match; wider than needed, never narrower."""
    match node:
        case Match(field, Range(operator, value)) if field.name == "timestamp":
            match operator:
                case ">=":
                    return Span(since=value)
                case ">":
                    return Span(since=value + 1)
                case "<":
                    return Span(until=value)
                case "<=":
                    return Span(until=value + 1)
        case Match(field, Equals(int(value))) if field.name == "timestamp":
            return Span(value, value + 1)
        case And(parts):
            span = Span()
            for part in parts:
                span = span.meet(span_of(part))
            return span
        case Or(()):
            return Span(0, 0)  # nothing matches
        case Or(parts):
            spans = [span_of(part) for part in parts]
            since = [s.since for s in spans]
            until = [s.until for s in spans]
            return Span(
                None if None in since else min(s for s in since if s is not None),
                None if None in until else max(u for u in until if u is not None),
            )
    return Span()
