"""From a case at a revision to its report, with a book of the numbers that it needs."""

from dataclasses import dataclass
from typing import Any

from logsleuth import __version__
from logsleuth.case.model import Snapshot
from logsleuth.model import times
from logsleuth.model.author import describe
from logsleuth.model.routes import ROUTES_VERSION
from logsleuth.report import appendix, prose, said
from logsleuth.report.changes import changes
from logsleuth.report.context import Context
from logsleuth.report.disguise import Disguise
from logsleuth.report.model import (
    FORMAT,
    Data,
    Fact,
    FindingText,
    Instant,
    Mode,
    Report,
    Sentence,
    Tool,
)
from logsleuth.report.people import actors, indicators
from logsleuth.report.prose import Purpose
from logsleuth.report.queries import Answers, QueryBook
from logsleuth.report.scope import coverage, scope
from logsleuth.report.timeline import timeline
from logsleuth.trace import words
from logsleuth.trace.result import RULES_VERSION

TAGS = "Tags"
"""The line of the header with the tags of the case itself."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report whose numbers are still to be counted in the evidence files."""

    report: Report
    context: Context

    def fill(self, answers: Answers) -> Report:
        """The report with its numbers."""
        book = self.context.book
        book.fill(answers)
        for lane, query, start in self.context.lanes:
            assert isinstance(query.value, list)
            assert query.every is not None
            for at, rows in query.value:
                lane.counts[(times.parse(at) - start) // (query.every * times.SECOND)] = rows
        return self.report


def draft(
    snapshot: Snapshot, disguise: Disguise, mode: Mode, purpose: Purpose | None = None
) -> Draft:
    """Write a report down, with every number still open."""
    context = Context(snapshot, disguise, QueryBook(), [])
    header = snapshot.header
    # In the order of the sections, so that queries are numbered as they are read.
    summary = prose.summary(context)
    told = timeline(context)
    people, people_left_out = actors(context)
    values, values_left_out = indicators(context)
    method, done = prose.method(context), prose.actions(context)
    evidence = appendix.evidence(context)
    listed, requests_left_out = appendix.requests(context)
    report = Report(
        format=FORMAT,
        tool=Tool("logsleuth", __version__, RULES_VERSION, ROUTES_VERSION),
        title=_said(context, header.title, "title"),
        mode=mode,
        redaction=prose.redaction(mode, purpose),
        zone=header.zone,
        revision=snapshot.revision,
        as_of=times.iso_seconds(snapshot.as_of),
        facts=_facts(context),
        caveat=said.CAVEAT,
        summary=summary,
        questions=[
            disguise.author(text, f"question {at}") or ""
            for at, text in enumerate(header.questions, 1)
        ],
        scope=scope(context),
        coverage=coverage(context),
        findings=_findings(context),
        timeline=told,
        actors=people,
        actors_left_out=people_left_out,
        footnote=words.FOOTNOTE,
        changes=changes(context),
        indicators=values,
        indicators_left_out=values_left_out,
        method=method,
        actions=done,
        evidence=evidence,
        notes=appendix.notes(context),
        requests=listed,
        requests_left_out=requests_left_out,
        definitions=list(words.DEFINITIONS.items()),
        sources=appendix.sources(context),
        queries=appendix.queries(context),
    )
    return Draft(report, context)


def _said(context: Context, text: str, place: str) -> Data:
    return said.data(context.disguise.author(text, place) or "")


def _facts(context: Context) -> list[Fact]:
    snapshot, disguise = context.snapshot, context.disguise
    header = snapshot.header
    facts = [
        Fact(label, [_said(context, text, label.lower())])
        for label, text in (
            ("Case", header.name),
            ("Ticket", header.ticket),
            ("Requested by", header.requester),
            ("Prepared by", header.prepared_by or _describe(context, header.created_by)),
            ("Prepared for", header.prepared_for),
            ("Authority", header.authority),
        )
        if text
    ]
    if header.closed_as is None:
        facts.append(Fact("Status", ["open"]))
    else:
        status: Sentence = [f"closed as {said.CLOSINGS[header.closed_as]}"]
        if header.reason:
            status += [": ", Data(disguise.author(header.reason, "reason of the closing") or "")]
        if header.closed_at is not None:
            status += [" · ", Instant(times.iso_seconds(header.closed_at))]
        facts.append(Fact("Status", status))
    tags = [_said(context, tag.tag, "a tag on the case") for tag in snapshot.tags if tag.on is None]
    if tags:
        listed: Sentence = [part for tag in tags for part in (", ", tag)]
        facts.append(Fact(TAGS, listed[1:]))
    facts += [
        Fact("Opened", [Instant(times.iso_seconds(header.created_at))]),
        Fact(
            "Revision",
            [f"{snapshot.revision}, as of ", Instant(times.iso_seconds(snapshot.as_of))],
        ),
        Fact("Log of the case", [f"{snapshot.head.length} entries, head {snapshot.head.hash}"]),
        Fact(
            "Times",
            ["UTC (no zone was set for this case)"]
            if header.zone is None
            else [f"in {header.zone} and in UTC"],
        ),
        Fact(
            "Written by",
            [
                f"logsleuth {__version__} (rules for causes {RULES_VERSION}, for requests"
                f" {ROUTES_VERSION})"
            ],
        ),
    ]
    return facts


def _describe(context: Context, who: dict[str, Any]) -> str:
    return describe(context.disguise.payload(who, "who opened the case"))


def _findings(context: Context) -> list[FindingText]:
    disguise = context.disguise
    return [
        FindingText(
            label=finding.label,
            statement=disguise.author(finding.statement, f"finding {finding.label}") or "",
            confidence=finding.confidence,
            alternative=disguise.author(
                finding.alternative, f"finding {finding.label}, other explanation"
            )
            or "",
            cites=list(finding.cites),
            at=times.iso_seconds(finding.at),
            by=describe(disguise.payload(finding.by, f"who stated finding {finding.label}")),
        )
        for finding in context.snapshot.findings
    ]
