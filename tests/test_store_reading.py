"""Pages, counts, tops and timelines against a recount in Python; and reading leaves no trace."""

import os
import stat
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from dap import (
    DATA,
    EVERYTHING,
    FIXTURE,
    NOON,
    WRITTEN,
    bring,
    bytes_of,
    deletion,
    jsonl,
    row,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.filter.evaluate import matches
from logsleuth.filter.parse import parse
from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.model.weblog import WebLog
from logsleuth.store.activity import Activity
from logsleuth.store.base import Cancel, Cancelled, Page, Store, StoreError, last
from logsleuth.store.cache import Cache
from logsleuth.store.writing import CacheWriter

MIDNIGHT = NOON + 12 * times.HOUR

# Order and pages

MOMENTS = st.builds(
    lambda base, step: base + step,
    st.sampled_from((NOON, MIDNIGHT)),
    st.sampled_from((-1001, -1000, -999, -1, 0, 1, 2, 999, 1000, 1001)),
)


def walk(store: Store, size: int, oldest_first: bool) -> Iterator[Page]:
    after = None
    while True:
        page = last(store.page(EVERYTHING, limit=size, after=after, oldest_first=oldest_first))
        yield page
        if not page.more:
            return
        after = page.after


@given(
    moments=st.lists(MOMENTS, min_size=1, max_size=40),
    size=st.integers(1, 7),
    oldest_first=st.booleans(),
    place=MOMENTS,
)
@settings(max_examples=20, deadline=None)
def test_pages_cover_every_row_once_in_order_of_time(
    moments: list[int], size: int, oldest_first: bool, place: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bring(Path(folder, "c"), jsonl(row(f"r{n}", at=us) for n, us in enumerate(moments)))
        opened = Cache.open(Path(folder, "c"))
        store = opened.requests
        pages = list(walk(store, size, oldest_first))
        rows = [one for page in pages for one in page.rows]
        assert [one.timestamp for one in rows] == sorted(moments, reverse=not oldest_first)
        assert len({one.id for one in rows}) == len(moments)
        assert all(len(page.rows) == size for page in pages[:-1])

        other_way = [one.id for page in walk(store, size, not oldest_first) for one in page.rows]
        assert other_way == [one.id for one in rows][::-1]

        for before, page in pairwise(pages):
            back = store.page(EVERYTHING, limit=size, before=page.before, oldest_first=oldest_first)
            assert last(back).rows == before.rows

        cursor = store.cursor_at(place)
        newer = [one.id for one in rows if one.timestamp >= place]
        older = [one.id for one in rows if one.timestamp < place]
        following, leading = (newer, older) if oldest_first else (older, newer)
        after = last(store.page(EVERYTHING, limit=100, after=cursor, oldest_first=oldest_first))
        before_it = last(
            store.page(EVERYTHING, limit=100, before=cursor, oldest_first=oldest_first)
        )
        assert [one.id for one in after.rows] == following
        assert [one.id for one in before_it.rows] == leading
        opened.close()


def test_a_page_of_thousands_in_one_millisecond(tmp_path: Path) -> None:
    rows = [row(f"r{n}", at=NOON + n % 1000) for n in range(3000)]
    bring(tmp_path / "c", jsonl(rows))
    opened = Cache.open(tmp_path / "c")
    found = [one for page in walk(opened.requests, 700, False) for one in page.rows]
    assert len({one.id for one in found}) == 3000
    assert [one.timestamp for one in found] == sorted(
        (one.timestamp for one in found), reverse=True
    )


@pytest.mark.parametrize("cursor", ["", "x", "2026-10-01", "2026-10-01/a/b/c"])
def test_a_made_up_cursor_is_one_sentence(tmp_path: Path, cursor: str) -> None:
    bring(tmp_path / "c", jsonl([row("a")]))
    with pytest.raises(StoreError, match="place"):
        last(Cache.open(tmp_path / "c").requests.page(EVERYTHING, limit=1, after=cursor))


# Answers against a recount

FILTERS = [
    "",
    "user_id:1",
    "not user_id:1",
    "status >= 400",
    "write:true",
    "deleted:true or url:x",
    "real_user_id:* and not ip:10.0.0.0/8",
    "user_agent:*z",
    'timestamp >= "2026-10-01T12:00:00.001Z"',
    "user_id:777",
]
FIELDS = [
    "user_id",
    "actor",
    "remote_ip",
    "session_id",
    "user_agent",
    "http_method",
    "http_status",
    "url",
    "kind",
    "automatic",
    "masqueraded",
    "deleted",
    "about_user",
    "id",
]


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety varied rows on three days, some of them newer versions, some deleted."""
    cache = tmp_path_factory.mktemp("store") / "cache"

    def varied(n: int, meta: int) -> dict[str, object]:
        return row(
            f"r{n}",
            at=NOON + n % 7 * 9 * times.HOUR + n % 3,
            meta=meta,
            user_id=[None, 1, 2, 3][n % 4],
            real_user_id=[None, None, 9][n % 3],
            remote_ip=["10.0.0.1", "::ffff:10.0.0.1", "192.0.2.1", None, "odd"][n % 5],
            session_id=[None, "S", "0F0F0F0F-0000-4000-8000-000000000001"][n % 3],
            user_agent=["z", "Z", None, "a\0z"][n % 4],
            http_method=["GET", "POST", "post", None][n % 4],
            http_status=[200, 302, 404, 500, None, 0][n % 6],
            url=["/x", None, f"/users/{n % 4}", ""][n % 4],
        )

    bring(cache, jsonl(varied(n, WRITTEN) for n in range(90)))
    bring(cache, jsonl(varied(n + 1, WRITTEN + 1) | {"key": {"id": f"r{n}"}} for n in range(20)))
    bring(cache, jsonl(deletion(f"r{n}", WRITTEN + 2) for n in range(5, 12)))
    return cache


def value_of(one: WebLog, name: str) -> object:
    computed = {"deleted": one.deleted_upstream is not None, "automatic": one.automatic}
    found = computed.get(name, getattr(one, name, None))
    if name == "automatic" and found is None:
        return "unknown"
    if name == "remote_ip" and found == "::ffff:10.0.0.1":
        return "10.0.0.1"
    if name == "http_method" and found is not None:
        return str(found).upper()
    return found


@pytest.mark.parametrize("text", FILTERS)
def test_answers_equal_a_recount(campus: Path, text: str) -> None:
    opened = Cache.open(campus)
    store, tree = opened.requests, parse(text)
    every = last(store.page(EVERYTHING, limit=1000)).rows
    assert len(every) == 90
    chosen = [one for one in every if matches(tree, one)]
    assert last(store.count(tree)) == len(chosen)
    assert [one.id for one in last(store.page(tree, limit=1000)).rows] == [one.id for one in chosen]
    for seconds in (60, 3600, 86400):
        recount: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        for one in chosen:
            bucket = recount[one.timestamp // (seconds * times.SECOND) * seconds * times.SECOND]
            bucket[0] += 1
            bucket[1] += (one.http_status or 0) >= 400
            bucket[2] += one.write
        found = last(store.timeline(tree, seconds=seconds))
        assert [(one.start, one.count, one.errors, one.writes) for one in found] == [
            (start, *numbers) for start, numbers in sorted(recount.items())
        ]
    days = {one.timestamp // times.DAY for one in every}
    for name in FIELDS:
        groups: dict[object, list[WebLog]] = defaultdict(list)
        overall: dict[object, list[WebLog]] = defaultdict(list)
        for one in every:
            overall[value_of(one, name)].append(one)
        for one in chosen:
            groups[value_of(one, name)].append(one)
        groups.pop(None, None)
        answer = last(store.top(name, tree, limit=0))
        assert [one.value for one in answer] == sorted(
            groups, key=lambda value: (-len(groups[value]), isinstance(value, str), value)
        ), name
        for top in answer:
            rows = groups[top.value]
            users = {one.user_id for one in rows} - {None}
            stamps = [one.timestamp for one in rows]
            assert (top.count, top.users, top.first, top.last) == (
                len(rows),
                len(users),
                min(stamps),
                max(stamps),
            ), (name, top.value)
            first = min(one.timestamp for one in overall[top.value])
            assert top.first_in_cache == first
            assert top.at_start == (first // times.DAY == min(days))
        assert last(store.top(name, tree, limit=2)) == answer[:2]
    opened.close()


def test_the_hours_of_the_catalogue_are_those_of_the_rows(campus: Path) -> None:
    opened = Cache.open(campus)
    rows = last(opened.requests.page(EVERYTHING, limit=1000)).rows
    for day in opened.catalogue.days():
        start = times.day_start(day.day)
        here = [one for one in rows if start <= one.timestamp < start + times.DAY]
        assert day.rows == len(here)
        assert (day.first, day.last) == (here[-1].timestamp, here[0].timestamp)
        for hour, count in enumerate(day.hours):
            assert count == sum((one.timestamp - start) // times.HOUR == hour for one in here)


def test_top_of_very_many_values_under_a_filter(tmp_path: Path) -> None:
    """More values than a statement of SQLite takes parameters."""
    many = 33_000
    bring(tmp_path / "c", jsonl(row(f"r{n}", user_id=n) for n in range(many)))
    store = Cache.open(tmp_path / "c").requests
    assert len(last(store.top("user_id", parse("url:courses"), limit=0))) == many


# Cancelling


class Midway(Cancel):
    """Is taken back as soon as the store is ready to be interrupted."""

    def add_hook(self, hook):  # type: ignore[no-untyped-def]
        remove = super().add_hook(hook)
        self._event.set()
        return remove


def test_a_question_that_was_taken_back_is_not_answered(campus: Path) -> None:
    store = Cache.open(campus).requests
    taken_back = Cancel()
    taken_back.cancel()
    with pytest.raises(Cancelled):
        last(store.count(parse("url:x"), cancel=taken_back))
    with pytest.raises(Cancelled):
        last(store.page(parse("url:x"), limit=5, cancel=Midway()))
    with pytest.raises(Cancelled):
        last(store.top("user_id", EVERYTHING, limit=5, cancel=Midway()))


def test_a_running_statement_is_interrupted(campus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cancel comes from inside the scan itself: the statement must stop there."""
    cancel, calls = Cancel(), []

    def slow(pieces: str, value: object) -> bool:
        calls.append(value)
        cancel.cancel()
        return False

    monkeypatch.setattr("logsleuth.store.sqlite.text._id_match", slow)
    store = Cache.open(campus).requests
    with pytest.raises(Cancelled):
        last(store.count(parse("id:*x*y*z"), cancel=cancel))
    assert len(calls) < 30
    assert last(store.count(parse("user_id:1"))) > 0


# The folder


def test_reading_changes_no_byte(campus: Path) -> None:
    before = bytes_of(campus)
    opened = Cache.open(campus)
    for text in FILTERS:
        last(opened.requests.count(parse(text)))
        last(opened.requests.page(parse(text), limit=10))
        last(opened.requests.top("user_id", parse(text), limit=3))
    opened.requests.request("r1")
    opened.requests.older_versions("r1")
    opened.catalogue.events()
    opened.catalogue.rejects()
    opened.close()
    assert bytes_of(campus) == before


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o022])
def test_files_are_for_the_owner_alone(tmp_path: Path, mask: int) -> None:
    cache = tmp_path / "made" / "cache"
    old = os.umask(mask)
    try:
        for name in ("jsonl", "csv"):
            import_paths(cache, [DATA / f"{FIXTURE}.{name}"])
        bring(cache, jsonl([row("a", at=1_709_650_000_000_000)]))
        with CacheWriter(cache):
            Activity(cache).add("look", {})
            modes(cache)
    finally:
        os.umask(old)
    modes(cache)


def modes(cache: Path) -> None:
    for path in (cache, *cache.rglob("*")):
        found = stat.S_IMODE(path.stat().st_mode)
        assert found == (0o700 if path.is_dir() else 0o600), path


def test_a_second_writer_is_told_so(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    bring(cache, jsonl([row("a")]))
    with CacheWriter(cache):
        with pytest.raises(StoreError, match=r"Another logsleuth .* is writing"):
            bring(cache, jsonl([row("b")]))
        assert last(Cache.open(cache).requests.count(EVERYTHING)) == 1
    bring(cache, jsonl([row("b")]))
    assert last(Cache.open(cache).requests.count(EVERYTHING)) == 2


AS_ANOTHER = """
import sys
from pathlib import Path
from logsleuth.filter.tree import All
from logsleuth.ingest.run import import_paths
from logsleuth.store.base import StoreError, last
from logsleuth.store.cache import Cache
opened = Cache.open(Path(sys.argv[1]))
print(last(opened.requests.count(All())), len(last(opened.requests.page(All(), limit=500)).rows))
print(opened.save_traces({"e": ("1", "{}")}))
try:
    import_paths(Path(sys.argv[1]), [Path(sys.argv[2])])
except StoreError as error:
    print(error)
"""


READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_read_only_disk_can_be_read(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    import_paths(cache, [DATA / f"{FIXTURE}.jsonl"])
    before = bytes_of(cache)
    command = [sys.executable, "-c", AS_ANOTHER, cache, DATA / f"{FIXTURE}.csv"]
    ran = subprocess.run(
        ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", cache, *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare:" in ran.stderr or "mount:" in ran.stderr:
        pytest.skip("mounting is not allowed here")
    assert ran.stderr == ""
    counted, saved, sentence = ran.stdout.splitlines()
    assert (counted, saved) == ("46 46", "False")
    assert str(cache) in sentence
    assert bytes_of(cache) == before


def test_there_is_a_sentence_for_what_is_no_cache(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no cache"):
        Cache.open(tmp_path)
    (tmp_path / "catalogue.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError):
        Cache.open(tmp_path)
    with pytest.raises(StoreError):
        bring(tmp_path, jsonl([row("a")]))
