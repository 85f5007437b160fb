"""A table of chained entries in an SQLite file, as the log of a cache and of a case have one.

What is written here is only ever added to.  The caller holds the transaction.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from logsleuth.model import chain, clock
from logsleuth.model.author import author
from logsleuth.model.chain import Entry, Head
from logsleuth.model.text import well_formed
from logsleuth.store.base import StoreError

TABLE = """
CREATE TABLE IF NOT EXISTS entries(
  n INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, previous TEXT NOT NULL,
  commitment TEXT NOT NULL, hash TEXT NOT NULL, salt TEXT NOT NULL,
  who TEXT NOT NULL, what TEXT NOT NULL, data TEXT NOT NULL)
"""


def head(connection: sqlite3.Connection) -> Head:
    """Length of the chain, and hash of its last entry."""
    last = connection.execute("SELECT n, hash FROM entries ORDER BY n DESC LIMIT 1").fetchone()
    return Head(*last) if last else chain.START


def append(connection: sqlite3.Connection, what: str, data: dict[str, Any]) -> Entry:
    """Add what whoever is at the keyboard does now, in text that UTF-8 can hold: arguments may
    be any bytes."""
    data = json.loads(well_formed(json.dumps(data, ensure_ascii=False)))
    entry = chain.following(
        head(connection), clock.wall_us(), author(), what, data, chain.new_salt()
    )
    connection.execute(
        "INSERT INTO entries(n, at_us, previous, commitment, hash, salt, who, what, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.n,
            entry.at,
            entry.previous,
            entry.commitment,
            entry.hash,
            entry.salt,
            chain.canonical(entry.who),
            what,
            chain.canonical(data),
        ),
    )
    return entry


def entries(connection: sqlite3.Connection, last: int | None = None) -> Iterator[Entry]:
    """The entries in their order, up to number ``last``."""
    found = connection.execute(
        "SELECT n, at_us, previous, commitment, hash, salt, who, what, data FROM entries"
        " WHERE n <= ? ORDER BY n",
        (2**63 - 1 if last is None else last,),
    )
    for n, at, previous, commitment, link, salt, who, what, data in found:
        try:
            yield Entry(
                n, at, previous, commitment, link, json.loads(who), what, json.loads(data), salt
            )
        except (TypeError, ValueError) as error:
            raise StoreError(
                f"Entry {n} of the log is damaged: what it holds is no JSON ({error})."
            ) from error
