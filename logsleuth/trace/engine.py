"""The trace: from a course event to the request that caused it, and back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Cancel, Store
from logsleuth.trace import verdict
from logsleuth.trace.finding import Finding, merge
from logsleuth.trace.lookups import Lookups, Records, Rows
from logsleuth.trace.pageview import as_request
from logsleuth.trace.result import Cause, CauseSource, Trace
from logsleuth.trace.settle import AFTER, BEFORE, Settlement, own_signatures
from logsleuth.trace.signatures import signatures_for, signatures_of
from logsleuth.trace.starters import Starters, job_signatures
from logsleuth.trace.weigh import LATEST, SLACK, ahead, contradictions, duration, fit, outcome_of

CHAIN = 100 * times.SECOND
"""Changes of one account so close to each other are settled together."""

REACH = 20 * times.HOUR
"""How far around an event other events may matter."""

Advance = Callable[[int, int], None]
"""Called with how many events are traced, of how many."""


class Tracer:
    """Traces course events to requests.

    Asks the store with bounded spans only, and keeps nothing between questions, for
    the cache may grow.  Usable from any thread.
    """

    def __init__(self, requests: Store, catalogue: Records) -> None:
        self._requests = requests
        self._catalogue = catalogue

    def trace(self, event: CourseEvent, cancel: Cancel | None = None) -> Trace:
        """The cause of one event."""
        return _Question(self._look(cancel)).trace(event)

    def trace_all(
        self,
        events: Iterable[CourseEvent],
        cancel: Cancel | None = None,
        progress: Advance | None = None,
    ) -> Iterator[Trace]:
        """The causes of many events, in their order; neighbours share look-ups.

        Raises ``Cancelled`` between two events when ``cancel`` was used.
        """
        events = list(events)
        look = self._look(cancel)
        if len(events) > 1:
            written = [event.created_at for event in events]
            look.load_events(min(written) - REACH, max(written) + REACH)
        question = _Question(look)
        for done, event in enumerate(events, 1):
            if cancel is not None:
                cancel.check()
            yield question.trace(event)
            if progress is not None:
                progress(done, len(events))

    def events_of(
        self, request: WebLog, cancel: Cancel | None = None
    ) -> list[tuple[CourseEvent, Trace]]:
        """The events whose trace lists the request, oldest first; the trace says how sure."""
        signatures = signatures_of(request)
        longest = max((s.seconds * times.SECOND for s in signatures), default=LATEST)
        took = duration(request)
        since = request.timestamp - took - SLACK - times.SECOND
        until = request.timestamp + took + longest + SLACK
        question = _Question(self._look(cancel))
        found = []
        for event in reversed(self._catalogue.events(Span(since, until + 1))):
            if event.page_view_id != request.id and (
                outcome_of(request) is None or fit(event, request, signatures_for(event)) is None
            ):
                continue
            if cancel is not None:
                cancel.check()
            trace = question.trace(event)
            if any(cause.request.id == request.id for cause in trace.causes):
                found.append((event, trace))
        return found

    def _look(self, cancel: Cancel | None) -> Lookups:
        return Lookups(self._requests, self._catalogue, cancel)


def window(event: CourseEvent) -> tuple[int, int]:
    """The span whose requests can matter for an event's trace, microseconds, both included."""
    longest = max((s.seconds * times.SECOND for s in job_signatures(event)), default=0)
    since, until = event.created_at - 2 * longest - REACH, event.created_at + REACH
    return max(since, times.FIRST), min(until, times.LAST)


class _Question:
    """One question: events traced with shared look-ups."""

    def __init__(self, look: Lookups) -> None:
        self._look = look
        self._bounds = look.requests.bounds()
        self._settled: dict[str, Settlement] = {}
        self._starters = Starters(look)

    def trace(self, event: CourseEvent) -> Trace:
        if event.page_view_id is not None:
            named = self._named_request(event, event.page_view_id)
            # Canvas named the request: where it is not here, any other is the wrong one.
            return self._nothing(event) if named is None else self._by_id(event, named)
        finding = self._infer(event)
        if not finding.options:
            return self._nothing(event)
        if any(self._look.versions_differ(option.request) for option in finding.options):
            finding = replace(finding, doubts=(*finding.doubts, verdict.OTHER_VERSION))
        hours = self._look.hours(finding.since, finding.until)
        return verdict.inferred(event, finding, hours)

    def _named_request(self, event: CourseEvent, request_id: str) -> Cause | None:
        """The request whose id Canvas stored with the event, and what is to be said of it."""
        source: CauseSource = "web_logs"
        request = self._look.request(request_id)
        if request is None:
            source = "canvas_page_view"
            delivered = self._look.catalogue.page_view(request_id)
            request = None if delivered is None else as_request(delivered)
        if request is None:
            return None
        signatures = signatures_for(event)
        against = list(contradictions(event, request, signatures))
        if self._look.versions_differ(request):
            against.append(verdict.OTHER_VERSION.because or "")
        evidence = ["same request id", ahead(event, request)]
        fits = fit(event, request, signatures)
        if fits is not None:
            evidence.extend(fits.evidence)
        if source == "canvas_page_view":
            evidence.append("page view delivered by Canvas with the event")
        return Cause(request, source, verdict.BY_ID_SCORE, tuple(evidence), tuple(against))

    def _by_id(self, event: CourseEvent, named: Cause) -> Trace:
        stamps = (event.created_at, named.request.timestamp)
        # A time that is far off contradicts the event; what was fetched between says nothing.
        hours = self._look.hours(
            max(min(stamps), event.created_at - REACH), min(max(stamps), event.created_at + REACH)
        )
        if named.against:
            return verdict.contradicted(event, named, self._infer(event), hours)
        # A page view may leave out whether somebody acted as its user: then nobody knows.
        silent = named.source == "canvas_page_view" and not self._look.says_who(named.request.id)
        signed_in = None if silent else named.request.actor
        return verdict.by_id(event, named, hours, signed_in=signed_in)

    def _infer(self, event: CourseEvent) -> Finding:
        """The requests that fit the event best, by its own writing and by its job."""
        own = self._settlement(event).finding(event) if own_signatures(event) else None
        if own is not None and (not job_signatures(event) or _sure(own)):
            return own
        job = self._starters.find(event) if job_signatures(event) else None
        if own is not None and job is not None:
            return merge(own, job)
        return job or Finding((), (), event.created_at, event.created_at)

    def _settlement(self, event: CourseEvent) -> Settlement:
        """The event settled with the neighbouring changes of its account."""
        settled = self._settled.get(event.id)
        if settled is None:
            chain = self._chain(event)
            since = chain[0].created_at - BEFORE
            until = chain[-1].created_at + AFTER
            settled = Settlement(chain, self._requests_near(event, since, until))
            if len(self._settled) > 2000:
                self._settled.clear()
            for member in chain:
                self._settled[member.id] = settled
        return settled

    def _chain(self, event: CourseEvent) -> list[CourseEvent]:
        """The event and the changes of its account that follow each other closely."""
        if event.user_id is None:
            return [event]
        near = self._look.events_of(
            event.user_id, event.created_at - times.HOUR, event.created_at + times.HOUR
        )
        if all(other.id != event.id for other in near):
            near = sorted([*near, event], key=lambda other: other.created_at)
        place = next(n for n, other in enumerate(near) if other.id == event.id)
        first = last = place
        while first > 0 and near[first].created_at - near[first - 1].created_at <= CHAIN:
            first -= 1
        while last + 1 < len(near) and near[last + 1].created_at - near[last].created_at <= CHAIN:
            last += 1
        return near[first : last + 1]

    def _requests_near(self, event: CourseEvent, since: int, until: int) -> Rows:
        if event.user_id is not None:
            return self._look.by_account(event.user_id, since, until)
        controllers = sorted({s.controller for s in own_signatures(event)})
        return self._look.by_action(controllers, since, until)

    def _nothing(self, event: CourseEvent) -> Trace:
        own, jobs = own_signatures(event), job_signatures(event)
        only_jobs = bool(jobs) and not own
        longest = max(s.seconds for s in jobs) * times.SECOND if only_jobs else 3 * times.SECOND
        since, until = event.created_at - longest, event.created_at + SLACK
        hours = self._look.hours(since, until)
        return verdict.nothing(event, since, until, hours, self._bounds, only_jobs)


def _sure(finding: Finding) -> bool:
    """Whether a request wrote the event itself, by all that the log shows."""
    return any(w.tight and w.course == "same" for w in finding.options)
