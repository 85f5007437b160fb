"""Files of DAP's jobs on their way into a cache: where they lie, and that there is room.

Names are our own: what DAP calls an object is never a path.
"""

import os
import re
import shutil
from pathlib import Path

from logsleuth.sources.files import Blocks
from logsleuth.store import paths
from logsleuth.store.base import StoreError

GROWTH = 10
"""Bytes of disk that a downloaded byte may need for a while: the file itself, its rows spilled
(about 2), and the days built from them beside the old ones (2.5 each, measured)."""

SPARE = 512 << 20
"""Bytes that are left alone."""

_CHUNK = 1 << 20


class Arrivals:
    """The folder ``incoming`` of the cache at ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / paths.INCOMING

    def path(self, job: int, n: int) -> Path:
        """Where file ``n`` of a job (its number in the catalogue) lies once it is whole."""
        paths.private_folder(self._incoming)
        paths.private_folder(self._incoming / str(job))
        return self._incoming / str(job) / f"{n:05d}.jsonl.gz"

    def keep_only(self, job: int | None = None) -> None:
        """Remove the files of every other job."""
        if not self._incoming.is_dir():
            return
        for folder in self._incoming.iterdir():
            if job is None or folder.name != str(job):
                shutil.rmtree(folder)
        if job is None:
            self._incoming.rmdir()

    def check_room(self, more: int) -> None:
        """``StoreError`` if so many bytes of downloads, and what they grow to, do not fit."""
        free = shutil.disk_usage(self._folder).free
        need = more * GROWTH + SPARE
        if free < need:
            raise StoreError(
                f"The disk of {self._folder} has {_gigabytes(free)} left, and"
                f" {_gigabytes(need)} may be needed; make room, and sync again to go on."
            )


def is_empty(path: Path) -> bool:
    """Whether a file unpacks to nothing."""
    return not any(Blocks(path))


def keep(path: Path, folder: Path, job_id: str) -> None:
    """Copy a file as it was received into ``folder``, below a name made from the job's id."""
    target = folder / f"job_{re.sub(r'[^0-9A-Za-z-]', '_', job_id)[:80]}"
    paths.private_folder(target)
    kept, half = target / path.name, target / f"{path.name}.part"
    half.unlink(missing_ok=True)
    paths.private_file(half)
    with path.open("rb") as source, half.open("wb") as copy:
        shutil.copyfileobj(source, copy, _CHUNK)
        copy.flush()
        os.fsync(copy.fileno())
    half.rename(kept)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
