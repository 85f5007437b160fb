"""Builds the demo: makes up a campus, writes its raw files, and imports them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from logsleuth.demo import changes
from logsleuth.demo.campus import ACCOUNTS, Campus, build_campus
from logsleuth.demo.log import END, GAP, START, Log
from logsleuth.demo.stories import Story, tell
from logsleuth.demo.traffic import nightly_rosters, ordinary_life
from logsleuth.demo.write import AFTER_GAP, BEFORE_GAP, COURSE_AUDIT, NAMES, write_raw
from logsleuth.filter.tree import Span
from logsleuth.ingest.run import Progress, import_paths
from logsleuth.model import clock
from logsleuth.store.writing import CacheWriter

CLOCK = END
"""When the demo is looked at: 2026-10-31 00:00 UTC, the evening before on campus."""

Show = Callable[[Progress], None]


def build(
    folder: Path, *, rows: int = 200_000, seed: int = 1, progress: Show | None = None
) -> None:
    """Build the demo's cache in ``folder``, with the raw files in ``folder/raw``.

    ``rows`` counts distinct requests; stories and course changes are always whole, so
    there are never fewer than these need.
    """
    raw = folder / "raw"
    campus, log, _ = make_up(seed=seed, rows=rows, progress=progress)
    write_raw(campus, log, raw)
    _fix_fingerprints(folder, seed)
    clock.pin(CLOCK)
    try:
        for name, span in ((BEFORE_GAP, Span(START, GAP[0])), (AFTER_GAP, Span(GAP[1], END))):
            import_paths(folder, [raw / name], complete=span, progress=progress)
        import_paths(folder, [raw / COURSE_AUDIT, raw / NAMES], progress=progress)
        _state_changes(folder)
    finally:
        clock.pin(None)
    pin_clock(folder, CLOCK)


def make_up(
    *, rows: int = 200_000, seed: int = 1, progress: Show | None = None
) -> tuple[Campus, Log, tuple[Story, ...]]:
    """The campus, everything that happened in its thirty days, and the stories in it."""
    campus, log = build_campus(), Log(seed)
    stories = tell(campus, log)
    changes.happen(campus, log)
    nightly_rosters(log)

    def show(done: int, total: int) -> None:
        if progress is not None:
            progress(Progress("making up", "a campus", done, total, done))

    ordinary_life(campus, log, max(rows, len(log.rows)), show)
    return campus, log, stories


def _state_changes(folder: Path) -> None:
    """Say that all course changes of the thirty days are there, as a sync from Canvas would."""
    with CacheWriter(folder) as cache:
        cache.ledger.cover_events("institution", ACCOUNTS[0], Span(START, END))


def pin_clock(folder: Path, us: int) -> None:
    """Hold the cache's clock, so that relative times mean the same on every day."""
    with CacheWriter(folder) as cache:
        cache.ledger.set_meta("pinned_clock", str(us))


def _fix_fingerprints(folder: Path, seed: int) -> None:
    """Give the cache a key that follows from the seed: what it masks is made up, and its
    fingerprints are the same for everybody."""
    key = hashlib.sha256(f"{seed}/made-up mask key".encode()).hexdigest()
    with CacheWriter(folder) as cache:
        cache.ledger.set_meta("mask_key", key)
