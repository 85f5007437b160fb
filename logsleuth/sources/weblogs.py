"""Rows of ``canvas_logs.web_logs`` as :class:`Delivered`, from JSONL, CSV and TSV.

The common line goes through a typed decoder.  A line that this refuses
(an odd value, an unknown column, a lone surrogate) is read again by the patient way;
what even that cannot place is rejected with a reason.  No line is lost.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec

from logsleuth.model import ids, times
from logsleuth.model.delivered import Deletion, Delivered, Rejected
from logsleuth.model.text import well_formed
from logsleuth.model.weblog import COLUMNS
from logsleuth.sources import limits
from logsleuth.sources.files import Lines
from logsleuth.sources.secret_rules import may_hold_secret
from logsleuth.sources.secrets import Masker

Int64 = Annotated[int, msgspec.Meta(ge=ids.INT64_MIN, le=ids.INT64_MAX)]

_INTEGERS = frozenset(
    name for name in COLUMNS if name.endswith("_id") and name not in {"id", "session_id"}
) | {"http_status", "interaction_micros"}
_TEXTS = (
    *("url", "http_method", "http_version", "remote_ip", "web_application_controller"),
    *("web_application_action", "web_application_context_type", "session_id", "user_agent"),
)
"""Columns of text.  A row's id is what it is known by, and stays."""

_DIGITS = re.compile(r"[+-]?\d{1,19}\Z", re.ASCII)
_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNDATED = "a deletion has no meta.ts that says when"
_TRUE, _FALSE = frozenset({"true", "t", "1"}), frozenset({"false", "f", "0"})


Record = Delivered | Deletion | Rejected


class Meta(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """``meta`` of a row."""

    ts: str | None = None
    action: str | None = None


class Key(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """``key`` of a row."""

    id: str


class Value(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """``value`` of a row: every column but the id, of its own type."""

    timestamp: str
    user_id: Int64 | None = None
    real_user_id: Int64 | None = None
    course_id: Int64 | None = None
    quiz_id: Int64 | None = None
    discussion_id: Int64 | None = None
    conversation_id: Int64 | None = None
    assignment_id: Int64 | None = None
    url: str | None = None
    http_method: str | None = None
    http_status: Int64 | None = None
    http_version: str | None = None
    remote_ip: str | None = None
    interaction_micros: Int64 | None = None
    web_application_controller: str | None = None
    web_application_action: str | None = None
    web_application_context_type: str | None = None
    web_application_context_id: Int64 | None = None
    session_id: str | None = None
    developer_key_id: Int64 | None = None
    participated: bool | None = None
    user_agent: str | None = None


class Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An ordinary line of JSON."""

    key: Key
    value: Value | None = None
    meta: Meta | None = None


_decoder = msgspec.json.Decoder(Line)
decode: Callable[[bytes], Line] = _decoder.decode
"""An ordinary line; ``MsgspecError``, ``UnicodeDecodeError`` or ``RecursionError`` if it is
none."""

NOT_ORDINARY = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode_all(lines: list[bytes]) -> list[Line] | list[Line | None]:
    """The lines, each as an ordinary one or ``None``."""
    try:
        return list(map(decode, lines))
    except NOT_ORDINARY:
        return [_ordinary(line) for line in lines]


def _ordinary(line: bytes) -> Line | None:
    try:
        return decode(line)
    except NOT_ORDINARY:
        return None


def bare(line: bytes) -> bytes:
    """A line without its end."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


class _Unfit(Exception):  # noqa: N818 (says what a line is, no failure)
    """Why a line cannot be a request."""


class WebLogReader:
    """Turns content into records; ``read`` counts the lines that were no blank."""

    def __init__(self, source_id: int, masker: Masker) -> None:
        self.source = source_id
        self._masker = masker
        self.read = 0

    # JSONL

    def jsonl(self, chunk: Lines) -> Iterator[Record]:
        """Records of whole lines of JSON."""
        if chunk.too_long:
            yield self.too_long(chunk)
            return
        for number, offset, line in chunk:
            record = self.record(line, number, offset)
            if record is not None:
                yield record

    def too_long(self, chunk: Lines) -> Rejected:
        """A line of which only the beginning is here."""
        self.read += 1
        return self._masker.rejected(
            chunk.number, chunk.offset, "the line is too long", chunk.each[0], cut=True
        )

    def record(self, line: bytes, number: int, offset: int) -> Record | None:
        """What one line of JSON says; ``None`` for a blank."""
        raw = bare(line)
        try:
            record = self._quick(decode(raw))
        except NOT_ORDINARY:
            if not raw.strip():
                return None
            return self._patiently(raw, number, offset)
        except (ValueError, OverflowError) as error:
            self.read += 1
            return self._masker.rejected(number, offset, _reason(error), raw)
        self.read += 1
        if isinstance(record, Delivered) and self._mask_columns(record):
            kept = json.loads(record.extra) if record.extra else {}
            record.extra = marked(kept, raw)
        return record

    def _mask_columns(self, record: Delivered) -> bool:
        """Mask every text of a row; whether there was a secret in it."""
        delivered = [getattr(record, name) for name in _TEXTS]
        if not may_hold_secret("\n".join(filter(None, delivered))):
            return False
        masked = [text and self._masker.mask(text) for text in delivered]
        for name, text in zip(_TEXTS, masked, strict=True):
            setattr(record, name, text)
        return masked != delivered

    def _quick(self, line: Line) -> Delivered | Deletion:
        value, meta = line.value, line.meta
        action = meta.action if meta is not None else None
        moment = times.parse(meta.ts) if meta is not None and meta.ts else None
        row_id = line.key.id
        if not _CANONICAL.match(row_id):
            row_id = _row_id(row_id)
        if action == "D":
            if moment is None:
                raise ValueError(_UNDATED)
            return Deletion(row_id, moment, self.source)
        if action not in ("U", None):
            raise ValueError(f"the action {action!r} is neither U nor D")
        if value is None:
            raise ValueError("there is no timestamp")
        session = value.session_id
        if session is not None and not _CANONICAL.match(session):
            session = ids.parse_uuid(session) or session
        stamp = value.timestamp
        extra = None
        if len(stamp) != 24:
            kept: dict[str, Any] = {}
            _keep_precision(kept, stamp)
            extra = json.dumps(kept) if kept else None
        return Delivered(
            row_id,
            times.parse(stamp),
            moment,
            self.source,
            value.user_id,
            value.real_user_id,
            value.course_id,
            value.quiz_id,
            value.discussion_id,
            value.conversation_id,
            value.assignment_id,
            value.url,
            value.http_method,
            value.http_status,
            value.http_version,
            value.remote_ip,
            value.interaction_micros,
            value.web_application_controller,
            value.web_application_action,
            value.web_application_context_type,
            value.web_application_context_id,
            session,
            value.developer_key_id,
            value.participated,
            value.user_agent,
            extra,
        )

    def _patiently(self, raw: bytes, number: int, offset: int) -> Record:
        self.read += 1
        try:
            return self._patient(raw)
        except _Unfit as error:
            return self._masker.rejected(number, offset, str(error), raw)

    def _patient(self, raw: bytes) -> Delivered | Deletion:
        """A line of JSON that the typed decoder refused, or its neighbour."""
        if limits.values(raw) > limits.MOST_VALUES_OF_ONE:
            raise _Unfit("it holds too many values")
        try:
            loaded = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise _Unfit(_reason(error)) from error
        if not isinstance(loaded, dict):
            raise _Unfit(f"a JSON {_json_name(loaded)} stands where an object was due")
        if limits.too_deep(loaded):
            raise _Unfit("it is nested too deep")
        meta, key, value = loaded.get("meta"), loaded.get("key"), loaded.get("value")
        if not isinstance(key, dict):
            raise _Unfit("there is no key.id")
        columns: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        others = {name: loaded[name] for name in loaded.keys() - {"meta", "key", "value"}}
        meta = meta if isinstance(meta, dict) else {}
        damaged = _SURROGATE.search(json.dumps(loaded, ensure_ascii=False)) is not None
        return self._build(meta, key.get("id"), columns, others, raw, damaged)

    # CSV and TSV

    def header(self, names: list[str]) -> Callable[[list[str | None]], dict[str, str | None]]:
        """How a row of cells becomes columns; ``ValueError`` for a header of something else."""
        if "key.id" not in names or len(set(names)) != len(names):
            raise ValueError("the header has no key.id column")

        def row(cells: list[str | None]) -> dict[str, str | None]:
            if len(cells) != len(names):
                raise _Unfit(f"the row has {len(cells)} cells, the header {len(names)}")
            return dict(zip(names, cells, strict=True))

        return row

    def cells(
        self,
        found: list[str | None],
        row: Callable[[list[str | None]], dict[str, str | None]],
        number: int,
        offset: int,
        raw: bytes,
    ) -> Record:
        """The record of a row of cells (``None`` for null)."""
        self.read += 1
        try:
            named = row(found)
            columns: dict[str, Any] = {}
            others: dict[str, Any] = {}
            for name, cell in named.items():
                if name.startswith("value."):
                    columns[name[6:]] = cell
                elif name not in {"key.id", "meta.ts", "meta.action"} and cell is not None:
                    others[name] = cell
            meta = {"ts": named.get("meta.ts"), "action": named.get("meta.action")}
            damaged = "\ufffd" in "".join(cell or "" for cell in found) and not _is_utf8(raw)
            return self._build(meta, named["key.id"], columns, others, raw, damaged)
        except _Unfit as error:
            return self._masker.rejected(number, offset, str(error), raw)

    def unreadable(self, line: int, offset: int, reason: str, raw: bytes, cut: bool) -> Rejected:
        """A row whose cells could not be told apart; ``cut``: only its beginning is here."""
        self.read += 1
        return self._masker.rejected(line, offset, reason, raw, cut=cut)

    # Both

    def _build(
        self,
        meta: dict[str, Any],
        row_id: Any,
        columns: dict[str, Any],
        others: dict[str, Any],
        raw: bytes,
        damaged: bool,
    ) -> Delivered | Deletion:
        if not isinstance(row_id, str) or not row_id:
            raise _Unfit("there is no key.id")
        try:
            row_id = _row_id(well_formed(row_id))
            stamp = meta.get("ts")
            moment = times.parse(stamp) if isinstance(stamp, str) and stamp else None
        except (ValueError, OverflowError) as error:
            raise _Unfit(_reason(error)) from error
        action = meta.get("action")
        if action == "D":
            if moment is None:
                raise _Unfit(_UNDATED)
            return Deletion(row_id, moment, self.source)
        if action not in ("U", None, ""):
            raise _Unfit(f"the action {action!r} is neither U nor D")
        extra: dict[str, Any] = {}
        timestamp = columns.pop("timestamp", None)
        if not isinstance(timestamp, str):
            raise _Unfit("there is no timestamp")
        try:
            moment_us = times.parse(timestamp)
        except (ValueError, OverflowError) as error:
            raise _Unfit(_reason(error)) from error
        _keep_precision(extra, timestamp)
        known: dict[str, Any] = {}
        for name in COLUMNS[2:]:
            given = columns.pop(name, None)
            known[name], odd = _coerce(name, given)
            if odd:
                extra[name] = given
        for name, unknown in (columns | others).items():
            if unknown is not None:
                extra[name] = unknown
        extra = _storable(extra)
        delivered = Delivered(row_id, moment_us, moment, self.source, **known)
        masked = self._masker.mask_all(extra)
        if self._mask_columns(delivered) or masked != extra:
            masked["line_sha256"] = hashlib.sha256(raw).hexdigest()
        if damaged:
            masked["line"] = self._masker.mask(raw.decode("utf-8", "backslashreplace"))
        delivered.extra = json.dumps(masked) if masked else None
        return delivered


def marked(extra: dict[str, Any], raw: bytes) -> str:
    """``extra`` with the hash of the line that a row stood in before something was masked."""
    return json.dumps(extra | {"line_sha256": hashlib.sha256(raw).hexdigest()})


def _row_id(text: str) -> str:
    if not text:
        raise ValueError("there is no key.id")
    return ids.parse_uuid(text) or text


def _keep_precision(extra: dict[str, Any], stamp: str) -> None:
    """Keep a timestamp's own text where microseconds cannot hold it."""
    fraction = re.search(r"[.,](\d+)", stamp)
    if fraction and fraction[1][6:].strip("0"):
        extra["timestamp"] = stamp


def _coerce(name: str, value: Any) -> tuple[Any, bool]:
    """The value as its column holds it, and whether it was too odd for that."""
    if value is None:
        return None, False
    if name in _INTEGERS:
        return _integer(value)
    if name == "participated":
        if isinstance(value, bool):
            return value, False
        word = value.lower() if isinstance(value, str) else None
        if word in _TRUE or word in _FALSE:
            return word in _TRUE, False
        return None, True
    if isinstance(value, str):
        text = well_formed(value)
        if name == "session_id":
            text = ids.parse_uuid(text) or text
        return text, False
    if name == "http_version" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value), False
    return None, True


def _integer(value: Any) -> tuple[int | None, bool]:
    number: int | None = None
    if isinstance(value, bool):
        number = None
    elif isinstance(value, int):
        number = value
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None
    elif isinstance(value, str) and _DIGITS.match(value):
        number = int(value)
    if number is None or not ids.INT64_MIN <= number <= ids.INT64_MAX:
        return None, True
    return number, False


def _storable(value: Any) -> Any:
    """An odd value, all of whose texts UTF-8 can hold."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {well_formed(name): _storable(item) for name, item in value.items()}
    return value


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _json_name(value: Any) -> str:
    if isinstance(value, list):
        return "array"
    if isinstance(value, str):
        return "string"
    return "null" if value is None else "number"


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg} at column {error.colno}"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8: byte {error.start + 1}"
    return str(error)
