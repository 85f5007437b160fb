"""What a store of requests answers: the seam above which nobody knows SQL.

A store may hold billions of rows elsewhere.  So nothing here assumes that all rows are
local, that counts are free, or that an answer comes whole: answers are iterators of
``Partial``, newest first, the last one ``complete`` unless something was left out.
Course events, names, coverage and rejects are in the local catalogue, never here.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import msgspec

from logsleuth.filter.tree import Node, Value
from logsleuth.model import times
from logsleuth.model.weblog import WebLog

T = TypeVar("T")
A = TypeVar("A", covariant=True)


class StoreError(Exception):
    """One sentence for the user: what happened, to what, and what to do next."""


class Cancelled(Exception):  # noqa: N818 (an answer to a wish, not an error)
    """The question was taken back; whoever took it back needs no answer."""


class Cancel:
    """A switch shared by whoever asks and whoever answers; safe from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._hooks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Take the question back: running statements are interrupted at once."""
        with self._lock:
            self._event.set()
            hooks = list(self._hooks)
        for hook in hooks:
            hook()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise :class:`Cancelled` if the question was taken back."""
        if self._event.is_set():
            raise Cancelled

    def rest(self, seconds: float) -> None:
        """Wait so long; raise :class:`Cancelled` at once if the question is taken back."""
        self._event.wait(seconds)
        self.check()

    def add_hook(self, hook: Callable[[], None]) -> Callable[[], None]:
        """Call ``hook`` on cancel; returns what removes it again."""
        with self._lock:
            self._hooks.append(hook)

        def remove() -> None:
            with self._lock:
                self._hooks.remove(hook)

        return remove


@dataclass(frozen=True, slots=True)
class Partial(Generic[A]):
    """An answer so far; ``complete`` when nothing more is to come.

    ``done`` of ``total`` parts (days) have been asked.
    """

    value: A
    complete: bool
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Requests in the order asked for.

    ``before`` and ``after`` are opaque cursors of the first and last row, to page on
    from; ``more`` says whether rows follow the last one.
    """

    rows: tuple[WebLog, ...] = ()
    before: str | None = None
    after: str | None = None
    more: bool = False


class TopRow(msgspec.Struct, frozen=True, gc=False):
    """One value of a field: requests, accounts, first and last request (microseconds).

    ``users`` counts accounts under the filter; ``users_all`` those of the same days
    without it.  ``first_in_cache`` is the value's first request in the whole cache,
    ``at_start`` whether that falls on the cache's first covered day.
    """

    value: int | str | bool
    count: int
    users: int
    users_all: int
    first: int
    last: int
    first_in_cache: int
    at_start: bool = False


Pair = tuple[Value, Value | None]
"""A value of one field, and that of another in the same requests, which may be null."""


class PairRow(msgspec.Struct, frozen=True, gc=False):
    """A pair with its requests: how many, the first and the last of them (microseconds).

    ``first_in_cache`` and ``at_start`` are as those of :class:`TopRow`.
    """

    pair: Pair
    count: int
    first: int
    last: int
    first_in_cache: int
    at_start: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """Requests, errors (status >= 400) and writes from ``start`` (microseconds) on."""

    start: int
    count: int
    errors: int
    writes: int


QUIET = 30 * times.MINUTE
"""A longer pause ends a span of acting as another, and a run of calls with a token."""


@dataclass(frozen=True, slots=True)
class ActSpan:
    """A run in which one account acted as another, made of all its requests.

    Same session (for calls with a token: same key and address), same account signed in,
    same account acted as, no pause over :data:`QUIET`; midnight does not end it.
    ``matching`` of its ``requests`` match the filter.  ``active_minutes`` counts minutes
    with a request that page or app did not send by itself; ``reads`` counts such requests
    that change nothing, ``writes`` POST, PUT, PATCH and DELETE among all.  ``opened``,
    ``changed``, ``switched``, ``automatic`` and ``not_classified`` add up to ``requests``
    (:mod:`logsleuth.filter.sorts`): ``switched`` are steps into or out of another account,
    which change nothing else; ``opaque`` is part of the last.  ``people`` are the accounts
    that what was read, and answered with 2xx, is about (``about_user``).
    ``how`` is ``browser`` or ``api``; ``ended`` is ``stopped``, ``idle`` or ``unknown``
    (the log ends too soon to tell).
    """

    session_id: str | None
    developer_key_id: int | None
    remote_ip: str | None
    real_user_id: int
    user_id: int | None
    start: int
    end: int
    active_minutes: int
    requests: int
    matching: int
    writes: int
    reads: int
    opened: int
    changed: int
    switched: int
    automatic: int
    not_classified: int
    opaque: int
    people: tuple[int, ...]
    courses: tuple[int, ...]
    how: str
    ended: str
    student_view: bool


class Session(msgspec.Struct, frozen=True, gc=False):
    """A browser session, or a run of calls with a token, made of all its requests.

    ``session_id`` is null for calls with a token: these are runs of the same key, account,
    address and agent without a pause over :data:`QUIET`.  ``users`` are the accounts the
    requests ran as.  ``addresses_automatic`` are those of the ``addresses`` from which
    page or app sent all requests by itself: a phone that polls, not a second person.
    """

    session_id: str | None
    developer_key_id: int | None
    users: tuple[int, ...]
    addresses: tuple[str, ...]
    addresses_automatic: tuple[str, ...]
    agents: tuple[str, ...]
    start: int
    end: int
    requests: int
    matching: int
    writes: int
    automatic: int
    opaque: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What the requests of one value are made of.

    ``opened_or_changed``, ``automatic`` and ``not_classified`` add up to ``requests``
    (:mod:`logsleuth.filter.sorts`); ``opaque`` is part of the last.  ``hours`` counts the
    UTC hours with a request, ``peak`` the requests of the fullest of them.  The rest are
    numbers of distinct accounts the requests ran as (``users``), that were signed in
    (``actors``) and that they are about (``people``), of sessions, addresses, agents,
    courses, keys and endpoints (method, controller and action); ``addresses_automatic``
    are addresses from which page or app sent all of them by itself.
    """

    requests: int = 0
    errors: int = 0
    writes: int = 0
    opened_or_changed: int = 0
    automatic: int = 0
    not_classified: int = 0
    opaque: int = 0
    hours: int = 0
    peak: int = 0
    users: int = 0
    actors: int = 0
    people: int = 0
    sessions: int = 0
    addresses: int = 0
    addresses_automatic: int = 0
    agents: int = 0
    courses: int = 0
    keys: int = 0
    endpoints: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the store holds: rows, first and last request (microseconds), days."""

    rows: int = 0
    first: int | None = None
    last: int | None = None
    days: tuple[str, ...] = field(default=())


class Store(Protocol):
    """Requests, asked by filter trees.

    Every method may be called from any thread; each thread reads on its own
    connection.  ``StoreError`` for a cache that cannot be read, ``Cancelled`` when
    ``cancel`` was used.
    """

    def bounds(self) -> Bounds:
        """What is there, without counting."""
        ...

    def page(
        self,
        where: Node,
        *,
        limit: int,
        after: str | None = None,
        before: str | None = None,
        oldest_first: bool = False,
        cancel: Cancel | None = None,
    ) -> Iterator[Partial[Page]]:
        """Rows in time order, newest first unless told otherwise.

        ``after`` gives the rows that follow that cursor in the order asked for,
        ``before`` those just in front of it (in the order asked for, too).  Order is
        timestamp, then the row's key: total and stable.
        """
        ...

    def count(self, where: Node, *, cancel: Cancel | None = None) -> Iterator[Partial[int]]:
        """How many rows match."""
        ...

    def top(
        self, name: str, where: Node, *, limit: int, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[TopRow, ...]]]:
        """Values of a field by number of requests, then by value; nulls left out.

        Addresses are grouped by address, methods in upper case.  ``limit`` 0 is all.
        With a limit, answers until every day was asked may be empty; without one, the first
        has those on top of the newest day, the second those on top of all.
        The answer before the last has asked every day, so that its ``value``, ``count``,
        ``users``, ``first`` and ``last`` are final; what compares them with all requests
        (``users_all``, ``first_in_cache``, ``at_start``) is so in a complete answer only.
        """
        ...

    def profiles(
        self,
        name: str,
        values: Sequence[Value],
        where: Node,
        *,
        cancel: Cancel | None = None,
    ) -> Iterator[Partial[dict[Value, Profile]]]:
        """What the matching requests of each value of a field are made of.

        ``values`` are as a filter compares them: addresses as 16 bytes.  Values without a
        matching request are left out.
        """
        ...

    def pairs(
        self, names: tuple[str, str], where: Node, *, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[PairRow, ...]]]:
        """Pairs of values of two fields of ids, the first of them present, most used first.

        ``first_in_cache`` and ``at_start`` are final in a complete answer only.
        """
        ...

    def pair_profiles(
        self,
        names: tuple[str, str],
        pairs: Sequence[Pair],
        where: Node,
        *,
        cancel: Cancel | None = None,
    ) -> Iterator[Partial[dict[Pair, Profile]]]:
        """What the matching requests of each pair are made of, as :meth:`profiles`."""
        ...

    def timeline(
        self, where: Node, *, seconds: int, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[Bucket, ...]]]:
        """Requests per so many seconds of UTC, oldest first, empty buckets left out."""
        ...

    def spans(
        self, where: Node, *, cancel: Cancel | None = None
    ) -> Iterator[Partial[tuple[ActSpan, ...]]]:
        """Spans of acting as another that have a matching request, newest first.

        Answers that are not complete have those of the newest hour or day: a span that began
        before it still grows.
        """
        ...

    def sessions(
        self, where: Node, *, cancel: Cancel | None = None
    ) -> Iterator[Partial[Sequence[Session]]]:
        """Sessions that have a matching request, newest first.

        Answers that are not complete have those of the newest hour or days: a session that
        began before them still grows.
        """
        ...

    def request(self, request_id: str) -> WebLog | None:
        """A request by its id, in any spelling of the UUID."""
        ...

    def cursor_at(self, us: int) -> str:
        """A cursor between rows: rows at or after ``us`` are newer than it."""
        ...

    def older_versions(self, request_id: str, *, at: int | None = None) -> Sequence[WebLog]:
        """What newer versions of the request replaced, newest first.

        ``at`` is the request's timestamp, where that is known: the answer comes sooner.
        """
        ...

    def candidates(self, where: Node, *, limit: int, cancel: Cancel | None = None) -> list[WebLog]:
        """For the trace: matching rows, oldest first; the whole answer or an error."""
        ...


def last(answers: Iterator[Partial[T]]) -> T:
    """The whole answer."""
    *_, final = answers
    return final.value
