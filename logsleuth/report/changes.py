"""Course changes of a report, with their causes."""

from logsleuth.case.model import KeptEvent
from logsleuth.model import times
from logsleuth.model.jsontext import plain
from logsleuth.report import said
from logsleuth.report.context import Context
from logsleuth.report.model import CauseText, ChangeText, Data
from logsleuth.trace import words
from logsleuth.trace.result import Cause

_ORIGINS = {
    "web_logs": "request log",
    "canvas_page_view": "a page view that Canvas sent with the change",
}


def changes(context: Context) -> list[ChangeText]:
    """All kept changes, oldest first."""
    return [_change(context, kept) for kept in context.snapshot.events]


def _change(context: Context, kept: KeptEvent) -> ChangeText:
    disguise, event, trace = context.disguise, kept.event, kept.trace
    difference = context.evidence[kept.label].difference
    return ChangeText(
        label=kept.label,
        at=times.iso_seconds(event.created_at),
        what=event.label,
        course=said.data(disguise.course(event.course_id)),
        event_id=Data(event.id),
        source=said.data(event.event_source or "(none)"),
        recorded_as=said.data(disguise.account(event.user_id)),
        signed_in_as=said.data(words.signed_in(event, trace, disguise.name, disguise.number)),
        verdict=trace.verdict,
        reason=disguise.reasoning(trace.reason_text),
        values=[
            (
                said.data(str(disguise.data(field))),
                said.data(plain(disguise.data(old)) or "(nothing)"),
                said.data(plain(disguise.data(new)) or "(nothing)"),
            )
            for field, old, new in event.changes()
        ],
        causes=[_cause(context, cause) for cause in trace.causes],
        traced_at=times.iso_seconds(kept.traced_at),
        rules_version=trace.rules_version,
        difference=None if difference is None else disguise.reasoning(difference.text),
    )


def _cause(context: Context, cause: Cause) -> CauseText:
    disguise = context.disguise
    return CauseText(
        at=times.iso(cause.request.timestamp),
        request_id=Data(cause.request.id),
        request=said.request(cause.request, disguise),
        origin=_ORIGINS[cause.source],
        who=said.who(cause.request, disguise),
        where=said.where(cause.request, disguise),
        shows=[disguise.reasoning(text) for text in cause.evidence],
        against=[disguise.reasoning(text) for text in cause.against],
    )
