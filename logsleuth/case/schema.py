"""The tables of a case file and their migrations.

What a case says follows from its log, ``entries``.  The other tables hold what is too large
for a log: rows that an entry brought along, which it covers by their SHA-256.  ``entry`` is
its number; nothing in them is ever changed.
"""

from typing import TYPE_CHECKING

from logsleuth.store import chained

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x6C736373  # "lscs"
SCHEMA_VERSION = 1

_FIRST = (
    chained.TABLE,
    "CREATE TABLE requests(n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
    " at_us INTEGER NOT NULL, data TEXT NOT NULL, entry INTEGER NOT NULL)",
    "CREATE TABLE members(evidence TEXT NOT NULL, place INTEGER NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY(evidence, place)) WITHOUT ROWID",
    "CREATE TABLE events(evidence TEXT PRIMARY KEY, data TEXT NOT NULL, entry INTEGER NOT NULL)",
    "CREATE TABLE names(n INTEGER PRIMARY KEY, data TEXT NOT NULL UNIQUE, entry INTEGER NOT NULL)",
    "CREATE TABLE sources(number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
    " data TEXT NOT NULL, entry INTEGER NOT NULL)",
    # Numbers are given in the order of appearance, so that they tell nothing of the value.
    "CREATE TABLE pseudonyms(kind TEXT NOT NULL, value TEXT NOT NULL, number INTEGER NOT NULL,"
    " entry INTEGER, PRIMARY KEY(kind, value)) WITHOUT ROWID",
)


def migrate(db: "Database") -> None:
    """Bring a case file to the layout of this release."""
    # Only here: reading, and the app, start faster without the library for migrations.
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("logsleuth case")

    @migrations()
    def first(db: "Database") -> None:
        """Everything that the first release keeps."""
        for statement in _FIRST:
            db.execute(statement)
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    migrations.apply(db)
