"""From a filter tree to SQL on one day file, with bound parameters only.

Every leaf is false, not null, wherever that shows: ``NOT`` becomes ``IS NOT TRUE``,
and AND and OR cannot tell null from false.  Each day's own dictionaries are asked first:
a value that the day does not know makes the leaf, and often the day, constant false.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from logsleuth.filter.tree import All, And, Contains, Match, Node, Not, Or, Phrase, Present
from logsleuth.store.sqlite import by_visits, leaves
from logsleuth.store.sqlite.columns import reads
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.sql import ALWAYS, NEVER, Sql, among, join

_EQUAL = re.compile(r"(?!url)\w+ = \?")
"""The condition that a column of numbers has a value; the URL is the one text."""


def compile_filter(node: Node, day: Day, *, rows: bool = True) -> Sql:
    """The condition on ``req`` that is true exactly for the rows that match; without ``rows``
    it is the one on a roll-up, which has the columns that it reads."""
    if rows and _of_sessions(node):
        return by_visits.of_sessions(compile_filter(node, day, rows=False), day)
    match node:
        case All():
            return Sql(ALWAYS)
        case And(parts):
            return join("AND", [compile_filter(part, day, rows=rows) for part in parts])
        case Or(parts):
            sessions, others = _parted(parts) if rows else ((), parts)
            found = _listed([compile_filter(part, day, rows=rows) for part in others])
            if sessions:
                found.append(compile_filter(Or(sessions), day))
            return join("OR", found)
        case Not(part):
            inner = compile_filter(part, day, rows=rows)
            if inner.text == NEVER:
                return Sql(ALWAYS)
            if inner.text == ALWAYS:
                return Sql(NEVER)
            return Sql(f"({inner.text}) IS NOT TRUE", inner.parameters, inner.reads)
        case Phrase(phrase):
            test = Contains(phrase)
            if not leaves.storable(phrase):
                return Sql(NEVER)
            in_url, in_agent = leaves.url(test, day), leaves.user_agent(test, day)
            return join("OR", [_read("url", in_url), _read("user_agent", in_agent)])
        case Match(field, test):
            return _read(field.name, leaves.leaf(field, test, day))


def _of_sessions(node: Node) -> bool:
    """Whether the filter says of which sessions requests are, and nothing else."""
    if isinstance(node, Or):
        return bool(node.parts) and all(map(_of_sessions, node.parts))
    return (
        isinstance(node, Match)
        and node.field.name == "session_id"
        and not isinstance(node.test, Present)
    )


def _parted(parts: Sequence[Node]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Those that say nothing but the session, and the others."""
    sessions = tuple(part for part in parts if _of_sessions(part))
    return sessions, tuple(part for part in parts if part not in sessions)


def _listed(parts: list[Sql]) -> list[Sql]:
    """The same parts, those that are one column's ``= ?`` as one list of its values: SQLite
    looks a row's value up in a list, where it compares it with one after the other of an OR."""
    by_column: dict[str, list[Sql]] = {}
    for part in parts:
        if _EQUAL.fullmatch(part.text):
            by_column.setdefault(part.text, []).append(part)
    found = [part for part in parts if len(by_column.get(part.text, ())) < 2]
    for text, equals in by_column.items():
        if len(equals) > 1:
            column = text.removesuffix(" = ?")
            values = sorted({part.parameters[0] for part in equals})
            found.append(replace(among(column, values), reads=equals[0].reads))
    return found


def _read(name: str, condition: Sql) -> Sql:
    """A condition on a field, with the columns it looks at."""
    if condition.text in {ALWAYS, NEVER}:
        return condition
    return replace(condition, reads=reads(name))
