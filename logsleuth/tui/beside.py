"""What is looked up beside the request under the cursor, once it stands still.

What is usual for its account, other sessions alive at that time, the file it came from,
and what older versions of it said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from logsleuth.model.weblog import WebLog, changes
from logsleuth.store import usual
from logsleuth.store.base import Cancel
from logsleuth.store.catalogue import Source
from logsleuth.store.usual import Others, Usual
from logsleuth.tui import wording
from logsleuth.tui.cells import Role
from logsleuth.tui.desk import Desk
from logsleuth.tui.detail import Fact

STILL = 0.15
"""Seconds for which the cursor has to stand on a row before anything is looked up."""

_HASH = 12
"""Digits of a file's hash that the detail shows; ``status`` has all of them."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found so far; ``None`` where that is not known yet, or there is none."""

    usual: Usual | None = None
    others: Others | None = None
    source: Source | None = None
    older: tuple[WebLog, ...] = ()
    failure: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing more will be found."""
        return self.usual is not None or bool(self.failure)


def look(desk: Desk, request: WebLog, cancel: Cancel) -> Iterator[Found]:
    """Look everything up, the quickest first.  Called from threads."""
    cancel.rest(STILL)
    found = Found()
    if request.source_id is not None:
        found = replace(found, source=desk.catalogue.source(request.source_id))
    if request.versions > 1:
        found = replace(found, older=tuple(desk.store.older_versions(request.id)))
    yield found
    if request.actor is not None:
        found = replace(found, others=usual.others(desk.store, request, cancel))
        yield found
        zone = desk.zones.campus or desk.zones.shown
        numbers = usual.usual(desk.store, desk.catalogue, request, zone, cancel)
        yield replace(found, usual=numbers)


class Beside:
    """Looks up one request at a time; ``changed`` is called when there is more to show."""

    def __init__(self, desk: Desk, changed: Callable[[], object]) -> None:
        self._desk = desk
        self._changed = changed
        self._lane = desk.lane("beside")
        self._request: WebLog | None = None
        self._found = Found()

    def of(self, request: WebLog) -> Found:
        """What is known by now; begins to look it up."""
        if self._request is None or self._request.id != request.id:
            self._request, self._found = request, Found()
            self._desk.asking.ask(
                self._lane,
                lambda cancel: look(self._desk, request, cancel),
                self._take,
                lambda sentence: self._take(Found(failure=sentence)),
                patient=True,
            )
        return self._found

    def forget(self) -> None:
        """Stop looking."""
        self._desk.asking.take_back(self._lane)
        self._request = None

    def _take(self, found: Found) -> None:
        self._found = found
        self._changed()


def facts(request: WebLog, found: Found, desk: Desk) -> list[Fact]:
    """What is usual, and who else was there, for the top of the detail."""
    if found.failure:
        return [("usual?", found.failure, Role.ERROR)]
    if request.actor is None:
        return []
    told: list[Fact] = [("usual?", "…", Role.MUTED)]
    if found.usual is not None:
        said = usual.words(found.usual)
        told = [("", text, Role.WARN if first else Role.PLAIN) for text, first in said]
        told[0] = ("usual?", *told[0][1:])
    if found.others is None:
        return [*told, ("nearby", "…", Role.MUTED)]
    return [*told, *_nearby(found.others, desk)]


def _nearby(others: Others, desk: Desk) -> Iterator[Fact]:
    if not others.sessions:
        yield "nearby", usual.others_words(others), Role.MUTED
        return
    yield "nearby", f"{usual.others_words(others)}; O opens them", Role.PLAIN
    for one in others.sessions[:3]:
        name = wording.session_short(one.session_id)
        if one.session_id is None:
            name = f"key {desk.names.label('key', one.developer_key_id) or '(none)'}"
        where = ", ".join(desk.networks.beside(address) for address in one.addresses)
        requests = wording.counted(one.requests, "request", "requests")
        yield "", f"{name}: {requests}, from {where or 'no address'}", Role.MUTED


def origin_facts(request: WebLog, found: Found, desk: Desk) -> list[Fact]:
    """Where the row is from, and what other versions of it said, for its end."""
    told: list[Fact] = []
    if found.source is not None:
        name = found.source.name.rpartition("/")[2]
        told.append(
            ("source", f"{name} (SHA-256 {found.source.sha256[:_HASH]}…)", Role.MUTED),
        )
    for newer, older in zip((request, *found.older), found.older, strict=False):
        when = "" if older.meta_ts is None else wording.both_times(older.meta_ts, desk.zones)
        told.append(("older version", f"committed {when}" if when else "", Role.WARN))
        changed = list(changes(older, newer))
        told += [
            ("", f"{name}: {wording.value(was)} → {wording.value(now)}", Role.PLAIN)
            for name, was, now in changed
        ]
        if not changed:
            told.append(("", "every column is the same", Role.MUTED))
    return told
