"""One question, two ways to put it to logsleuth: through its store, and typed as commands."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from click.testing import CliRunner

from logsleuth.cli.main import cli
from logsleuth.filter.parse import parse
from logsleuth.model import clock, times, zones
from logsleuth.store.base import Store, last

TopRow = tuple[Any, int, int, int, int, int, int]
"""``(value, count, users, users_all, first, last, first_in_cache)``, times in microseconds."""

Bucket = tuple[int, int, int, int]
"""``(start, count, errors, writes)`` of a stretch that has requests."""


class Asked(Protocol):
    """Whoever answers for logsleuth; ``zone`` is that of times without an offset."""

    def count(self, kql: str, zone: str) -> int: ...

    def page(self, kql: str, zone: str, limit: int) -> list[dict[str, Any]]: ...

    def top(self, field: str, kql: str, zone: str, limit: int) -> list[TopRow]: ...

    def timeline(self, kql: str, zone: str, by: str) -> list[Bucket]: ...


@dataclass(frozen=True)
class ThroughStore:
    """The parser and the store, as the app uses them."""

    store: Store
    now: int

    def count(self, kql: str, zone: str) -> int:
        return last(self.store.count(self._tree(kql, zone)))

    def page(self, kql: str, zone: str, limit: int) -> list[dict[str, Any]]:
        page = last(self.store.page(self._tree(kql, zone), limit=limit))
        return [request.as_json() for request in page.rows]

    def top(self, field: str, kql: str, zone: str, limit: int) -> list[TopRow]:
        return [
            (r.value, r.count, r.users, r.users_all, r.first, r.last, r.first_in_cache)
            for r in last(self.store.top(field, self._tree(kql, zone), limit=limit))
        ]

    def timeline(self, kql: str, zone: str, by: str) -> list[Bucket]:
        seconds = {"minute": 60, "hour": 3600, "day": 86_400}[by]
        found = last(self.store.timeline(self._tree(kql, zone), seconds=seconds))
        return [(b.start, b.count, b.errors, b.writes) for b in found]

    def _tree(self, kql: str, zone: str) -> Any:
        return parse(kql, zone=zones.zone(zone), now=self.now)


@dataclass(frozen=True)
class ThroughCommands:
    """``logsleuth count``, ``search``, ``top`` and ``timeline``; ``home`` keeps settings out."""

    cache: Path
    home: Path

    def count(self, kql: str, zone: str) -> int:
        return int(self._run("count", zone, kql))

    def page(self, kql: str, zone: str, limit: int) -> list[dict[str, Any]]:
        return self._listing("search", zone, kql, "--limit", str(limit))

    def top(self, field: str, kql: str, zone: str, limit: int) -> list[TopRow]:
        return [
            (
                row["value"],
                row["count"],
                row["users"],
                row["users_all"],
                *(times.parse(row[name]) for name in ("first", "last", "first_in_cache")),
            )
            for row in self._listing("top", zone, field, kql, "--limit", str(limit))
        ]

    def timeline(self, kql: str, zone: str, by: str) -> list[Bucket]:
        return [
            (times.parse(row["start"]), row["count"], row["errors"], row["writes"])
            for row in self._listing("timeline", zone, kql, "--by", by)
            if row["count"]
        ]

    def _listing(self, command: str, zone: str, *given: str) -> list[dict[str, Any]]:
        written = self._run(command, zone, *given, "--format", "jsonl")
        # Not splitlines(): JSON may hold other line ends than this one.
        return [json.loads(line) for line in written.split("\n") if line]

    def _run(self, command: str, zone: str, *given: str) -> str:
        return run(self.home, ["--cache", str(self.cache), "--timezone", zone, command, *given])


def run(home: Path, words: Sequence[str]) -> str:
    """What a command wrote, once it has done its work."""
    environment = {"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}
    runner = CliRunner(env={name: str(path) for name, path in environment.items()})
    try:
        result = runner.invoke(cli, words)
    finally:
        clock.pin(None)  # the cache of a campus holds the clock of the whole process
    assert result.exit_code == 0, f"{words}: {result.output}"
    return result.stdout
