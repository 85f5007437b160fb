"""Top values found from the leading ones of each day are those of a plain count."""

from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

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
