"""Spans of acting as another: their requests, their words, and what was read in them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from logsleuth.filter import evaluate, sorts
from logsleuth.model import routes, times
from logsleuth.model.ids import show_id
from logsleuth.model.weblog import WebLog
from logsleuth.store.acting import node as node
from logsleuth.store.acting import place as place
from logsleuth.store.base import ActSpan, Cancel, Store
from logsleuth.tui import figures, wording
from logsleuth.tui.names import Names
from logsleuth.tui.things import Thing
from logsleuth.tui.wording import Zones, counted, number

PAGE = 1000
"""Requests read in one go while counting what was read."""

OPAQUE = "sent GraphQL queries, whose content the log does not have"


@dataclass(frozen=True, slots=True)
class Read:
    """Something that was asked for: what, about whom, and how often."""

    label: str
    about: int | None
    count: int


def holds(span: ActSpan, request: WebLog) -> bool:
    """Whether a request of the span's session is one of the span."""
    return (
        request.real_user_id == span.real_user_id
        and request.user_id == span.user_id
        and span.start <= request.timestamp <= span.end
    )


def has(span: ActSpan, request: WebLog) -> bool:
    """Whether any request is one of the span."""
    return holds(span, request) and evaluate.matches(place(span), request)


def thing(span: ActSpan, names: Names, zones: Zones) -> Thing:
    """The page of the span: all of its session, before, during and after."""
    real = names.label("user", span.real_user_id)
    acted = "unknown" if span.user_id is None else show_id(span.user_id)
    return Thing(
        place(span),
        f"{show_id(span.real_user_id)} as {acted}",
        f"{real} {deed(span, names)}, {when(span, zones)}",
        oldest_first=True,
    )


def deed(span: ActSpan, names: Names) -> str:
    """``acted as 202 Miller``."""
    if span.student_view:
        return "used Student View"
    return f"acted as {names.label('user', span.user_id) or 'an unknown account'}"


def when(span: ActSpan, zones: Zones) -> str:
    """``2026-10-12 16:01 – 16:03 UTC``, with the second day where it is another."""
    start, end = (times.from_us(us, zones.shown) for us in (span.start, span.end))
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} – {until} {wording.zone_label(zones.shown)}"


def made_of(span: ActSpan) -> str:
    """The numbers of a span, in words."""
    return (
        f"{counted(span.requests, 'request', 'requests')} as that account: "
        f"{number(span.opened)} opened · {number(span.changed)} changed · "
        f"{_switched(span)}{number(span.automatic)} automatic · "
        f"{number(span.not_classified)} not classified"
        f"{figures.opaque(span.opaque)} · "
        f"{counted(span.active_minutes, 'active minute', 'active minutes')} · {ENDED[span.ended]}"
    )


def _switched(span: ActSpan) -> str:
    """Steps into or out of an account, so that nobody takes them for changes."""
    if not span.switched:
        return ""
    return f"{counted(span.switched, 'switch', 'switches')} of account · "


ENDED = {
    "stopped": "stopped acting",
    "idle": "ended without stopping",
    "unknown": "the log ends too soon to tell how it ended",
}


def reads(store: Store, names: Names, span: ActSpan, cancel: Cancel) -> Iterator[tuple[Read, ...]]:
    """What was read in the span, most often first: requests that change nothing and that
    page or app did not send by itself, by what they are and whom they are about.

    Called from threads; one answer.
    """
    found: Counter[tuple[str, int | None]] = Counter()
    where, after, more = node(span), None, True
    while more:
        for answer in store.page(where, limit=PAGE, after=after, oldest_first=True, cancel=cancel):
            page = answer.value
        for request in page.rows:
            if request.kind == "opaque":
                found[OPAQUE, None] += 1
            elif evaluate.matches(sorts.READ, request):
                refused = " (refused)" if (request.http_status or 0) >= 400 else ""
                found[what(request) + refused, request.about_user] += 1
        after, more = page.after, page.more
    names.learn("user", (about for _, about in found))
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or 0))
    yield tuple(Read(label, about, count) for (label, about), count in ordered)


def what(request: WebLog) -> str:
    """What a request is, in plain English; its controller where no rule says more."""
    label = routes.describe(
        request.http_method,
        request.web_application_controller,
        request.web_application_action,
        request.url or "",
    )
    return label or wording.code_path(request)


def reads_words(found: tuple[Read, ...], names: Names) -> str:
    """``viewed a student's grades (303 Nguyen) 12 · opened the inbox 3``."""
    return " · ".join(f"{read.label}{_about(read, names)} {number(read.count)}" for read in found)


def _about(read: Read, names: Names) -> str:
    return "" if read.about is None else f" ({names.label('user', read.about)})"


def sentence(span: ActSpan, names: Names, zones: Zones) -> str:
    """A span as one sentence for a ticket."""
    start = wording.both_times(span.start, zones, fraction=False)
    end = wording.both_times(span.end, zones, fraction=False)
    where = f"session {span.session_id}" if span.session_id else f"key {span.developer_key_id}"
    real = names.label("user", span.real_user_id)
    return (
        f"From {start} to {end}, account {real} {deed(span, names)} from "
        f"{span.remote_ip or 'an unknown address'} ({where}): {made_of(span)}."
    )
