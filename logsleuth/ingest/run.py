"""Import of files into a cache.

A file is hashed and recorded, then read to its end before any row of it reaches a day:
a bad file is refused whole, and the others go in.  Killed at any point, an import can
simply be done again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logsleuth.filter.tree import Span
from logsleuth.ingest import audit, rows, tables
from logsleuth.ingest.crew import Crew, alone, cores
from logsleuth.ingest.hashing import Digests
from logsleuth.ingest.reading import Part, Read, Task, allow, build_apart, read_apart, united
from logsleuth.model import times
from logsleuth.model.delivered import Deletion, Delivered, Rejected
from logsleuth.sources import documents, files, limits, sniff
from logsleuth.sources.errors import SourceError
from logsleuth.sources.secrets import Masker
from logsleuth.sources.weblogs import Record
from logsleuth.store import moving
from logsleuth.store.activity import Activity
from logsleuth.store.base import StoreError
from logsleuth.store.building import Build
from logsleuth.store.reject_book import RejectBook
from logsleuth.store.spill import Spill
from logsleuth.store.sqlite.writer import Tally
from logsleuth.store.writing import CacheWriter

WORTH_A_CREW = 48 << 20
"""Bytes, unpacked, from which an import is shared among processes: about 60,000 requests,
which one process takes in while others would still be starting."""

ADDED_WORTH_A_CREW = 20_000
"""Rows from which it is worth it when they go to days that are there: each takes several times
as long as one of a new day."""

PACKED = 7
"""Bytes that a packed one of a common log unpacks to."""


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
class Reading:
    """A file whose rows wait in the spill, or are in the cache already."""

    report: FileReport
    source: int
    path: Path
    size: int
    days: list[str] = field(default_factory=list)


class Import:
    """One import: its writer, what was read so far, and what waits to be merged."""

    def __init__(
        self,
        writer: CacheWriter,
        progress: Callable[[Progress], None] | None,
        total: int,
        crew: Crew | None = None,
        *,
        shared: bool = False,
    ) -> None:
        self.writer = writer
        self.ledger = writer.ledger
        self.masker = Masker(writer.ledger.mask_key())
        self.folder = writer.spill_folder()
        self.spill = Spill(self.folder)
        self.deletions: list[Deletion] = []
        self.tallies: dict[int, Tally] = {}
        self.readings: list[Reading] = []
        self.seen: dict[tuple[str, str], Reading] = {}
        self._waiting: list[Reading] = []
        self._again: list[tuple[FileReport, Reading]] = []
        self._refused: set[int] = set()
        self._counts: Counter[int] = Counter()
        self._crew = crew if shared else None
        self._idle = crew
        self._progress = progress
        self._total = total
        self._before = 0
        self._rows = 0

    def tell(self, step: str, name: str, done: int = 0, rows: int = 0) -> None:
        if self._progress is not None:
            shown = self.masker.mask(_storable(name))
            self._progress(
                Progress(step, shown, self._before + done, self._total, self._rows + rows)
            )

    # Files

    def take(self, incoming: Incoming, digests: Digests) -> FileReport:
        """Look at a file, whose digest is the next one, and read it to its end unless it holds
        requests; a refused one says why in its report."""
        path = incoming.path
        given, called = self._names(path)
        name = incoming.name or _storable(str(path)).removesuffix(given) + called
        report = FileReport(name)
        size = files.size(path)
        try:
            digest = digests.next(lambda done: self.tell("hashing", path.name, done))
            report.sha256 = digest.sha256
            found = sniff.sniff(path, incoming.kind, incoming.format)
            report.kind, report.format = found.kind, found.format
            known = self.ledger.finished_source(digest.sha256, found.kind)
            earlier = self.seen.get((digest.sha256, found.kind))
            if known is not None:
                report.read = report.unchanged = known
            elif earlier is not None:
                self._again.append((report, earlier))
            else:
                source = self.ledger.record_source(
                    name, digest.sha256, digest.size, found.kind, found.format
                )
                reading = Reading(report, source, path, size)
                self.seen[digest.sha256, found.kind] = reading
                self._read(reading)
        except SourceError as error:
            self._refuse(report, path, size, error)
        self._before += size
        return report

    def _names(self, path: Path) -> tuple[str, str]:
        """What a file is called, and what it is to be called: a downloading program may have
        put the signature of a URL there."""
        given = _storable(path.name)
        return given, self.masker.mask(given)

    def _refuse(self, report: FileReport, path: Path, size: int, error: SourceError) -> None:
        report.error = _storable(str(error)).replace(*self._names(path))
        if report.sha256:
            refused = self.ledger.record_source(
                report.name, report.sha256, size, report.kind, report.format
            )
            self.ledger.finish_source(refused, read=0, rejected=0, days=[], error=report.error)

    def _read(self, reading: Reading) -> None:
        if reading.report.kind == "web_logs":
            self._waiting.append(reading)
            if self._crew is not None:
                self._crew.start()
            return
        if reading.report.kind == "course_audit":
            self._read_course_audit(reading.path, reading)
        else:
            self._read_names(reading.path, reading)
        self.readings.append(reading)

    def read_requests(self) -> None:
        """Read the files of requests that were looked at, each to its end, into the spill."""
        self._before = 0
        for order, found in self._read_waiting():
            reading = self._waiting[order]
            self._rows += found.read
            try:
                self._keep(order, reading, found)
            except SourceError as error:
                self._refuse(reading.report, reading.path, reading.size, error)
        self._waiting.clear()
        self._before = self._total
        for report, earlier in self._again:
            report.read = report.unchanged = earlier.report.read

    def _read_waiting(self) -> Iterator[tuple[int, Read]]:
        """What each file held, in the order in which they were given."""
        shared = self._shared()
        parts = [
            part
            for order in range(len(self._waiting))
            for part in self._parts(order, order in shared)
        ]
        # The largest first, so that none is left alone at the end.
        parts.sort(key=lambda part: -self._waiting[part.order].size / part.parts)
        told: dict[int, tuple[int, int]] = {}

        def hear(place: int, done: int, rows: int) -> None:
            told[place] = done // parts[place].parts, rows
            done, rows = (sum(one) for one in zip(*told.values(), strict=True))
            self.tell("reading", parts[place].path.name, done, rows)

        found: dict[int, list[Read]] = {}
        jobs = [(read_apart, Task(part, self.folder, self.masker)) for part in parts]
        do = self._crew.do if self._crew else alone
        for place, one in do(jobs, hear):
            found.setdefault(parts[place].order, []).append(one)
        for order, reading in enumerate(self._waiting):
            yield order, united(reading.path, found[order])

    def _shared(self) -> set[int]:
        """The files that all workers read a part of: each of which would keep one of them too
        long, and the smallest of the others, where these do not go round."""
        workers = self._crew.size if self._crew else 1
        whole = sum(one.size for one in self._waiting)
        by_size = sorted(range(len(self._waiting)), key=lambda order: -self._waiting[order].size)
        large = [one for one in by_size if self._waiting[one].size * workers * 2 > whole]
        others = by_size[len(large) :]
        return {*large, *others[len(others) - len(others) % workers :]}

    def _parts(self, order: int, shared: bool) -> list[Part]:
        """A file as it is given to workers."""
        reading = self._waiting[order]
        parts = self._crew.size if self._crew and shared and reading.report.format == "jsonl" else 1
        return [
            Part(reading.path, reading.report.format, reading.source, order, number, parts)
            for number in range(parts)
        ]

    def _keep(self, order: int, reading: Reading, found: Read) -> None:
        """Keep what was read of a file beside its requests."""
        try:
            if found.error:
                raise SourceError(found.error)
            allow(len(self.deletions) + len(found.deletions), reading.path)
        except SourceError:
            self._refused.add(order)
            raise
        reading.days = [times.day_of(day * times.DAY) for day in sorted(found.days)]
        reading.report.read = found.read
        self._save_rejects(reading.path, reading, found.rejected)
        self.deletions += found.deletions
        for day, count in found.days.items():
            self._counts[day] += count
        self.readings.append(reading)

    def add(self, record: Record, rejected: list[Rejected]) -> None:
        """Hold a request or deletion until all is merged; put a rejected line to the others."""
        if isinstance(record, Delivered):
            self.spill.add(record, 0)
        elif isinstance(record, Deletion):
            self.deletions.append(record)
        else:
            rejected.append(record)

    def _save_rejects(self, path: Path, reading: Reading, rejected: Sequence[Rejected]) -> None:
        reading.report.rejected = len(rejected)
        form = reading.report.format
        header = rows.header(files.Blocks(path), form) if rejected else None
        RejectBook(self.ledger).replace(reading.source, rejected, header)

    def _read_course_audit(self, path: Path, reading: Reading) -> None:
        content = files.whole(files.Blocks(path), limits.LARGEST_DOCUMENT, "document")
        loaded = documents.parse(content, str(path))
        sniff.refuse_others(loaded, path)
        document = documents.course_audit(
            loaded, reading.source, str(path), account=audit.kept_of(path, content)
        )
        seen = int(path.stat().st_mtime * 1_000_000)
        tally = self.tallies.setdefault(reading.source, Tally())
        audit.save(self.ledger, self.masker, document, reading.source, seen, tally)
        audit.save_rejected(self.ledger, self.masker, document, reading.source)
        reading.report.read = document.read
        reading.report.rejected = len(document.rejected)

    def _read_names(self, path: Path, reading: Reading) -> None:
        blocks = files.Blocks(path)
        rejected = rows.Refusals(blocks)
        reading.report.read = tables.take(
            self.ledger,
            self.masker,
            reading.report.kind,
            rows.tables(blocks, reading.report.format),
            reading.source,
            self.tallies.setdefault(reading.source, Tally()),
            rejected,
        )
        self._save_rejects(path, reading, rejected)

    # All files

    def _runs(self) -> dict[str, tuple[int, list[Path]]]:
        """Rows that wait for each day, and the files that they are in."""
        counts = Counter({day: count for day, (count, _) in self.spill.runs().items()})
        counts.update(self._counts)
        return {
            times.day_of(day * times.DAY): (counts[day], sorted(self.folder.glob(f"{day}.*.run")))
            for day in sorted(counts)
        }

    def merge(self) -> None:
        """Bring what was read into the days, and close the ledger."""
        runs = self._runs()
        refused = frozenset(self._refused)
        unsettled = moving.announce(self.writer, runs)
        news = {}
        builds: list[tuple[int, Build]] = []
        for day, (count, paths) in runs.items():
            work = self.writer.plan(day, paths, count, refused)
            if work is not None:
                builds.append((count, work))
                continue
            self.tell("building", day)
            news[day] = self.writer.append(day, paths, refused, self.tallies)
        builds.sort(key=lambda one: -one[0])
        jobs = [(build_apart, work) for _, work in builds]

        def hear(place: int) -> None:
            self.tell("building", builds[place][1].day)

        added = sum(count for count, work in builds if work.few)
        crew = self._idle if len(jobs) > 1 and added > ADDED_WORTH_A_CREW else self._crew
        do = crew.do if crew else alone
        for place, built in do(jobs, hear):
            work = builds[place][1]
            news[work.day] = self.writer.adopt(work, built, self.tallies)
        moving.settle(self.writer, news, unsettled, self.tallies)
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
    sizes = {one.path: files.size(one.path) for one in incoming}
    with ExitStack() as helped:
        crew = helped.enter_context(Crew(cores())) if cores() > 1 else None
        shared = sum(map(_unpacked, sizes, sizes.values())) > WORTH_A_CREW
        run = Import(writer, progress, sum(sizes.values()), crew, shared=shared)
        with Digests([one.path for one in incoming], cores()) as digests:
            report = ImportReport([run.take(one, digests) for one in incoming])
        run.read_requests()
        run.merge()
    return report


def _unpacked(path: Path, size: int) -> int:
    """About how many bytes a file holds."""
    return size * PACKED if path.suffix.lower() == ".gz" else size


def _storable(text: str) -> str:
    """Text with the bytes of a file's name that are no UTF-8 spelt out, which databases and
    JSON cannot hold."""
    return text.encode(errors="backslashreplace").decode()
