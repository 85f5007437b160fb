"""From a case to a report on the disk: evidence files first, then the text with its numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from logsleuth import __version__
from logsleuth.case.case import Case
from logsleuth.case.model import Snapshot
from logsleuth.model import ids, times
from logsleuth.model.chain import Head
from logsleuth.model.routes import ROUTES_VERSION
from logsleuth.report import records, render, signing, tables
from logsleuth.report.build import Draft, draft
from logsleuth.report.disguise import Disguise
from logsleuth.report.errors import ReportError, Unconfirmed
from logsleuth.report.folder import NewFolder, Output, refuse_existing
from logsleuth.report.model import FORMAT, Mode
from logsleuth.report.prose import Purpose
from logsleuth.report.queries import ACTIVITY, EVENTS, REQUESTS, Answers, Query
from logsleuth.report.redaction import Redaction
from logsleuth.store.base import Cancel
from logsleuth.trace.result import RULES_VERSION

MANIFEST = "manifest.json"
SUMS = "MANIFEST.sha256"
SIGNATURE = "MANIFEST.sha256.sig"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export is: what it does, and rows done of all there are."""

    step: str
    done: int
    total: int


Advance = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What kind of report is wanted.

    ``named`` are accounts that a redacted report names; ``purpose`` makes it one in full.
    ``confirmed``: somebody has read what is replaced in texts.  ``key`` signs it.
    ``revision`` is an earlier one of the case, ``None`` that of now.
    """

    named: tuple[int, ...] = ()
    purpose: Purpose | None = None
    confirmed: bool = False
    archive: bool = False
    key: Path | None = None
    revision: int | None = None

    @property
    def mode(self) -> Mode:
        if self.purpose is not None:
            return "full"
        return "named" if self.named else "redacted"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: ``manifest`` is the SHA-256 of ``MANIFEST.sha256``, ``head`` that of the
    case's log at the report's revision."""

    folder: Path
    archive: Path | None
    manifest: str
    head: Head
    files: int
    requests: int
    changed_cells: int
    replaced_texts: int


def export(
    case: Case,
    target: Path,
    wishes: Wishes,
    *,
    progress: Advance | None = None,
    cancel: Cancel | None = None,
) -> Exported:
    """Write the report of a case at a revision to a new folder, whole or not at all.

    The export is recorded in the case.  Raises ``ReportError`` where it cannot be written,
    ``Unconfirmed`` where texts tell of people, ``Cancelled`` when taken back.
    """
    refuse_existing(target)
    flaws = case.check()
    if flaws:
        raise ReportError(
            f"Nothing was written: the case itself does not hold ({flaws[0].rstrip('.')});"
            " --check lists all of it. Go back to a copy of the case."
        )
    with NewFolder(target) as folder:
        if wishes.archive:
            refuse_existing(folder.archive)
        snapshot = case.snapshot(wishes.revision)
        writer = _Writer(folder, snapshot, wishes, progress, cancel)
        exported = writer.write()
        if wishes.key is not None:
            signing.sign(folder.path(SUMS), wishes.key)
        if wishes.archive:
            folder.pack()
        # First the record, then the name: no report is out that the case does not know of.
        case.disclose(_disclosure(snapshot, wishes, exported))
        folder.place()
    return exported


def accounts(snapshot: Snapshot, wanted: tuple[str, ...]) -> tuple[int, ...]:
    """The accounts that ids, logins or names mean; ``ReportError`` for none, or for several."""
    found: dict[int, None] = {}
    people = {int(one.value) for one in snapshot.pseudonyms if one.kind == "person"}
    for text in wanted:
        number = ids.parse_id(text)
        fold = text.casefold()
        named = {
            kept.name.id
            for kept in snapshot.names
            if kept.name.kind == "user"
            and fold in {str(part).casefold() for part in (kept.name.name, kept.name.detail)}
        }
        chosen = {number} if number is not None else named
        if len(chosen) > 1:
            shown = ", ".join(ids.show_id(one) for one in sorted(chosen))
            raise ReportError(f"'{text}' is the name of several accounts ({shown}); give the id.")
        if not chosen & people:
            raise ReportError(f"The case knows no account '{text}'; give an id, login or name.")
        found.update(dict.fromkeys(chosen))
    return tuple(sorted(found))


class _Writer:
    """Writes the files of one report."""

    def __init__(
        self,
        folder: NewFolder,
        snapshot: Snapshot,
        wishes: Wishes,
        progress: Advance | None,
        cancel: Cancel | None,
    ) -> None:
        self._folder = folder
        self._snapshot = snapshot
        self._wishes = wishes
        self._progress = progress
        self._cancel = cancel
        self._disguise = Disguise(snapshot) if wishes.purpose else Redaction(snapshot, wishes.named)
        self._changed_cells = 0

    def write(self) -> Exported:
        wanted = draft(self._snapshot, self._disguise, self._wishes.mode, self._wishes.purpose)
        answers = Answers(wanted.context.book.queries)
        self._write_evidence(answers)
        self._write_activity(answers)
        self._write_provenance(wanted, answers)
        self._step("writing the text", 0)
        report = wanted.fill(answers)
        for name, text in (
            ("report.html", render.html(report)),
            ("report.md", render.markdown(report)),
        ):
            with self._folder.file(name) as output:
                output.text(text)
        self._folder.json("report.json", msgspec.to_builtins(report))
        if self._disguise.hits and not self._wishes.confirmed:
            raise Unconfirmed(self._disguise.hits)
        sums = self._seal()
        return Exported(
            folder=self._folder.target,
            archive=self._folder.archive if self._wishes.archive else None,
            manifest=sums,
            head=self._snapshot.head,
            files=len(self._folder.written),
            requests=len(self._snapshot.requests),
            changed_cells=self._changed_cells,
            replaced_texts=self._disguise.replaced,
        )

    # Evidence

    def _write_evidence(self, answers: Answers) -> None:
        events = []
        with self._folder.file(EVENTS, rows=True) as output:
            for row in records.events(self._snapshot, self._disguise):
                output.row(row)
                answers.take(EVENTS, row)
                events.append(row)
        with (
            self._folder.file(REQUESTS, rows=True) as lines,
            self._folder.file(tables.CSV, rows=True) as table,
            self._folder.file(tables.TIMESKETCH, rows=True) as sketch,
        ):
            table.text(tables.CSV_HEAD)
            for row in tables.timesketch(self._requests(answers, lines, table), events):
                sketch.row(row)

    def _requests(self, answers: Answers, lines: Output, table: Output) -> Iterator[records.Row]:
        """Write requests, and give each on."""
        for done, row in enumerate(records.requests(self._snapshot, self._disguise)):
            if done % 500 == 0:
                self._step("writing requests", done)
            lines.row(row)
            answers.take(REQUESTS, row)
            line, changed = tables.csv_line(row)
            table.line(line)
            self._changed_cells += changed
            yield row

    def _write_activity(self, answers: Answers) -> None:
        with self._folder.file(ACTIVITY, rows=True) as output:
            for row in records.activity(self._snapshot.activity, self._disguise):
                self._check()
                output.row(row)
                answers.take(ACTIVITY, row)

    def _write_provenance(self, wanted: Draft, answers: Answers) -> None:
        wanted.fill(answers)
        queries = [_plain_query(query) for query in wanted.context.book.queries]
        self._folder.json("provenance/queries.json", queries)
        sources = records.sources(self._snapshot, self._disguise)
        self._folder.json("provenance/sources.json", sources)
        coverage = records.coverage(self._snapshot, self._disguise)
        self._folder.json("provenance/coverage.json", coverage)

    # Manifest

    def _seal(self) -> str:
        """Write the manifest, and the hashes of all files; the hash of the latter."""
        files = sorted(self._folder.written, key=lambda one: one.path)
        header = self._snapshot.header
        self._folder.json(
            MANIFEST,
            {
                "format": FORMAT,
                "tool": {"name": "logsleuth", "version": __version__},
                "rules": {"traces": RULES_VERSION, "routes": ROUTES_VERSION},
                "case": self._disguise.author(header.name, "case"),
                "case_id": header.id,
                "revision": self._snapshot.revision,
                "as_of": times.iso(self._snapshot.as_of),
                "mode": self._wishes.mode,
                "chain": {
                    "length": self._snapshot.head.length,
                    "head": self._snapshot.head.hash,
                    "covers_payload": not self._disguise.redacted,
                },
                "spreadsheet_cells_changed": self._changed_cells,
                "texts_with_names_replaced": self._disguise.replaced,
                "files": [
                    {"path": one.path, "size": one.size, "sha256": one.sha256, "rows": one.rows}
                    for one in files
                ],
            },
        )
        with self._folder.file(SUMS) as output:
            for one in sorted(self._folder.written, key=lambda one: one.path):
                output.text(f"{one.sha256}  {one.path}\n")
        return self._folder.written[-1].sha256

    def _step(self, step: str, done: int) -> None:
        self._check()
        if self._progress is not None:
            self._progress(Progress(step, done, len(self._snapshot.requests)))

    def _check(self) -> None:
        if self._cancel is not None:
            self._cancel.check()


def _plain_query(query: Query) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(query)
    return found


def _disclosure(snapshot: Snapshot, wishes: Wishes, exported: Exported) -> dict[str, Any]:
    """What the case keeps of an export."""
    purpose = wishes.purpose
    return {
        "mode": wishes.mode,
        "named": list(wishes.named),
        "purpose": purpose.purpose if purpose else None,
        "recipient": purpose.recipient if purpose else None,
        "basis": purpose.basis if purpose else None,
        "revision": snapshot.revision,
        "manifest_sha256": exported.manifest,
        "signed": wishes.key is not None,
    }
