"""``logsleuth import``: files into the cache."""

from pathlib import Path

import click

from logsleuth.cli import errors, moments, output
from logsleuth.cli.options import answer_format
from logsleuth.cli.progress import progress_bar
from logsleuth.cli.settings import Settings
from logsleuth.filter.tree import Span
from logsleuth.ingest.run import FileReport, ImportReport, InputError, import_paths

_KINDS = ("web_logs", "course_audit", "users", "pseudonyms", "courses", "developer_keys")
_FORMATS = ("jsonl", "csv", "tsv", "json")


@click.command("import", short_help="Import files and folders into the cache.")
@click.argument(
    "paths",
    metavar="PATH...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
@click.option("--kind", type=click.Choice(_KINDS), help="What the files hold, if not recognised.")
@click.option(
    "--input-format", type=click.Choice(_FORMATS), help="How they are written, if not recognised."
)
@click.option(
    "--complete",
    metavar="SINCE..UNTIL",
    help="Your statement that the files hold every request of this span. A date is its whole day.",
)
@answer_format
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    kind: str | None,
    input_format: str | None,
    complete: str | None,
    style: str,
) -> None:
    """Import DAP files (.jsonl .csv .tsv, .gz too), audit API documents (.json), and folders.

    A file that cannot be read to its end is refused whole and the others go in. A row that
    cannot be taken in is kept aside: see 'logsleuth rejects'.
    """
    settings: Settings = context.obj
    span = _complete_span(complete, settings) if complete else None
    try:
        with progress_bar() as show:
            report = import_paths(
                settings.cache,
                paths,
                kind=kind,
                input_format=input_format,
                complete=span,
                progress=show,
            )
    except InputError as error:
        raise errors.Misused(str(error)) from error
    except KeyboardInterrupt:
        errors.say("Interrupted: the same import, given again, goes on without harm.")
        context.exit(errors.INTERRUPTED)
    if style == "json":
        output.write_json(report.as_json())
    else:
        output.write_text(_text(report, span, settings))
    for file in report.files:
        if file.error:
            errors.say(file.error)
    if any(file.error for file in report.files):
        if span:
            errors.say("A file was refused, so the span was not noted as complete.")
        context.exit(errors.FAILED)
    if span and not report.holds_requests:
        errors.say("No file holds requests, so the span was not noted as complete.")
    elif span and report.lost:
        errors.say("Lines of requests were rejected, so the span was not noted as complete.")
    rejected = sum(file.rejected for file in report.files)
    if rejected:
        errors.say(f"Rows rejected: {rejected:,} ('logsleuth rejects' lists them).")
        context.exit(errors.ROWS_REJECTED)


def _complete_span(text: str, settings: Settings) -> Span:
    since, dots, until = text.partition("..")
    if not dots or not since or not until:
        raise errors.Misused(
            f"'{text}' is no span: --complete takes SINCE..UNTIL, as 2026-10-01..2026-10-30."
        )
    return moments.span(since, until, settings.shown_zone)


def _text(report: ImportReport, span: Span | None, settings: Settings) -> list[str]:
    lines = [_file_line(file) for file in report.files if not file.error]
    total = report.as_json()
    counts = ", ".join(
        f"{total[name]:,} {words}"
        for name, words in (
            ("read", "read"),
            ("added", "added"),
            ("updated", "updated"),
            ("unchanged", "unchanged"),
            ("deleted_upstream", "deleted upstream"),
            ("rejected", "rejected"),
        )
    )
    lines.append(f"Total: {counts}.")
    if span and report.may_be_complete:
        lines.append("Stated to be complete: " + moments.span_text(span, settings.shown_zone) + ".")
    return lines


def _file_line(file: FileReport) -> str:
    parts = [f"{file.read:,} read", f"{file.added:,} added", f"{file.updated:,} updated"]
    if file.unchanged:
        parts.append(f"{file.unchanged:,} unchanged")
    if file.deleted_upstream:
        parts.append(f"{file.deleted_upstream:,} deleted upstream")
    if file.rejected:
        parts.append(f"{file.rejected:,} rejected")
    return f"{file.name} ({file.kind}, {file.format}): {', '.join(parts)}"
