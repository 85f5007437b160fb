"""What is not established and DAP still holds: the command that fetches it, and until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from logsleuth.model import clock, times
from logsleuth.store.cache import Cache
from logsleuth.store.coverage import FEED, KEPT, LATE
from logsleuth.store.stretches import Stretch

_MISSING = {"never_fetched", "failed", "unfinished", "imported"}


@dataclass(frozen=True, slots=True)
class Fetchable:
    """A gap from ``since`` until ``until``, of which DAP drops the first hour at
    ``held_until`` (microseconds)."""

    since: int
    until: int
    held_until: int
    command: str

    def as_json(self) -> dict[str, Any]:
        """Its object in ``status --format json``."""
        return {
            "since": times.iso(self.since),
            "until": times.iso(self.until),
            "held_until": times.iso(self.held_until),
            "command": self.command,
        }

    def text(self, zone: tzinfo) -> str:
        """It in a line."""
        return (
            f"{self.command}   (DAP drops its first hour at"
            f" {times.iso_seconds(self.held_until, zone)})"
        )


def fetchable(cache: Cache, stretches: Sequence[Stretch]) -> list[Fetchable]:
    """What of the stretches is missing, or not established, and can be fetched, oldest first.

    Nothing in a made-up cache: its log is nowhere.
    """
    if cache.catalogue.meta("pinned_clock"):
        return []
    return list(_found(stretches, cache.catalogue.chain(FEED)))


def _found(stretches: Sequence[Stretch], chain: str | None) -> Iterator[Fetchable]:
    now = clock.now_us()
    oldest = -(-(now - KEPT) // times.HOUR) * times.HOUR
    on_its_way = times.parse(chain) if chain else None
    for gap in _joined(stretches):
        since = max(gap.since, oldest)
        if since >= gap.until:
            continue
        if on_its_way is not None and on_its_way <= since:
            command = "logsleuth sync web-logs"
        else:
            # Rows of an hour come into the log for hours after it.
            until = gap.until + LATE
            end = f" --until {times.iso_seconds(until)}" if until < now else ""
            command = f"logsleuth sync web-logs --since {times.iso_seconds(since)}{end}"
        yield Fetchable(since, gap.until, since + KEPT, command)


def _joined(stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """Stretches of which something may be missing, those that meet as one."""
    waiting: Stretch | None = None
    for one in stretches:
        if one.reason not in _MISSING:
            continue
        if waiting is not None and waiting.until == one.since:
            waiting = Stretch(waiting.since, one.until, waiting.state, waiting.reason)
            continue
        if waiting is not None:
            yield waiting
        waiting = one
    if waiting is not None:
        yield waiting
