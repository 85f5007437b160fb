"""Writing a filter: text that reads back as the same tree."""

import json
import re
from collections.abc import Callable

from logsleuth.filter.fields import BY_NAME, Field, Kind
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


Say = Callable[[Field, Test, str], str]
"""What is written for a test of a field, in place of the text that says it exactly."""


def show(node: Node, say: Say | None = None) -> str:
    """The filter as text; :func:`~logsleuth.filter.parse.parse` gives the same tree again.

    ``say`` writes values otherwise, for somebody who must not read them; a bare phrase is a
    test of ``url``.

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
            return " and ".join(_bracketed(part, say, Or) for part in parts)
        case Or(parts):
            return _any_of(parts, say) or " or ".join(_bracketed(part, say) for part in parts)
        case Not(part):
            return f"not {_bracketed(part, say, And, Or)}"
        case Phrase(text):
            plain = literal(text, word=True)
            return say(BY_NAME["url"], Contains(text), plain) if say else plain
        case Match(field, Range(operator) as test):
            return f"{field.name} {operator} {_said(field, test, say)}"
        case Match(field, Equals(int(value))) if field.kind is Kind.TIME:
            moment = _number(field, value)
            return f"({field.name} >= {moment} and {field.name} <= {moment})"
        case Match(field, test):
            return f"{field.name}:{_said(field, test, say)}"


def literal(text: str, *, word: bool = False) -> str:
    """Text as a value of a filter, in quotes where it needs them.

    ``word``: it stands without a field, where a colon would make it one.
    """
    if _PLAIN.match(text) and not _KEYWORD.match(text) and not (word and ":" in text):
        return text
    string = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in string)


def _bracketed(node: Node, say: Say | None, *kinds: type[And] | type[Or]) -> str:
    text = show(node, say) or "*"
    return f"({text})" if isinstance(node, kinds) else text


def _any_of(parts: tuple[Node, ...], say: Say | None) -> str:
    """``field:(a or b)``, where all parts are tests of one field; else nothing."""
    found = [part for part in parts if isinstance(part, Match)]
    field = found[0].field if found else None
    if field is None or field.kind is Kind.TIME or len(found) < len(parts):
        return ""
    if any(part.field != field or isinstance(part.test, Range) for part in found):
        return ""
    return f"{field.name}:({' or '.join(_said(field, part.test, say) for part in found)})"


def _said(field: Field, test: Test, say: Say | None) -> str:
    text = _value(field, test)
    return say(field, test, text) if say else text


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
        case Range(_, value):
            return _number(field, value)
    raise ValueError(f"no filter says {type(test).__name__} on {field.name}")


def _number(field: Field, value: int) -> str:
    return f'"{times.iso(value)}"' if field.kind is Kind.TIME else str(value)
