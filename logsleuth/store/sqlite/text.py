"""Text tests in SQL.

SQLite's LIKE stops at NUL, so rows and user agents with a NUL are marked, and they,
with the small dictionaries, are tested by exact functions of our own.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import apsw

from logsleuth.filter.tree import Contains, Glob
from logsleuth.filter.wildcard import fold, parts_match
from logsleuth.model import addresses
from logsleuth.store.sqlite import schema


def parts(test: Contains | Glob) -> tuple[str, ...]:
    """The pieces that must follow each other, with anything between them."""
    return ("", test.text, "") if isinstance(test, Contains) else test.parts


def like(test: Contains | Glob) -> str:
    """The LIKE pattern of a test, with ``\\`` as the escape character."""
    return "%".join(re.sub(r"([%_\\])", r"\\\1", part) for part in parts(test))


def _folded_match(pieces: str, value: str | None) -> bool:
    if value is None:
        return False
    return parts_match(tuple(fold(piece) for piece in json.loads(pieces)), fold(value))


def _id_match(pieces: str, value: bytes | str) -> bool:
    return parts_match(tuple(json.loads(pieces)), schema.id_text(value))


def _address_match(pieces: str, value: bytes | None, delivered: str) -> bool:
    shown = addresses.unpack(value) if value is not None else delivered
    return parts_match(tuple(json.loads(pieces)), shown)


def register(connection: apsw.Connection) -> None:
    """Make the exact tests callable from SQL on this connection."""
    functions: tuple[tuple[str, Callable[..., Any], int], ...] = (
        ("folded_match", _folded_match, 2),
        ("id_match", _id_match, 2),
        ("address_match", _address_match, 3),
    )
    for name, function, arguments in functions:
        connection.create_scalar_function(name, function, arguments, deterministic=True)
