"""From the newest change of a span down to its oldest, whatever the links do.

Canvas lists changes newest first, in pages that link to the next.  Older versions put only
the second of the last change into that link, so that a page edge within one second can lose
changes or lead round in a circle.

So the second at a page edge is asked for by itself, until a page is seen to go on within the
second in which the one before it ended.  A link that comes again ends a walk; the next walk
starts at the oldest second seen, then one second below it, until that brings nothing new.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.sources.canvas import EMPTY_PAGES, Canvas, Scope
from logsleuth.sources.canvas_answers import Answer
from logsleuth.sources.http import HttpError
from logsleuth.store.base import Cancel

OVERLAP = 5 * times.SECOND
"""Asked for once more at the old end of a span: a page edge may have hidden something."""

Keep = Callable[[Answer], Awaitable[list[CourseEvent]]]


@dataclass(frozen=True, slots=True)
class Listing:
    """Whose changes: those of a course, or of an account's own courses."""

    scope: Scope
    id: int

    def __str__(self) -> str:
        return f"the changes of {self.scope} {self.id}"


@dataclass(slots=True)
class Edges:
    """What is known of Canvas's pages: ``sound`` once one went on within the second in which
    the one before it ended, ``fullest`` how many changes were on one at most."""

    sound: bool = False
    fullest: int = 0


@dataclass(slots=True)
class _Walk:
    """What came of following links from one time downward.

    ``whole``: it came to its end.  ``circle``: the links led back to a full page whose changes
    are all of one second.  ``edges``: seconds in which a page ended and the next did not begin.
    """

    fresh: int = 0
    whole: bool = False
    circle: bool = False
    edges: list[int] = field(default_factory=list)


class Descent:
    """One (closed) span of changes, fetched downward; what it says of itself stays right when
    it is stopped by an error."""

    def __init__(
        self,
        canvas: Canvas,
        listing: Listing,
        span: Span,
        keep: Keep,
        *,
        cancel: Cancel,
        edges: Edges,
    ) -> None:
        self._canvas = canvas
        self._listing = listing
        self._since, self._until = span.since or 0, span.until or 0
        self._keep = keep
        self._cancel = cancel
        self._edges = edges
        self._seen: set[str] = set()
        self._oldest: int | None = None
        self._descending = True
        self._doubtful: list[int] = []
        self._whole = False
        self._canvas_clock: int | None = None
        self._notes: dict[str, None] = {}
        self.pages = 0

    @property
    def notes(self) -> list[str]:
        """What was odd, in sentences."""
        return list(self._notes)

    async def fetch(self) -> None:
        """Ask for all of the span; raises what stops it (``HttpError``, ``SourceError``)."""
        until, below = self._until, False
        while until >= self._since - OVERLAP:
            walk = await self._walk(self._since - OVERLAP, until)
            for second in walk.edges:
                await self._look_behind(second)
            if walk.whole:
                break
            if not self._descending:
                raise HttpError(
                    f"Canvas gave {self._listing} neither in order nor to their end; what came is"
                    " kept, and the span is not noted as fetched."
                )
            if self._oldest is None or (below and not walk.fresh):
                self._note("Canvas repeated itself at the end of what it had")
                break
            self._note(f"Canvas repeated itself at {times.iso_seconds(self._oldest)}")
            below = not walk.fresh
            if below and walk.circle:
                self._doubt(self._oldest)
            until = self._oldest - (times.SECOND if below else 0)
        self._whole = True
        if self._canvas_clock is not None and self._canvas_clock < self._until - times.MINUTE:
            self._note(
                f"By Canvas's clock it was {times.iso_seconds(self._canvas_clock)}, which is"
                " behind this machine's; what comes later is not noted as fetched"
            )

    def fetched(self) -> list[Span]:
        """What is known to be fetched by now, oldest first.

        Of a span that was not finished, all above the oldest change seen, if Canvas kept to
        its order.  It ends where Canvas's own clock was when it began to answer.
        """
        until = self._until
        if self._canvas_clock is not None:
            until = min(until, self._canvas_clock)
        if self._whole:
            since = self._since
        elif self._descending and self._oldest is not None:
            since = max(self._since, self._oldest + times.SECOND)
        else:
            return []
        found = []
        for second in sorted(self._doubtful):
            found.append(Span(since, second))
            since = max(since, second + times.SECOND)
        found.append(Span(since, until))
        return [span for span in found if (span.since or 0) < (span.until or 0)]

    async def _walk(self, since: int, until: int) -> _Walk:
        following = self._canvas.course_changes(self._listing.scope, self._listing.id, since, until)
        followed: set[str] = set()
        delivered: set[str] = set()
        walk = _Walk()
        empty = 0
        above = until
        while True:
            self._cancel.check()
            followed.add(following)
            answer = await self._canvas.ask(following, str(self._listing))
            if self._canvas_clock is None:
                self._canvas_clock = answer.date
            events = await self._keep(answer)
            self.pages += 1
            ids = {event.id for event in events}
            self._edges.fullest = max(self._edges.fullest, len(ids))
            if delivered:
                self._compare_edge(above, events, walk)
            walk.fresh += len(ids - self._seen)
            self._seen |= ids
            above = self._look(events, above)
            if answer.following is None or self._is_below(events):
                walk.whole = True
                return walk
            empty = 0 if events else empty + 1
            again = bool(ids) and ids <= delivered
            if answer.following in followed or again or empty >= EMPTY_PAGES:
                one_second = len({event.created_at for event in events}) == 1
                walk.circle = one_second and len(ids) >= self._edges.fullest
                return walk
            delivered |= ids
            following = answer.following

    def _compare_edge(self, edge: int, events: list[CourseEvent], walk: _Walk) -> None:
        """Whether a page begins within the second in which the one before it ended."""
        if events and events[0].created_at == edge:
            self._edges.sound = True
        elif not self._edges.sound and edge not in walk.edges:
            walk.edges.append(edge)

    async def _look_behind(self, second: int) -> None:
        """Ask for one second by itself: a page ended in it, and may have hidden the rest."""
        if self._edges.sound:
            return
        walk = await self._walk(second, second)
        if not walk.whole or walk.edges:
            self._doubt(second)

    def _doubt(self, second: int) -> None:
        if second not in self._doubtful:
            self._doubtful.append(second)
            self._note(
                f"Canvas may hold more of {times.iso_seconds(second)} than its pages show, so"
                " that second is not noted as fetched"
            )

    def _look(self, events: list[CourseEvent], above: int) -> int:
        """Note order, the oldest, and what was not asked for; the time of the last one."""
        for event in events:
            if not self._since - OVERLAP <= event.created_at <= self._until:
                self._note("Canvas sent changes of other times than were asked for")
            elif event.created_at > above:
                self._descending = False
                self._note("Canvas did not keep to the order from new to old")
            above = event.created_at
            self._oldest = above if self._oldest is None else min(self._oldest, above)
        return above

    def _is_below(self, events: list[CourseEvent]) -> bool:
        """Whether a page ends below the span: Canvas did not heed where it begins."""
        return (
            self._descending
            and bool(events)
            and max(event.created_at for event in events) < self._since - OVERLAP
        )

    def _note(self, what: str) -> None:
        self._notes[f"{what} ({self._listing})."] = None
