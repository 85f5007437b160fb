"""The counts above a table: how many, and what sort of requests they are.

Misread automatic requests are how innocent people get accused, so a number of requests
never stands without its split.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from logsleuth.filter import sorts
from logsleuth.filter.tree import Node, Not, both
from logsleuth.model.ids import show_id
from logsleuth.model.text import visible
from logsleuth.store.base import Cancel, Partial, Store, TopRow, last
from logsleuth.tui.cells import Cell, Line, Role, clip, line_width
from logsleuth.tui.names import Names
from logsleuth.tui.sorting import until_counted
from logsleuth.tui.things import address_is
from logsleuth.tui.wording import number

VALUE_WIDTH = 30

TOP = 4
"""Related values named in a headline; more of them are said to be more."""


@dataclass(frozen=True, slots=True)
class Number:
    """A count that may still grow."""

    value: int
    complete: bool

    def __str__(self) -> str:
        return number(self.value) if self.complete else f"{number(self.value)}+"


@dataclass(frozen=True, slots=True)
class Split:
    """Requests by what sort they are; ``None`` where that is not counted yet."""

    total: Number | None = None
    opened: Number | None = None
    automatic: Number | None = None
    unknown: Number | None = None
    opaque: Number | None = None
    matching: Number | None = None
    related: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())


def split(
    store: Store,
    names: Names,
    where: Node,
    cancel: Cancel,
    *,
    matching: Node | None = None,
    related: tuple[str, ...] = (),
) -> Iterator[Split]:
    """Count, the most asked-for number first."""
    found = Split()
    wanted: list[tuple[str, Node]] = [("total", where)]
    if matching is not None:
        wanted.append(("matching", both(where, matching)))
    wanted += [
        ("automatic", both(where, sorts.AUTOMATIC)),
        ("opened", both(where, sorts.OPENED_OR_CHANGED)),
        ("unknown", both(where, sorts.NOT_CLASSIFIED)),
        ("opaque", both(where, sorts.OPAQUE)),
    ]
    for name, node in wanted:
        for answer in store.count(node, cancel=cancel):
            found = _with_number(found, name, answer)
            yield found
    for name in related:
        tops = last(until_counted(store.top(name, where, limit=TOP + 1, cancel=cancel)))
        alone = _automatic_only(store, tops, where, cancel) if name == "remote_ip" else set()
        line = (name, _top_words(name, tops, names, alone))
        found = replace(found, related=(*found.related, line))
        yield found


def _automatic_only(
    store: Store, rows: Sequence[TopRow], where: Node, cancel: Cancel
) -> set[int | str | bool]:
    """Addresses from which page or app sent everything by itself: that somebody else was
    there, as a phone that polls may look like, does not follow from them."""
    found = set()
    for row in rows[:TOP]:
        attended = both(where, address_is(str(row.value)), Not(sorts.AUTOMATIC))
        if not last(store.page(attended, limit=1, cancel=cancel)).rows:
            found.add(row.value)
    return found


def _with_number(found: Split, name: str, answer: Partial[int]) -> Split:
    count: Any = Number(answer.value, answer.complete)
    return replace(found, **{name: count})


def _top_words(
    name: str, rows: tuple[TopRow, ...], names: Names, alone: set[int | str | bool]
) -> tuple[str, ...]:
    if name in {"actor", "user_id", "real_user_id"}:
        names.learn("user", (row.value for row in rows if isinstance(row.value, int)))
    words = [
        f"{_value_words(name, row.value, names)} {number(row.count)}"
        + (" (all automatic)" if row.value in alone else "")
        for row in rows[:TOP]
    ]
    return (*words, "and more") if len(rows) > TOP else tuple(words)


def _value_words(name: str, value: int | str | bool, names: Names) -> str:
    if name in {"actor", "user_id", "real_user_id"} and isinstance(value, int):
        return names.label("user", value)
    if isinstance(value, int):
        return show_id(value)
    return clip(visible(str(value)), VALUE_WIDTH)


def split_line(found: Split, width: int, *, hidden: bool) -> Line:
    """``214 requests: 96 opened or changed · 81 automatic · 37 not classified``, without
    the word where there is no room for it."""
    long = _split_line(found, hidden=hidden, noun=True)
    return long if line_width(long) <= width else _split_line(found, hidden=hidden, noun=False)


def _split_line(found: Split, *, hidden: bool, noun: bool) -> Line:
    if found.total is None:
        return (Cell("counting…", Role.MUTED),)
    total = found.total
    word = "request" if total.value == 1 and total.complete else "requests"
    cells = [Cell(f"{total} {word}" if noun else str(total), Role.STRONG)]
    if found.automatic is None or found.opened is None or found.unknown is None:
        return (*cells, Cell(": counting…", Role.MUTED))
    hide = " hidden" if hidden else ""
    cells.append(
        Cell(
            f": {found.opened} opened or changed · {found.automatic} automatic{hide}"
            f" · {found.unknown} not classified"
        )
    )
    if found.opaque is not None and found.opaque.value:
        cells.append(Cell(f" · opaque {found.opaque}", Role.MUTED))
    return tuple(cells)
