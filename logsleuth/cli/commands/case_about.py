"""``logsleuth case new``, ``edit``, ``close`` and ``reopen``: what a case is about."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from logsleuth.case import journal, places
from logsleuth.case.case import About, Case
from logsleuth.case.model import CLOSINGS, Closing
from logsleuth.cli import moments, output
from logsleuth.cli.asking import opened
from logsleuth.cli.casework import apart, name_argument, named
from logsleuth.cli.errors import Misused
from logsleuth.cli.options import answer_format
from logsleuth.cli.settings import Settings, read_zone
from logsleuth.store.paths import CATALOGUE

_TEXTS = {
    "ticket": "Number or URL of the ticket.",
    "requester": "Who asked for the investigation.",
    "prepared_for": "Whom the report is for.",
    "prepared_by": "Who investigates.",
    "authority": "On what authority: a policy, an order, a consent.",
}


def _about_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what a case is about."""
    options = [
        *(
            click.option(f"--{name.replace('_', '-')}", name, help=text)
            for name, text in _TEXTS.items()
        ),
        click.option("--question", "questions", multiple=True, help="What is to be found out."),
        click.option("--since", metavar="TIME", help="Begin of the time under investigation."),
        click.option("--until", metavar="TIME", help="Its end."),
        click.option("--zone", metavar="ZONE", help="Zone of the report, as America/Denver."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


class Earlier(click.ParamType[int]):
    """How many entries to take in: a number, ``all`` or ``none``; -1 is all."""

    name = "N|all|none"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            found = journal.how_many(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return -1 if found is None else found


@click.command("new", short_help="Make a case.")
@name_argument
@click.option("--title", required=True, help="What it is about, in a line.")
@_about_options
@click.option("--group", help="Let this group of the machine work on it too (needs a path).")
@click.option(
    "--earlier",
    type=Earlier(),
    help="Take in so many of your entries in the cache's log, the newest; default: none.",
)
@answer_format
@click.pass_obj
def new(
    settings: Settings,
    /,
    name: str,
    title: str,
    group: str | None,
    earlier: int | None,
    style: str,
    **about: Any,
) -> None:
    """Make the case NAME."""
    path = places.find(name)
    if group is not None and (why := places.out_of_reach(name)):
        raise Misused(why)
    said = _said(settings, about)
    taken = None
    if (settings.cache / CATALOGUE).exists():
        with opened(apart(settings), log=False) as cache:
            taken = journal.earlier(cache, None if earlier == -1 else earlier or 0)
    elif earlier:
        raise Misused(f"There is no cache at {settings.cache} whose log could be taken in.")
    case = Case.create(path, title, group=group, earlier=taken, **said)
    head = case.head()
    if style == "json":
        counts = {name: (taken or {}).get(name, 0) for name in ("yours", "left_out")}
        output.write_json({"case": path.stem, "path": str(path), "head": str(head), **counts})
        return
    lines = [f"Made the case {path.stem} at {path}."]
    if taken is not None and taken["yours"]:
        lines.append(
            journal.told(taken) + (" (--earlier all takes them in.)" if earlier is None else "")
        )
    output.write_text(lines)


@click.command("edit", short_help="Change what a case is about.")
@name_argument
@click.option("--title", help="What it is about, in a line.")
@_about_options
@click.pass_obj
def edit(settings: Settings, /, name: str, title: str | None, **about: Any) -> None:
    """Change what was said when the case NAME was made; its log keeps what that was."""
    said = _said(settings, about)
    if title is None and not said:
        raise Misused("Nothing to change was given; --help lists what there is.")
    changed = named(name).edit(title=title, **said)
    output.write_text(["Changed." if changed else "It says so already."])


@click.command("close", short_help="Close a case with an outcome.")
@name_argument
@click.option("--as", "outcome", required=True, type=click.Choice(CLOSINGS), help="Outcome.")
@click.option("--reason", required=True, help="Why, in a sentence or two.")
def close(name: str, outcome: Closing, reason: str) -> None:
    """Close the case NAME; nothing can be added to it then."""
    case = named(name)
    case.close(outcome, reason)
    output.write_text([f"Closed {case.path.stem} as {outcome}. Its head is {case.head()}."])


@click.command("reopen", short_help="Open a closed case again.")
@name_argument
@click.option("--reason", required=True, help="Why, in a sentence or two.")
def reopen(name: str, reason: str) -> None:
    """Open the closed case NAME again."""
    case = named(name)
    case.reopen(reason)
    output.write_text([f"Opened {case.path.stem} again."])


def _said(settings: Settings, given: dict[str, Any]) -> About:
    """The options that were given, as a case takes them."""
    said: About = {}
    for name in _TEXTS:
        if given[name] is not None:
            said[name] = given[name]  # type: ignore[literal-required]
    questions: Sequence[str] = given["questions"]
    if questions:
        said["questions"] = questions
    zone = settings.shown_zone
    if given["zone"]:
        said["zone"] = given["zone"]
        zone = read_zone(given["zone"])
    if given["since"] or given["until"]:
        said["span"] = moments.span(given["since"], given["until"], zone)
    return said
