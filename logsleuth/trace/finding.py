"""What was found for one event before the verdict is spoken."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from logsleuth.model.event import CourseEvent
from logsleuth.trace.weigh import Weighed

EQUAL = 10
"""Candidates within so many points of the best fit about as well."""


class Doubt(NamedTuple):
    """What a cause does not show (``does not show: …``), and the fact behind it.

    ``because`` is ``None`` where the request's own ``against`` says it already.
    """

    lacks: str
    because: str | None = None

    def __str__(self) -> str:
        return self.lacks if self.because is None else f"{self.lacks} ({self.because})"


TOO_MANY = Doubt("that no other request fits", "there were too many requests to look at all")


@dataclass(frozen=True, slots=True)
class Finding:
    """The requests that fit about equally well, best first, and what the best lacks.

    ``doubts`` is empty if the best meets every condition of a strong cause but coverage.
    Coverage is asked for from ``since`` to ``until`` (microseconds).
    """

    options: tuple[Weighed, ...]
    doubts: tuple[Doubt, ...]
    since: int
    until: int


def equals(found: list[Weighed]) -> tuple[Weighed, ...]:
    """Those of the candidates, best first, that fit about as well as the first."""
    return tuple(w for w in found if found[0].score - w.score <= EQUAL) if found else ()


def merge(one: Finding, other: Finding) -> Finding:
    """The better of two findings for one event, with what else fits as well."""
    if not one.options or not other.options:
        found = one if one.options else other
        return replace(found, since=min(one.since, other.since), until=max(one.until, other.until))
    better, worse = sorted((one, other), key=lambda f: -f.options[0].score)
    best = better.options[0].score
    return Finding(
        (*better.options, *(w for w in worse.options if best - w.score <= EQUAL)),
        (
            *better.doubts,
            Doubt("that no other request fits", "a request of another kind fits, too"),
        ),
        min(one.since, other.since),
        max(one.until, other.until),
    )


def shortcomings(event: CourseEvent, best: Weighed) -> list[Doubt]:
    """What the best candidate lacks by itself to be a strong cause."""
    found = []
    if event.user_id is None:
        found.append(Doubt("the account of the change"))
    if best.outcome != "done":
        found.append(Doubt("that it was carried out"))
    if not best.signature.named_by(best.request):
        found.append(Doubt("its controller and action"))
    return found
