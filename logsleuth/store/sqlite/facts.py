"""What is known of a day before any of its requests is read: its date and its dictionaries."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import apsw

from logsleuth.model import times
from logsleuth.store.sqlite import indexing
from logsleuth.store.sqlite.sql import Sql


@dataclass(frozen=True)
class Op:
    """A row of the dictionary of operations."""

    i: int
    method: str | None
    version: str | None
    participated: bool | None
    controller: str | None
    action: str | None
    ctx_type: str | None
    kind: str
    automatic: bool | None
    w: bool


class Day:
    """What the compiler asks of a day: its date and its dictionaries."""

    def __init__(
        self, connection: apsw.Connection, day: str, student_view_users: frozenset[int]
    ) -> None:
        self.connection = connection
        self.day = day
        self.start = times.day_start(day)
        self.student_view_users = student_view_users
        self.look_up = lru_cache(maxsize=16)(self._look_up)
        """Numbers that a dictionary has: a question asks for the same ones more than once."""

    @cached_property
    def ops(self) -> dict[int, Op]:
        rows = self.connection.execute(
            "SELECT i, method, version, participated, controller, action, ctx_type, kind,"
            " automatic, w FROM op"
        )
        return {
            row[0]: Op(
                row[0],
                row[1],
                row[2],
                _flag(row[3]),
                row[4],
                row[5],
                row[6],
                row[7],
                _flag(row[8]),
                bool(row[9]),
            )
            for row in rows
        }

    @cached_property
    def ways(self) -> dict[Any, Any]:
        """How the rows of the filters that were asked for last are found, which whoever pages
        on asks again and again: kept by :mod:`logsleuth.store.sqlite.paging`."""
        return {}

    @cached_property
    def common_ops(self) -> frozenset[int]:
        """The operations that the index of operations leaves out."""
        return indexing.common_ops(self.connection)

    @cached_property
    def longest(self) -> int | None:
        return indexing.longest(self.connection)

    @cached_property
    def may_hold_nul(self) -> bool:
        return indexing.may_hold_nul(self.connection)

    @cached_property
    def spells_addresses_twice(self) -> bool:
        """Whether an address stands in the dictionary in more than one spelling."""
        twice = "SELECT EXISTS (SELECT 1 FROM ip GROUP BY addr HAVING count(*) > 1)"
        return bool(self.connection.execute(twice).get)

    def ops_that(self, condition: Sql) -> frozenset[int]:
        """Operations that meet a condition on nothing but the operation."""
        sql = f"SELECT op FROM (SELECT i AS op FROM op) WHERE {condition.text}"
        return frozenset(self.look_up(sql, *condition.parameters))

    def _look_up(self, sql: str, *parameters: Any) -> list[int]:
        return [row[0] for row in self.connection.execute(sql, parameters)]


def _flag(stored: int | None) -> bool | None:
    return None if stored is None else bool(stored)
