"""Changes that a request wrote itself: which request wrote which change.

Neighbouring changes of one account are settled together: one change has one request,
and one request writes several changes only where Canvas does so (``updated`` with
``published``, the two halves of a reset), in the same second or across its end.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.trace.finding import TOO_MANY, Doubt, Finding, equals, shortcomings
from logsleuth.trace.lookups import Rows
from logsleuth.trace.signatures import Signature, signatures_for
from logsleuth.trace.weigh import INSIDE, PAGE_BEFORE, Weighed, by_time, fit, seconds

BEFORE = 150 * times.SECOND
"""How far before a change requests are looked at: itself, and its rivals."""

AFTER = 95 * times.SECOND
RIVAL = 60 * times.SECOND
"""Within this time of the cause, every other request that fits must have its own change."""

WHOLE_ACTS = ("create", "reset_content")
"""Actions whose second change can come from no other request than the first."""

STRADDLE = times.SECOND
"""One request writes its changes in one second, or in two that follow each other."""


def own_signatures(event: CourseEvent) -> tuple[Signature, ...]:
    """The signatures by which a request writes the event itself."""
    return tuple(s for s in signatures_for(event) if s.mode == "sync")


def shares(one: CourseEvent, other: CourseEvent) -> bool:
    """Whether one request can have written both events."""
    if abs(one.created_at - other.created_at) > STRADDLE or one.event_type == other.event_type:
        return False
    courses = {one.course_id, one.other_course_id} & {other.course_id, other.other_course_id}
    if not courses - {None}:
        return False
    kinds = {one.event_type, other.event_type}
    return bool(kinds & {"updated", "created"}) or kinds == {"reset_to", "reset_from"}


class Settlement:
    """The settled changes of one account in one stretch of time."""

    def __init__(self, events: Sequence[CourseEvent], rows: Rows) -> None:
        self._rows = rows
        self._times = [row.timestamp for row in rows.rows]
        self._events = [event for event in events if own_signatures(event)]
        self._fits: dict[str, list[Weighed]] = {}
        self._found: dict[str, list[Weighed]] = {}
        self._chosen: dict[str, str] = {}
        self._claims: dict[str, list[CourseEvent]] = {}
        self._inside: dict[str, list[CourseEvent]] = {}
        for event in self._events:
            self._weigh(event)
        for event in self._events:
            self._choose(event)

    def finding(self, event: CourseEvent) -> Finding:
        """What was found for one of the events."""
        since, until = event.created_at - RIVAL, event.created_at + RIVAL
        left = [w for w in self._found.get(event.id, []) if not self._explained(event, w)]
        chosen = self._chosen.get(event.id)
        left.sort(key=lambda w: (-w.score, w.request.timestamp))
        options = list(equals(left))
        options.sort(key=lambda w: w.request.id != chosen)
        if not options:
            return Finding((), (), since, until)
        return Finding(tuple(options), tuple(self._doubts(event, options[0])), since, until)

    def _weigh(self, event: CourseEvent) -> None:
        """Find every request that fits the event, and those whose time fits too."""
        signatures = own_signatures(event)
        start = bisect_left(self._times, event.created_at - BEFORE)
        stop = bisect_right(self._times, event.created_at + AFTER)
        fits = []
        for row in self._rows.rows[start:stop]:
            weighed = fit(event, row, signatures)
            if weighed is not None:
                fits.append(weighed)
        found = []
        for weighed in fits:
            timed = by_time(event, weighed)
            if timed is not None:
                found.append(self._with_page_before(event, timed))
                if timed.tier == INSIDE:
                    self._inside.setdefault(timed.request.id, []).append(event)
        self._fits[event.id] = fits
        self._found[event.id] = found

    def _with_page_before(self, event: CourseEvent, weighed: Weighed) -> Weighed:
        """Add the form or confirmation page that the same session opened just before."""
        request = weighed.request
        if request.session_id is None or event.course_id is None:
            return weighed
        stop = bisect_left(self._times, request.timestamp)
        start = bisect_left(self._times, request.timestamp - 90 * times.SECOND)
        for row in reversed(self._rows.rows[start:stop]):
            name = _page(row, event.course_id)
            if name and row.session_id == request.session_id:
                gap = seconds(request.timestamp - row.timestamp)
                return weighed.plus(PAGE_BEFORE, [f"{name} opened {gap} before, same session"])
        return weighed

    def _choose(self, event: CourseEvent) -> None:
        """Give the event one request: not one that is taken, the best, the earliest."""
        found = self._found[event.id]
        if not found:
            return
        top = max(w.score for w in found)

        def rank(weighed: Weighed) -> tuple[bool, bool, int, bool, int]:
            holders = self._claims.get(weighed.request.id, [])
            taken = not all(shares(event, holder) for holder in holders)
            worse = top - weighed.score > INSIDE
            # Two halves of one act want one request; other changes rather one each.
            wanted = bool(holders) == (weighed.signature.action in WHOLE_ACTS)
            return taken, worse, -weighed.tier, not wanted, weighed.request.timestamp

        best = min(found, key=rank)
        if rank(best)[0] and self._explained(event, best):
            return
        self._chosen[event.id] = best.request.id
        self._claims.setdefault(best.request.id, []).append(event)

    def _explained(self, event: CourseEvent, weighed: Weighed) -> bool:
        """Whether another change has a better claim to the request, so that it is out."""
        for other in self._inside.get(weighed.request.id, []):
            if other.id == event.id or shares(event, other):
                continue
            if weighed.tier != INSIDE:
                return True
            only = [w for w in self._found[other.id] if w.tight]
            mine = [w for w in self._found[event.id] if w.tight]
            if len(only) == 1 and len(mine) > 1 and only[0].request.id == weighed.request.id:
                return True
        return False

    def _doubts(self, event: CourseEvent, best: Weighed) -> list[Doubt]:
        """What keeps the best candidate from being a strong cause."""
        found = shortcomings(event, best)
        if best.course != "same":
            found.append(Doubt("the course"))
        if not best.tight:
            found.append(Doubt("a time that fits"))
        if not self._rows.whole:
            found.append(TOO_MANY)
        for rival in self._fits[event.id]:
            if rival.request.id == best.request.id or not self._rivals(event, rival, best):
                continue
            gap = rival.request.timestamp - best.request.timestamp
            side = "after" if gap > 0 else "before"
            found.append(
                Doubt(
                    "that it was the only one",
                    "another request of this kind by the same account, "
                    f"{seconds(abs(gap))} {side} it, has no change of its own",
                )
            )
            break
        for other in self._claims.get(best.request.id, []):
            if other.id == event.id:
                continue
            if other.created_at == event.created_at and shares(event, other):
                continue
            if self._tier(other, best.request) >= best.tier:
                found.append(
                    Doubt(
                        "which of two changes it wrote",
                        f"it may have written the change '{other.event_type}' "
                        "of about the same time instead",
                    )
                )
                break
        return found

    def _rivals(self, event: CourseEvent, rival: Weighed, best: Weighed) -> bool:
        """Whether another fitting request near the best one has no change of its own."""
        near = abs(rival.request.timestamp - best.request.timestamp) <= RIVAL
        timed = by_time(event, rival)
        fits_now = timed is not None and timed.tight
        if not fits_now and (not near or rival.course != "same"):
            return False
        owners = [e for e in self._claims.get(rival.request.id, []) if e.id != event.id]
        if fits_now:
            owners = [e for e in owners if not shares(event, e)]
        return not owners

    def _tier(self, event: CourseEvent, request: WebLog) -> int:
        return next((w.tier for w in self._found[event.id] if w.request.id == request.id), 0)


def _page(row: WebLog, course_id: int) -> str | None:
    """What to call the page that comes just before a web form is sent."""
    if row.http_method != "GET":
        return None
    base = f"/courses/{course_id}"
    if row.path == f"{base}/confirm_action":
        return "confirmation page of this course"
    return "settings page of this course" if row.path == f"{base}/settings" else None
