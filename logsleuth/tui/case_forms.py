"""The forms of cases: their fields, and what is written into a case from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

from logsleuth.case import journal, places
from logsleuth.case.case import Case
from logsleuth.case.errors import CaseError
from logsleuth.case.model import CLOSINGS, CONFIDENCES, Finding, Header
from logsleuth.filter import moments
from logsleuth.filter.tree import Span
from logsleuth.model import zones
from logsleuth.tui.casebook import Casebook
from logsleuth.tui.cells import Cell, Line, Role, line
from logsleuth.tui.forms import Field, Values
from logsleuth.tui.wording import counted

Failed = Callable[[str | None], object]
"""Told of an error in a sentence, or of ``None`` where there was none."""

ZONE = "zone of the report, as America/Denver"
EARLIER = "of your entries in the log so far, take in: none, all, or how many"
THE_CASE = "the case"
THE_ROW = "the row"
NAME_WIDTH = 20


def new(zone: tzinfo | None) -> tuple[Field, ...]:
    """A new case, in the zone of the campus unless another one is typed."""
    return (
        Field("name", "name, as incident-42", needed=True),
        Field("title", "title: what it is about, in a line", needed=True),
        Field("ticket", "ticket (may stay empty)"),
        Field("zone", ZONE, "" if zone is None else str(zone)),
        Field("earlier", EARLIER, "none", needed=True),
        Field("group", "group that may work on it too (may stay empty; needs a path)"),
    )


WHERE = "A file of its own, for you alone. A path with a slash puts it elsewhere."
TAGS = "Words with blanks between them; take one out to take the tag away."

CLOSE = (
    Field("as", "outcome", choices=CLOSINGS),
    Field("reason", "why, in a sentence or two", needed=True, text=True),
)
REOPEN = (Field("reason", "why, in a sentence or two", needed=True, text=True),)


@dataclass(frozen=True, slots=True)
class Listed:
    """A case that can be opened, or the sentence on why it cannot."""

    path: Path
    line: Line


def listed() -> list[Listed]:
    """The cases of the folder of cases, the one used last in front."""
    return [Listed(path, _line(path)) for path in sorted(places.listed(), key=_used, reverse=True)]


def _used(path: Path) -> float:
    """When something was last written into a case, as each look at the cache is while it is
    open; 0 for a file that is gone by now."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _line(path: Path) -> Line:
    name = Cell(path.stem, Role.KEY).fitted(NAME_WIDTH)
    try:
        state = Case.open(path).state()
    except CaseError as error:
        return line(name, " ", Cell(str(error), Role.ERROR))
    status = state.about.closed_as or "open"
    size = counted(len(state.evidence), "piece of evidence", "pieces of evidence")
    return line(name, " ", Cell(f"{status} · {size} · ", Role.MUTED), state.about.title)


def create(book: Casebook, values: Values) -> str:
    """Make a case from its form, and take it up."""
    try:
        take = journal.how_many(values["earlier"])
    except ValueError as error:
        raise CaseError(str(error)) from error
    ticket, group = values["ticket"] or None, values["group"] or None
    zone = values["zone"] or None
    return book.create(values["name"], values["title"], ticket, zone, group, take)


def note(on: tuple[str, ...], text: str = "") -> tuple[Field, ...]:
    """A note, and what it may be on."""
    fields = (Field("text", "note, in Markdown", text, needed=True, text=True),)
    return (*fields, Field("on", "on", choices=on)) if on else fields


def finding(known: Finding | None, cites: str) -> tuple[Field, ...]:
    """A finding: a new one, or one that is known."""
    return (
        Field("statement", "what happened", known.statement if known else "", True, text=True),
        Field("confidence", "how sure", known.confidence if known else "", choices=CONFIDENCES),
        Field("alternative", "how else it may have been", known.alternative if known else "", True,
              text=True),
        Field("cites", "evidence that shows it, as E1, E3",
              ", ".join(known.cites) if known else cites, True),
    )  # fmt: skip


def find(case: Case, values: Values, label: str | None) -> str:
    """State a finding from its form."""
    cites = [word for word in values["cites"].upper().replace(",", " ").split() if word]
    confidence = next(one for one in CONFIDENCES if one == values["confidence"])
    stated = case.find(values["statement"], confidence, values["alternative"], cites, label)
    return f"Finding {stated.label} cites {', '.join(stated.cites)}."


def tagging(words: Sequence[str]) -> tuple[Field, ...]:
    """The tags that are there."""
    return (Field("tags", "tags", " ".join(words)),)


def retag(case: Case, on: str | None, before: Sequence[str], values: Values) -> str:
    """Make the tags on something those of the form; others' tags stay."""
    wanted = [word.removeprefix("#") for word in values["tags"].split()]
    for word in wanted:
        case.tag(word, on)
    for word in before:
        if word not in wanted:
            case.untag(word, on)
    return f"Tags on {on or 'the case'}: {' '.join(f'#{word}' for word in wanted) or 'none'}."


def zone_of(header: Header, shown: tzinfo | None) -> tzinfo:
    """The zone in which the times of a case are written: its own, else that of the screen."""
    return zones.zone(header.zone) if header.zone else shown or UTC


def about(header: Header, zone: tzinfo) -> tuple[Field, ...]:
    """What a case is about; its times are shown in the zone."""
    return (
        Field("title", "title", header.title, needed=True),
        Field("ticket", "ticket", header.ticket or ""),
        Field("requester", "who asked for the investigation", header.requester or ""),
        Field("prepared_for", "whom the report is for", header.prepared_for or ""),
        Field("prepared_by", "who investigates", header.prepared_by or ""),
        Field("authority", "on what authority", header.authority or ""),
        Field("zone", ZONE, header.zone or ""),
        Field("since", "begin of the time under investigation, as 2026-10-12",
              moments.shown(header.span.since, zone)),
        Field("until", "its end; a date is the whole day",
              moments.shown(header.span.until, zone, end=True)),
        Field("questions", "questions, one on a line", "\n".join(header.questions), text=True),
    )  # fmt: skip


def edit(case: Case, values: Values, before: Values, zone: tzinfo) -> str:
    """Write what a case is about from its form; ``before`` is what stood there, in ``zone``."""
    changed = case.edit(
        title=values["title"],
        ticket=values["ticket"] or None,
        requester=values["requester"] or None,
        prepared_for=values["prepared_for"] or None,
        prepared_by=values["prepared_by"] or None,
        authority=values["authority"] or None,
        zone=values["zone"] or None,
        span=_span(case, values, before, zone),
        questions=[text.strip() for text in values["questions"].splitlines() if text.strip()],
    )
    return "Changed what the case says of itself." if changed else "The case says so already."


def _span(case: Case, values: Values, before: Values, zone: tzinfo) -> Span:
    """The time under investigation; what was not written anew stays as exact as it was."""
    known = case.state().about.span
    try:
        read = zones.zone(values["zone"]) if values["zone"] else zone
    except ValueError as error:
        raise CaseError(f"{error}.") from error
    try:
        given = moments.span(values["since"] or None, values["until"] or None, read)
    except ValueError as error:
        raise CaseError(str(error)) from error
    return Span(
        known.since if values["since"] == before["since"] else given.since,
        known.until if values["until"] == before["until"] else given.until,
    )


def close(case: Case, values: Values) -> str:
    """Close a case from its form."""
    outcome = next(one for one in CLOSINGS if one == values["as"])
    case.close(outcome, values["reason"])
    return f"Closed {case.path.stem} as {outcome}. Its head is {case.head()}."


def reopen(case: Case, values: Values) -> str:
    """Open a closed case again from its form."""
    case.reopen(values["reason"])
    return f"Opened {case.path.stem} again."
