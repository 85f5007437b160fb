"""Damaged files, garbage lines and secrets: what is good goes in, and no more."""

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dap import (
    DATA,
    FIXTURE,
    balanced,
    bring,
    bytes_of,
    csv,
    deletion,
    every_row,
    jsonl,
    row,
    tsv,
    write,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logsleuth.filter.parse import parse
from logsleuth.ingest.run import InputError, import_paths
from logsleuth.store.cache import Cache
from logsleuth.store.catalogue import Reject


def rejects(cache: Path) -> list[Reject]:
    opened = Cache.open(cache)
    try:
        return list(opened.catalogue.rejects())
    finally:
        opened.close()


# Files that are refused whole


def refused() -> Iterator[tuple[str, bytes]]:
    plain = jsonl(row(f"r{n}") for n in range(200))
    packed = gzip.compress(plain)
    yield "truncated.jsonl.gz", packed[: len(packed) // 2]
    yield "no_trailer.jsonl.gz", packed[:-8]
    yield "wrong_sum.jsonl.gz", packed[:-8] + b"\0\0\0\0" + packed[-4:]
    yield "damaged.jsonl.gz", packed[:60] + bytes(30) + packed[90:]
    yield "garbage_after.jsonl.gz", packed + b"garbage"
    yield "second_member_cut.jsonl.gz", packed + packed[:-9]
    yield "empty.jsonl", b""
    yield "empty.jsonl.gz", gzip.compress(b"")
    yield "parquet.jsonl", b"PAR1\x15\x04\x15\x10"
    yield "array.json", json.dumps([row("a"), row("b")]).encode()
    yield "array_in_lines.jsonl", b"[\n" + plain.replace(b"}\n{", b"},\n{") + b"]\n"
    yield "logins.json", (DATA / "authentication_audit.synthetic.json").read_bytes()
    grade = {"id": "g", "created_at": "2026-10-01T00:00:00Z", "event_type": "grade_change"}
    yield "grades.json", json.dumps({"events": [grade]}).encode()
    yield "views.jsonl", b'{"id": "a", "interaction_seconds": 2.5, "url": "/"}\n'
    yield "views.json", json.dumps([{"id": "a", "interaction_seconds": 2.5}]).encode()
    yield "deep.jsonl", b'{"a":' + b"[" * 60_000
    yield "deep.json", b'{"events":' + b"[" * 200_000
    yield "number.json", b"7"
    yield "noise.jsonl", bytes(range(256)) * 9
    yield "other.csv", b"name,age\nann,7\n"
    yield "no_good_line.jsonl", b'{"key": 1, "meta": 2}\n' * 3


@pytest.mark.parametrize(("name", "content"), list(refused()), ids=[n for n, _ in refused()])
def test_a_bad_file_is_refused_whole_in_one_sentence(
    tmp_path: Path, name: str, content: bytes
) -> None:
    folder = tmp_path / "files"
    (folder / name).parent.mkdir()
    (folder / name).write_bytes(content)
    write(folder / "good.jsonl", jsonl([row("good")]))
    report = import_paths(tmp_path / "cache", [folder])
    errors = {Path(one.name).name: one.error for one in report.files}
    assert errors["good.jsonl"] is None
    error = errors[name]
    assert error is not None
    assert name in error
    assert "\n" not in error
    assert len(error) < 400 + len(str(folder))
    assert "Traceback" not in error
    assert [one.id for one in every_row(tmp_path / "cache")] == ["good"]
    assert balanced(report)
    assert report.as_json()["read"] == 1
    (source,) = (one for one in Cache.open(tmp_path / "cache").catalogue.sources() if one.error)
    assert source.sha256 == hashlib.sha256(content).hexdigest()
    assert source.size == len(content)
    assert not source.finished


def test_the_same_file_goes_in_when_it_was_fetched_again(tmp_path: Path) -> None:
    packed = gzip.compress(jsonl([row("a")]))
    cache, path = tmp_path / "cache", tmp_path / "x.jsonl.gz"
    path.write_bytes(packed[:-3])
    assert import_paths(cache, [path]).files[0].error
    path.write_bytes(packed)
    assert import_paths(cache, [path]).as_json()["added"] == 1


def test_a_gzip_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    member = gzip.compress(b" " * (4 << 20))
    bomb = tmp_path / "bomb.jsonl.gz"
    bomb.write_bytes(gzip.compress(jsonl([row("a")])) + member * 80)
    report = import_paths(tmp_path / "cache", [bomb], kind="web_logs", input_format="jsonl")
    assert "times its size" in (report.files[0].error or "")
    assert not list((tmp_path / "cache" / "days").iterdir())


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "tsv"])
def test_a_very_long_line_is_one_reject_that_is_kept_short(tmp_path: Path, suffix: str) -> None:
    rows = [row("a"), row("long", user_agent="x" * (10 << 20)), row("b")]
    content = {"jsonl": jsonl, "csv": csv, "tsv": tsv}[suffix](rows)
    report = bring(tmp_path / "cache", content, suffix=suffix)
    assert {one.id for one in every_row(tmp_path / "cache")} == {"a", "b"}
    (reject,) = rejects(tmp_path / "cache")
    assert reject.line == (2 if suffix == "jsonl" else 3)
    assert len(reject.raw) <= 4096
    assert content[reject.offset :].startswith(reject.raw[:50])
    assert balanced(report)


def test_what_is_no_file_is_named_in_one_sentence(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (tmp_path / "missing", empty):
        with pytest.raises(InputError, match=str(path)):
            import_paths(tmp_path / "cache", [path])
    assert not (tmp_path / "cache").exists()


def test_links_to_nowhere_and_pipes_do_not_stop_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    write(folder / "good.jsonl", jsonl([row("a")]))
    (folder / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "folder.jsonl").mkdir()
    report = import_paths(tmp_path / "cache", [folder])
    errors = {Path(one.name).name: one.error for one in report.files}
    assert errors.pop("good.jsonl") is None
    assert errors.keys() == {"gone.jsonl", "pipe.jsonl"}
    assert all(errors.values())
    assert report.as_json()["added"] == 1


# Garbage among good lines

GARBAGE = st.one_of(
    st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"")),
    st.sampled_from(
        [
            b"{}", b"[]", b"null", b"7", b'"x"', b"{", b"}", b"{}{}", b"\xff\xfe", b"\0",
            b'{"key":{}}', b'{"key":{"id":7},"value":{"timestamp":"2026-10-01T00:00:00Z"}}',
            b'{"key":{"id":""},"value":{"timestamp":"2026-10-01T00:00:00Z"}}',
            b'{"key":{"id":"x"},"value":{"timestamp":null}}',
            b'{"key":{"id":"x"},"value":{"timestamp":"2026-10-01T00:00:00Z"},"meta":{"ts":"?"}}',
            b'{"key":{"id":"x"},"meta":{"action":"X"}}', b'{"a":' + b"[" * 5000,
            b'{"key":{"id":"x"},"value":{"user_id":' + b"9" * 5000 + b"}}",
        ]
    ),
)  # fmt: skip


@given(
    lines=st.lists(st.integers(0, 30) | GARBAGE, max_size=25),
    suffix=st.sampled_from(["jsonl", "tsv", "csv"]),
    end=st.sampled_from([b"\n", b"\r\n"]),
    last_end=st.booleans(),
)
@example(lines=[b"{}{}", 1, 2], suffix="jsonl", end=b"\n", last_end=False)
@settings(max_examples=30, deadline=None)
def test_garbage_is_accounted_for_and_costs_no_good_row(
    lines: list[int | bytes], suffix: str, end: bytes, last_end: bool
) -> None:
    make = {"jsonl": jsonl, "csv": csv, "tsv": tsv}[suffix]
    header, good = b"", {}
    for number in {one for one in lines if isinstance(one, int)} | {0}:
        made = make([row(f"r{number}", user_agent="a b")]).replace(b"\r\n", b"\n").splitlines()
        header, good[number] = b"".join(one + end for one in made[:-1]), made[-1]
    content = header + end.join(good[x] if isinstance(x, int) else x for x in lines)
    content += end if last_end else b""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        report = bring(cache, content, suffix=suffix)
        assert balanced(report)
        expected = {f"r{one}" for one in lines if isinstance(one, int)}
        if report.files[0].error:
            assert not expected
            return
        assert {one.id for one in every_row(cache)} >= expected
        assert report.files[0].rejected == len(rejects(cache))
        for reject in rejects(cache):
            assert reject.reason
            assert content[reject.offset :].startswith(reject.raw)
            assert content[: reject.offset].count(b"\n") + 1 == reject.line


def test_a_file_that_begins_with_garbage_is_recognised(tmp_path: Path) -> None:
    for place, garbage in enumerate((b"{broken, line", b"a,b", b"a\tb", b"null", b"<html>")):
        path = write(tmp_path / f"{place}.jsonl", garbage + b"\n" + jsonl([row(f"r{place}")]))
        report = import_paths(tmp_path / "cache", [path])
        assert (report.files[0].error, report.as_json()["added"]) == (None, 1)


# Secrets

CANARY = "CANARY4f9d2c"


def spread(mark: str) -> list[dict[str, Any]]:
    """Rows with a secret at every place where a URL may stand."""
    urls = [
        f"/x?access_token={mark}",
        f"/x?a=1&token={mark}&b=2",
        f"/x?next=%2Flogin%3Faccess_token%3D{mark}%26b",
        f"/x?pseudonym_session[password]={mark}",
        f"/x?user%5Bpassword%5D={mark}",
        f"/x?ACCESS_TOKEN={mark}",
        f"/files/1?verifier={mark}",
        f"/x?sig={mark}#part",
        f"/x?password=a'b)c]d}}{mark}",
    ]
    rows = [row(f"r{n}", url=url) for n, url in enumerate(urls)]
    rows.append(row("extra", referrer=f"https://x.example/?access_token={mark}"))
    rows.append(row("odd", user_id=f"/?access_token={mark}"))
    rows.append(row("damaged", url=f"/x?access_token={mark}", user_agent="\ud800"))
    rows.append(row("deep", more={"list": [f"/?token={mark}"]}))
    return rows


def test_no_secret_of_a_url_is_in_any_file_of_the_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    rows = spread(CANARY)
    bad = [row("bad", url=f"/x?access_token={CANARY}"), row("b2", url=f"/x?a=1&token={CANARY}")]
    for one in bad:
        one["value"]["timestamp"] = "?"
    escaped = jsonl(bad).replace(b"&", b"\\u0026").replace(b"=", b"\\u003d")
    bring(cache, jsonl(rows) + jsonl(bad) + escaped.replace(b"?", b"\\u003f"))
    bring(cache, tsv(rows[:9] + bad), suffix="tsv")
    bring(cache, csv(rows[:9] + bad), suffix="csv")
    view = {"id": "v", "url": f"https://x.example/?access_token={CANARY}"}
    audit = {
        "events": [
            {
                "id": "e",
                "created_at": "2026-10-01T00:00:00Z",
                "event_type": "updated",
                "event_data": {"syllabus_body": ["", f"https://x.example/?token={CANARY}"]},
                "links": {"course": 1, "user": 2, "page_view": "v"},
            },
            {"id": "f", "event_data": {"a": f"/?token={CANARY}"}},
        ],
        "linked": {"page_views": [view]},
    }
    write(tmp_path / "audit.json", json.dumps(audit).encode())
    assert import_paths(cache, [tmp_path / "audit.json"]).as_json()["added"] == 1
    for path in cache.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path.name
    found = {one.id: one for one in every_row(cache)}
    assert len(found) == len(rows)
    for one in rows[:9]:
        assert found[one["key"]["id"]].masked, one["value"]["url"]


def test_a_mask_is_a_fingerprint_by_the_key_of_the_cache(tmp_path: Path) -> None:
    rows = [
        row("a", url="/x?access_token=one"),
        row("b", url="/y?verifier=one&z=1"),
        row("c", url="/x?access_token=two"),
        row("d", url="/x?access_token=[FILTERED]"),
    ]
    masks = []
    for name in ("first", "second"):
        cache = tmp_path / name
        content = jsonl(rows)
        bring(cache, content)
        found = {one.id: one for one in every_row(cache)}
        mask = (found["a"].url or "").removeprefix("/x?access_token=")
        assert mask.startswith("⟨masked ")
        assert found["b"].url == f"/y?verifier={mask}&z=1"
        assert found["c"].url not in {None, found["a"].url}
        assert found["d"].url == rows[3]["value"]["url"]
        assert (found["a"].masked, found["d"].masked) == (True, False)
        line = content.split(b"\n")[0]
        assert found["a"].line_sha256 == hashlib.sha256(line).hexdigest()
        assert found["d"].line_sha256 is None
        assert "line_sha256" not in found["a"].extra
        bring(cache, jsonl([row("e", url="/z?sig=one")]))
        (later,) = every_row(cache, parse("id:e"))
        assert later.url == f"/z?sig={mask}"
        masks.append(mask)
    assert masks[0] != masks[1]


# Names and documents


def test_documents_of_changes_go_in_once(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    pages = [DATA / f"course_audit_page{page}.synthetic.json" for page in (1, 2)]
    report = import_paths(cache, pages).as_json()
    assert (report["rejected"], report["updated"]) == (0, 0)
    opened = Cache.open(cache)
    assert report["added"] == opened.catalogue.count_events() > 0
    saved = write(
        tmp_path / "all.json",
        json.dumps([json.loads(page.read_bytes()) for page in pages]).encode(),
    )
    again = import_paths(cache, [saved]).as_json()
    assert (again["added"], again["updated"]) == (0, 0)
    assert again["unchanged"] == report["added"]


def test_an_account_that_one_document_names_is_not_lost_by_another(tmp_path: Path) -> None:
    event = {"id": "e", "created_at": "2026-10-01T00:00:00Z", "links": {"course": 1}}
    with_account = {
        "_http": {"headers": {"Link": "<https://x/api/v1/audit/course/accounts/9?page=2>"}},
        "body": {"events": [event]},
    }
    without = {"events": [event]}
    for order in ((with_account, without), (without, with_account)):
        cache = Path(tempfile.mkdtemp(dir=tmp_path), "cache")
        for place, document in enumerate(order):
            path = write(cache.parent / f"{place}.json", json.dumps(document).encode())
            import_paths(cache, [path])
        found = Cache.open(cache).catalogue.event("e")
        assert found is not None
        assert found.account_id == 9


def test_a_refused_file_leaves_nothing_of_itself(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    import_paths(cache, [DATA / f"{FIXTURE}.jsonl"])
    days = bytes_of(cache / "days")
    cut = gzip.compress(jsonl([row("a"), deletion("x"), row("b")] * 3000))[:-4]
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(cut)
    report = import_paths(cache, [path])
    assert report.files[0].error
    assert bytes_of(cache / "days") == days
    assert not (cache / "spill").exists()
    assert rejects(cache) == []
