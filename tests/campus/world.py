"""A made-up campus: what was done, what the request log says of it, what is true.

Nothing here knows how the trace weighs.  A request is served for some time; the log
gives its start or its end (a property of the site); a change is written somewhere
within, by another clock, and its time is cut to the second.
"""

import random
import uuid
from dataclasses import dataclass, field

from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog

START = times.parse("2026-10-05T00:00:00Z")
LENGTH = 3 * times.DAY
END = START + LENGTH


@dataclass(frozen=True)
class Client:
    """From where an account works: a browser session, or a token."""

    user_id: int
    real_user_id: int | None = None
    session_id: str | None = None
    key: int | None = None
    address: str = "192.0.2.1"
    agent: str = "Mozilla/5.0"

    @property
    def actor(self) -> int:
        return self.user_id if self.real_user_id is None else self.real_user_id


@dataclass(frozen=True)
class Truth:
    """What really caused an event."""

    event: CourseEvent
    request: WebLog
    mode: str


@dataclass
class World:
    """A campus in the making."""

    seed: int
    marks_end: bool
    rows: list[WebLog] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.teachers = list(range(1000, 1060))
        self.admins = list(range(100, 106))
        self.courses = list(range(5000, 5300))
        self.teaches = {t: self.dice.sample(self.courses, 6) for t in self.teachers}
        self._course = 9000
        self._number = 70_000

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def new_course(self) -> int:
        self._course += 1
        return self._course

    def new_number(self) -> int:
        """The next number of an import, migration or progress."""
        self._number += self.dice.randint(1, 3)
        return self._number

    def any_time(self) -> int:
        """An instant of the log, in working hours more than at night."""
        day = self.dice.randrange(3) * times.DAY
        hour = min(23.9, max(0.1, self.dice.gauss(13, 4)))
        return START + day + int(hour * times.HOUR)

    def between(self, low: float, high: float) -> int:
        """A random length of time, given in seconds."""
        return int(self.dice.uniform(low, high) * times.SECOND)

    def browser(self, user_id: int, real: int | None = None) -> Client:
        octet = (real or user_id) % 250
        return Client(user_id, real, self.uuid(), None, f"203.0.113.{octet}", "Mozilla/5.0 Safari")

    def token(self, user_id: int, real: int | None = None, host: int = 1) -> Client:
        return Client(user_id, real, None, 10_000_000_000_003, f"198.51.100.{host}", "script/1.0")

    def took(self) -> int:
        """How long a request takes: mostly a fraction of a second, now and then many."""
        if self.chance(0.01):
            return self.between(5, 25)
        return min(int(self.dice.lognormvariate(-1.3, 0.8) * times.SECOND), 8 * times.SECOND)

    def request(
        self,
        client: Client,
        at: int,
        method: str,
        url: str,
        route: str,
        *,
        course: int | None = None,
        status: int = 200,
        took: int | None = None,
    ) -> tuple[WebLog, int, int]:
        """Log a request that starts at ``at``; gives it with its start and its end."""
        took = self.took() if took is None else took
        controller, _, action = route.partition("#")
        bare = course is None or self.chance(0.15)
        row = WebLog(
            id=self.uuid(),
            timestamp=(at + took if self.marks_end else at) // 1000 * 1000,
            user_id=client.user_id,
            real_user_id=client.real_user_id,
            course_id=None if bare else course,
            url=url,
            http_method=method,
            http_status=status,
            http_version="2.0",
            remote_ip=client.address,
            interaction_micros=None if self.chance(0.01) else took,
            web_application_controller=controller,
            web_application_action=action,
            web_application_context_type=None if bare else "Course",
            web_application_context_id=None if bare else course,
            session_id=client.session_id,
            developer_key_id=client.key,
            user_agent=client.agent,
        )
        self.rows.append(row)
        return row, at, at + took

    def event(
        self,
        request: WebLog,
        at: int,
        kind: str,
        source: str,
        course: int | None,
        mode: str = "sync",
        user: int | None = None,
        **links: int | None,
    ) -> None:
        """Write an audit event at ``at``, true cause ``request``."""
        skew = int(self.dice.gauss(0, 0.03) * times.SECOND)
        made = CourseEvent(
            id=self.uuid(),
            created_at=(at + skew) // times.SECOND * times.SECOND,
            event_type=kind,
            event_source=source,
            account_id=1,
            course_id=course,
            user_id=request.user_id if user is None else user,
            **links,
        )
        self.truths.append(Truth(made, request, mode))

    def within(self, start: int, end: int) -> int:
        """When, while a request is served, its change is written."""
        return start + int((end - start) * self.dice.uniform(0.3, 1.0))
