"""The same rows in every form that DAP writes, and values that no schema promised."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from dap import (
    DATA,
    DAY,
    FIXTURE,
    NOON,
    WRITTEN,
    balanced,
    bring,
    csv,
    every_row,
    jsonl,
    request_id,
    row,
    tsv,
    write,
)

from logsleuth.filter.parse import parse
from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import last
from logsleuth.store.cache import Cache


def shown(cache: Path) -> list[dict[str, Any]]:
    return [one.as_json() for one in every_row(cache)]


def count(cache: Path, text: str) -> int:
    opened = Cache.open(cache)
    try:
        return last(opened.requests.count(parse(text)))
    finally:
        opened.close()


# The fixture: 46 requests, a newer version of one of them, and the deletion of another.


def test_every_form_of_the_same_rows_gives_the_same_objects(tmp_path: Path) -> None:
    plain = (DATA / f"{FIXTURE}.jsonl").read_bytes()
    half = plain.index(b"\n", len(plain) // 2) - 5
    forms = {
        "jsonl": DATA / f"{FIXTURE}.jsonl",
        "csv": DATA / f"{FIXTURE}.csv",
        "tsv": DATA / f"{FIXTURE}.tsv",
        "two_members": DATA / "web_logs_incremental.two_member.synthetic.jsonl.gz",
        "csv_gz": write(tmp_path / "c.csv.gz", (DATA / f"{FIXTURE}.csv").read_bytes()),
        "tsv_gz": write(tmp_path / "t.tsv.gz", (DATA / f"{FIXTURE}.tsv").read_bytes()),
        "cut_in_a_line": write(
            tmp_path / "cut.jsonl", gzip.compress(plain[:half]) + gzip.compress(plain[half:])
        ),
        "marked": write(tmp_path / "bom.jsonl", b"\xef\xbb\xbf" + plain),
        "windows": write(tmp_path / "crlf.jsonl", plain.replace(b"\n", b"\r\n")),
        "spaced": write(tmp_path / "spaced.jsonl", b"\n" + plain.replace(b"\n", b"\n \n\n")),
        "no_last_end": write(tmp_path / "end.jsonl", plain.rstrip(b"\n")),
    }
    answers = {}
    for name, path in forms.items():
        report = import_paths(tmp_path / "caches" / name, [path])
        assert (report.as_json()["read"], report.as_json()["rejected"]) == (48, 0), name
        assert balanced(report)
        answers[name] = shown(tmp_path / "caches" / name)
    for name, answer in answers.items():
        assert answer == answers["jsonl"], name


def test_all_forms_into_one_cache_change_nothing_after_the_first(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    import_paths(cache, [DATA / f"{FIXTURE}.tsv"])
    for suffix in ("jsonl", "csv"):
        report = import_paths(cache, [DATA / f"{FIXTURE}.{suffix}"]).as_json()
        assert (report["added"], report["updated"], report["unchanged"]) == (0, 0, 48)
    assert sorted(one.versions for one in every_row(cache)) == [1] * 45 + [2]


def test_folders_as_the_dap_client_leaves_them(tmp_path: Path) -> None:
    lines = (DATA / f"{FIXTURE}.jsonl").read_bytes().splitlines(keepends=True)
    for part in range(3):
        name = f"job_{part % 2}/part-{part:05d}-4c1e.json.gz"
        write(tmp_path / "downloads" / name, b"".join(lines[part::3]))
    write(tmp_path / "downloads" / "job_0" / "notes.txt", b"not for us")
    report = import_paths(tmp_path / "cache", [tmp_path / "downloads"])
    assert [one.error for one in report.files] == [None] * 3
    assert report.as_json()["added"] == 46


def test_the_same_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = DATA / f"{FIXTURE}.jsonl"
    report = import_paths(tmp_path / "cache", [path, path]).as_json()
    assert (report["read"], report["added"], report["unchanged"]) == (96, 46, 48)


def only(cache: Path) -> WebLog:
    (found,) = every_row(cache)
    return found


ODD_VALUES = [
    ("user_id", "abc", None, True),
    ("user_id", "101", 101, False),
    ("user_id", 101.0, 101, False),
    ("user_id", 101.5, None, True),
    ("user_id", 2**63, None, True),
    ("user_id", 2**63 - 1, 2**63 - 1, False),
    ("user_id", True, None, True),
    ("user_id", [1], None, True),
    ("http_status", 0, 0, False),
    ("http_status", None, None, False),
    ("http_status", "200", 200, False),
    ("http_status", "two hundred", None, True),
    ("http_version", 1.1, "1.1", False),
    ("participated", "true", True, False),
    ("participated", "perhaps", None, True),
    ("url", 7, None, True),
    ("http_method", "BREW", "BREW", False),
    ("session_id", "not a uuid", "not a uuid", False),
    ("session_id", "3A04B2FFEDE53EA67C24DA2C1C12BA75", "3a04b2ff-ede5-3ea6-7c24-da2c1c12ba75", 0),
    ("web_application_action", "", "", False),
    ("colour", "blue", None, True),
    ("colour", {"deep": ["\ud800", 1]}, None, True),
]


@pytest.mark.parametrize(("name", "delivered", "held", "kept_apart"), ODD_VALUES)
def test_an_odd_value_is_kept_as_evidence(
    tmp_path: Path, name: str, delivered: Any, held: Any, kept_apart: bool
) -> None:
    cache = tmp_path / "cache"
    report = bring(cache, jsonl([row("a", **{name: delivered})])).as_json()
    assert (report["added"], report["rejected"]) == (1, 0)
    found = only(cache)
    assert getattr(found, name, None) == held
    if kept_apart:
        assert json.dumps(found.extra[name]) == json.dumps(delivered).replace("ud800", "ufffd")
    else:
        assert name not in found.extra


@pytest.mark.parametrize("kind", ["jsonl", "tsv", "csv", "csv NULL"])
def test_empty_text_is_not_null(tmp_path: Path, kind: str) -> None:
    rows = [row("a", user_agent="", session_id=""), row("b"), row("c", user_agent="NULL")]
    cache = tmp_path / kind
    content = {
        "jsonl": jsonl(rows),
        "tsv": tsv(rows),
        "csv": csv(rows),
        "csv NULL": csv(rows, null="NULL"),
    }[kind]
    bring(cache, content, suffix=kind[:5].rstrip(" NUL"))
    found = {one.id: one for one in every_row(cache)}
    assert (found["a"].user_agent, found["a"].session_id) == ("", "")
    assert (found["b"].user_agent, found["b"].session_id) == (None, None)
    assert found["c"].user_agent == "NULL"
    assert count(cache, "user_agent:*") == 2


NASTY = 'a\tb\\N"q"\n,\r\n\x1b[31m\u202e%_*ünï'


@pytest.mark.parametrize("kind", ["jsonl", "tsv", "csv"])
def test_any_text_comes_through_unharmed(tmp_path: Path, kind: str) -> None:
    content = {"jsonl": jsonl, "tsv": tsv, "csv": csv}[kind](
        [row("a", user_agent=NASTY, url=f"/x?{NASTY}"), row("b", user_agent="plain")]
    )
    bring(tmp_path / kind, content, suffix=kind)
    found = {one.id: one for one in every_row(tmp_path / kind)}
    assert (found["a"].user_agent, found["a"].url) == (NASTY, f"/x?{NASTY}")
    assert found["b"].user_agent == "plain"


@pytest.mark.parametrize("kind", ["jsonl", "tsv"])
def test_filters_see_past_nul(tmp_path: Path, kind: str) -> None:
    rows = [
        row("a", url="/a\0/Secret?x", user_agent="Mozilla\0curl"),
        row("b", url="/b", user_agent="Mozilla"),
    ]
    cache = tmp_path / kind
    bring(cache, {"jsonl": jsonl, "tsv": tsv}[kind](rows), suffix=kind)
    for text in ("url:secret", "url:*x", "user_agent:CURL", "curl", "secret", r'url:"\u0000"'):
        assert count(cache, text) == 1, text
        assert count(cache, f"not {text}") == 1, text
    assert count(cache, "url:/b*") == 1
    assert count(cache, "url:/a") == 1


def test_a_lone_surrogate_costs_neither_its_line_nor_its_block(tmp_path: Path) -> None:
    bad = jsonl([row("bad", user_agent="x\ud800y")])
    assert b"\\ud800" in bad
    raw = jsonl([row("raw", user_agent="x@y")]).replace(b"@", b"\xed\xa0\x80")
    bring(tmp_path / "cache", jsonl([row("a")]) + bad + raw + jsonl([row("b")]))
    found = {one.id: one for one in every_row(tmp_path / "cache")}
    assert found.keys() == {"a", "b", "bad", "raw"}
    assert found["bad"].user_agent == "x\ufffdy"
    assert found["bad"].extra["line"] == bad.decode().rstrip("\n")
    assert "x\ufffd" in (found["raw"].user_agent or "")
    assert "line" in found["raw"].extra
    assert not found["a"].extra


def stamped(stamp: str) -> dict[str, Any]:
    one = row("a")
    one["value"]["timestamp"] = stamp
    return one


@pytest.mark.parametrize(
    ("stamp", "us"),
    [
        ("2026-10-01T12:00:00Z", NOON),
        ("2026-10-01T12:00:00.5Z", NOON + 500_000),
        ("2026-10-01T12:00:00.123456Z", NOON + 123_456),
        ("2026-10-01T12:00:00.123456789Z", NOON + 123_456),
        ("2026-10-01T14:00:00+02:00", NOON),
        ("2026-10-01T14:00:00+0200", NOON),
        ("2026-10-01T05:30:00.000-06:30", NOON),
        ("2026-10-01 12:00:00Z", NOON),
        ("2026-10-02T01:00:00.000+13:00", NOON),
        ("0001-01-01T00:00:00.000Z", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ],
)
def test_times_are_read_to_the_microsecond(tmp_path: Path, stamp: str, us: int) -> None:
    bring(tmp_path / "cache", jsonl([stamped(stamp)]))
    found = only(tmp_path / "cache")
    assert found.timestamp == us
    assert found.extra == ({"timestamp": stamp} if "456789" in stamp else {})
    assert Cache.open(tmp_path / "cache").requests.bounds().days == (times.day_of(us),)


@pytest.mark.parametrize(
    "stamp", ["", "noon", "2026-10-01", "2026-10-01T12:00:00", "2026-02-30T12:00:00Z",
              "2026-10-01T12:00:60.000Z", "2026-13-01T00:00:00.000Z", "+12026-10-01T12:00:00Z",
              "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"]
)  # fmt: skip
def test_a_row_without_a_readable_time_is_rejected_with_its_neighbours_kept(
    tmp_path: Path, stamp: str
) -> None:
    report = bring(tmp_path / "cache", jsonl([row("b"), stamped(stamp), row("c")])).as_json()
    assert (report["added"], report["rejected"]) == (2, 1)
    (reject,) = Cache.open(tmp_path / "cache").catalogue.rejects()
    assert reject.line == 2
    assert reject.reason


def test_every_spelling_of_an_address_is_one_address(tmp_path: Path) -> None:
    spellings = ["2001:db8::1", "2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8:0:0::1"]
    mapped = ["198.51.100.7", "::ffff:198.51.100.7", "::FFFF:c633:6407"]
    others = ["10.0.0.1, 10.0.0.2", "unknown", "", "010.001.002.003"]
    every = spellings + mapped + others
    cache = tmp_path / "cache"
    bring(cache, jsonl(row(f"r{n}", remote_ip=text) for n, text in enumerate(every)))
    for text in spellings:
        assert count(cache, f"ip:{text}") == 3
    for text in mapped:
        assert count(cache, f"ip:{text}") == 3
    assert count(cache, "ip:198.51.100.0/24") == 3
    assert count(cache, "ip:2001:db8::/32") == 3
    assert count(cache, "ip:0.0.0.0/0") == 3
    assert count(cache, "ip:*") == len(every)
    assert {one.remote_ip for one in every_row(cache)} == set(every)
    top = last(Cache.open(cache).requests.top("remote_ip", parse(""), limit=0))
    assert [(one.value, one.count) for one in top[:2]] == [("198.51.100.7", 3), ("2001:db8::1", 3)]


def test_ids_in_any_spelling_are_one_request(tmp_path: Path) -> None:
    name = request_id(0xABCDEF)
    cache = tmp_path / "cache"
    bring(cache, jsonl([row(name.upper())]), jsonl([row(name.replace("-", ""))]))
    assert [one.id for one in every_row(cache)] == [name]
    opened = Cache.open(cache)
    for spelling in (name, name.upper(), name.replace("-", "").upper()):
        assert opened.requests.request(spelling) is not None
        assert count(cache, f'id:"{spelling}"') == 1


@pytest.mark.parametrize("name", ["no uuid", "x" * 5000, "a\0b", "é\U0001f600", "7"])
def test_ids_that_are_no_uuid_are_found_again(tmp_path: Path, name: str) -> None:
    cache = tmp_path / "cache"
    bring(cache, jsonl([row(name), row("another")]))
    found = Cache.open(cache).requests.request(name)
    assert found is not None
    assert found.id == name
    assert bring(cache, jsonl([row(name)], indent=None)).as_json()["added"] == 0


def test_two_rows_on_one_line_are_no_row_and_crash_nothing(tmp_path: Path) -> None:
    one, two = (jsonl([row(name, url="/x?access_token=abc")]).strip() for name in "ab")
    report = bring(tmp_path / "cache", jsonl([row("c")]) + one + two + b"\n" + jsonl([row("d")]))
    assert report.as_json()["rejected"] == 1
    assert {found.id for found in every_row(tmp_path / "cache")} == {"c", "d"}


def test_a_row_over_two_lines_does_not_shift_the_others(tmp_path: Path) -> None:
    secret = jsonl([row("s", url="/x?access_token=abc")])
    broken = jsonl([row("a")]).replace(b'"key"', b'\n"key"')
    bring(tmp_path / "cache", broken + secret)
    (found,) = every_row(tmp_path / "cache", parse("id:s"))
    assert found.line_sha256 == hashlib.sha256(secret.rstrip(b"\n")).hexdigest()
    assert {one.line for one in Cache.open(tmp_path / "cache").catalogue.rejects()} == {1, 2}


BAD_CSV = [b'x,"opened', b'a"b', b'"a"b,c', b'"', b',"""', b'"\n"\n"', b"," * 2000]


@pytest.mark.parametrize("bad", BAD_CSV)
@pytest.mark.parametrize("last_line", [False, True])
def test_a_stray_quote_swallows_no_good_row(tmp_path: Path, bad: bytes, last_line: bool) -> None:
    names = [f"r{n}" for n in range(6)]
    content = csv(row(name, user_agent='with "quotes", and\nends') for name in names)
    lines = content.split(b"\r\n")
    place = len(lines) - 1 if last_line else 3
    lines.insert(place, bad)
    report = bring(tmp_path / "cache", b"\r\n".join(lines), suffix="csv")
    assert {one.id for one in every_row(tmp_path / "cache")} == set(names)
    assert report.as_json()["rejected"] >= 1
    assert balanced(report)


def test_a_quote_inside_a_plain_cell_is_text(tmp_path: Path) -> None:
    content = csv([row("a", user_agent="AGENT"), row("b", user_agent="other")])
    bring(tmp_path / "cache", content.replace(b"AGENT", b'say "hi'), suffix="csv")
    assert {one.user_agent for one in every_row(tmp_path / "cache")} == {'say "hi', "other"}


def test_rows_without_meta_are_taken(tmp_path: Path) -> None:
    bare = {"key": {"id": "a"}, "value": {"timestamp": f"{DAY}T12:00:00.000Z"}}
    bring(tmp_path / "cache", jsonl([bare]))
    assert only(tmp_path / "cache").meta_ts is None
    report = bring(tmp_path / "cache", jsonl([row("a", meta=WRITTEN)])).as_json()
    assert report["updated"] == 1
    assert only(tmp_path / "cache").versions == 2
