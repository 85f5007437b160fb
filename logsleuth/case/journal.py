"""What was looked at, written to the log of the cache and to that of the case that is open.

One way for commands and the app.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from logsleuth.case.masking import Masking
from logsleuth.model.author import author, same
from logsleuth.store.activity import Activity
from logsleuth.store.base import StoreError
from logsleuth.store.cache import Cache

if TYPE_CHECKING:
    # Only for types: without a case, commands do without its libraries.
    from logsleuth.case.case import Case

Act = tuple[str, dict[str, Any]]
"""What was done (``query``, ``opened``, …), and plain JSON about it."""


class Journal:
    """The logs that belong to an opened cache; usable from any thread.

    ``say`` is told once, in a sentence, if a log cannot be written: reading goes on.
    """

    def __init__(self, cache: Cache, case: "Case | None", say: Callable[[str], object]) -> None:
        self.case = case
        self._log = Activity(cache.folder)
        self._cache = cache.fingerprint
        self._masked = Masking(cache)
        self.say = say
        self._said = False

    def add(self, what: str, **data: Any) -> None:
        """Write one act to all logs."""
        self.add_all([(what, data)])

    def add_all(self, acts: Iterable[Act]) -> None:
        """Write acts to all logs, in their order."""
        masked = [(what, self._masked(data)) for what, data in acts]
        if not masked:
            return
        self._try(lambda: self._log.add_all(masked))
        case = self.case
        if case is not None:
            told = [(what, {**data, "cache": self._cache}) for what, data in masked]
            self._try(lambda: case.log(told))

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except StoreError as error:
            if not self._said:
                self._said = True
                self.say(f"What is looked at is not logged: {error}")


def how_many(text: str) -> int | None:
    """How many entries a text says: a number, ``none`` or ``all`` (``None``); else
    ``ValueError``."""
    said = text.strip().lower()
    if said in {"all", "none"}:
        return None if said == "all" else 0
    if not said.isascii() or not said.isdecimal():
        raise ValueError(f"'{text}' is no number, nor all or none.")
    return int(said)


def told(earlier: dict[str, Any]) -> str:
    """How many earlier entries there are and which a new case has, in a sentence."""
    return (
        f"You made {earlier['yours']:,} earlier entries in this cache's log:"
        f" {len(earlier['taken']):,} taken in, {earlier['left_out']:,} left out."
    )


def earlier(cache: Cache, take: int | None) -> dict[str, Any]:
    """What a new case says of its author's earlier acts in the log of a cache.

    ``take`` of the newest are taken in whole, ``None`` is all of them; the rest is counted.
    ``log`` is the head of the cache's log, so that its entries can be checked there.
    """
    me = author()
    entries = Activity(cache.folder).entries()
    mine = [entry for entry in entries if same(entry.who, me)]
    taken: Sequence[Any] = mine if take is None else mine[len(mine) - min(take, len(mine)) :]
    return {
        "cache": cache.fingerprint,
        "yours": len(mine),
        "taken": [
            {"n": one.n, "at": one.at, "what": one.what, "data": one.data, "hash": one.hash}
            for one in taken
        ],
        "left_out": len(mine) - len(taken),
        "log": {"length": len(entries), "hash": entries[-1].hash if entries else ""},
    }
