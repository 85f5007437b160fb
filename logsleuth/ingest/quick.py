"""The quick way from a line of JSON into the spill, for the requests that most are.

It takes a row only where nothing about it needs a second look: a common id and time, a
commit time, texts in which no rule of :mod:`logsleuth.sources.secret_rules` can hit.
Whatever it does not take goes the way of every other format, and comes out the same.
"""

import re
from collections.abc import Iterator
from typing import Any
from zlib import crc32

from logsleuth.model import ids, routes, times
from logsleuth.sources.files import Lines
from logsleuth.sources.secret_rules import may_hold_secret
from logsleuth.sources.secrets import Masker
from logsleuth.sources.weblogs import Record, Value, WebLogReader, bare, decode_all, marked
from logsleuth.store import encoded
from logsleuth.store.encoded import FLAGS
from logsleuth.store.spill import QUARTER_MS, Spill, Vocabulary
from logsleuth.store.sqlite.schema import EXTRA, LOW, LOW_BITS, MASKED, WRITE

_REMEMBERED = 100_000
"""Values of a kind that are remembered; then all are forgotten, and learnt again."""
_LONG = 1_000
"""Characters from which a text is not remembered."""

_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\Z", re.ASCII)
_DIGITS = b"0123456789"
_NUMBER = re.compile(r"/\d+(?=[/.]|\Z)", re.ASCII)
"""A part of a path that no rule of a route names."""

_PERSON, _API, _UNSURE = 1, 2, 4


class _Odd(Exception):  # noqa: N818 (says what a row is, no failure)
    """The row needs a second look."""


class _Remembered(dict[Any, Any]):
    """What was found out about values, each of which is looked at once."""

    def __missing__(self, value: Any) -> Any:
        found = self.look(value)
        if len(self) >= _REMEMBERED:
            self.clear()
        if not isinstance(value, str | bytes) or len(value) < _LONG:
            self[value] = found
        return found

    def look(self, value: Any) -> Any:
        """What is to be known of a value; raises ``_Odd`` if a closer look is needed."""
        raise NotImplementedError


_SECONDS = {f"{one:02d}.": one * 1000 for one in range(60)}
_MILLIS = {f"{one:03d}Z": one for one in range(1000)}
"""Milliseconds of ``07.`` and ``123Z``, which stand behind the minute in a common time."""


class _Minutes(_Remembered):
    """When a minute, ``2026-10-01T08:15:``, begins, in microseconds since the epoch."""

    def look(self, value: str) -> int:
        if not _MINUTE.match(value):
            raise _Odd
        return times.parse(f"{value}00.000Z")


class _Places(_Remembered):
    """How rows, prints and lines of a minute are put with others of its quarter; these;
    milliseconds of the day at which it begins."""

    def __init__(self, spill: Spill, minutes: _Minutes) -> None:
        super().__init__()
        self._spill = spill
        self._minutes = minutes

    def look(self, value: str) -> Any:
        day, past = divmod(self._minutes[value], times.DAY)
        held = self._spill.quarter(day, past // 1000 // QUARTER_MS)
        adders = held.rows.append, held.prints.append, held.lines.append
        return *adders, held, past // 1000


class _Commits(_Remembered):
    """Commit times in microseconds since the epoch."""

    def __init__(self, minutes: _Minutes) -> None:
        super().__init__()
        self._minutes = minutes

    def look(self, value: str | None) -> int:
        if not value:
            raise _Odd
        past = (_SECONDS[value[17:20]] + _MILLIS[value[20:]]) * 1000
        return int(self._minutes[value[:17]] + past)


class _Shapes(_Remembered):
    """What a URL may hold, by all of it but the digits.

    No rule that tells a secret needs a digit but those that say which character is encoded.
    """

    def of_encoded(self, url: str) -> int:
        """The same for a URL with encoded characters."""
        if "%25" in url or "\\" in url:
            return self.look(url.encode()) | _UNSURE | _PERSON
        first, *rest = url.encode().split(b"%")
        shape = [first.translate(None, _DIGITS)]
        shape += [part[:2] + part[2:].translate(None, _DIGITS) for part in rest]
        return int(self[b"%".join(shape)])

    def look(self, value: bytes) -> int:
        shape = value.decode()
        found = _API if shape.startswith("/api/") else 0
        if "\\" in shape or "\0" in shape or may_hold_secret(shape):
            found |= _UNSURE
        if routes.may_be_about(shape):
            found |= _PERSON
        return found


class _OpsByPath(_Remembered):
    """The number of an operation and the mark it gives, by the columns that make it and the
    path."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def look(self, value: Any) -> tuple[int, int | None] | None:
        op = encoded.made_op(*value)
        return self._vocabulary.op(op), WRITE if op.writes else None


class _Ops(_OpsByPath):
    """The same by whether the path is of the API; ``None`` where more of it decides."""

    def look(self, value: Any) -> tuple[int, int | None] | None:
        method, _, _, controller, action, _, api = value
        texts = "\n".join(one for one in value if isinstance(one, str))
        if len(texts) > _LONG or may_hold_secret(texts):
            raise _Odd
        if routes.depends_on_path(method, controller, action, api):
            return None
        return super().look((*value[:6], "/api/" if api else ""))


class _Agents(_Remembered):
    """The numbers of agents."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def look(self, value: str | None) -> int | None:
        return None if value is None else self._vocabulary.agent(_harmless(value))


class _Texts(_Remembered):
    """Texts as they are kept."""

    def look(self, value: str | None) -> str | None:
        return None if value is None else _harmless(value)


class _Sessions(_Remembered):
    """Sessions as they are stored."""

    def look(self, value: str | None) -> bytes | str | None:
        if value is None:
            return None
        stored = ids.uuid_bytes(value)
        if stored is None and ids.parse_uuid(value):
            raise _Odd
        return stored or _harmless(value)


class QuickReader:
    """Puts the ordinary rows of one source into the spill, and hands on the others."""

    def __init__(self, spill: Spill, reader: WebLogReader, masker: Masker) -> None:
        self._spill = spill
        self._reader = reader
        self._masker = masker
        self._minutes = _Minutes()
        self._commits = _Commits(self._minutes)
        self._shapes = _Shapes()
        self._addresses = _Texts()
        self._sessions = _Sessions()
        self._forget_places()
        self._forget_words()

    def _forget_places(self) -> None:
        """Begin anew with what holds only until the spill is written out."""
        self._flushes = self._spill.flushes
        self._places = _Places(self._spill, self._minutes)

    def _forget_words(self) -> None:
        """Begin anew with what holds only as long as the vocabulary remembers it."""
        vocabulary = self._spill.vocabulary
        self._forgotten = vocabulary.forgotten
        self._ops = _Ops(vocabulary)
        self._ops_by_path = _OpsByPath(vocabulary)
        self._agents = _Agents(vocabulary)

    def take(self, chunk: Lines) -> Iterator[tuple[int, Record]]:
        """Spill the ordinary requests of whole lines; the others, each with its line."""
        if chunk.too_long:
            yield chunk.number, self._reader.too_long(chunk)
            return
        if self._flushes != self._spill.flushes:
            self._forget_places()
        if self._forgotten != self._spill.vocabulary.forgotten:
            self._forget_words()
        lines = chunk.each
        odd = list(self._spill_ordinary(lines, chunk.number))
        taken = len(lines) - len(odd)
        self._reader.read += taken
        at, offset = 0, chunk.offset
        for place in odd:
            offset += sum(map(len, lines[at:place]))
            at = place
            number = chunk.number + place
            record = self._reader.record(lines[place], number, offset)
            if record is not None:
                yield number, record
        self._spill.count(taken, sum(map(len, lines)))

    def _spill_ordinary(self, lines: list[bytes], first: int) -> Iterator[int]:
        """Spill what is ordinary; the places of the other lines.

        All but the columns themselves is looked up: this is done a million times for a day.
        """
        places, seconds, millis, commits = self._places, _SECONDS, _MILLIS, self._commits
        shapes, ops, agents = self._shapes, self._ops, self._agents
        addresses, sessions = self._addresses, self._sessions
        fromhex = bytes.fromhex
        for place, line in enumerate(decode_all(lines)):
            try:
                if line is None:
                    raise _Odd
                value, meta = line.value, line.meta
                if value is None or meta is None or meta.action != "U":
                    raise _Odd
                text = line.key.id
                stored_id = fromhex(text.replace("-", ""))
                if len(text) != 36 or len(stored_id) != 16 or text[8:24:5] != "----":
                    raise _Odd
                stamp = value.timestamp
                add_row, add_print, add_line, held, minute = places[stamp[:17]]
                number = crc32(stored_id)
                about, api, masked, url = None, False, False, value.url
                if url is not None:
                    if "%" in url:
                        shape = shapes.of_encoded(url)
                    else:
                        shape = shapes[url.encode().translate(None, _DIGITS)]
                    if shape:
                        if shape & _UNSURE:
                            url = self._masked(url)
                            masked = url != value.url
                        if shape & _PERSON:
                            about = routes.about_user(url)
                        api = shape & _API != 0
                op = ops[
                    value.http_method,
                    value.http_version,
                    value.participated,
                    value.web_application_controller,
                    value.web_application_action,
                    value.web_application_context_type,
                    api,
                ]
                if op is None:
                    op = self._op_by_path(value, url)
                row = [
                    minute + seconds[stamp[17:20]] + millis[stamp[20:]] << LOW_BITS | number & LOW,
                    None,
                    value.user_id,
                    value.real_user_id,
                    addresses[value.remote_ip],
                    value.http_status,
                    op[0],
                    value.course_id,
                    value.developer_key_id,
                    sessions[value.session_id],
                    agents[value.user_agent],
                    value.interaction_micros,
                    value.web_application_context_id,
                    value.quiz_id,
                    value.discussion_id,
                    value.conversation_id,
                    value.assignment_id,
                    about,
                    op[1],
                    None,
                    commits[meta.ts],
                    url,
                    stored_id,
                ]
            except (_Odd, KeyError, ValueError):
                yield place
                continue
            if masked:
                row[FLAGS] = (row[FLAGS] or 0) | MASKED | EXTRA
                held.extras[len(held.prints)] = marked({}, bare(lines[place]))
            add_row(row)
            add_print(number)
            add_line(first + place)

    def _masked(self, url: str) -> str:
        """A URL without its secrets."""
        if "\0" in url:
            raise _Odd
        return self._masker.mask(url)

    def _op_by_path(self, value: Value, url: str | None) -> tuple[int, int | None]:
        """What :class:`_Ops` says where the path decides; one number is as good as another."""
        path = _NUMBER.sub("/0", (url or "").partition("?")[0])
        return self._ops_by_path[  # type: ignore[no-any-return]
            value.http_method,
            value.http_version,
            value.participated,
            value.web_application_controller,
            value.web_application_action,
            value.web_application_context_type,
            path,
        ]


def _harmless(text: str) -> str:
    if may_hold_secret(text):
        raise _Odd
    return text
