"""The hash chain of an activity log: every entry carries the hash of the one before.

An entry's hash covers its number, its time, the hash before it and a *commitment*: the
SHA-256 of a random salt and the payload (who, what, data).  So the payload of an entry can
be left out or replaced by a pseudonymised one, and the chain still proves that no entry was
changed, dropped or put in; whoever is given the salt can check the payload, and nobody can
guess it from the commitment.

A chain cannot show by itself that its end was cut off: that takes its :class:`Head`, kept
somewhere else (a ticket, a report).
"""

import json
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
"""The hash before the first entry."""

_HEAD = re.compile(r"\s*(\d{1,15})[\s:]+([0-9a-f]{64})\s*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; ``at`` is microseconds since the epoch, hashes are 64 hex digits.

    ``n`` counts from 1.  ``salt`` (32 hex digits) is ``None`` where it was kept back: then
    ``who``, ``what`` and ``data`` are not covered by the chain, and may be pseudonymised.
    """

    n: int
    at: int
    previous: str
    commitment: str
    hash: str
    who: dict[str, Any]
    what: str
    data: dict[str, Any]
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many entries it has, and the hash of the last."""

    length: int
    hash: str

    def __str__(self) -> str:
        return f"{self.length}:{self.hash}"


START = Head(0, GENESIS)
"""The head of an empty chain."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What does not hold: the entry's number, and a sentence about it."""

    n: int
    reason: str


def canonical(value: Any) -> str:
    """A JSON value as the one text that is hashed: sorted keys, no blanks, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(value: Any) -> str:
    """SHA-256 of a JSON value."""
    return sha256(canonical(value).encode()).hexdigest()


def new_salt() -> str:
    """A salt that nobody can guess."""
    return secrets.token_hex(16)


def commitment(salt: str, who: dict[str, Any], what: str, data: dict[str, Any]) -> str:
    """What an entry says of its payload: SHA-256 of the salt's text, then the payload's."""
    payload = canonical({"who": who, "what": what, "data": data})
    return sha256(f"{salt}{payload}".encode()).hexdigest()


def link_hash(previous: str, n: int, at: int, committed: str) -> str:
    """The hash of an entry: SHA-256 of the JSON list of what it covers."""
    return digest([previous, n, at, committed])


def following(
    before: Head, at: int, who: dict[str, Any], what: str, data: dict[str, Any], salt: str
) -> Entry:
    """The entry that comes next after the chain's head."""
    n = before.length + 1
    committed = commitment(salt, who, what, data)
    link = link_hash(before.hash, n, at, committed)
    return Entry(n, at, before.hash, committed, link, who, what, data, salt)


def head(entries: Iterable[Entry]) -> Head:
    """The head of a chain; of an empty one :data:`START`."""
    last = None
    for entry in entries:
        last = entry
    return START if last is None else Head(last.n, last.hash)


def parse_head(text: str) -> Head:
    """A head as it was pasted into a ticket: ``12:9f3a…`` or ``12 9f3a…``; else ``ValueError``."""
    found = _HEAD.match(text.lower())
    if not found:
        raise ValueError("a head is a number and 64 hex digits, as 'case head' prints them")
    return Head(int(found[1]), found[2])


def check(entries: Iterable[Entry], expected: Head | None = None) -> list[Flaw]:
    """Everything that does not hold in a chain, in its order; nothing if all of it does.

    ``expected`` is the head as known from elsewhere, of now or of earlier: an end that was
    cut off, or made anew, is told by it only.
    """
    return list(_flaws(entries, expected))


def _flaws(entries: Iterable[Entry], expected: Head | None) -> Iterator[Flaw]:
    before = START
    met = expected is None
    for entry in entries:
        wanted = before.length + 1
        if entry.n != wanted:
            yield Flaw(entry.n, f"entry {wanted} should stand here: some are missing or moved")
        if entry.previous != before.hash:
            yield Flaw(entry.n, f"it does not follow the entry {before.length} that stands here")
        if link_hash(entry.previous, entry.n, entry.at, entry.commitment) != entry.hash:
            yield Flaw(entry.n, "its number, time or commitment was changed after it was written")
        if not covered(entry):
            yield Flaw(entry.n, "its content (who, what or data) was changed after it was written")
        before = Head(entry.n, entry.hash)
        if expected is not None and entry.n == expected.length:
            met = True
            if entry.hash != expected.hash:
                yield Flaw(entry.n, f"its hash is not {expected.hash}, which was noted elsewhere")
    if expected is not None and not met and expected.length:
        yield Flaw(
            before.length,
            f"the chain ends here, but {expected.length} entries were noted elsewhere:"
            " its end was cut off",
        )


def covered(entry: Entry) -> bool:
    """Whether the payload is the one that was committed to; true where no salt tells."""
    if entry.salt is None:
        return True
    return commitment(entry.salt, entry.who, entry.what, entry.data) == entry.commitment
