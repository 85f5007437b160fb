"""What a report is about, and which hours of the log the case knew of."""

from collections.abc import Iterable

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.report import said
from logsleuth.report.context import Context
from logsleuth.report.model import CoverageLine, Instant, Sentence
from logsleuth.store.coverage import STATE_WORDS


def coverage(context: Context) -> list[CoverageLine]:
    """The coverage of all hours that evidence speaks of; what was added last knows best."""
    return merged(
        said.coverage_line(stretch, evidence, context.disguise)
        for evidence in context.snapshot.evidence
        for stretch in evidence.coverage
    )


def merged(lines: Iterable[CoverageLine]) -> list[CoverageLine]:
    """Stretches that overlap, put together hour by hour: of each hour, what the last one says."""
    hours: dict[int, CoverageLine] = {}
    for line in lines:
        for hour in range(times.parse(line.since), times.parse(line.until), times.HOUR):
            hours[hour] = line
    found: list[CoverageLine] = []
    for hour, known in sorted(hours.items()):
        since, until = times.iso_seconds(hour), times.iso_seconds(hour + times.HOUR)
        before = found[-1] if found else None
        if before and (before.until, before.state, before.reason) == (
            since,
            known.state,
            known.reason,
        ):
            before.until = until
        else:
            found.append(CoverageLine(since, until, known.state, known.reason))
    return found


def scope(context: Context) -> list[Sentence]:
    """The time under investigation, and how complete the log of it is."""
    span = context.snapshot.header.span
    lines = coverage(context)
    found: list[Sentence] = []
    if span.since is not None or span.until is not None:
        since, until = (
            open_end if at is None else Instant(times.iso_seconds(at))
            for at, open_end in ((span.since, "the beginning"), (span.until, "the end"))
        )
        found.append(["The time under investigation is from ", since, " until ", until, "."])
        if not _covers(lines, span):
            found.append(
                [
                    "The evidence speaks of a part of it only; of its other hours this report"
                    " says nothing, nor whether the log of them was fetched."
                ]
            )
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


def _covers(lines: list[CoverageLine], span: Span) -> bool:
    """Whether these lines speak of every hour under investigation."""
    if span.since is None or span.until is None:
        return False
    at = span.since
    for line in lines:
        if times.parse(line.since) <= at:
            at = max(at, times.parse(line.until))
    return at >= span.until
