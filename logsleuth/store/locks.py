"""Locks in a cache's folder; who holds one stands in its file, for the others to say."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from logsleuth.store import paths
from logsleuth.store.base import StoreError


class BusyError(StoreError):
    """Another process holds a lock of the cache; in a while it will be done."""


def hold(path: Path, doing: str) -> int:
    """Take a lock, which is held until the returned handle is closed.

    Raises ``BusyError`` if another process holds it; ``doing`` says what it is then doing, as
    in "Another logsleuth (process 17) is ``doing``".  ``OSError`` if there can be no such file.
    """
    paths.private_file(path)
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
        os.close(handle)
        raise BusyError(
            f"Another logsleuth{holder and f' ({holder})'} is {doing}; wait until it is done."
        ) from error
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}".encode(), 0)
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextmanager
def syncing(folder: Path) -> Iterator[None]:
    """The lock of the one sync of requests into a cache, which is made if need be.

    The writer's lock is held only while something is written; this one all the time.
    """
    try:
        paths.private_folder(folder)
        handle = hold(folder / paths.SYNC_LOCK, f"syncing requests into {folder}")
    except OSError as error:
        raise StoreError(
            f"No cache can be written at {folder}: {error.strerror or error}."
        ) from error
    try:
        yield
    finally:
        os.close(handle)
