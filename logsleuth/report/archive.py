"""Reading a report from a folder or an archive that anybody may have made.

Nothing is unpacked, no link is followed, and no name leaves the report; what claims to be
larger than any report is refused before it is read.
"""

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from logsleuth.report.errors import ReportError

MOST_FILES = 1_000
MOST_BYTES = 8 << 30
MOST_RATIO = 200
"""A part of an archive may be so many times as large as it is packed; reports are not packed
at all, and a text of rows packs to a thirtieth."""


class Folder:
    """A report in a folder: ``names`` of its files with slashes, and ``oddities``, the names
    of what is no plain file, each with what it is."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.oddities: list[tuple[str, str]] = []
        names = set()
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                path = Path(folder) / name
                mode = path.lstat().st_mode
                relative = path.relative_to(root).as_posix()
                if stat.S_ISREG(mode):
                    names.add(relative)
                elif not stat.S_ISDIR(mode):
                    kind = "a link" if stat.S_ISLNK(mode) else "no plain file"
                    self.oddities.append((relative, f"it is {kind}, which no report holds"))
                if len(names) > MOST_FILES:
                    raise ReportError(f"{root} holds more files than any report; name its folder.")
        self.names = frozenset(names)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        handle = os.open(self._root / name, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as stream:
            yield stream


class Zip:
    """A report in an archive, perhaps within one folder in it; as :class:`Folder`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.oddities: list[tuple[str, str]] = []
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise ReportError(f"{path} is no archive that can be read: {error}.") from error
        self._entries = self._harmless(self._zip.infolist())
        self.names = frozenset(self._entries)

    def _harmless(self, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        if len(entries) > MOST_FILES:
            raise ReportError(f"{self._path} holds more files than any report.")
        if sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise ReportError(f"{self._path} would unpack to more than any report holds.")
        plain = [entry for entry in entries if not entry.is_dir()]
        top = {PurePosixPath(entry.filename).parts[:1] for entry in plain}
        cut = (
            len(f"{top.pop()[0]}/")
            if len(top) == 1 and all("/" in entry.filename for entry in plain)
            else 0
        )
        found: dict[str, zipfile.ZipInfo] = {}
        for entry in plain:
            name = entry.filename
            if name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts:
                raise ReportError(
                    f"{self._path} holds '{name}', which would leave the folder it is unpacked"
                    " in; no logsleuth wrote this archive, and it is not read."
                )
            if entry.file_size > MOST_RATIO * (entry.compress_size + 1024):
                raise ReportError(
                    f"{self._path} holds '{name}', which unpacks to far more than it may; no"
                    " logsleuth wrote this archive, and it is not read."
                )
            if entry.flag_bits & 1:
                raise ReportError(f"{self._path} is encrypted; unpack it and verify the folder.")
            if name[cut:] in found:
                raise ReportError(f"{self._path} holds '{name}' twice; it is not read.")
            if stat.S_ISLNK(entry.external_attr >> 16):
                self.oddities.append((name[cut:], "it is a link, which no report holds"))
                continue
            found[name[cut:]] = entry
        return found

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        with self._zip.open(self._entries[name]) as stream:
            yield stream


def opened(path: Path) -> Folder | Zip:
    """The report at a path; ``ReportError`` where there is none."""
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise ReportError(f"There is no report at {path}.")
    return Zip(path)


Archive = Folder | Zip
