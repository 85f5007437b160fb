"""Writing the report from the app: what kind, where to, what is replaced, and the check after."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from textual.screen import Screen

from logsleuth.report import verify
from logsleuth.report.disguise import Hit
from logsleuth.report.errors import ReportError, Unconfirmed
from logsleuth.report.export import Exported, Progress, Wishes
from logsleuth.report.prose import Purpose
from logsleuth.store.base import Cancel
from logsleuth.tui import acts
from logsleuth.tui.case_forms import Failed
from logsleuth.tui.casebook import Casebook
from logsleuth.tui.cells import Role
from logsleuth.tui.desk import Desk
from logsleuth.tui.dialogs import Reading
from logsleuth.tui.forms import Field, Form, Values
from logsleuth.tui.wording import counted, number

T = TypeVar("T")

REDACTED, NAMED, FULL = "redacted", "named", "full"
NO, YES = "no", "yes"

ABOUT = (
    "redacted: pseudonyms for everybody. named: these accounts by name, bystanders by pseudonym."
    " full: everybody by name; needs purpose and recipient, and the case records them."
)

_STATES = {"holds": Role.GOOD, "fails": Role.ERROR, "not_checked": Role.WARN}


class Do(Protocol):
    """Does something in a thread, after what was asked for before."""

    def __call__(
        self,
        act: Callable[[Cancel], T],
        done: Callable[[T], object],
        failed: Failed | None = None,
    ) -> None: ...


class Exporting:
    """The way from a case to a report that was verified."""

    def __init__(
        self,
        show: Callable[[Screen[Any], Callable[[Any], None]], object],
        say: Callable[[str], object],
        do: Do,
        desk: Desk,
    ) -> None:
        self._show = show
        self._say = say
        self._do = do
        self._desk = desk

    def ask(self, book: Casebook) -> None:
        """Ask what kind of report is wanted, and where; then write it."""

        def submit(values: Values, answered: Failed) -> None:
            def begin(wanted: tuple[Path, Wishes]) -> None:
                answered(None)
                self._write(book, *wanted)

            self._do(
                lambda cancel: (_folder(values), _wishes(book, values)),
                begin,
                answered,
            )

        self._show(Form(f"Report on {book.name}", _fields(book), submit, ABOUT), lambda _: None)

    def _write(self, book: Casebook, folder: Path, wishes: Wishes) -> None:
        self._say("Writing the report… ! stops it, and nothing is written.")

        def write(cancel: Cancel) -> Exported | tuple[Hit, ...]:
            try:
                return book.export(folder, wishes, cancel, self._far)
            except Unconfirmed as unconfirmed:
                return unconfirmed.hits

        def written(found: Exported | tuple[Hit, ...]) -> None:
            if isinstance(found, Exported):
                self._verify(found)
            else:
                self._confirm(book, folder, wishes, found)

        self._do(write, written)

    def _far(self, progress: Progress) -> None:
        """Say how far it is.  Called from threads."""
        if progress.done:
            far = f"{number(progress.done)} of {number(progress.total)}"
            self._say(f"{progress.step.capitalize()}: {far}… ! stops it, and nothing is written.")

    def _confirm(self, book: Casebook, folder: Path, wishes: Wishes, hits: tuple[Hit, ...]) -> None:
        """Have somebody read what is replaced in notes and findings."""
        told = [
            (
                "What you wrote tells of people in these places. Only somebody who reads it can"
                " judge whether the report may say it so; nothing is written yet.",
                Role.WARN,
            ),
            *(
                (f"{hit.place}, line {hit.line}: '{hit.text}' becomes '{hit.replacement}'",
                 Role.PLAIN)
                for hit in hits
            ),
        ]  # fmt: skip

        def read(go_on: bool | None) -> None:
            if go_on:
                self._write(book, folder, replace(wishes, confirmed=True))
            else:
                self._say("No report was written.")

        title = f"{counted(len(hits), 'replacement', 'replacements')} to read"
        self._show(Reading(title, told, "writes the report with these"), read)

    def _verify(self, found: Exported) -> None:
        """Check what was just written, as whoever gets it would."""
        self._say("Verifying the report…")

        def verified(answer: verify.Verification) -> None:
            holds = "The report holds." if answer.holds else "The report does NOT hold."
            told = [
                (holds, Role.GOOD if answer.holds else Role.ERROR),
                (f"Wrote {counted(found.files, 'file', 'files')} to {found.folder}", Role.STRONG),
                (f"SHA-256 of MANIFEST.sha256: {found.manifest}", Role.PLAIN),
                (f"Head of the log in it, to note elsewhere: {found.head}", Role.PLAIN),
            ]
            if found.archive is not None:
                told.append((f"Archive: {found.archive}", Role.PLAIN))
            told.append(("", Role.PLAIN))
            told += [(f"{one.name}: {one.text}.", _STATES[one.state]) for one in answer.checks]
            told += [(str(problem), Role.ERROR) for problem in answer.problems]
            self._say(holds)
            keys = "copies hash and head for the ticket"
            self._show(
                Reading("Report written and verified", told, keys),
                lambda copy: self._copy_marks(found) if copy else None,
            )

        self._do(lambda cancel: verify.verify(found.folder), verified)

    def _copy_marks(self, found: Exported) -> None:
        """Copy what is to be noted elsewhere, so that nobody types a hash from the screen."""
        text = f"SHA-256 of MANIFEST.sha256: {found.manifest}\nHead of the log: {found.head}"
        what = "hash and head"
        self._desk.log("copy", **acts.copied(what, text))
        self._say(self._desk.copy(text, what))


def _fields(book: Casebook) -> tuple[Field, ...]:
    return (
        Field("kind", "kind of report", choices=(REDACTED, NAMED, FULL)),
        Field("folder", "folder, which must not be there yet",
              str(proposed(book.name)), needed=True),
        Field("named", "for named: accounts, by id or login, with commas"),
        Field("purpose", "for full: what it is for"),
        Field("recipient", "for full: who gets it"),
        Field("basis", "for full: on what legal basis (may stay empty)"),
        Field("archive", "an archive (zip) beside the folder", choices=(NO, YES)),
        Field("key", "SSH key to sign with (may stay empty)"),
    )  # fmt: skip


def proposed(name: str) -> Path:
    """A folder for the report of a case, where one is."""
    return Path.cwd() / f"{name}-report"


def _folder(values: Values) -> Path:
    return Path(values["folder"]).expanduser().absolute()


def _wishes(book: Casebook, values: Values) -> Wishes:
    """What the form asks for; ``ReportError`` where something is missing or too much."""
    kind = values["kind"]
    named = [name.strip() for name in values["named"].split(",") if name.strip()]
    if (kind == NAMED) != bool(named):
        raise ReportError("Accounts go with the kind 'named', which needs at least one.")
    told = bool(values["purpose"] or values["recipient"] or values["basis"])
    if kind != FULL and told:
        raise ReportError("Purpose, recipient and basis go with the kind 'full'.")
    if kind == FULL and not (values["purpose"] and values["recipient"]):
        raise ReportError("A report in full names people: say what it is for, and who gets it.")
    key = Path(values["key"]).expanduser() if values["key"] else None
    if key is not None and not key.is_file():
        raise ReportError(f"There is no key at {key}.")
    purpose = Purpose(values["purpose"], values["recipient"], values["basis"] or None)
    return Wishes(
        named=book.accounts(named),
        purpose=purpose if kind == FULL else None,
        archive=values["archive"] == YES,
        key=key,
    )
