"""From what was found to the verdict and its reason, in the words people read."""

from collections.abc import Sequence

from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.store.base import Bounds
from logsleuth.store.catalogue import Hour
from logsleuth.trace.finding import Doubt, Finding
from logsleuth.trace.result import Cause, CauseSource, Reason, Trace, Verdict
from logsleuth.trace.weigh import Weighed

EXACT = "Matched by request id."
STRONG = (
    "Inferred. The only request in the cache that fits account, course, action and second. "
    "The request's content is not logged."
)
STRONG_JOB = (
    "Inferred. The only request in the cache that fits account and action, and a later request "
    "by the same account names the job it started. The request's content is not logged."
)
STARTER_MISSING = "Written by a background job; the request that started it is not cached."
NO_USER = "The audit event names no account."
NOTHING_FITS = (
    "No cached request fits. The hour was fetched; Canvas does not promise a complete log."
)
NOTHING_FITS_PARTIAL = (
    "No cached request fits. The log of these hours is not established as complete, so this "
    "is not evidence that no request was made."
)
INCOMPLETE = Doubt(
    "that no other request fits", "the log of these hours is not established as complete"
)
OTHER_VERSION = Doubt(
    "who was signed in", "another delivered version of the request names another account"
)
BY_ID_SCORE = 200


def coverage_of(hours: Sequence[Hour]) -> str:
    """``covered`` or ``none`` if every hour is, else ``partial``."""
    states = {hour.state for hour in hours}
    return states.pop() if len(states) == 1 else "partial"


def inferred(event: CourseEvent, finding: Finding, hours: Sequence[Hour]) -> Trace:
    """The verdict on requests found by their fit; there is at least one."""
    doubts = list(finding.doubts)
    if coverage_of(hours) != "covered":
        doubts.append(INCOMPLETE)
    causes = [_cause(w, doubts if w is finding.options[0] else ()) for w in finding.options]
    signed_in = None if OTHER_VERSION in doubts else _one_account(causes)
    if len(causes) > 1:
        text = (
            f"{len(causes)} requests fit equally; all are listed. "
            f"Same account signed in for all: {'no' if signed_in is None else 'yes'}."
        )
        return _trace(event, "ambiguous", None, text, signed_in, hours, causes)
    if not doubts:
        own = finding.options[0].signature.mode == "sync"
        text = STRONG if own else STRONG_JOB
        return _trace(event, "strong", None, text, signed_in, hours, causes)
    lacks = "; ".join(dict.fromkeys(str(doubt) for doubt in doubts))
    text = f"Inferred, weaker: best fit; does not show: {lacks}."
    return _trace(event, "possible", None, text, signed_in, hours, causes)


def by_id(
    event: CourseEvent, cause: Cause, hours: Sequence[Hour], *, signed_in: int | None
) -> Trace:
    """The request whose id Canvas stored with the event, and nothing contradicts it."""
    return _trace(event, "exact", None, EXACT, signed_in, hours, [cause])


def contradicted(
    event: CourseEvent, cause: Cause, finding: Finding, hours: Sequence[Hour]
) -> Trace:
    """The request whose id Canvas stored with the event does not go with it."""
    others = [_cause(w) for w in finding.options if w.request.id != cause.request.id]
    text = (
        "The request whose id is stored with the change contradicts it "
        f"({'; '.join(cause.against)}). "
    )
    count = len(others)
    text += (
        f"{count} other request{'s' if count > 1 else ''} that would fit "
        f"{'are' if count > 1 else 'is'} listed, too."
        if others
        else "No other cached request fits."
    )
    return _trace(event, "ambiguous", None, text, None, hours, [cause, *others])


def nothing(
    event: CourseEvent,
    since: int,
    until: int,
    hours: Sequence[Hour],
    bounds: Bounds,
    only_jobs: bool,
) -> Trace:
    """No request is named: say which of the reasons it is."""
    reason, text = _reason(event, since, until, hours, bounds, only_jobs)
    return _trace(event, "none", reason, text, None, hours, [])


def _reason(
    event: CourseEvent,
    since: int,
    until: int,
    hours: Sequence[Hour],
    bounds: Bounds,
    only_jobs: bool,
) -> tuple[Reason, str]:
    missing = [hour for hour in hours if hour.state == "none"]
    if missing and (len(missing) == len(hours) or not only_jobs):
        if bounds.first is None or bounds.last is None:
            return "outside_span", (
                "Not in the cached log window (no requests are cached). Next: import the log "
                f"files of {times.day_of(event.created_at)}."
            )
        window = f"{_minute(bounds.first)} to {_minute(bounds.last)} UTC"
        if until < bounds.first or since > bounds.last:
            return "outside_span", (
                f"Not in the cached log window ({window}). Next: import the log files of "
                f"{times.day_of(event.created_at)}, if somebody kept them; Canvas's own log feed "
                "goes back 30 days only."
            )
        return "gap", (
            f"The log for {_stretch(missing)} was not fetched. "
            "This is not evidence that no request was made."
        )
    if event.user_id is None:
        return "no_user", NO_USER
    if only_jobs:
        text = STARTER_MISSING
        if missing:
            text += f" The log for {_stretch(missing)}, where it may be, was not fetched."
        return "starter_missing", text
    covered = coverage_of(hours) == "covered"
    return "nothing_fits", NOTHING_FITS if covered else NOTHING_FITS_PARTIAL


def _cause(weighed: Weighed, doubts: Sequence[Doubt] = ()) -> Cause:
    source: CauseSource = "web_logs"
    facts = [doubt.because for doubt in doubts if doubt.because is not None]
    against = tuple(dict.fromkeys((*weighed.against, *facts)))
    return Cause(weighed.request, source, weighed.score, weighed.evidence, against)


def _one_account(causes: Sequence[Cause]) -> int | None:
    """The account signed in for all causes, if it is one and known."""
    actors = {cause.request.actor for cause in causes}
    return actors.pop() if len(actors) == 1 else None


def _trace(
    event: CourseEvent,
    verdict: Verdict,
    reason: Reason | None,
    text: str,
    signed_in: int | None,
    hours: Sequence[Hour],
    causes: Sequence[Cause],
) -> Trace:
    return Trace(
        event_id=event.id,
        verdict=verdict,
        reason=reason,
        reason_text=text,
        recorded_user_id=event.user_id,
        signed_in_user_id=signed_in,
        coverage=coverage_of(hours),
        causes=tuple(causes),
    )


def _minute(us: int) -> str:
    return times.iso_seconds(us)[:16].replace("T", " ")


def _stretch(hours: Sequence[Hour]) -> str:
    """``2024-03-05 22:00 to 23:00 UTC`` of the first run of hours, and how many more."""
    stop = hours[0].start + times.HOUR
    rest = 0
    for hour in hours[1:]:
        if hour.start == stop:
            stop += times.HOUR
        else:
            rest += 1
    first, last = _minute(hours[0].start), _minute(stop)
    if first[:10] == last[:10]:
        last = last[11:]
    more = f" (and {rest} more hour{'s' if rest > 1 else ''})" if rest else ""
    return f"{first} to {last} UTC{more}"
