"""A folder that is there whole, or not at all.

Files are written into a hidden folder beside it, in their order, each hashed on its way to
the disk; the last step gives the folder its name.
"""

import ctypes
import errno
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from logsleuth.model.jsontext import harmless, indented, to_json
from logsleuth.report.errors import ReportError
from logsleuth.store import paths

ZIP_TOP = "report/"
"""What the names in an archive begin with; the same for every report."""


@dataclass(slots=True)
class Written:
    """A file of a report: its place in the folder, size, hash, and rows where it has them."""

    path: str
    size: int = 0
    sha256: str = ""
    rows: int | None = None


class Output:
    """A file on its way to the disk."""

    def __init__(self, stream: IO[bytes], written: Written) -> None:
        self._stream = stream
        self._digest = sha256()
        self.written = written

    def text(self, text: str) -> None:
        """Write text as UTF-8; a lone surrogate, which has no UTF-8, as a question mark."""
        data = text.encode(errors="replace")
        self._digest.update(data)
        self.written.size += len(data)
        self._stream.write(data)

    def row(self, value: object) -> None:
        """Write a JSON value as a line that harms no terminal."""
        self.line(harmless(to_json(value)) + "\n")

    def line(self, text: str) -> None:
        """Write a line that counts as a row."""
        self.text(text)
        self.written.rows = (self.written.rows or 0) + 1

    def finish(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self.written.sha256 = self._digest.hexdigest()


class NewFolder:
    """A folder being written; ``place`` puts it where it belongs, all else leaves nothing."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.written: list[Written] = []
        self._half = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        self._zip = self._half.with_suffix(".zip.tmp")

    @property
    def archive(self) -> Path:
        """Where the archive of this folder goes."""
        return self.target.with_name(f"{self.target.name}.zip")

    def __enter__(self) -> "NewFolder":
        # Made with the first file: a signal that comes before leaves nothing to clear away.
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._half, ignore_errors=True)
        self._zip.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise ReportError(
                f"The report was not written to {self.target}: {error.strerror or error}."
            ) from error

    def path(self, name: str) -> Path:
        """Where a file of the folder is now."""
        return self._half / name

    @contextmanager
    def file(self, name: str, *, rows: bool = False) -> Iterator[Output]:
        """Write a file that its owner alone can read; ``rows``: it is counted by rows."""
        path = self._half / name
        for folder in (self._half, path.parent):
            paths.private_folder(folder)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        os.fchmod(handle, 0o600)
        written = Written(name, rows=0 if rows else None)
        with os.fdopen(handle, "wb", buffering=1 << 18) as stream:
            output = Output(stream, written)
            yield output
            output.finish()
        self.written.append(written)

    def json(self, name: str, value: Any) -> None:
        """Write a JSON file, indented for people."""
        with self.file(name) as output:
            output.text(harmless_lines(indented(value)))

    def pack(self) -> None:
        """Write the archive: the same bytes for the same files, on any machine.

        Nothing is compressed, for compressors differ between machines.
        """
        handle = os.open(self._zip, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        os.fchmod(handle, 0o600)
        with os.fdopen(handle, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
                for path in sorted(one for one in self._half.rglob("*") if one.is_file()):
                    name = ZIP_TOP + path.relative_to(self._half).as_posix()
                    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                    entry.create_system = 3
                    entry.external_attr = 0o100600 << 16
                    entry.file_size = path.stat().st_size
                    with archive.open(entry, "w") as target, path.open("rb") as source:
                        shutil.copyfileobj(source, target, 1 << 20)
            stream.flush()
            os.fsync(stream.fileno())

    def place(self) -> None:
        """Give folder and archive their names, which nobody may have taken meanwhile."""
        for folder in (*(one for one in self._half.rglob("*") if one.is_dir()), self._half):
            paths.sync_folder(folder)
        _move(self._half, self.target)
        if self._zip.exists():
            _move(self._zip, self.archive)
        paths.sync_folder(self.target.parent)


def harmless_lines(text: str | bytes) -> str:
    """JSON of several lines in which nothing hides."""
    plain = text if isinstance(text, str) else text.decode()
    return "".join(f"{harmless(line)}\n" for line in plain.splitlines())


def refuse_existing(path: Path) -> None:
    """``ReportError`` where something is already."""
    if os.path.lexists(path):
        raise ReportError(f"{path} is there already; a report replaces nothing. Name another.")


_RENAME_NOREPLACE = 1
_AT_FDCWD = -100


def _move(source: Path, target: Path) -> None:
    """Rename, and replace nothing: an empty folder would be replaced without a word."""
    library = ctypes.CDLL(None, use_errno=True)
    rename = getattr(library, "renameat2", None)
    if rename is not None:
        old, new = os.fsencode(source), os.fsencode(target)
        if rename(_AT_FDCWD, old, _AT_FDCWD, new, _RENAME_NOREPLACE) == 0:
            return
        if ctypes.get_errno() == errno.EEXIST:
            refuse_existing(target)
    # Not every system and disk can: the moment between looking and renaming is what is left.
    refuse_existing(target)
    source.rename(target)
