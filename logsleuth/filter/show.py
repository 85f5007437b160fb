"""Writing a filter: text that reads back as the same tree."""

import json
import re

from logsleuth.filter.fields import Field, Kind
from logsleuth.filter.literals import network_text
from logsleuth.filter.tree import (
    All,
    And,
    Contains,
    Equals,
    Glob,
    Match,
    Node,
    Not,
    Or,
    Phrase,
    Present,
    Range,
    Test,
    Within,
)
from logsleuth.model import addresses, times

_PLAIN = re.compile(r"[\w./:@+-]+\Z", re.ASCII)
_KEYWORD = re.compile(r"(?:and|or|not)\Z", re.IGNORECASE)
_ACTIVE = re.compile(r"[\s()\"\\*]")


def show(node: Node) -> str:
    """The filter as text; :func:`~logsleuth.filter.parse.parse` gives the same tree again.

    Times are in UTC, so the text means the same in every zone.  A tree that no text gives
    (an ``And`` within an ``And``) reads back as its equal without the inner brackets.

    Raises:
        ValueError: no text says this: a whole ``url`` or ``user_agent`` without a star,
            or an address that is none, or a test that its field does not take.
    """
    match node:
        case All() | And(()):
            return ""
        case Or(()):
            return "not *"
        case And(parts):
            return " and ".join(_bracketed(part, Or) for part in parts)
        case Or(parts):
            return _any_of(parts) or " or ".join(_bracketed(part) for part in parts)
        case Not(part):
            return f"not {_bracketed(part, And, Or)}"
        case Phrase(text):
            return literal(text, word=True)
        case Match(field, Range(operator, value)):
            return f"{field.name} {operator} {_number(field, value)}"
        case Match(field, Equals(int(value))) if field.kind is Kind.TIME:
            moment = _number(field, value)
            return f"({field.name} >= {moment} and {field.name} <= {moment})"
        case Match(field, test):
            return f"{field.name}:{_value(field, test)}"


def literal(text: str, *, word: bool = False) -> str:
    """Text as a value of a filter, in quotes where it needs them.

    ``word``: it stands without a field, where a colon would make it one.
    """
    if _PLAIN.match(text) and not _KEYWORD.match(text) and not (word and ":" in text):
        return text
    string = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in string)


def _bracketed(node: Node, *kinds: type[And] | type[Or]) -> str:
    text = show(node) or "*"
    return f"({text})" if isinstance(node, kinds) else text


def _any_of(parts: tuple[Node, ...]) -> str:
    """``field:(a or b)``, where all parts are tests of one field; else nothing."""
    found = [part for part in parts if isinstance(part, Match)]
    field = found[0].field if found else None
    if field is None or field.kind is Kind.TIME or len(found) < len(parts):
        return ""
    if any(part.field != field or isinstance(part.test, Range) for part in found):
        return ""
    return f"{field.name}:({' or '.join(_value(field, part.test) for part in found)})"


def _value(field: Field, test: Test) -> str:
    match test:
        case Present():
            return "*"
        case Equals(bool(value)):
            return "true" if value else "false"
        case Equals(int(value)):
            return str(value)
        case Equals(bytes(value)):
            return addresses.unpack(value)
        case Equals(str(value)) if field.kind not in {Kind.SEARCHED, Kind.ADDRESS}:
            return literal(value)
        case Contains(text) if field.kind is Kind.SEARCHED:
            return literal(text)
        case Glob(parts) if len(parts) > 1:
            return "*".join(_ACTIVE.sub(r"\\\g<0>", part) for part in parts)
        case Within(first, last):
            return network_text(first, last)
    raise ValueError(f"no filter says {type(test).__name__} on {field.name}")


def _number(field: Field, value: int) -> str:
    return f'"{times.iso(value)}"' if field.kind is Kind.TIME else str(value)
