"""One account that acts as others, against all accounts that do.

A number alone accuses or clears nobody: whether twelve spans are many depends on what the
others in the same office do.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from logsleuth.store.base import ActSpan
from logsleuth.tui.cells import Role
from logsleuth.tui.detail import Fact
from logsleuth.tui.wording import counted, number


@dataclass(frozen=True, slots=True)
class Acting:
    """What an account did as others, Student View left out."""

    account: int
    spans: int
    minutes: int
    acted_as: int
    people: int


def acting(rows: Iterable[ActSpan]) -> dict[int, Acting]:
    """Accounts that acted as others, with what they did in these spans."""
    by_account: dict[int, list[ActSpan]] = {}
    for span in rows:
        if not span.student_view:
            by_account.setdefault(span.real_user_id, []).append(span)
    return {account: _of(account, mine) for account, mine in by_account.items()}


def _of(account: int, mine: Sequence[ActSpan]) -> Acting:
    return Acting(
        account,
        len(mine),
        sum(span.active_minutes for span in mine),
        len({span.user_id for span in mine} - {None}),
        len({person for span in mine for person in span.people}),
    )


_COMPARED: tuple[tuple[str, Callable[[Acting], int]], ...] = (
    ("spans", lambda found: found.spans),
    ("active min", lambda found: found.minutes),
    ("acted as", lambda found: found.acted_as),
    ("people read", lambda found: found.people),
)


def facts(rows: Iterable[ActSpan], account: int, *, filtered: bool) -> list[Fact]:
    """An account against the others, for the detail.  ``rows`` are all spans of the cache,
    also where those on the screen are ``filtered``: then the words say so."""
    within = " in the whole cache" if filtered else ""
    found = acting(rows)
    own = found.pop(account, None)
    if own is None:
        return []
    others = list(found.values())
    if not others:
        return [
            ("in all", _words(own), Role.PLAIN),
            ("", f"Nobody else acted as others{within}.", Role.MUTED),
        ]
    count = counted(len(others), "other", "others")
    title = f"This account{within}, and {count} that acted as others:"
    compared = [
        (label, f"{number(of(own))} · {_range([of(other) for other in others])}", Role.PLAIN)
        for label, of in _COMPARED
    ]
    return [("", title, Role.MUTED), *compared]


def _words(own: Acting) -> str:
    return ", ".join(
        (
            counted(own.spans, "span", "spans"),
            counted(own.minutes, "active minute", "active minutes"),
            f"{counted(own.acted_as, 'account', 'accounts')} acted as",
            counted(own.people, "person read", "people read"),
        )
    )


def _range(values: Sequence[int]) -> str:
    """``others: median 2, 1 to 9``."""
    middle = median(values)
    shown = number(int(middle)) if middle == int(middle) else f"{middle:.1f}"
    return f"others: median {shown}, {number(min(values))} to {number(max(values))}"
