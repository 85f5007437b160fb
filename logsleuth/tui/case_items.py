"""What a case holds, line by line: evidence in the order of time, findings, notes on the case."""

from collections.abc import Sequence
from dataclasses import dataclass

from logsleuth.case.fold import State
from logsleuth.case.model import Evidence, Finding, KeptEvent, KeptRequest, Note
from logsleuth.case.view import Overview
from logsleuth.model.author import describe
from logsleuth.tui import wording
from logsleuth.tui.cells import Cell, Role
from logsleuth.tui.columns import NO_LIMIT, Column
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import Fact
from logsleuth.tui.names import Names
from logsleuth.tui.wording import both_times, counted, course_label, number, short_time


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a case; ``about`` is what it is, ``what`` says so in words.

    ``first`` and ``last`` are the times of its rows, ``notes``, ``tags`` and ``cited`` (the
    findings that cite it) what was said of it.
    """

    label: str
    about: Evidence | Finding | Note
    what: str
    first: int | None = None
    last: int | None = None
    notes: tuple[Note, ...] = ()
    tags: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    row: KeptRequest | None = None
    event: KeptEvent | None = None


def items(found: Overview, names: Names) -> tuple[Item, ...]:
    """All lines of a case.  Called from threads: reads the names that the lines need."""
    names.learn_requests(one.row for one in found.requests.values())
    names.learn_events(one.event for one in found.events.values())
    names.learn("user", (one.trace.signed_in_user_id for one in found.events.values()))
    state = found.state
    evidence = (_evidence(one, found, names) for one in state.in_time_order())
    findings = (
        Item(one.label, one, f"({one.confidence}) {_one_line(one.statement)}")
        for one in state.findings.values()
    )
    notes = (Item(one.label, one, _one_line(one.text)) for one in _notes(state, None))
    return (*evidence, *findings, *notes)


def _evidence(one: Evidence, found: Overview, names: Names) -> Item:
    row, event = found.requests.get(one.label), found.events.get(one.label)
    return Item(
        one.label,
        one,
        words(one, row, event, names),
        one.first,
        one.last,
        _notes(found.state, one.label),
        tags(found.state, one.label),
        tuple(f.label for f in found.state.findings.values() if one.label in f.cites),
        row,
        event,
    )


def words(one: Evidence, row: KeptRequest | None, event: KeptEvent | None, names: Names) -> str:
    """A piece of evidence in a few words."""
    if row is not None:
        status = "" if row.row.http_status is None else f" {row.row.http_status}"
        who = wording.who(row.row, names)
        return f"{row.row.http_method or '–'} {row.row.path}{status} · {who}"
    if event is not None:
        course = course_label(event.event.course_id, names)
        return f"{event.event.label} {course} · {event.trace.verdict}"
    subject = {
        "request": f"request {one.reference}",
        "event": f"course change {one.reference}",
        "session": f"session {one.reference}",
        "span": f"acting as another: {one.reference.partition(',')[0]}",
        "filter": f"filter {one.reference or '(everything)'}",
    }[one.kind]
    return f"{counted(one.count, 'request', 'requests')} · {subject}"


def _notes(state: State, on: str | None) -> tuple[Note, ...]:
    return tuple(note for note in state.notes.values() if note.on == on)


def tags(state: State, on: str | None) -> tuple[str, ...]:
    """The words on a piece of evidence, or on the case."""
    return tuple(tag.tag for tag in state.tags if tag.on == on)


def _one_line(text: str) -> str:
    return " ".join(text.split())


# The table


def columns(desk: Desk) -> Sequence[Column[Item]]:
    """The columns, for the zone shown now."""
    zone = desk.zone

    def when(item: Item) -> Cell:
        return Cell("" if item.first is None else short_time(item.first, zone))

    def label(item: Item) -> Cell:
        return Cell(item.label, Role.KEY)

    def beside(item: Item) -> Cell:
        return Cell(_said(item), Role.MUTED)

    return (
        Column("label", "", 4, 5, 0, label),
        Column("time", f"time {wording.zone_label(zone)}", 14, 15, 2, when),
        Column("what", "what", 24, NO_LIMIT, 0, lambda item: Cell(item.what), good=40),
        Column("notes", "cited by, tags, notes", 16, 60, 1, beside),
    )


def _said(item: Item) -> str:
    """What was said of an item, in one line."""
    about = item.about
    if isinstance(about, Finding):
        return f"cites {', '.join(about.cites) or 'nothing'}"
    flag = ("≠",) if isinstance(about, Evidence) and about.difference else ()
    hashes = (f"#{tag}" for tag in item.tags)
    notes = (f"{note.label} {_one_line(note.text)}" for note in item.notes)
    return " ".join((*flag, *item.cited, *hashes, *notes))


def role(item: Item) -> Role:
    """The colour of a line."""
    if isinstance(item.about, Evidence):
        return Role.WARN if item.about.difference is not None else Role.PLAIN
    return Role.STRONG if isinstance(item.about, Finding) else Role.PLAIN


# Every field


def facts(item: Item, desk: Desk) -> list[Fact]:
    """Everything of an item, for the detail."""
    about = item.about
    found: list[Fact] = [(item.label, item.what, Role.STRONG)]
    if isinstance(about, Evidence):
        found += _evidence_facts(item, about, desk)
    elif isinstance(about, Finding):
        found += _text("statement", about.statement)
        found.append(("confidence", about.confidence, Role.PLAIN))
        found += _text("else", about.alternative or "(nothing said)")
        found.append(("cites", ", ".join(about.cites) or "nothing", Role.PLAIN))
        found.append(_by(about.at, about.by, desk))
    else:
        found += [*_text("text", about.text), _by(about.at, about.by, desk)]
    return found


def _evidence_facts(item: Item, one: Evidence, desk: Desk) -> list[Fact]:
    found: list[Fact] = []
    if one.difference is not None:
        at = both_times(one.difference.at, desk.zones)
        found.append(("≠ now", f"{one.difference.text} (seen {at})", Role.WARN))
    for note in item.notes:
        found += [*_text(f"note {note.label}", note.text), _by(note.at, note.by, desk)]
    if item.tags:
        found.append(("tags", " ".join(f"#{tag}" for tag in item.tags), Role.PLAIN))
    if item.cited:
        found.append(("cited by", ", ".join(item.cited), Role.PLAIN))
    found.append(("kind", one.kind, Role.PLAIN))
    for end, moment in (("first", one.first), ("last", one.last)):
        if moment is not None:
            found.append((end, both_times(moment, desk.zones), Role.PLAIN))
    if item.event is not None:
        trace = item.event.trace
        found.append(("verdict", f"{trace.verdict}: {trace.reason_text}", Role.PLAIN))
    kept = counted(one.copied, "request", "requests")
    if one.cut:
        said = f"the newest {number(one.copied)} of {number(one.count)} requests: cut"
        found.append(("kept", said, Role.WARN))
    else:
        why = "that the trace lists" if one.kind == "event" else "all that matched"
        found.append(("kept", f"{kept}, {why}", Role.PLAIN))
    found.append(("coverage", *_coverage(one)))
    if one.filter is not None:
        found.append(("filter", one.filter or "(everything)", Role.PLAIN))
    found += [
        ("reference", one.reference or "(everything)", Role.MUTED),
        ("cache", one.cache, Role.MUTED),
        ("sha-256", one.content_sha256, Role.MUTED),
        _by(one.added_at, one.added_by, desk),
    ]
    return found


def _coverage(one: Evidence) -> tuple[str, Role]:
    """What was in the cache of the hours that the evidence speaks of."""
    hours: dict[str, int] = {}
    for stretch in one.coverage:
        hours[stretch.state] = hours.get(stretch.state, 0) + stretch.hours
    said = ", ".join(f"{number(count)} h {state}" for state, count in hours.items())
    whole = set(hours) <= {"covered"}
    return said or "no hour", Role.PLAIN if whole else Role.WARN


def _text(label: str, text: str) -> list[Fact]:
    """Text of several lines."""
    first, *others = text.splitlines() or [""]
    return [(label, first, Role.PLAIN), *(("", other, Role.PLAIN) for other in others)]


def _by(at: int, who: dict[str, object], desk: Desk) -> Fact:
    return ("", f"{both_times(at, desk.zones)}, {describe(who)}", Role.MUTED)
