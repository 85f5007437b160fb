"""``logsleuth verify``: whether a report is what was exported."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from logsleuth.cli import errors, output
from logsleuth.cli.options import answer_format
from logsleuth.model import chain
from logsleuth.model.chain import Head
from logsleuth.report.verify import Verification, verify

_STATES = {"holds": "holds", "fails": "DOES NOT HOLD", "not_checked": "not checked"}


def _head(context: click.Context, parameter: click.Parameter, value: str | None) -> Head | None:
    if value is None:
        return None
    try:
        return chain.parse_head(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", context, parameter) from error


def _sha256(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    digest = None if value is None else value.strip().lower()
    if digest is not None and not re.fullmatch("[0-9a-f]{64}", digest):
        raise click.BadParameter(
            f"'{value}' is no SHA-256: it has 64 hexadecimal digits, as 'report' prints them.",
            context,
            parameter,
        )
    return digest


@click.command(short_help="Check a report: files, log, signature, numbers.")
@click.argument("path", metavar="PATH", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--head",
    callback=_head,
    metavar="HEAD",
    help="The head of the case's log as noted elsewhere, from 'case head'.",
)
@click.option(
    "--manifest-sha256",
    "manifest",
    callback=_sha256,
    metavar="HEX",
    help="The SHA-256 of MANIFEST.sha256 as noted elsewhere, from 'report'.",
)
@click.option(
    "--allowed-signers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who may have signed, in the form of OpenSSH's ALLOWED SIGNERS.",
)
@answer_format
@click.pass_context
def command(
    context: click.Context,
    path: Path,
    head: Head | None,
    manifest: str | None,
    allowed_signers: Path | None,
    style: str,
) -> None:
    """Check a report in a folder or archive, without any cache or case, offline.

    Says for each file and line what does not hold; the exit code is 1 then.
    """
    found = verify(path, head=head, manifest=manifest, allowed_signers=allowed_signers)
    if style == "json":
        output.write_json(found.as_json())
    else:
        output.write_text(_text(found))
    if not found.holds:
        context.exit(errors.FAILED)


def _text(found: Verification) -> Iterator[str]:
    for check in found.checks:
        yield f"{check.name}: {_STATES[check.state]}: {check.text}."
    for problem in found.problems:
        yield f"  {problem}"
    yield "The report holds." if found.holds else "The report does NOT hold."
