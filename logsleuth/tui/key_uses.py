"""Developer keys and the accounts that use them: the pairs, and what each of them did.

A key is not a token: Canvas publishes no token id, and manual tokens of a whole
institution share one key.  So the account beside the key is what tells them apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logsleuth.filter.fields import field
from logsleuth.filter.tree import All, Match, Node, Not, Range, Value, both
from logsleuth.model import times
from logsleuth.store.base import Cancel, Partial, Profile, Store, TopRow, last
from logsleuth.tui.profiles import NOTHING
from logsleuth.tui.sorting import until_counted
from logsleuth.tui.things import WRITES, equal, equal_or_absent

_STATUS = field("http_status")
READ_WELL = both(Match(_STATUS, Range(">=", 200)), Match(_STATUS, Range("<=", 299)), Not(WRITES))
"""Requests that changed nothing and were answered."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and an account: what a token is known by."""

    key: int
    account: int | None

    @property
    def node(self) -> Node:
        """Everything that the account sent, signed in, with the key."""
        return both(equal("developer_key_id", self.key), equal_or_absent("actor", self.account))


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What an account sent with a key: ``first`` in the whole cache, ``last`` under the
    filter; ``at_start`` where the first falls on the cache's first day."""

    pair: Pair
    count: int
    first: int
    last: int
    at_start: bool


@dataclass(frozen=True, slots=True)
class KeyProfile:
    """What the requests of a pair are made of, and those that read something and got it."""

    all: Profile
    read: Profile


def read_keys(store: Store, where: Node, cancel: Cancel) -> Iterator[Partial[tuple[KeyUse, ...]]]:
    """Keys with their accounts, key by key, most used first.  Called from threads."""
    keys: tuple[TopRow, ...] = ()
    for answer in until_counted(store.top("developer_key_id", where, limit=0, cancel=cancel)):
        keys = answer.value
        yield Partial((), False)
    days = store.bounds().days
    begun = times.day_start(days[0]) + times.DAY if days else 0
    found: list[KeyUse] = []
    for top in keys:
        found += _accounts(store, where, int(top.value), begun, cancel)
        yield Partial(tuple(found), False)
    yield Partial(tuple(sorted(found, key=lambda use: -use.count)), True)


def _accounts(store: Store, where: Node, key: int, begun: int, cancel: Cancel) -> Iterator[KeyUse]:
    """The accounts of a key, and what it sent for none; ``begun`` ends the first day."""
    whole: Node = equal("developer_key_id", key)
    here = both(where, whole)
    tops = _counted(store, here, cancel)
    firsts = tops if isinstance(where, All) else _counted(store, whole, cancel)
    first_of = {top.value: top.first for top in firsts}
    for top in tops:
        first = first_of.get(top.value, top.first)
        yield KeyUse(Pair(key, int(top.value)), top.count, first, top.last, first < begun)
    nobody = Pair(key, None)
    count = last(store.count(both(where, nobody.node), cancel=cancel))
    if count:
        oldest = last(store.page(nobody.node, limit=1, oldest_first=True, cancel=cancel))
        newest = last(store.page(both(where, nobody.node), limit=1, cancel=cancel))
        first, recent = oldest.rows[0].timestamp, newest.rows[0].timestamp
        yield KeyUse(nobody, count, first, recent, first < begun)


def _counted(store: Store, where: Node, cancel: Cancel) -> tuple[TopRow, ...]:
    """The accounts signed in, with their counts."""
    return last(until_counted(store.top("actor", where, limit=0, cancel=cancel)))


def read_profiles(
    store: Store, where: Node, pairs: Sequence[Pair], cancel: Cancel
) -> Iterator[Partial[dict[Pair, KeyProfile]]]:
    """What the requests of the pairs are made of, key by key.  Called from threads."""
    found: dict[Pair, KeyProfile] = {}
    for key in dict.fromkeys(pair.key for pair in pairs):
        here = both(where, equal("developer_key_id", key))
        accounts = [pair.account for pair in pairs if pair.key == key]
        every = _by_account(store, here, key, accounts, cancel)
        read = _by_account(store, both(here, READ_WELL), key, accounts, cancel)
        for account in accounts:
            profile = KeyProfile(every.get(account, NOTHING), read.get(account, NOTHING))
            found[Pair(key, account)] = profile
        yield Partial(found, False)
    yield Partial(found, True)


def _by_account(
    store: Store, where: Node, key: int, accounts: Sequence[int | None], cancel: Cancel
) -> dict[Value | None, Profile]:
    found: dict[Value | None, Profile] = {}
    known = [account for account in accounts if account is not None]
    if known:
        profiles = last(store.profiles("actor", known, where, cancel=cancel))
        found.update((account, profile) for account, profile in profiles.items())
    if None in accounts:
        nobody = both(where, Pair(key, None).node)
        alone = last(store.profiles("developer_key_id", [key], nobody, cancel=cancel))
        found[None] = alone.get(key, NOTHING)
    return found
