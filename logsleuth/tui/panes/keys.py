"""The Keys pane: developer keys, one row for each account that uses one.

A key is not a token: Canvas publishes no token id, and manual tokens of a whole
institution share one key.  So the account beside the key is what tells them apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from logsleuth.filter.fields import field
from logsleuth.filter.tree import All, Match, Node, Not, Range, Value, both
from logsleuth.model import times
from logsleuth.store.base import Cancel, Partial, Profile, Store, TopRow, last
from logsleuth.tui import figures, things
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.columns import Column
from logsleuth.tui.detail import Fact
from logsleuth.tui.figures import BEGAN, number_column, profile_facts, time_column
from logsleuth.tui.pages.page import Destination
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.profiles import NOTHING, Profiles
from logsleuth.tui.sorting import Reading, Sort, Sortable, until_counted
from logsleuth.tui.things import ERRORS, WRITES, Thing, equal, equal_or_absent
from logsleuth.tui.wording import both_times, counted, number

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


class KeysPane(SortedPane[KeyUse]):
    """Every key and account with a request that matches the global filter."""

    NAME: ClassVar[str] = "Keys"
    ONE: ClassVar[str] = "key and account"
    MANY: ClassVar[str] = "keys and accounts"
    START: ClassVar[Sort] = Sort("count")

    def make_reading(self, where: Node) -> Reading[KeyUse]:
        store = self.desk.store

        def ask(pairs: Sequence[Pair], cancel: Cancel) -> Iterator[Partial[dict[Pair, KeyProfile]]]:
            return read_profiles(store, where, pairs, cancel)

        return Reading(
            lambda cancel: read_keys(store, where, cancel),
            Profiles(ask, KeyProfile(NOTHING, NOTHING)),
        )

    def key(self, row: KeyUse) -> str:
        return f"{row.pair.key} {row.pair.account}"

    def profile_key(self, row: KeyUse) -> Pair:
        return row.pair

    def learn(self, rows: Sequence[KeyUse]) -> None:
        self.desk.names.learn("key", (row.pair.key for row in rows))
        self.desk.names.learn("user", (row.pair.account for row in rows))

    def sortables(self) -> Sequence[Sortable[KeyUse]]:
        names, zone = self.desk.names, self.desk.zone

        def made_of(
            name: str, heading: str, width: int, rank: int, node: Node | None = None
        ) -> Sortable[KeyUse]:
            def value(row: KeyUse) -> int | None:
                profile: KeyProfile | None = self.profile(row)
                return figures.of_profile(profile.all if profile else None, name)

            def test(row: KeyUse) -> Node:
                return row.pair.node if node is None else both(row.pair.node, node)

            return Sortable(
                number_column(name, heading, width, rank, value, test), value, deep=True
            )

        def read(row: KeyUse) -> int | None:
            profile: KeyProfile | None = self.profile(row)
            return figures.of_profile(profile.read if profile else None, "courses")

        def read_test(row: KeyUse) -> Node:
            return both(row.pair.node, READ_WELL)

        key: Column[KeyUse] = Column(
            "developer_key_id",
            "key",
            12,
            24,
            0,
            lambda row: Cell(names.label("key", row.pair.key)),
            lambda row: equal("developer_key_id", row.pair.key),
            "key",
        )
        account: Column[KeyUse] = Column(
            "actor",
            "account",
            12,
            28,
            0,
            lambda row: Cell(names.label("user", row.pair.account) or NOBODY),
            lambda row: equal_or_absent("actor", row.pair.account),
            "account",
        )
        first: Column[KeyUse] = Column(
            "first",
            "first in all",
            12,
            12,
            0,
            lambda row: figures.first_moment(row.first, row.at_start, zone),
        )
        return (
            Sortable(key, lambda row: row.pair.key, False),
            Sortable(account, lambda row: row.pair.account, False),
            Sortable(number_column("count", "reqs", 6, 0, _count), _count),
            made_of("writes", "writes", 6, 1, WRITES),
            made_of("errors", "errs", 5, 4, ERRORS),
            made_of("addresses", "addrs", 5, 2),
            made_of("agents", "agents", 6, 5),
            Sortable(number_column("courses", "courses read", 12, 0, read, read_test), read,
                     deep=True),
            Sortable(first, lambda row: row.first, False),
            Sortable(time_column("last", "last", 3, _last, zone), _last),
        )  # fmt: skip

    def says(self) -> Line:
        keys = len({row.pair.key for row in self.reading.rows})
        return (
            Cell(f" · {counted(keys, 'key', 'keys')}", Role.STRONG),
            Cell(" · a key is not a token: many tokens share one", Role.WARN),
        )

    def nothing_there(self) -> Sequence[str]:
        return (
            "No request in this cache was made with a developer key.",
            "Every call with an access token has one: so no such call is in it.",
        )

    def node(self, row: KeyUse) -> Node:
        return row.pair.node

    def destination(self, row: KeyUse) -> Destination:
        names = self.desk.names
        key, account = names.label("key", row.pair.key), names.label("user", row.pair.account)
        column = self.table.column
        if column is not None and column.name == "developer_key_id":
            return things.key(row.pair.key, names)
        return Thing(
            row.pair.node,
            f"key {key} of {account or NOBODY}",
            f"key {key}, account {account or NOBODY}",
            ("remote_ip", "user_agent"),
        )

    def facts(self, row: KeyUse) -> list[Fact]:
        names, zones = self.desk.names, self.desk.zones
        profile: KeyProfile | None = self.profile(row)
        began = BEGAN if row.at_start else ""
        facts: list[Fact] = [
            ("key", names.label("key", row.pair.key), Role.STRONG),
            ("account", names.label("user", row.pair.account) or NOBODY, Role.STRONG),
            ("first in all", f"{both_times(row.first, zones)}{began}", Role.PLAIN),
            ("last", both_times(row.last, zones), Role.PLAIN),
            *profile_facts(profile.all if profile else None),
        ]
        if profile is not None:
            said = (
                f"{counted(profile.read.requests, 'request', 'requests')} changed nothing and "
                f"got an answer (2xx), in {counted(profile.read.courses, 'course', 'courses')}"
            )
            facts.append(("read", said, Role.PLAIN))
        note = "A key is not a token: manual tokens of the whole institution share one key."
        return [*facts, ("", note, Role.MUTED)]

    def sentence(self, row: KeyUse) -> str:
        names, zones = self.desk.names, self.desk.zones
        return (
            f"Developer key {names.label('key', row.pair.key)}, account "
            f"{names.label('user', row.pair.account) or NOBODY}: {number(row.count)} requests, "
            f"first in the cache {both_times(row.first, zones)}, last "
            f"{both_times(row.last, zones)}{self.under_filter()}."
        )


NOBODY = "(no account)"


def _count(row: KeyUse) -> int:
    return row.count


def _last(row: KeyUse) -> int:
    return row.last
