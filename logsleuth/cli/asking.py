"""What every command that asks a cache does first: open it, read the filter, wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import TYPE_CHECKING, Literal, TypeVar

from logsleuth.cli import errors, logged
from logsleuth.cli.errors import Failed, Misused
from logsleuth.cli.resolving import parse_or_resolve
from logsleuth.cli.settings import Settings
from logsleuth.filter.tree import All, Node, span_of
from logsleuth.model import clock, times
from logsleuth.store import custody
from logsleuth.store.base import Partial, StoreError
from logsleuth.store.cache import Cache
from logsleuth.store.gaps import unfetched
from logsleuth.store.paths import CATALOGUE

if TYPE_CHECKING:
    from logsleuth.filter.errors import FilterError

T = TypeVar("T")
Of = Literal["request", "event"]


@contextmanager
def opened(settings: Settings, *, log: bool = True) -> Iterator[Cache]:
    """The cache, opened for reading, its pinned clock in force.

    The command goes to the activity log, of the cache and of the case that is open, unless
    ``log`` is false: then it shows no rows, or logs for itself.
    """
    try:
        cache = Cache.open(settings.cache)
    except StoreError as error:
        if (settings.cache / CATALOGUE).exists():
            raise
        raise Misused(str(error)) from error
    for remark in custody.remarks(settings.cache):
        errors.say(remark)
    try:
        pinned = cache.catalogue.meta("pinned_clock")
        clock.pin(int(pinned) if pinned else None)
        if log:
            with logged.logged(logged.journal(settings, cache)):
                yield cache
        else:
            yield cache
    finally:
        cache.close()


def read_filter(
    cache: Cache, text: str, zone: tzinfo, relative_to: str, *, of: Of = "request"
) -> Node:
    """The tree of a filter, or of what a pasted URL, id, address or name became.

    ``Misused`` if it is none, with a caret below the place, or if it may mean two things.
    """
    if not text.strip():
        return All()
    # Only now: the grammar takes longer to load than the rest of a command.
    from logsleuth.filter.errors import FilterError
    from logsleuth.filter.show import show

    try:
        where = parse_or_resolve(cache, text, zone=zone, now=_now(cache, relative_to), of=of)
    except FilterError as error:
        raise wrong_filter(text, error) from error
    logged.fact(filter=show(where))
    return where


def wrong_filter(text: str, error: "FilterError") -> Misused:
    """What is wrong with a filter, and a caret below the place."""
    from logsleuth.filter.errors import point_at

    return Misused(f"{error}.\n{point_at(text, error.column)}")


def _now(cache: Cache, relative_to: str) -> int:
    """What ``now`` means: the clock, or the newest thing in the cache."""
    if relative_to == "clock":
        return clock.now_us()
    newest = cache.requests.bounds().last
    if newest is None:
        newest = max((event.created_at for event in cache.catalogue.events()), default=None)
    return clock.now_us() if newest is None else newest


def whole(answers: Iterator[Partial[T]]) -> T:
    """The complete answer; ``Failed`` if the store left a part out."""
    *_, final = answers
    if not final.complete:
        raise Failed(
            f"The store answered for {final.done} of {final.total} days only, "
            "and a part is not printed as if it were all; try again."
        )
    return final.value


def say_unfetched(cache: Cache, where: Node, settings: Settings) -> None:
    """After an answer of nothing: say which hours it is about were never fetched."""
    found = unfetched(cache.catalogue, cache.requests.bounds(), span_of(where))
    if not found:
        return
    first, zone = found[0], settings.shown_zone
    more = f", and {len(found) - 1} more stretches" if len(found) > 1 else ""
    errors.say(
        f"The log from {times.iso_seconds(first.since or 0, zone)} to"
        f" {times.iso_seconds(first.until or 0, zone)} was not fetched{more};"
        " this is no evidence that no request was made."
    )
