"""Whether a report is what was exported, and says what its evidence says.  Offline.

Each check reads the files again, as they are, and trusts no other check; a check that cannot
be made is said not to have been made.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from logsleuth.model import chain
from logsleuth.model.chain import Entry, Head
from logsleuth.report import numbers, provenance, records, rewritten, signing, worded
from logsleuth.report.archive import Archive, opened
from logsleuth.report.errors import ReportError
from logsleuth.report.export import MANIFEST, SIGNATURE, SUMS
from logsleuth.report.problems import Problem, Unreadable, json_file, json_lines, lines
from logsleuth.report.queries import ACTIVITY

State = Literal["holds", "fails", "not_checked"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what came of it, in a sentence."""

    name: str
    state: State
    text: str


@dataclass(slots=True)
class Verification:
    """What was checked, and everything that does not hold."""

    path: Path
    checks: list[Check] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing was found that does not hold."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """The answer of ``logsleuth verify --format json``."""
        return {
            "path": str(self.path),
            "holds": self.holds,
            "checks": [
                {"check": one.name, "state": one.state, "text": one.text} for one in self.checks
            ],
            "problems": [
                {"file": one.file, "line": one.line, "text": one.text} for one in self.problems
            ],
        }


def verify(
    path: Path,
    *,
    head: Head | None = None,
    manifest: str | None = None,
    allowed_signers: Path | None = None,
) -> Verification:
    """Check a report in a folder or archive.

    ``head`` is that of the case's log and ``manifest`` the SHA-256 of ``MANIFEST.sha256`` (hex,
    lower case), both as noted elsewhere; ``allowed_signers`` a file as ``ssh-keygen`` reads it.
    ``ReportError`` where there is no report to check.
    """
    archive = opened(path)
    if SUMS not in archive.names:
        raise ReportError(f"{path} is no report of logsleuth: it holds no {SUMS}.")
    found = Verification(path)
    _Verifier(archive, found).run(head, manifest, allowed_signers)
    return found


class _Verifier:
    """Makes the checks of one report, in their order."""

    def __init__(self, archive: Archive, found: Verification) -> None:
        self._archive = archive
        self._found = found
        self._problems = found.problems

    def run(self, head: Head | None, noted: str | None, allowed: Path | None) -> None:
        if noted is not None:
            self._check("noted", lambda: self._noted(noted), f"{SUMS} has the SHA-256 you gave")
        sums = self._check("files", self._files, f"every file has the hash that {SUMS} gives it")
        manifest = self._check(
            "manifest", lambda: self._manifest(sums or {}), f"{MANIFEST} lists the same files"
        )
        self._check("chain", lambda: self._chain(manifest or {}, head), self._chain_text(head))
        self._check(
            "numbers",
            lambda: numbers.check_numbers(self._archive, self._problems),
            "every number in the report is what its query gives",
        )
        self._check(
            "words",
            lambda: worded.check_words(self._archive, self._problems),
            "findings, notes and title are those of the case's log, and so much evidence is there",
        )
        self._check(
            "provenance",
            lambda: provenance.check_provenance(self._archive, self._problems),
            "sources and coverage in report.json are those of sources.json and coverage.json",
        )
        version = _tool_version(manifest)
        self._check(
            "tables",
            lambda: rewritten.check_tables(self._archive, self._problems, version),
            "requests.csv and timesketch.jsonl say what requests.jsonl and course_events.jsonl say",
        )
        self._check(
            "text",
            lambda: rewritten.check_text(self._archive, self._problems, version),
            "report.html and report.md say what report.json says",
        )
        self._signature(allowed)

    def _check(self, name: str, check: Any, text: str) -> Any:
        """Make a check, and note whether it found anything."""
        before, said_before = len(self._problems), 0
        answer = None
        try:
            answer = check()
        except Unreadable as error:
            if error.problem in self._problems:
                said_before = 1
            else:
                self._problems.append(error.problem)
        except rewritten.NotChecked as why:
            self._found.checks.append(Check(name, "not_checked", str(why)))
            return None
        count = len(self._problems) - before + said_before
        failed = f"{count} thing{'s do' if count > 1 else ' does'} not hold"
        self._found.checks.append(
            Check(name, "fails", failed) if count else Check(name, "holds", text)
        )
        return answer

    # Files

    def _noted(self, noted: str) -> None:
        if (digest := self._digest(SUMS)) != noted:
            self._problem(SUMS, None, f"its SHA-256 is {digest}, not the {noted} that you gave")

    def _files(self) -> dict[str, str]:
        """The hashes that the list gives; problems for files that do not have them."""
        listed: dict[str, str] = {}
        for number, line in lines(self._archive, SUMS):
            digest, gap, name = line[:64], line[64:66], line[66:].rstrip("\n")
            if gap != "  " or not name or not set(digest) <= set("0123456789abcdef"):
                self._problem(SUMS, number, "this line names no hash and file")
            else:
                listed[name] = digest
        there = self._archive.names - {SUMS, SIGNATURE}
        added = {name: self._digest(name) for name in sorted(there - listed.keys())}
        by_digest = {digest: name for name, digest in added.items()}
        for name, digest in listed.items():
            if name not in there:
                moved = by_digest.get(digest)
                if moved is not None:
                    added.pop(moved, None)
                    self._problem(
                        name, None, f"it was renamed to {moved}, or its name in {SUMS} was changed"
                    )
                else:
                    self._problem(name, None, "it is missing")
            elif self._digest(name) != digest:
                self._problem(name, None, f"it was changed: its hash is not that of {SUMS}")
        for name in added:
            self._problem(name, None, f"it was added: {SUMS} does not list it")
        for name, what in self._archive.oddities:
            self._problem(name, None, what)
        return listed

    def _digest(self, name: str) -> str:
        digest = sha256()
        with self._archive.open(name) as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def _manifest(self, sums: dict[str, str]) -> dict[str, Any]:
        manifest: Any = json_file(self._archive, MANIFEST)
        files = manifest.get("files") if isinstance(manifest, dict) else None
        if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
            raise Unreadable(Problem(MANIFEST, None, "it lists no files"))
        listed = {str(one.get("path")): one for one in files}
        for name in sorted(sums.keys() - listed.keys() - {MANIFEST}):
            self._problem(MANIFEST, None, f"it does not list {name}")
        for name, one in listed.items():
            if one.get("sha256") != sums.get(name):
                self._problem(MANIFEST, None, f"its hash of {name} is not that of {SUMS}")
            elif name in self._archive.names:
                self._measure(name, one)
        return dict(manifest)

    def _measure(self, name: str, said: dict[str, Any]) -> None:
        size = rows = 0
        with self._archive.open(name) as stream:
            while block := stream.read(1 << 20):
                size += len(block)
                rows += block.count(b"\n")
        rows -= name.endswith(".csv")
        if said.get("size") != size:
            self._problem(MANIFEST, None, f"it gives {name} another size than it has")
        if said.get("rows") is not None and said["rows"] != rows:
            self._problem(MANIFEST, None, f"it gives {name} another number of rows than it has")

    # Chain

    def _chain(self, manifest: dict[str, Any], head: Head | None) -> None:
        entries: list[Entry] = []
        at_line: dict[int, int] = {}
        for number, row in json_lines(self._archive, ACTIVITY):
            try:
                entry = records.entry_of(row)
            except (KeyError, TypeError, ValueError) as error:
                raise Unreadable(Problem(ACTIVITY, number, "this is no entry of a log")) from error
            at_line[len(entries)] = number
            entries.append(entry)
        by_number = {entry.n: at_line[at] for at, entry in enumerate(entries)}
        noted = manifest.get("chain")
        ends: list[Head | None] = [head] if head is not None else []
        if isinstance(noted, dict):
            ends.append(Head(int(noted.get("length", 0)), str(noted.get("head"))))
        flaws = {
            (flaw.n, flaw.reason): None
            for end in (ends or [None])
            for flaw in chain.check(entries, end)
        }
        for n, reason in flaws:
            self._problem(ACTIVITY, by_number.get(n), f"entry {n}: {reason}")
        if head is not None and head.length > len(entries):
            self._problem(
                ACTIVITY,
                None,
                "or what follows are exports, which a report does not hold: 'logsleuth report'"
                " prints the head to compare with",
            )
        if isinstance(noted, dict) and len(entries) > int(noted.get("length", 0)):
            self._problem(ACTIVITY, None, f"it has more entries than {MANIFEST} says")

    def _chain_text(self, head: Head | None) -> str:
        covered = "the payload of each entry included"
        try:
            rows: Iterator[tuple[int, Any]] = json_lines(self._archive, ACTIVITY)
            if any(row.get("salt") is None for _, row in rows if isinstance(row, dict)):
                covered = (
                    "their payloads are pseudonymised and stand beside the chain, not covered by it"
                )
        except Unreadable:
            return ""
        against = "the head that you gave" if head else f"the head in {MANIFEST}"
        return f"the entries of {ACTIVITY} follow one another up to {against}; {covered}"

    # Signature

    def _signature(self, allowed: Path | None) -> None:
        if SIGNATURE not in self._archive.names:
            text = "the report is not signed"
            if allowed is not None:
                self._problem(SIGNATURE, None, f"{text}, so nobody vouches for it")
            else:
                text = (
                    f"{text}; that nobody made all of it anew, hashes included, only the SHA-256"
                    f" of {SUMS} shows, as noted when it was exported:"
                    f" {sha256(self._whole(SUMS)).hexdigest()}"
                )
            self._found.checks.append(
                Check("signature", "fails" if allowed else "not_checked", text)
            )
            return
        with tempfile.TemporaryDirectory() as folder:
            signature = Path(folder) / "signature"
            signature.write_bytes(self._whole(SIGNATURE))
            data = self._whole(SUMS)
            try:
                self._found.checks.append(self._signed(signature, data, allowed))
            except ReportError as error:
                self._problem(SIGNATURE, None, str(error))
                self._found.checks.append(Check("signature", "fails", str(error)))

    def _signed(self, signature: Path, data: bytes, allowed: Path | None) -> Check:
        if allowed is not None:
            principal = signing.verified_by(signature, data, allowed)
            return Check("signature", "holds", f"{SUMS} was signed by {principal}")
        if not signing.holds(signature, data):
            raise ReportError(f"it is no signature of this {SUMS}")
        return Check(
            "signature",
            "not_checked",
            f"{SUMS} is signed; --allowed-signers FILE tells by whom",
        )

    def _whole(self, name: str) -> bytes:
        with self._archive.open(name) as stream:
            return stream.read(1 << 22)

    def _problem(self, file: str, line: int | None, text: str) -> None:
        self._problems.append(Problem(file, line, text))


def _tool_version(manifest: object) -> str | None:
    tool = manifest.get("tool") if isinstance(manifest, dict) else None
    version = tool.get("version") if isinstance(tool, dict) else None
    return version if isinstance(version, str) else None
