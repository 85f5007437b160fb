"""``logsleuth report``: a case as a report that somebody else can check."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from logsleuth.case.case import Case
from logsleuth.cli import errors, output
from logsleuth.cli.casework import name_argument, named
from logsleuth.cli.options import answer_format
from logsleuth.cli.progress import progress_bar
from logsleuth.cli.settings import Settings
from logsleuth.ingest.run import Progress as Shown
from logsleuth.report import check
from logsleuth.report.disguise import Hit
from logsleuth.report.errors import Unconfirmed
from logsleuth.report.export import Exported, Progress, Wishes, accounts, export
from logsleuth.report.prose import Purpose
from logsleuth.store.activity import Activity
from logsleuth.store.base import StoreError
from logsleuth.store.paths import CATALOGUE


@click.command(short_help="Write a case as a report that somebody else can check.")
@name_argument
@click.option(
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="The folder to write; it must not be there yet.",
)
@click.option("--redact", is_flag=True, help="With pseudonyms for all people (the default).")
@click.option(
    "--name",
    "subjects",
    metavar="USER",
    multiple=True,
    help="Name this account (id, login or name); bystanders have pseudonyms.",
)
@click.option("--full", is_flag=True, help="Name everybody; needs --purpose and --recipient.")
@click.option("--purpose", metavar="TEXT", help="What a report in full is for.")
@click.option("--recipient", metavar="TEXT", help="Who gets it.")
@click.option("--basis", metavar="TEXT", help="On what legal basis.")
@click.option("--confirm-scan", is_flag=True, help="You have read what is replaced in texts.")
@click.option("--zip", "archive", is_flag=True, help="Also write an archive of the folder.")
@click.option(
    "--sign",
    "key",
    metavar="KEY",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Sign with this SSH key (ssh-keygen -Y sign -n logsleuth).",
)
@click.option(
    "--revision",
    type=click.IntRange(min=1),
    metavar="N",
    help="As the case was at this revision (default: now); the same one gives the same bytes.",
)
@click.option("--check", "only_check", is_flag=True, help="Only say what the report would lack.")
@answer_format
@click.pass_obj
@click.pass_context
def command(
    context: click.Context,
    settings: Settings,
    name: str,
    folder: Path | None,
    redact: bool,
    subjects: tuple[str, ...],
    full: bool,
    purpose: str | None,
    recipient: str | None,
    basis: str | None,
    confirm_scan: bool,
    archive: bool,
    key: Path | None,
    revision: int | None,
    only_check: bool,
    style: str,
) -> None:
    """Write the case NAME as a report: a folder with the text, the evidence, and its manifest.

    People, addresses, sessions and keys get pseudonyms unless --name or --full says otherwise.
    The export is recorded in the case. With --check nothing is written, and the exit code is 1
    if something is lacking.
    """
    if sum((redact, bool(subjects), full)) > 1:
        raise errors.Misused("Choose one of --redact, --name and --full.")
    if not full and (purpose or recipient or basis):
        raise errors.Misused("--purpose, --recipient and --basis go with --full.")
    case = named(name)
    if only_check:
        context.exit(_check(case, style))
    if folder is None:
        raise errors.Misused("Name the folder to write: --output DIR.")
    told = None
    if full:
        told = _purpose(purpose, recipient, basis)
    wishes = Wishes(
        named=accounts(case.snapshot(revision), subjects) if subjects else (),
        purpose=told,
        confirmed=confirm_scan,
        archive=archive,
        key=key,
        revision=revision,
    )
    try:
        with _stoppable(), progress_bar("requests") as show:

            def advance(progress: Progress) -> None:
                if show is not None:
                    done, total = progress.done, progress.total
                    show(Shown(progress.step, "", done, total, done))

            found = export(case, folder.absolute(), wishes, progress=advance)
    except Unconfirmed as unconfirmed:
        _list_hits(unconfirmed.hits)
        raise
    except KeyboardInterrupt:
        errors.say("Interrupted: nothing was written.")
        context.exit(errors.INTERRUPTED)
    _log(settings, case, wishes, found)
    if style == "json":
        output.write_json(_as_json(found))
    else:
        output.write_text(_text(found))


@contextmanager
def _stoppable() -> Iterator[None]:
    """Whoever ends the program, or the terminal it runs in, leaves no half report behind."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [(number, signal.signal(number, stop)) for number in numbers]
    try:
        yield
    finally:
        for number, known in before:
            signal.signal(number, known)


def _log(settings: Settings, case: Case, wishes: Wishes, found: Exported) -> None:
    """Tell the log of the cache of an export, too, where there is a cache."""
    if (settings.cache / CATALOGUE).exists():
        said = {"case": case.path.stem, "mode": wishes.mode, "manifest_sha256": found.manifest}
        try:
            Activity(settings.cache).add("export", said)
        except StoreError as error:
            errors.say(f"The export is in the log of the case only: {error}")


def _purpose(purpose: str | None, recipient: str | None, basis: str | None) -> Purpose:
    if not (purpose or "").strip() or not (recipient or "").strip():
        raise errors.Misused(
            "A report in full names people: say what for and for whom, with --purpose and"
            " --recipient; both are recorded in the case."
        )
    return Purpose((purpose or "").strip(), (recipient or "").strip(), basis)


def _check(case: Case, style: str) -> int:
    """Print what a report would lack; the exit code."""
    missing = [*case.check(), *check.lacks(case.snapshot())]
    if style == "json":
        output.write_json({"case": case.path.stem, "lacks": missing})
    else:
        output.write_text(missing or ["The report would lack nothing that a program can see."])
    return errors.FAILED if missing else 0


def _list_hits(hits: tuple[Hit, ...]) -> None:
    for hit in hits:
        errors.say(f"{hit.place}, line {hit.line}: '{hit.text}' becomes '{hit.replacement}'")


def _as_json(found: Exported) -> dict[str, object]:
    return {
        "folder": str(found.folder),
        "archive": None if found.archive is None else str(found.archive),
        "manifest_sha256": found.manifest,
        "head": str(found.head),
        "files": found.files,
        "requests": found.requests,
        "changed_cells": found.changed_cells,
        "replaced_texts": found.replaced_texts,
    }


def _text(found: Exported) -> list[str]:
    lines = [
        f"Wrote {found.files} files to {found.folder}; evidence: {found.requests:,} requests.",
        f"SHA-256 of MANIFEST.sha256: {found.manifest}",
        f"Head of the log in it, to note elsewhere: {found.head}",
    ]
    if found.archive is not None:
        lines.append(f"Archive: {found.archive}")
    if found.changed_cells:
        lines.append(
            f"Cells of evidence/requests.csv that were changed, so that no spreadsheet calculates"
            f" them and nothing in them hides: {found.changed_cells:,}."
        )
    if found.replaced_texts:
        lines.append(f"Texts of the log in which names were replaced: {found.replaced_texts:,}.")
    return lines
