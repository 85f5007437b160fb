"""The Masquerades pane: who acted as whom, when, and how much they opened and changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from logsleuth.filter import sorts
from logsleuth.filter.tree import All, Node, both
from logsleuth.store.base import ActSpan, Cancel, Partial, last
from logsleuth.tui import figures, peers, span_changes, spans, subjects, things
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.columns import Column
from logsleuth.tui.detail import Fact
from logsleuth.tui.figures import number_column, time_column
from logsleuth.tui.pages.columns import ACTING, STUDENT_VIEW
from logsleuth.tui.pages.page import CausedBy, Destination
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.profiles import Profiles
from logsleuth.tui.sorting import Reading, Sort, Sortable
from logsleuth.tui.span_changes import Caused
from logsleuth.tui.subjects import Subject
from logsleuth.tui.things import Centre, equal, equal_or_absent
from logsleuth.tui.wording import both_times, counted, course_label, number

LISTED = 20
"""Courses and people that the detail names."""


class SpanReading(Reading[ActSpan]):
    """Spans under a filter; ``everybody`` has those of the whole cache, since an account is
    compared with its peers however one came to look at it."""

    everybody: tuple[ActSpan, ...] = ()


class MasqueradesPane(SortedPane[ActSpan]):
    """Every span with a request that matches the global filter."""

    contexts: ClassVar[frozenset[str]] = SortedPane.contexts | {"records", "spans", "traced"}
    NAME: ClassVar[str] = "Masquerades"
    ONE: ClassVar[str] = "span"
    MANY: ClassVar[str] = "spans"
    START: ClassVar[Sort] = Sort("start")

    def make_reading(self, where: Node) -> Reading[ActSpan]:
        desk, store, names = self.desk, self.desk.store, self.desk.names

        def read(cancel: Cancel) -> Iterator[Partial[tuple[ActSpan, ...]]]:
            for answer in store.spans(where, cancel=cancel):
                names.learn("user", (span.real_user_id for span in answer.value))
                if answer.complete:
                    reading.everybody = answer.value
                if answer.complete and not isinstance(where, All):
                    yield replace(answer, complete=False)
                    reading.everybody = last(store.spans(All(), cancel=cancel))
                yield answer

        def ask(
            rows: Sequence[ActSpan], cancel: Cancel
        ) -> Iterator[Partial[dict[ActSpan, Caused]]]:
            return span_changes.caused(desk, rows, cancel)

        reading = SpanReading(read, Profiles(ask, Caused()))
        return reading

    def profile_key(self, row: ActSpan) -> ActSpan:
        return row

    def key(self, row: ActSpan) -> str:
        place = row.session_id or f"{row.developer_key_id} {row.remote_ip}"
        return f"{place} {row.real_user_id} {row.user_id} {row.start}"

    def learn(self, rows: Sequence[ActSpan]) -> None:
        names = self.desk.names
        names.learn("user", (row.user_id for row in rows))
        names.learn("key", (row.developer_key_id for row in rows))
        names.learn("course", (course for row in rows for course in row.courses))
        names.learn("user", (person for row in rows for person in row.people[:LISTED]))

    def sortables(self) -> Sequence[Sortable[ActSpan]]:
        names, zone = self.desk.names, self.desk.zone

        def figure(
            name: str,
            heading: str,
            rank: int,
            value: Callable[[ActSpan], int],
            node: Node | None = None,
        ) -> Sortable[ActSpan]:
            def test(row: ActSpan) -> Node:
                return spans.node(row) if node is None else both(spans.node(row), node)

            width = max(4, len(heading))
            return Sortable(number_column(name, heading, width, rank, value, test), value)

        marks: Column[ActSpan] = Column("marks", "", 1, 1, 0, _mark)
        signed_in: Column[ActSpan] = Column(
            "real_user_id",
            "signed in",
            15,
            28,
            0,
            lambda row: Cell(names.label("user", row.real_user_id)),
            lambda row: equal("real_user_id", row.real_user_id),
        )
        acting_as: Column[ActSpan] = Column(
            "user_id",
            "acting as",
            15,
            28,
            0,
            lambda row: Cell(names.label("user", row.user_id) or "(unknown)"),
            lambda row: equal_or_absent("user_id", row.user_id),
        )
        changes: Column[ActSpan] = Column("caused", "caused", 6, 9, 1, self._caused)
        ended = Column("ended", "ended", 7, 7, 6, lambda row: Cell(row.ended), self.node)
        how = Column("how", "how", 7, 7, 5, lambda row: Cell(row.how), self.node)
        shown = [
            Sortable(marks, lambda row: row.student_view),
            Sortable(time_column("start", "start", 0, _start, zone, _minute), _start),
            Sortable(signed_in, lambda row: row.real_user_id, False),
            Sortable(acting_as, lambda row: row.user_id, False),
            figure("active_minutes", "min", 1, lambda row: row.active_minutes),
            figure("opened", "opened", 0, lambda row: row.opened, sorts.OPENED),
            figure("changed", "changed", 0, lambda row: row.changed, sorts.CHANGED_BESIDES),
            figure("automatic", "auto", 5, lambda row: row.automatic, sorts.AUTOMATIC),
            figure(
                "not_classified", "unclass", 4, lambda row: row.not_classified, sorts.NOT_CLASSIFIED
            ),
            figure("opaque", "opaque", 5, lambda row: row.opaque, sorts.OPAQUE),
            Sortable(changes, self._changes_caused, deep=True),
            figure("people", "people", 3, lambda row: len(row.people), sorts.READ),
            figure("courses", "courses", 4, lambda row: len(row.courses)),
            Sortable(how, lambda row: row.how, False),
            Sortable(ended, lambda row: row.ended, False),
        ]
        if not self.filter_empty:
            shown.insert(4, figure("matching", "match", 2, lambda row: row.matching))
        return shown

    def says(self) -> Line:
        rows = self.reading.rows
        views = sum(row.student_view for row in rows)
        accounts = len({row.real_user_id for row in rows if self.keeps(row)})
        cells: Line = (Cell(f" by {counted(accounts, 'account', 'accounts')}"),)
        if not views:
            return cells
        state, verb = ("hidden", "shows") if self.folded else ("among them", "hides")
        return (
            *cells,
            Cell(f" · {number(views)} in Student View {state} · "),
            Cell("S", Role.KEY),
            Cell(f" {verb} them"),
        )

    def keeps(self, row: ActSpan) -> bool:
        return not (self.folded and row.student_view)

    def role(self, row: ActSpan) -> Role:
        return Role.PLAIN if row.student_view else Role.ACTING

    def all_folded(self) -> Sequence[str]:
        return ("Nothing but Student View, which is nobody's masquerade.", "S shows it.")

    def nothing_there(self) -> Sequence[str]:
        return (
            "Nobody acted as another account in the requests of this cache.",
            "The header says which hours were not fetched: there, nothing is known.",
        )

    def node(self, row: ActSpan) -> Node:
        return spans.node(row)

    def evidence(self, row: ActSpan) -> Subject:
        return subjects.span(row)

    def destination(self, row: ActSpan) -> Destination:
        return row

    def facts(self, row: ActSpan) -> list[Fact]:
        desk, names = self.desk, self.desk.names
        role = Role.PLAIN if row.student_view else Role.ACTING
        facts: list[Fact] = [
            ("signed in", names.label("user", row.real_user_id), Role.STRONG),
            ("", spans.deed(row, names), role),
            ("from", both_times(row.start, desk.zones, fraction=False), Role.PLAIN),
            ("to", both_times(row.end, desk.zones, fraction=False), Role.PLAIN),
            ("requests", spans.made_of(row), Role.PLAIN),
            ("writes", self._writes(row), Role.PLAIN),
            ("caused", self._changes_words(row), Role.PLAIN),
            ("matching", f"{number(row.matching)} match the filter", Role.PLAIN),
            ("how", row.how, Role.PLAIN),
            ("address", desk.networks.beside(row.remote_ip) or "(none)", Role.PLAIN),
            ("session", row.session_id or "(none: calls with a token)", Role.PLAIN),
        ]
        if row.developer_key_id is not None:
            facts.append(("key", names.label("key", row.developer_key_id), Role.PLAIN))
        for label, values in (
            ("read about", [names.label("user", person) for person in row.people]),
            ("course", [course_label(course, names) for course in row.courses]),
        ):
            facts += [(label, value, Role.PLAIN) for value in values[:LISTED]]
            if len(values) > LISTED:
                facts.append(("", f"and {number(len(values) - LISTED)} more", Role.MUTED))
        if row.student_view or not self.reading.complete:
            return facts
        assert isinstance(self.reading, SpanReading)
        everybody = self.reading.everybody
        filtered = not self.filter_empty
        return [*facts, *peers.facts(everybody, row.real_user_id, filtered=filtered)]

    def _writes(self, row: ActSpan) -> str:
        among = "the automatic ones and switches of account among them"
        return f"{number(row.writes)}{figures.opaque(row.opaque)}, {among}"

    def _caused(self, row: ActSpan) -> Cell:
        found: Caused | None = self.profile(row)
        if found is None:
            return Cell(figures.PENDING, Role.MUTED)
        return Cell(found.short, Role.PLAIN if found.sure or found.possible else Role.MUTED)

    def _changes_caused(self, row: ActSpan) -> tuple[int, int] | None:
        found: Caused | None = self.profile(row)
        return None if found is None else (len(found.sure), len(found.possible))

    def _changes_words(self, row: ActSpan) -> str:
        found: Caused | None = self.profile(row)
        return figures.PENDING if found is None else found.words

    def sentence(self, row: ActSpan) -> str:
        return spans.sentence(row, self.desk.names, self.desk.zones)

    # Actions

    def do_hide_student_view(self) -> None:
        self.fold("Student View")

    def do_cause(self) -> None:
        """Open the changes that were caused in the span."""

        def opened(row: ActSpan) -> None:
            found: Caused | None = self.profile(row)
            if found is None:
                self.say("The changes caused in this span are still being traced.")
            elif not (found.sure or found.possible):
                self.say("No course change in this cache is traced to a request of this span.")
            else:
                changes = (*found.sure, *found.possible)
                real = self.desk.names.label("user", row.real_user_id)
                what = f"requests of {real}, who {spans.deed(row, self.desk.names)}"
                self.post_message(self.Open(CausedBy(what, changes)))

        self.with_row(opened)

    def do_session(self) -> None:
        self.do_drill()

    def do_account(self) -> None:
        self.with_row(lambda row: self._open_account(row.real_user_id))

    def do_acted_as(self) -> None:
        self.with_row(lambda row: self._open_account(row.user_id))

    def _open_account(self, user_id: int | None) -> None:
        if user_id is None:
            self.say("The account acted as is not in the log.")
        else:
            self.post_message(self.Open(things.account(user_id, self.desk.names)))

    def do_address(self) -> None:
        def opened(row: ActSpan) -> None:
            if row.remote_ip is None:
                self.say("The span has no recorded address.")
            else:
                self.post_message(self.Open(things.address(row.remote_ip, self.desk.networks)))

        self.with_row(opened)

    def do_key(self) -> None:
        def opened(row: ActSpan) -> None:
            if row.developer_key_id is None:
                self.say("The span was not made with a developer key.")
            else:
                self.post_message(self.Open(things.key(row.developer_key_id, self.desk.names)))

        self.with_row(opened)

    def do_wider(self) -> None:
        self.with_row(
            lambda row: self.post_message(
                self.Open(Centre(row.start, row.real_user_id, row.session_id, row.remote_ip))
            )
        )

    def do_narrower(self) -> None:
        self.do_wider()


def _mark(span: ActSpan) -> Cell:
    return Cell(STUDENT_VIEW if span.student_view else ACTING)


def _start(span: ActSpan) -> int:
    return span.start


def _minute(span: ActSpan) -> Node:
    return things.minute(span.start)
