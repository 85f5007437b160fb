"""Files as bytes: found, hashed, unpacked to their end, and cut into lines.

A truncated gzip is an error, not an end; a file of several gzip members is read to the
last one; what expands beyond measure is refused before it fills memory or disk.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, cast

from isal import igzip, igzip_lib

from logsleuth.sources.errors import SourceError
from logsleuth.sources.limits import LARGEST_RATIO, LONGEST_LINE, RATIO_FROM, SHOWN_OF_LONG

BLOCK = 1 << 20
_DAMAGED: tuple[type[Exception], ...] = (
    igzip.BadGzipFile,
    cast(type[Exception], igzip_lib.IsalError),
)

_SUFFIXES = (".jsonl", ".json", ".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class Digest:
    """A file as it was received: its SHA-256 (hex) and its size in bytes."""

    sha256: str
    size: int


def find(path: Path) -> list[Path]:
    """The files to import below a path, in order of name: DAP files and JSON documents."""
    if not path.is_dir():
        return [path]
    found = []
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            if name.lower().removesuffix(".gz").endswith(_SUFFIXES):
                found.append(Path(folder, name))
    return found


def size(path: Path) -> int:
    """Bytes of a file; 0 if it cannot be asked, which reading it will tell."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def digest(path: Path, progress: Callable[[int], None] | None = None) -> Digest:
    """Hash a file's bytes as they lie on the disk."""
    hasher, size = hashlib.sha256(), 0
    if path.exists() and not path.is_file():
        raise SourceError(f"{path} is no regular file; save what it holds and import that.")
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                hasher.update(block)
                size += len(block)
                if progress:
                    progress(size)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from error
    return Digest(hasher.hexdigest(), size)


class Blocks:
    """The unpacked content of a file, block by block; ``packed`` counts bytes on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.packed = 0
        self.unpacked = 0

    def __iter__(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as raw:
                magic = raw.read(2)
                raw.seek(0)
                if magic == b"\x1f\x8b":
                    with igzip.GzipFile(fileobj=raw, mode="rb") as stream:  # type: ignore[no-untyped-call]
                        yield from self._read(cast(IO[bytes], stream), raw)
                else:
                    yield from self._read(raw, raw)
        except EOFError as error:
            raise SourceError(
                f"{self.path} is a truncated gzip file: it ends before its content does;"
                " fetch it again."
            ) from error
        except _DAMAGED as error:
            raise SourceError(
                f"{self.path} is a damaged gzip file ({error}); fetch it again."
            ) from error
        except OSError as error:
            raise SourceError(f"{self.path} cannot be read: {error.strerror or error}.") from error

    def _read(self, stream: IO[bytes], raw: IO[bytes]) -> Iterator[bytes]:
        while block := stream.read(BLOCK):
            self.unpacked += len(block)
            self.packed = raw.tell()
            if self.unpacked > RATIO_FROM and self.unpacked > LARGEST_RATIO * self.packed:
                raise SourceError(
                    f"{self.path} unpacks to more than {LARGEST_RATIO} times its size, as no log"
                    " does; it was not imported."
                )
            yield block


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that stand together, each with its end: number of the first, its byte offset.

    What is ``too_long`` is the beginning of one line."""

    number: int
    offset: int
    each: list[bytes]
    too_long: bool = False

    def __iter__(self) -> Iterator[tuple[int, int, bytes]]:
        """Number, offset and bytes of each line."""
        offset = self.offset
        for number, line in enumerate(self.each, self.number):
            yield number, offset, line
            offset += len(line)


def lines(blocks: Iterable[bytes]) -> Iterator[Lines]:
    """The content cut at line ends; a line longer than any row comes cut short."""
    number, offset, rest = 1, 0, b""
    skipping = False
    for block in blocks:
        each = BytesIO(block).readlines()
        if skipping:
            skipped = each.pop(0)
            offset += len(skipped)
            if not skipped.endswith(b"\n"):
                continue
            number += 1
            skipping = False
        elif rest:
            each[0] = rest + each[0]
        rest = b"" if not each or each[-1].endswith(b"\n") else each.pop()
        if each:
            yield Lines(number, offset, each)
            number += len(each)
            offset += sum(map(len, each))
        if len(rest) > LONGEST_LINE:
            yield Lines(number, offset, [rest[:SHOWN_OF_LONG]], too_long=True)
            offset += len(rest)
            rest, skipping = b"", True
    if rest:
        yield Lines(number, offset, [rest])


def whole(blocks: Blocks, limit: int, what: str) -> bytes:
    """All of a document; ``SourceError`` if it is larger than ``limit`` bytes."""
    data = bytearray()
    for block in blocks:
        data += block
        if len(data) > limit:
            raise SourceError(
                f"{blocks.path} is larger than a {what} may be ({limit >> 20} MiB); split it."
            )
    return bytes(data)
