"""The Sessions pane: as whom, from where and with what, and where these change."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from logsleuth.filter import sorts
from logsleuth.filter.tree import Node, Or, both
from logsleuth.store.base import Cancel, Partial, Session, last
from logsleuth.tui import figures, subjects, things
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.columns import Column
from logsleuth.tui.detail import Fact
from logsleuth.tui.figures import number_column, time_column
from logsleuth.tui.pages.page import Destination
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.sorting import Reading, Sort, Sortable
from logsleuth.tui.subjects import Subject
from logsleuth.tui.things import WRITES, Thing, equal, equal_or_absent
from logsleuth.tui.wording import both_times, counted, number, session_short

SWITCHED = "≠"
"""Marks a session with more than one address or agent."""

POLLED = "≈"
"""Marks a session whose other addresses sent nothing but automatic requests."""

LISTED = 12
"""Addresses, agents and accounts that the detail names."""


def attended(session: Session) -> int:
    """Addresses with a request that page or app is not known to have sent by itself."""
    return len(session.addresses) - len(session.addresses_automatic)


def switched(session: Session) -> bool:
    """Whether somebody came from more than one address, or with more than one agent.  An
    address with automatic requests only, as of a phone that polls, is nobody's second."""
    return attended(session) > 1 or len(session.agents) > 1


def polled(session: Session) -> bool:
    """Whether it has more than one address, but nobody who used more than one."""
    return len(session.addresses) > 1 and not switched(session)


def single_call(session: Session) -> bool:
    """Whether it is one call with a token, alone: no session in any useful sense."""
    return session.session_id is None and session.requests == 1


class SessionReading(Reading[Session]):
    """Sessions under a filter, and how many of them are switched, polled and single calls."""

    switched = polled = singles = 0

    def count(self, rows: Sequence[Session]) -> None:
        """Look at all of them once: there may be very many."""
        for row in rows:
            self.switched += switched(row)
            self.polled += polled(row)
            self.singles += single_call(row)


class SessionsPane(SortedPane[Session]):
    """Every session, and run of calls with a token, that has a matching request."""

    contexts: ClassVar[frozenset[str]] = SortedPane.contexts | {"sessions"}
    NAME: ClassVar[str] = "Sessions"
    ONE: ClassVar[str] = "session"
    MANY: ClassVar[str] = "sessions"
    START: ClassVar[Sort] = Sort("start")
    FOLDED: ClassVar[bool] = True
    LEFT_OUT: ClassVar[str] = "in none"

    def make_reading(self, where: Node) -> Reading[Session]:
        store = self.desk.store

        def read(cancel: Cancel) -> Iterator[Partial[Sequence[Session]]]:
            alone = both(where, equal_or_absent("session_id", None), equal("token", False))
            for answer in store.sessions(where, cancel=cancel):
                if answer.complete:
                    reading.left_out = last(store.count(alone, cancel=cancel))
                    reading.count(answer.value)
                yield answer

        reading = SessionReading(read)
        return reading

    def key(self, row: Session) -> str:
        if row.session_id is not None:
            return row.session_id
        return f"{row.developer_key_id} {row.users} {row.addresses} {row.agents} {row.start}"

    def learn(self, rows: Sequence[Session]) -> None:
        self.desk.names.learn("user", (user for row in rows for user in row.users))
        self.desk.names.learn("key", (row.developer_key_id for row in rows))

    def sortables(self) -> Sequence[Sortable[Session]]:
        zone = self.desk.zone

        def figure(
            name: str,
            heading: str,
            rank: int,
            value: Callable[[Session], int],
            test: Callable[[Session], Node | None],
        ) -> Sortable[Session]:
            width = max(5, len(heading))
            return Sortable(number_column(name, heading, width, rank, value, test), value)

        accounts: Column[Session] = Column(
            "users", "accounts", 14, 40, 0, lambda row: Cell(self._accounts(row)), _accounts_test
        )
        where: Column[Session] = Column("addresses", "from", 21, 42, 0, self._from, _addresses_test)
        ident: Column[Session] = Column("session_id", "session", 9, 14, 6, self._ident, self.node)
        shown = [
            Sortable(Column("marks", "", 1, 1, 0, _mark), lambda row: (switched(row), polled(row))),
            Sortable(time_column("start", "start", 0, _start, zone, _minute), _start),
            Sortable(time_column("end", "end", 5, _end, zone), _end),
            Sortable(accounts, lambda row: row.users or None, False),
            Sortable(where, lambda row: len(row.addresses)),
            figure("agents", "agents", 1, lambda row: len(row.agents), self.node),
            figure("requests", "reqs", 0, lambda row: row.requests, self.node),
            figure("writes", "writes", 2, lambda row: row.writes, self._writes_test),
            figure("automatic", "auto", 4, lambda row: row.automatic, self._automatic_test),
            figure("opaque", "opaque", 5, lambda row: row.opaque, self._opaque_test),
            Sortable(ident, lambda row: row.session_id, False),
        ]
        if not self.filter_empty:
            shown.insert(7, figure("matching", "match", 3, lambda row: row.matching, self.node))
        return shown

    def says(self) -> Line:
        reading = self.reading
        assert isinstance(reading, SessionReading)
        cells: Line = ()
        if reading.switched:
            said = f" · {SWITCHED} {number(reading.switched)} changed address or agent"
            cells = (Cell(said, Role.WARN),)
        if reading.polled:
            said = f" · {POLLED} {number(reading.polled)} with a second address that is automatic"
            cells = (*cells, Cell(f"{said} only", Role.MUTED))
        if singles := reading.singles:
            verb = "shows" if self.folded else "folds"
            count = counted(singles, "single call", "single calls")
            cells = (*cells, Cell(" · "), Cell("T", Role.KEY), Cell(f" {verb} {count}"))
        return (*cells, *super().says())

    def keeps(self, row: Session) -> bool:
        return not (self.folded and single_call(row))

    def number_kept(self, rows: Sequence[Session]) -> int:
        assert isinstance(self.reading, SessionReading)
        return len(rows) - (self.reading.singles if self.folded else 0)

    def role(self, row: Session) -> Role:
        return Role.WARN if switched(row) else Role.PLAIN

    def all_folded(self) -> Sequence[str]:
        return ("Nothing but single calls with a token.", "T shows them.")

    def nothing_there(self) -> Sequence[str]:
        return (
            "No request in this cache belongs to a session.",
            "Fetch requests with 'logsleuth import PATH', or try 'logsleuth demo'.",
        )

    def node(self, row: Session) -> Node:
        if row.session_id is not None:
            return equal("session_id", row.session_id)
        return both(
            equal_or_absent("developer_key_id", row.developer_key_id),
            equal_or_absent("user_id", next(iter(row.users), None)),
            things.address_is(next(iter(row.addresses), None)),
            equal_or_absent("user_agent", next(iter(row.agents), None)),
            things.between(row.start, row.end),
        )

    def evidence(self, row: Session) -> Subject | None:
        if row.session_id is None:
            return super().evidence(row)
        return subjects.session(row.session_id)

    def destination(self, row: Session) -> Destination:
        whose = self._accounts(row)
        if row.session_id is not None:
            return things.browser_session(row.session_id, whose)
        key = self.desk.names.label("key", row.developer_key_id)
        return Thing(
            self.node(row),
            f"calls with key {key}",
            f"calls of {whose} with key {key}, same address and agent",
            ("remote_ip", "user_agent"),
            oldest_first=True,
            note="Calls with a token have no session: these follow one another within 30 minutes.",
        )

    def facts(self, row: Session) -> list[Fact]:
        zones, names = self.desk.zones, self.desk.names
        ident = row.session_id or f"none: calls with key {names.label('key', row.developer_key_id)}"
        facts: list[Fact] = [
            ("session", ident, Role.STRONG),
            ("from", both_times(row.start, zones, fraction=False), Role.PLAIN),
            ("to", both_times(row.end, zones, fraction=False), Role.PLAIN),
            ("requests", self._counts(row), Role.PLAIN),
        ]
        if switched(row):
            facts.append(("", "more than one address or agent in one session", Role.WARN))
        if polled(row):
            facts.append(("", "a second address, with nothing but automatic requests", Role.MUTED))
        accounts = [names.label("user", user) for user in row.users] or [NOBODY]
        for label, values in (
            ("ran as", accounts),
            ("address", [self._named(row, address) for address in row.addresses]),
            ("agent", row.agents),
        ):
            facts += [(label, value, Role.PLAIN) for value in values[:LISTED]]
            if len(values) > LISTED:
                facts.append((label, f"and {number(len(values) - LISTED)} more", Role.MUTED))
        return facts

    def sentence(self, row: Session) -> str:
        zones = self.desk.zones
        start = both_times(row.start, zones, fraction=False)
        end = both_times(row.end, zones, fraction=False)
        ident = f"session {row.session_id}"
        if row.session_id is None:
            ident = f"calls with developer key {row.developer_key_id}"
        where = ", ".join(row.addresses) or "no recorded address"
        return f"From {start} to {end}, {ident} of {self._accounts(row)} from {where}: " + (
            f"{self._counts(row)}."
        )

    def _counts(self, row: Session) -> str:
        requests = counted(row.requests, "request", "requests")
        writes = f"{counted(row.writes, 'write', 'writes')}{figures.opaque(row.opaque)}"
        counts = f"{requests}, {number(row.automatic)} automatic, {writes}"
        return counts if self.filter_empty else f"{counts}, {number(row.matching)} match the filter"

    def _accounts(self, row: Session) -> str:
        """The accounts that the requests ran as."""
        return ", ".join(self.desk.names.label("user", user) for user in row.users) or NOBODY

    def _ident(self, row: Session) -> Cell:
        if row.session_id is not None:
            return Cell(session_short(row.session_id))
        return Cell(f"key {self.desk.names.label('key', row.developer_key_id)}", Role.MUTED)

    def _named(self, row: Session, address: str) -> str:
        alone = " (automatic only)" if address in row.addresses_automatic else ""
        return f"{self.desk.networks.beside(address)}{alone}"

    def _from(self, row: Session) -> Cell:
        """The first address that somebody used, and how many more there are."""
        if not row.addresses:
            return Cell("(none)", Role.MUTED)
        first = min(row.addresses, key=lambda address: address in row.addresses_automatic)
        more = max(0, attended(row) - 1)
        alone = len(row.addresses) - 1 - more
        words = (f" +{more}" if more else "") + (f" +{alone} auto" if alone else "")
        network = self.desk.networks.name(first)
        return Cell(f"{first}{words}{f' {network}' if network else ''}")

    def _writes_test(self, row: Session) -> Node:
        return both(self.node(row), WRITES)

    def _automatic_test(self, row: Session) -> Node:
        return both(self.node(row), sorts.AUTOMATIC)

    def _opaque_test(self, row: Session) -> Node:
        return both(self.node(row), sorts.OPAQUE)

    def do_hide_single_calls(self) -> None:
        self.fold("single calls")


NOBODY = "(not signed in)"


def _mark(session: Session) -> Cell:
    if switched(session):
        return Cell(SWITCHED)
    return Cell(POLLED, Role.MUTED) if polled(session) else Cell("")


def _accounts_test(session: Session) -> Node:
    if not session.users:
        return equal_or_absent("user_id", None)
    return _any_of([equal("user_id", user) for user in session.users])


def _addresses_test(session: Session) -> Node:
    if not session.addresses:
        return equal_or_absent("remote_ip", None)
    return _any_of([things.address_is(address) for address in session.addresses])


def _any_of(nodes: Sequence[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))


def _start(session: Session) -> int:
    return session.start


def _end(session: Session) -> int:
    return session.end


def _minute(session: Session) -> Node:
    return things.minute(session.start)
