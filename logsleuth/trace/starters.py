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
from logsleuth.trace.lookups import KEPT, Lookups, Rows
from logsleuth.trace.signatures import Signature, signatures_for
from logsleuth.trace.stretch import Stretch, by_starter, sight, source_of, target_of
from logsleuth.trace.weigh import Weighed, ahead, fit, second, seconds

BEFORE = 10
POLLED = 25
COVERED = 10  # the job was still asked for when the change was written
STOPPED = -15
ANOTHER_TIME = -50  # another starter than the paired one, made at quite another time

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
SEVERAL_COPIES = Doubt(
    "which of several copies it started", "the course was copied to more than once"
)
SEVERAL_BATCHES = Doubt("which of several batch updates it was", "there were others near it")


def job_signatures(event: CourseEvent) -> tuple[Signature, ...]:
    """The signatures by which a job writes the event."""
    return tuple(s for s in signatures_for(event) if s.mode == "async")


class Starters:
    """Finds the starters of jobs; events of one account and time share the work."""

    def __init__(self, look: Lookups) -> None:
        self._look = look
        self._stretches: dict[tuple[int | None, int, int], Stretch] = {}

    def find(self, event: CourseEvent) -> Finding:
        """The requests that may have started the job behind an event."""
        longest = max(s.seconds for s in job_signatures(event)) * times.SECOND
        size = 6 * times.HOUR if longest > times.HOUR else times.HOUR
        begin = event.created_at - event.created_at % size
        key = (event.user_id, begin, longest)
        stretch = self._stretches.get(key)
        if stretch is None:
            stretch = self._stretch(event.user_id, begin - 2 * longest, begin + size)
            if len(self._stretches) >= KEPT:
                self._stretches.pop(next(iter(self._stretches)))
            self._stretches[key] = stretch
        if event not in stretch:  # an event that is not in the cache itself
            events = sorted([*stretch.events, event], key=lambda e: e.created_at)
            stretch = Stretch(Rows(stretch.rows, stretch.whole), events)
        return _Search(event, stretch, longest).finding()

    def _stretch(self, user_id: int | None, begin: int, end: int) -> Stretch:
        since, until = begin - times.HOUR, end + TAIL
        return Stretch(
            self._look.job_requests(user_id, since, until),
            self._look.events_of(user_id, since, until),
        )


class _Search:
    """The search for the starter of one job's event."""

    def __init__(self, event: CourseEvent, stretch: Stretch, longest: int) -> None:
        self.event = event
        self.stretch = stretch
        self.longest = longest

    def finding(self) -> Finding:
        since, until = self.event.created_at - self.longest, self.event.created_at
        found: list[Lead] = []
        for signature in job_signatures(self.event):
            if signature.controller == "sis_imports_api":
                found.extend(self._sis(signature))
            elif signature.action == "batch_update":
                found.extend(self._batch(signature))
            elif signature.course == "source":
                found.extend(self._copy_of_source(signature))
            elif signature.course == "target":
                found.extend(self._copy_to_target(signature))
            else:
                found.extend(self._unwatched(signature, Doubt("the course")))
        if not found:
            return Finding((), (), since, until)
        found.sort(key=lambda lead: -lead[0].score)
        best, doubts = found[0]
        doubts = [*shortcomings(self.event, best), *doubts]
        if not self.stretch.whole:
            doubts.append(TOO_MANY)
        return Finding(equals([w for w, _ in found]), tuple(doubts), since, until)

    def _fitting(self, signature: Signature) -> list[Weighed]:
        """Every request of the account that can start such a job, at any time."""
        rows = self.stretch.starters(signature)
        weighed = (fit(self.event, row, (signature,)) for row in rows)
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

    def _of(self, made: Pair, signature: Signature, found: Iterable[Weighed]) -> list[Weighed]:
        """Those in time that may be the starter of a paired job."""
        wanted = {row.id for row in made.options}
        return self._in_time(signature, (w for w in found if w.request.id in wanted))

    def _sis(self, signature: Signature) -> list[Lead]:
        starters = self._fitting(signature)
        batch = self.event.sis_batch_id
        if batch is None:
            return self._unwatched(signature, NO_NUMBER)
        made = self.stretch.imports[batch]
        if self.event.user_id is None:
            # The uploads of all accounts are here: keep those of who asked for the import.
            clients = {row.user_id for row in made.watch.polls}
            starters = [w for w in starters if w.request.user_id in clients]
            made = jobs.pair([w.request for w in starters], [made.watch])[batch]
        return self._ranked(self._of(made, signature, starters), made, f"import {batch}")

    def _copy_of_source(self, signature: Signature) -> list[Lead]:
        """The old form of a copy: the path names the source, the polls the target."""
        starters = self._fitting(signature)
        target, source = target_of(self.event), source_of(self.event)
        if target is None:
            return self._unwatched(signature, NO_TARGET)
        watches: dict[int, Watch] = {}
        for copy in self.stretch.copies:
            number = target_of(copy)
            if source_of(copy) == source and number is not None:
                if number not in watches:
                    polls = self.stretch.migration_polls.get(number, [])
                    watches.update(jobs.target_watch(polls, number))
                sight(watches, number, copy.created_at)
        made = jobs.pair([w.request for w in starters], watches.values())[target]
        what = f"a migration of course {target}"
        return self._ranked(self._of(made, signature, starters), made, what)

    def _copy_to_target(self, signature: Signature) -> list[Lead]:
        """Which migration wrote which copy is not logged: each copy is given the starter
        that was waiting, and the migration's polls say whether it was at work then."""
        starters = self._fitting(signature)
        target = target_of(self.event)
        if target is None:
            return self._unwatched(signature, NO_TARGET)
        copies: dict[int, Watch] = {}
        here = 0
        for copy in self.stretch.copies:
            if target_of(copy) == target:
                # The two events of one copy may fall into two seconds.
                same = [n for n in copies if copy.created_at - n <= times.SECOND]
                number = same[0] if same else copy.created_at
                sight(copies, number, number)
                here = number if copy.id == self.event.id else here
        rows = [w.request for w in starters]
        made = jobs.pair(rows, copies.values())[here]
        polls = self.stretch.migration_polls.get(target, [])
        watches = jobs.migration_watches(polls)
        proofs = {**self.stretch.progress, **by_starter(jobs.pair(rows, watches.values()))}
        ranked = []
        for weighed in self._of(made, signature, starters):
            told, doubts = self._watched(weighed, proofs.get(weighed.request.id), "migration")
            ranked.append((told, doubts if made.certain else [*doubts, SEVERAL_COPIES]))
        ranked.sort(key=lambda lead: lead[0].request != made.starter)
        return ranked

    def _batch(self, signature: Signature) -> list[Lead]:
        """Batch updates: the courses are in the body, so only polls and company tell."""
        found = self._in_time(signature, self._fitting(signature))
        ranked = []
        for weighed in found:
            proof = self.stretch.progress.get(weighed.request.id)
            told, doubts = self._watched(weighed, proof, "batch update")
            doubts.extend(self._company(weighed, proof))
            if len(found) > 1:
                doubts.append(SEVERAL_BATCHES)
            ranked.append((told, doubts))
        ranked.reverse()  # of equals, the latest comes first
        return ranked

    def _unwatched(self, signature: Signature, doubt: Doubt) -> list[Lead]:
        """Starters that no poll can tie to the event, the latest first."""
        found = self._in_time(signature, self._fitting(signature))
        return [(w, [doubt]) for w in reversed(found)]

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
                    told = told.plus(ANOTHER_TIME)
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
            for e in self.stretch.between(start, stop)
            if e.event_source == self.event.event_source
        ]
        courses = {e.course_id for e in during if e.event_type in family}
        if len(courses) < 2:
            return [Doubt("the course", "no other course was changed so during the job")]
        if any(e.event_type not in family for e in during):
            return [Doubt("the course", "other kinds of changes were made during the job")]
        return []


def _unproven(job: str) -> Doubt:
    return Doubt(
        f"that it started {job}",
        f"{job} was not asked for soon after it by the same client, "
        "or another such request may have started it",
    )
