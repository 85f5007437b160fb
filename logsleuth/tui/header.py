"""The header: which cache, what it spans, how much is in it, and what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logsleuth.filter.tree import Span
from logsleuth.store.base import Bounds, Cancel, Store
from logsleuth.store.catalogue import Catalogue, Hour
from logsleuth.tui import wording
from logsleuth.tui.cells import Cell, Line, Role, line, line_width
from logsleuth.tui.wording import Zones


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a cache."""

    bounds: Bounds
    changes: int
    hours: Sequence[Hour]


def contents(store: Store, catalogue: Catalogue, cancel: Cancel) -> Iterator[Contents]:
    """Read what is in the cache.  Called from threads."""
    bounds = store.bounds()
    cancel.check()
    hours: Sequence[Hour] = ()
    if bounds.first is not None and bounds.last is not None:
        hours = catalogue.hours(Span(bounds.first, bounds.last + 1))
    cancel.check()
    yield Contents(bounds, len(catalogue.events()), hours)


def header_line(name: str, found: Contents | None, zones: Zones, width: int) -> Line:
    """The header in the longest wording that fits."""
    if found is None:
        return line(Cell(" logsleuth ", Role.HEADING), Cell(f" {name} · reading…"))
    forms = (
        _long(name, found, zones),
        _middle(name, found, zones),
        _short(name, found, zones),
        _shortest(found, zones),
    )
    return next((form for form in forms if line_width(form) <= width), forms[-1])


def _long(name: str, found: Contents, zones: Zones) -> Line:
    span = _span(found, zones)
    if span and zones.campus is None:
        span += " (campus zone not set: z)"
    return _joined(name, span, found, zones, gaps=2, missing="not fetched")


def _middle(name: str, found: Contents, zones: Zones) -> Line:
    return _joined(name, _span(found, zones), found, zones, gaps=1, missing="gap")


def _short(name: str, found: Contents, zones: Zones) -> Line:
    bounds = found.bounds
    parts = [name] if name else []
    if bounds.first is not None and bounds.last is not None:
        parts.append(wording.dates(bounds.first, bounds.last, zones.shown))
    parts.append(f"{wording.number(bounds.rows)} req")
    parts.append(f"{wording.number(found.changes)} changes")
    return line(Cell(f" {' · '.join(parts)}"), *_gaps(found, zones, 1, "gap"))


def _shortest(found: Contents, zones: Zones) -> Line:
    """Without the name, which one knows, and changes; never without what is missing."""
    bounds, dates = found.bounds, ""
    if bounds.first is not None and bounds.last is not None:
        dates = f"{wording.dates(bounds.first, bounds.last, zones.shown)} · "
    rows = f" {dates}{wording.number(bounds.rows)} req"
    return line(Cell(rows), *_gaps(found, zones, 1, "gap"))


def _joined(
    name: str, span: str, found: Contents, zones: Zones, *, gaps: int, missing: str
) -> Line:
    counts = (
        wording.counted(found.bounds.rows, "request", "requests"),
        wording.counted(found.changes, "course change", "course changes"),
    )
    parts = " · ".join(part for part in (name, span, *counts) if part)
    title = Cell(" logsleuth ", Role.HEADING)
    return line(title, Cell(f" {parts}"), *_gaps(found, zones, gaps, missing))


def _span(found: Contents, zones: Zones) -> str:
    bounds = found.bounds
    if bounds.first is None or bounds.last is None:
        return ""
    return wording.span(bounds.first, bounds.last, zones.shown)


def _gaps(found: Contents, zones: Zones, most: int, missing: str) -> Line:
    """The hours that were not fetched, as many of them as there is room for."""
    gaps = wording.gaps(found.hours, zones.shown)
    if not gaps:
        return ()
    more = f" and {len(gaps) - most} more" if len(gaps) > most else ""
    return (Cell(f" · {missing} {', '.join(gaps[:most])}{more}", Role.WARN),)
