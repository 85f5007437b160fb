"""Whether a case file still is what its log says."""

import json
import sqlite3
from collections.abc import Iterator
from hashlib import sha256

from logsleuth.case import reading
from logsleuth.case.adding import content_sha256
from logsleuth.model import chain
from logsleuth.model.chain import Entry, Head
from logsleuth.store import chained


def flaws(connection: sqlite3.Connection, expected: Head | None = None) -> list[str]:
    """Everything that does not hold, as sentences; nothing if all of it does."""
    entries = list(chained.entries(connection))
    found = [
        f"Entry {flaw.n} of the log: {flaw.reason}." for flaw in chain.check(entries, expected)
    ]
    found += _rows(connection)
    for entry in entries:
        if entry.what == "added":
            found += _evidence(connection, entry)
    return found


def _rows(connection: sqlite3.Connection) -> Iterator[str]:
    sources = set()
    # As bytes, which even what is damaged can be taken for.
    data_bytes = "CAST(coalesce(data, '') AS BLOB)"
    for number, key, data in connection.execute(f"SELECT number, key, {data_bytes} FROM sources"):
        sources.add(key)
        if sha256(data).hexdigest() != key:
            yield f"Source {number} was changed after it was kept."
    for key, at, data in connection.execute(f"SELECT key, at_us, {data_bytes} FROM requests"):
        if sha256(data).hexdigest() != key:
            yield f"The kept request {str(key)[:12]}… was changed after it was kept."
            continue
        kept = json.loads(data)
        if kept["row"]["timestamp"] != at:
            yield f"The kept request {kept['row']['id']} stands at a time that is not its own."
        if kept["source"] is not None and kept["source"] not in sources:
            yield f"The source of the kept request {kept['row']['id']} is missing."


def _evidence(connection: sqlite3.Connection, entry: Entry) -> Iterator[str]:
    label = entry.data["label"]
    event = connection.execute("SELECT data FROM events WHERE evidence = ?", (label,)).fetchone()
    keys = reading.members(connection, label)
    if content_sha256(keys, event and event[0]) != entry.data["content_sha256"]:
        yield f"The rows of evidence {label} are not those that entry {entry.n} speaks of."
    missing = connection.execute(
        "SELECT count(*) FROM members WHERE evidence = ? AND n NOT IN (SELECT n FROM requests)",
        (label,),
    ).fetchone()[0]
    if missing:
        yield f"Of the requests of evidence {label}, {missing:,} are missing."
    names = connection.execute("SELECT data FROM names WHERE entry = ? ORDER BY n", (entry.n,))
    if chain.digest([row[0] for row in names]) != entry.data["names_sha256"]:
        yield f"The names that came with evidence {label} were changed after they were kept."
