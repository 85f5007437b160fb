"""Bringing the day files of a cache to today's layout, each as a new generation."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from logsleuth.store import paths
from logsleuth.store.building import Build, Built
from logsleuth.store.sqlite import layouts, schema
from logsleuth.store.sqlite.writer import News
from logsleuth.store.writing import CacheWriter


@dataclass(frozen=True, slots=True)
class Outdated:
    """A day in an older layout: its file and its size in bytes."""

    day: str
    path: Path
    size: int


def outdated(writer: CacheWriter) -> list[Outdated]:
    """The days that are to be written anew, oldest first."""
    return [
        Outdated(day, path, path.stat().st_size)
        for day, path in writer.day_paths().items()
        if layouts.layout(path) < schema.SCHEMA_VERSION
    ]


def migrate(writer: CacheWriter, days: list[Outdated]) -> Iterator[tuple[Outdated, int]]:
    """Write days anew, one after another; yields each that is done, with its rows.

    A day stays as it was until its new file is whole, on the disk and named by the
    catalogue: who is stopped between goes on where it was.
    """
    for one in days:
        with writer.ledger.atomic():
            generation = writer.ledger.next("generation")
        target = paths.day_file(writer.folder, one.day, generation).with_suffix(".tmp")
        summary = layouts.rewrite(one.path, target, one.day)
        work = Build(one.day, target, one.path, (), frozenset(), {})
        writer.adopt(work, Built(summary, {}, News(), {}), {})
        yield one, summary.rows
