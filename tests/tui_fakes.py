"""A store and a catalogue in memory, for what files cannot show: sizes, waits, failures."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from logsleuth.filter import evaluate
from logsleuth.filter.tree import All, Node, Span
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Bounds, Bucket, Cancel, Page, Partial, StoreError, TopRow
from logsleuth.store.catalogue import Hour, Name
from logsleuth.trace.result import Trace

START = times.parse("2026-10-12T08:00:00Z")


def requests(count: int) -> list[WebLog]:
    """Requests a second apart, oldest first; every third is automatic."""
    return [
        WebLog(
            id=f"r{number:06}",
            timestamp=START + number * times.SECOND,
            user_id=number % 7 + 1,
            url=f"/courses/{number}",
            http_method="GET",
            http_status=200,
            remote_ip="192.0.2.1",
            session_id=f"s{number % 5}",
            automatic=number % 3 == 0,
            position=f"{number:09}",
        )
        for number in range(count)
    ]


class FakeStore:
    """Requests in memory.  ``held`` keeps questions for rows waiting until it is set or
    they are taken back; ``failing`` makes them fail."""

    def __init__(self, rows: Sequence[WebLog]) -> None:
        self.rows = list(rows)
        self.held: threading.Event | None = None
        self.failing = ""
        self.largest = 0
        self.taken_back = 0

    def bounds(self) -> Bounds:
        if not self.rows:
            return Bounds()
        return Bounds(len(self.rows), self.rows[0].timestamp, self.rows[-1].timestamp)

    def page(
        self,
        where: Node,
        *,
        limit: int,
        after: str | None = None,
        before: str | None = None,
        oldest_first: bool = False,
        cancel: Cancel | None = None,
    ) -> Iterator[Partial[Page]]:
        self._wait(cancel)
        if self.failing:
            raise StoreError(self.failing)
        found: list[WebLog] = []
        for row in self.rows if oldest_first else reversed(self.rows):
            beyond = after is None or (
                row.position > after if oldest_first else row.position < after
            )
            if beyond and evaluate.matches(where, row):
                found.append(row)
            if len(found) > limit:
                break
        self.largest = max(self.largest, limit)
        rows = tuple(found[:limit])
        edges = (rows[0].position, rows[-1].position) if rows else (None, None)
        yield Partial(Page(rows, *edges, len(found) > limit), complete=True)

    def _wait(self, cancel: Cancel | None) -> None:
        if self.held is None or cancel is None:
            return
        held = self.held
        remove = cancel.add_hook(held.set)
        held.wait()
        remove()
        if cancel.cancelled:
            self.taken_back += 1
        cancel.check()

    def count(self, where: Node, *, cancel: Cancel | None = None) -> Iterator[Partial[int]]:
        total = len(self.rows)
        if not isinstance(where, All):
            total = sum(evaluate.matches(where, row) for row in self.rows)
        yield Partial(total, complete=True)

    def top(
        self, name: str, where: Node, *, limit: int, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[TopRow, ...]]]:
        yield Partial((), complete=True)

    def timeline(
        self, where: Node, *, seconds: int, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[Bucket, ...]]]:
        length = seconds * times.SECOND
        counts = Counter(
            row.timestamp // length * length for row in self.rows if evaluate.matches(where, row)
        )
        buckets = [Bucket(start, count, 0, 0) for start, count in sorted(counts.items())]
        yield Partial(tuple(buckets), complete=True)

    def cursor_at(self, us: int) -> str:
        return f"{(us - START) // times.SECOND:09}"

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the app asked for {name}")


class FakeCatalogue:
    """Course events and names in memory."""

    def __init__(self, events: Sequence[CourseEvent] = ()) -> None:
        self._events = events

    def events(self, span: Span | None = None) -> Sequence[CourseEvent]:
        return self._events

    def name(self, kind: str, number: int) -> Name | None:
        return None

    def names(self, kind: str) -> dict[int, Name]:
        return {}

    def logins(self) -> Sequence[tuple[int, str | None, str | None]]:
        return ()

    def event_ids(self, column: str, value: int | str) -> Sequence[str]:
        return ()

    def hours(self, span: Span) -> Sequence[Hour]:
        return ()


class FakeTracer:
    """Traces nothing to anything."""

    def trace_all(
        self, events: Sequence[CourseEvent], cancel: Cancel | None = None
    ) -> Iterator[Trace]:
        for event in events:
            said = "No cached request fits."
            yield Trace(event.id, "none", "nothing_fits", said, event.user_id, None, "covered")

    def events_of(
        self, request: WebLog, cancel: Cancel | None = None
    ) -> list[tuple[CourseEvent, Trace]]:
        return []
