"""Whose a cache is, and who else can get at it: said to the person, or refused.

Evidence is never refused for its modes or its owner, only remarked upon.  What is refused are
links, behind which may be another's file.
"""

import os
import pwd
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from logsleuth.store import paths
from logsleuth.store.base import StoreError
from logsleuth.store.network_disks import network_disk

_OURS = (
    *(paths.CATALOGUE, paths.ACTIVITY, paths.DAYS, paths.SPILL, paths.LOCK, paths.SYNC_LOCK),
    paths.INCOMING,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\.\d+\.(?:db|tmp)(?:-(?:wal|shm|journal))?\Z", re.ASCII)


def is_day(name: str) -> bool:
    """Whether a file in the folder of days has a name that a writer gives, who may drop it."""
    return _DAY.match(name) is not None


def refuse_link(path: Path) -> None:
    """``StoreError`` if a part of a cache is a symbolic link."""
    if path.is_symlink():
        raise StoreError(
            f"{path} is a symbolic link, behind which may be anybody's file; put the file itself"
            " into the cache."
        )


def refuse_links(folder: Path) -> None:
    """The same for every part of a cache that a writer opens by its name."""
    for name in _OURS:
        refuse_link(folder / name)


def remarks(folder: Path) -> list[str]:
    """What a person should know about the disk, owners and modes of a cache, in sentences."""
    found = []
    loose, others = [], []
    for path, status in _parts(folder):
        if stat.S_IMODE(status.st_mode) & 0o077 and os.geteuid() in (0, status.st_uid):
            loose.append((path, stat.S_IMODE(status.st_mode)))
        if status.st_uid != os.geteuid():
            others.append((path, status.st_uid))
    if loose:
        path, mode = loose[0]
        found.append(
            f"Others on this machine may get at the cache: {path} has mode {mode:04o}"
            f"{_and_more(len(loose))}; 'chmod -R go= {folder}' makes it yours alone."
        )
    if others:
        path, owner = others[0]
        found.append(
            f"{path} belongs to {_name(owner)}{_and_more(len(others))}, who can change it at any"
            " time; work on a copy of your own."
        )
    kind = network_disk(folder)
    if kind:
        found.append(
            f"The cache {folder} is on a network disk ({kind}), where locks do not hold between"
            " machines; keep it on a disk of this machine."
        )
    return found


def _parts(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What there is of a cache, the folder first."""
    for path in (folder, *(folder / name for name in _OURS), *_listed(folder)):
        try:
            status = path.stat(follow_symlinks=path == folder)
        except OSError:
            continue
        if not stat.S_ISLNK(status.st_mode):
            yield path, status


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in (folder / paths.DAYS).iterdir() if is_day(path.name))
    except OSError:
        return []


def _and_more(count: int) -> str:
    return f" (and {count - 1:,} more)" if count > 1 else ""


def _name(owner: int) -> str:
    try:
        return f"{pwd.getpwuid(owner).pw_name} (uid {owner})"
    except KeyError:
        return f"uid {owner}"
