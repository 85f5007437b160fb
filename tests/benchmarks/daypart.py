"""The requests of a day, or of a part of it, as lines of JSON, with the course changes that some
of them cause."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

import traffic
from traffic import Session

FIRST_DAY = datetime(2026, 9, 1, tzinfo=UTC)
PER_EVENT = 1_000
"""Of so many requests, one changes a course."""
COMMITTED_AFTER = 150
"""Minutes from a request to its commit into the lake."""
DISORDER_MS = 120_000
LAST_MS = 86_399_999
FAILED = 0.057
"""Share of requests that are refused or find nothing."""
IN_USE = 6
"""Assignments, files, pages and the like of a course that are in use."""
STILL_OPEN = 1_500
"""Sessions in which a request may be, of a day of :data:`traffic.DAY_OF` requests."""
DAYS_HELD = 10


@lru_cache(maxsize=DAYS_HELD)
def _day(seed: int, number: int, rows: int) -> traffic.Day:
    return traffic.day(seed, number, rows)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A route as pieces of JSON; ``objects`` and ``url`` have the %-fields of a route."""

    before: str
    url: str
    after: str
    names: str
    context: str | None
    participated: str
    failed: str

    @classmethod
    def of(cls, route: traffic.Route) -> "_Pieces":
        objects = dict.fromkeys(("quiz", "discussion", "conversation", "assignment"), "null")
        if route.object:
            objects[route.object] = "%(n)d" if route.object == "conversation" else "%(a)d"
        return cls(
            "".join(f'"{name}_id":{value},' for name, value in objects.items()),
            route.url,
            f'"http_method":"{route.method}",',
            f'"web_application_controller":{json.dumps(route.controller)},'
            f'"web_application_action":{json.dumps(route.action)},'
            f'"web_application_context_type":{json.dumps(route.context)},',
            route.context,
            f'"participated":{json.dumps(route.participated)},',
            str(route.failed),
        )


class DayPart:
    """One part of a day: every ``parts``-th of its ``rows`` requests, from ``part`` on.

    ``crowd`` is the number of requests whose people and sessions these are of, where that is
    not their own number; ``salt`` makes other requests of the same day.  ``events`` and
    ``causes`` are there when all lines were taken.
    """

    def __init__(
        self, seed: int, day: int, rows: int, part: int, parts: int, *, crowd: int, salt: str
    ) -> None:
        self.events: list[dict[str, Any]] = []
        self.causes: list[dict[str, str]] = []
        self._number, self._places, self._rows = day, range(part, rows, parts), rows
        self._there = _day(seed, day, crowd)
        self._open_at_once = STILL_OPEN * min(1.0, crowd / traffic.DAY_OF)
        self._pick = random.Random(f"{seed}/{day}/{part}{salt}")
        self._clock = traffic.clock()
        kinds = traffic.routes()
        self._routes = [_Pieces.of(route) for route in kinds]
        self._weights = list(accumulate(route.weight for route in kinds))
        self._saved = _Pieces.of(traffic.SAVED)
        midnight = FIRST_DAY + timedelta(days=day)
        minutes = [midnight + timedelta(minutes=minute) for minute in range(1_440)]
        self._minutes = [minute.strftime("%Y-%m-%dT%H:%M") for minute in minutes]
        self._commits = [
            (minute + timedelta(minutes=COMMITTED_AFTER)).strftime("%Y-%m-%dT%H:%M:17.204Z")
            for minute in minutes
        ]

    def lines(self) -> Iterator[str]:
        """The requests, in about the order of their times."""
        chance = self._pick.random
        for place in self._places:
            share = place / self._rows
            event = place % PER_EVENT == PER_EVENT // 2
            session = self._session(share, event=event)
            route = self._saved if event else self._route()
            ms = self._when(share)
            course = session.courses[int(chance() ** 2 * len(session.courses))]
            ids = self._ids(course)
            status = "302" if event else route.failed if chance() < FAILED else "200"
            row_id = _uuid(self._pick)
            minute, within = divmod(ms, 60_000)
            stamp = f"{self._minutes[minute]}:{within // 1000:02}.{within % 1000:03}Z"
            of_course = route.context == "Course"
            context = course if of_course else session.user if route.context == "User" else None
            if event:
                self._changed(row_id, stamp, course, session.user)
            yield (
                f'{{"meta":{{"ts":"{self._commits[minute]}","action":"U"}},'
                f'"key":{{"id":"{row_id}"}},"value":{{"timestamp":"{stamp}",{session.who},'
                f'"course_id":{course if of_course else "null"},{route.before % ids}'
                f'"url":"{route.url % ids}",{route.after}"http_status":{status},'
                f'"http_version":"{session.version}",'
                f'"remote_ip":"{session.addresses[place >> 4 & 1]}",'
                f'"interaction_micros":{20_000 + int(chance() ** 3 * 900_000)},{route.names}'
                f'"web_application_context_id":{"null" if context is None else context},'
                f"{route.participated}{session.client}}}}}\n"
            )

    def _session(self, share: float, *, event: bool) -> Session:
        """A session that is open when so much of the day has passed, or, for a change of a
        course, any of an account."""
        chance = self._pick.random
        keyed = not event and chance() < traffic.KEYED
        pool = self._there.keyed if keyed else self._there.sessions
        open_now = self._open_at_once * (len(pool) / len(self._there.sessions))
        session = pool[int(share * len(pool) - ((1 - chance()) ** 3) * open_now)]
        while event and session.user is None:
            session = pool[int(chance() * len(pool))]
        return session

    def _route(self) -> _Pieces:
        return self._pick.choices(self._routes, cum_weights=self._weights)[0]

    def _when(self, share: float) -> int:
        """Milliseconds of the day, somewhat too early or too late."""
        slot, within = divmod(share * 1_440, 1)
        start, end = self._clock[int(slot)], self._clock[int(slot) + 1]
        ms = int(start + within * (end - start) + (self._pick.random() * 2 - 1) * DISORDER_MS)
        return min(max(ms, 0), LAST_MS)

    def _ids(self, course: int) -> dict[str, int | str]:
        """What the %-fields of a route stand for."""
        chance = self._pick.random
        thing = int(chance() * IN_USE)
        other = course * 160 + thing * 7
        return {
            "c": course,
            "a": course * 30 + thing,
            "u": traffic.FIRST_ACCOUNT + course % 997 * 30 + thing,
            "n": other,
            "m": int(chance() * 20) + 1,
            "d": self._number % 28 + 1,
            "h": f"{other:x}",
        }

    def _changed(self, row_id: str, stamp: str, course: int, user: int | None) -> None:
        event_id = _uuid(random.Random(row_id))
        self.causes.append({"event": event_id, "request": row_id})
        self.events.append(
            {
                "id": event_id,
                "created_at": f"{stamp[:19]}Z",
                "event_type": "updated",
                "event_source": "manual",
                "event_data": {"name": [f"Course {course}", f"Course {course} B"]},
                "links": {"course": course, "page_view": None, "user": user, "sis_batch": None},
            }
        )


def _uuid(pick: random.Random) -> str:
    plain = f"{pick.getrandbits(128):032x}"
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
