"""How often the trace is right, against the truth of a campus."""

from collections import Counter
from dataclasses import dataclass, field

from campus.build import Campus
from campus.world import Truth
from logsleuth.trace.engine import Tracer
from logsleuth.trace.result import Trace

SURE = ("exact", "strong")


@dataclass
class Measured:
    """Counts over events; ``wrong`` lists what was called sure and is not so."""

    events: int = 0
    cached: Counter[str] = field(default_factory=Counter)
    first_right: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[tuple[Truth, Trace]] = field(default_factory=list)
    from_nowhere: list[tuple[Truth, Trace]] = field(default_factory=list)
    named_though_missing: int = 0
    missing: int = 0
    wrong_account: list[tuple[Truth, Trace]] = field(default_factory=list)
    missed: list[tuple[Truth, Trace]] = field(default_factory=list)

    def share(self, mode: str) -> float:
        """The share of events whose request is cached and named first."""
        return self.first_right[mode] / self.cached[mode]


def measure(campus: Campus, into: Measured | None = None) -> Measured:
    """Trace every event of a campus and compare."""
    found = into or Measured()
    tracer = Tracer(campus.store, campus.catalogue)
    for truth, trace in zip(campus.truths, tracer.trace_all(campus.events), strict=True):
        found.events += 1
        cached = campus.cached(truth)
        found.verdicts[("cached" if cached else "missing", trace.verdict)] += 1
        first = trace.causes[0].request.id if trace.causes else None
        right = first == truth.request.id
        if cached:
            found.cached[truth.mode] += 1
            found.first_right[truth.mode] += right
            if not right:
                found.missed.append((truth, trace))
        else:
            found.missing += 1
            found.named_though_missing += bool(trace.causes)
            if trace.verdict in SURE:
                found.from_nowhere.append((truth, trace))
        if trace.verdict in SURE and not right:
            found.wrong.append((truth, trace))
        actor = truth.request.actor
        if right and trace.signed_in_user_id not in (None, actor):
            found.wrong_account.append((truth, trace))
        if trace.verdict in SURE and right and trace.signed_in_user_id != actor:
            found.wrong_account.append((truth, trace))
    return found
