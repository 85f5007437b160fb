"""A case file on the disk: made whole, opened by several at once, changed in transactions.

It is in SQLite's rollback-journal mode, because write-ahead logs do not work on shared
folders; whoever writes takes the file for the moment of one transaction, and others wait.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from logsleuth.case import places, schema
from logsleuth.case.errors import CaseError
from logsleuth.store import chained, paths

PATIENCE = 30.0
"""Seconds to wait while another investigator writes."""


class CaseFile:
    """The file of a case.  Usable from any thread: every use has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(
        cls, path: Path, entries: Iterable[tuple[str, dict[str, Any]]], group: str | None = None
    ) -> "CaseFile":
        """Make a case file whose log begins with ``(what, data)``: whole, or not at all."""
        from sqlite_utils import Database  # As in :func:`schema.migrate`.

        places.make_folder(path.parent, group)
        half = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            places.make_file(half, group)
            with closing(Database(half).conn) as connection:
                db = Database(connection)
                with db.atomic():
                    schema.migrate(db)
                    for what, data in entries:
                        chained.append(connection, what, data)
            _place(half, path)
        except (OSError, sqlite3.Error) as error:
            raise CaseError(f"No case can be made at {path}: {_words(error)}.") from error
        finally:
            half.unlink(missing_ok=True)
        return cls(path)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the case as it is at one moment."""
        with self._connected() as connection:
            connection.execute("BEGIN")
            self._check(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of what is done in it, or nothing."""
        if not os.access(self.path, os.W_OK) and self.path.exists():
            raise CaseError(f"You may not write to the case {self.path}; ask its owner.")
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._check(connection)
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise CaseError(
                f"There is no case at {self.path}; 'logsleuth case list' lists those there are,"
                " 'logsleuth case new' makes one."
            )
        # Whoever may write also rolls back what somebody who was stopped left half done.
        mode = "rw" if os.access(self.path, os.W_OK) else "ro"
        uri = f"file:{quote(str(self.path.absolute()))}?mode={mode}"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
                connection.isolation_level = None
                connection.execute("PRAGMA synchronous=FULL")
                yield connection
        except sqlite3.Error as error:
            raise CaseError(self._sentence(error)) from error
        except UnicodeDecodeError as error:
            raise CaseError(
                f"{self.path} is damaged (a text in it is no UTF-8); go back to a copy of it."
            ) from error

    def _check(self, connection: sqlite3.Connection) -> None:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application != schema.APPLICATION_ID:
            raise CaseError(f"{self.path} is no case of logsleuth.")
        if version > schema.SCHEMA_VERSION:
            raise CaseError(
                f"{self.path} was written by a newer logsleuth (layout {version}, this one reads"
                f" {schema.SCHEMA_VERSION}); update logsleuth."
            )

    def _sentence(self, error: sqlite3.Error) -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
            return f"{self.path} is damaged, or no case ({error}); go back to a copy of it."
        if code == sqlite3.SQLITE_BUSY:
            return f"Somebody else has been writing to {self.path} for long; try again."
        if code == sqlite3.SQLITE_FULL:
            return f"The disk of {self.path} is full; nothing was added. Make room, and try again."
        return f"The case {self.path} cannot be used: {error}."


def _place(half: Path, path: Path) -> None:
    """Give a whole file its name, which nobody else may have taken."""
    try:
        os.link(half, path)
    except FileExistsError as error:
        raise CaseError(f"There is a case at {path} already; choose another name.") from error
    except OSError:
        # A disk without links: the moment between looking and renaming is all that is left.
        if path.exists():
            raise CaseError(f"There is a case at {path} already; choose another name.") from None
        half.rename(path)
    paths.sync_folder(path.parent)


def _words(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
