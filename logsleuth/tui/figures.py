"""Columns of numbers and of times, as the panes have many of them."""

from collections.abc import Callable
from datetime import tzinfo
from typing import TypeVar

from logsleuth.filter.tree import Node
from logsleuth.store.base import Profile
from logsleuth.tui import wording
from logsleuth.tui.cells import Cell, Role
from logsleuth.tui.columns import Column
from logsleuth.tui.detail import Fact
from logsleuth.tui.wording import counted, number

R = TypeVar("R")

PENDING = "…"
"""Stands where something is not read yet."""

TIME_WIDTH = 11
WIDEST = 11

AT_START = "≤"
"""In front of a first time on the cache's first day: it may well have begun before."""


BEGAN = ", the log's first day: it may have begun before"
"""What the sign means, where there is room to say it."""


def of_profile(profile: Profile | None, name: str) -> int | None:
    """One number of a profile; ``None`` where that is not read yet."""
    found: int | None = None if profile is None else getattr(profile, name)
    return found


def profile_facts(profile: Profile | None) -> list[Fact]:
    """What requests are made of, for the detail."""
    if profile is None:
        return [("made of", PENDING, Role.MUTED)]
    sorts = (
        f"{number(profile.opened_or_changed)} opened or changed · "
        f"{number(profile.automatic)} automatic · {number(profile.not_classified)} not classified"
    )
    writes = counted(profile.writes, "write", "writes")
    outcome = f"{number(profile.errors)} refused or failed, {writes}"
    where = ", ".join(
        (
            counted(profile.addresses, "address", "addresses"),
            counted(profile.agents, "agent", "agents"),
            counted(profile.sessions, "session", "sessions"),
            counted(profile.courses, "course", "courses"),
            counted(profile.keys, "key", "keys"),
        )
    )
    return [
        ("requests", number(profile.requests), Role.STRONG),
        ("made of", sorts, Role.PLAIN),
        ("outcome", outcome, Role.PLAIN),
        ("distinct", where, Role.PLAIN),
    ]


def _no_test(row: object) -> Node | None:
    return None


def figure(count: int | None, role: Role = Role.PLAIN) -> Cell:
    """A number; a pale 0; an ellipsis where it is not read yet."""
    if count is None:
        return Cell(PENDING, Role.MUTED)
    return Cell(number(count), role if count else Role.MUTED)


def compact(count: int | None, role: Role = Role.PLAIN) -> Cell:
    """``1.2M``: a number where there is no room for all its digits."""
    if count is None or count < 10_000:
        return figure(count, role)
    if count < 1_000_000:
        return Cell(f"{count // 1000}k", role)
    return Cell(f"{count / 1_000_000:.1f}M", role)


def number_column(
    name: str,
    heading: str,
    least: int,
    rank: int,
    value: Callable[[R], int | None],
    test: Callable[[R], Node | None] = _no_test,
    role: Callable[[R], Role] = lambda row: Role.PLAIN,
) -> Column[R]:
    """A column of counts; ``None`` is one that is not read yet."""
    return Column(
        name,
        heading,
        least,
        max(least, WIDEST),
        rank,
        lambda row: figure(value(row), role(row)),
        test,
        right=True,
        short=lambda row: compact(value(row), role(row)),
    )


def time_column(
    name: str,
    heading: str,
    rank: int,
    value: Callable[[R], int | None],
    zone: tzinfo,
    test: Callable[[R], Node | None] = _no_test,
) -> Column[R]:
    """A column of times to the minute."""
    return Column(
        name,
        heading,
        TIME_WIDTH,
        TIME_WIDTH,
        rank,
        lambda row: moment(value(row), zone),
        test,
    )


def moment(us: int | None, zone: tzinfo) -> Cell:
    """A time to the minute; an ellipsis where it is not read yet."""
    return Cell(PENDING, Role.MUTED) if us is None else Cell(wording.minute_time(us, zone))


def first_moment(us: int | None, at_start: bool, zone: tzinfo) -> Cell:
    """A first time, marked where the log begins too late to tell."""
    if us is None:
        return Cell(PENDING, Role.MUTED)
    return Cell(f"{AT_START if at_start else ' '}{wording.minute_time(us, zone)}")
