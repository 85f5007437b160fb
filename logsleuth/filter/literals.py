"""What the words after a field mean: the field's type reads them, never their look."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from difflib import get_close_matches

from logsleuth.filter.errors import FilterError
from logsleuth.filter.fields import Field, Kind
from logsleuth.filter.tree import (
    And,
    Contains,
    Equals,
    Glob,
    Match,
    Node,
    Operator,
    Present,
    Range,
    Test,
    Within,
)
from logsleuth.model import addresses, ids, times
from logsleuth.model.text import visible

_PIECE = re.compile(r"\\(.)|(\*)|([^\\*]+)", re.DOTALL)
_NUMBER = re.compile(r"-?\d+\Z|\d+~\d+\Z", re.ASCII)
_HEX = re.compile(r"[0-9a-fA-F-]*\Z")
_NOW = re.compile(r"now(?:-(\d{1,9})([smhdw]))?\Z", re.IGNORECASE | re.ASCII)
_UNITS = {
    "s": times.SECOND,
    "m": times.MINUTE,
    "h": times.HOUR,
    "d": times.DAY,
    "w": times.WEEK,
}
_FIRST_US = times.day_start("0001-01-01")
_LAST_US = times.day_start("9999-12-31") + times.DAY - 1
_RANGE_FORM = 'a range, as in timestamp >= "2026-10-01T08:00" and timestamp < "2026-10-01T09:00"'
_TIMES = '"2026-10-01", "2026-10-01T08:00:00Z" or now-24h'


@dataclass(frozen=True, slots=True)
class Literal:
    """A word or quoted text as it stands in a filter.

    ``parts`` is the text between unquoted stars, escapes resolved: one part where there
    is no star.  ``column`` is where it begins, from 1.
    """

    parts: tuple[str, ...]
    column: int

    @property
    def starred(self) -> bool:
        return len(self.parts) > 1

    @property
    def anything(self) -> bool:
        """Whether it is nothing but a star."""
        return self.parts == ("", "")

    @property
    def text(self) -> str:
        return "*".join(self.parts)

    def wrong(self, message: str, expected: str = "") -> FilterError:
        """The error of this literal; its text is put before the message."""
        shown = visible(self.text if len(self.text) <= 40 else self.text[:39] + "…")
        return FilterError(f"'{shown}' {message}", self.column, expected)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a time depends on: the zone of one without offset, and now in microseconds."""

    zone: tzinfo
    now: Callable[[], int]


def bare(word: str, column: int) -> Literal:
    """A literal without quotes: a backslash takes the next character as it is."""
    parts = [""]
    for escaped, star, plain in _PIECE.findall(word):
        if not star:
            parts[-1] += escaped or plain
        elif len(parts) == 1 or parts[-1]:
            # Two stars side by side say no more than one.
            parts.append("")
    return Literal(tuple(parts), column)


def quoted(string: str, column: int) -> Literal:
    """A literal in quotes, which takes the escapes of JSON."""
    try:
        text = json.loads(string, strict=False)
    except ValueError:
        raise FilterError(
            "a backslash in this quoted text escapes nothing that JSON knows",
            column,
            r"\\ for a backslash, \" for a quote, or \u and four hex digits",
        ) from None
    if not storable(text):
        raise FilterError("this quoted text holds half a character", column, "both surrogates")
    return Literal((text,), column)


def storable(text: str) -> bool:
    """Whether the text could be in a log at all: a lone surrogate cannot."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def compare(field: Field, literal: Literal, moment: Moment) -> Node:
    """``field:literal``."""
    if literal.anything:
        return Match(field, Present())
    if field.kind is Kind.TIME:
        return _whole_day(field, literal, moment)
    if literal.starred:
        return Match(field, _glob(field, literal))
    return Match(field, _READERS[field.kind](field, literal))


def compare_order(field: Field, operator: Operator, literal: Literal, moment: Moment) -> Node:
    """``field >= literal`` and its like."""
    if not field.ranged:
        raise literal.wrong(
            f"cannot be compared by '{operator}': {field.name} has no order", f"{field.name}:…"
        )
    if literal.starred:
        raise literal.wrong(f"has a star, which '{operator}' cannot take")
    if field.kind is not Kind.TIME:
        return Match(field, Range(operator, _number(field, literal)))
    day = _date(literal)
    if day is None:
        return Match(field, Range(operator, _instant(literal, moment)))
    # A date is the whole day: "after it" and "up to it" begin and end at its last instant.
    if operator in {">", "<="}:
        until = _next_midnight(literal, day, moment)
        return Match(field, Range(">=" if operator == ">" else "<", until))
    return Match(field, Range(operator, _midnight(literal, day, moment)))


def _glob(field: Field, literal: Literal) -> Glob:
    match field.kind:
        case Kind.TEXT | Kind.SEARCHED:
            return Glob(literal.parts)
        case Kind.METHOD:
            return Glob(tuple(part.upper() for part in literal.parts))
        case Kind.ADDRESS:
            return Glob(tuple(part.lower() for part in literal.parts))
        case Kind.UUID:
            if all(_HEX.match(part) for part in literal.parts):
                return Glob(tuple(part.lower() for part in literal.parts))
            return Glob(literal.parts)
    raise literal.wrong(
        f"has a star, which {field.name} cannot take",
        f"{_wanted(field)}, a range, or {field.name}:* for any value"
        if field.ranged
        else _wanted(field),
    )


def _text(field: Field, literal: Literal) -> Test:
    if field.values and literal.text not in field.values:
        nearest = get_close_matches(literal.text[:64].lower(), field.values, 1)
        hint = f"; did you mean {nearest[0]}?" if nearest else ""
        raise literal.wrong(f"is no {field.name}{hint}", _wanted(field))
    return Equals(literal.text)


def _searched(field: Field, literal: Literal) -> Test:
    return Contains(literal.text)


def _method(field: Field, literal: Literal) -> Test:
    return Equals(literal.text.upper())


def _uuid(field: Field, literal: Literal) -> Test:
    # A cache keeps ids that are no UUIDs, so any text may be one.
    return Equals(ids.parse_uuid(literal.text) or literal.text)


def _flag(field: Field, literal: Literal) -> Test:
    word = literal.text.lower()
    if word not in field.values:
        raise literal.wrong(f"is no value of {field.name}", _wanted(field))
    return Equals({"true": True, "false": False}.get(word, word))


def _address(field: Field, literal: Literal) -> Test:
    text = literal.text
    if "/" not in text:
        packed = addresses.pack(text)
        if packed is None:
            raise literal.wrong("is no address", _wanted(field))
        return Equals(packed)
    network = addresses.network(text)
    if network is None:
        raise literal.wrong("is no network", "10.0.0.0/8 or 2001:db8::/32")
    return Within(*network, network_text(*network))


def network_text(first: bytes, last: bytes) -> str:
    """The canonical spelling of a network given by its ends, 16 bytes each."""
    host_bits = (int.from_bytes(first, "big") ^ int.from_bytes(last, "big")).bit_length()
    base = addresses.unpack(first)
    return f"{base}/{(128 if ':' in base else 32) - host_bits}"


def _equal_number(field: Field, literal: Literal) -> Test:
    return Equals(_number(field, literal))


def _number(field: Field, literal: Literal) -> int:
    text = literal.text
    plain = field.kind is Kind.NUMBER and "~" in text
    if plain or not _NUMBER.match(text):
        raise literal.wrong(f"is no number, and {field.name} is one", _wanted(field))
    number = ids.parse_id(text)
    if number is None or not ids.INT64_MIN <= number <= ids.INT64_MAX:
        raise literal.wrong("is beyond 64 bits, and no id or number is", _wanted(field))
    return number


_READERS: dict[Kind, Callable[[Field, Literal], Test]] = {
    Kind.ID: _equal_number,
    Kind.NUMBER: _equal_number,
    Kind.TEXT: _text,
    Kind.SEARCHED: _searched,
    Kind.METHOD: _method,
    Kind.UUID: _uuid,
    Kind.ADDRESS: _address,
    Kind.FLAG: _flag,
    Kind.TRISTATE: _flag,
}


def _wanted(field: Field) -> str:
    """What the field takes, for messages."""
    if field.values:
        return f"{', '.join(field.values[:-1])} or {field.values[-1]}"
    match field.kind:
        case Kind.ID:
            return "an id such as 101 or 7~123"
        case Kind.NUMBER:
            return "a whole number"
        case Kind.ADDRESS:
            return "an address such as 192.0.2.7, or a network such as 192.0.2.0/24"
        case Kind.TIME:
            return _TIMES
    return "a value"


def _date(literal: Literal) -> date | None:
    try:
        return times.parse_date(literal.text)
    except ValueError:
        return None


def _midnight(literal: Literal, day: date, moment: Moment) -> int:
    return _in_calendar(literal, times.midnight(day, moment.zone))


def _next_midnight(literal: Literal, day: date, moment: Moment) -> int:
    if day == date.max:
        raise literal.wrong("is the last day of the calendar", _TIMES)
    return _midnight(literal, day + timedelta(days=1), moment)


def _in_calendar(literal: Literal, us: int) -> int:
    if not _FIRST_US <= us <= _LAST_US:
        raise literal.wrong("lies outside the years 1 to 9999", _TIMES)
    return us


def _whole_day(field: Field, literal: Literal, moment: Moment) -> Node:
    if literal.starred:
        raise literal.wrong(f"has a star, which {field.name} cannot take", _RANGE_FORM)
    day = _date(literal)
    if day is None:
        _instant(literal, moment)
        raise literal.wrong("is an instant, and ':' takes a whole day", _RANGE_FORM)
    since, until = _midnight(literal, day, moment), _next_midnight(literal, day, moment)
    return And((Match(field, Range(">=", since)), Match(field, Range("<", until))))


def _instant(literal: Literal, moment: Moment) -> int:
    relative = _NOW.match(literal.text)
    if relative:
        amount, unit = relative.groups(default="0")
        return _in_calendar(literal, moment.now() - int(amount) * _UNITS.get(unit.lower(), 0))
    try:
        us = times.parse(literal.text, moment.zone)
    except (ValueError, OverflowError):
        raise literal.wrong("is no time", _TIMES) from None
    return _in_calendar(literal, us)
