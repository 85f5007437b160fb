"""What a power cut would have left of a folder, from the log that ``watch.c`` writes.

The disk promises what POSIX promises and no more: a file's content is there once the file
was synced, a name once its folder was.  Of everything else any part may be there: each block
of a write for itself, each change of a name for itself, in any order.  Usual file systems
lose less (they keep the order of names), so what stands this stands them.
"""

import random
import shutil
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from disk.servant import Servant
from logsleuth.store import paths

_HEAD = struct.Struct("<cQqII")
"""What happened, to which inode, at which offset; sizes of the names and of the data.

``C`` a file was made, ``M`` a folder; ``W`` written, ``T`` cut to a size, ``S`` synced (with
its name if it is a folder), ``R`` renamed (both names, a NUL between), ``U`` a file was
removed, ``D`` a folder.
"""
BLOCK = 4096
"""Bytes that reach the disk or do not, all of them."""

Keep = Callable[[], bool]
"""Whether the next change that was not synced reached the disk."""


@dataclass(frozen=True)
class Change:
    """One entry of the log."""

    what: str
    inode: int
    place: int
    names: tuple[Path, ...]
    data: bytes


@dataclass(frozen=True)
class Put:
    """Bytes that were written at a place."""

    place: int
    data: bytes


@dataclass(frozen=True)
class Cut:
    """A file that was given another size."""

    size: int


@dataclass
class File:
    """A file's content on the disk, and what was not synced since."""

    content: bytearray = field(default_factory=bytearray)
    waiting: list[Put | Cut] = field(default_factory=list)

    def sync(self) -> None:
        """Bring everything to the disk."""
        self.content = self.surviving(lambda: True)
        self.waiting.clear()

    def surviving(self, keep: Keep) -> bytearray:
        """The content if of what waits only that survives which ``keep`` says.

        A file may have grown to its new size without the bytes that made it grow.
        """
        found = bytearray(self.content)
        for change in self.waiting:
            if isinstance(change, Cut):
                if keep():
                    del found[change.size :]
                    found.extend(bytes(change.size - len(found)))
                continue
            for start in range(0, len(change.data), BLOCK):
                block, place = change.data[start : start + BLOCK], change.place + start
                kept = keep()
                if kept or keep():
                    found.extend(bytes(max(0, place + len(block) - len(found))))
                if kept:
                    found[place : place + len(block)] = block
        return found


FOLDER = File()
"""Stands for every folder."""
Names = dict[Path, File | None]
"""What names stand for; ``None`` for a name that is gone."""


@dataclass(frozen=True)
class Loss:
    """What a power cut keeps of what was not synced: names by their folder, and data."""

    name: Callable[[Path], bool]
    data: Keep


def losses(dice: random.Random) -> Iterator[Loss]:
    """All; none; names without data and the other way round; those of one folder alone, as a
    disk may write them; and some of each."""

    def always(kept: bool) -> Callable[..., bool]:
        return lambda *_: kept

    def some(*_: Path) -> bool:
        return dice.random() < 0.5

    for names in (always(True), always(False)):
        for data in (always(True), always(False)):
            yield Loss(names, data)
    yield Loss(lambda folder: folder.name == paths.DAYS, always(True))
    yield Loss(lambda folder: folder.name != paths.DAYS, always(True))
    yield Loss(some, some)


class Disk:
    """The folder ``root`` as it is now, all of it on the disk; then change by change."""

    def __init__(self, root: Path) -> None:
        self._names: dict[Path, File] = {root: FOLDER}
        self._waiting: list[Names] = []
        self._inodes: dict[int, File] = {}
        self._now: dict[Path, File] = {}
        for path in sorted(root.rglob("*")):
            if path.is_dir():
                self._names[path] = FOLDER
            else:
                file = self._names[path] = File(bytearray(path.read_bytes()))
                self._inodes[path.stat().st_ino] = file
        self._now.update(self._names)

    def take(self, change: Change) -> None:
        """Let a change happen."""
        match change.what:
            case "C":
                file = self._inodes[change.inode] = File()
                self._name({change.names[0]: file})
            case "M":
                self._name({change.names[0]: FOLDER})
            case "R":
                before, after = change.names
                self._name({before: None, after: self._now[before]})
            case "U" | "D":
                self._name({change.names[0]: None})
            case "W":
                self._inodes[change.inode].waiting.append(Put(change.place, change.data))
            case "T":
                self._inodes[change.inode].waiting.append(Cut(change.place))
            case "S" if change.names:
                self._sync_folder(change.names[0])
            case "S":
                self._inodes[change.inode].sync()

    def _name(self, names: Names) -> None:
        self._waiting.append(names)
        _rename(self._now, names)

    def _sync_folder(self, folder: Path) -> None:
        still = []
        for names in self._waiting:
            here = {path: file for path, file in names.items() if path.parent == folder}
            if here:
                _rename(self._names, names)
            else:
                still.append(names)
        self._waiting = still

    def write(self, folder: Path, loss: Loss) -> None:
        """Write to ``folder`` what a power cut now would leave of the root."""
        names = dict(self._names)
        for waiting in self._waiting:
            if loss.name(next(iter(waiting)).parent):
                _rename(names, waiting)
        shutil.rmtree(folder, ignore_errors=True)
        root, *inside = sorted(names)
        folder.mkdir()
        for path in inside:
            target = folder / path.relative_to(root)
            if not target.parent.is_dir():
                continue  # its folder was lost
            if names[path] is FOLDER:
                target.mkdir()
            else:
                target.write_bytes(names[path].surviving(loss.data))


def _rename(names: dict[Path, File], changed: Mapping[Path, File | None]) -> None:
    for path, file in changed.items():
        if file is None:
            names.pop(path, None)
        else:
            names[path] = file


def changes(log: Path) -> Iterator[Change]:
    """The entries of a log, in their order."""
    content = log.read_bytes()
    at = 0
    while at < len(content):
        what, inode, place, name_size, size = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        names = content[at : at + name_size]
        at += name_size
        yield Change(
            what.decode(),
            inode,
            place,
            tuple(Path(name.decode()) for name in names.split(b"\0")) if names else (),
            content[at : at + size],
        )
        at += size


class Recording:
    """A command that was watched from its beginning to its end."""

    def __init__(self, servant: Servant, *args: str | Path) -> None:
        self._root = servant.root
        self._disk = Disk(servant.root)
        ran = servant.run(*args, log=True)
        assert ran.code == 0, ran.said
        self._changes = list(changes(servant.log))

    def cuts(self, often: int, dice: random.Random) -> Iterator[tuple[int, bool]]:
        """Cut the power at so many of its syncs: all that was not lost before one is, if that
        is lost.

        At each place the root is left in every way of :func:`losses`, one after the other; then
        once more in any of them, which is marked: that one may be gone on with.
        """
        syncs = [number for number, change in enumerate(self._changes) if change.what == "S"]
        places = set(dice.sample(syncs, min(often, len(syncs))))
        for number, change in enumerate(self._changes):
            if number in places:
                ways = list(losses(dice))
                for place, way in enumerate((*ways, dice.choice(ways))):
                    self._disk.write(self._root, way)
                    yield number, place == len(ways)
            self._disk.take(change)
