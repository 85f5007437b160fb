"""Import of files into a cache."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logsleuth.filter.tree import Span


@dataclass(slots=True)
class Progress:
    """How far an import is: bytes as stored on disk, rows read so far, what it does."""

    step: str
    name: str
    bytes_done: int
    bytes_total: int
    rows: int


@dataclass(slots=True)
class FileReport:
    """What became of one file; ``error`` is one sentence if it was refused."""

    name: str
    kind: str
    format: str
    sha256: str
    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted_upstream: int = 0
    rejected: int = 0
    error: str | None = None


@dataclass(slots=True)
class ImportReport:
    """read = added + updated + unchanged + deleted_upstream + rejected, for all files."""

    files: list[FileReport] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object of ``import --format json``."""
        raise NotImplementedError


def import_paths(
    folder: Path,
    paths: Sequence[Path],
    *,
    kind: str | None = None,
    input_format: str | None = None,
    complete: Span | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> ImportReport:
    """Import files and folders into the cache at ``folder``, which is made if need be.

    ``kind``: web_logs, course_audit, users, pseudonyms, courses, developer_keys;
    ``input_format``: jsonl, csv, tsv, json.  ``complete``: the importer's statement that
    the files hold everything of that span.  Raises ``StoreError`` for what stops the
    whole import (no such file, the cache is locked, the disk is full).
    """
    raise NotImplementedError
