"""What is larger than any log is refused in seconds, in little memory, with a reason."""

import gzip
import json
import os
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from dap import balanced, bring, deletion, every_row, jsonl, row, write

from logsleuth.ingest.run import import_paths
from logsleuth.sources import limits

MEMORY = 300 << 20
"""Bytes that an import of hostile content may take at most."""

IMPORT = """
import json, sys
from pathlib import Path
from logsleuth.ingest.run import import_paths
from peak import peak_bytes
report = import_paths(Path(sys.argv[1]), [Path(sys.argv[2])])
print(json.dumps({**report.as_json(), "peak": peak_bytes()}))
"""


def measured(cache: Path, path: Path, seconds: int = 100) -> dict[str, Any]:
    """The report of an import in a process of its own, with its peak of memory."""
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT, cache, path],
        capture_output=True,
        check=True,
        timeout=seconds,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    assert found["peak"] < MEMORY, f"{found['peak'] >> 20} MiB"
    return found


def refusal(cache: Path, path: Path) -> str:
    """Why a file was refused whole, with nothing of it in the cache."""
    found = measured(cache, path)
    assert found["read"] == 0
    assert every_row(cache) == ()
    error = found["files"][0]["error"]
    assert isinstance(error, str)
    assert str(path) in error
    assert "\n" not in error
    return error


def packed(path: Path, blocks: Iterable[bytes]) -> Path:
    """A gzip file of content that is never held."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        for block in blocks:
            file.write(squeezer.compress(block))
        file.write(squeezer.flush())
    return path


def repeated(path: Path, head: bytes, block: bytes, count: int, tail: bytes = b"") -> Path:
    """A gzip file of ``head``, very many equal blocks, which are packed once, and ``tail``.

    Its sum is right only where there is a tail: a bomb is refused before its end.
    """
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)

    def squeezed(part: bytes) -> bytes:
        return squeezer.compress(part) + squeezer.flush(zlib.Z_FULL_FLUSH)

    first, one = squeezed(head), squeezed(block)
    last = squeezer.compress(tail) + squeezer.flush()
    total = zlib.crc32(head)
    if tail:
        for _ in range(count):
            total = zlib.crc32(block, total)
        total = zlib.crc32(tail, total)
    size = len(head) + len(block) * count + len(tail)
    with path.open("wb") as file:
        file.write(b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + first)
        for _ in range(count):
            file.write(one)
        file.write(last + struct.pack("<II", total, size & 0xFFFFFFFF))
    return path


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("bomb.jsonl.gz", jsonl([row("a")])),
        ("bomb.csv.gz", b"meta.ts,meta.action,key.id,value.url\n"),
        ("bomb.tsv.gz", b"meta.ts\tmeta.action\tkey.id\tvalue.url\n"),
        ("bomb.json.gz", b'{"events": ['),
    ],
)
def test_ten_gigabytes_in_ten_megabytes(tmp_path: Path, name: str, head: bytes) -> None:
    path = repeated(tmp_path / name, head, bytes(16 << 20), 640)
    assert path.stat().st_size < 12 << 20
    reason = "larger than" if ".json." in name else "times its size"
    assert reason in refusal(tmp_path / "cache", path)


NOISE = random.Random(7).randbytes(24_000).replace(b"\n", b"") * 700
"""16 MB without a line end, which pack no better than a log may."""


@pytest.mark.parametrize("count", [10, pytest.param(130, marks=pytest.mark.slow)])
def test_a_line_of_two_gigabytes_is_rejected_and_costs_no_other(tmp_path: Path, count: int) -> None:
    head = jsonl([row("a")]) + jsonl([row("long")])[:-3]
    tail = b"\n" + jsonl([row("b")])
    path = repeated(tmp_path / "line.jsonl.gz", head, NOISE, count, tail)
    assert path.stat().st_size < 100 << 20
    found = measured(tmp_path / "cache", path)
    assert (found["read"], found["added"], found["rejected"]) == (3, 2, 1)
    assert {one.id for one in every_row(tmp_path / "cache")} == {"a", "b"}


@pytest.mark.slow
def test_a_file_of_one_line_of_two_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "line.jsonl"
    with path.open("wb") as file:
        file.write(b'{"key": {"id": "x"}, "value": {"url": "')
        file.truncate(2 << 30)
    assert "not recognised as a DAP file" in refusal(tmp_path / "cache", path)


@pytest.mark.parametrize(("suffix", "sign"), [("csv", ","), ("tsv", "\t")])
def test_a_table_of_a_hundred_thousand_columns(tmp_path: Path, suffix: str, sign: str) -> None:
    names = sign.join(["key.id", *(f"value.{n}" for n in range(100_000))])
    path = write(tmp_path / f"wide.{suffix}", f"{names}\n{sign * 100_000}\n".encode())
    assert "more than 1,000 cells" in refusal(tmp_path / "cache", path)


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_a_row_of_a_hundred_thousand_cells_is_rejected(tmp_path: Path, suffix: str) -> None:
    sign = "," if suffix == "csv" else "\t"
    header = sign.join(["meta.ts", "meta.action", "key.id", "value.timestamp"])
    good = sign.join(["2026-10-05T00:00:00.000Z", "U", "a", "2026-10-01T00:00:00.000Z"])
    content = "\n".join([header, sign * 100_000, good, ""]).encode()
    report = bring(tmp_path / "cache", content, suffix=suffix)
    assert (report.files[0].added, report.files[0].rejected) == (1, 1)
    assert balanced(report)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_json_nested_a_hundred_thousand_deep(tmp_path: Path, opening: bytes) -> None:
    deep = b'{"events": [{"event_data": ' + opening * 100_000
    path = write(tmp_path / "deep.json", deep)
    assert "nested too deep" in refusal(tmp_path / "cache", path)
    line = b'{"key": {"id": "x"}, "value": {"more": ' + opening * 100_000 + b"\n"
    path = write(tmp_path / "deep.jsonl", jsonl([row("a")]) + line)
    found = measured(tmp_path / "cache", path)
    assert (found["added"], found["rejected"]) == (1, 1)


@pytest.mark.parametrize("depth", [limits.DEEPEST - 10, limits.DEEPEST + 1, 700, 950, 990])
@pytest.mark.parametrize("column", ["value", "beside"])
def test_a_row_with_a_deep_value_is_taken_or_rejected(
    tmp_path: Path, depth: int, column: str
) -> None:
    deep = b'[{"a":' * (depth // 2) + b"7" + b"}]" * (depth // 2)
    made = row("deep", more="here") if column == "value" else {**row("deep"), "more": "here"}
    report = bring(tmp_path / "cache", jsonl([row("a"), made]).replace(b'"here"', deep))
    assert balanced(report)
    assert report.files[0].rejected == (depth > limits.DEEPEST)


@pytest.mark.slow
def test_very_many_bad_lines_are_no_log(tmp_path: Path) -> None:
    blocks = [jsonl([row("a")]), *[b"x\n" * (1 << 19)] * 60]
    path = packed(tmp_path / "bad.jsonl.gz", blocks)
    error = refusal(tmp_path / "cache", path)
    assert "could not be read (the first is line 2: it is not JSON" in error


@pytest.mark.slow
def test_very_many_deletions_are_no_log(tmp_path: Path) -> None:
    lines = (jsonl([row("a")]), *(jsonl([deletion(f"d{n}", 1)]) for n in range(300_000)))
    path = packed(tmp_path / "bad.jsonl.gz", lines)
    assert "more than 250,000 deletions" in refusal(tmp_path / "cache", path)


def test_deletions_are_counted_for_all_files_of_an_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_DELETIONS", 3)
    for name in "ab":
        deletions = [deletion(f"{name}{n}", 1) for n in range(2)]
        write(tmp_path / f"{name}.jsonl", jsonl([row(name), *deletions]))
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    report = import_paths(tmp_path / "cache", paths)
    assert report.files[0].error is None
    assert str(paths[1]) in (report.files[1].error or "")
    assert [row.id for row in every_row(tmp_path / "cache")] == ["a"]
    again = import_paths(tmp_path / "cache", paths)
    assert [one.error for one in again.files] == [None, None]
    assert [row.id for row in every_row(tmp_path / "cache")] == ["b", "a"]


@pytest.mark.slow
def test_very_long_bad_lines_are_no_log(tmp_path: Path) -> None:
    line = b"x" * (7 << 20) + b"\n"
    path = write(tmp_path / "bad.jsonl", jsonl([row("a")]) + line * 20)
    assert "could not be read" in refusal(tmp_path / "cache", path)


def test_an_event_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    at = "2026-10-01T00:00:00Z"
    events = [
        {"id": "a", "created_at": at},
        {"id": "b", "created_at": at, "event_data": {"syllabus_body": ["", "x" * (9 << 20)]}},
    ]
    path = write(tmp_path / "a.json", json.dumps({"events": events}).encode())
    found = measured(tmp_path / "cache", path)
    assert (found["read"], found["added"], found["rejected"]) == (2, 1, 1)


def test_event_data_that_is_deep_text_in_text_is_kept_as_text(tmp_path: Path) -> None:
    event = {"id": "a", "created_at": "2026-10-01T00:00:00Z", "event_data": "[" * 900 + "]" * 900}
    path = write(tmp_path / "a.json", json.dumps({"events": [event]}).encode())
    assert import_paths(tmp_path / "cache", [path]).files[0].added == 1


def test_a_document_of_very_many_values_or_pages_is_refused(tmp_path: Path) -> None:
    values = b'{"events": [' + b"1," * limits.MOST_VALUES + b"[]]}"
    path = write(tmp_path / "values.json", values)
    assert "larger than a document may be" in refusal(tmp_path / "cache", path)
    pages = json.dumps([{"events": []}] * (limits.MOST_PAGES + 1)).encode()
    path = write(tmp_path / "pages.json", pages)
    assert "more than 10,000 pages" in refusal(tmp_path / "cache", path)


@pytest.mark.slow
def test_a_document_of_as_many_bytes_and_values_as_one_may_have(tmp_path: Path) -> None:
    """Little memory, whatever they are: one event of too many values, or events that are none."""
    event = b'{"events": [{"id":"a","created_at":"2026-10-01T00:00:00Z","event_data":['
    dicts = event + b'{"a":9},' * (limits.MOST_VALUES // 2 - 10) + b"9]}]}"
    found = measured(tmp_path / "cache", write(tmp_path / "dicts.json", dicts))
    assert (found["read"], found["rejected"]) == (1, 1)
    text = event + b'"' + b"\\u00e9" * (5 << 20) + b'"]}]}'
    found = measured(tmp_path / "cache", write(tmp_path / "text.json", text))
    assert (found["read"], found["rejected"]) == (1, 1)
    many = b"[" + b'{"a":9},' * (limits.MOST_VALUES // 2) + b"9]"
    wide = jsonl([row("a"), row("b", more="here")]).replace(b'"here"', many)
    found = measured(tmp_path / "cache", write(tmp_path / "row.jsonl", wide))
    assert (found["added"], found["rejected"]) == (1, 1)
    none = b'{"events": [' + b"9," * (limits.MOST_REJECTS + 1) + b"9]}"
    error = refusal(tmp_path / "other", write(tmp_path / "none.json", none))
    assert "100,000 of its events could not be read (the first: the event is no object" in error


@pytest.mark.parametrize("length", [1, 8, 16, 24, 31])
def test_rows_of_one_letter_are_still_a_log(tmp_path: Path, length: int) -> None:
    """What packs best of all that a front end lets through is not taken for a bomb."""
    count = (limits.RATIO_FROM // (length << 10)) // 16
    url = "/" + "A" * (length << 10)
    chance = random.Random(length)
    content = jsonl(
        row(f"{chance.getrandbits(128):032x}", at=chance.getrandbits(50), url=url)
        for _ in range(count)
    )
    assert len(content) / len(gzip.compress(content, 9)) < limits.LARGEST_RATIO
