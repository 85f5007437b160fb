"""``logsleuth status``: what the cache holds, and what it does not."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

import click

from logsleuth.cli import change_coverage, output, source_lines
from logsleuth.cli.asking import opened
from logsleuth.cli.fetchable import fetchable
from logsleuth.cli.options import answer_format
from logsleuth.cli.settings import Settings
from logsleuth.filter.tree import Span
from logsleuth.model import clock, times
from logsleuth.model.networks import Networks
from logsleuth.store.base import Bounds
from logsleuth.store.cache import Cache
from logsleuth.store.catalogue import CoverageState, Source
from logsleuth.store.coverage import FEED, REASON_WORDS, STATE_WORDS
from logsleuth.store.sqlite.schema import SCHEMA_VERSION
from logsleuth.store.stretches import Stretch, stretches

CAVEAT = (
    "Instructure provides this log as best effort and not for auditing individuals; "
    "absence of a request is not proof that none was made."
)

_MOST_LINES = 20


@click.command(short_help="Say what the cache holds, and what it does not.")
@click.option("--sources", "every_source", is_flag=True, help="List each source by itself.")
@answer_format
@click.pass_obj
def command(settings: Settings, every_source: bool, style: str) -> None:
    """Say what the cache holds: requests, changes, coverage and gaps, sources, sizes."""
    with opened(settings, log=False) as cache:
        bounds = cache.requests.bounds()
        found = _stretches(cache, bounds)
        if style == "json":
            output.write_json(
                {**_as_json(cache, bounds, found), "networks": _networks(settings.networks)}
            )
        else:
            output.write_text(_as_text(cache, bounds, found, settings, every_source=every_source))


def _stretches(cache: Cache, bounds: Bounds) -> list[Stretch]:
    """Coverage from the first to the last request; where DAP was asked, from the first time
    asked for until now."""
    asked = cache.catalogue.asked_span()
    spans = [asked, Span(asked.since, clock.now_us())] if asked is not None else []
    if bounds.first is not None and bounds.last is not None:
        spans.append(Span(bounds.first, bounds.last + 1))
    if not spans:
        return []
    since = min(span.since or 0 for span in spans)
    return stretches(cache.catalogue, Span(since, max(span.until or 0 for span in spans)))


def _hours(found: Sequence[Stretch]) -> dict[CoverageState, int]:
    return {
        state: sum(stretch.hours for stretch in found if stretch.state == state)
        for state in STATE_WORDS
    }


def _as_json(cache: Cache, bounds: Bounds, found: Sequence[Stretch]) -> dict[str, Any]:
    events = cache.catalogue.events()
    return {
        "cache": str(cache.folder),
        "schema_version": cache.catalogue.schema_version(),
        "rows": bounds.rows,
        "first": _iso(bounds.first),
        "last": _iso(bounds.last),
        "days": len(bounds.days),
        "events": len(events),
        "first_event": _iso(events[-1].created_at if events else None),
        "last_event": _iso(events[0].created_at if events else None),
        "event_coverage": change_coverage.as_json(cache.catalogue.event_spans()),
        "coverage_hours": _hours(found),
        "coverage": [stretch.as_json() for stretch in found],
        "gaps": [stretch.as_json() for stretch in found if stretch.state == "none"],
        "pruned": [
            {
                "since": times.iso(one.since),
                "until": times.iso(one.until),
                "at": times.iso(one.at),
                "by": one.by,
            }
            for one in cache.catalogue.prunings()
        ],
        "fetchable": [gap.as_json() for gap in fetchable(cache, found)],
        "chain": cache.catalogue.chain(FEED),
        "sources": [_source_as_json(source) for source in cache.catalogue.sources()],
        "rejects": cache.catalogue.count_rejects(),
        "sizes": cache.sizes(),
        "caveat": CAVEAT,
    }


def _networks(networks: Networks) -> dict[str, Any] | None:
    """The file of networks, and the hash of what it said; null where none is set."""
    if not networks.path:
        return None
    return {"path": networks.path, "sha256": networks.sha256, "networks": len(networks)}


def _iso(us: int | None) -> str | None:
    return None if us is None else times.iso(us)


def _source_as_json(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "sha256": source.sha256,
        "size": source.size,
        "kind": source.kind,
        "format": source.format,
        "rows": source.rows,
        "rejected": source.rejected,
        "seen_at": times.iso(source.seen_at),
        "finished": source.finished,
        "error": source.error,
    }


def _as_text(
    cache: Cache,
    bounds: Bounds,
    found: Sequence[Stretch],
    settings: Settings,
    *,
    every_source: bool,
) -> Iterator[str]:
    catalogue, zone, networks = cache.catalogue, settings.shown_zone, settings.networks
    events = catalogue.events()
    sizes = cache.sizes()
    layouts = f"layout {catalogue.schema_version()}, of its days {SCHEMA_VERSION}"
    yield f"Cache     {cache.folder} ({layouts})"
    yield f"Requests  {bounds.rows:,}{_span_text(bounds.first, bounds.last, zone)}"
    newest, oldest = (events[0].created_at, events[-1].created_at) if events else (None, None)
    yield f"Changes   {len(events):,}{_span_text(oldest, newest, zone)}"
    yield from _some(list(change_coverage.lines(catalogue.event_spans(), zone)))
    yield f"Rejected  {catalogue.count_rejects():,} lines"
    days, catalogued = _megabytes(sizes["days"]), _megabytes(sizes["catalogue"])
    yield f"Sizes     {days} requests, {catalogued} catalogue"
    chain = catalogue.chain(FEED)
    if chain:
        reached = times.iso_seconds(times.parse(chain), zone)
        yield f"Synced    up to what was committed by {reached}; the next sync goes on there"
    if found:
        hours = _hours(found)
        said = ", ".join(f"{hours[state]:,} {words}" for state, words in STATE_WORDS.items())
        what = "since the first fetched" if chain else "from the first to the last request"
        yield f"Coverage  hours {what}: {said}"
        yield from _some(
            [_stretch_text(stretch, zone) for stretch in found if stretch.state != "covered"]
        )
    for one in catalogue.prunings():
        days = f"{times.iso_seconds(one.since, zone)} until {times.iso_seconds(one.until, zone)}"
        yield f"Pruned    {days}, {times.iso_seconds(one.at, zone)} by {one.by}"
    gaps = fetchable(cache, found)
    if gaps:
        yield "Fetch     what is missing or not established, and DAP still holds:"
        yield from _some([gap.text(zone) for gap in gaps])
    if networks.path:
        yield f"Networks  {len(networks):,} named in {networks.path} (SHA-256 {networks.sha256})"
    sources = catalogue.sources()[::-1]
    if every_source:
        yield f"Sources   {len(sources):,}, the newest first"
        yield from (f"          {line}" for line in source_lines.each(sources))
    else:
        yield f"Sources   {len(sources):,}, the newest first (--sources lists each)"
        yield from _some(list(source_lines.grouped(sources)))
    yield CAVEAT


def _some(lines: Sequence[str]) -> Iterator[str]:
    """Indented lines, and how many were left out where there are too many to read."""
    for line in lines[:_MOST_LINES]:
        yield f"          {line}"
    if len(lines) > _MOST_LINES:
        yield f"          and {len(lines) - _MOST_LINES:,} more (--format json has all)"


def _span_text(first: int | None, last: int | None, zone: tzinfo) -> str:
    if first is None or last is None:
        return ""
    return f", {times.iso(first, zone)} to {times.iso(last, zone)}"


def _stretch_text(stretch: Stretch, zone: tzinfo) -> str:
    since = times.iso_seconds(stretch.since, zone)
    until = times.iso_seconds(stretch.until, zone)
    reason = f" ({REASON_WORDS.get(stretch.reason, stretch.reason)})" if stretch.reason else ""
    return f"{STATE_WORDS[stretch.state]}: {since} until {until}{reason}"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
