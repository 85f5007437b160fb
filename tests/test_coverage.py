"""Coverage of hours, from what jobs fetched and what was stated, against a plain recount."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from logsleuth.model import times
from logsleuth.store.coverage import LATE, Coverage, Statement, Window

START = times.day_start("2026-10-01")
HOURS = 60


def at(hour: float) -> int:
    return START + int(hour * times.HOUR)


def window(
    since: float,
    until: float,
    state: str = "finished",
    ended: int = 1,
    *,
    asked: int = 1,
    bounded: bool = False,
) -> Window:
    return Window(at(since), at(until), state, ended, asked, bounded)  # type: ignore[arg-type]


def said(since: float, until: float, state: str, reason: str | None, when: int = 1) -> Statement:
    return Statement(at(since), at(until), state, reason, when)  # type: ignore[arg-type]


def hour(
    number: int,
    *,
    rows: int = 1,
    windows: Sequence[Window] = (),
    statements: Sequence[Statement] = (),
) -> tuple[str, str | None]:
    found = Coverage(lambda _: rows, statements, windows).hour(at(number))
    return found.state, found.reason


@given(
    st.lists(
        st.tuples(st.integers(0, 4 * HOURS), st.integers(1, 4 * HOURS)).map(
            lambda pair: window(pair[0] / 4, (pair[0] + pair[1]) / 4)
        ),
        max_size=6,
    )
)
def test_an_hour_is_covered_when_every_moment_of_it_and_of_ten_hours_after_was_fetched(
    windows: list[Window],
) -> None:
    coverage = Coverage(lambda _: 1, [], windows)
    quarters = {
        quarter for one in windows for quarter in range(one.since, one.until, times.HOUR // 4)
    }
    for number in range(2 * HOURS):
        start = at(number)
        needed = range(start, start + times.HOUR + LATE, times.HOUR // 4)
        assert (coverage.hour(start).state == "covered") == quarters.issuperset(needed)


def test_reasons() -> None:
    assert hour(5, rows=0) == ("none", "never_fetched")
    assert hour(5) == ("partial", "imported")
    assert hour(5, windows=[window(0, 9)]) == ("partial", "recent")
    assert hour(5, windows=[window(0, 9)], rows=0) == ("partial", "recent")
    assert hour(5, windows=[window(0, 9, "unfinished")]) == ("partial", "unfinished")
    assert hour(5, windows=[window(0, 9, "rejected")]) == ("partial", "rejected")
    assert hour(5, windows=[window(0, 9, "failed")], rows=0) == ("none", "failed")
    assert hour(5, windows=[window(0, 40)], rows=0) == ("covered", None)


def test_a_job_with_rejected_lines_breaks_the_chain() -> None:
    windows = [window(0, 8), window(8, 16, "rejected"), window(16, 40)]
    assert hour(5, windows=windows) == ("partial", "recent")
    assert hour(10, windows=windows) == ("partial", "rejected")
    assert hour(17, windows=windows) == ("covered", None)


def test_an_hour_in_which_all_lines_were_rejected_was_fetched_all_the_same() -> None:
    assert hour(5, rows=0, windows=[window(0, 9, "rejected")]) == ("partial", "rejected")


def test_a_job_with_an_end_counts_once_a_later_one_without_went_on_from_it() -> None:
    """What changed after its end, it leaves out."""
    ended = window(0, 24, ended=20, asked=10, bounded=True)
    assert hour(5, windows=[ended]) == ("partial", "recent")
    assert hour(5, windows=[ended], rows=0) == ("partial", "recent")
    later = window(24, 40, ended=40, asked=30)
    assert hour(5, windows=[ended, later]) == ("covered", None)
    earlier = window(24, 40, ended=9, asked=8)
    assert hour(5, windows=[ended, earlier]) == ("partial", "recent")
    assert hour(26, windows=[ended, earlier]) == ("covered", None)
    apart = window(25, 40, ended=40, asked=30)
    assert hour(5, windows=[ended, apart]) == ("partial", "recent")


def test_what_dap_does_not_offer_any_more_takes_no_statement_back() -> None:
    complete, gone = said(4, 6, "covered", None), said(0, 20, "none", "out_of_range", 2)
    assert hour(5, statements=[complete, gone]) == ("covered", None)
    assert hour(7, statements=[complete, gone], rows=0) == ("none", "out_of_range")


def test_statements_of_the_importer() -> None:
    complete = said(4, 6, "covered", "stated at import")
    assert hour(5, statements=[complete]) == ("covered", None)
    assert hour(6, statements=[complete]) == ("partial", "imported")
    gone = said(4, 6, "none", "out_of_range")
    assert hour(5, rows=0, statements=[gone]) == ("none", "out_of_range")
    assert hour(5, rows=0, statements=[gone], windows=[window(0, 40)]) == ("covered", None)


def test_what_was_pruned_is_not_covered_by_what_was_fetched_before() -> None:
    pruned = said(0, 24, "none", "pruned", when=10)
    before, after = window(0, 40, ended=5), window(0, 40, ended=15)
    assert hour(5, rows=0, statements=[pruned], windows=[before]) == ("none", "pruned")
    assert hour(5, statements=[pruned], windows=[before, after]) == ("covered", None)
