"""A cache on the disk: the one place that opens its databases."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from logsleuth.model import times
from logsleuth.store.base import Store, StoreError
from logsleuth.store.catalogue import SCHEMA_VERSION, Catalogue, DayRecord
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite.opening import DayEntry
from logsleuth.store.sqlite.reader import SqliteStore
from logsleuth.store.sqlite.writer import summarise


@dataclass(frozen=True)
class Cache:
    """An opened cache: ``requests`` to ask for requests, ``catalogue`` for all else."""

    folder: Path
    requests: Store
    catalogue: Catalogue

    @classmethod
    def open(cls, folder: Path) -> "Cache":
        """Open for reading; changes no byte.  ``StoreError`` if there is no cache."""
        catalogue = Catalogue(folder)

        def days() -> tuple[Sequence[DayEntry], frozenset[int]]:
            return [_entry(record) for record in catalogue.days()], catalogue.student_view_users()

        return cls(folder, SqliteStore(days), catalogue)

    def save_traces(self, made: dict[str, tuple[str, str]]) -> bool:
        """Keep traces (event id -> (revision, JSON text)); false where that cannot be
        done now (read-only disk, another writer): they are only a saving of time."""
        if not made:
            return True
        if self.catalogue.schema_version() != SCHEMA_VERSION:
            return False  # a writer would migrate it
        # Only here: reading commands start faster without the writer's libraries.
        from logsleuth.store.writing import CacheWriter

        try:
            with CacheWriter(self.folder, tidy=False) as writer:
                writer.ledger.save_traces(made)
        except (StoreError, OSError):
            return False
        return True

    @property
    def fingerprint(self) -> str:
        """12 hex digits that tell this cache from others, wherever it is moved to."""
        key = self.catalogue.meta("mask_key") or ""
        return sha256(f"logsleuth cache {key}".encode()).hexdigest()[:12]

    def sizes(self) -> dict[str, int]:
        """Bytes on the disk: ``catalogue`` and ``days``."""
        days = (self.folder / "days").glob("*")
        return {
            "catalogue": self.catalogue.path.stat().st_size,
            "days": sum(path.stat().st_size for path in days),
        }

    def close(self) -> None:
        """Close this thread's connections."""
        if isinstance(self.requests, SqliteStore):
            self.requests.close()
        self.catalogue.close()


def _entry(record: DayRecord) -> DayEntry:
    """A day as the store wants it; counted again if its last append was cut short."""
    if not record.dirty:
        return DayEntry(record.day, record.path, record.rows, record.first, record.last)
    connection = day_file.open_reading(record.path)
    try:
        summary = summarise(connection, times.day_start(record.day))
    finally:
        connection.close()
    return DayEntry(record.day, record.path, summary.rows, summary.first, summary.last)
