"""Putting gathered evidence into a case, within one transaction."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from logsleuth.case.fold import State, fold, plain
from logsleuth.case.gather import Gathered
from logsleuth.case.model import Evidence
from logsleuth.case.naming import Value
from logsleuth.model import chain
from logsleuth.store import chained


@dataclass(frozen=True, slots=True)
class Added:
    """Evidence in the case; ``new`` is false where it was there already, the same in all."""

    evidence: Evidence
    new: bool


def put(connection: sqlite3.Connection, state: State, found: Gathered) -> Added:
    """Add what was gathered, with its entry in the log, unless the case has just that."""
    data = _facts(found)
    for known in state.evidence.values():
        if all(getattr(known, name) == value for name, value in _compared(found, data).items()):
            return Added(known, new=False)
    label = f"E{len(state.evidence) + 1}"
    entry = chained.head(connection).length + 1
    connection.executemany(
        "INSERT OR IGNORE INTO requests(key, at_us, data, entry) VALUES (?, ?, ?, ?)",
        [(row.key, row.at, row.text, entry) for row in found.rows],
    )
    connection.executemany(
        "INSERT INTO members SELECT ?, ?, n FROM requests WHERE key = ?",
        [(label, place, row.key) for place, row in enumerate(found.rows)],
    )
    if found.event is not None:
        connection.execute("INSERT INTO events VALUES (?, ?, ?)", (label, found.event, entry))
    for key, text in found.sources.items():
        connection.execute(
            "INSERT OR IGNORE INTO sources(key, data, entry) VALUES (?, ?, ?)", (key, text, entry)
        )
    number(connection, found.values, entry)
    data["names_sha256"] = chain.digest(_put_names(connection, found.names, entry))
    written = chained.append(connection, "added", {"label": label, **data})
    return Added(fold([written], onto=state).evidence[label], new=True)


def number(
    connection: sqlite3.Connection, values: Iterable[Value], entry: int | None
) -> dict[Value, int]:
    """The numbers that stand for values in redacted reports; new ones get the next number.

    ``entry`` is that of the evidence they came with, ``None`` for those met elsewhere.
    """
    found: dict[Value, int] = {}
    for kind, value in values:
        connection.execute(
            "INSERT INTO pseudonyms SELECT ?1, ?2, ifnull(max(number), 0) + 1, ?3 FROM pseudonyms"
            " WHERE kind = ?1 ON CONFLICT DO UPDATE SET entry = ifnull(entry, excluded.entry)",
            (kind, value, entry),
        )
        found[kind, value] = connection.execute(
            "SELECT number FROM pseudonyms WHERE kind = ? AND value = ?", (kind, value)
        ).fetchone()[0]
    return found


def content_sha256(keys: Iterable[str], event: str | None) -> str:
    """What the log says of the rows that came with evidence, in their order."""
    event_sha256 = None if event is None else sha256(event.encode()).hexdigest()
    return chain.digest({"requests": list(keys), "event": event_sha256})


def _facts(found: Gathered) -> dict[str, Any]:
    """The ``data`` of the entry: everything but the rows, which it covers by a hash."""
    return {
        "kind": found.kind,
        "reference": found.reference,
        "cache": found.cache,
        "count": found.count,
        "copied": len(found.rows),
        "first": found.first,
        "last": found.last,
        "span": plain(found.span),
        "filter": found.filter,
        "coverage": plain(found.coverage),
        "event_id": found.event_id,
        "content_sha256": content_sha256((row.key for row in found.rows), found.event),
    }


def _compared(found: Gathered, data: dict[str, Any]) -> dict[str, Any]:
    """What is the same where evidence is the same; typed as evidence has it."""
    names = ("kind", "reference", "cache", "count", "filter", "content_sha256")
    return {name: data[name] for name in names} | {"coverage": tuple(found.coverage)}


def _put_names(connection: sqlite3.Connection, names: Iterable[str], entry: int) -> list[str]:
    """Keep the names that the case does not know yet, and return these."""
    return [
        name
        for name in names
        if connection.execute(
            "INSERT OR IGNORE INTO names(data, entry) VALUES (?, ?)", (name, entry)
        ).rowcount
    ]
