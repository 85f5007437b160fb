"""What the requests of the values in sight are made of, read beside the rows."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Generic, TypeVar

from logsleuth.store.base import Cancel, Partial, Profile

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

AT_ONCE = 500
"""Values asked for in one question."""

NOTHING = Profile()
"""What a value without a matching request is made of."""

Ask = Callable[[Sequence[K], Cancel], Iterator[Partial[dict[K, V]]]]
"""Asks the store; values without a matching request may be left out."""


class Profiles(Generic[K, V]):
    """Profiles by value, as far as they were asked for; ``nothing`` for those without a
    matching request."""

    def __init__(self, ask: Ask[K, V], nothing: V) -> None:
        self._ask = ask
        self._nothing = nothing
        self._known: dict[K, V] = {}

    def get(self, value: K) -> V | None:
        """The profile of a value, if it was read."""
        return self._known.get(value)

    def missing(self, values: Sequence[K]) -> list[K]:
        """Those of the values that were not read yet, each once."""
        return [value for value in dict.fromkeys(values) if value not in self._known]

    def make(self, values: Sequence[K], cancel: Cancel) -> Iterator[Partial[None]]:
        """Read what is missing; only whole answers are kept.  Called from threads.

        Yields how far it is; never a complete answer, which is for the caller to give.
        """
        wanted = self.missing(values)
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            for answer in self._ask(part, cancel):
                if answer.complete:
                    found = answer.value
                    self._known.update({value: found.get(value, self._nothing) for value in part})
                yield Partial(None, False, answer.done, answer.total)
