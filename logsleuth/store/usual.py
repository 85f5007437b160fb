"""Whether address, agent and hour of a request are usual for its account: in numbers.

Counted are the days before the request's own day on which the account had any request,
and among these the days with this address, this agent, about this hour.  What follows
from the numbers is for people to say.
"""

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from logsleuth.filter.building import address_is, between, equal
from logsleuth.filter.fields import field
from logsleuth.filter.tree import Match, Node, Range, Span, both
from logsleuth.model import times
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import QUIET, Cancel, Store, last
from logsleuth.store.catalogue import Catalogue

FEW = 5
"""Earlier days below which the numbers tell next to nothing."""

_HOUR = 60 * 60
_QUARTER = 15 * 60
"""Seconds: every zone's hours and days begin at a quarter of an hour, most at an hour."""

MOST = 2_000
"""Requests around the moment that are looked at for other sessions."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Days are those of the zone, before the request's own day.

    ``days``: with any request of the account; ``not_whole`` of them have hours whose log
    was not fetched whole.  ``address`` and ``agent`` count the days with the same one
    (``None`` where the request has none), ``hour`` those with a request in one of the
    ``hours`` of the day: the request's own, the one before and the one after.
    """

    account: int
    days: int
    not_whole: int
    address: int | None
    agent: int | None
    hour: int
    hours: tuple[int, int, int]

    @property
    def few(self) -> bool:
        """Whether so few days are known that the numbers tell next to nothing."""
        return self.days < FEW


@dataclass(frozen=True, slots=True)
class Other:
    """Another session of the account, or what another client sent with a token: its
    requests within 30 minutes of the moment, the first and the last of them."""

    session_id: str | None
    developer_key_id: int | None
    addresses: tuple[str, ...]
    agents: tuple[str, ...]
    requests: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Others:
    """The other sessions, the one with the most requests first; not ``complete`` where
    there are more requests than are looked at."""

    sessions: tuple[Other, ...] = ()
    complete: bool = True


def usual(
    store: Store,
    catalogue: Catalogue,
    request: WebLog,
    zone: tzinfo,
    cancel: Cancel | None = None,
) -> Usual | None:
    """The numbers for a request; ``None`` where nobody was signed in."""
    if request.actor is None:
        return None
    own = times.from_us(request.timestamp, zone)
    before = Range("<", times.midnight(own.date(), zone))
    earlier = both(equal("actor", request.actor), Match(field("timestamp"), before))

    step = _HOUR if _whole_hours(request.timestamp, zone) else _QUARTER

    def moments(*more: Node) -> set[tuple[date, int]]:
        """Day and hour of the account's earlier requests."""
        found = last(store.timeline(both(earlier, *more), seconds=step, cancel=cancel))
        local = (times.from_us(bucket.start, zone) for bucket in found)
        return {(moment.date(), moment.hour) for moment in local}

    def days(*more: Node) -> int:
        return len({day for day, _ in moments(*more)})

    seen = moments()
    known = {day for day, _ in seen}
    hours = ((own.hour - 1) % 24, own.hour, (own.hour + 1) % 24)
    address, agent = request.remote_ip, request.user_agent
    return Usual(
        account=request.actor,
        days=len(known),
        not_whole=_not_whole(catalogue, known, zone),
        address=None if address is None else days(address_is(address)),
        agent=None if agent is None else days(equal("user_agent", agent)),
        hour=len({day for day, hour in seen if hour in hours}),
        hours=hours,
    )


def _whole_hours(us: int, zone: tzinfo) -> bool:
    """Whether the zone's hours are those of UTC, in summer and winter time alike."""
    hour = timedelta(hours=1)
    half_a_year = 26 * times.WEEK
    offsets = (times.from_us(moment, zone).utcoffset() for moment in (us, us - half_a_year))
    return not any((offset or timedelta()) % hour for offset in offsets)


def _not_whole(catalogue: Catalogue, days: set[date], zone: tzinfo) -> int:
    """How many of the days have an hour whose log was not fetched whole."""
    if not days:
        return 0
    since = times.midnight(min(days), zone)
    until = times.midnight(max(days) + timedelta(days=1), zone)
    hours = catalogue.hours(Span(since, until))
    torn = {times.from_us(hour.start, zone).date() for hour in hours if hour.state != "covered"}
    return len(days & torn)


def words(found: Usual) -> list[tuple[str, bool]]:
    """The numbers in sentences; each with whether it is the first time."""
    if not found.days:
        return [("no earlier day of this account is in the cache: nothing to compare with", False)]
    of = f"{found.days} earlier {'day' if found.days == 1 else 'days'}"

    def line(what: str, count: int | None, none: str) -> tuple[str, bool]:
        if count is None:
            return f"{what}: the request has none", False
        if not count:
            return f"{what}: on none of {of}: {none}", True
        return f"{what}: on {count} of {of}", False

    about = f"{found.hours[0]:02}:00 to {found.hours[2]:02}:59"
    said = [
        line("address", found.address, "first seen here"),
        line("agent", found.agent, "first seen here"),
        line(about, found.hour, "the first time"),
    ]
    if found.few:
        said.append((f"under {FEW} earlier days are known: these numbers say little", False))
    if found.not_whole:
        said.append((f"{found.not_whole} of {of} not fetched whole", False))
    return said


def others_words(found: Others) -> str:
    """How many other sessions there were, and from where."""
    count = len(found.sessions)
    if not count:
        among = "" if found.complete else f" among the {MOST:,} requests looked at"
        return f"no other session of this account within 30 minutes{among}"
    at_least = "" if found.complete else "at least "
    addresses = {address for one in found.sessions for address in one.addresses}
    agents = {agent for one in found.sessions for agent in one.agents}
    return (
        f"{at_least}{_counted(count, 'other session')} of this account within 30 minutes, from"
        f" {_counted(len(addresses), 'address', 'addresses')}, {_counted(len(agents), 'agent')}"
    )


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one}" if count == 1 else f"{count} {many or one + 's'}"


def near(request: WebLog) -> Node:
    """What the account signed in sent within 30 minutes of the request."""
    moment = between(request.timestamp - QUIET, request.timestamp + QUIET)
    whose = () if request.actor is None else (equal("actor", request.actor),)
    return both(*whose, moment)


def others(store: Store, request: WebLog, cancel: Cancel | None = None) -> Others:
    """The other sessions of the account that were alive within 30 minutes."""
    if request.actor is None:
        return Others()
    page = last(store.page(near(request), limit=MOST, cancel=cancel))
    groups: dict[tuple[object, ...], list[WebLog]] = {}
    for row in page.rows:
        groups.setdefault(_client(row), []).append(row)
    groups.pop(_client(request), None)
    found = sorted(map(_other, groups.values()), key=lambda one: (-one.requests, one.first))
    return Others(tuple(found), complete=not page.more)


def _client(request: WebLog) -> tuple[object, ...]:
    """What makes requests one session; calls with a token have none of their own."""
    if request.session_id is not None and request.developer_key_id is None:
        return (request.session_id,)
    return (request.developer_key_id, request.remote_ip, request.user_agent)


def _other(rows: list[WebLog]) -> Other:
    newest = rows[0]
    by_token = newest.developer_key_id is not None
    return Other(
        session_id=None if by_token else newest.session_id,
        developer_key_id=newest.developer_key_id,
        addresses=tuple(dict.fromkeys(row.remote_ip for row in rows if row.remote_ip)),
        agents=tuple(dict.fromkeys(row.user_agent for row in rows if row.user_agent)),
        requests=len(rows),
        first=min(row.timestamp for row in rows),
        last=max(row.timestamp for row in rows),
    )
