"""Reading files of ``web_logs`` to their end, into the spill."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from logsleuth.ingest import rows
from logsleuth.ingest.quick import QuickReader
from logsleuth.model.delivered import Deletion, Delivered, Rejected
from logsleuth.sources import files, limits
from logsleuth.sources.errors import SourceError
from logsleuth.sources.secrets import Masker
from logsleuth.sources.weblogs import Record, WebLogReader
from logsleuth.store.building import Build, Built, build
from logsleuth.store.spill import Spill

_TELL_EVERY = 1_000
"""Rows of CSV or TSV between two words about how far a file was read."""

Tell = Callable[[int, int], None]
"""Is told how many bytes (as on disk) and rows of a file were read."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file to read, the ``order``-th of those given, or every ``parts``-th block of its
    lines from the one numbered ``part``."""

    path: Path
    form: str
    source: int
    order: int
    part: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Task:
    """A part to read, the folder of its import for rows on their way, and what masks."""

    part: Part
    folder: Path
    masker: Masker


@dataclass(slots=True)
class Read:
    """What a file held beside the requests that are in the spill; ``days`` are the rows by day
    (counted from the epoch).  A refused file has an ``error``, one sentence, and nothing else."""

    read: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    days: dict[int, int] = field(default_factory=dict)
    error: str | None = None


def read(part: Part, spill: Spill, masker: Masker, tell: Tell) -> Read:
    """Read a file, or a part of it.  Of one that is refused nothing stays in the spill."""
    reader = WebLogReader(part.source, masker)
    blocks = files.Blocks(part.path)
    found = Read(rejected=rows.Refusals(blocks))
    spill.begin(part.source, part.order, part.part)
    try:
        for line, record in _records(blocks, part, reader, spill, masker, tell):
            if isinstance(record, Delivered):
                spill.add(record, line)
            elif isinstance(record, Deletion):
                found.deletions.append(record)
                allow(len(found.deletions), part.path)
            else:
                found.rejected.append(record)
    except SourceError as error:
        spill.take_back()
        return Read(error=str(error))
    found.read = reader.read
    found.days = spill.rows_since_mark()
    found.rejected = list(found.rejected)
    return found


def allow(deletions: int, path: Path) -> None:
    """Raise ``SourceError`` for more deletions than an import may hold."""
    if deletions > limits.MOST_DELETIONS:
        raise SourceError(
            f"{path} was not imported: with it the import has more than"
            f" {limits.MOST_DELETIONS:,} deletions; import it by itself, or see what deleted so"
            " many requests."
        )


def read_apart(task: Task, tell: Tell) -> Read:
    """:func:`read` for any process, each of which has a spill of its own."""
    return read(task.part, _spill(task.folder), task.masker, tell)


def build_apart(work: Build, tell: Callable[[], None]) -> Built:
    """:func:`logsleuth.store.building.build` for any process."""
    tell()
    return build(work)


@lru_cache(maxsize=1)
def _spill(folder: Path) -> Spill:
    return Spill(folder, os.getpid())


def united(path: Path, parts: list[Read]) -> Read:
    """What all parts of a file held; it is refused if one of them is, or none has a row."""
    refused = next((part for part in parts if part.error), None)
    if refused:
        return refused
    found = Read()
    for part in parts:
        found.read += part.read
        found.rejected += part.rejected
        found.deletions += part.deletions
        for day, count in part.days.items():
            found.days[day] = found.days.get(day, 0) + count
    found.rejected.sort(key=lambda one: one.offset)
    if found.read and found.read == len(found.rejected):
        first = found.rejected[0]
        return Read(
            error=f"{path} holds no row of web_logs: none of its {found.read:,} lines could be"
            f" read (line {first.line}: {first.reason})."
        )
    return found


def _records(
    blocks: files.Blocks,
    part: Part,
    reader: WebLogReader,
    spill: Spill,
    masker: Masker,
    tell: Tell,
) -> Iterator[tuple[int, Record]]:
    """What does not go into the spill at once, with the lines it stands in."""
    if part.form == "jsonl":
        quick = QuickReader(spill, reader, masker)
        for number, chunk in enumerate(files.lines(blocks)):
            if number % part.parts != part.part:
                continue
            yield from quick.take(chunk)
            spill.relieve()
            tell(blocks.packed, reader.read)
        return
    for line, record in enumerate(rows.web_logs(blocks, part.form, reader)):
        yield line, record
        if not line % _TELL_EVERY:
            spill.relieve()
            tell(blocks.packed, reader.read)
