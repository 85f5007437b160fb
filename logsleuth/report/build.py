"""From a case at a revision to its report, with a book of the numbers that it needs."""

from dataclasses import dataclass
from typing import Any

from logsleuth import __version__
from logsleuth.case.model import Snapshot
from logsleuth.model import times
from logsleuth.model.author import describe
from logsleuth.model.routes import ROUTES_VERSION
from logsleuth.report import appendix, said
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
from logsleuth.report.queries import ACTIVITY, EVENTS, Answers, QueryBook
from logsleuth.report.scope import coverage, scope
from logsleuth.report.timeline import timeline
from logsleuth.trace import words
from logsleuth.trace.result import RULES_VERSION


@dataclass(frozen=True, slots=True)
class Purpose:
    """For whom a report in full is, and why; written into it, and into the case's log."""

    purpose: str
    recipient: str
    basis: str | None = None


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
    summary = _summary(context)
    told = timeline(context)
    people, people_left_out = actors(context)
    values, values_left_out = indicators(context)
    method, done = _method(context), _actions(context)
    evidence = appendix.evidence(context)
    listed, requests_left_out = appendix.requests(context)
    report = Report(
        format=FORMAT,
        tool=Tool("logsleuth", __version__, RULES_VERSION, ROUTES_VERSION),
        title=_said(context, header.title, "title"),
        mode=mode,
        redaction=_redaction(mode, disguise, purpose),
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


def _redaction(mode: Mode, disguise: Disguise, purpose: Purpose | None) -> list[Sentence]:
    if mode == "full":
        found: list[Sentence] = [["This report is in full: it names people and addresses."]]
        if purpose is not None:
            found.append(
                ["For ", Data(purpose.recipient), ". Purpose: ", Data(purpose.purpose), "."]
            )
            if purpose.basis:
                found.append(["Basis: ", Data(purpose.basis), "."])
        return found
    found = [
        [
            "People, addresses, sessions and keys have pseudonyms, the same throughout this case;"
            " names in text are replaced, and what is not known to be harmless is left out ([…])."
            " Who keeps the case can tell whom a pseudonym means."
        ],
        [
            "Ids of courses, requests and course changes are kept, for they name no person;"
            " user agents are kept but for names in them. Exact times may tell somebody who"
            " knows the place who is meant."
        ],
    ]
    if mode == "named":
        found.append(["The accounts under investigation are named; bystanders are not."])
    return found


def _summary(context: Context) -> list[Sentence]:
    split = context.split(" in the evidence")
    changes: Sentence = ["Course changes: ", context.book.figure("course changes", file=EVENTS)]
    for at, verdict in enumerate(words.DEFINITIONS):
        count = context.book.figure(
            f"course changes whose cause is {verdict}", {"verdict": verdict}, EVENTS
        )
        changes += [" (cause: " if at == 0 else ", ", f"{verdict} ", count]
    return [
        [
            "Requests: ",
            split.requests,
            " (opened or changed something: ",
            split.opened_or_changed,
            " · sent automatically by page or app: ",
            split.automatic,
            " · not classified: ",
            split.not_classified,
            ").",
        ],
        [
            "Writes: ",
            split.writes,
            ", of grades: ",
            split.grades,
            ", opaque: ",
            split.opaque,
            " (GraphQL requests, whose content cannot be read).",
        ],
        [
            "Accounts signed in: ",
            context.count("accounts signed in, in the evidence", distinct="actor"),
            ", addresses: ",
            context.count("addresses in the evidence", distinct="remote_ip"),
            ", sessions: ",
            context.count("sessions in the evidence", distinct="session_id"),
            "; requests while acting as another: ",
            context.count(
                "requests in the evidence while acting as another", {"masqueraded": True}
            ),
            ".",
        ],
        [*changes, ")."],
    ]


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


def _method(context: Context) -> list[Sentence]:
    return [
        [said.CAVEAT],
        [
            "The content of requests is not logged. Causes of course changes are inferred from"
            " account, course, action and time unless Canvas stored the request's id with the"
            " change; how sure each one is stands with it, and appendix D says what the words"
            " mean."
        ],
        [
            "Pages and apps send much by themselves. A request counts as sent automatically, as"
            " opened or changed (consistent with a person, not proof), or as not classified,"
            " where nobody can tell."
        ],
        [
            "opaque ",
            context.count(
                "GraphQL requests in the evidence, whose content cannot be read", {"kind": "opaque"}
            ),
            ": GraphQL requests may read or change anything; the log does not say what.",
        ],
        [
            context.count("requests with a masked secret", {"masked": True}),
            " requests had a secret in their URL, which was replaced by a fingerprint when the"
            " log was read.",
        ],
        [
            "Evidence was copied into the case when it was added, with the coverage of the log at"
            " that time; what the source says now may differ, and where it was found to, the"
            " evidence says so."
        ],
        [
            "Numbers carry the query that gives them (Q1, Q2 …; appendix F). Text of the"
            " investigator (findings, notes, questions) is set apart, and no query speaks for"
            " it."
        ],
    ]


def _actions(context: Context) -> list[Sentence]:
    kinds: dict[str, None] = dict.fromkeys(entry.what for entry in context.snapshot.activity)
    counts: Sentence = []
    for what in sorted(kinds):
        counts += [
            ", " if counts else "Entries by kind: ",
            Data(what),
            " ",
            context.book.figure(f"entries '{what}' of the log", {"what": what}, ACTIVITY),
        ]
    return [
        [
            "The case's log holds ",
            context.book.figure("entries of the log", file=ACTIVITY),
            " entries up to this revision: what was asked, added, written and exported, each"
            " with the hash of the one before (activity.jsonl).",
        ],
        [*counts, "."],
    ]
