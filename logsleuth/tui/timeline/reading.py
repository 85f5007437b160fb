"""Asking for what the timeline shows, in a thread, as far as it is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from logsleuth.filter import evaluate
from logsleuth.filter.fields import BY_NAME, Field, Kind
from logsleuth.filter.tree import All, Match, Node, Not, Present, Span, both, span_of
from logsleuth.model import times
from logsleuth.model.ids import show_id
from logsleuth.store.base import Cancel, Store, StoreError, last
from logsleuth.store.catalogue import Catalogue
from logsleuth.trace import matching
from logsleuth.tui import filters, things, wording
from logsleuth.tui.names import Names
from logsleuth.tui.sorting import until_counted
from logsleuth.tui.timeline.brush import during
from logsleuth.tui.timeline.grid import Grid, grid
from logsleuth.tui.timeline.picture import (
    Cover,
    Figures,
    Lane,
    Picture,
    arranged,
    covered,
    numbers,
    spread,
)

LONGEST = 1000 * times.DAY
"""Of a longer time, the coverage of every hour is not worth the wait."""

TOP = 5
"""Values that have a lane of their own."""

WHOLE = Span()
"""No bounds."""

OF_MANY = {
    "users": "user_id",
    "people": "about_user",
    "addresses": "remote_ip",
    "agents": "user_agent",
    "sessions": "session_id",
    "courses": "course_id",
}
"""Columns that count, or list, the values of a field."""

ACCOUNTS = {"actor", "user_id", "real_user_id", "about_user"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is wanted: requests that match ``where``, in at most ``columns`` columns.

    ``view`` is the part of the time that a closer look is at.  ``lanes`` is the field to
    split by, ``most`` how many lanes there is room for.
    """

    where: Node
    columns: int
    zone: tzinfo
    view: Span = WHOLE
    lanes: Field | None = None
    most: int = TOP + 2


def lane_field(name: str) -> Field | None:
    """The field that lanes can be made of, by the name of a column of requests."""
    found = BY_NAME.get(OF_MANY.get(name, name))
    if found is None or "request" not in found.of or found.kind is Kind.TIME or name == "id":
        return None
    return found


def read(
    store: Store, catalogue: Catalogue, names: Names, asked: Question, cancel: Cancel
) -> Iterator[Picture | None]:
    """The picture so far, and at last all of it; ``None`` where no time of the cache is
    asked for.  Called from threads."""
    where = Not(All()) if filters.only_of_events(asked.where) else asked.where
    bounds = store.bounds()
    if bounds.first is None or bounds.last is None:
        yield None
        return
    all_time = span_of(asked.where).meet(Span(bounds.first, bounds.last + 1))
    span = all_time.meet(asked.view)
    since, until = span.since or 0, span.until or 0
    if since >= until:
        yield None
        return
    columns = grid(since, until, asked.columns, asked.zone)
    if asked.view != WHOLE:
        where = both(where, during(asked.view))
    cancel.check()
    moments = _moments(catalogue, asked.where)
    picture = Picture(
        columns,
        all_time,
        (Figures(),) * len(columns),
        _covers(catalogue, columns),
        numbers(columns, moments),
        sum(not columns.holds(us) for us in moments),
        matching.needs_trace(asked.where),
    )
    cancel.check()
    for answer in store.timeline(where, seconds=columns.seconds, cancel=cancel):
        picture = replace(
            picture,
            figures=spread(columns, answer.value),
            complete=answer.complete,
            done=answer.done,
            days=answer.total,
        )
        yield picture
    if asked.lanes is not None:
        yield replace(picture, lanes=_lanes(store, names, asked, where, picture, cancel))


def _covers(catalogue: Catalogue, columns: Grid) -> tuple[Cover, ...]:
    whole = columns.span(0, len(columns) - 1)
    if columns.edges[-1] - columns.edges[0] > LONGEST:
        return (Cover("partial", "not looked up: the time is too long"),) * len(columns)
    return covered(columns, catalogue.hours(whole))


def _moments(catalogue: Catalogue, where: Node) -> list[int]:
    """When course changes were made that match, by what they know of themselves."""
    early = matching.without_trace(where)
    events = catalogue.events(span_of(where))
    return [event.created_at for event in events if evaluate.matches(early, None, event)]


def _lanes(
    store: Store, names: Names, asked: Question, where: Node, whole: Picture, cancel: Cancel
) -> tuple[Lane, ...]:
    """The top values of the field, those without one, and all others."""
    assert asked.lanes is not None
    name, columns = asked.lanes.name, whole.grid

    def counted(label: str, node: Node) -> Lane:
        buckets = last(store.timeline(both(where, node), seconds=columns.seconds, cancel=cancel))
        return Lane(label, spread(columns, buckets))

    values: Sequence[int | str | bool] = ()
    for answer in until_counted(store.top(name, where, limit=TOP, cancel=cancel)):
        values = [row.value for row in answer.value]
    lanes = [counted(_label(name, value, names), _is(name, value)) for value in values]
    absent = counted(f"no {asked.lanes.label}", Not(Match(asked.lanes, Present())))
    try:
        return arranged(whole.figures, lanes, absent, asked.most)
    except ValueError as error:
        raise StoreError(
            "The cache changed while the lanes were counted; r reads them again."
        ) from error


def _is(name: str, value: int | str | bool) -> Node:
    return things.address_is(str(value)) if name == "remote_ip" else things.equal(name, value)


def _label(name: str, value: int | str | bool, names: Names) -> str:
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    if isinstance(value, str):
        return wording.session_short(value) if name == "session_id" else value or "(empty)"
    if name in ACCOUNTS:
        names.learn("user", (value,))
        return names.label("user", value)
    if name == "course_id":
        names.learn("course", (value,))
        return wording.course_label(value, names)
    if name == "developer_key_id":
        names.learn("key", (value,))
        return names.label("key", value)
    return show_id(value) if BY_NAME[name].kind is Kind.ID else str(value)
