"""What Canvas calls those that a cache knows by their ids alone, asked for one by one.

Users and courses are asked for a few at a time, those with the most requests first; keys
come as the root account's listing.  What Canvas says it does not know is remembered and not
asked for again.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from logsleuth.filter.tree import All
from logsleuth.ingest.called import take_names
from logsleuth.ingest.patient_writer import writing
from logsleuth.sources.canvas import Canvas
from logsleuth.sources.canvas_answers import Answer, NotPermittedError, NotThereError
from logsleuth.sources.http import HttpError, Patience
from logsleuth.store.activity import Activity
from logsleuth.store.base import Cancel, TopRow
from logsleuth.store.cache import Cache
from logsleuth.store.catalogue import NameKind

AT_ONCE = 4
"""Questions on the way together; Canvas's allowance is heeded besides."""

BATCH = 100
"""So many answers are kept together, as one source."""

_REFUSED = 10
"""So many refusals of one kind and no name: the token may not see that kind."""

_Single = Literal["user", "course", "account"]
_SINGLES: Sequence[_Single] = ("user", "course", "account")


@dataclass(slots=True)
class NamesReport:
    """How many ids were asked for, and what became of them; ``left`` were not asked for.

    ``unknown`` are those that Canvas does not know, ``hidden`` those that the token's user may
    not see; ``errors`` are sentences.
    """

    asked: int = 0
    named: int = 0
    unknown: int = 0
    hidden: int = 0
    left: int = 0
    errors: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object of ``sync names --format json``."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


Bare = dict[NameKind, list[int]]


def bare_ids(cache: Cache, *, again: bool = False) -> Bare:
    """Ids in requests and changes that have no name, those with the most of them first.

    ``again``: those, too, that Canvas said it does not know.
    """
    found: dict[NameKind, Counter[int]] = {
        "user": _count(cache, "user_id", "real_user_id"),
        "course": _count(cache, "course_id"),
        "account": Counter(),
        "key": _count(cache, "developer_key_id"),
    }
    for event in cache.catalogue.events():
        for kind, number in (
            ("user", event.user_id),
            ("course", event.course_id),
            ("course", event.other_course_id),
            ("account", event.account_id),
        ):
            if number is not None:
                found[kind][number] += 1  # type: ignore[index]
    bare: Bare = {}
    for kind, counter in found.items():
        known = cache.catalogue.names(kind).keys()
        given_up = frozenset() if again else cache.catalogue.unknown_names(kind)
        ordered = sorted(counter, key=lambda number: (-counter[number], number))
        bare[kind] = [one for one in ordered if one not in known and one not in given_up]
    return bare


def _count(cache: Cache, *fields: str) -> Counter[int]:
    found: Counter[int] = Counter()
    for name in fields:
        rows: tuple[TopRow, ...] = ()
        for answer in cache.requests.top(name, All(), limit=0):
            rows = answer.value
            if answer.done == answer.total:
                break  # the numbers are final: what follows compares them with all requests
        for row in rows:
            found[int(row.value)] += row.count
    return found


class NamesSync:
    """One run over a cache; ``tell`` gets how many were asked for, of how many."""

    def __init__(
        self,
        folder: Path,
        canvas: Canvas,
        *,
        tell: Callable[[int, int], None] | None = None,
        cancel: Cancel | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._folder = folder
        self._canvas = canvas
        self._tell = tell or (lambda _done, _total: None)
        self._cancel = cancel or Cancel()
        self._patience = patience or Patience()
        self._report = NamesReport()
        self._total = 0

    async def run(self, bare: Bare, limit: int) -> NamesReport:
        """Ask for at most ``limit`` of the ids (0: all), users and courses in turn.

        Raises ``StoreError`` if the cache cannot be written, ``Cancelled``.
        """
        report = self._report
        singles = _in_turn([[(kind, one) for one in bare[kind]] for kind in _SINGLES])
        chosen = singles[:limit] if limit else singles
        self._total = len(chosen) + len(bare["key"])
        report.left = len(singles) - len(chosen)
        try:
            if bare["key"]:
                await self._keys(bare["key"])
            for kind in _SINGLES:
                await self._singles(kind, [number for one, number in chosen if one == kind])
        except HttpError as error:
            report.errors.append(str(error))
        Activity(self._folder).add("sync names", report.as_json())
        return report

    # Keys

    async def _keys(self, numbers: Sequence[int]) -> None:
        """Keys of the root account, then those it has from Instructure."""
        wanted, found = set(numbers), set[int]()
        try:
            async with writing(self._folder, self._patience) as writer:
                answer = await self._canvas.account("self")
                roots = take_names(writer.ledger, "account", [answer])
            for root in roots[:1]:
                for inherited in (False, True):
                    if wanted - found:
                        listing = self._canvas.developer_keys(root.id, inherited=inherited)
                        found |= await self._keep("key", [page async for page in listing], ())
        except NotPermittedError as error:
            self._report.hidden += len(wanted - found)
            self._report.errors.append(str(error))
        else:
            await self._keep("key", [], wanted - found)
        self._report.named += len(wanted & found)
        self._asked(len(wanted))

    # Users, courses and accounts

    async def _singles(self, kind: _Single, numbers: Sequence[int]) -> None:
        waiting = deque(numbers)
        answers: dict[int, Answer] = {}
        unknown: list[int] = []
        refusals = named_here = 0
        stop: list[HttpError] = []

        async def keep() -> None:
            nonlocal answers, unknown, named_here
            came, answers = answers, {}
            missed, unknown = unknown, []
            found = await self._keep(kind, list(came.values()), missed)
            named_here += len(came.keys() & found)
            self._report.named += len(came.keys() & found)
            await self._keep(kind, [], came.keys() - found)

        async def work() -> None:
            nonlocal refusals
            while waiting and not stop:
                self._cancel.check()
                number = waiting.popleft()
                try:
                    answers[number] = await self._canvas.thing(kind, number)
                except NotThereError:
                    unknown.append(number)
                except NotPermittedError as error:
                    refusals += 1
                    self._report.hidden += 1
                    if refusals >= _REFUSED and not answers and not named_here:
                        stop.append(error)
                except HttpError as error:
                    stop.append(error)
                    return
                self._asked(1)
                if len(answers) + len(unknown) >= BATCH:
                    await keep()

        try:
            await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        finally:
            await keep()
        self._report.left += len(waiting)
        if stop and not isinstance(stop[0], NotPermittedError):
            raise stop[0]
        self._report.errors += [str(error) for error in stop[:1]]

    # Keeping

    async def _keep(
        self, kind: NameKind, answers: Sequence[Answer], unknown: Collection[int]
    ) -> set[int]:
        """Names and what has none into the cache; the ids that have a name now."""
        if not answers and not unknown:
            return set()
        async with writing(self._folder, self._patience) as writer:
            found = {name.id for name in take_names(writer.ledger, kind, answers)}
            writer.ledger.save_unknown(kind, unknown)
        self._report.unknown += len(unknown)
        return found

    def _asked(self, number: int) -> None:
        self._report.asked += number
        self._tell(self._report.asked, self._total)


def _in_turn(queues: Sequence[list[tuple[_Single, int]]]) -> list[tuple[_Single, int]]:
    """One of each queue, again and again, so that a limit cuts all kinds alike."""
    longest = max(map(len, queues), default=0)
    return [queue[place] for place in range(longest) for queue in queues if place < len(queue)]
