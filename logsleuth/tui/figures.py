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
        f"{opaque(profile.opaque)}"
    )
    writes = f"{counted(profile.writes, 'write', 'writes')}{opaque(profile.opaque)}"
    outcome = f"{number(profile.errors)} refused or failed, {writes}"
    where = ", ".join(
        (
            counted(profile.addresses, "address", "addresses") + automatic_only(profile),
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
        ("rate", rate_words(profile), Role.PLAIN),
    ]


def opaque(count: int) -> str:
    """`` · opaque 7``, to stand behind a count of writes or grades; nothing for none."""
    return f" · opaque {number(count)}" if count else ""


def attended(profile: Profile | None) -> int | None:
    """Requests that page or app is not known to have sent by itself."""
    return None if profile is None else profile.requests - profile.automatic


def attended_column(
    profile: Callable[[R], Profile | None], test: Callable[[R], Node | None]
) -> Column[R]:
    """A column of what was not sent automatically; ``all auto`` where nothing else was."""

    def cell(row: R) -> Cell:
        count = attended(profile(row))
        return Cell("all auto", Role.MUTED) if count == 0 else figure(count)

    return Column("attended", "not auto", 8, WIDEST, 2, cell, test, right=True)


def addresses_column(
    profile: Callable[[R], Profile | None], test: Callable[[R], Node | None]
) -> Column[R]:
    """``3 (1 auto)``: addresses, and from how many of them everything was automatic, as
    it is with a phone that polls."""

    def cell(row: R, form: str) -> Cell:
        found = profile(row)
        if found is None or not found.addresses_automatic:
            return figure(of_profile(found, "addresses"))
        return Cell(form.format(number(found.addresses), number(found.addresses_automatic)))

    return Column(
        "addresses",
        "addrs",
        10,
        WIDEST,
        1,
        lambda row: cell(row, "{} ({} auto)"),
        test,
        right=True,
        short=lambda row: cell(row, "{}·{}a"),
    )


def automatic_only(profile: Profile) -> str:
    """`` (1 of them automatic only)``, to stand behind a number of addresses."""
    alone = profile.addresses_automatic
    return f" ({number(alone)} of them automatic only)" if alone else ""


def rate(profile: Profile | None) -> int | None:
    """Requests per hour, of the hours that have any."""
    return None if profile is None else round(profile.requests / max(1, profile.hours))


def rate_words(profile: Profile) -> str:
    """``12 an hour, in 3 hours; at most 20 in one``."""
    hours = counted(profile.hours, "hour", "hours")
    return f"{number(rate(profile) or 0)} an hour in {hours}, {number(profile.peak)} in the fullest"


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
