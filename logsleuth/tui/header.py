"""The header: which cache, what it spans, how much is in it, and what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from logsleuth.filter.tree import Span
from logsleuth.store.base import Bounds, Cancel, Store
from logsleuth.store.catalogue import Catalogue, Hour
from logsleuth.tui import wording
from logsleuth.tui.cells import Cell, Line, Role, line, line_width


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


def header_line(
    name: str, found: Contents | None, zone: tzinfo, campus: tzinfo | None, width: int
) -> Line:
    """The header in the longest wording that fits."""
    if found is None:
        return line(Cell(" logsleuth ", Role.HEADING), Cell(f" {name} · reading…"))
    forms = [
        _form(name, found, zone, campus, long=True),
        _form(name, found, zone, campus, long=False),
    ]
    return next((form for form in forms if line_width(form) <= width), forms[-1])


def _form(name: str, found: Contents, zone: tzinfo, campus: tzinfo | None, *, long: bool) -> Line:
    bounds = found.bounds
    parts = [name] if name else []
    if bounds.first is not None and bounds.last is not None:
        span = wording.span(bounds.first, bounds.last, zone)
        parts.append(span if long else wording.dates(bounds.first, bounds.last, zone))
    if campus is None and zone is UTC and long:
        parts[-1:] = [f"{part} (campus zone not set: z)" for part in parts[-1:]]
    requests = "request" if bounds.rows == 1 else "requests"
    changes = "course change" if found.changes == 1 else "course changes"
    if not long:
        requests, changes = "req", "changes"
    parts += [
        f"{wording.number(bounds.rows)} {requests}",
        f"{wording.number(found.changes)} {changes}",
    ]
    cells = [Cell(" logsleuth ", Role.HEADING)] if long else []
    cells.append(Cell(f" {' · '.join(parts)}"))
    gaps = wording.gaps(found.hours, zone)
    if gaps:
        shown = ", ".join(gaps[:2]) if long else gaps[0]
        rest = len(gaps) - (2 if long else 1)
        more = f" and {rest} more" if rest > 0 else ""
        cells.append(
            Cell(f" · not fetched {shown}{more}" if long else f" · gap {shown}{more}", Role.WARN)
        )
    return tuple(cells)
