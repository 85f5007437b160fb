"""What a file is, by its content."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from logsleuth.sources import delimited
from logsleuth.sources.errors import SourceError
from logsleuth.sources.files import Blocks, lines

KINDS = ("web_logs", "course_audit", "users", "pseudonyms", "courses", "developer_keys")
FORMATS = ("jsonl", "csv", "tsv", "json")

_LOOK = 200
"""Lines that are looked at; a file may begin with deletions, which say little."""

_decode = msgspec.json.Decoder().decode

_SIGNS = {
    "web_logs": {"http_method", "remote_ip", "web_application_controller", "url"},
    "pseudonyms": {"unique_id", "sis_user_id", "sis_communication_channel_id"},
    "courses": {"course_code", "enrollment_term_id", "sis_source_id", "start_at"},
    "users": {"sortable_name", "short_name", "avatar_image_url", "merged_into_user_id"},
    "developer_keys": {
        "redirect_uri",
        "redirect_uris",
        "vendor_code",
        "scopes",
        "icon_url",
        "api_key",
    },
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a file is: one of :data:`KINDS` in one of :data:`FORMATS`."""

    kind: str
    format: str


def sniff(path: Path, kind: str | None, form: str | None) -> Found:
    """Recognise a file by its content, as far as it is not said already.

    ``SourceError`` for what is no file of DAP or the course audit API, and for those
    that this version does not read.
    """
    blocks = iter(Blocks(path))
    first = next(blocks, None)
    if first is None:
        raise SourceError(f"{path} is empty; nothing was imported from it.")
    start = first[:65_536].removeprefix(b"\xef\xbb\xbf")
    if start.startswith(b"PAR1"):
        raise SourceError(
            f"{path} is Parquet, which is not read yet; ask DAP for the format jsonl."
        )
    form = form or _format(path, start)
    if form == "json":
        return Found(kind or "course_audit", form)
    if kind is not None:
        return Found(kind, form)
    names = _columns(chain((first,), blocks), path, form)
    if "interaction_seconds" in names or {"asset_type", "render_time"} <= names:
        raise _later(path, "a page view export")
    best = max(_SIGNS, key=lambda one: len(_SIGNS[one] & names))
    if _SIGNS[best] & names and ("value" in names or form == "jsonl" or "key.id" in names):
        return Found(best, form)
    for one in KINDS:
        if one in str(path.name) or one in str(path.parent.name):
            return Found(one, form)
    raise SourceError(
        f"{path} was not recognised as a DAP file or an audit document;"
        f" if it is one, say which with --kind ({', '.join(KINDS)})."
    )


def refuse_others(loaded: Any, path: Path) -> None:
    """``SourceError`` for documents of other APIs, which come in a later version."""
    page = loaded[0] if isinstance(loaded, list) and loaded else loaded
    if isinstance(page, dict) and "body" in page and "events" not in page:
        page = page["body"]
    if isinstance(page, list) and page:
        page = page[0]
    if not isinstance(page, dict):
        return
    if "interaction_seconds" in page or ("page_views" in page and "events" not in page):
        raise _later(path, "a page view export")
    events = page.get("events")
    first = events[0] if isinstance(events, list) and events else {}
    first = first if isinstance(first, dict) else {}
    links = first.get("links")
    links = links if isinstance(links, dict) else {}
    if first.get("event_type") in ("login", "logout") or "login" in links:
        raise _later(path, "a document of the authentication audit API")
    if first.get("event_type") == "grade_change" or "grade_after" in first or "assignment" in links:
        raise _later(path, "a document of the grade change audit API")
    if "key" in page and "value" in page:
        raise SourceError(
            f"{path} is a JSON array of rows where DAP writes one row a line;"
            " ask DAP for the format jsonl, or write one object a line."
        )


def _later(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{path} is {what}, which this version cannot import; nothing was taken from it."
    )


def _format(path: Path, start: bytes) -> str:
    text = start.lstrip()
    # The first line may be a bad one: a row on any other tells as much.
    first, *others = text.split(b"\n", _LOOK)[:_LOOK]
    if any("key" in _row(line) for line in (first, *others)):
        return "jsonl"
    if text[:1] == b"[":
        return "json"
    if text[:1] == b"{":
        cut = text.startswith((b'{"meta":', b'{"key":')) and b"\n" not in text
        row = _row(first)
        return "jsonl" if cut or (row and not row.keys() & {"events", "body"}) else "json"
    if b"\t" in first:
        return "tsv"
    if b"," in first:
        return "csv"
    suffix = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if suffix in FORMATS:
        return suffix
    raise SourceError(
        f"{path} is neither JSON lines, CSV, TSV nor a JSON document; nothing was imported from it."
    )


def _row(line: bytes) -> dict[str, Any]:
    """A line that is a JSON object; an empty one for all else."""
    try:
        loaded = _decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError):
        # The library of Python is slower, and takes more.
        try:
            loaded = json.loads(line)
        except (ValueError, RecursionError):
            return {}
    return loaded if isinstance(loaded, dict) else {}


def _columns(content: Iterable[bytes], path: Path, form: str) -> set[str]:
    """Names of the columns that the first lines of a file use."""
    if form == "jsonl":
        return _json_columns(content)
    rows = (delimited.csv if form == "csv" else delimited.tsv)(content)
    header = next(rows, None)
    if header is not None and header.error:
        raise SourceError(f"{path} was not recognised as a DAP file: its header: {header.error}.")
    names = {name.removeprefix("\ufeff") for name in (header.cells if header else []) if name}
    return names | {name.removeprefix("value.") for name in names}


def _json_columns(content: Iterable[bytes]) -> set[str]:
    names: set[str] = set()
    seen = 0
    for chunk in lines(content):
        for raw in islice(chunk.each, _LOOK - seen):
            seen += 1
            line = _row(raw)
            value = line.get("value")
            if isinstance(value, dict):
                names |= value.keys()
            else:
                names |= line.keys() & {"interaction_seconds"}
        if seen >= _LOOK:
            break
    return names
