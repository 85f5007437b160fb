"""A report as plain data: what ``report.json`` holds, and all that the templates read.

Times are RFC 3339 in UTC; a template shows them in the case's zone, too.  Every number that
was counted is a :class:`~logsleuth.report.queries.Figure`.  Text of ours is a ``str``; text
from data is :class:`Data`, so that each format can keep it from being read as anything else;
what the investigator wrote is kept in fields of its own.
"""

from typing import Literal

import msgspec

from logsleuth.report.queries import Figure

FORMAT = 1
"""Goes up when the members of ``report.json`` change."""

Mode = Literal["redacted", "named", "full"]


class Data(msgspec.Struct, tag="data", tag_field="is"):
    """Text that came from a log, a server, a file or a person."""

    text: str


class Instant(msgspec.Struct, tag="instant", tag_field="is"):
    """A time, shown in the case's zone and in UTC."""

    at: str


Part = str | Data | Figure | Instant
Sentence = list[Part]


class Tool(msgspec.Struct):
    """What wrote the report, and the versions of the rules it went by."""

    name: str
    version: str
    trace_rules: int
    route_rules: int


class Fact(msgspec.Struct):
    """A line of the header."""

    label: str
    text: Sentence


class CoverageLine(msgspec.Struct):
    """A stretch of the request log, and whether it was fetched."""

    since: str
    until: str
    state: str
    reason: str


class FindingText(msgspec.Struct):
    """A finding: ``statement`` and ``alternative`` are the investigator's words."""

    label: str
    statement: str
    confidence: str
    alternative: str
    cites: list[str]
    at: str
    by: str


class Plot(msgspec.Struct):
    """Requests by time, in steps of ``seconds``: one row of numbers for each lane.

    ``first`` is the start of the first step.  ``query`` gives a lane's numbers; ``marks`` are
    the times of course changes, ``uncovered`` the spans of which the log was not fetched.
    """

    title: str
    first: str
    seconds: int
    steps: int
    lanes: list["Lane"]
    marks: list[str]
    uncovered: list[tuple[str, str]]


class Lane(msgspec.Struct):
    """One row of a plot."""

    label: Sentence
    query: str
    counts: list[int]


class Moment(msgspec.Struct):
    """A line of the timeline."""

    at: str
    evidence: list[str]
    what: Sentence
    who: Data | None
    where: list[Part]
    detail: Data | None
    change: bool


class Timeline(msgspec.Struct):
    """What happened, oldest first; ``left_out`` says what is in the evidence files only."""

    plots: list[Plot]
    moments: list[Moment]
    left_out: Sentence


class Split(msgspec.Struct):
    """Requests, always split: most of what a browser sends, nobody asked it to send."""

    requests: Figure
    opened_or_changed: Figure
    automatic: Figure
    not_classified: Figure
    writes: Figure
    grades: Figure
    opaque: Figure


class Own(msgspec.Struct):
    """What an account sent while it was signed in."""

    split: Split
    acting: Figure
    addresses: Figure
    sessions: Figure


class Actor(msgspec.Struct):
    """An account: its requests while signed in, and the course changes it is named in.

    ``signed_in`` counts its requests; ``own`` tells of them, where there are any.
    """

    account: Data
    signed_in: Figure
    own: Own | None
    acted_as: Figure
    recorded_as: Figure
    signed_in_as: Figure


class CauseText(msgspec.Struct):
    """A request that may have caused a change."""

    at: str
    request_id: Data
    request: Data
    origin: str
    who: Data
    where: list[Part]
    shows: list[str]
    against: list[str]


class ChangeText(msgspec.Struct):
    """A course change: what it changed, whom the log names, and what caused it."""

    label: str
    at: str
    what: str
    course: Data
    event_id: Data
    source: Data
    recorded_as: Data
    signed_in_as: Data
    verdict: str
    reason: str
    values: list[tuple[Data, Data, Data]]
    causes: list[CauseText]
    traced_at: str
    rules_version: int
    difference: str | None


class Indicator(msgspec.Struct):
    """A value to look for elsewhere."""

    kind: str
    value: Data
    requests: Figure
    accounts: Figure
    first: str
    last: str


class EvidenceText(msgspec.Struct):
    """A piece of evidence, how it was asked for, and how much of it the case holds."""

    label: str
    kind: str
    reference: Data
    filter: Data | None
    added_at: str
    added_by: str
    matched: Figure | None
    copied: Figure | None
    cut: bool
    coverage: list[CoverageLine]
    tags: list[str]
    difference: str | None


class NoteText(msgspec.Struct):
    """A note: ``text`` is the investigator's words."""

    label: str
    on: str | None
    text: str
    at: str
    by: str


class RequestText(msgspec.Struct):
    """A request of the appendix."""

    at: str
    id: Data
    who: Data
    where: list[Part]
    request: Data
    evidence: list[str]


class SourceText(msgspec.Struct):
    """A file or download that evidence came from."""

    number: int
    name: Data
    sha256: str
    size: int
    rows: int
    seen_at: str


class QueryText(msgspec.Struct):
    """A number's query, in words."""

    id: str
    what: Sentence
    file: str
    asked: str


class Report(msgspec.Struct):
    """The whole report, in the order of its sections."""

    format: int
    tool: Tool
    title: Data
    mode: Mode
    redaction: list[Sentence]
    zone: str | None
    revision: int
    as_of: str
    facts: list[Fact]
    caveat: str
    summary: list[Sentence]
    questions: list[str]
    scope: list[Sentence]
    coverage: list[CoverageLine]
    findings: list[FindingText]
    timeline: Timeline
    actors: list[Actor]
    actors_left_out: Sentence
    footnote: str
    changes: list[ChangeText]
    indicators: list[Indicator]
    indicators_left_out: Sentence
    method: list[Sentence]
    actions: list[Sentence]
    evidence: list[EvidenceText]
    notes: list[NoteText]
    requests: list[RequestText]
    requests_left_out: Sentence
    definitions: list[tuple[str, str]]
    sources: list[SourceText]
    queries: list[QueryText]
