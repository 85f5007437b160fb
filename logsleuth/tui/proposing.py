"""What is proposed while somebody types a filter: fields, then values, the most frequent first.

Values are read from the cache when the first one of a field is asked for, in a thread, once.
"""

import asyncio
from collections.abc import Iterator, Sequence

from textual.suggester import Suggester

from logsleuth.filter.complete import Completion, complete
from logsleuth.filter.fields import BY_NAME, Field, Kind
from logsleuth.filter.tree import All
from logsleuth.model.ids import show_id
from logsleuth.store.base import Cancel, TopRow
from logsleuth.store.catalogue import NameKind
from logsleuth.tui.desk import Desk
from logsleuth.tui.filters import typeable
from logsleuth.tui.sorting import until_counted

MOST = 500
"""Values of a field that are known."""

NAMED: dict[str, NameKind] = {
    "user_id": "user",
    "real_user_id": "user",
    "actor": "user",
    "course_id": "course",
    "developer_key_id": "key",
}
"""Fields whose values have names."""

_READ = frozenset({Kind.ID, Kind.ADDRESS, Kind.TEXT})


def _is_read(field: Field) -> bool:
    """Whether the values of a field are worth reading: a few, which come up again and again."""
    stored = "request" in field.of and (not field.computed or field.name == "actor")
    return stored and (field.kind in _READ or field.name == "http_status")


class Proposals:
    """What could stand at the end of a filter."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lane = desk.lane("values")
        self._known: dict[str, tuple[str, ...]] = {}
        self._asked: tuple[str, asyncio.Future[None]] | None = None
        self._missing = ""

    def at_end(self, text: str) -> list[Completion]:
        """What could go on from the end, best first, as far as it is known by now."""
        self._missing = ""
        found = complete(text, len(text), self._values, of="event")
        return [one for one in found if _goes_on(text, one)]

    async def ready(self, text: str) -> list[Completion]:
        """The same, once the values that it takes are read."""
        found = self.at_end(text)
        if self._missing:
            await self._read(self._missing)
            found = self.at_end(text)
        return found

    @property
    def waiting(self) -> bool:
        """Whether more may be proposed once values are read."""
        return bool(self._missing)

    def words(self, text: str, found: Completion) -> str:
        """A proposal for people: a value with its name, if there is one."""
        name = text[: found.start].rpartition(":")[0].split()[-1:]
        field = BY_NAME.get(name[0].lstrip("(")) if name else None
        kind = NAMED.get(field.name) if field is not None else None
        if kind is None or not found.text.isdigit():
            return found.text
        return self._desk.names.label(kind, int(found.text))

    def forget(self) -> None:
        """Nobody types any more."""
        self._desk.asking.take_back(self._lane)
        self._answer()

    def _values(self, name: str, begun: str) -> list[str]:
        field = BY_NAME[name]
        if name not in self._known and _is_read(field):
            self._missing = name
        return [one for one in self._known.get(name, ()) if one.startswith(begun.lower())]

    async def _read(self, name: str) -> None:
        if self._asked is None or self._asked[0] != name:
            self.forget()
            self._asked = name, asyncio.get_running_loop().create_future()
            self._desk.asking.ask(
                self._lane,
                lambda cancel: self._top(name, cancel),
                lambda rows: self._know(name, rows),
                lambda sentence: self._answer(),
                done=self._answer,
            )
        await asyncio.shield(self._asked[1])

    def _top(self, name: str, cancel: Cancel) -> Iterator[Sequence[TopRow]]:
        desk = self._desk
        rows: Sequence[TopRow] = ()
        for answer in until_counted(desk.store.top(name, All(), limit=MOST, cancel=cancel)):
            rows = answer.value
        if name in NAMED:
            desk.names.learn(NAMED[name], (int(row.value) for row in rows))
        yield rows

    def _know(self, name: str, rows: Sequence[TopRow]) -> None:
        self._known[name] = tuple(_text(row.value) for row in rows)

    def _answer(self) -> None:
        if self._asked is not None and not self._asked[1].done():
            self._asked[1].set_result(None)
        self._asked = None


def _text(value: int | str | bool) -> str:
    return value if isinstance(value, str) else show_id(value)


def _goes_on(text: str, found: Completion) -> bool:
    typed = text[found.start :]
    return len(found.text) > len(typed) and found.text.startswith(typed)


def completed(text: str, found: Sequence[Completion]) -> str | None:
    """The text with the best proposal at its end; ``None`` where nothing asks for one."""
    if not found or not (text[found[0].start :] or text.endswith((":", "("))):
        return None
    return typeable(text + found[0].text[len(text) - found[0].start :])


class FieldSuggester(Suggester):
    """Proposes the rest of a field's name or of a value, where the cursor is at the end."""

    def __init__(self, proposals: Proposals) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._proposals = proposals

    async def get_suggestion(self, value: str) -> str | None:
        return completed(value, await self._proposals.ready(value))
