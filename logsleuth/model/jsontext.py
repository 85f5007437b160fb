"""JSON values as text: exact for programs, plain for people, harmless on a terminal."""

import json
import re
from functools import lru_cache

import msgspec

from logsleuth.model.text import visible


def to_json(value: object) -> str:
    """JSON text on one line; integers of any size stay exact."""
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, OverflowError):
        # Lone surrogates and integers beyond 64 bits, which the fast encoder refuses.
        return json.dumps(value, separators=(",", ":"))


def indented(value: object) -> str:
    """JSON text over several lines."""
    line = to_json(value)
    try:
        return msgspec.json.format(line)
    except msgspec.DecodeError:
        # Lone surrogates again, though they are spelt out by now.
        return json.dumps(value, indent=2)


def harmless(line: str) -> str:
    """JSON that says the same, with an escape for every character that could hide."""
    if line.isascii() and line.isprintable():
        return line
    return _NOT_PLAIN.sub(lambda found: _escaped(found[0]), line)


_NOT_PLAIN = re.compile(r"[^ -~]")


@lru_cache(maxsize=4096)
def _escaped(char: str) -> str:
    """The character, or its escape if it hides, or hides others where many of it stand."""
    many = f"x{char * 4}"
    return char if visible(many) == many else json.dumps(char)[1:-1]


def plain(value: object) -> str:
    """A JSON value as people read it: no quotes around text, nothing for null."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
