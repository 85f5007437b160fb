"""Spans in which one account acted as another, put together across days."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from logsleuth.filter import sorts
from logsleuth.filter.tree import Node, span_of
from logsleuth.model import addresses, times
from logsleuth.store.base import QUIET, ActSpan
from logsleuth.store.sqlite import by_visits, schema
from logsleuth.store.sqlite.compile import compile_filter
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.sql import Sql

_STEPS = """
SELECT r.k, r.us, s.sid, r.dev, i.addr, i.text, r.real_user_id, r.user_id, r.op, r.course_id,
  CASE WHEN r.status BETWEEN 200 AND 299 THEN r.about END,
  r.url LIKE '%stop_acting_as_user=true%' OR r.url LIKE '%become_user_id=me%', {condition}
FROM req r LEFT JOIN ses s ON s.i = r.ses LEFT JOIN ip i ON i.i = r.ip
WHERE r.real_user_id IS NOT NULL AND r.k >= ? ORDER BY {in_order}
"""
_THESE = (
    "ses IN (SELECT i FROM ses WHERE sid IN ({marks})) AND real_user_id IS NULL AND dev IS NULL"
)
_OWN = f"""
SELECT r.k, r.us, (SELECT sid FROM ses WHERE i = r.ses), r.user_id FROM req r
WHERE {_THESE} AND r.k IN ({by_visits.keys(_THESE)}) ORDER BY r.k
"""

_SORTS = {
    "reads": sorts.READ,
    "opened": sorts.OPENED,
    "changed": sorts.CHANGED_BESIDES,
    "switched": sorts.SWITCHED,
    "automatic": sorts.AUTOMATIC,
    "not_classified": sorts.NOT_CLASSIFIED,
    "opaque": sorts.OPAQUE,
}
"""Counted for each span; a request may be of more than one of them."""

Key = tuple[Any, ...]


@dataclass(slots=True)
class _Run:
    session: bytes | str | None
    dev: int | None
    address: str | None
    real: int
    user: int | None
    start: int
    end: int
    requests: int = 0
    matching: int = 0
    writes: int = 0
    by_sort: Counter[str] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)
    minutes: set[int] = field(default_factory=set)
    courses: set[int] = field(default_factory=set)
    stopped: bool = False


class Spans:
    """Fed with days in order of time; each day's requests extend or begin runs."""

    def __init__(self) -> None:
        self._open: dict[Key, _Run] = {}
        self._closed: list[_Run] = []
        self._in_session: dict[bytes | str, _Run] = {}

    def feed(self, day: Day, condition: Sql, since: int = 0) -> None:
        """Take in a day, from an hour of it on; ``condition`` says which requests match the
        filter."""
        sql = _STEPS.format(condition=f"({condition.text}) IS TRUE", in_order=schema.IN_ORDER)
        begin = since * times.HOUR // 1000 << schema.LOW_BITS
        steps: list[Any] = day.connection.execute(sql, (*condition.parameters, begin)).fetchall()
        ops = _sorts_of_ops(day)
        own = self._own(day, {step[2] for step in steps if step[2] is not None})
        at = 0
        for step in steps:
            moment = _moment(day, step)
            while at < len(own) and own[at][0] <= moment:
                self._back(*own[at])
                at += 1
            self._step(day, moment, step, ops)
        for left in own[at:]:
            self._back(*left)

    def _own(self, day: Day, sessions: set[Any]) -> list[tuple[int, Any, int | None]]:
        """Requests of the same sessions in which nobody acted as another."""
        wanted = list(sessions | self._in_session.keys())
        found: list[tuple[int, Any, int | None]] = []
        for begin in range(0, len(wanted), 500):
            some = wanted[begin : begin + 500]
            marks = ",".join(f"?{n}" for n in range(1, len(some) + 1))
            rows: Any = day.connection.execute(_OWN.format(marks=marks), tuple(some))
            found += [(_moment(day, row), row[2], row[3]) for row in rows]
        return sorted(found, key=lambda own: own[0])

    def _back(self, moment: int, session: bytes | str, user: int | None) -> None:
        """The session's own account is back: acting as another has stopped."""
        run = self._in_session.get(session)
        if run is not None and user == run.real and moment - run.end <= QUIET:
            run.stopped = True

    def _step(
        self, day: Day, moment: int, step: tuple[Any, ...], ops: dict[int, list[str]]
    ) -> None:
        _, _, session, dev, packed, text, real, user, op_index, course, about, stop, matches = step
        address = addresses.unpack(packed) if packed is not None else text
        in_browser = session is not None and dev is None
        place: Key = (session,) if in_browser else (dev, address)
        key = (*place, real, user)
        run = self._open.get(key)
        if run is None or moment - run.end > QUIET or run.stopped:
            if run is not None:
                self._closed.append(run)
            run = self._open[key] = _Run(
                session if in_browser else None, dev, address, real, user, moment, moment
            )
        if in_browser:
            before = self._in_session.get(session)
            if before is not None and before is not run and moment - before.end <= QUIET:
                before.stopped = True
            self._in_session[session] = run
        op = day.ops[op_index]
        run.end = moment
        run.requests += 1
        run.matching += matches
        run.writes += op.w
        run.by_sort.update(ops[op_index])
        if not op.automatic:
            run.minutes.add(moment // times.MINUTE)
        if about is not None and "reads" in ops[op_index]:
            run.people.add(about)
        if course is not None:
            run.courses.add(course)
        if op.action == "leave_student_view" or (op.action == "masquerade" and stop):
            run.stopped = True

    def found(self, log_end: int | None, student_view_users: frozenset[int]) -> list[ActSpan]:
        """Spans with a matching request so far, newest first; ``log_end`` is the last
        request of the cache (microseconds)."""
        every = [run for run in (*self._closed, *self._open.values()) if run.matching]
        every.sort(key=lambda run: (-run.start, run.real, run.user or 0))
        return [_span(run, log_end, student_view_users) for run in every]


def newest_hour(day: Day, where: Node) -> int:
    """The last hour of the day that the filter's span allows, and in which somebody acted."""
    until = span_of(where).until
    before = 24 if until is None else -(-(until - day.start) // times.HOUR)
    found: int = day.connection.execute(
        "SELECT ifnull(max(h), 0) FROM real_user_id_hour WHERE h < ?", (before,)
    ).get
    return found


def _sorts_of_ops(day: Day) -> dict[int, list[str]]:
    """The sorts that each operation of the day counts for."""
    having = {name: day.ops_that(compile_filter(node, day)) for name, node in _SORTS.items()}
    return {op: [name for name, ops in having.items() if op in ops] for op in day.ops}


def _moment(day: Day, row: tuple[Any, ...]) -> int:
    start: int = day.start + (row[0] >> schema.LOW_BITS) * 1000 + (row[1] or 0)
    return start


def _span(run: _Run, log_end: int | None, student_view_users: frozenset[int]) -> ActSpan:
    ended = "unknown"
    if run.stopped:
        ended = "stopped"
    elif log_end is not None and log_end - run.end > QUIET:
        ended = "idle"
    return ActSpan(
        session_id=None if run.session is None else schema.id_text(run.session),
        developer_key_id=run.dev,
        remote_ip=run.address,
        real_user_id=run.real,
        user_id=run.user,
        start=run.start,
        end=run.end,
        active_minutes=len(run.minutes),
        requests=run.requests,
        matching=run.matching,
        writes=run.writes,
        **{name: run.by_sort[name] for name in _SORTS},
        people=tuple(sorted(run.people)),
        courses=tuple(sorted(run.courses)),
        how="browser" if run.session is not None else "api",
        ended=ended,
        student_view=run.user in student_view_users,
    )
