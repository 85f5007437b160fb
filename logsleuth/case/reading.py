"""Reading a case as plain data."""

import json
import sqlite3
from dataclasses import replace
from typing import Any

import msgspec

from logsleuth.case.fold import State, fold
from logsleuth.case.model import (
    KeptEvent,
    KeptName,
    KeptRequest,
    KeptSource,
    Pseudonym,
    Snapshot,
)
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store import chained
from logsleuth.store.catalogue import Name
from logsleuth.trace.result import Trace

_OWN = ("cache", "name", "sha256", "size", "kind", "format", "rows", "rejected", "seen_at",
        "finished", "error")  # fmt: skip
"""What every cache records of a source; the rest of it are its details."""


def snapshot(connection: sqlite3.Connection, at: int | None = None) -> Snapshot:
    """The case at its revision, or as it was after an earlier entry, in one read transaction."""
    state = fold(chained.entries(connection, at))
    revision = state.revision
    numbers = _source_numbers(connection)
    return Snapshot(
        revision=revision,
        as_of=state.as_of,
        head=state.head,
        header=state.about,
        evidence=tuple(
            replace(one, requests=members(connection, one.label)) for one in state.evidence.values()
        ),
        requests=tuple(
            request(row, numbers)
            for row in connection.execute(
                "SELECT key, data, entry FROM requests WHERE entry <= ? ORDER BY at_us, key",
                (revision,),
            )
        ),
        events=events(connection, state),
        notes=tuple(state.notes.values()),
        tags=tuple(state.tags),
        findings=tuple(state.findings.values()),
        names=tuple(
            KeptName(msgspec.convert(json.loads(data), Name), entry)
            for data, entry in connection.execute(
                "SELECT data, entry FROM names WHERE entry <= ? ORDER BY n", (revision,)
            )
        ),
        sources=tuple(
            _source(*row)
            for row in connection.execute(
                "SELECT number, data, entry FROM sources WHERE entry <= ? ORDER BY number",
                (revision,),
            )
        ),
        activity=tuple(chained.entries(connection, revision)),
        disclosures=tuple(one for one in state.disclosures if one.entry <= revision),
        pseudonyms=tuple(
            Pseudonym(*row)
            for row in connection.execute(
                "SELECT kind, value, number FROM pseudonyms WHERE entry <= ? ORDER BY kind, number",
                (revision,),
            )
        ),
    )


def members(connection: sqlite3.Connection, label: str) -> tuple[str, ...]:
    """The keys of the requests of a piece of evidence, oldest first."""
    found = connection.execute(
        "SELECT key FROM members JOIN requests USING (n) WHERE evidence = ? ORDER BY place",
        (label,),
    )
    return tuple(row[0] for row in found)


def rows_of(connection: sqlite3.Connection, label: str, limit: int) -> list[KeptRequest]:
    """The requests of a piece of evidence, oldest first; ``limit`` 0 is all."""
    found = connection.execute(
        "SELECT r.key, r.data, r.entry FROM members m JOIN requests r USING (n)"
        " WHERE m.evidence = ? ORDER BY m.place LIMIT ?",
        (label, limit or -1),
    )
    numbers = _source_numbers(connection)
    return [request(row, numbers) for row in found]


def event_of(connection: sqlite3.Connection, state: State, label: str) -> KeptEvent | None:
    """The course event of a piece of evidence, if it is one."""
    found = connection.execute(
        "SELECT data, entry FROM events WHERE evidence = ?", (label,)
    ).fetchone()
    if found is None:
        return None
    text, entry = found
    return _event(label, text, entry, state, _source_numbers(connection))


def single_requests(connection: sqlite3.Connection, state: State) -> dict[str, KeptRequest]:
    """The requests that are evidence by themselves, by the label of their evidence."""
    numbers = _source_numbers(connection)
    single = [one.label for one in state.evidence.values() if one.kind == "request"]
    found = connection.execute(
        "SELECT m.evidence, r.key, r.data, r.entry FROM members m JOIN requests r USING (n)"
        " WHERE m.evidence IN (SELECT value FROM json_each(?))",
        (json.dumps(single),),
    )
    return {label: request((key, text, entry), numbers) for label, key, text, entry in found}


def request(row: tuple[str, str, int], numbers: dict[str, int]) -> KeptRequest:
    """A kept request from ``(key, data, entry)``."""
    key, text, entry = row
    data = json.loads(text)
    return KeptRequest(
        key=key,
        row=msgspec.convert(data["row"], WebLog),
        source=numbers.get(data["source"]),
        line=data["line"],
        older=tuple(msgspec.convert(one, WebLog) for one in data["older"]),
        entry=entry,
    )


def events(connection: sqlite3.Connection, state: State) -> tuple[KeptEvent, ...]:
    """The course events of the case up to its revision, in the order of time."""
    numbers = _source_numbers(connection)
    found = [
        _event(label, text, entry, state, numbers)
        for label, text, entry in connection.execute(
            "SELECT evidence, data, entry FROM events WHERE entry <= ? ORDER BY entry",
            (state.revision,),
        )
    ]
    return tuple(sorted(found, key=lambda one: (one.event.created_at, one.entry)))


def _event(label: str, text: str, entry: int, state: State, numbers: dict[str, int]) -> KeptEvent:
    data = json.loads(text)
    return KeptEvent(
        label=label,
        event=msgspec.convert(data["event"], CourseEvent),
        trace=msgspec.convert(data["trace"], Trace),
        traced_at=state.evidence[label].added_at,
        page_view=data["page_view"],
        source=numbers.get(data["source"]),
        entry=entry,
    )


def _source_numbers(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT key, number FROM sources"))


def _source(number: int, text: str, entry: int) -> KeptSource:
    data: dict[str, Any] = json.loads(text)
    own = {name: data.pop(name) for name in _OWN}
    return KeptSource(number=number, **own, details=data, entry=entry)
