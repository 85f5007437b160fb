"""Appendices of a report: evidence, notes, requests, sources, and the queries of its numbers."""

from logsleuth.case.model import Evidence
from logsleuth.model import times
from logsleuth.model.author import describe
from logsleuth.model.jsontext import to_json
from logsleuth.report import said
from logsleuth.report.context import Context
from logsleuth.report.model import (
    Data,
    EvidenceText,
    NoteText,
    QueryText,
    RequestText,
    Sentence,
    SourceText,
)
from logsleuth.report.queries import Query

MOST_REQUESTS = 50


def evidence(context: Context) -> list[EvidenceText]:
    """Every piece of evidence, in the order of its labels."""
    return [_evidence(context, one) for one in context.snapshot.evidence]


def _evidence(context: Context, one: Evidence) -> EvidenceText:
    disguise, book = context.disguise, context.book
    matched = copied = None
    if one.kind != "event":
        matched = book.stated(
            f"requests that matched {one.label} when it was added", one.entry, "count"
        )
    if one.kind != "event" or one.copied:
        copied = book.figure(f"requests of {one.label} in the case", {"evidence": one.label})
    filter_text = disguise.filter(one.filter)
    return EvidenceText(
        label=one.label,
        kind=said.EVIDENCE_KINDS[one.kind],
        reference=said.data(disguise.reference(one)),
        filter=None if filter_text is None else said.data(filter_text),
        added_at=times.iso_seconds(one.added_at),
        added_by=_author(context, one.added_by, f"who added {one.label}"),
        matched=matched,
        copied=copied,
        cut=one.cut,
        coverage=[said.coverage_line(stretch, one, disguise) for stretch in one.coverage],
        tags=[
            disguise.author(tag.tag, f"a tag on {one.label}") or ""
            for tag in context.snapshot.tags
            if tag.on == one.label
        ],
        difference=None if one.difference is None else disguise.reasoning(one.difference.text),
    )


def notes(context: Context) -> list[NoteText]:
    """Notes, in the order of their labels."""
    return [
        NoteText(
            label=note.label,
            on=note.on,
            text=context.disguise.author(note.text, f"note {note.label}") or "",
            at=times.iso_seconds(note.at),
            by=_author(context, note.by, f"who wrote note {note.label}"),
        )
        for note in context.snapshot.notes
    ]


def requests(context: Context) -> tuple[list[RequestText], Sentence]:
    """The first requests of the evidence, oldest first."""
    rows = context.requests[:MOST_REQUESTS]
    left_out: Sentence = []
    if len(context.requests) > MOST_REQUESTS:
        left_out = [
            f"The first {MOST_REQUESTS} of ",
            context.count("requests in the evidence"),
            " requests; evidence/requests.jsonl and evidence/requests.csv have them all.",
        ]
    disguise = context.disguise
    listed = [
        RequestText(
            at=times.iso(kept.row.timestamp),
            id=Data(kept.row.id),
            who=said.who(kept.row, disguise),
            where=said.where(kept.row, disguise),
            request=said.request(kept.row, disguise),
            evidence=context.labels.get(kept.row.id, []),
        )
        for kept in rows
    ]
    return listed, left_out


def sources(context: Context) -> list[SourceText]:
    """The files and downloads that evidence came from."""
    return [
        SourceText(
            number=source.number,
            name=said.data(
                context.disguise.source(source.name, f"source {source.number}, its name")
            ),
            sha256=source.sha256,
            size=source.size,
            rows=source.rows,
            seen_at=times.iso_seconds(source.seen_at),
        )
        for source in context.snapshot.sources
    ]


def queries(context: Context) -> list[QueryText]:
    """The query of every number, in the order of their first use."""
    return [
        QueryText(query.id, [said.data(query.what)], query.file, asked(query))
        for query in context.book.queries
    ]


def asked(query: Query) -> str:
    """The query in the words of a programmer: ``rows where evidence = "E3"``."""
    if query.stated is not None:
        return f"entry {query.stated[0]}, {query.stated[1]}"
    what = "rows" if query.distinct is None else f"distinct {query.distinct}"
    if query.every is not None:
        what = f"rows by steps of {query.every} s"
    where = " and ".join(f"{name} = {to_json(value)}" for name, value in query.where.items())
    return f"{what} where {where}" if where else what


def _author(context: Context, who: dict[str, object], place: str) -> str:
    disguise = context.disguise
    return describe(disguise.payload(who, place))
