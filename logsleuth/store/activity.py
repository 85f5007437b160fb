"""The activity log of a cache: every query, pivot and export, in a hash chain.

It is a file of its own beside the catalogue, ``activity.db``: to ask a cache changes neither
its catalogue nor its days.  Whoever may write to the cache's folder can of course replace the
file; what the chain shows is that nothing in it was changed, dropped or put in since its head
was noted elsewhere.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from logsleuth.model.chain import Entry
from logsleuth.store import chained, custody, paths
from logsleuth.store.base import StoreError

APPLICATION_ID = 0x6C736C67  # "lslg"
SCHEMA_VERSION = 1

PATIENCE = 5.0
"""Seconds to wait for others who write to the log at the same time."""


class Activity:
    """The log of the cache in ``folder``; usable from any thread."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / paths.ACTIVITY

    def add(self, what: str, data: dict[str, Any]) -> None:
        """Add one entry; see :meth:`add_all`."""
        self.add_all([(what, data)])

    def add_all(self, entries: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Add entries ``(what, data)``, all or none of them.

        ``data`` is plain JSON without secrets.  Raises ``StoreError`` where the log cannot be
        written (a read-only disk) or is none of this program's.
        """
        custody.refuse_link(self.path)
        try:
            paths.private_file(self.path)
            with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as connection:
                connection.isolation_level = None
                connection.execute("BEGIN IMMEDIATE")
                self._prepare(connection)
                for what, data in entries:
                    chained.append(connection, what, data)
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.path} cannot be written: {error}.") from error

    def entries(self) -> list[Entry]:
        """The whole log, oldest first; empty where there is none yet."""
        if not self.path.is_file() or not self.path.stat().st_size:
            return []
        with self._reading() as connection:
            return list(chained.entries(connection))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        uri = f"file:{quote(str(self.path.absolute()))}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
                self._check(connection)
                yield connection
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be read: {error}.") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
            self._check(connection)
            return
        connection.execute(chained.TABLE)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _check(self, connection: sqlite3.Connection) -> None:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID:
            raise StoreError(f"{self.path} is no activity log of logsleuth; move it away.")
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} was written by a newer logsleuth (layout {version}, this one reads"
                f" {SCHEMA_VERSION}); update logsleuth."
            )
