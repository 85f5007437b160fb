"""Rejected lines tried again, after this program or a reader of it was mended.

The kept bytes go the way that the file went: what now can be read goes into the cache under
the source it came from and leaves the list; what cannot stays in it, with the reason of today.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from logsleuth.ingest import audit, rows, tables
from logsleuth.ingest.run import Import
from logsleuth.model import clock, times
from logsleuth.model.delivered import Delivered, Rejected
from logsleuth.sources import documents
from logsleuth.sources.errors import SourceError
from logsleuth.sources.weblogs import Record, WebLogReader
from logsleuth.store.activity import Activity
from logsleuth.store.base import StoreError
from logsleuth.store.reject_book import RejectBook, RejectedSource
from logsleuth.store.sqlite.writer import Tally
from logsleuth.store.writing import CacheWriter


@dataclass(slots=True)
class Reimport:
    """tried = added + updated + unchanged + deleted_upstream + rejected.

    ``in_part`` lines were not tried: only their beginning is kept, or not what their cells
    are called.  Rejected and these stay in the list.
    """

    tried: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted_upstream: int = 0
    rejected: int = 0
    in_part: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """One rejected line as content of its own, behind the header of its file."""

    path: str
    header: bytes | None
    line: Rejected

    def __iter__(self) -> Iterator[bytes]:
        if self.header is not None:
            yield self.header + b"\n"
        yield self.line.raw


def reimport(folder: Path) -> Reimport:
    """Try all rejected lines of the cache at ``folder`` again.

    Raises ``StoreError`` where there is no cache, or it cannot be written.
    """
    if not folder.is_dir():
        raise StoreError(f"There is no cache at {folder}.")
    with CacheWriter(folder) as writer, writer.explaining():
        run = Import(writer, None, 0)
        book = RejectBook(writer.ledger)
        total = Reimport()
        left = [(source, *_try(run, book, source, total)) for source in book.sources()]
        run.merge()
        for source, lines, days in left:
            tally = run.tallies.get(source.id, Tally())
            total.added += tally.added
            total.updated += tally.updated
            total.unchanged += tally.unchanged
            total.deleted_upstream += tally.deleted_upstream
            book.settle(source, lines, days)
        Activity(folder).add("reimport", asdict(total))
    return total


def _try(
    run: Import, book: RejectBook, source: RejectedSource, total: Reimport
) -> tuple[list[Rejected], list[str]]:
    """Take in what can be read now: the lines that stay rejected, and the days that got rows."""
    left: list[Rejected] = []
    whole: list[Rejected] = []
    for line in book.lines(source.id):
        readable = source.header is not None or source.format not in {"csv", "tsv"}
        (whole if line.sha256 is not None and readable else left).append(line)
    total.in_part += len(left)
    total.tried += len(whole)
    again: list[Rejected] = []
    run.spill.begin(source.id, source.id)
    if source.kind == "web_logs":
        reader = WebLogReader(source.id, run.masker)
        for line in whole:
            run.add(_record(reader, source, line), again)
            run.spill.relieve()
    elif source.kind == "course_audit":
        _events(run, source, whole, again)
    else:
        found = (_table_row(source, line) for line in whole)
        tally = run.tallies.setdefault(source.id, Tally())
        tables.take(run.ledger, run.masker, source.kind, found, source.id, tally, again)
    total.rejected += len(again)
    before = {line.offset: line for line in whole}
    # The hash is that of the line as it stood, which a masked one no longer has.
    left += (msgspec.structs.replace(one, sha256=before[one.offset].sha256) for one in again)
    days = [times.day_of(day * times.DAY) for day in sorted(run.spill.rows_since_mark())]
    return sorted(left, key=lambda one: one.offset), days


def _record(reader: WebLogReader, source: RejectedSource, line: Rejected) -> Record:
    content = _Row(source.name, source.header, line)
    try:
        found = list(rows.web_logs(content, source.format, reader))
    except SourceError:
        return line
    if len(found) != 1:
        return line
    record = found[0]
    if isinstance(record, Rejected):
        return msgspec.structs.replace(line, reason=record.reason)
    if isinstance(record, Delivered) and sha256(line.raw).hexdigest() != line.sha256:
        # It was masked when it was rejected, so the reader found nothing to mask.
        extra = json.loads(record.extra) if record.extra else {}
        record.extra = json.dumps(extra | {"line_sha256": line.sha256})
    return record


def _table_row(source: RejectedSource, line: Rejected) -> rows.TableRow:
    found = list(rows.tables(_Row(source.name, source.header, line), source.format))
    row: rows.NameRow = found[0][2] if len(found) == 1 else line.reason
    return line.line, line.offset, row, line.raw, False


def _events(
    run: Import, source: RejectedSource, lines: Sequence[Rejected], again: list[Rejected]
) -> None:
    """Try rejected events; which account's page they came with is not known any more."""
    tally = run.tallies.setdefault(source.id, Tally())
    for line in lines:
        try:
            loaded = documents.parse(line.raw, source.name)
            document = documents.course_audit({"events": [loaded]}, source.id, source.name)
        except SourceError:
            again.append(line)
            continue
        again += (
            msgspec.structs.replace(line, reason=reason) for _, reason, _ in document.rejected
        )
        audit.save(run.ledger, run.masker, document, source.id, clock.now_us(), tally)
