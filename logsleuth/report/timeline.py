"""The timeline of a report: plots of all requests, and the moments that matter."""

from collections import Counter
from collections.abc import Sequence

from logsleuth.case.model import KeptEvent, KeptRequest
from logsleuth.model import times
from logsleuth.report import said
from logsleuth.report.context import Context
from logsleuth.report.model import Data, Lane, Moment, Plot, Sentence, Timeline
from logsleuth.report.queries import Where
from logsleuth.report.records import label
from logsleuth.report.scope import coverage
from logsleuth.store.coverage import STATE_WORDS
from logsleuth.trace import words

MOST_MOMENTS = 100
MOST_LANES = 8
MOST_STEPS = 96
_STEPS = (1, 5, 15, 60, 180, 360, 720, 1440, 10_080, 43_200)
"""Minutes that a step of a plot may be long."""

_DRASTIC = frozenset({"masquerade", "credential", "grade", "change", "bulk", "login"})

_KINDS: tuple[tuple[str, bool | None], ...] = (
    ("opened or changed", False),
    ("automatic", True),
    ("not classified", None),
)


def timeline(context: Context) -> Timeline:
    """Plots, and the moments in the order of time."""
    chosen, cut = _chosen(context)
    moments = [(event.event.created_at, 0, _change(context, event)) for event in _events(context)]
    moments += [(kept.row.timestamp, 1, _request(context, kept)) for kept in chosen]
    moments.sort(key=lambda moment: moment[:2])
    return Timeline(_plots(context), [moment[2] for moment in moments], _left_out(context, cut))


def _left_out(context: Context, cut: bool) -> Sentence:
    text = (
        "Listed are course changes, their causes, requests added one by one, and requests not"
        " sent automatically that change something, grade, sign in or act as another"
    )
    more = f"; of the latter only the first {MOST_MOMENTS} that weigh most." if cut else "."
    every = context.count("requests in the evidence")
    return [f"{text}{more} All ", every, " requests are in evidence/requests.jsonl."]


def _events(context: Context) -> Sequence[KeptEvent]:
    return context.snapshot.events


def _chosen(context: Context) -> tuple[list[KeptRequest], bool]:
    """Requests that stand in the timeline, and whether some were left out."""
    causes = {cause.request.id for event in _events(context) for cause in event.trace.causes}
    single = {
        evidence.reference for evidence in context.snapshot.evidence if evidence.kind == "request"
    }
    cited = {label for finding in context.snapshot.findings for label in finding.cites}
    ranked: list[tuple[int, int, KeptRequest]] = []
    for at, kept in enumerate(context.requests):
        row = kept.row
        if row.id in causes or row.id in single:
            ranked.append((0, at, kept))
        elif row.automatic is not True and (row.write or row.kind in _DRASTIC):
            # What a finding cites comes first, then what weighs most.
            of_finding = not cited.isdisjoint(context.labels.get(row.id, ()))
            ranked.append((1 + 2 * (not of_finding) + (row.kind not in _DRASTIC), at, kept))
    ranked.sort(key=lambda one: one[:2])
    chosen = [one[2] for one in ranked[:MOST_MOMENTS]]
    return chosen, len(ranked) > len(chosen)


def _request(context: Context, kept: KeptRequest) -> Moment:
    row = kept.row
    what = label(row) or "a request that no rule names"
    if row.automatic:
        what += " (sent automatically by page or app)"
    return Moment(
        at=times.iso(row.timestamp),
        evidence=context.labels.get(row.id, []),
        what=[what],
        who=said.who(row, context.disguise),
        where=said.where(row, context.disguise),
        detail=said.request(row, context.disguise),
        change=False,
    )


def _change(context: Context, kept: KeptEvent) -> Moment:
    disguise, event = context.disguise, kept.event
    signed_in = words.signed_in(event, kept.trace, disguise.name, disguise.number)
    return Moment(
        at=times.iso(event.created_at),
        evidence=[kept.label],
        what=[
            "Course change: ",
            said.data(event.label),
            ", course ",
            said.data(disguise.course(event.course_id)),
            f" (cause: {kept.trace.verdict})",
        ],
        who=said.data(f"recorded as {disguise.account(event.user_id)} · signed in: {signed_in}"),
        where=[],
        detail=None,
        change=True,
    )


def _plots(context: Context) -> list[Plot]:
    rows = context.requests
    marks = [event.event.created_at for event in _events(context)]
    ends = [kept.row.timestamp for kept in (*rows[:1], *rows[-1:])] + marks
    if not ends:
        return []
    first, last = min(ends), max(ends)
    minutes = next((step for step in _STEPS if _steps(first, last, step) <= MOST_STEPS), _STEPS[-1])
    width = minutes * times.MINUTE
    start = first // width * width
    steps = _steps(first, last, minutes)
    kinds = [
        _lane(context, [text], f"requests: {text}", start, steps, minutes, {"automatic": automatic})
        for text, automatic in _KINDS
    ]
    actors = Counter(kept.row.actor for kept in rows if kept.row.actor is not None)
    people = [
        _lane(
            context,
            [said.data(context.disguise.account(actor))],
            f"requests of the account {context.disguise.account(actor)}",
            start,
            steps,
            minutes,
            {"actor": context.disguise.person(actor)},
        )
        for actor, _ in sorted(actors.items(), key=lambda one: (-one[1], one[0]))[:MOST_LANES]
    ]
    uncovered = [
        (line.since, line.until)
        for line in coverage(context)
        if line.state != STATE_WORDS["covered"]
    ]
    shared = (times.iso(start), minutes * 60, steps)
    at = [times.iso(mark) for mark in marks]
    plots = [Plot("Requests, by who sent them", *shared, kinds, at, uncovered)]
    if people:
        title = "Requests, by the account signed in"
        if len(actors) > MOST_LANES:
            title += f" (the {MOST_LANES} with the most)"
        plots.append(Plot(title, *shared, people, at, uncovered))
    return plots


def _steps(first: int, last: int, minutes: int) -> int:
    width = minutes * times.MINUTE
    return last // width - first // width + 1


def _lane(
    context: Context,
    shown: list[str | Data],
    what: str,
    start: int,
    steps: int,
    minutes: int,
    where: Where,
) -> Lane:
    query = context.book.series(f"{what}, by time", {**where, "superseded": False}, minutes * 60)
    lane = Lane([*shown], query.id, [0] * steps)
    context.lanes.append((lane, query, start))
    return lane
