"""Where the rows of a cache came from, in lines: a sync alone may bring thousands of files."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from logsleuth.store.catalogue import Source
from logsleuth.store.coverage import FEED

_JOB = f"{FEED}, job "


def each(sources: Sequence[Source]) -> Iterator[str]:
    """A line for each source, in their order."""
    return map(_one, sources)


def grouped(sources: Sequence[Source]) -> Iterator[str]:
    """A line for all sources of one kind from one place, in the order of the first of each.

    What was refused or not finished has a line of its own, before all others.
    """
    groups: dict[tuple[str, str, str], list[Source]] = defaultdict(list)
    for source in sources:
        if source.error or not source.finished:
            yield _one(source)
        else:
            groups[_place(source), source.kind, source.format].append(source)
    for (place, _, _), found in groups.items():
        yield _one(found[0]) if len(found) == 1 else _together(place, found)


def _place(source: Source) -> str:
    """DAP, a server, or the folder of a file."""
    if source.name.startswith(_JOB):
        return "DAP"
    if _is_address(source):
        return "/".join(source.name.split("/", 3)[:3])
    return str(Path(source.name).parent)


def _together(place: str, found: Sequence[Source]) -> str:
    jobs = {source.name.split(", ")[1] for source in found if source.name.startswith(_JOB)}
    what = "answers" if _is_address(found[0]) else "files"
    many = f", {len(jobs):,} {'job' if len(jobs) == 1 else 'jobs'}" if jobs else ""
    rows, rejected = sum(one.rows for one in found), sum(one.rejected for one in found)
    return (
        f"{place}{many}, {len(found):,} {what} ({found[0].kind}, {found[0].format}):"
        f" {rows:,} rows, {rejected:,} rejected"
    )


def _one(source: Source) -> str:
    if source.error:
        return f"refused: {source.error}"
    end = "" if source.finished else "; not finished, import it again"
    # An address that was asked: what stands in its query is long, and no help here.
    place, query, _ = source.name.partition("?")
    name = f"{place}?…" if query and _is_address(source) else source.name
    return (
        f"{name} ({source.kind}, {source.format}): {source.rows:,} rows, "
        f"{source.rejected:,} rejected{end}"
    )


def _is_address(source: Source) -> bool:
    return source.name.startswith(("https://", "http://"))
