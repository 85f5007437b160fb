"""The courses in which a key, with an account, read something: which rosters, and when."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from logsleuth.filter.tree import Node, Value, both
from logsleuth.store.base import Cancel, Partial, Profile, TopRow, last
from logsleuth.tui import figures
from logsleuth.tui.cells import Cell, Line, Role
from logsleuth.tui.columns import Column
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import Fact
from logsleuth.tui.figures import number_column, profile_facts, time_column
from logsleuth.tui.pages.page import CoursesRead, Destination
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.profiles import NOTHING, Profiles
from logsleuth.tui.sorting import Reading, Sort, Sortable, until_counted
from logsleuth.tui.things import Thing, equal, equal_or_absent
from logsleuth.tui.wording import both_times, counted, course_label

LISTS = equal("kind", "bulk")
"""Requests that read a list of people or of their work: rosters, enrolments, submissions."""


@dataclass(frozen=True, slots=True)
class CourseRead:
    """What was read in a course, and how many of it were lists; times in microseconds."""

    course: int
    count: int
    lists: int
    first: int
    last: int


class CoursesReadPage(SortedPane[CourseRead]):
    """Every course in which something was read, whatever the global filter says."""

    NAME: ClassVar[str] = "courses read"
    ONE: ClassVar[str] = "course"
    MANY: ClassVar[str] = "courses"
    START: ClassVar[Sort] = Sort("lists")
    LEFT_OUT: ClassVar[str] = "about no course"

    def __init__(self, desk: Desk, asked: CoursesRead) -> None:
        self._asked = asked
        super().__init__(desk)

    @property
    def where(self) -> Node:
        return self._asked.where

    def make_reading(self, where: Node) -> Reading[CourseRead]:
        store = self.desk.store

        def tops(node: Node, cancel: Cancel) -> Iterator[Partial[tuple[TopRow, ...]]]:
            return until_counted(store.top("course_id", node, limit=0, cancel=cancel))

        def read(cancel: Cancel) -> Iterator[Partial[tuple[CourseRead, ...]]]:
            nowhere = both(where, equal_or_absent("course_id", None))
            reading.left_out = last(store.count(nowhere, cancel=cancel))
            lists = {top.value: top.count for top in last(tops(both(where, LISTS), cancel))}
            for answer in tops(where, cancel):
                rows = tuple(_row(top, lists.get(top.value, 0)) for top in answer.value)
                yield Partial(rows, answer.done == answer.total, answer.done, answer.total)

        def ask(values: Sequence[Value], cancel: Cancel) -> Iterator[Partial[dict[Value, Profile]]]:
            return store.profiles("course_id", values, where, cancel=cancel)

        reading = Reading(read, Profiles(ask, NOTHING))
        return reading

    def key(self, row: CourseRead) -> str:
        return str(row.course)

    def profile_key(self, row: CourseRead) -> Value:
        return row.course

    def learn(self, rows: Sequence[CourseRead]) -> None:
        self.desk.names.learn("course", (row.course for row in rows))

    def sortables(self) -> Sequence[Sortable[CourseRead]]:
        zone = self.desk.zone

        def figure(
            name: str,
            heading: str,
            value: Callable[[CourseRead], int | None],
            *,
            deep: bool = False,
        ) -> Sortable[CourseRead]:
            width = max(6, len(heading))
            return Sortable(number_column(name, heading, width, 0, value), value, deep=deep)

        course: Column[CourseRead] = Column(
            "course_id", "course", 20, 60, 0, lambda row: Cell(self._course(row)), self.node
        )
        first = time_column("first", "first", 1, _first, zone)
        return (
            Sortable(course, lambda row: row.course, False),
            figure("lists", "lists", lambda row: row.lists),
            figure("count", "reqs", lambda row: row.count),
            figure("people", "people", self._people, deep=True),
            Sortable(first, _first, False),
            Sortable(time_column("last", "last", 2, _last, zone), _last),
        )

    def says(self) -> Line:
        return (
            Cell(f" read by {self._asked.whose}: changed nothing, answered with 2xx"),
            *super().says(),
            Cell(" · lists: of people or their work · filter off", Role.MUTED),
        )

    def nothing_there(self) -> Sequence[str]:
        return ("Nothing was read in any course.", "Backspace goes back.")

    def _empty(self) -> Sequence[str]:
        return self.nothing_there()

    def node(self, row: CourseRead) -> Node:
        return both(self.where, equal("course_id", row.course))

    def destination(self, row: CourseRead) -> Destination:
        label = self._course(row)
        return Thing(self.node(row), f"read in {label}", f"{self._asked.whose}: read in {label}")

    def facts(self, row: CourseRead) -> list[Fact]:
        zones = self.desk.zones
        lists = counted(row.lists, "request", "requests")
        return [
            ("course", self._course(row), Role.STRONG),
            ("lists", f"{lists} for lists of people or their work", Role.PLAIN),
            ("first", both_times(row.first, zones), Role.PLAIN),
            ("last", both_times(row.last, zones), Role.PLAIN),
            *profile_facts(self.profile(row)),
        ]

    def sentence(self, row: CourseRead) -> str:
        zones = self.desk.zones
        return (
            f"In {self._course(row)}, {self._asked.whose} read something with "
            f"{counted(row.count, 'request', 'requests')} ({row.lists} for lists of people or "
            f"their work), {both_times(row.first, zones)} to {both_times(row.last, zones)}."
        )

    def _course(self, row: CourseRead) -> str:
        return course_label(row.course, self.desk.names)

    def _people(self, row: CourseRead) -> int | None:
        return figures.of_profile(self.profile(row), "people")


def _row(top: TopRow, lists: int) -> CourseRead:
    return CourseRead(int(top.value), top.count, lists, top.first, top.last)


def _first(row: CourseRead) -> int:
    return row.first


def _last(row: CourseRead) -> int:
    return row.last
