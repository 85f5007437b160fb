"""Reading a file of ``web_logs`` to its end, into the spill."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from logsleuth.ingest import rows
from logsleuth.ingest.quick import QuickReader
from logsleuth.model.delivered import Deletion, Delivered, Rejected
from logsleuth.sources import files
from logsleuth.sources.errors import SourceError
from logsleuth.sources.secrets import Masker
from logsleuth.sources.weblogs import Record, WebLogReader
from logsleuth.store.spill import Spill

_TELL_EVERY = 1_000
"""Rows of CSV or TSV between two words about how far a file was read."""

Tell = Callable[[int, int], None]
"""Is told how many bytes (as on disk) and rows of a file were read."""


@dataclass(slots=True)
class Read:
    """What a file held beside the requests that are in the spill; ``days`` are the rows by day
    (counted from the epoch)."""

    read: int
    rejected: list[Rejected]
    deletions: list[Deletion] = field(default_factory=list)
    days: dict[int, int] = field(default_factory=dict)


def read(
    path: Path, form: str, source: int, order: int, spill: Spill, masker: Masker, tell: Tell
) -> Read:
    """Read one file; ``SourceError`` if it is to be refused, and nothing of it stays."""
    reader = WebLogReader(source, masker)
    blocks = files.Blocks(path)
    found = Read(0, rows.Refusals(blocks))
    spill.begin(order)
    try:
        for line, record in _records(blocks, form, reader, spill, masker, tell):
            if isinstance(record, Delivered):
                spill.add(record, line)
            elif isinstance(record, Deletion):
                found.deletions.append(record)
            else:
                found.rejected.append(record)
        found.read = reader.read
        if found.read and found.read == len(found.rejected):
            first = found.rejected[0]
            raise SourceError(
                f"{path} holds no row of web_logs: none of its {found.read:,} lines could be"
                f" read (line {first.line}: {first.reason})."
            )
    except SourceError:
        spill.take_back()
        raise
    found.days = spill.rows_since_mark()
    return found


def _records(
    blocks: files.Blocks,
    form: str,
    reader: WebLogReader,
    spill: Spill,
    masker: Masker,
    tell: Tell,
) -> Iterator[tuple[int, Record]]:
    """What does not go into the spill at once, with the lines it stands in."""
    if form == "jsonl":
        quick = QuickReader(spill, reader, masker)
        for chunk in files.lines(blocks):
            yield from quick.take(chunk)
            spill.relieve()
            tell(blocks.packed, reader.read)
        return
    for line, record in enumerate(rows.web_logs(blocks, form, reader)):
        yield line, record
        if not line % _TELL_EVERY:
            spill.relieve()
            tell(blocks.packed, reader.read)
