"""Random sequences of all that can be done to a cache, beside a plain recount of what it holds."""

import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from dap import jsonl, write
from disk.needed import COMPILER
from disk.servant import How, Servant
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from oracle import memory
from oracle.memory import FILTERS, Memory
from oracle.recount import check_cache

from logsleuth.filter.parse import parse
from logsleuth.model import times
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import last
from logsleuth.store.cache import Cache

pytestmark = COMPILER

NAMES, COMMITS = 60, 9
ONE = st.tuples(st.integers(0, NAMES - 1), st.integers(1, COMMITS))
BASE = [(name, 5) for name in range(NAMES // 3)]
"""Enough in every day that a few rows are appended to it."""

COLUMNS = ("id", "user_id", "real_user_id", "remote_ip", "session_id", "developer_key_id",
           "http_status", "http_method", "course_id", "user_agent", "url")  # fmt: skip
TOPS = ("user_id", "remote_ip", "course_id", "session_id", "http_status", "user_agent")


def machine(servant: Servant) -> type[RuleBasedStateMachine]:
    """A machine whose commands a servant runs."""

    class CacheMachine(RuleBasedStateMachine):
        """One cache; each rule is one command, or one that is killed and given again."""

        def __init__(self) -> None:
            super().__init__()
            self.memory = Memory()
            self.folder = Path(tempfile.mkdtemp(dir=servant.root))
            self.cache = self.folder / "cache"
            self.files: list[Path] = []
            self.contents: set[bytes] = set()

        @initialize()
        def load(self) -> None:
            self.bring(BASE, [])

        @rule(rows=st.lists(ONE, min_size=1, max_size=2))
        def late_rows(self, rows: list[tuple[int, int]]) -> None:
            self.bring(rows, [])

        @rule(rows=st.lists(ONE, min_size=5, max_size=30), deletions=st.lists(ONE, max_size=3))
        def many(self, rows: list[tuple[int, int]], deletions: list[tuple[int, int]]) -> None:
            self.bring(rows, deletions)

        @rule(deletions=st.lists(ONE, min_size=1, max_size=6))
        def deletions(self, deletions: list[tuple[int, int]]) -> None:
            self.bring([], deletions)

        @rule(
            rows=st.lists(ONE, min_size=1, max_size=12),
            deletions=st.lists(ONE, max_size=3),
            at=st.integers(1, 600),
            how=st.sampled_from((How.KILL, How.KILL_TORN)),
        )
        def killed(
            self,
            rows: list[tuple[int, int]],
            deletions: list[tuple[int, int]],
            at: int,
            how: How,
        ) -> None:
            self.bring(rows, deletions, at, how)

        @precondition(lambda self: self.files)
        @rule(which=st.integers(0, 100))
        def again(self, which: int) -> None:
            self.command("import", "--kind", "web_logs", self.files[which % len(self.files)])

        @rule(day=st.integers(1, memory.DAYS), at=st.sampled_from((0, 3, 8, 20)))
        def prune(self, day: int, at: int) -> None:
            before = times.day_start(memory.FIRST) + day * times.DAY
            prune = ("prune", "--before", times.iso(before), "--yes")
            if at:
                self.command(*prune, at=at, how=How.KILL)
            self.command(*prune)
            self.memory.prune(before)

        def bring(
            self,
            rows: Collection[tuple[int, int]],
            deletions: Collection[tuple[int, int]],
            at: int = 0,
            how: How = How.WATCH,
        ) -> None:
            content = jsonl(memory.as_rows(rows, deletions))
            path = write(self.folder / "files" / f"{len(self.files)}.jsonl", content)
            bring = ("import", "--kind", "web_logs", path)
            if at:
                self.command(*bring, at=at, how=how)
            self.command(*bring)
            self.files.append(path)
            if content not in self.contents:
                self.contents.add(content)
                self.memory.bring(rows)
                self.memory.delete(deletions)

        def command(self, *args: str | Path, at: int = 0, how: How = How.WATCH) -> None:
            ran = servant.run("--cache", self.cache, *args, at=at, how=how)
            assert ran.code == (-9 if at and ran.changes >= at else 0), ran.said

        @invariant()
        def agrees(self) -> None:
            if self.cache.exists():
                check_cache(self.cache)
                agrees(self.cache, self.memory)

        def teardown(self) -> None:
            shutil.rmtree(self.folder)

    return CacheMachine


def agrees(cache: Path, remembered: Memory) -> None:
    """Pages, counts, tops, timelines, sessions and spans are those of the memory."""
    opened = Cache.open(cache)
    store, every = opened.requests, remembered.requests()
    for text, hit in FILTERS.items():
        tree, chosen = parse(text), [one for one in every if hit(one)]
        page = last(store.page(tree, limit=1_000))
        assert [shown(one) for one in page.rows] == [known(one) for one in chosen], text
        small = last(store.page(tree, limit=3))
        assert (small.rows, small.more) == (page.rows[:3], len(page.rows) > 3)
        assert last(store.count(tree)) == len(chosen), text
        for seconds in (3_600, 86_400, 60):
            found = last(store.timeline(tree, seconds=seconds))
            made = [(one.start, one.count, one.errors, one.writes) for one in found]
            assert made == memory.by_time(chosen, seconds), (text, seconds)
        for name in TOPS:
            rows = last(store.top(name, tree, limit=0))
            made = [(one.value, one.count, one.users, one.first, one.last) for one in rows]
            assert made == memory.top(chosen, name), (text, name)
        assert sorted(
            (one.session_id or "", one.developer_key_id, one.users, one.addresses, one.start,
             one.end, one.requests, one.matching, one.writes)
            for one in last(store.sessions(tree))
        ) == memory.sessions(every, hit), text  # fmt: skip
        assert sorted(
            (one.real_user_id, one.user_id, one.session_id or one.remote_ip, one.start, one.end,
             one.requests, one.matching, one.writes)
            for one in last(store.spans(tree))
        ) == memory.spans(every, hit), text  # fmt: skip
    opened.close()


def shown(one: WebLog) -> tuple[Any, ...]:
    """A request as the store shows it."""
    values = (getattr(one, name) for name in COLUMNS)
    return one.timestamp, *values, one.deleted_upstream, one.versions


def known(one: memory.Request) -> tuple[Any, ...]:
    """The same request as it is remembered."""
    deleted = None if one["deleted"] is None else memory.committed(one["deleted"])
    return one["at"], *(one[name] for name in COLUMNS), deleted, one["versions"]


@pytest.fixture(scope="module")
def servant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servant]:
    folder = tmp_path_factory.mktemp("machine")
    with Servant(folder / "disk", folder / "home") as made:
        yield made


def go(servant: Servant, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine(servant),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_steps(servant: Servant) -> None:
    go(servant, examples=3, steps=6)


@pytest.mark.slow
def test_many_steps(servant: Servant) -> None:
    go(servant, examples=20, steps=12)
