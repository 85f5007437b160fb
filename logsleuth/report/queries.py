"""Numbers of a report, each with the question about the evidence files that gives it.

A question says which file, which rows and what is counted, in so few words that another
program, or a person with ``jq``, can ask it again.  An export and ``logsleuth verify`` get
every number in the same way: by reading the evidence files from their first row to the last.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from logsleuth.model import times

File = Literal["evidence/requests.jsonl", "evidence/course_events.jsonl", "activity.jsonl"]
REQUESTS: File = "evidence/requests.jsonl"
EVENTS: File = "evidence/course_events.jsonl"
ACTIVITY: File = "activity.jsonl"

Wanted = str | int | bool | None
"""What a column must hold; where the column holds a list, what the list must contain."""

Where = Mapping[str, Wanted]


class Figure(msgspec.Struct, tag="figure", tag_field="is"):
    """A number in a report, and the query of ``provenance/queries.json`` that gives it."""

    query: str
    value: int = 0


@dataclass(slots=True)
class Query:
    """A question about an evidence file.

    The rows counted are those whose columns hold what ``where`` wants, all of it.  With
    ``distinct``, the values of that column are counted, each once, nulls left out; with
    ``every`` (seconds), rows are counted by the time they start in.  ``value`` is the number,
    or for ``every`` the list of ``[start, rows]`` with rows, oldest first.

    ``stated`` is given instead by an answer that the case only remembers: the number of the
    entry of ``activity.jsonl`` that says it, and the name under which.
    """

    id: str
    what: str
    file: File
    where: dict[str, Wanted] = field(default_factory=dict)
    distinct: str | None = None
    every: int | None = None
    stated: tuple[int, str] | None = None
    value: int | list[tuple[str, int]] = 0


class Answers:
    """The answers to queries, from rows that are taken one after the other."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._counts: Counter[str] = Counter()
        self._seen: dict[str, set[Any]] = {}
        self._starts: dict[str, Counter[int]] = {}
        self._stated: dict[tuple[int, str], Any] = {}
        self._queries = list(queries)
        # By one condition each, so that a row meets only the queries it may belong to.
        self._by: dict[str, dict[str | None, dict[Wanted, list[Query]]]] = {}
        for query in self._queries:
            column, wanted = next(iter(query.where.items()), (None, None))
            columns = self._by.setdefault(query.file, {})
            columns.setdefault(column, {}).setdefault(wanted, []).append(query)

    def take(self, file: File, row: Mapping[str, Any]) -> None:
        """Count a row of a file."""
        for column, wanted in self._by.get(file, {}).items():
            for value in (None,) if column is None else _values(row, column):
                for query in wanted.get(value, ()):
                    if all(want in _values(row, name) for name, want in query.where.items()):
                        self._count(query, row)
        if file == ACTIVITY:
            for query in self._queries:
                if query.stated is not None and query.stated[0] == row["n"]:
                    self._stated[query.stated] = row["data"].get(query.stated[1])

    def _count(self, query: Query, row: Mapping[str, Any]) -> None:
        if query.distinct is not None:
            seen = self._seen.setdefault(query.id, set())
            seen.update(value for value in _values(row, query.distinct) if value is not None)
        elif query.every is not None:
            at, width = times.parse(row["timestamp"]), query.every * times.SECOND
            self._starts.setdefault(query.id, Counter())[at // width * width] += 1
        else:
            self._counts[query.id] += 1

    def of(self, query: Query) -> int | list[tuple[str, int]] | None:
        """The answer; ``None`` where no entry of the log states it."""
        if query.stated is not None:
            stated = self._stated.get(query.stated)
            return stated if isinstance(stated, int) else None
        if query.distinct is not None:
            return len(self._seen.get(query.id, ()))
        if query.every is not None:
            starts = self._starts.get(query.id, Counter())
            return [(times.iso(start), starts[start]) for start in sorted(starts)]
        return self._counts[query.id]


class QueryBook:
    """Gives out figures while a report is written down, and fills them in when rows are read."""

    def __init__(self) -> None:
        self.queries: list[Query] = []
        self._known: dict[Any, Query] = {}
        self._figures: list[tuple[Figure, Query]] = []

    def figure(
        self,
        what: str,
        where: Where = MappingProxyType({}),
        file: File = REQUESTS,
        *,
        distinct: str | None = None,
    ) -> Figure:
        """A number to be counted; the same question is asked once."""
        key = (what, file, distinct, *sorted(where.items(), key=str))
        query = self._query(key, what, file)
        query.where, query.distinct = dict(where), distinct
        return self._given(query)

    def series(self, what: str, where: Where, every: int) -> Query:
        """Requests by time, in steps of so many seconds."""
        query = self._query((what, every, *sorted(where.items(), key=str)), what, REQUESTS)
        query.where, query.every = dict(where), every
        return query

    def stated(self, what: str, entry: int, name: str) -> Figure:
        """A number that an entry of the case's log states under a name."""
        query = self._query((what, entry, name), what, ACTIVITY)
        query.stated = (entry, name)
        return self._given(query)

    def fill(self, answers: Answers) -> None:
        """Write the answers into queries and figures."""
        for query in self.queries:
            answer = answers.of(query)
            if answer is None:
                raise ValueError(f"no entry of the log states {query.what}")
            query.value = answer
        for figure, query in self._figures:
            if isinstance(query.value, int):
                figure.value = query.value

    def _query(self, key: Any, what: str, file: File) -> Query:
        if key not in self._known:
            self._known[key] = Query(f"Q{len(self.queries) + 1}", what, file)
            self.queries.append(self._known[key])
        return self._known[key]

    def _given(self, query: Query) -> Figure:
        figure = Figure(query.id)
        self._figures.append((figure, query))
        return figure


def _values(row: Mapping[str, Any], column: str) -> tuple[Any, ...]:
    value = row.get(column)
    if isinstance(value, list):
        return tuple(value)
    return (value,)
