"""Versions, deletions and colliding keys: whatever comes in whatever order, one outcome."""

import tempfile
import zlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from dap import (
    DAY,
    NOON,
    WRITTEN,
    balanced,
    bring,
    deletion,
    every_row,
    jsonl,
    outcome,
    row,
    tsv,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.filter.parse import parse
from logsleuth.ingest.run import ImportReport
from logsleuth.model import times
from logsleuth.store.base import last
from logsleuth.store.cache import Cache

MINUTE, HOUR, A_DAY = times.MINUTE, times.HOUR, times.DAY


def tally(report: ImportReport) -> tuple[int, ...]:
    """Added, updated, unchanged, deleted upstream."""
    whole = report.as_json()
    assert balanced(report)
    return tuple(whole[name] for name in ("added", "updated", "unchanged", "deleted_upstream"))


def texts(cache: Path, name: str = "a") -> list[str | None]:
    """The URLs of all versions of a request, the current one first."""
    opened = Cache.open(cache)
    found = opened.requests.request(name)
    assert found is not None
    older = opened.requests.older_versions(name)
    assert found.versions == 1 + len(older)
    opened.close()
    return [found.url, *(one.url for one in older)]


# The expected outcome, worked out by itself

VERSIONS = st.lists(
    st.builds(
        lambda name, when, meta, url: row(
            f"r{name}", at=NOON + when, meta=WRITTEN + meta, url=f"/{url}"
        ),
        st.integers(0, 4),
        st.sampled_from((0, 1, MINUTE, 3 * HOUR, A_DAY, -A_DAY)),
        st.integers(0, 4).map(lambda minutes: minutes * MINUTE),
        st.integers(0, 2),
    )
    | st.builds(
        lambda name, meta: deletion(f"r{name}", WRITTEN + meta),
        st.integers(0, 4),
        st.integers(0, 4).map(lambda minutes: minutes * MINUTE),
    ),
    min_size=1,
    max_size=14,
)


def one_version(record: dict[str, Any]) -> tuple[int, str, str]:
    return (
        times.parse(record["meta"]["ts"]),
        record["value"]["timestamp"],
        record["value"]["url"],
    )


@given(records=VERSIONS, dice=st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_order_and_splitting_make_no_difference(records: list[dict[str, Any]], dice: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        straight, shuffled = Path(folder, "straight"), Path(folder, "shuffled")
        bring(straight, jsonl(records))
        again = records * 2
        dice.shuffle(again)
        while again:
            files = []
            for _ in range(dice.randint(1, 3)):
                part = dice.randint(1, 6)
                files.append(jsonl(again[:part]))
                del again[:part]
            assert balanced(bring(shuffled, *(one for one in files if one)))
        expected = outcome(straight)
        assert outcome(shuffled) == expected

        versions = defaultdict(set)
        deletions: Counter[str] = Counter()
        for record in records:
            name = record["key"]["id"]
            if record["meta"]["action"] == "D":
                deletions[name] = max(deletions[name], times.parse(record["meta"]["ts"]))
            else:
                versions[name].add(one_version(record))
        assert expected.keys() == versions.keys()
        for name, (said, deleted, count, _) in expected.items():
            newest = max(meta for meta, _, _ in versions[name])
            assert said["meta_ts"] == newest
            assert count == len(versions[name])
            shown = (newest, times.iso(said["timestamp"]), said["url"])
            assert shown in versions[name]
            assert deleted == (deletions[name] if deletions[name] >= newest else None)


@given(records=VERSIONS)
@settings(max_examples=8, deadline=None)
def test_a_second_import_changes_nothing_even_from_other_bytes(
    records: list[dict[str, Any]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        bring(cache, jsonl(records))
        before = outcome(cache)
        for content, suffix in (
            (jsonl(records), "jsonl"),
            (jsonl(records, sort_keys=True, separators=(",", ":")), "jsonl"),
            (tsv(records), "tsv"),
        ):
            report = bring(cache, content, suffix=suffix)
            assert tally(report) == (0, 0, len(records), 0)
            assert outcome(cache) == before


# Single steps


def test_the_newest_version_wins_and_the_others_are_kept(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert tally(bring(cache, jsonl([row("a", url="/2", meta=WRITTEN + 2)]))) == (1, 0, 0, 0)
    assert tally(bring(cache, jsonl([row("a", url="/3", meta=WRITTEN + 3)]))) == (0, 1, 0, 0)
    assert tally(bring(cache, jsonl([row("a", url="/1", meta=WRITTEN + 1)]))) == (0, 0, 1, 0)
    assert texts(cache) == ["/3", "/2", "/1"]


@pytest.mark.parametrize("step", [1, MINUTE, 5 * HOUR, A_DAY, -A_DAY, 40 * A_DAY])
def test_a_version_with_another_time_moves_the_row(tmp_path: Path, step: int) -> None:
    cache = tmp_path / "cache"
    bring(cache, jsonl([row("a", url="/1"), row("b")]))
    moved = row("a", at=NOON + step, meta=WRITTEN + 1, url="/2", http_status=500)
    assert tally(bring(cache, jsonl([moved]))) == (0, 1, 0, 0)
    assert len(outcome(cache)) == 2
    assert texts(cache) == ["/2", "/1"]
    opened = Cache.open(cache)
    for seconds in (60, 3600):
        buckets = last(opened.requests.timeline(parse(""), seconds=seconds))
        assert sum(one.count for one in buckets) == 2
        assert sum(one.errors for one in buckets) == 1
    late = row("a", at=NOON + 7 * A_DAY, meta=WRITTEN - 1, url="/0")
    assert tally(bring(cache, jsonl([late]))) == (0, 0, 1, 0)
    assert texts(cache) == ["/2", "/1", "/0"]
    assert tally(bring(cache, jsonl([late, moved], indent=None, sort_keys=True))) == (0, 0, 2, 0)


def test_a_row_may_wander_over_many_days(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    wandering = [
        row("a", at=NOON + n * A_DAY, meta=WRITTEN + n * MINUTE, url=f"/{n}") for n in range(5)
    ]
    assert sum(tally(bring(cache, jsonl(wandering)))) == 5
    assert texts(cache) == ["/4", "/3", "/2", "/1", "/0"]
    assert tally(bring(cache, jsonl(wandering, sort_keys=True))) == (0, 0, 5, 0)
    other = tmp_path / "other"
    for one in (wandering[2], wandering[4], wandering[0], wandering[3], wandering[1]):
        bring(other, jsonl([one]))
    assert outcome(other) == outcome(cache)


def deleted(cache: Path, name: str = "a") -> int | None:
    found = Cache.open(cache).requests.request(name)
    assert found is not None
    return found.deleted_upstream


def test_a_deletion_marks_the_row_and_keeps_it_in_every_answer(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    bring(cache, jsonl([row("a", user_id=7, http_status=404), row("b", user_id=8)]))
    report = bring(cache, jsonl([deletion("a", WRITTEN + MINUTE)]))
    assert tally(report) == (0, 0, 0, 1)
    assert deleted(cache) == WRITTEN + MINUTE
    opened = Cache.open(cache)
    assert last(opened.requests.count(parse(""))) == 2
    assert last(opened.requests.count(parse("deleted:true"))) == 1
    assert last(opened.requests.count(parse("deleted:false"))) == 1
    assert last(opened.requests.count(parse("status >= 400"))) == 1
    assert [one.value for one in last(opened.requests.top("user_id", parse(""), limit=0))] == [7, 8]
    (hour,) = last(opened.requests.timeline(parse(""), seconds=3600))
    assert (hour.count, hour.errors) == (2, 1)
    assert opened.requests.bounds().rows == 2
    opened.close()
    assert tally(bring(cache, tsv([deletion("a", WRITTEN + MINUTE)]), suffix="tsv")) == (0, 0, 1, 0)


def test_a_deletion_that_comes_before_its_row(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert tally(bring(cache, jsonl([deletion("a", WRITTEN + MINUTE)]))) == (0, 0, 0, 1)
    assert tally(bring(cache, jsonl([deletion("a", WRITTEN + MINUTE)] * 2))) == (0, 0, 2, 0)
    assert every_row(cache) == ()
    assert tally(bring(cache, jsonl([row("a")]))) == (1, 0, 0, 0)
    assert deleted(cache) == WRITTEN + MINUTE


def test_a_row_that_comes_again_after_its_deletion_is_there(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    bring(cache, jsonl([row("a"), deletion("a", WRITTEN + MINUTE)]))
    assert deleted(cache) == WRITTEN + MINUTE
    again = row("a", meta=WRITTEN + HOUR, url="/again")
    assert tally(bring(cache, jsonl([again]))) == (0, 1, 0, 0)
    assert deleted(cache) is None
    late = jsonl([deletion("a", WRITTEN + 2 * MINUTE)])
    assert tally(bring(cache, late)) == (0, 0, 1, 0)
    assert deleted(cache) is None


@pytest.mark.parametrize("step", [MINUTE, A_DAY])
def test_a_deletion_stays_with_a_row_that_moves(tmp_path: Path, step: int) -> None:
    cache = tmp_path / "cache"
    bring(cache, jsonl([row("a")]))
    bring(cache, jsonl([deletion("a", WRITTEN + HOUR)]))
    bring(cache, jsonl([row("a", at=NOON + step, meta=WRITTEN + MINUTE)]))
    assert deleted(cache) == WRITTEN + HOUR
    bring(cache, jsonl([row("a", at=NOON - step, meta=WRITTEN + 2 * HOUR)]))
    assert deleted(cache) is None


def test_a_deletion_without_a_time_is_rejected_not_dated(tmp_path: Path) -> None:
    bare = {"meta": {"action": "D"}, "key": {"id": "a"}}
    report = bring(tmp_path / "cache", jsonl([row("a"), bare]))
    assert report.as_json()["rejected"] == 1
    assert deleted(tmp_path / "cache") is None


def test_the_same_row_in_one_file_and_in_many(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    same = [row("a")] * 50
    assert tally(bring(cache, jsonl(same), jsonl(same[:3], sort_keys=True))) == (1, 0, 52, 0)
    assert texts(cache) == ["/courses/1"]


def test_a_masked_row_is_one_version_in_any_format(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    one = row("a", url="/x?access_token=abc", colour="blue")
    bring(cache, jsonl([one]))
    assert tally(bring(cache, jsonl([one], sort_keys=True))) == (0, 0, 1, 0)
    del one["value"]["colour"]
    bring(tmp_path / "tsv", jsonl([one]))
    assert tally(bring(tmp_path / "tsv", tsv([one]), suffix="tsv")) == (0, 0, 1, 0)
    assert texts(tmp_path / "tsv") == texts(tmp_path / "tsv")[:1]


# Keys


SAME_20_BITS = [
    "a6d259bf-bfa2-0628-43ef-543e21d7ec8e",
    "e5f69a36-d50c-3cb6-0dc3-5e49a62f4f24",
    "dea5ca37-9a39-9632-8c11-6280b00bc349",
    "9f931a67-cc3d-29c1-9ded-202d522bfa6a",
]
NEXT_KEY = ["080261e4-427a-081f-c6e6-37b654f590ee", "5dcf93a3-7573-5354-8ad4-9dcc68d1c445"]
SAME_32_BITS = ["3ce83f54-4dbe-69bb-4fb1-9211fc442c2f", "42ba6b44-0ce7-e780-160e-3c46ad2807c2"]
"""Ids found by trying: the low bits of their CRC-32 are the low bits of their keys."""


def low_bits(name: str, bits: int = 20) -> int:
    return zlib.crc32(UUID(name).bytes) & ((1 << bits) - 1)


@pytest.mark.parametrize(("bits", "names"), [(20, SAME_20_BITS), (32, SAME_32_BITS)])
def test_ids_with_one_key_are_all_kept_and_found(
    tmp_path: Path, bits: int, names: list[str]
) -> None:
    assert len({low_bits(name, bits) for name in names}) == 1
    count = len(names)
    cache = tmp_path / "cache"
    rows = [row(name, url=f"/{name}", user_id=n) for n, name in enumerate(names)]
    half = count // 2
    assert tally(bring(cache, jsonl(rows[:half]))) == (half, 0, 0, 0)
    assert tally(bring(cache, jsonl(rows))) == (count - half, 0, half, 0)
    assert tally(bring(cache, tsv(rows), suffix="tsv")) == (0, 0, count, 0)
    opened = Cache.open(cache)
    for name in names:
        found = opened.requests.request(name)
        assert found is not None
        assert found.url == f"/{name}"
        assert last(opened.requests.count(parse(f"id:{name}"))) == 1
        assert last(opened.requests.count(parse(f"not id:{name}"))) == count - 1
    opened.close()
    newer = [row(name, meta=WRITTEN + n + 1, url=f"/new/{n}") for n, name in enumerate(names)]
    assert tally(bring(cache, jsonl(newer[::-1]))) == (0, count, 0, 0)
    assert tally(bring(cache, jsonl(newer, sort_keys=True))) == (0, 0, count, 0)
    for n, name in enumerate(names):
        assert texts(cache, name) == [f"/new/{n}", f"/{name}"]
    gone = [deletion(name, WRITTEN + HOUR) for name in names]
    assert tally(bring(cache, jsonl(gone))) == (0, 0, 0, count)
    moved = [row(name, at=NOON + A_DAY, meta=WRITTEN + A_DAY) for name in names]
    assert tally(bring(cache, jsonl(moved))) == (0, count, 0, 0)
    assert len(outcome(cache)) == count
    assert all(texts(cache, name)[0] == "/courses/1" for name in names)


def test_a_day_of_collisions_at_once(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert low_bits(NEXT_KEY[0]) == low_bits(NEXT_KEY[1]) == low_bits(SAME_20_BITS[0]) + 1
    rows = [row(name) for name in (*SAME_20_BITS[:3], *NEXT_KEY)]
    assert tally(bring(cache, jsonl(rows))) == (5, 0, 0, 0)
    assert tally(bring(cache, jsonl(rows, sort_keys=True))) == (0, 0, 5, 0)
    assert len(outcome(cache)) == 5


def test_days_are_those_of_the_rows(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    midnight = times.day_start(DAY)
    bring(cache, jsonl(row(f"r{n}", at=midnight + n) for n in (-1, 0, A_DAY - 1, A_DAY)))
    opened = Cache.open(cache)
    assert [(one.day, one.rows) for one in opened.catalogue.days()] == [
        ("2026-09-30", 1),
        ("2026-10-01", 2),
        ("2026-10-02", 1),
    ]
