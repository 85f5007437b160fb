"""The Users pane: what each account did itself, as others, and what others did as it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from logsleuth.filter.tree import Node, Value, both
from logsleuth.store.base import Cancel, Partial, Profile, Store, TopRow, last
from logsleuth.tui import figures, things
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.columns import Column
from logsleuth.tui.detail import Fact
from logsleuth.tui.figures import number_column, profile_facts, time_column
from logsleuth.tui.pages.page import Destination
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.profiles import NOTHING, Profiles
from logsleuth.tui.sorting import Reading, Sort, Sortable, until_counted
from logsleuth.tui.things import equal
from logsleuth.tui.wording import both_times, counted, number

ACTING = equal("masqueraded", True)
STUDENT_VIEW = equal("student_view", True)
ALONE = things.equal_or_absent("real_user_id", None)
"""Nobody acted as anybody."""

PARTS: tuple[tuple[str, str, Node], ...] = (
    ("own", "user_id", ALONE),
    ("by_others", "user_id", ACTING),
    ("as_others", "real_user_id", ACTING),
    ("student_view", "real_user_id", STUDENT_VIEW),
    ("in_student_view", "user_id", STUDENT_VIEW),
)
"""The parts that the requests of an account fall into: name, by which field, which ones."""


@dataclass(frozen=True, slots=True)
class User:
    """An account's requests: its ``own``, those others made as it, those it made as others,
    those it made in Student View, and those made as it where it is a Test Student."""

    id: int
    own: int = 0
    by_others: int = 0
    as_others: int = 0
    student_view: int = 0
    in_student_view: int = 0
    first: int = 2**62
    last: int = -(2**62)

    @property
    def total(self) -> int:
        return self.own + self.by_others + self.as_others + self.student_view + self.in_student_view

    @property
    def viewing(self) -> int:
        """Requests in Student View, on whichever side of it the account is."""
        return self.student_view + self.in_student_view

    def of_part(self, name: str) -> Node:
        """The requests of one of the parts."""
        by, node = next((by, node) for part, by, node in PARTS if part == name)
        return both(equal(by, self.id), node)


def read_users(store: Store, where: Node, cancel: Cancel) -> Iterator[Partial[tuple[User, ...]]]:
    """Accounts and the parts of their requests, one part after another; until the last is
    read, numbers still grow.  Called from threads."""
    found: dict[int, User] = {}
    users: tuple[User, ...] = ()
    for at, (name, by, node) in enumerate(PARTS):
        tops: tuple[TopRow, ...] = ()
        for answer in until_counted(store.top(by, both(where, node), limit=0, cancel=cancel)):
            done, total = at * answer.total + answer.done, len(PARTS) * answer.total
            if at == 0 and answer.value is not tops:
                users = _in_order(_with_part(found, name, answer.value))  # the longest part
            tops = answer.value
            if done < total:
                yield Partial(users, False, done, total)
        found = _with_part(found, name, tops)
        users = _in_order(found)
    yield Partial(users, True)


def _with_part(found: dict[int, User], name: str, tops: Sequence[TopRow]) -> dict[int, User]:
    """Accounts with a part of their requests added."""
    more = dict(found)
    for top in tops:
        user = more.get(int(top.value)) or User(int(top.value))
        first, recent = min(user.first, top.first), max(user.last, top.last)
        parts: dict[str, int] = {name: top.count}
        more[user.id] = replace(user, first=first, last=recent, **parts)
    return more


def _in_order(found: dict[int, User]) -> tuple[User, ...]:
    return tuple(sorted(found.values(), key=lambda user: (-user.total, user.id)))


class UsersPane(SortedPane[User]):
    """Every account with a request that matches the global filter."""

    NAME: ClassVar[str] = "Users"
    ONE: ClassVar[str] = "account"
    MANY: ClassVar[str] = "accounts"
    START: ClassVar[Sort] = Sort("total")
    LEFT_OUT: ClassVar[str] = "not signed in (not actor:*)"

    def make_reading(self, where: Node) -> Reading[User]:
        store = self.desk.store

        def read(cancel: Cancel) -> Iterator[Partial[tuple[User, ...]]]:
            absent = both(where, things.equal_or_absent("actor", None))
            reading.left_out = last(store.count(absent, cancel=cancel))
            yield from read_users(store, where, cancel)

        def ask(values: Sequence[Value], cancel: Cancel) -> Iterator[Partial[dict[Value, Profile]]]:
            return store.profiles("actor", values, where, cancel=cancel)

        reading = Reading(read, Profiles(ask, NOTHING))
        return reading

    def key(self, row: User) -> str:
        return str(row.id)

    def profile_key(self, row: User) -> Value:
        return row.id

    def learn(self, rows: Sequence[User]) -> None:
        self.desk.names.learn("user", (row.id for row in rows))

    def sortables(self) -> Sequence[Sortable[User]]:
        names, zone = self.desk.names, self.desk.zone

        def part(name: str, heading: str, rank: int, role: Role) -> Sortable[User]:
            def value(row: User) -> int:
                found: int = getattr(row, name)
                return found

            column = number_column(
                name,
                heading,
                max(6, len(heading)),
                rank,
                value,
                lambda row: row.of_part(name),
                lambda row: role,
            )
            return Sortable(column, value)

        def made_of(name: str, heading: str, rank: int) -> Sortable[User]:
            def value(row: User) -> int | None:
                return figures.of_profile(self.profile(row), name)

            return Sortable(number_column(name, heading, 6, rank, value), value, deep=True)

        addresses: Column[User] = figures.addresses_column(self.profile, self.node)
        account = Column(
            "user_id",
            "account",
            12,
            34,
            0,
            lambda row: Cell(names.label("user", row.id)),
            self.node,
            "account",
        )
        return (
            Sortable(account, lambda row: row.id, False),
            Sortable(number_column("total", "reqs", 6, 3, _total), _total),
            part("own", "own", 0, Role.PLAIN),
            part("by_others", "by others", 0, Role.ACTING),
            part("as_others", "as others", 0, Role.ACTING),
            Sortable(number_column("viewing", "st.view", 7, 6, _viewing, _view_test), _viewing),
            Sortable(addresses, self._addresses, deep=True),
            made_of("agents", "agents", 4),
            made_of("sessions", "sess", 5),
            Sortable(time_column("last", "last", 2, _last, zone), _last),
        )

    def _addresses(self, row: User) -> int | None:
        return figures.of_profile(self.profile(row), "addresses")

    def says(self) -> Line:
        others = sum(1 for row in self.reading.rows if row.by_others)
        if not others:
            return super().says()
        return (Cell(f" · {number(others)} used by others", Role.ACTING), *super().says())

    def role(self, row: User) -> Role:
        return Role.ACTING if row.by_others else Role.PLAIN

    def nothing_there(self) -> Sequence[str]:
        return (
            "No request in this cache names an account.",
            "Fetch requests with 'logsleuth import PATH', or try 'logsleuth demo'.",
        )

    def node(self, row: User) -> Node:
        return things.account(row.id, self.desk.names).where

    def destination(self, row: User) -> Destination:
        return things.account(row.id, self.desk.names)

    def facts(self, row: User) -> list[Fact]:
        zones = self.desk.zones
        facts: list[Fact] = [("account", self.desk.names.label("user", row.id), Role.STRONG)]
        for name, words, role in WORDS:
            count: int = getattr(row, name)
            if count or name == "own":
                facts.append((words, counted(count, "request", "requests"), role))
        facts += [
            ("first", both_times(row.first, zones), Role.PLAIN),
            ("last", both_times(row.last, zones), Role.PLAIN),
            ("", "Below: what the account itself sent, signed in, also as others.", Role.MUTED),
            *profile_facts(self.profile(row)),
        ]
        return facts

    def sentence(self, row: User) -> str:
        zones = self.desk.zones
        parts = ", ".join(
            f"{words} {number(getattr(row, name))}"
            for name, words, _ in WORDS
            if getattr(row, name)
        )
        since = f"{both_times(row.first, zones)} to {both_times(row.last, zones)}"
        account = self.desk.names.label("user", row.id)
        return f"Account {account}: requests {parts}; {since}{self.under_filter()}."


WORDS: tuple[tuple[str, str, Role], ...] = (
    ("own", "own", Role.PLAIN),
    ("by_others", "by others", Role.ACTING),
    ("as_others", "as others", Role.ACTING),
    ("student_view", "Student View", Role.PLAIN),
    ("in_student_view", "as Test St.", Role.PLAIN),
)


def _total(row: User) -> int:
    return row.total


def _viewing(row: User) -> int:
    return row.viewing


def _view_test(row: User) -> Node:
    return row.of_part("student_view" if row.student_view else "in_student_view")


def _last(row: User) -> int:
    return row.last
