"""From a piece of evidence back to its place in the panes; or to what the case kept of it."""

from typing import TYPE_CHECKING

from logsleuth.filter.parse import parse
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import ActSpan, Cancel, last
from logsleuth.tui import things
from logsleuth.tui.case_items import Item
from logsleuth.tui.casebook import Casebook
from logsleuth.tui.desk import Desk
from logsleuth.tui.pages.page import Destination, Kept
from logsleuth.tui.things import Thing

if TYPE_CHECKING:
    from logsleuth.case.model import Evidence

Place = tuple[Destination, WebLog | None]
"""What to open, and the request that one comes from, if it is one."""


def place(book: Casebook, desk: Desk, item: Item, one: "Evidence", cancel: Cancel) -> Place:
    """Where evidence lies in the cache that is open, as it is there now.

    What came from another cache, or is no longer in this one, is shown as the case kept it.
    """
    if one.cache != book.cache.fingerprint:
        return kept(book, item, one, "It came from another cache"), None
    found = _in_cache(desk, one, cancel)
    return found or (kept(book, item, one, "The cache no longer holds it"), None)


def kept(book: Casebook, item: Item, one: "Evidence", why: str) -> Kept:
    """The rows of a piece of evidence as they were copied into the case."""
    rows = tuple(kept.row for kept in book.need().rows(one.label))
    title = f"{book.name} {one.label}: {item.what}"
    return Kept(f"{one.label} as kept", title, f"{why}: this is what the case kept of it.", rows)


def _in_cache(desk: Desk, one: "Evidence", cancel: Cancel) -> Place | None:
    store, names = desk.store, desk.names
    match one.kind:
        case "request":
            row = store.request(one.reference)
            if row is None:
                return None
            names.learn_requests([row])
            return things.session(row, names), row
        case "event":
            event = desk.catalogue.event(one.reference)
            return None if event is None else (event, None)
    where = parse(one.filter or "")
    page = last(store.page(where, limit=1, oldest_first=True, cancel=cancel))
    first = next(iter(page.rows), None)
    if one.kind == "filter":
        title = f"{one.label}: {one.filter or '(everything)'}"
        return Thing(where, f"filter {one.label}", title), None
    if first is None:
        return None
    names.learn_requests([first])
    if one.kind == "session":
        whose = names.label("user", first.actor) or "nobody signed in"
        return things.browser_session(one.reference, whose), None
    span = _span(desk, one, cancel)
    return None if span is None else (span, None)


def _span(desk: Desk, one: "Evidence", cancel: Cancel) -> ActSpan | None:
    """The span of acting as another that begins where the evidence begins."""
    spans = last(desk.store.spans(parse(one.filter or ""), cancel=cancel))
    found = next((span for span in spans if span.start == one.first), None)
    if found is not None:
        desk.names.learn("user", (found.user_id, found.real_user_id))
    return found
