"""Readers in processes of their own, and one that is half way through an answer."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from dap import EVERYTHING, bring
from readers import DAYS, asking, base, rows, states, writes

from logsleuth.filter.parse import parse
from logsleuth.store import pruning
from logsleuth.store.base import Cancel, StoreError, last
from logsleuth.store.cache import Cache
from logsleuth.store.writing import CacheWriter


def write_all(cache: Path, size: int) -> list[dict[str, str]]:
    """Do all that can be done to days; the answers before, between and after."""
    found = [states(cache, DAYS)]
    for content in writes(size):
        bring(cache, content)
        found.append(states(cache, DAYS))
    with CacheWriter(cache) as writer:
        pruning.prune(writer, DAYS[:1])
    return [*found, states(cache, DAYS)]


@pytest.mark.slow
def test_readers_see_a_day_as_it_was_before_or_after_a_write(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    bring(cache, *base(500))
    with asking(cache, DAYS) as heard:
        known = write_all(cache, 500)
    allowed = {question: {one[question] for one in known} for question in known[0]}
    for reader in heard:
        assert not reader.error, reader.error
        assert len(reader.answers) > 5 * len(allowed)
        for question, made, _ in reader.answers:
            assert made in allowed[question], question
        assert {question: made for question, made, _ in reader.answers} == known[-1]


def test_days_that_are_pruned_while_they_are_asked_are_not_called_missing(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    bring(cache, *base(20))
    lazy, held = Cache.open(cache), Cache.open(cache)
    assert last(held.requests.count(EVERYTHING)) == 60
    answering = lazy.requests.page(EVERYTHING, limit=100)
    next(answering)
    with CacheWriter(cache) as writer:
        pruning.prune(writer, DAYS[:2])
    try:
        assert len(last(answering).rows) in {20, 40, 60}
    except StoreError as told:
        if "were dropped while they were asked for; ask again" not in str(told):
            raise
    for one in (lazy, held):
        assert last(one.requests.count(EVERYTHING)) == 20
        assert len(last(one.requests.page(EVERYTHING, limit=100)).rows) == 20
        one.close()


class Interlude(Cancel):
    """Lets something happen just before the day is asked whose number it counts down to."""

    def __init__(self, days: int, happens: Callable[[], object]) -> None:
        super().__init__()
        self.days, self._happens = days, happens

    def check(self) -> None:
        self.days -= 1
        if self.days == 0:
            self._happens()
        super().check()


@pytest.mark.parametrize(
    ("name", "text", "limit", "step"),
    [
        ("user_id", "http_status >= 400", 5, 1),
        ("remote_ip", 'timestamp >= "2026-10-01T11:30:00Z"', 5, 1),
        ("remote_ip", "", 0, 4),
    ],
)
def test_top_values_are_those_before_or_after_an_import_meanwhile(
    tmp_path: Path, name: str, text: str, limit: int, step: int
) -> None:
    folder, where = tmp_path / "cache", parse(text)
    bring(folder, *base(40))
    cache = Cache.open(folder)

    def top(cancel: Cancel | None = None) -> list[tuple[object, ...]]:
        found = last(cache.requests.top(name, where, limit=limit, cancel=cancel))
        return [(one.value, one.count, one.users, one.first, one.last) for one in found]

    days, before = 1, top()
    while True:
        more = rows(f"more-{days}", 3, days % 3)
        interlude = Interlude(days, partial(bring, folder, more))
        meanwhile, after = top(interlude), top()
        if interlude.days > 0:
            break
        assert before != after
        assert meanwhile in (before, after)
        days, before = days + step, after
    assert days > 4
    cache.close()
