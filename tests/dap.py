"""Writing DAP files, and asking a cache for all that it holds."""

import gzip
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from logsleuth.filter.tree import All, Node
from logsleuth.ingest.run import ImportReport, import_paths
from logsleuth.model import times
from logsleuth.model.weblog import COLUMNS, WebLog
from logsleuth.store.base import last
from logsleuth.store.cache import Cache

DATA = Path(__file__).parent / "data"
FIXTURE = "web_logs_incremental.synthetic"
DAY = "2026-10-01"
NOON = times.day_start(DAY) + 12 * times.HOUR
WRITTEN = times.day_start("2026-10-05")
"""When rows were committed, unless a test says otherwise."""
EVERYTHING = All()


def request_id(number: int) -> str:
    """The id of a made-up request."""
    return str(uuid.UUID(int=(0xA << 124) + number))


def row(name: str, at: int = NOON, meta: int = WRITTEN, **value: Any) -> dict[str, Any]:
    """A row of web_logs; ``at`` and ``meta`` are microseconds."""
    return {
        "meta": {"ts": times.iso(meta), "action": "U"},
        "key": {"id": name},
        "value": {"timestamp": times.iso(at), "url": "/courses/1", **value},
    }


def deletion(name: str, meta: int = WRITTEN) -> dict[str, Any]:
    """A ``D`` record."""
    return {"meta": {"ts": times.iso(meta), "action": "D"}, "key": {"id": name}}


def jsonl(rows: Iterable[Mapping[str, Any]], **style: Any) -> bytes:
    """Rows as DAP's JSON lines; ``style`` goes to ``json.dumps``."""
    return b"".join(json.dumps(one, **style).encode() + b"\n" for one in rows)


def _cells(rows: Iterable[Mapping[str, Any]], cell: Callable[[Any], str]) -> Iterable[list[str]]:
    yield ["meta.ts", "meta.action", "key.id", *(f"value.{name}" for name in COLUMNS[1:])]
    for one in rows:
        value = one.get("value", {})
        found = [one["meta"].get("ts"), one["meta"].get("action"), one["key"]["id"]]
        yield [cell(item) for item in (*found, *(value.get(name) for name in COLUMNS[1:]))]


def _plain(item: Any) -> str:
    return json.dumps(item) if isinstance(item, bool) else str(item)


_TSV = str.maketrans({"\\": "\\\\", "\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def tsv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as DAP's TSV: the text form of PostgreSQL's COPY."""

    def cell(item: Any) -> str:
        return "\\N" if item is None else _plain(item).translate(_TSV)

    lines = list(_cells(rows, cell))
    return ("\n".join(["\t".join(line) for line in lines]) + "\n").encode()


def csv(rows: Iterable[Mapping[str, Any]], null: str = "") -> bytes:
    """Rows as DAP's CSV; ``null`` is how it writes null: nothing, or ``NULL``."""

    def cell(item: Any) -> str:
        if item is None:
            return null
        text = _plain(item)
        if text in {"", "NULL"} or any(char in text for char in ',"\n\r'):
            return '"' + text.replace('"', '""') + '"'
        return text

    lines = list(_cells(rows, cell))
    return ("\r\n".join([",".join(line) for line in lines]) + "\r\n").encode()


def write(path: Path, content: bytes) -> Path:
    """A file in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def bring(cache: Path, *contents: bytes, suffix: str = "jsonl") -> ImportReport:
    """Import contents as files of one import, named by their hashes."""
    found = [
        write(
            cache.with_name(f"{cache.name}-files")
            / f"{place}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}",
            content,
        )
        for place, content in enumerate(contents)
    ]
    return import_paths(cache, found, kind="web_logs", input_format=suffix)


def every_row(cache: Path, where: Node = EVERYTHING) -> tuple[WebLog, ...]:
    """All requests that match, newest first."""
    opened = Cache.open(cache)
    try:
        return last(opened.requests.page(where, limit=1_000_000)).rows
    finally:
        opened.close()


def outcome(cache: Path) -> dict[str, tuple[Any, ...]]:
    """What a cache holds of each request, but for where it came from and who told it."""
    opened = Cache.open(cache)
    try:
        rows = last(opened.requests.page(EVERYTHING, limit=1_000_000)).rows
        found = {}
        for one in rows:
            older = opened.requests.older_versions(one.id) if one.versions > 1 else ()
            kept = sorted(json.dumps(_said(other), sort_keys=True) for other in older)
            found[one.id] = (_said(one), one.deleted_upstream, one.versions, kept)
        assert len(found) == len(rows), "a request is there twice"
        assert last(opened.requests.count(EVERYTHING)) == len(rows)
        assert opened.requests.bounds().rows == len(rows)
        return found
    finally:
        opened.close()


def _said(one: WebLog) -> dict[str, Any]:
    return {name: getattr(one, name) for name in COLUMNS} | {
        "meta_ts": one.meta_ts,
        "extra": {name: value for name, value in one.extra.items() if name != "line"},
    }


def balanced(report: ImportReport) -> bool:
    """Whether every line that was read is accounted for, in all files and in each."""
    parts = ("added", "updated", "unchanged", "deleted_upstream", "rejected")
    whole = report.as_json()
    return all(one["read"] == sum(one[name] for name in parts) for one in (whole, *whole["files"]))


def bytes_of(folder: Path) -> dict[str, str]:
    """Every file below a folder with the SHA-256 of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
