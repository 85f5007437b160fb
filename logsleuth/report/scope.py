"""What a report is about, and which hours of the log the case knew of."""

from logsleuth.case.model import Evidence
from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.report import said
from logsleuth.report.context import Context
from logsleuth.report.model import CoverageLine, Instant, Sentence
from logsleuth.store.coverage import STATE_WORDS
from logsleuth.store.stretches import Stretch


def coverage(context: Context) -> list[CoverageLine]:
    """The coverage of all hours that evidence speaks of; what was added last knows best."""
    lines: list[CoverageLine] = []
    for hour, (stretch, evidence) in _hours(context):
        one = Stretch(hour, hour + times.HOUR, stretch.state, stretch.reason)
        line = said.coverage_line(one, evidence, context.disguise)
        before = lines[-1] if lines else None
        if before and (before.until, before.state, before.reason) == (
            line.since,
            line.state,
            line.reason,
        ):
            before.until = line.until
        else:
            lines.append(line)
    return lines


def _hours(context: Context) -> list[tuple[int, tuple[Stretch, Evidence]]]:
    """Every hour that evidence speaks of, oldest first, with what it says."""
    hours: dict[int, tuple[Stretch, Evidence]] = {}
    for evidence in context.snapshot.evidence:
        for stretch in evidence.coverage:
            for hour in range(stretch.since, stretch.until, times.HOUR):
                hours[hour] = (stretch, evidence)
    return sorted(hours.items(), key=lambda one: one[0])


def scope(context: Context) -> list[Sentence]:
    """The time under investigation, and how complete the log of it is."""
    span = context.snapshot.header.span
    found: list[Sentence] = []
    if span.since is not None or span.until is not None:
        since, until = (
            open_end if at is None else Instant(times.iso_seconds(at))
            for at, open_end in ((span.since, "the beginning"), (span.until, "the end"))
        )
        found.append(["The time under investigation is from ", since, " until ", until, "."])
        if not _covers(context, span):
            found.append(
                [
                    "The evidence speaks of a part of it only; of its other hours this report"
                    " says nothing, nor whether the log of them was fetched."
                ]
            )
    lines = coverage(context)
    if not lines:
        found.append(["No evidence speaks of a span of the request log."])
    elif all(line.state == STATE_WORDS["covered"] for line in lines):
        found.append(["Every hour of the log that the evidence speaks of was fetched."])
    else:
        found.append(
            [
                "Not every hour of the log that the evidence speaks of is established as"
                " complete; below is which. A request that is missing from such an hour is no"
                " evidence that it was not made."
            ]
        )
    return found


def _covers(context: Context, span: Span) -> bool:
    """Whether the evidence speaks of every hour under investigation."""
    known = {hour for hour, _ in _hours(context)}
    if span.since is None or span.until is None:
        return False
    first = span.since // times.HOUR * times.HOUR
    return all(hour in known for hour in range(first, span.until, times.HOUR))
