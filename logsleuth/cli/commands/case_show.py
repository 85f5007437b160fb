"""``logsleuth case list``, ``show`` and ``head``: what is in cases."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

import click
import msgspec

from logsleuth.case import comparing, places
from logsleuth.case.case import Case
from logsleuth.case.errors import CaseError
from logsleuth.case.fold import State
from logsleuth.case.model import Evidence, Note
from logsleuth.cli import errors, output
from logsleuth.cli.asking import opened
from logsleuth.cli.casework import apart, name_argument, named, what, when
from logsleuth.cli.options import answer_format, limit_option, listing_format
from logsleuth.cli.output import Column, Row, time_column, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.model import chain, times, zones
from logsleuth.model.author import describe
from logsleuth.store.paths import CATALOGUE

_LIST = (
    Column("name", "case"),
    Column("status"),
    Column("title", cut=True),
    Column("ticket", wide=True),
    Column("evidence"),
    Column("findings"),
    time_column("changed"),
    Column("path", wide=True),
)


@click.command("list", short_help="List the cases.")
@limit_option
@listing_format
@click.pass_obj
@click.pass_context
def list_cases(context: click.Context, settings: Settings, limit: int, style: str | None) -> None:
    """List the cases of the folder of cases, by name."""
    paths = places.listed()
    shown = paths[:limit] if limit else paths
    rows, unreadable = [], []
    for path in shown:
        try:
            rows.append(_row(Case.open(path)))
        except CaseError as error:
            unreadable.append(str(error))
    write_listing(rows, _LIST, style=style, zone=settings.shown_zone)
    if len(paths) > len(shown):
        errors.say(f"These are the first {limit} of {len(paths):,} (--limit 0 lists all).")
    for sentence in unreadable:
        errors.say(sentence)
    if unreadable:
        context.exit(errors.FAILED)


def _row(case: Case) -> Row:
    state = case.state()
    return {
        "name": case.path.stem,
        "status": state.about.closed_as or "open",
        "title": state.about.title,
        "ticket": state.about.ticket,
        "evidence": len(state.evidence),
        "findings": len(state.findings),
        "changed": times.iso(state.as_of),
        "path": str(case.path),
    }


@click.command("show", short_help="Show what a case holds.")
@name_argument
@answer_format
@click.pass_obj
@click.pass_context
def show(context: click.Context, settings: Settings, name: str, style: str) -> None:
    """Show what the case NAME holds, and whether its log and its rows still hold.

    Evidence for which its cache would answer otherwise now is flagged in the case, not changed:
    where that is news, the case has a new revision.
    """
    case = named(name)
    _compare(case, settings)
    state = case.state()
    flaws = case.check()
    if style == "json":
        output.write_json(_as_json(case, state, flaws))
    else:
        output.write_text(_as_text(case, state, settings))
    for flaw in flaws:
        errors.say(flaw)
    if flaws:
        context.exit(errors.FAILED)


def _compare(case: Case, settings: Settings) -> None:
    """Flag what the cache would answer otherwise, where there is a cache and it may be said."""
    evidence = list(case.state().evidence.values())
    if not evidence or not (settings.cache / CATALOGUE).exists():
        return
    with opened(apart(settings), log=False) as cache:
        compared, differences = comparing.differences(cache, evidence)
        fingerprint = cache.fingerprint
    if len(compared) < len(evidence):
        errors.say(
            f"{len(evidence) - len(compared):,} of {len(evidence):,} pieces of evidence came from"
            " another cache than this, and were not compared."
        )
    before = case.revision
    try:
        case.record_differences(fingerprint, compared, differences)
        if case.revision > before:
            errors.say(
                f"The flags of {case.path.stem} were changed, since the cache answers otherwise"
                f" than before: that is revision {case.revision:,}."
            )
    except CaseError as error:
        for label, text in differences.items():
            errors.say(f"{label} is not flagged in the case, but {text}.")
        errors.say(str(error))


def _as_json(case: Case, state: State, flaws: Sequence[str]) -> dict[str, Any]:
    about = state.about
    plain = msgspec.to_builtins(about)
    return {
        **plain,
        "path": str(case.path),
        "created_at": times.iso(about.created_at),
        "closed_at": None if about.closed_at is None else times.iso(about.closed_at),
        "span": _span(about.span.since, about.span.until),
        "status": about.closed_as or "open",
        "revision": state.revision,
        "as_of": times.iso(state.as_of),
        "head": str(case.head()),
        "evidence": [_evidence_as_json(one, state) for one in state.in_time_order()],
        "notes": [_said(one) for one in state.notes.values()],
        "findings": [_said(one) for one in state.findings.values()],
        "tags": [_said(one) for one in state.tags],
        "disclosures": [_said(one) for one in state.disclosures],
        "flaws": list(flaws),
    }


def _evidence_as_json(one: Evidence, state: State) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one)
    # The keys of the rows are for programs that read the file itself.
    del plain["requests"]
    return {
        **plain,
        "added_at": times.iso(one.added_at),
        "first": None if one.first is None else times.iso(one.first),
        "last": None if one.last is None else times.iso(one.last),
        "span": _span(one.span.since, one.span.until),
        "coverage": [stretch.as_json() for stretch in one.coverage],
        "cut": one.cut,
        "difference": None if one.difference is None else _said(one.difference),
        "tags": [tag.tag for tag in state.tags if tag.on == one.label],
    }


def _span(since: int | None, until: int | None) -> dict[str, str | None]:
    ends = {"since": since, "until": until}
    return {name: None if us is None else times.iso(us) for name, us in ends.items()}


def _said(one: Any) -> dict[str, Any]:
    """Something that was said at a time, as JSON."""
    return {**msgspec.to_builtins(one), "at": times.iso(one.at)}


def _as_text(case: Case, state: State, settings: Settings) -> Iterator[str]:
    about = state.about
    zone = zones.zone(about.zone) if about.zone else settings.shown_zone
    yield f"Case      {case.path.stem} ({about.closed_as or 'open'}), revision {state.revision}"
    yield f"Title     {about.title}"
    for name in ("ticket", "requester", "prepared_for", "prepared_by", "authority", "reason"):
        value = getattr(about, name)
        if value:
            yield f"{name.replace('_', ' ').capitalize():<10}{value}"
    for question in about.questions:
        yield f"Question  {question}"
    yield f"Made      {times.iso_seconds(about.created_at, zone)} by {describe(about.created_by)}"
    yield f"Head      {case.head()}"
    yield f"Evidence  {len(state.evidence):,}, in the order of time"
    for one in state.in_time_order():
        yield from _evidence(one, state, zone)
    for note in state.notes.values():
        if note.on is None:
            yield from _note(note, "")
    for found in state.findings.values():
        yield f"Finding {found.label} ({found.confidence}) {found.statement}"
        yield f"          else: {found.alternative or '(nothing said)'}; {', '.join(found.cites)}"


def _evidence(one: Evidence, state: State, zone: tzinfo) -> Iterator[str]:
    words = " ".join(f"#{tag.tag}" for tag in state.tags if tag.on == one.label)
    yield f"  {one.label:<5} {when(one, zone)}  {what(one)} {words}".rstrip()
    if one.difference is not None:
        at = times.iso_seconds(one.difference.at, zone)
        yield f"        flagged {at}: {one.difference.text}"
    for note in state.notes.values():
        if note.on == one.label:
            yield from _note(note, " " * 8)


def _note(note: Note, indent: str) -> Iterator[str]:
    first, *others = note.text.splitlines()
    yield f"{indent}Note {note.label}: {first}"
    for line in others:
        yield f"{indent}  {line}"


@click.command("head", short_help="Print length and hash of a case's log.")
@name_argument
@answer_format
def head(name: str, style: str) -> None:
    """Print length and hash of the log of the case NAME, to note where nobody can change it.

    Whoever has noted it can tell later whether an entry was changed or the end cut off.
    """
    case = named(name)
    found: chain.Head = case.head()
    if style == "json":
        known = {"case": case.path.stem, "length": found.length, "hash": found.hash}
        output.write_json({**known, "head": str(found)})
    else:
        output.write_text([str(found)])
