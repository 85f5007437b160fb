"""``logsleuth case``: evidence, notes and findings, kept beyond the 30 days and the cache."""

import click

from logsleuth.cli.commands import case_about, case_evidence, case_show


@click.group(short_help="Keep evidence, notes and findings in a case.")
def command() -> None:
    """Keep copies of evidence with notes and findings, in a file of its own.

    NAME is a file in the folder of cases, or a path (with a slash). Every addition goes to the
    case's log, in which each entry carries the hash of the one before.
    """


for one in (
    case_about.new,
    case_evidence.add,
    case_evidence.note,
    case_evidence.finding,
    case_evidence.tag,
    case_show.list_cases,
    case_show.show,
    case_show.head,
    case_about.edit,
    case_about.close,
    case_about.reopen,
):
    command.add_command(one)
