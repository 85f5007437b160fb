"""What a report of a case would lack, for whoever wants to hand it out."""

from collections.abc import Iterator

from logsleuth.case.model import Evidence, Snapshot
from logsleuth.report import said


def lacks(snapshot: Snapshot) -> list[str]:
    """Sentences about what is missing or weak, the header's first; nothing if all is there."""
    return [
        *_header(snapshot),
        *_findings(snapshot),
        *(sentence for one in snapshot.evidence for sentence in _evidence(one)),
        *_changes(snapshot),
    ]


def _header(snapshot: Snapshot) -> Iterator[str]:
    header = snapshot.header
    for value, what in (
        (header.authority, "on what authority the investigation is made"),
        (header.requester, "who asked for it"),
        (header.prepared_for, "whom the report is for"),
        (header.questions, "which questions it answers"),
        (header.zone, "in which zone its times are read"),
        (header.span.since is not None or header.span.until is not None, "which time it is about"),
    ):
        if not value:
            yield f"The case does not say {what}: case edit."
    if header.open:
        yield "The case is open: case close says with what outcome."


def _findings(snapshot: Snapshot) -> Iterator[str]:
    if not snapshot.findings:
        yield "There is no finding: case finding."
    for finding in snapshot.findings:
        if not finding.cites:
            yield f"Finding {finding.label} cites no evidence."
        if not finding.alternative:
            yield f"Finding {finding.label} names no other explanation."


def _evidence(one: Evidence) -> Iterator[str]:
    if one.cut:
        yield f"{one.label} is cut: only the newest of its requests are in the case."
    if one.difference is not None:
        yield f"For {one.label} the cache would answer otherwise now: {one.difference.text}"
    if not one.coverage:
        yield f"{one.label} has no coverage: nobody knows whether the log of its time is whole."
    else:
        hours = sum(stretch.hours for stretch in one.coverage if stretch.state != "covered")
        if hours:
            word = "hour" if hours == 1 else "hours"
            yield f"{one.label}: {hours:,} {word} of its time are not established as fetched."


def _changes(snapshot: Snapshot) -> Iterator[str]:
    cited = {label for finding in snapshot.findings for label in finding.cites}
    if not snapshot.evidence:
        yield "There is no evidence: case add."
    for kept in snapshot.events:
        verdict = kept.trace.verdict
        if verdict not in {"exact", "strong"}:
            yield f"{kept.label}: its cause is {verdict}; {kept.trace.reason_text}"
    if snapshot.findings:
        for one in snapshot.evidence:
            if one.label not in cited:
                kind = said.EVIDENCE_KINDS[one.kind]
                yield f"{one.label} ({kind}) is cited by no finding."
