"""Background jobs: which request started one, shown by the requests that watched it.

A job writes its events minutes or hours after the request that started it, under a
number of its own that is nowhere in the log.  But whoever starts a job usually asks how
far it is, and those requests (*polls*) name it: ``…/sis_imports/777``,
``…/content_migrations/31``, ``…/progress/9001``.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from logsleuth.model import times
from logsleuth.model.weblog import WebLog

PROMPT = 5 * times.MINUTE
"""Whoever watches a job at all asks for it within this time."""

ORPHAN = times.HOUR
"""A job whose starter is nowhere puts starters within this time before it in doubt."""

CONTROLLERS = (
    "sis_imports_api",
    "progress",
    "content_migrations",
    "content_imports",
    "master_courses/master_templates",
)
"""Controllers that start or watch jobs and little else."""

COURSE_ACTIONS = ("batch_update", "copy_course")
"""The actions of ``courses`` that start jobs."""

_READS = ("GET", "HEAD")
_SIS = re.compile(r"/(?:api/v1/)?accounts/[^/]+/sis_imports/(\d{1,18})(?:/.*|\.json)?")
_PROGRESS = re.compile(r"/api/v1/progress/(\d{1,18})(?:\.json)?/?")
_MIGRATION = re.compile(
    r"/(?:api/v1/)?courses/(\d{1,18})/content_migrations(?:/(\d{1,18}).*)?(?:\.json)?/?"
)


@dataclass(slots=True)
class Watch:
    """The polls of one job.

    ``first`` is when the job is first known of (microseconds), ``last`` its last poll.
    ``polls`` is empty if only its events are known.
    """

    number: int
    first: int
    last: int
    polls: list[WebLog] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pair:
    """The starter of a job, and the others that may be it.

    ``certain`` when no other starter was waiting for its job.
    """

    starter: WebLog | None
    options: tuple[WebLog, ...]
    certain: bool
    watch: Watch

    @property
    def proven(self) -> bool:
        """Whether a prompt poll by the same client ties starter and job together."""
        if not self.certain or self.starter is None or not self.watch.polls:
            return False
        first = self.watch.polls[0]
        return first.timestamp - self.starter.timestamp <= PROMPT and same_client(
            self.starter, first
        )


def same_client(one: WebLog, other: WebLog) -> bool:
    """Whether two requests come from one account by one key, or in one session."""
    if (one.user_id, one.real_user_id) != (other.user_id, other.real_user_id):
        return False
    if one.developer_key_id is not None or other.developer_key_id is not None:
        return one.developer_key_id == other.developer_key_id
    return one.session_id is not None and one.session_id == other.session_id


def answered(request: WebLog) -> bool:
    """Whether Canvas answered: a refused poll tells nothing of the job."""
    return request.http_status is None or request.http_status < 400


def sis_watches(rows: Iterable[WebLog]) -> dict[int, Watch]:
    """Polls of SIS imports, by the number of the import."""
    return _watches(rows, lambda path: _number(_SIS.fullmatch(path), 1))


def progress_watches(rows: Iterable[WebLog]) -> dict[int, Watch]:
    """Polls of progress objects, by their number."""
    return _watches(rows, lambda path: _number(_PROGRESS.fullmatch(path), 1))


def migrated_course(row: WebLog) -> int | None:
    """The course whose content migrations a request asks for."""
    found = _MIGRATION.fullmatch(row.path)
    return int(found[1]) if found and row.http_method in _READS and answered(row) else None


def migration_watches(rows: Iterable[WebLog]) -> dict[int, Watch]:
    """Polls of content migrations, by the number of the migration."""
    return _watches(rows, lambda path: _number(_MIGRATION.fullmatch(path), 2))


def target_watch(rows: Sequence[WebLog], course_id: int) -> dict[int, Watch]:
    """Polls of any migration of one course, as those of a job with the course's number."""
    if not rows:
        return {}
    stamps = [row.timestamp for row in rows]
    return {course_id: Watch(course_id, min(stamps), max(stamps), list(rows))}


def pair(starters: Sequence[WebLog], watches: Iterable[Watch]) -> dict[int, Pair]:
    """Which starter belongs to which job.

    Numbers grow with time, a job is watched after it was started, and a starter starts
    one job.  Where several starters wait for a job, the one in the same place of the
    order is taken and nothing about them is certain any more.
    """
    queue = sorted(watches, key=lambda watch: watch.first)
    coming = sorted(starters, key=lambda row: row.timestamp)
    waiting: list[WebLog] = []
    doubtful: dict[str, tuple[WebLog, ...]] = {}
    pairs: dict[int, Pair] = {}
    for index, watch in enumerate(queue):
        while coming and coming[0].timestamp <= watch.first:
            waiting.append(coming.pop(0))
        options = tuple(waiting)
        if not options:
            pairs[watch.number] = Pair(None, (), False, watch)
            continue
        # Jobs of a smaller number that are seen only later were started before this one.
        earlier = any(other.number < watch.number for other in queue[index + 1 :])
        if len(options) == 1:
            starter = options[0]
            certain = not earlier and starter.id not in doubtful
            options = doubtful.get(starter.id, options)
        else:
            certain = False
            until = coming[0].timestamp if coming else watch.first + PROMPT
            at_work = sorted(
                w.number for w in queue[index:] if w.first < until or w.number <= watch.number
            )
            place = len(options) - len(at_work) + at_work.index(watch.number)
            starter = options[min(max(place, 0), len(options) - 1)]
        if not certain:
            doubtful.update((row.id, options) for row in options)
        if not (earlier and len(waiting) == 1):
            waiting.remove(starter)
        pairs[watch.number] = Pair(starter, options, certain, watch)
    return {number: _questioned(made, pairs) for number, made in pairs.items()}


def _questioned(made: Pair, pairs: dict[int, Pair]) -> Pair:
    """Not certain, if a later job without a starter may be the one that it started."""
    if not made.certain or made.starter is None:
        return made
    begun = made.starter.timestamp
    orphan = any(
        other.starter is None
        and other.watch.number > made.watch.number
        and begun <= other.watch.first <= begun + ORPHAN
        for other in pairs.values()
    )
    return replace(made, certain=False) if orphan else made


def _watches(rows: Iterable[WebLog], number_of: Callable[[str], int | None]) -> dict[int, Watch]:
    found: dict[int, Watch] = {}
    for row in rows:
        if row.http_method not in _READS or not answered(row):
            continue
        number = number_of(row.path)
        if number is None:
            continue
        watch = found.setdefault(number, Watch(number, row.timestamp, row.timestamp))
        watch.last = max(watch.last, row.timestamp)
        watch.polls.append(row)
    return found


def _number(found: re.Match[str] | None, group: int) -> int | None:
    return int(found[group]) if found and found[group] else None
