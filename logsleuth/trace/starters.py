"""Changes that a background job wrote: which request started the job.

The starter alone is a guess; a poll that names the job (its SIS import, migration or
progress number) ties the two together.  See :mod:`logsleuth.trace.jobs`.
"""

from collections.abc import Iterable

from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.trace import jobs
from logsleuth.trace.finding import TOO_MANY, Doubt, Finding, equals, shortcomings
from logsleuth.trace.jobs import Pair, Watch
from logsleuth.trace.lookups import Lookups
from logsleuth.trace.signatures import Signature, signatures_for, table
from logsleuth.trace.weigh import Weighed, ahead, fit, second, seconds

BEFORE = 10
POLLED = 25
COVERED = 10
STOPPED = -15

TAIL = 30 * times.MINUTE
"""How long after a job's last change somebody may still ask for it."""

FAMILIES = (
    frozenset({"published", "unconcluded"}),
    frozenset({"concluded"}),
    frozenset({"deleted"}),
    frozenset({"restored"}),
)
"""Events that one batch update can write."""


Doubts = list[Doubt]
Lead = tuple[Weighed, Doubts]

NO_NUMBER = Doubt("which import it was", "the audit event does not name its import")
NO_TARGET = Doubt("which copy it was", "the audit event does not name the course copied to")
SEVERAL_COPIES = Doubt("which of several copies it started", "another copy had no change yet")
SEVERAL_BATCHES = Doubt("which of several batch updates it was", "there were others near it")


def job_signatures(event: CourseEvent) -> tuple[Signature, ...]:
    """The signatures by which a job writes the event."""
    return tuple(s for s in signatures_for(event) if s.mode == "async")


def find_starter(event: CourseEvent, look: Lookups) -> Finding:
    """The requests that may have started the job behind an event."""
    return _Search(event, look).finding()


class _Search:
    """The requests and changes around one job's event."""

    def __init__(self, event: CourseEvent, look: Lookups) -> None:
        self.event = event
        self.signatures = job_signatures(event)
        self.longest = max(s.seconds for s in self.signatures) * times.SECOND
        # Events of one stretch ask for the same rows, so that the answer is shared.
        size = 6 * times.HOUR if self.longest > times.HOUR else times.HOUR
        stretch = event.created_at - event.created_at % size
        since = stretch - 2 * self.longest - times.HOUR
        until = stretch + size + TAIL
        found = look.job_requests(event.user_id, since, until)
        self.rows, self.whole = found.rows, found.whole
        self.events = [e for e in look.events_of(event.user_id, since, until) if e.id != event.id]
        self.events.append(event)

    def finding(self) -> Finding:
        since, until = self.event.created_at - self.longest, self.event.created_at
        found: list[Lead] = []
        for signature in self.signatures:
            if signature.controller == "sis_imports_api":
                found.extend(self._sis(signature))
            elif signature.action == "batch_update":
                found.extend(self._batch(signature))
            elif signature.course in ("target", "source"):
                found.extend(self._copy(signature))
            else:
                found.extend(self._unproven(signature))
        if not found:
            return Finding((), (), since, until)
        found.sort(key=lambda pair: -pair[0].score)
        best, doubts = found[0]
        doubts = [*shortcomings(self.event, best), *doubts]
        if not self.whole:
            doubts.append(TOO_MANY)
        return Finding(equals([w for w, _ in found]), tuple(doubts), since, until)

    def _fitting(self, signature: Signature) -> list[Weighed]:
        """Every request of the account that can start such a job, at any time."""
        weighed = (fit(self.event, row, (signature,)) for row in self.rows)
        return [w for w in weighed if w is not None]

    def _in_time(self, signature: Signature, found: Iterable[Weighed]) -> list[Weighed]:
        """Those made before the event, and not too long before."""
        written = self.event.created_at
        longest = signature.seconds * times.SECOND
        return [
            w.plus(BEFORE, [ahead(self.event, w.request)])
            for w in found
            if second(w.request.timestamp) <= written <= w.request.timestamp + longest
        ]

    def _sis(self, signature: Signature) -> list[Lead]:
        starters = self._fitting(signature)
        batch = self.event.sis_batch_id
        watches = jobs.sis_watches(self.rows)
        if self.event.user_id is None and batch in watches:
            clients = {row.user_id for row in watches[batch].polls}
            starters = [w for w in starters if w.request.user_id in clients]
        if batch is None:
            return [(w, [NO_NUMBER]) for w in self._in_time(signature, starters)]
        for other in self.events:
            if other.sis_batch_id is not None:
                _sight(watches, other.sis_batch_id, other.created_at)
        made = jobs.pair([w.request for w in starters], watches.values())[batch]
        wanted = {row.id for row in made.options}
        found = self._in_time(signature, (w for w in starters if w.request.id in wanted))
        return self._ranked(found, made, f"import {batch}")

    def _copy(self, signature: Signature) -> list[Lead]:
        """Copies: the path names the target course, or in the old form the source."""
        starters = self._fitting(signature)
        target = self._target(self.event)
        if target is None:
            return [(w, [NO_TARGET]) for w in self._in_time(signature, starters)]
        if signature.course == "source":
            source = self._source(self.event)
            targets = {
                t for e in self.events if self._source(e) == source and (t := self._target(e))
            }
            watches = jobs.target_watches(self.rows, targets)
            for other in self.events:
                if self._source(other) == source and (number := self._target(other)) is not None:
                    _sight(watches, number, other.created_at)
            made = jobs.pair([w.request for w in starters], watches.values())[target]
            wanted = {row.id for row in made.options}
            found = self._in_time(signature, (w for w in starters if w.request.id in wanted))
            return self._ranked(found, made, f"a migration of course {target}")
        # Which migration wrote which copy is not logged: give each copy the starter that
        # was waiting, and let the migration's polls say whether it was at work then.
        copies: dict[int, Watch] = {}
        here = 0
        for other in sorted(self.events, key=lambda e: e.created_at):
            if self._target(other) == target:
                # The two events of one copy may fall into two seconds.
                same = [n for n in copies if other.created_at - n <= times.SECOND]
                number = same[0] if same else other.created_at
                _sight(copies, number, number)
                here = number if other.id == self.event.id else here
        made = jobs.pair([w.request for w in starters], copies.values())[here]
        watches = jobs.migration_watches(self.rows, target)
        proofs = {
            **self._progress(),
            **_by_starter(jobs.pair([w.request for w in starters], watches.values())),
        }
        wanted = {row.id for row in made.options}
        found = self._in_time(signature, (w for w in starters if w.request.id in wanted))
        ranked = [self._watched(w, proofs.get(w.request.id), "migration") for w in found]
        if len(found) > 1:
            ranked = [(w, [*d, SEVERAL_COPIES]) for w, d in ranked]
        ranked.sort(key=lambda pair: made.starter is None or pair[0].request.id != made.starter.id)
        return ranked

    def _batch(self, signature: Signature) -> list[Lead]:
        """Batch updates: the courses are in the body, so only polls and company tell."""
        found = self._in_time(signature, self._fitting(signature))
        proofs = self._progress()
        ranked = []
        for weighed in found:
            told, doubts = self._watched(weighed, proofs.get(weighed.request.id), "batch update")
            doubts.extend(self._company(weighed, proofs.get(weighed.request.id)))
            if len(found) > 1:
                doubts.append(SEVERAL_BATCHES)
            ranked.append((told, doubts))
        ranked.reverse()  # of equals, the latest comes first
        return ranked

    def _unproven(self, signature: Signature) -> list[Lead]:
        found = self._in_time(signature, self._fitting(signature))
        return [(w, [Doubt("the course")]) for w in reversed(found)]

    def _progress(self) -> dict[str, Pair]:
        """The progress number of every job, by the id of its starter."""
        starts = [s for s in table() if s.mode == "async"]
        starters = [
            row
            for row in self.rows
            if jobs.answered(row) and any(s.path_of(row) is not None for s in starts)
        ]
        return _by_starter(jobs.pair(starters, jobs.progress_watches(self.rows).values()))

    def _watched(self, weighed: Weighed, proof: Pair | None, what: str) -> Lead:
        """Weigh the polls of the job that a request seems to have started."""
        if proof is None:
            return weighed, [Doubt(f"that it started this {what}", "nobody asked for its job")]
        watch = proof.watch
        gap = seconds(watch.first - weighed.request.timestamp)
        number = f"{'migration' if what == 'migration' else 'progress'} {watch.number}"
        told = weighed.plus(POLLED, [f"{number} asked for {gap} after it by the same account"])
        doubts = [] if proof.proven else [_unproven(number)]
        if watch.last >= self.event.created_at - times.SECOND:
            told = told.plus(COVERED, ["its job was still asked for when the change was written"])
        else:
            since = seconds(self.event.created_at - watch.last)
            told = told.plus(STOPPED, (), [f"its job was last asked for {since} before the change"])
            doubts.append(Doubt("that its job was still at work"))
        return told, doubts

    def _ranked(self, found: list[Weighed], made: Pair, what: str) -> list[Lead]:
        """Starters of a job whose number is known: the paired one first."""
        if made.starter is None:
            return []
        paired = made.starter
        ranked = []
        for weighed in found:
            doubts = []
            told = weighed
            if made.watch.polls:
                gap = seconds(max(0, made.watch.polls[0].timestamp - weighed.request.timestamp))
                told = told.plus(POLLED, [f"{what} asked for {gap} after it by the same account"])
                if not made.proven:
                    doubts.append(_unproven(what))
            else:
                doubts.append(Doubt(f"that it started {what}", f"nobody asked for {what}"))
            if len(made.options) > 1:
                doubts.append(
                    Doubt(
                        "that it was the only one",
                        "another such request of the account had no job of its own yet",
                    )
                )
                if abs(weighed.request.timestamp - paired.timestamp) > jobs.PROMPT:
                    told = told.plus(-2 * POLLED)
            ranked.append((told, doubts))
        ranked.sort(key=lambda lead: lead[0].request.id != paired.id)
        return ranked

    def _company(self, weighed: Weighed, proof: Pair | None) -> Doubts:
        """Whether the changes during a batch update look like the work of one job."""
        family = next((f for f in FAMILIES if self.event.event_type in f), frozenset())
        start = second(weighed.request.timestamp)
        stop = max(self.event.created_at, proof.watch.last if proof else 0)
        during = [
            e
            for e in self.events
            if e.event_source == self.event.event_source and start <= e.created_at <= stop
        ]
        courses = {e.course_id for e in during if e.event_type in family}
        if len(courses) < 2:
            return [Doubt("the course", "no other course was changed so during the job")]
        if any(e.event_type not in family for e in during):
            return [Doubt("the course", "other kinds of changes were made during the job")]
        return []

    @staticmethod
    def _target(event: CourseEvent) -> int | None:
        if event.event_type == "copied_to":
            return event.copied_to
        return event.course_id if event.event_type == "copied_from" else None

    @staticmethod
    def _source(event: CourseEvent) -> int | None:
        if event.event_type == "copied_from":
            return event.copied_from
        return event.course_id if event.event_type == "copied_to" else None


def _unproven(job: str) -> Doubt:
    return Doubt(
        f"that it started {job}",
        f"{job} was not asked for soon after it by the same client, "
        "or another such request may have started it",
    )


def _sight(watches: dict[int, Watch], number: int, written: int) -> None:
    """A job is known of when it wrote an event, even if nobody asked for it."""
    seen = written + times.SECOND
    watch = watches.setdefault(number, Watch(number, seen, seen))
    watch.first = min(watch.first, seen)


def _by_starter(pairs: dict[int, Pair]) -> dict[str, Pair]:
    return {made.starter.id: made for made in pairs.values() if made.starter is not None}
