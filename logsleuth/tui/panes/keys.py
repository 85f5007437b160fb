"""The Keys pane: developer keys, one row for each account that uses one."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from logsleuth.filter import sorts
from logsleuth.filter.tree import Node, both
from logsleuth.store.base import Cancel, Partial, Profile
from logsleuth.tui import figures, things
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.columns import Column
from logsleuth.tui.detail import Fact
from logsleuth.tui.figures import BEGAN, number_column, profile_facts, time_column
from logsleuth.tui.key_uses import READ_WELL, KeyProfile, KeyUse, Pair, read_keys, read_profiles
from logsleuth.tui.pages.page import CoursesRead, Destination
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.profiles import NOTHING, Profiles
from logsleuth.tui.sorting import Reading, Sort, Sortable
from logsleuth.tui.things import ERRORS, WRITES, Thing, equal, equal_or_absent
from logsleuth.tui.wording import both_times, counted, number


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

        def figure(
            name: str,
            heading: str,
            width: int,
            rank: int,
            value: Callable[[KeyUse], int | None],
            node: Node | None = None,
        ) -> Sortable[KeyUse]:
            def test(row: KeyUse) -> Node:
                return row.pair.node if node is None else both(row.pair.node, node)

            return Sortable(
                number_column(name, heading, width, rank, value, test), value, deep=True
            )

        def made_of(
            name: str, heading: str, width: int, rank: int, node: Node | None = None
        ) -> Sortable[KeyUse]:
            def value(row: KeyUse) -> int | None:
                return figures.of_profile(self._all(row), name)

            return figure(name, heading, width, rank, value, node)

        def read(name: str, heading: str, rank: int) -> Sortable[KeyUse]:
            def value(row: KeyUse) -> int | None:
                return figures.of_profile(self._read(row), name)

            return figure(name, heading, len(heading), rank, value, READ_WELL)

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
            made_of("opaque", "opaque", 6, 6, sorts.OPAQUE),
            made_of("addresses", "addrs", 5, 3),
            made_of("agents", "agents", 6, 5),
            made_of("endpoints", "endpts", 6, 4),
            figure("rate", "an hour", 7, 5, lambda row: figures.rate(self._all(row))),
            made_of("peak", "peak/h", 6, 4),
            read("courses", "courses read", 0),
            read("people", "people read", 2),
            Sortable(first, lambda row: row.first, False),
            Sortable(time_column("last", "last", 3, _last, zone), _last),
        )  # fmt: skip

    def _all(self, row: KeyUse) -> Profile | None:
        """What all requests of a row are made of, if that is read."""
        profile: KeyProfile | None = self.profile(row)
        return None if profile is None else profile.all

    def _read(self, row: KeyUse) -> Profile | None:
        """What those requests are made of that read something and got it."""
        profile: KeyProfile | None = self.profile(row)
        return None if profile is None else profile.read

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
        if column is not None and column.name in {"courses", "people"}:
            whose = f"key {key}, account {account or NOBODY}"
            return CoursesRead(both(row.pair.node, READ_WELL), whose)
        return Thing(
            row.pair.node,
            f"key {key} of {account or NOBODY}",
            f"key {key}, account {account or NOBODY}",
            ("remote_ip", "user_agent"),
        )

    def facts(self, row: KeyUse) -> list[Fact]:
        names, zones = self.desk.names, self.desk.zones
        read = self._read(row)
        since = figures.PENDING
        if row.first is not None:
            since = f"{both_times(row.first, zones)}{BEGAN if row.at_start else ''}"
        facts: list[Fact] = [
            ("key", names.label("key", row.pair.key), Role.STRONG),
            ("account", names.label("user", row.pair.account) or NOBODY, Role.STRONG),
            ("first in all", since, Role.PLAIN),
            ("last", both_times(row.last, zones), Role.PLAIN),
            *profile_facts(self._all(row)),
        ]
        if read is not None:
            said = (
                f"{counted(read.requests, 'request', 'requests')} changed nothing and got an "
                f"answer (2xx), in {counted(read.courses, 'course', 'courses')}, with "
                f"{counted(read.people, 'person', 'people')} named in the url (a list names "
                "nobody there); Enter on 'courses read' lists them"
            )
            facts.append(("read", said, Role.PLAIN))
        note = "A key is not a token: manual tokens of the whole institution share one key."
        return [*facts, ("", note, Role.MUTED)]

    def sentence(self, row: KeyUse) -> str:
        names, zones = self.desk.names, self.desk.zones
        since = figures.PENDING if row.first is None else both_times(row.first, zones)
        return (
            f"Developer key {names.label('key', row.pair.key)}, account "
            f"{names.label('user', row.pair.account) or NOBODY}: {number(row.count)} requests, "
            f"first in the cache {since}, last "
            f"{both_times(row.last, zones)}{self.under_filter()}."
        )


NOBODY = "(no account)"


def _count(row: KeyUse) -> int:
    return row.count


def _last(row: KeyUse) -> int:
    return row.last
