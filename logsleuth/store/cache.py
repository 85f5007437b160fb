"""A cache on the disk: the one place that opens its databases."""

from dataclasses import dataclass
from pathlib import Path

from logsleuth.store.base import Store
from logsleuth.store.catalogue import Catalogue


@dataclass(frozen=True)
class Cache:
    """An opened cache: ``requests`` to ask for requests, ``catalogue`` for all else."""

    folder: Path
    requests: Store
    catalogue: Catalogue

    @classmethod
    def open(cls, folder: Path) -> "Cache":
        """Open for reading; changes no byte.  ``StoreError`` if there is no cache."""
        raise NotImplementedError

    def save_traces(self, made: dict[str, tuple[str, str]]) -> bool:
        """Keep traces (event id -> (revision, JSON text)); false where that cannot be
        done now (read-only disk, another writer): they are only a saving of time."""
        raise NotImplementedError

    def close(self) -> None:
        """Close this thread's connections."""
        raise NotImplementedError
