"""Columns of time, what is put into them, and marks in them: without a screen."""

from datetime import UTC
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.filter import evaluate
from logsleuth.filter.parse import parse
from logsleuth.filter.show import show
from logsleuth.filter.tree import Span
from logsleuth.model import times
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import Bucket
from logsleuth.store.coverage import Hour
from logsleuth.tui.timeline import brush, marks
from logsleuth.tui.timeline.brush import Selection
from logsleuth.tui.timeline.grid import Grid, grid
from logsleuth.tui.timeline.picture import (
    Cover,
    Figures,
    Lane,
    arranged,
    covered,
    numbers,
    spread,
    total,
)
from logsleuth.tui.timeline.ruler import span_words

ZONES = [
    UTC,
    *map(
        ZoneInfo,
        (
            "America/Denver",
            "America/Sao_Paulo",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Africa/Monrovia",
        ),
    ),
]
MOMENTS = st.integers(times.FIRST, times.LAST) | st.integers(
    times.parse("2020-01-01T00:00:00Z"), times.parse("2030-01-01T00:00:00Z")
)
LENGTHS = st.integers(1, 10**9) | st.integers(1, 10**13) | st.integers(1, 3 * 10**17)


@st.composite
def grids(draw: st.DrawFn) -> tuple[Grid, int, int]:
    """A grid, and the time that it was made for."""
    since = draw(MOMENTS)
    until = min(since + draw(LENGTHS), times.LAST + 1)
    most = draw(st.integers(1, 200))
    return grid(since, until, most, draw(st.sampled_from(ZONES))), since, until


@given(grids())
def test_columns_cover_a_time_once_and_whole(made: tuple[Grid, int, int]) -> None:
    found, since, until = made
    assert all(before < after for before, after in pairwise(found.edges))
    assert found.edges[0] <= since < found.edges[1]
    assert found.edges[-2] < until <= found.edges[-1]
    assert found.place(since) == 0
    assert found.place(until - 1) == len(found) - 1
    for place, edge in enumerate(found.edges[:-1]):
        assert found.place(edge) == place
        assert found.place(found.edges[place + 1] - 1) == place


@given(grids())
def test_counts_per_second_of_a_grid_never_cross_an_edge(made: tuple[Grid, int, int]) -> None:
    found, *_ = made
    length = found.seconds * times.SECOND
    assert all(edge % length == 0 for edge in found.edges)
    assert times.DAY % length == 0


@given(MOMENTS, LENGTHS, st.integers(2, 200), st.sampled_from(ZONES))
def test_there_are_as_many_columns_as_there_is_room_for(
    since: int, length: int, most: int, zone: ZoneInfo
) -> None:
    found = grid(since, min(since + length, times.LAST + 1), most, zone)
    assert 1 <= len(found) <= most


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        ("2026-10-31T06:00:00Z", "2026-11-03T07:00:00Z", [24, 25, 24]),
        ("2026-03-07T07:00:00Z", "2026-03-10T06:00:00Z", [24, 23, 24]),
    ],
)
def test_a_day_is_that_of_the_zone_when_the_clock_changes(
    first: str, last: str, hours: list[int]
) -> None:
    found = grid(times.parse(first), times.parse(last), 3, ZoneInfo("America/Denver"))
    assert found.unit.label == "1 d"
    assert [(end - start) // times.HOUR for start, end in pairwise(found.edges)] == hours


def test_hours_are_even_when_the_clock_is_put_back() -> None:
    denver = ZoneInfo("America/Denver")
    found = grid(
        times.parse("2026-11-01T06:00:00Z"), times.parse("2026-11-01T12:00:00Z"), 6, denver
    )
    assert found.unit.label == "1 h"
    assert len(found) == 6
    words = span_words(*found.edges[1:3], denver, "Denver")
    assert words == "2026-11-01 01:00 -06:00 → 01:00 -07:00 Denver"


def test_a_zone_of_odd_seconds_is_not_used() -> None:
    found = grid(times.parse("1850-01-01T00:00:00Z"), times.parse("2026-01-01T00:00:00Z"), 60,
                 ZoneInfo("America/Denver"))  # fmt: skip
    assert found.zone is UTC


@given(grids(), st.data())
def test_columns_add_up_to_what_was_put_in(
    made: tuple[Grid, int, int], data: st.DataObject
) -> None:
    found, since, until = made
    moments = data.draw(st.lists(st.integers(since, until - 1), max_size=30))
    length = found.seconds * times.SECOND
    buckets = [Bucket(us // length * length, 3, 2, 1) for us in moments]
    put = spread(found, buckets)
    count = len(moments)
    assert total(put) == Figures(3 * count, 2 * count, count)
    counts = numbers(found, moments)
    assert [3 * n for n in counts] == [figures.requests for figures in put]
    for place in range(len(found)):
        here = found.span(place, place)
        assert counts[place] == sum((here.since or 0) <= us < (here.until or 0) for us in moments)


HOUR = times.HOUR


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["covered", "covered"], Cover("covered")),
        (["none", "none"], Cover("none", "never_fetched")),
        (["covered", "none"], Cover("partial", "never_fetched")),
        (["partial", "partial"], Cover("partial", "imported")),
        (["partial", "none"], Cover("partial", "imported, never_fetched")),
    ],
)
def test_a_column_is_covered_only_if_all_its_hours_are(states: list[str], expected: Cover) -> None:
    reasons = {"covered": None, "partial": "imported", "none": "never_fetched"}
    start = times.parse("2026-10-01T00:00:00Z")
    hours = [
        Hour(start + place * HOUR, state, reasons[state])  # type: ignore[arg-type]
        for place, state in enumerate(states)
    ]
    assert covered(grid(start, start + 2 * HOUR, 1, UTC), hours) == (expected,)
    assert [c.state for c in covered(grid(start, start + 2 * HOUR, 2, UTC), hours)] == states


COUNTS = st.lists(st.integers(0, 5), min_size=4, max_size=4)


@given(st.lists(COUNTS, max_size=6), COUNTS, COUNTS, st.integers(2, 7))
def test_lanes_add_up_to_the_whole(
    values: list[list[int]], absent: list[int], others: list[int], most: int
) -> None:
    def lane(label: str, counts: list[int]) -> Lane:
        return Lane(label, tuple(Figures(count, count // 2, count // 3) for count in counts))

    lanes = [lane(f"value {place}", counts) for place, counts in enumerate(values)]
    none, rest = lane("none", absent), lane("rest", others)
    whole = [sum(column, Figures()) for column in zip(*(
        one.figures for one in (*lanes, none, rest)
    ), strict=True)]  # fmt: skip
    found = arranged(whole, lanes, none, most)
    assert len(found) <= most
    if any(figures.requests for figures in whole):
        columns = zip(*(one.figures for one in found), strict=True)
        assert [total(column) for column in columns] == whole
    assert ("none" in [one.label for one in found]) == any(absent)


def test_lanes_that_hold_more_than_the_whole_are_refused() -> None:
    one = Lane("a", (Figures(2),))
    with pytest.raises(ValueError, match="more than the whole"):
        arranged([Figures(1)], [one], Lane("none", (Figures(),)), 4)


@given(st.integers(1, 10**9), st.data())
def test_a_bar_is_as_high_as_it_means(top: int, data: st.DataObject) -> None:
    less = data.draw(st.integers(1, top))
    for state, levels in (("covered", marks.SOLID), ("partial", marks.DOTTED)):
        cover = Cover(state)  # type: ignore[arg-type]
        low, high = (marks.bars([count], [cover], top)[0].text for count in (less, top))
        assert high == levels[-1]
        assert levels.index(low) == -(-less * len(levels) // top) - 1


def test_no_two_reasons_for_an_empty_column_look_alike() -> None:
    states = ("covered", "partial", "none")
    covers = [Cover(state) for state in states]  # type: ignore[arg-type]
    signs = [cell.text for cell in marks.bars([0, 0, 0], covers, 1, empty=True)]
    assert len({*signs, *marks.SOLID, *marks.DOTTED}) == 3 + len(marks.SOLID) + len(marks.DOTTED)
    unread = marks.bars([0, 0, 0], covers, 1, empty=True, known=False)
    assert [cell.text for cell in unread] == [" ", " ", marks.NOT_FETCHED]


BOUNDS = st.sampled_from(
    [
        "",
        "user_id:1",
        'timestamp >= "2026-10-01"',
        'timestamp < "2026-10-20"',
        'timestamp:"2026-10-03" and user_id:1',
        'user_id:1 and (timestamp > "2026-10-02T10:00:00Z" or write:true)',
        'not timestamp >= "2026-10-09"',
        'timestamp >= "2026-10-01" and timestamp <= "2026-10-12" and url:x',
    ]
)
START = times.parse("2026-10-01T00:00:00Z")
WITHIN = st.integers(START - times.DAY, START + 21 * times.DAY)


@given(BOUNDS, WITHIN, WITHIN, st.lists(WITHIN, max_size=10))
def test_a_filter_within_a_span_is_both_and_no_more(
    text: str, one: int, other: int, moments: list[int]
) -> None:
    since, until = min(one, other), max(one, other) + 1
    node = parse(text, zone=UTC)
    found = brush.narrowed(node, Span(since, until))
    assert parse(show(found), zone=UTC) == found
    for us in [*moments, since, until - 1, until, since - 1]:
        row = WebLog(id="r", timestamp=us, user_id=1, url="/x")
        wanted = since <= us < until and evaluate.matches(node, row)
        assert evaluate.matches(found, row) == wanted


@given(WITHIN, WITHIN, st.integers(0, 5 * times.DAY), st.integers(0, 5 * times.DAY))
def test_a_span_within_a_span_needs_no_other_bounds(
    one: int, other: int, before: int, after: int
) -> None:
    inner = Span(min(one, other), max(one, other) + 1)
    outer = Span((inner.since or 0) - before, (inner.until or 0) + after)
    node = parse("user_id:1", zone=UTC)
    assert brush.narrowed(brush.narrowed(node, outer), inner) == brush.narrowed(node, inner)
    assert brush.lifted(brush.narrowed(node, inner)) == node


@given(grids(), st.data())
def test_the_cursor_stays_within_the_columns(
    made: tuple[Grid, int, int], data: st.DataObject
) -> None:
    found, *_ = made
    selection = Selection(data.draw(MOMENTS), data.draw(st.none() | MOMENTS))
    for count in data.draw(st.lists(st.integers(-300, 300), max_size=5)):
        selection = selection.moved(found, count)
    first, last = selection.columns(found)
    assert 0 <= first <= last < len(found)
    assert selection.span(found) == Span(found.edges[first], found.edges[last + 1])
