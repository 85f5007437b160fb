"""The most frequent values of a field, and pairs of values, across days."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

from logsleuth.filter.fields import Field, field
from logsleuth.filter.tree import All, Equals, Match, Node, Or, Span, both, span_of
from logsleuth.model import times
from logsleuth.store.base import Cancel, Pair, PairRow, Partial, TopRow
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.grouping import (
    Group,
    Groups,
    Leading,
    columns,
    grouping,
    leading,
    pairing,
    shown,
    unite,
)
from logsleuth.store.sqlite.opening import DayEntry, OpenDays
from logsleuth.store.sqlite.pace import Pace
from logsleuth.store.sqlite.parallel import Workers
from logsleuth.store.sqlite.rollups import CLIENT

IN_SIGHT = 100
"""Rows that a tall screen shows of a longer list."""

LEADING = 500
"""Values of each day that are looked at first, and five times the limit if that is more, where
a few have very many requests, and it takes long to know of all what they are called: of
:data:`_WORDED`."""

_WORDED = {"remote_ip", "session_id"}

_ONE_ACCOUNT = {"user_id"}
"""Fields of which a value says as whom its requests were made: once they are counted, nothing
is left to ask but when the first and the last of them was."""

MOST_VALUES = 1_000
"""Values that are asked for one by one; of more, the whole day is grouped."""

TRIES = 3
"""How often few values are looked for among days that change meanwhile."""

Times = list[int]
"""Of a pair: requests, first and last (microseconds)."""


class Tops:
    """Answers by value, put together from what each day knows."""

    def __init__(self, days: OpenDays, workers: Workers) -> None:
        self._days = days
        self._workers = workers

    def top(
        self, name: str, where: Node, limit: int, cancel: Cancel | None
    ) -> Iterator[Partial[tuple[TopRow, ...]]]:
        """As :meth:`Store.top`."""
        wanted = field(name)
        entries = self._days.within(span_of(where))
        total, few = len(entries), limit or IN_SIGHT
        groups: Groups | None = None
        so_far: tuple[TopRow, ...] = ()
        by_client = columns(wanted) <= set(CLIENT)
        if by_client and entries:
            # Of very many those on top at once: as far as the newest day knows, then of all.
            if total > 1 and not limit:
                newest = self._leaders(wanted, where, entries[:1], few, cancel)
                yield Partial(_top_rows(wanted, newest or {}, few), False, 0, total)
            groups = self._leaders(wanted, where, entries, few, cancel)
            so_far = _top_rows(wanted, groups or {}, few)
            yield Partial(so_far, False, 0, total)
        if groups is None or not limit:
            groups = {}
            pace = Pace()
            for done, groups_of_day in enumerate(self._grouped(wanted, where, entries, cancel), 1):
                unite(groups, groups_of_day)
                if done == total:
                    break
                if anew := not by_client and pace.due():
                    so_far = _top_rows(wanted, groups, limit)
                yield Partial(so_far, False, done, total)
                if anew:
                    pace.made()
        yield Partial(_top_rows(wanted, groups, limit), False, total, total)
        compared = self._with_all(wanted, where, groups, limit, cancel)
        yield Partial(compared, True, total, total)

    def _leaders(
        self,
        wanted: Field,
        where: Node,
        entries: Sequence[DayEntry],
        limit: int,
        cancel: Cancel | None,
    ) -> Groups | None:
        """All about the values with the most requests: as many as the limit, or more.

        First which ones, by their numbers alone, then all about these: both of the same
        requests.  ``None`` where the days change too fast for that.
        """
        for _ in range(TRIES):
            values: list[Any] | None = None
            if wanted.name in _WORDED:
                most = max(LEADING, 5 * limit)
                known = self._known(wanted, where, entries, most, cancel)
                values = foremost(known, limit)
            if values is None:
                known = self._known(wanted, where, entries, None, cancel)
                values = _ranked(wanted, _added_up(day.counts for day in known), limit)
            only_ends = wanted.name in _ONE_ACCOUNT
            asked = [
                (entry, day, some)
                for entry, day, some in zip(
                    entries, known, _asked_of(known, values, only_ends=only_ends), strict=True
                )
                if some
            ]
            groups: Groups = {}
            same = True
            for (_, day, some), found in zip(
                asked, self._about(wanted, where, asked, cancel), strict=True
            ):
                same &= all(
                    day.allows(value, found[value].count if value in found else 0) for value in some
                )
                unite(groups, found)
            if same:
                if only_ends:
                    for value, group in groups.items():
                        group.count = sum(day.counts.get(value, 0) for day in known)
                return groups
        return None

    def _about(
        self,
        wanted: Field,
        where: Node,
        asked: Sequence[tuple[DayEntry, Leading, list[Any]]],
        cancel: Cancel | None,
    ) -> Iterator[Groups]:
        """The groups of some values of each of the days."""
        of_day = {entry.day: both(where, _any_of(wanted, some)) for entry, _, some in asked}

        def ask(day: Day) -> Groups:
            return grouping(day, wanted, of_day[day.day])

        return self._workers.each([entry for entry, _, _ in asked], cancel, ask)

    def _known(
        self,
        wanted: Field,
        where: Node,
        entries: Sequence[DayEntry],
        most: int | None,
        cancel: Cancel | None,
    ) -> list[Leading]:
        """The values of each day with the most requests, or all."""
        ask = partial(leading, wanted=wanted, where=where, most=most)
        return list(self._workers.each(entries, cancel, ask))

    def _grouped(
        self, wanted: Field, where: Node, entries: Sequence[DayEntry], cancel: Cancel | None
    ) -> Iterator[Groups]:
        """The groups of each of the days."""
        return self._workers.each(entries, cancel, partial(grouping, wanted=wanted, where=where))

    def _with_all(
        self, wanted: Field, where: Node, groups: Groups, limit: int, cancel: Cancel | None
    ) -> tuple[TopRow, ...]:
        """The rows shown, with what the same values do without the filter."""
        here, overall = groups, groups
        if not isinstance(where, All):
            values = _ranked(wanted, {value: one.count for value, one in groups.items()}, limit)
            any_of = _any_of(wanted, values) if len(values) <= MOST_VALUES else All()
            everything = self._days.within(span_of(any_of))
            same_days = {entry.day for entry in self._days.within(span_of(where))}
            here, overall = {}, {}
            every = self._grouped(wanted, any_of, everything, cancel)
            for entry, found in zip(everything, every, strict=True):
                for value, group in found.items():
                    overall.setdefault(value, Group()).take(group)
                    if entry.day in same_days:
                        here.setdefault(value, Group()).take(group)
        return _top_rows(wanted, groups, limit, (here, overall, self._first_day_ends()))

    def _first_day_ends(self) -> int:
        first_day = next((times.day_start(entry.day) for entry in self._days.listed()), 0)
        return first_day + times.DAY

    def pairs(
        self, names: tuple[str, str], where: Node, cancel: Cancel | None
    ) -> Iterator[Partial[tuple[PairRow, ...]]]:
        """As :meth:`Store.pairs`."""
        wanted = field(names[0]), field(names[1])
        entries = self._days.within(span_of(where))
        pairs: dict[Pair, Times] = {}
        so_far: tuple[PairRow, ...] = ()
        if entries:
            few = partial(pairing, wanted=wanted, where=where, most=IN_SIGHT)
            _pair_up(pairs, next(self._workers.each(entries[:1], cancel, few)))
            so_far, pairs = _pair_rows(pairs), {}
            yield Partial(so_far, False, 0, len(entries))
        ask = partial(pairing, wanted=wanted, where=where)
        for done, found in enumerate(self._workers.each(entries, cancel, ask), 1):
            _pair_up(pairs, found)
            if done == len(entries):
                so_far = _pair_rows(pairs)
            yield Partial(so_far, False, done, len(entries))
        overall = pairs
        if not isinstance(where, All):
            these = _any_of(wanted[0], {one for one, _ in pairs})
            ask = partial(pairing, wanted=wanted, where=these)
            everything = self._days.within(Span())
            overall = {}
            for found in self._workers.each(everything, cancel, ask):
                _pair_up(overall, found)
        rows = _pair_rows(pairs, overall, self._first_day_ends())
        yield Partial(rows, True, len(entries), len(entries))


def _added_up(days: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    """Requests of each value, as far as the days tell."""
    counts: dict[Any, int] = {}
    for day in days:
        for value, count in day.items():
            counts[value] = counts.get(value, 0) + count
    return counts


def _asked_of(
    days: Sequence[Leading], values: Iterable[Any], *, only_ends: bool
) -> list[list[Any]]:
    """Which of the values each day is to be asked about: those that it may have; with
    ``only_ends`` the first and the last of the days that may have one."""
    asked: list[list[Any]] = [[] for _ in days]
    for value in values:
        having = [n for n, day in enumerate(days) if day.others or value in day.counts]
        if only_ends:
            having = having[:1] + having[1:][-1:]
        for number in having:
            asked[number].append(value)
    return asked


def foremost(days: Sequence[Leading], limit: int) -> list[Any] | None:
    """Every value that can be among the first, by what the days tell of their leading ones;
    ``None`` where these may be others, or too many.

    A value has at least what is known of it, and in each day that does not tell it at most
    what that day says of its others.
    """
    counts = _added_up(day.counts for day in days)
    others = sum(day.others for day in days)
    leaders = heapq.nlargest(limit, _added_up(day.surely for day in days).values())
    least = leaders[-1] if len(leaders) == limit else 0
    if others and others >= least:
        return None
    found = []
    for value, count in counts.items():
        if count + others >= least:
            unknown = sum(day.others for day in days if value not in day.counts)
            if count + unknown >= least:
                found.append(value)
    return found if len(found) <= MOST_VALUES else None


def _pair_up(pairs: dict[Pair, Times], found: Iterable[Any]) -> None:
    """Add the pairs of another day."""
    for one, other, count, first, last in found:
        known = pairs.get((one, other))
        if known is None:
            pairs[one, other] = [count, first, last]
        else:
            known[0] += count
            known[1] = min(known[1], first)
            known[2] = max(known[2], last)


def _pair_rows(
    pairs: Mapping[Pair, Times],
    overall: Mapping[Pair, Times] | None = None,
    begun: int = -(2**62),
) -> tuple[PairRow, ...]:
    """Pairs, most used first; ``begun`` ends the first day of the cache."""
    everywhere = pairs if overall is None else overall
    rows = []
    for pair, (count, first, last) in pairs.items():
        # A day that was dropped meanwhile is not among the others any more.
        since = everywhere.get(pair, pairs[pair])[1]
        rows.append(PairRow(pair, count, first, last, since, since < begun))

    def rank(row: PairRow) -> Any:
        one, other = row.pair
        return one, other is None, other or 0

    rows.sort(key=rank)
    rows.sort(key=attrgetter("count"), reverse=True)
    return tuple(rows)


def _any_of(wanted: Field, values: Iterable[Any]) -> Node:
    return Or(tuple(Match(wanted, Equals(value)) for value in values))


def _ranked(wanted: Field, counts: Mapping[Any, int], limit: int) -> list[Any]:
    """The values with the most requests, then by value: numbers by size, text after them."""
    if limit and limit < len(counts):
        least = heapq.nlargest(limit, counts.values())[-1]
        counts = {value: count for value, count in counts.items() if count >= least}

    def rank(value: Any) -> tuple[int, bool, Any]:
        text = shown(wanted, value)
        return -counts[value], isinstance(text, str), text

    ranked = sorted(counts, key=rank)
    return ranked[:limit] if limit else ranked


def _top_rows(
    wanted: Field,
    groups: Groups,
    limit: int,
    compared: tuple[Groups, Groups, int] | None = None,
) -> tuple[TopRow, ...]:
    """Rows of the values with the most requests; ``compared`` is what they are on the same
    days, and everywhere, without the filter, and where the first day of the cache ends."""
    here, overall, begun = compared or (groups, groups, None)
    rows = []
    for value in _ranked(wanted, {value: one.count for value, one in groups.items()}, limit):
        group = groups[value]
        # A day that was dropped meanwhile is not among the others any more.
        first = overall.get(value, group).first
        rows.append(
            TopRow(
                value=shown(wanted, value),
                count=group.count,
                users=len(group.users),
                users_all=len(here.get(value, group).users),
                first=group.first,
                last=group.last,
                first_in_cache=first,
                at_start=begun is not None and first < begun,
            )
        )
    return tuple(rows)
