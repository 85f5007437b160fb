"""Opening a day file: for reading, for appending, and for building."""

from pathlib import Path
from urllib.parse import quote

import apsw

from logsleuth.store import custody, paths
from logsleuth.store.base import StoreError
from logsleuth.store.sqlite import schema, text

READ_CACHE_KIB = 2_000
"""Page cache of one reading connection: three threads with ten open days each stay within
64 MB.  The system's own cache holds the rest."""

BUILD_CACHE_KIB = 24_000
"""Page cache of a day that is built: rows come in the order of time, so few pages are hot."""

PATIENCE_MS = 10_000
"""Milliseconds to wait for a writer that holds a lock."""


def _uri(path: Path, query: str) -> str:
    return f"file:{quote(str(path.absolute()))}?{query}"


def open_reading(path: Path) -> apsw.Connection:
    """A read-only connection; ``StoreError`` if the file is not a day of this program."""
    custody.refuse_link(path)
    if not path.exists():
        raise StoreError(
            f"The day file {path} is missing; put it back from a backup, or import its sources"
            " again into a new cache."
        )
    try:
        connection = _connect_reading(path)
        check(connection, path)
    except apsw.Error as error:
        raise StoreError(
            f"The day file {path} cannot be read ({error}); "
            "import its sources again into a new cache."
        ) from error
    connection.execute(f"PRAGMA cache_size=-{READ_CACHE_KIB}; PRAGMA temp_store=MEMORY")
    text.register(connection)
    return connection


def _connect_reading(path: Path) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(_uri(path, "mode=ro"), flags=flags)
    # Before anything is asked: a writer that begins or ends an append locks all for a moment.
    connection.set_busy_timeout(PATIENCE_MS)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        # On a read-only disk SQLite cannot make the side files of a WAL database.
        wal = path.with_name(path.name + "-wal")
        if wal.exists() and wal.stat().st_size:
            raise
        connection.close()
        connection = apsw.Connection(_uri(path, "immutable=1"), flags=flags)
    return connection


def check(connection: apsw.Connection, path: Path) -> None:
    """``StoreError`` if the file is no day file, or of another layout than this program's."""
    application, version = (
        connection.pragma("application_id"),
        connection.pragma("user_version"),
    )
    if application != schema.APPLICATION_ID:
        raise StoreError(f"{path} is not a day file of logsleuth; move it out of the cache.")
    if version < schema.SCHEMA_VERSION:
        raise StoreError(
            f"{path} has layout {version}, this logsleuth reads layout {schema.SCHEMA_VERSION};"
            " `logsleuth migrate` brings the cache to it."
        )
    if version > schema.SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer logsleuth (layout {version}, this one reads"
            f" {schema.SCHEMA_VERSION}); update logsleuth."
        )


def create(path: Path) -> apsw.Connection:
    """A new day file, to be filled by one writer and renamed when it is whole.

    There is no journal: a file that was not finished is never used.
    """
    connection = apsw.Connection(str(path))
    connection.execute(
        "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
        f"PRAGMA locking_mode=EXCLUSIVE; PRAGMA application_id={schema.APPLICATION_ID};"
        f"PRAGMA user_version={schema.SCHEMA_VERSION}; PRAGMA cache_size=-{BUILD_CACHE_KIB}"
    ).fetchall()  # journal_mode answers, and what follows it waits until that is read
    connection.execute(schema.TABLES)
    connection.execute(schema.ROLLUPS)
    return connection


def copy(source: Path, target: Path) -> apsw.Connection:
    """A new generation that begins as a copy of an older one."""
    old = open_reading(source)
    new = apsw.Connection(str(target))
    new.execute("PRAGMA synchronous=OFF")  # whoever finishes the file brings it onto the disk
    try:
        with new.backup("main", old, "main") as backup:
            while not backup.done:
                backup.step(4096)
    finally:
        old.close()
    new.execute(
        "PRAGMA journal_mode=OFF; PRAGMA locking_mode=EXCLUSIVE;"
        f"PRAGMA cache_size=-{BUILD_CACHE_KIB}"
    ).fetchall()
    return new


def open_appending(path: Path) -> apsw.Connection:
    """A writing connection on a finished day, in WAL while rows are added."""
    custody.refuse_link(path)
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    check(connection, path)
    connection.set_busy_timeout(30_000)
    connection.execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
        "PRAGMA temp_store=MEMORY"
    ).fetchall()
    return connection


def in_wal(path: Path) -> bool:
    """Whether a file is in WAL, where even reading it puts files beside it."""
    try:
        with path.open("rb") as file:
            return file.read(20)[18:] == b"\2\2"
    except OSError:
        return False


def finish_appending(connection: apsw.Connection, path: Path) -> None:
    """Bring all of the log into the file and onto the disk; leave WAL if nobody reads."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    try:
        connection.set_busy_timeout(0)
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    except apsw.BusyError:
        pass  # a reader is in it: the next append or generation leaves WAL
    connection.close()
    paths.sync_file(path)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        # A reader kept it from being emptied: what it holds must outlive a power cut too, and
        # SQLite may not have synced its name, as it does before the first of it is moved.
        paths.sync_file(log)
        paths.sync_folder(path.parent)
