"""Filters made by the program rather than typed: of a value, an address, a span of time."""

from logsleuth.filter.fields import field
from logsleuth.filter.tree import Equals, Match, Node, Not, Present, Range, Value, both
from logsleuth.model import addresses


def equal(name: str, value: Value) -> Node:
    """The field has this value."""
    return Match(field(name), Equals(value))


def equal_or_absent(name: str, value: Value | None) -> Node:
    """The field has this value, or none if it is null."""
    if value is None:
        return Not(Match(field(name), Present()))
    return equal(name, value)


def address_is(text: str | None) -> Node:
    """Requests from an address, however it is spelled."""
    if text is None:
        return equal_or_absent("remote_ip", None)
    packed = addresses.pack(text)
    return equal("remote_ip", text if packed is None else packed)


def between(first: int, last: int) -> Node:
    """What happened from ``first`` to ``last``, both included, microseconds."""
    at = field("timestamp")
    return both(Match(at, Range(">=", first)), Match(at, Range("<=", last)))
