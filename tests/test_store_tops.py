"""Top values found from the leading ones of each day are those of a plain count."""

from collections import Counter
from collections.abc import Iterator

import pytest
from dap import NOON, bring, jsonl, row
from hypothesis import example, given
from hypothesis import strategies as st

from logsleuth.filter.parse import parse
from logsleuth.model import times
from logsleuth.store.base import Store, last
from logsleuth.store.cache import Cache
from logsleuth.store.sqlite.grouping import Leading
from logsleuth.store.sqlite.tops import foremost

DAYS = st.lists(st.dictionaries(st.integers(0, 12), st.integers(1, 9)), min_size=1, max_size=4)


@given(days=DAYS, most=st.integers(1, 6), limit=st.integers(1, 4), slack=st.integers(0, 3))
@example(days=[{1: 9, 2: 5, 3: 5}, {3: 5, 2: 5}], most=1, limit=1, slack=0)
@example(days=[{1: 9, 2: 1}, {1: 9, 3: 1}], most=1, limit=1, slack=0)
@example(days=[{1: 3, 2: 2}], most=6, limit=1, slack=3)
def test_no_value_that_may_be_on_top_is_left_out(
    days: list[dict[int, int]], most: int, limit: int, slack: int
) -> None:
    told = []
    for day in days:
        at_most = {value: count + value % (slack + 1) for value, count in day.items()}
        at_least = {value: max(count - count % (slack + 1), 0) for value, count in day.items()}
        ranked = sorted(at_most.items(), key=lambda one: -one[1])
        others = ranked[most - 1][1] if len(ranked) >= most else 0
        told.append(Leading(dict(ranked[:most]), others, at_least if slack else None))
        assert all(told[-1].allows(value, count) for value, count in day.items())
    found = foremost(told, limit)
    counts: Counter[int] = Counter()
    for day in days:
        counts.update(day)
    least = min((count for _, count in counts.most_common(limit)), default=0)
    if found is not None:
        assert set(found) >= {value for value, count in counts.items() if count >= least}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two days of ten hours, in which a few of very many addresses have most requests."""
    folder = tmp_path_factory.mktemp("tops") / "cache"
    many = 2_500
    bring(
        folder,
        *(
            jsonl(
                row(
                    f"{day}-{n}",
                    NOON + day * times.DAY + (n * 7919 % many) * 14 * times.SECOND,
                    remote_ip=f"10.0.{(place := (n * n + day) // 8_000) // 200}.{place % 200}",
                    user_id=100 + n % 33,
                    http_status=404 if n % 3 else 200,
                    http_method="POST" if n % 5 == 0 else "GET",
                )
                for n in range(many)
            )
            for day in (0, 1)
        ),
    )
    cache = Cache.open(folder)
    yield cache.requests
    cache.close()


@pytest.mark.parametrize(
    "besides", ["", "http_status >= 400", "write:true", "user_id:(101 or 107)"]
)
@pytest.mark.parametrize("name", ["remote_ip", "user_id", "actor", "http_method"])
@pytest.mark.parametrize(
    "span",
    [
        "",
        'timestamp >= "2026-10-01T13:20:00Z" timestamp < "2026-10-02T17:45:00Z"',
        'timestamp >= "2026-10-01T12:10:00Z" timestamp < "2026-10-01T12:40:00Z"',
    ],
)
def test_a_few_values_on_top_are_the_first_of_all(
    store: Store, name: str, span: str, besides: str
) -> None:
    where = parse(f"{span} {besides}")
    assert last(store.top(name, where, limit=7)) == last(store.top(name, where, limit=0))[:7]
