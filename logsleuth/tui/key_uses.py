"""Developer keys and the accounts that use them: the pairs, and what each of them did.

A key is not a token: Canvas publishes no token id, and manual tokens of a whole
institution share one key.  So the account beside the key is what tells them apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from logsleuth.filter.fields import field
from logsleuth.filter.tree import Match, Node, Not, Range, Value, both
from logsleuth.store.base import Cancel, PairRow, Partial, Profile, Store
from logsleuth.store.base import Pair as StoredPair
from logsleuth.tui.profiles import NOTHING
from logsleuth.tui.things import WRITES, equal, equal_or_absent

FIELDS = "developer_key_id", "actor"
"""A pair is a value of each."""

_STATUS = field("http_status")
READ_WELL = both(Match(_STATUS, Range(">=", 200)), Match(_STATUS, Range("<=", 299)), Not(WRITES))
"""Requests that changed nothing and were answered."""


class Pair(NamedTuple):
    """A key and an account: what a token is known by."""

    key: int
    account: int | None

    @property
    def node(self) -> Node:
        """Everything that the account sent, signed in, with the key."""
        return both(equal("developer_key_id", self.key), equal_or_absent("actor", self.account))


class KeyUse(msgspec.Struct, frozen=True, gc=False):
    """What an account sent with a key: ``first`` in the whole cache (``None`` until that is
    read), ``last`` under the filter; ``at_start`` where the first falls on the cache's first
    day."""

    pair: Pair
    count: int
    first: int | None
    last: int
    at_start: bool


@dataclass(frozen=True, slots=True)
class KeyProfile:
    """What the requests of a pair are made of, and those that read something and got it."""

    all: Profile
    read: Profile


def read_keys(store: Store, where: Node, cancel: Cancel) -> Iterator[Partial[tuple[KeyUse, ...]]]:
    """Keys with their accounts, most used first.  Called from threads."""
    rows: tuple[PairRow, ...] | None = None
    uses: tuple[KeyUse, ...] = ()
    for answer in store.pairs(FIELDS, where, cancel=cancel):
        if answer.complete or answer.value is not rows:
            rows = answer.value
            uses = tuple(_use(row, answer.complete) for row in rows)
        yield Partial(uses, answer.complete, answer.done, answer.total)


def _use(row: PairRow, complete: bool) -> KeyUse:
    key, account = row.pair
    pair = Pair(_number(key), None if account is None else _number(account))
    first = row.first_in_cache if complete else None
    return KeyUse(pair, row.count, first, row.last, row.at_start)


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return value


def read_profiles(
    store: Store, where: Node, pairs: Sequence[Pair], cancel: Cancel
) -> Iterator[Partial[dict[Pair, KeyProfile]]]:
    """What the requests of the pairs are made of.  Called from threads."""
    asked = [(pair.key, pair.account) for pair in pairs]
    every: dict[StoredPair, Profile] = {}
    read: dict[StoredPair, Profile] = {}
    for answer in store.pair_profiles(FIELDS, asked, where, cancel=cancel):
        every = answer.value
        yield Partial({}, False, answer.done, 2 * answer.total)
    for answer in store.pair_profiles(FIELDS, asked, both(where, READ_WELL), cancel=cancel):
        read = answer.value
        yield Partial({}, False, answer.total + answer.done, 2 * answer.total)
    found = {
        pair: KeyProfile(every.get(one, NOTHING), read.get(one, NOTHING))
        for pair, one in zip(pairs, asked, strict=True)
    }
    yield Partial(found, True)
