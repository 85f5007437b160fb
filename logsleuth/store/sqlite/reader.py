"""The :class:`Store` over day files: newest day first, lazily, cancellable."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

from logsleuth.filter.fields import field
from logsleuth.filter.tree import All, Equals, Match, Node, Or, Span, Value, both, span_of
from logsleuth.model import ids, times
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import (
    ActSpan,
    Bounds,
    Bucket,
    Cancel,
    Page,
    Pair,
    PairRow,
    Partial,
    Profile,
    Session,
    TopRow,
    last,
)
from logsleuth.store.sqlite import rows, schema
from logsleuth.store.sqlite.acting_days import telling
from logsleuth.store.sqlite.compile import compile_filter
from logsleuth.store.sqlite.counting import buckets, count
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.grouping import Wanted, any_pair
from logsleuth.store.sqlite.opening import DayEntry, DayList, OpenDays
from logsleuth.store.sqlite.pace import Pace
from logsleuth.store.sqlite.paging import ordered
from logsleuth.store.sqlite.parallel import Workers
from logsleuth.store.sqlite.plan import everything_from
from logsleuth.store.sqlite.profiles import Making, profile
from logsleuth.store.sqlite.sessions import Sessions
from logsleuth.store.sqlite.spans import Spans, newest_hour
from logsleuth.store.sqlite.tops import IN_SIGHT, Tops
from logsleuth.store.sqlite.visits import (
    SLOTS,
    Client,
    Matching,
    Part,
    callers,
    matching,
    newest_slot,
    part,
    since_slot,
)


class SqliteStore:
    """Requests in day files; each thread reads on connections of its own."""

    def __init__(self, days: DayList) -> None:
        self._days = OpenDays(days)
        self._workers = Workers(self._days)
        self._tops = Tops(self._days, self._workers)

    # What is there

    def bounds(self) -> Bounds:
        entries = self._days.listed()
        return Bounds(
            rows=sum(entry.rows for entry in entries),
            first=next((entry.first for entry in entries if entry.rows), None),
            last=next((entry.last for entry in reversed(entries) if entry.rows), None),
            days=tuple(entry.day for entry in entries),
        )

    def close(self) -> None:
        """Close the connections of the calling thread, and end those that work for all."""
        self._days.close()
        self._workers.close()

    # Pages

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
        if before is not None:
            # The rows in front of a place are those that follow it the other way round.
            for answer in self.page(
                where, limit=limit, after=before, oldest_first=not oldest_first, cancel=cancel
            ):
                if answer.complete:
                    page = _page(answer.value.rows[::-1], more=True)
                    yield Partial(page, True, answer.done, answer.total)
            return
        place = rows.parse_cursor(after) if after is not None else None
        entries = self._days.within(span_of(where), newest_first=not oldest_first)
        if place is not None:
            entries = [
                entry
                for entry in entries
                if (entry.day >= place.day if oldest_first else entry.day <= place.day)
            ]
        found: list[WebLog] = []

        def read(day: Day) -> list[WebLog]:
            start = place if place is not None and place.day == day.day else None
            wanted = limit + 1 - len(found)
            some = islice(ordered(day, where, start, oldest_first, wanted), wanted)
            return [rows.read(row, day) for row in some]

        for done, more in enumerate(self._workers.in_turn(entries, cancel, read), 1):
            found += more
            if len(found) > limit:
                yield Partial(_page(tuple(found[:limit]), more=True), True, done, len(entries))
                return
            if done < len(entries):
                yield Partial(_page(tuple(found), more=True), False, done, len(entries))
        yield Partial(_page(tuple(found), more=False), True, len(entries), len(entries))

    def candidates(self, where: Node, *, limit: int, cancel: Cancel | None = None) -> list[WebLog]:
        return list(last(self.page(where, limit=limit, oldest_first=True, cancel=cancel)).rows)

    def cursor_at(self, us: int) -> str:
        day = times.day_of(us)
        return rows.cursor_before(day, us - times.day_start(day))

    # Single requests

    def request(self, request_id: str) -> WebLog | None:
        name = ids.parse_uuid(request_id) or request_id
        found = last(self.page(Match(field("id"), Equals(name)), limit=1))
        return found.rows[0] if found.rows else None

    def older_versions(self, request_id: str, *, at: int | None = None) -> Sequence[WebLog]:
        if at is None:
            found = self.request(request_id)
            if found is None or found.versions == 1:
                return []
            at = found.timestamp
        name = schema.id_value(ids.parse_uuid(request_id) or request_id)
        for entry in self._days.within(Span(at, at + 1)):
            with self._days.asking(entry, None) as opened:
                packed = opened.connection.execute(
                    "SELECT row FROM older WHERE id = ? ORDER BY meta_us DESC, n DESC", (name,)
                )
                return [rows.read_older(row[0]) for row in packed]
        return []

    # Counts

    def count(self, where: Node, *, cancel: Cancel | None = None) -> Iterator[Partial[int]]:
        entries = self._days.within(span_of(where))
        total = 0
        counts = self._workers.in_turn(entries, cancel, partial(count, where=where))
        for done, found in enumerate(counts, 1):
            total += found
            if done < len(entries):
                yield Partial(total, False, done, len(entries))
        yield Partial(total, True, len(entries), len(entries))

    def timeline(
        self, where: Node, *, seconds: int, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[Bucket, ...]]]:
        entries = self._days.within(span_of(where))
        counts: dict[int, list[int]] = {}
        every = self._workers.in_turn(
            entries, cancel, partial(buckets, where=where, seconds=seconds)
        )
        for done, found in enumerate(every, 1):
            for start, *numbers in found:
                bucket = start // (seconds * times.SECOND) * seconds * times.SECOND
                kept = counts.setdefault(bucket, [0, 0, 0])
                for place, number in enumerate(numbers):
                    kept[place] += number
            so_far = tuple(Bucket(start, *numbers) for start, numbers in sorted(counts.items()))
            if done < len(entries):
                yield Partial(so_far, False, done, len(entries))
            else:
                yield Partial(so_far, True, len(entries), len(entries))
        if not entries:
            yield Partial((), True)

    # Values

    def top(
        self, name: str, where: Node, *, limit: int, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[TopRow, ...]]]:
        return self._tops.top(name, where, limit, cancel)

    def pairs(
        self, names: tuple[str, str], where: Node, *, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[PairRow, ...]]]:
        return self._tops.pairs(names, where, cancel)

    def profiles(
        self,
        name: str,
        values: Sequence[Value],
        where: Node,
        *,
        cancel: Cancel | None = None,
    ) -> Iterator[Partial[dict[Value, Profile]]]:
        wanted = field(name)
        these = both(where, Or(tuple(Match(wanted, Equals(value)) for value in values)))
        return self._profiles(wanted, these, cancel)

    def _profiles(
        self, wanted: Wanted, these: Node, cancel: Cancel | None
    ) -> Iterator[Partial[dict[Any, Profile]]]:
        entries = self._days.within(span_of(these))
        making: dict[Any, Making] = {}
        so_far: dict[Any, Profile] = {}
        pace = Pace()
        for done, entry in enumerate(entries, 1):
            with self._days.asking(entry, cancel) as opened:
                profile(opened, wanted, compile_filter(these, opened), making)
            if anew := pace.due():
                so_far = _made(making)
            if done < len(entries):
                yield Partial(so_far, False, done, len(entries))
            if anew:
                pace.made()
        yield Partial(_made(making), True, len(entries), len(entries))

    def pair_profiles(
        self,
        names: tuple[str, str],
        pairs: Sequence[Pair],
        where: Node,
        *,
        cancel: Cancel | None = None,
    ) -> Iterator[Partial[dict[Pair, Profile]]]:
        wanted = field(names[0]), field(names[1])
        these = both(where, any_pair(wanted, pairs))
        return self._profiles(wanted, these, cancel)

    # Spans and sessions

    def spans(
        self, where: Node, *, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[ActSpan, ...]]]:
        every = self._days.within(Span(), newest_first=False)
        days = {entry.day for entry in self._days.within(span_of(where))}
        asked = [entry for entry in every if entry.day in days]
        if not asked:
            yield Partial((), True)
            return
        # The newest hour, then the newest day: their spans may begin earlier, as the whole
        # answer tells.
        for only_hour in (True, False)[: len(every)]:
            newest = Spans()
            with self._days.asking(asked[-1], cancel) as day:
                since = newest_hour(day, where) if only_hour else 0
                newest.feed(day, compile_filter(where, day), since)
            so_far = newest.found(self.bounds().last, self._days.student_view_users)
            yield Partial(tuple(so_far), False, 0, len(asked))
        found = Spans()
        for entry, since in telling(self._days, every, asked, cancel):
            with self._days.asking(entry, cancel) as opened:
                found.feed(opened, compile_filter(where, opened), since)
        spans = found.found(self.bounds().last, self._days.student_view_users)
        yield Partial(tuple(spans), True, len(asked), len(asked))

    def sessions(
        self, where: Node, *, cancel: Cancel | None = None
    ) -> Iterator[Partial[Sequence[Session]]]:
        asked = self._days.within(span_of(where))
        entries = self._days.within(Span())
        if not asked:
            yield Partial((), True, len(entries), len(entries))
            return
        # The newest half hour first: its sessions grow as the rest is read.
        so_far = self._newest_sessions(where, asked[0], cancel)
        yield Partial(so_far, False, 0, len(entries))
        only: Matching | None = None
        if not isinstance(where, All):
            only = Matching()
            for found in self._workers.each(asked, cancel, partial(matching, where=where)):
                only.add(found)
            if only.empty:
                yield Partial((), True, len(entries), len(entries))
                return
        reaching = self._reaching(entries, asked, only, cancel)

        def of_day(day: Day) -> Part:
            return part(day, only=only, clients=reaching.get(day.day))

        sessions = Sessions(only)
        pace = Pace()
        parts = self._workers.each(entries, cancel, of_day)
        for done, found_in_day in enumerate(parts, 1):
            sessions.feed(found_in_day)
            if done == len(entries):
                break
            if anew := sessions.few and pace.due():
                so_far = sessions.found()
            yield Partial(so_far, False, done, len(entries))
            if anew:
                pace.made()
        yield Partial(sessions.found(), True, len(entries), len(entries))

    def _reaching(
        self,
        entries: Sequence[DayEntry],
        asked: Sequence[DayEntry],
        only: Matching | None,
        cancel: Cancel | None,
    ) -> dict[str, set[Client]]:
        """Of the days that are not asked for, whose runs of calls may reach into those that
        are: who has called without a pause since, or until, the midnight between."""
        found: dict[str, set[Client]] = {}
        if only is None:
            return found
        newer = [entry for entry in reversed(entries) if entry.day > asked[0].day]
        older = [entry for entry in entries if entry.day < asked[-1].day]
        for days, slot in ((newer, 0), (older, SLOTS - 1)):
            clients = set(only.clients)
            for entry in days:
                if clients:
                    with self._days.asking(entry, cancel) as day:
                        clients &= callers(day, slot)
                found[entry.day] = set(clients)
        return found

    def _newest_sessions(
        self, where: Node, newest: DayEntry, cancel: Cancel | None
    ) -> Sequence[Session]:
        """Sessions with a matching request in the last hour that is asked for."""
        with self._days.asking(newest, cancel) as day:
            slot = newest_slot(day, where)
            only: Matching | None = None
            if not everything_from(day, where, slot * schema.SLOT_MS * 1000):
                only = matching(day, both(where, since_slot(day, slot)))
            sessions = Sessions(only)
            sessions.feed(part(day, slot, only=only, most=IN_SIGHT))
        return sessions.found()


def _made(making: dict[Value, Making]) -> dict[Value, Profile]:
    return {value: one.made() for value, one in making.items()}


def _page(found: tuple[WebLog, ...], *, more: bool) -> Page:
    if not found:
        return Page(more=more)
    return Page(found, found[0].position, found[-1].position, more)
