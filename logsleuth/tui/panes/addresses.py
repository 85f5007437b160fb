"""The Addresses pane: who uses an address, how much, and since when."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from logsleuth.filter import sorts
from logsleuth.filter.tree import Node, Not, Value, both
from logsleuth.model import addresses
from logsleuth.store.base import Cancel, Partial, Profile, TopRow, last
from logsleuth.tui import figures, things
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.columns import Column
from logsleuth.tui.detail import Fact
from logsleuth.tui.figures import BEGAN, number_column, profile_facts, time_column
from logsleuth.tui.pages.page import Destination
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.profiles import NOTHING, Profiles
from logsleuth.tui.sorting import Reading, Sort, Sortable
from logsleuth.tui.things import ERRORS, WRITES
from logsleuth.tui.wording import both_times, counted, number

CROWD = 100
"""Accounts from which on an address is a network of many rather than a place of one."""

CROWDED = "≋"


@dataclass(frozen=True, slots=True)
class Address:
    """An address; until ``compared``, what it does in all is not known."""

    top: TopRow
    compared: bool

    @property
    def text(self) -> str:
        return str(self.top.value)

    @property
    def literal(self) -> Value:
        """The address as a filter compares it."""
        return addresses.pack(self.text) or self.text

    @property
    def users_all(self) -> int | None:
        return self.top.users_all if self.compared else None

    @property
    def first_in_cache(self) -> int | None:
        return self.top.first_in_cache if self.compared else None

    @property
    def crowded(self) -> bool:
        """Whether so many accounts use it that it tells little about any of them."""
        return self.top.users_all >= CROWD


class AddressesPane(SortedPane[Address]):
    """Every address with a request that matches the global filter."""

    NAME: ClassVar[str] = "Addresses"
    ONE: ClassVar[str] = "address"
    MANY: ClassVar[str] = "addresses"
    START: ClassVar[Sort] = Sort("count")
    LEFT_OUT: ClassVar[str] = "without one (not ip:*)"

    def make_reading(self, where: Node) -> Reading[Address]:
        store = self.desk.store

        def read(cancel: Cancel) -> Iterator[Partial[tuple[Address, ...]]]:
            absent = both(where, things.equal_or_absent("remote_ip", None))
            reading.left_out = last(store.count(absent, cancel=cancel))
            tops: tuple[TopRow, ...] | None = None
            rows: tuple[Address, ...] = ()
            for answer in store.top("remote_ip", where, limit=0, cancel=cancel):
                if answer.complete or answer.value is not tops:
                    tops = answer.value
                    rows = tuple(Address(top, answer.complete) for top in tops)
                yield Partial(rows, answer.complete, answer.done, answer.total)

        def ask(values: Sequence[Value], cancel: Cancel) -> Iterator[Partial[dict[Value, Profile]]]:
            return store.profiles("remote_ip", values, where, cancel=cancel)

        reading = Reading(read, Profiles(ask, NOTHING))
        return reading

    def key(self, row: Address) -> str:
        return row.text

    def profile_key(self, row: Address) -> Value:
        return row.literal

    def sortables(self) -> Sequence[Sortable[Address]]:
        zone = self.desk.zone

        def of(name: str) -> Callable[[Address], int | None]:
            return lambda row: figures.of_profile(self.profile(row), name)

        def narrowed(node: Node) -> Callable[[Address], Node | None]:
            return lambda row: both(self.node(row), node)

        address = Column(
            "remote_ip", "address", 15, 39, 0, lambda row: Cell(row.text), self.node, "address"
        )
        networks = self.desk.networks

        def network(row: Address) -> str:
            return networks.name(row.text)

        called = Column("network", "network", 8, 20, 1, lambda row: Cell(network(row)), self.node)
        named = [Sortable(called, lambda row: network(row) or None, False)] if networks else []
        attended = figures.attended_column(self.profile, narrowed(Not(sorts.AUTOMATIC)))
        users_all = Column("users_all", "in all", 7, 9, 0, _users_all, self.node, right=True)
        first_all = Column(
            "first_in_cache",
            "first in all",
            12,
            13,
            2,
            lambda row: figures.first_moment(row.first_in_cache, row.top.at_start, zone),
            self.node,
        )
        return (
            Sortable(address, lambda row: (isinstance(row.literal, str), row.literal), False),
            *named,
            Sortable(number_column("count", "reqs", 7, 0, _count), _count),
            Sortable(number_column("users", "users", 6, 0, _users), _users),
            Sortable(users_all, lambda row: row.users_all),
            Sortable(
                number_column("sessions", "sess", 6, 5, of("sessions")), of("sessions"), deep=True
            ),
            Sortable(
                number_column(
                    "errors", "errs", 6, 4, of("errors"), narrowed(ERRORS), lambda row: Role.ERROR
                ),
                of("errors"),
                deep=True,
            ),
            Sortable(
                number_column("writes", "writes", 7, 1, of("writes"), narrowed(WRITES)),
                of("writes"),
                deep=True,
            ),
            Sortable(
                number_column("opaque", "opaque", 6, 5, of("opaque"), narrowed(sorts.OPAQUE)),
                of("opaque"),
                deep=True,
            ),
            Sortable(attended, lambda row: figures.attended(self.profile(row)), deep=True),
            Sortable(time_column("first", "first", 6, _first, zone), _first, False),
            Sortable(time_column("last", "last", 3, _last, zone), _last),
            Sortable(first_all, lambda row: row.first_in_cache, False),
        )

    def says(self) -> Line:
        crowds = sum(row.crowded for row in self.reading.rows)
        if not crowds:
            return (*super().says(), Cell(" · 'in all': these days without the filter", Role.MUTED))
        said = f" · {CROWDED} {number(crowds)} shared by {CROWD}+ accounts"
        return (Cell(said, Role.WARN), *super().says())

    def nothing_there(self) -> Sequence[str]:
        return (
            "No request in this cache has an address.",
            "Fetch requests with 'logsleuth import PATH', or try 'logsleuth demo'.",
        )

    def node(self, row: Address) -> Node:
        return things.address_is(row.text)

    def destination(self, row: Address) -> Destination:
        return things.address(row.text, self.desk.networks)

    def facts(self, row: Address) -> list[Fact]:
        top, zones = row.top, self.desk.zones
        facts: list[Fact] = [("address", self.desk.networks.beside(row.text), Role.STRONG)]
        users = counted(top.users, "account", "accounts")
        if row.compared:
            users += f" under the filter, {number(top.users_all)} on these days without it"
        facts.append(("used by", users, Role.WARN if row.crowded else Role.PLAIN))
        if row.crowded:
            facts.append(("", "so many share it that it says little of any of them", Role.WARN))
        facts += profile_facts(self.profile(row))
        facts.append(("first", both_times(top.first, zones), Role.PLAIN))
        facts.append(("last", both_times(top.last, zones), Role.PLAIN))
        if row.compared:
            first = both_times(top.first_in_cache, zones)
            facts.append(("first in all", f"{first}{BEGAN if top.at_start else ''}", Role.PLAIN))
        return facts

    def sentence(self, row: Address) -> str:
        top, zones = row.top, self.desk.zones
        since = f"{both_times(top.first, zones)} to {both_times(top.last, zones)}"
        return (
            f"Address {row.text}: {counted(top.count, 'request', 'requests')} by "
            f"{counted(top.users, 'account', 'accounts')}, {since}{self.under_filter()}."
        )


def _users_all(row: Address) -> Cell:
    cell = figures.compact(row.users_all)
    return Cell(f"{CROWDED}{cell.text}", Role.WARN) if row.compared and row.crowded else cell


def _count(row: Address) -> int:
    return row.top.count


def _users(row: Address) -> int:
    return row.top.users


def _first(row: Address) -> int:
    return row.top.first


def _last(row: Address) -> int:
    return row.top.last
