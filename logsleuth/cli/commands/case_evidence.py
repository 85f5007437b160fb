"""``logsleuth case add``, ``note``, ``finding`` and ``tag``: what goes into a case."""

import sys

import click

from logsleuth.case.adding import Added
from logsleuth.case.gather import Gathered, Gatherer
from logsleuth.case.model import CONFIDENCES, Confidence
from logsleuth.cli import errors, logged, output
from logsleuth.cli.asking import opened, read_filter
from logsleuth.cli.casework import apart, labels, name_argument, named, replace_help, what
from logsleuth.cli.options import answer_format, relative_option
from logsleuth.cli.progress import progress_bar
from logsleuth.cli.settings import Settings
from logsleuth.ingest.run import Progress


@click.command("add", short_help="Copy evidence from the cache.")
@name_argument
@click.option("--request", "requests", multiple=True, metavar="ID", help="A request.")
@click.option("--event", "events", multiple=True, metavar="ID", help="A course change.")
@click.option("--session", "sessions", multiple=True, metavar="ID", help="A browser session.")
@click.option(
    "--span",
    "spans",
    multiple=True,
    metavar="REQUEST_ID",
    help="The span of acting as another that the request is in; 'search masqueraded:true' lists "
    "requests.",
)
@click.option("--filter", "filters", multiple=True, metavar="FILTER", help="What matches now.")
@relative_option
@answer_format
@click.pass_obj
def add(
    settings: Settings,
    name: str,
    requests: tuple[str, ...],
    events: tuple[str, ...],
    sessions: tuple[str, ...],
    spans: tuple[str, ...],
    filters: tuple[str, ...],
    relative_to: str,
    style: str,
) -> None:
    """Copy evidence from the cache into the case NAME: all that was named, or nothing.

    A course change comes with its trace and the requests that this lists. Of a session, a span
    or a filter the newest 50,000 requests are copied at most; how many there were is kept, and
    which hours were fetched.
    """
    if not (requests or events or sessions or spans or filters):
        raise click.UsageError("Name what to add: --request, --event, --session, --span, --filter.")
    case = named(name)
    case.need_open()
    with opened(apart(settings)) as cache, progress_bar("requests") as show:

        def advance(step: str, done: int, total: int) -> None:
            if show is not None:
                show(Progress(step, "", done, total, done))

        gather = Gatherer(cache, progress=advance)
        nodes = [read_filter(cache, text, settings.shown_zone, relative_to) for text in filters]
        found: list[Gathered] = [
            *(gather.request(one) for one in requests),
            *(gather.event(one) for one in events),
            *(gather.session(one) for one in sessions),
            *(gather.span(one) for one in spans),
            *(gather.filter(node) for node in nodes),
        ]
        added = case.add(found)
        logged.fact(case=case.path.stem, evidence=[one.evidence.label for one in added])
    if style == "json":
        output.write_json([_as_json(one) for one in added])
        return
    output.write_text([_told(one) for one in added])
    for one in added:
        if one.new and one.evidence.cut:
            errors.say(
                f"{one.evidence.label} holds the newest {one.evidence.copied:,} of"
                f" {one.evidence.count:,} requests; a narrower filter copies all of its own."
            )


def _told(one: Added) -> str:
    already = "" if one.new else " (it was there already)"
    return f"{one.evidence.label}  {what(one.evidence)}{already}"


def _as_json(one: Added) -> dict[str, object]:
    found = one.evidence
    return {
        "evidence": found.label,
        "new": one.new,
        "kind": found.kind,
        "reference": found.reference,
        "filter": found.filter,
        "count": found.count,
        "copied": found.copied,
        "cut": found.cut,
    }


@click.command("note", short_help="Write a note.")
@name_argument
@click.argument("text")
@click.option("--on", metavar="EVIDENCE", help="On this evidence, as E3; else on the case.")
@click.option("--replace", "label", metavar="NOTE", help=replace_help)
def note(name: str, text: str, on: str | None, label: str | None) -> None:
    """Write a note in Markdown into the case NAME; '-' reads TEXT from standard input."""
    written = named(name).note(
        sys.stdin.read() if text == "-" else text,
        on.upper() if on else None,
        label.upper() if label else None,
    )
    output.write_text([f"{written.label}  on {written.on or 'the case'}"])


@click.command("finding", short_help="State a finding.")
@name_argument
@click.option("--statement", required=True, help="What happened.")
@click.option("--confidence", required=True, type=click.Choice(CONFIDENCES), help="How sure.")
@click.option("--alternative", required=True, help="How else it may have been.")
@click.option("--cites", required=True, metavar="E1,E3", help="The evidence that shows it.")
@click.option("--replace", "label", metavar="FINDING", help=replace_help)
def finding(
    name: str,
    statement: str,
    confidence: Confidence,
    alternative: str,
    cites: str,
    label: str | None,
) -> None:
    """State what was found, how sure that is, and how else it may have been."""
    if not labels(cites):
        raise click.UsageError("A finding cites evidence: --cites E1,E3.")
    stated = named(name).find(
        statement, confidence, alternative, labels(cites), label.upper() if label else None
    )
    output.write_text([f"{stated.label}  cites {', '.join(stated.cites)}"])


@click.command("tag", short_help="Put a word on evidence.")
@name_argument
@click.argument("word")
@click.option("--on", metavar="EVIDENCE", help="On this evidence, as E3; else on the case.")
@click.option("--remove", is_flag=True, help="Take the word away again.")
def tag(name: str, word: str, on: str | None, remove: bool) -> None:
    """Put WORD on evidence of the case NAME, or on the case."""
    case, place = named(name), on.upper() if on else None
    if remove:
        done = case.untag(word, place)
        said = "Taken away." if done else "It is not there."
    else:
        done = case.tag(word, place)
        said = "Tagged." if done else "It is there already."
    output.write_text([said])
