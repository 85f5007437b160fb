"""Readers in processes of their own, and one that is half way through an answer."""

from pathlib import Path

import pytest
from dap import EVERYTHING, NOON, WRITTEN, bring, deletion, jsonl, row
from readers import asking, states

from logsleuth.model import times
from logsleuth.store import pruning
from logsleuth.store.base import last
from logsleuth.store.cache import Cache
from logsleuth.store.writing import CacheWriter

DAYS = ("2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04")


def rows(name: str, count: int, day: int, meta: int = 0) -> bytes:
    """Requests of a day, ``meta`` of them versions newer than others."""
    return jsonl(
        row(
            f"{name}-{day}-{n}",
            NOON + day * times.DAY + (n - count // 2) * 7 * times.SECOND,
            WRITTEN + meta,
            user_id=n % 50,
            remote_ip=f"192.0.2.{(n + meta) % 90}",
            http_status=(200, 200, 404)[(n + meta) % 3],
            http_method=("GET", "POST")[n % 2],
        )
        for n in range(count)
    )


def write_all(cache: Path) -> list[dict[str, str]]:
    """Appends, newer versions, deletions, new generations, a new day and a pruned one; the
    answers after each."""
    found = [states(cache, DAYS)]
    for content in (
        rows("late", 60, 0),
        rows("base", 40, 1, meta=1),
        jsonl(deletion(f"base-{day}-{n}", WRITTEN + 2) for day in range(3) for n in range(9)),
        rows("many", 700, 1),
        rows("later", 60, 2),
        rows("new", 800, 3),
        rows("base", 600, 0, meta=3),
        rows("last", 80, 3),
    ):
        bring(cache, content)
        found.append(states(cache, DAYS))
    with CacheWriter(cache) as writer:
        pruning.prune(writer, DAYS[:1])
    return [*found, states(cache, DAYS)]


@pytest.mark.slow
def test_readers_see_a_day_as_it_was_before_or_after_a_write(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    bring(cache, *(rows("base", 1_000, day) for day in range(3)))
    with asking(cache, DAYS) as heard:
        known = write_all(cache)
    allowed = {question: {one[question] for one in known} for question in known[0]}
    for reader in heard:
        assert not reader.error, reader.error
        assert len(reader.answers) > 10 * len(allowed)
        for question, made, _ in reader.answers:
            assert made in allowed[question], question
        assert {question: made for question, made, _ in reader.answers} == known[-1]


def test_a_day_that_is_pruned_while_it_is_asked_is_left_out(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    bring(cache, *(rows("base", 20, day) for day in range(3)))
    opened = Cache.open(cache)
    answering = opened.requests.count(EVERYTHING)
    held = Cache.open(cache)
    assert last(held.requests.count(EVERYTHING)) == 60
    next(answering)
    with CacheWriter(cache) as writer:
        pruning.prune(writer, DAYS[:2])
    *_, whole = answering
    assert whole.value in {20, 40, 60}
    for one in (opened, held):
        assert last(one.requests.count(EVERYTHING)) == 20
        assert len(last(one.requests.page(EVERYTHING, limit=100)).rows) == 20
        one.close()
