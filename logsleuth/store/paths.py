"""Names inside a cache, and files that nobody else can read."""

import os
from pathlib import Path

CATALOGUE = "catalogue.db"
ACTIVITY = "activity.db"
DAYS = "days"
SPILL = "spill"
ANY_RUN = "*.run"
"""The files of the spill."""
LOCK = "writer.lock"
SYNC_LOCK = "sync.lock"
INCOMING = "incoming"
"""Files on their way from DAP; each job has a folder of its own there."""


def private_folder(path: Path) -> None:
    """Make a folder of mode 0700, whatever the umask; existing ones are left alone."""
    if path.is_dir():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700)
    path.chmod(0o700)


def private_file(path: Path) -> None:
    """Make an empty file of mode 0600, whatever the umask, if it is not there."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return
    os.fchmod(handle, 0o600)
    os.close(handle)


def day_file(folder: Path, day: str, generation: int) -> Path:
    """The file of a day's generation."""
    return folder / DAYS / f"{day}.{generation}.db"


def sync_file(path: Path) -> None:
    """Wait until the file's content is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Wait until the folder's names are on the disk."""
    sync_file(path)
