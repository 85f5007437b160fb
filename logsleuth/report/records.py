"""Rows of the evidence files: what the case kept, as plain JSON, by the report's names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from logsleuth.case.model import KeptRequest, Snapshot
from logsleuth.model import event, routes, times
from logsleuth.model.chain import Entry
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import COLUMNS, WebLog
from logsleuth.report.disguise import Disguise
from logsleuth.report.urls import WITHHELD
from logsleuth.trace.result import Cause

Row = dict[str, Any]

REQUEST_COLUMNS = (
    *COLUMNS,
    "deleted_upstream",
    "evidence",
    "actor",
    "about_user",
    "kind",
    "label",
    "automatic",
    "write",
    "masqueraded",
    "student_view",
    "masked",
    "line_sha256",
    "versions",
    "superseded",
    "source",
    "line",
    "older",
    "extra",
)
"""Members of a row of ``requests.jsonl``, and columns of ``requests.csv``, in their order.

After the columns of the DAP schema: ``evidence`` lists the labels that hold the request,
``actor`` is the account signed in, ``superseded`` whether the case holds a newer version of
the same request, too; ``source`` is a number of ``provenance/sources.json``, ``line`` the
line in it, ``older`` what newer versions replaced, ``extra`` columns without a name here.
"""


def requests(snapshot: Snapshot, disguise: Disguise) -> Iterator[Row]:
    """The rows of ``evidence/requests.jsonl``, in the order of time."""
    held: dict[str, list[str]] = {}
    for evidence in snapshot.evidence:
        for key in evidence.requests:
            held.setdefault(key, []).append(evidence.label)
    newest = newest_versions(snapshot.requests)
    for kept in snapshot.requests:
        yield {
            **_request(kept.row, disguise),
            "evidence": held.get(kept.key, []),
            "actor": disguise.person(kept.row.actor),
            "about_user": disguise.person(kept.row.about_user),
            "kind": kept.row.kind,
            "label": label(kept.row),
            "automatic": kept.row.automatic,
            "write": kept.row.write,
            "masqueraded": kept.row.masqueraded,
            "student_view": kept.row.student_view,
            "masked": kept.row.masked,
            # Of a row with few unknown parts, a hash gives them away to who tries all.
            "line_sha256": _unless_redacted(kept.row.line_sha256, disguise),
            "versions": kept.row.versions,
            "superseded": kept.key not in newest,
            "source": kept.source,
            "line": kept.line,
            "older": [_request(row, disguise) for row in kept.older],
            "extra": disguise.extra(kept.row.extra),
        }


def newest_versions(kept: Iterable[KeptRequest]) -> frozenset[str]:
    """The key of the newest version of each request that was kept."""
    newest: dict[str, KeptRequest] = {}
    for one in kept:
        other = newest.setdefault(one.row.id, one)
        if _age(other) < _age(one):
            newest[one.row.id] = one
    return frozenset(one.key for one in newest.values())


def label(row: WebLog) -> str:
    """What the request was, in words; empty where no rule tells."""
    return routes.describe(
        row.http_method, row.web_application_controller, row.web_application_action, row.url or ""
    )


def events(snapshot: Snapshot, disguise: Disguise) -> Iterator[Row]:
    """The rows of ``evidence/course_events.jsonl``, in the order of time."""
    differences = {
        evidence.label: evidence.difference.text
        for evidence in snapshot.evidence
        if evidence.difference
    }
    for kept in snapshot.events:
        difference = differences.get(kept.label)
        yield {
            **_event(kept.event, disguise),
            "evidence": [kept.label],
            "verdict": kept.trace.verdict,
            "reason": kept.trace.reason,
            "reason_text": disguise.reasoning(kept.trace.reason_text),
            "recorded_user_id": disguise.person(kept.trace.recorded_user_id),
            "signed_in_user_id": disguise.person(kept.trace.signed_in_user_id),
            "coverage": kept.trace.coverage,
            "rules_version": kept.trace.rules_version,
            "traced_at": times.iso(kept.traced_at),
            "difference": None if difference is None else disguise.reasoning(difference),
            "causes": [_cause(cause, disguise) for cause in kept.trace.causes],
            "page_view": disguise.page_view(kept.page_view),
            "source": kept.source,
        }


def timesketch_request(row: Row) -> Row:
    """A request as an event of a timeline."""
    what = row["label"] or "request"
    message = f"{what}: {row['http_method']} {row['url']} (status {row['http_status']})"
    return {
        "message": message,
        "datetime": _offset_time(row["timestamp"]),
        "timestamp_desc": "Request logged",
        "data_type": "canvas:web_logs",
        **{name: row[name] for name in REQUEST_COLUMNS if name not in _NOT_IN_TIMESKETCH},
    }


def timesketch_event(row: Row) -> Row:
    """A course change as an event of a timeline."""
    what = event.label(row["event_type"])
    return {
        "message": f"Course {row['course_id']}: {what} (cause: {row['verdict']})",
        "datetime": _offset_time(row["created_at"]),
        "timestamp_desc": "Course changed",
        "data_type": "canvas:course_audit",
        **{
            name: row[name]
            for name in (
                *("id", "event_type", "event_source", "course_id", "user_id"),
                *("signed_in_user_id", "verdict", "evidence"),
            )
        },
    }


_NOT_IN_TIMESKETCH = frozenset({"timestamp", "older", "extra", "line_sha256", "source", "line"})


def activity(entries: Iterable[Entry], disguise: Disguise) -> Iterator[Row]:
    """The rows of ``activity.jsonl``: with the salt, the chain covers the payload; without
    it, the payload is pseudonymised and stands beside the chain."""
    for entry in entries:
        place = f"activity {entry.n} ({entry.what})"
        yield {
            "n": entry.n,
            "at": times.iso(entry.at),
            "previous": entry.previous,
            "commitment": entry.commitment,
            "hash": entry.hash,
            "salt": None if disguise.redacted else entry.salt,
            "covered": not disguise.redacted,
            "who": disguise.payload(entry.who, place),
            "what": entry.what,
            "data": disguise.payload(entry.data, place),
        }


def sources(snapshot: Snapshot, disguise: Disguise) -> list[Row]:
    """What ``provenance/sources.json`` says of the files that evidence came from."""
    return [
        {
            "number": source.number,
            "name": disguise.source(source.name, f"source {source.number}, its name"),
            "sha256": source.sha256,
            "size": source.size,
            "kind": source.kind,
            "format": source.format,
            "rows": source.rows,
            "rejected": source.rejected,
            "recorded_at": times.iso(source.seen_at),
            "finished": source.finished,
            "error": disguise.author(source.error, f"source {source.number}, its error"),
            "details": disguise.payload(source.details, f"source {source.number}, its details"),
        }
        for source in snapshot.sources
    ]


def coverage(snapshot: Snapshot, disguise: Disguise) -> list[Row]:
    """What ``provenance/coverage.json`` says: by evidence, as it was when that was added."""
    return [
        {
            "evidence": evidence.label,
            "as_of": times.iso(evidence.added_at),
            "stretches": [
                {
                    **stretch.as_json(),
                    "reason": disguise.author(stretch.reason, f"coverage of {evidence.label}"),
                }
                for stretch in evidence.coverage
            ],
        }
        for evidence in snapshot.evidence
    ]


def _request(row: WebLog, disguise: Disguise) -> Row:
    return {
        **row.as_json(),
        "user_id": disguise.person(row.user_id),
        "real_user_id": disguise.person(row.real_user_id),
        "url": disguise.url(row.url),
        "remote_ip": disguise.address(row.remote_ip),
        "session_id": disguise.session(row.session_id),
        "developer_key_id": disguise.key(row.developer_key_id),
        "user_agent": disguise.agent(row.user_agent),
        "web_application_context_id": _context(row, disguise),
    }


def _context(row: WebLog, disguise: Disguise) -> int | str | None:
    if row.web_application_context_id is None or not disguise.redacted:
        return row.web_application_context_id
    match row.web_application_context_type:
        case "Course" | "Account" | "Group" | "CourseSection":
            return row.web_application_context_id
        case "User" | "UserProfile":
            return disguise.person(row.web_application_context_id)
    return WITHHELD


def _event(change: CourseEvent, disguise: Disguise) -> Row:
    return {
        **change.as_json(),
        "user_id": disguise.person(change.user_id),
        "event_data": disguise.data(change.event_data),
    }


def _cause(cause: Cause, disguise: Disguise) -> Row:
    row = cause.request
    return {
        "request_id": row.id,
        "source": cause.source,
        "user_id": disguise.person(row.user_id),
        "real_user_id": disguise.person(row.real_user_id),
        "student_view": row.student_view,
        "remote_ip": disguise.address(row.remote_ip),
        "session_id": disguise.session(row.session_id),
        "developer_key_id": disguise.key(row.developer_key_id),
        "user_agent": disguise.agent(row.user_agent),
        "timestamp": times.iso(row.timestamp),
        "http_method": row.http_method,
        "http_status": row.http_status,
        "url": disguise.url(row.url),
        "evidence": [disguise.reasoning(text) for text in cause.evidence],
        "against": [disguise.reasoning(text) for text in cause.against],
    }


def _age(kept: KeptRequest) -> tuple[int, int]:
    return (kept.row.meta_ts or times.FIRST, kept.entry)


def _unless_redacted(text: str | None, disguise: Disguise) -> str | None:
    return WITHHELD if text is not None and disguise.redacted else text


def _offset_time(text: str) -> str:
    """RFC 3339 with microseconds and a numeric offset, as Timesketch documents it."""
    return times.from_us(times.parse(text)).isoformat(timespec="microseconds")


def entry_of(row: Mapping[str, Any]) -> Entry:
    """An entry of the log as ``activity.jsonl`` holds it.

    Raises ``ValueError``, ``KeyError`` or ``TypeError`` where the row is none.
    """
    return Entry(
        int(row["n"]),
        times.parse(row["at"]),
        str(row["previous"]),
        str(row["commitment"]),
        str(row["hash"]),
        row["who"],
        str(row["what"]),
        row["data"],
        row["salt"],
    )
