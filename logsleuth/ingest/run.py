"""Import of files into a cache.

A file is hashed and recorded, then read to its end before any row of it reaches a day:
a bad file is refused whole, and the others go in.  Killed at any point, an import can
simply be done again.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logsleuth.filter.tree import Span
from logsleuth.ingest import audit
from logsleuth.ingest.spill import Spill
from logsleuth.model.delivered import Deletion, Delivered
from logsleuth.sources import delimited, documents, files, names, sniff
from logsleuth.sources.errors import SourceError
from logsleuth.sources.secrets import Masker
from logsleuth.sources.weblogs import Record, Rejected, WebLogReader
from logsleuth.store import moving, paths
from logsleuth.store.activity import Activity
from logsleuth.store.base import StoreError
from logsleuth.store.catalogue import Name
from logsleuth.store.ledger import Login
from logsleuth.store.sqlite.writer import Tally
from logsleuth.store.writing import CacheWriter


class InputError(StoreError):
    """What was named cannot be imported at all: no such file, or nothing in the folder."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file to take in, what it is called in the records if not by its path, and what it
    is, if that is known: one of :data:`sniff.KINDS` in one of :data:`sniff.FORMATS`."""

    path: Path
    name: str | None = None
    kind: str | None = None
    format: str | None = None


@dataclass(slots=True)
class Progress:
    """How far an import is: bytes as stored on disk, rows read so far, what it does."""

    step: str
    name: str
    bytes_done: int
    bytes_total: int
    rows: int


@dataclass(slots=True)
class FileReport:
    """What became of one file; ``error`` is one sentence if it was refused."""

    name: str
    kind: str = ""
    format: str = ""
    sha256: str = ""
    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted_upstream: int = 0
    rejected: int = 0
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The file's object in ``import --format json``."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


COUNTS = ("read", "added", "updated", "unchanged", "deleted_upstream", "rejected")


@dataclass(slots=True)
class ImportReport:
    """read = added + updated + unchanged + deleted_upstream + rejected, for all files."""

    files: list[FileReport] = field(default_factory=list)

    @property
    def holds_requests(self) -> bool:
        """Whether any of the files holds requests, of which a span can be complete."""
        return any(file.kind == "web_logs" for file in self.files)

    @property
    def lost(self) -> int:
        """Rejected lines of requests: nobody knows which hours they belong to."""
        return sum(file.rejected for file in self.files if file.kind == "web_logs")

    @property
    def may_be_complete(self) -> bool:
        """Whether a span can be stated to be complete on the strength of these files."""
        refused = any(file.error for file in self.files)
        return self.holds_requests and not refused and not self.lost

    def as_json(self) -> dict[str, Any]:
        """The object of ``import --format json``."""
        found: dict[str, Any] = {
            name: sum(getattr(report, name) for report in self.files) for name in COUNTS
        }
        found["files"] = [report.as_json() for report in self.files]
        return found


@dataclass(slots=True)
class _Reading:
    """A file whose rows wait in the spill, or are in the cache already."""

    report: FileReport
    source: int
    days: list[str] = field(default_factory=list)


class _Import:
    """One import: its writer, what was read so far, and what waits to be merged."""

    def __init__(
        self,
        writer: CacheWriter,
        progress: Callable[[Progress], None] | None,
        total: int,
    ) -> None:
        self.writer = writer
        self.ledger = writer.ledger
        self.masker = Masker(writer.ledger.mask_key())
        self.spill = Spill(writer.folder / paths.SPILL)
        self.deletions: list[Deletion] = []
        self.tallies: dict[int, Tally] = {}
        self.readings: list[_Reading] = []
        self.seen: dict[tuple[str, str], _Reading] = {}
        self._progress = progress
        self._total = total
        self._before = 0
        self._rows = 0

    def tell(self, step: str, name: str, done: int = 0, rows: int = 0) -> None:
        if self._progress is not None:
            self._progress(
                Progress(step, name, self._before + done, self._total, self._rows + rows)
            )

    # One file

    def take(self, incoming: Incoming) -> FileReport:
        """Read a file to its end; a refused one says why in its report."""
        path = incoming.path
        name = str(path) if incoming.name is None else incoming.name
        report = FileReport(name)
        size = files.size(path)
        try:
            digest = files.digest(path, lambda done: self.tell("hashing", path.name, done // 2))
            report.sha256 = digest.sha256
            found = sniff.sniff(path, incoming.kind, incoming.format)
            report.kind, report.format = found.kind, found.format
            known = self.ledger.finished_source(digest.sha256, found.kind)
            earlier = self.seen.get((digest.sha256, found.kind))
            if known is not None or earlier is not None:
                report.read = report.unchanged = (
                    known if known is not None else earlier.report.read if earlier else 0
                )
            else:
                source = self.ledger.record_source(
                    name, digest.sha256, digest.size, found.kind, found.format
                )
                reading = _Reading(report, source)
                self.seen[digest.sha256, found.kind] = reading
                self._read(path, reading)
                self.readings.append(reading)
        except SourceError as error:
            report.error = str(error)
            if report.sha256:
                refused = self.ledger.record_source(
                    name, report.sha256, size, report.kind, report.format
                )
                self.ledger.finish_source(refused, read=0, rejected=0, days=[], error=str(error))
        self._before += size
        self._rows += report.read
        return report

    def _read(self, path: Path, reading: _Reading) -> None:
        if reading.report.kind == "web_logs":
            self._read_web_logs(path, reading)
        elif reading.report.kind == "course_audit":
            self._read_course_audit(path, reading)
        else:
            self._read_names(path, reading)

    def _read_web_logs(self, path: Path, reading: _Reading) -> None:
        reader = WebLogReader(reading.source, self.masker)
        blocks = files.Blocks(path)
        rejected: list[Rejected] = []
        kept = len(self.deletions)
        self.spill.begin()
        try:
            for record in self._records(blocks, reading.report.format, reader, path.name):
                if isinstance(record, Delivered):
                    self.spill.add(record)
                elif isinstance(record, Deletion):
                    self.deletions.append(record)
                else:
                    rejected.append(record)
        except SourceError:
            self.spill.take_back()
            del self.deletions[kept:]
            raise
        if reader.read and reader.read == len(rejected):
            self.spill.take_back()
            raise SourceError(
                f"{path} holds no row of web_logs: none of its {reader.read:,} lines could be"
                f" read (line {rejected[0].line}: {rejected[0].reason})."
            )
        reading.days = self.spill.days_since_mark()
        reading.report.read = reader.read
        reading.report.rejected = len(rejected)
        self._save_rejects(reading.source, rejected)

    def _records(
        self, blocks: files.Blocks, form: str, reader: WebLogReader, name: str
    ) -> Iterable[Record]:
        if form == "jsonl":
            for chunk in files.lines(blocks):
                yield from reader.jsonl(chunk)
                self.tell("reading", name, blocks.packed, reader.read)
            return
        rows = (delimited.csv if form == "csv" else delimited.tsv)(blocks)
        header = next(rows, None)
        if header is None or header.error:
            raise SourceError(f"{blocks.path} has no header line; is it a DAP {form} file?")
        columns = [(cell or "").removeprefix("\ufeff") for cell in header.cells]
        try:
            as_row = reader.header(columns)
        except ValueError as error:
            raise SourceError(f"{blocks.path} is no DAP {form} file: {error}.") from error
        for row in rows:
            if row.error:
                yield reader.unreadable(row.number, row.offset, row.error, row.raw)
            else:
                yield reader.cells(row.cells, as_row, row.number, row.offset, row.raw)
            self.tell("reading", name, blocks.packed, reader.read)

    def _save_rejects(self, source: int, rejected: Iterable[Rejected]) -> None:
        self.ledger.save_rejects(
            source, ((one.line, one.offset, one.reason, one.raw) for one in rejected)
        )

    def _read_course_audit(self, path: Path, reading: _Reading) -> None:
        loaded = _document(path)
        sniff.refuse_others(loaded, path)
        document = documents.course_audit(loaded, reading.source, str(path))
        seen = int(path.stat().st_mtime * 1_000_000)
        tally = self.tallies.setdefault(reading.source, Tally())
        audit.save(self.ledger, self.masker, document, reading.source, seen, tally)
        reading.report.read = document.read
        reading.report.rejected = len(document.rejected)

    def _read_names(self, path: Path, reading: _Reading) -> None:
        table = reading.report.kind
        found: list[names.NameRecord | names.LoginRecord] = []
        rejected: list[Rejected] = []
        unchanged = 0
        rows = _objects(files.Blocks(path), reading.report.format)
        for line, offset, row, raw in rows:
            reading.report.read += 1
            try:
                if isinstance(row, str):
                    raise ValueError(row)
                one = names.record(table, *row)
            except ValueError as error:
                rejected.append(Rejected(line, offset, str(error), self.masker.mask_bytes(raw)))
                continue
            if one is None:
                unchanged += 1
            else:
                found.append(one)
        tally = self.tallies.setdefault(reading.source, Tally())
        tally.unchanged += unchanged
        if table == "pseudonyms":
            self.ledger.save_logins(
                (
                    Login(one.id, one.user_id, one.login, one.sis_id, one.seen_at)
                    for one in found
                    if isinstance(one, names.LoginRecord)
                ),
                reading.source,
                tally,
            )
        else:
            self.ledger.save_names(
                (
                    Name(one.kind, one.id, one.name, one.detail, one.sis_id, one.seen_at)  # type: ignore[arg-type]
                    for one in found
                    if isinstance(one, names.NameRecord)
                ),
                reading.source,
                tally,
            )
        reading.report.rejected = len(rejected)
        self._save_rejects(reading.source, rejected)

    # All files

    def merge(self) -> None:
        """Bring what was read into the days, and close the ledger."""
        news = {}
        for day, count, rows in self.spill.runs():
            self.tell("building", day)
            news[day] = self.writer.merge_day(day, rows, count, self.tallies)
        moving.settle(self.writer, news, self.tallies)
        if self.deletions:
            self.tell("building", "deletions")
            self.writer.delete(self.deletions, self.tallies)
        self.writer.settle_student_views()
        for reading in self.readings:
            report, tally = reading.report, self.tallies.get(reading.source, Tally())
            report.added, report.updated = tally.added, tally.updated
            report.unchanged, report.deleted_upstream = tally.unchanged, tally.deleted_upstream
            self.ledger.finish_source(
                reading.source,
                read=report.read,
                rejected=report.rejected,
                days=reading.days,
                error=None,
            )


def import_paths(
    folder: Path,
    given: Sequence[Path],
    *,
    kind: str | None = None,
    input_format: str | None = None,
    complete: Span | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> ImportReport:
    """Import files and folders into the cache at ``folder``, which is made if need be.

    ``kind`` is one of :data:`sniff.KINDS`, ``input_format`` of :data:`sniff.FORMATS`.
    ``complete``: the importer's statement that the files hold everything of that span;
    it is kept only if every file went in and one of them holds requests.  Raises
    ``InputError`` for paths that are not there and ``StoreError`` for what stops the whole
    import (the cache is being written by another, the disk is full).
    """
    found: list[Path] = []
    for path in given:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a DAP file, a document or a folder.")
        inside = files.find(path)
        if not inside:
            raise InputError(
                f"{path} holds no DAP file and no audit document"
                " (.jsonl, .csv, .tsv, .json, or these with .gz)."
            )
        found += inside
    incoming = [Incoming(path, None, kind, input_format) for path in found]
    with CacheWriter(folder) as writer, writer.explaining():
        report = take_in(writer, incoming, progress)
        if complete is not None and report.may_be_complete:
            writer.ledger.state_coverage(complete, "covered", "stated at import")
        Activity(folder).add(
            "import",
            {
                "files": [{"name": one.name, "sha256": one.sha256} for one in report.files],
                "complete": None if complete is None else [complete.since, complete.until],
            },
        )
    return report


def take_in(
    writer: CacheWriter,
    incoming: Sequence[Incoming],
    progress: Callable[[Progress], None] | None = None,
) -> ImportReport:
    """Take files into the cache of a writer, which stays open.

    When it returns, everything that was not refused is in the days, on the disk.
    """
    run = _Import(writer, progress, sum(files.size(one.path) for one in incoming))
    report = ImportReport([run.take(one) for one in incoming])
    run.merge()
    return report


def _document(path: Path) -> Any:
    try:
        return json.loads(files.whole(files.Blocks(path), documents.LARGEST, "document"))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise SourceError(f"{path} is not a JSON document: {reason}.") from error


_NameRow = tuple[dict[str, Any], dict[str, Any], dict[str, Any]] | str


def _objects(blocks: files.Blocks, form: str) -> Iterable[tuple[int, int, _NameRow, bytes]]:
    """``(line, offset, (meta, key, value) or why not, bytes)`` of rows of any DAP table."""
    if form == "jsonl":
        for chunk in files.lines(blocks):
            offset = chunk.offset
            for place, raw in enumerate(chunk.data.split(b"\n")):
                if raw.strip():
                    yield chunk.number + place, offset, _name_row(raw), raw
                offset += len(raw) + 1
        return
    rows = (delimited.csv if form == "csv" else delimited.tsv)(blocks)
    header = next(rows, None)
    columns = [(cell or "").removeprefix("\ufeff") for cell in header.cells] if header else []
    if "key.id" not in columns:
        raise SourceError(f"{blocks.path} is no DAP {form} file: the header has no key.id column.")
    for row in rows:
        if row.error or len(row.cells) != len(columns):
            why = row.error or f"the row has {len(row.cells)} cells, the header {len(columns)}"
            yield row.number, row.offset, why, row.raw
            continue
        parts: dict[str, dict[str, Any]] = {"meta": {}, "key": {}, "value": {}}
        for name, cell in zip(columns, row.cells, strict=True):
            part, _, column = name.partition(".")
            if part in parts:
                parts[part][column] = cell
        yield row.number, row.offset, (parts["meta"], parts["key"], parts["value"]), row.raw


def _name_row(raw: bytes) -> _NameRow:
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON: {error}"
    if not isinstance(loaded, dict) or not isinstance(loaded.get("key"), dict):
        return "there is no key.id"
    meta, value = loaded.get("meta"), loaded.get("value")
    return (
        meta if isinstance(meta, dict) else {},
        loaded["key"],
        value if isinstance(value, dict) else {},
    )
