"""JSON values as text: exact for programs, plain for people, harmless on a terminal."""

import json

import msgspec

from logsleuth.model.text import visible


def to_json(value: object) -> str:
    """JSON text on one line; integers of any size stay exact."""
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, OverflowError):
        # Lone surrogates and integers beyond 64 bits, which the fast encoder refuses.
        return json.dumps(value, separators=(",", ":"))


def harmless(line: str) -> str:
    """JSON that says the same, with an escape for every character that could hide."""
    if visible(line) == line:
        return line
    return "".join(
        char if char.isascii() and char.isprintable() else json.dumps(char)[1:-1] for char in line
    )


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
