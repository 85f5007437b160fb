"""Hours in a row with the same coverage, put together."""

from dataclasses import dataclass
from typing import Any

from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.store.catalogue import Catalogue, CoverageState


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours with one coverage: from ``since`` until ``until`` (microseconds, excluded)."""

    since: int
    until: int
    state: CoverageState
    reason: str | None

    @property
    def hours(self) -> int:
        return (self.until - self.since) // times.HOUR

    def as_json(self) -> dict[str, Any]:
        """The stretch with its times in UTC."""
        return {
            "since": times.iso(self.since),
            "until": times.iso(self.until),
            "state": self.state,
            "reason": self.reason,
        }


def stretches(catalogue: Catalogue, span: Span) -> list[Stretch]:
    """The coverage of a (closed) span, oldest first, without a hole."""
    found: list[Stretch] = []
    for hour in catalogue.hours(span):
        since = hour.start
        if found and (found[-1].state, found[-1].reason) == (hour.state, hour.reason):
            since = found.pop().since
        found.append(Stretch(since, hour.start + times.HOUR, hour.state, hour.reason))
    return found
