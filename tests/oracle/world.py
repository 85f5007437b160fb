"""A campus with odd rows among its own, in a cache and in DuckDB."""

from dataclasses import dataclass
from pathlib import Path

from logsleuth.demo.build import CLOCK, build
from logsleuth.demo.campus import build_campus
from logsleuth.ingest.run import import_paths
from logsleuth.store.cache import Cache
from oracle.asking import ThroughCommands, ThroughStore
from oracle.duck import Oracle
from oracle.odd_rows import write_odd_rows
from oracle.odd_runs import write_odd_runs

NOW = CLOCK


@dataclass(frozen=True)
class World:
    """The raw files, and both engines over them."""

    raw: Path
    cache: Cache
    oracle: Oracle
    store: ThroughStore
    commands: ThroughCommands

    def close(self) -> None:
        self.cache.close()
        self.oracle.db.close()


def make_world(folder: Path, *, rows: int, seed: int) -> World:
    """Build the campus below ``folder``, and read its raw files twice."""
    built, raw = folder / "cache", folder / "cache" / "raw"
    build(built, rows=rows, seed=seed)
    odd = raw / "odd"
    write_odd_rows(odd, seed)
    write_odd_runs(odd)
    report = import_paths(built, [odd])
    assert {(file.error, file.rejected) for file in report.files} == {(None, 0)}
    cache = Cache.open(built)
    oracle = Oracle(
        [*raw.glob("web_logs_*/*/*"), *odd.glob("*/*")],
        test_students=[p.id for p in build_campus().people.values() if p.role == "test_student"],
        mask_key=bytes.fromhex(cache.catalogue.meta("mask_key") or ""),
    )
    store = ThroughStore(cache.requests, NOW)
    return World(raw, cache, oracle, store, ThroughCommands(built, folder))
