"""The parts of the app that know no terminal: cells, windows, columns, steps, words."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from logsleuth.filter.parse import parse
from logsleuth.model import times
from logsleuth.model.text import Shown
from logsleuth.model.weblog import WebLog
from logsleuth.store.catalogue import Hour
from logsleuth.trace import matching
from logsleuth.tui import actions, filters, things, wording
from logsleuth.tui.cells import Cell, Role, clip, line, line_text, line_width, shortened, wrapped
from logsleuth.tui.columns import GAP, Column, fitted
from logsleuth.tui.history import History, Step
from logsleuth.tui.things import SCOPES, Centre
from logsleuth.tui.window import MOST, Slice, Window
from logsleuth.tui.wording import Zones

DENVER = ZoneInfo("America/Denver")
AT = times.parse("2026-10-12T22:35:40.25Z")
ODD = st.text(st.characters(codec=None), max_size=60)


# Cells


@given(ODD)
def test_a_cell_holds_nothing_that_moves_a_cursor(text: str) -> None:
    cell = Cell(text)
    assert isinstance(cell.text, Shown)
    assert cell.text.isprintable() or all(ord(char) > 0x9F for char in cell.text)
    assert Cell(cell.text).text == cell.text


@given(ODD, st.integers(0, 40), st.booleans())
def test_a_fitted_cell_is_exactly_as_wide(text: str, width: int, right: bool) -> None:
    assert Cell(text).fitted(width, right=right).width == width


@given(ODD, st.integers(0, 40))
def test_a_clipped_text_says_that_something_was_cut(text: str, width: int) -> None:
    whole = Cell(text).text
    cut = clip(whole, width)
    assert cell_len(cut) <= width
    assert cut == whole or not width or cut.endswith("…")


@given(ODD, st.integers(2, 30))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    parts = wrapped(text, width)
    assert "".join(part.text for part in parts) == Cell(text).text
    assert all(part.width <= width for part in parts)


@given(st.lists(ODD, max_size=5), st.integers(0, 50))
def test_a_shortened_line_fits(texts: list[str], width: int) -> None:
    cells = [Cell(text) for text in texts]
    cut = shortened(cells, width)
    assert line_width(cut) <= width
    if line_width(cells) <= width:
        assert line_text(cut) == line_text(cells)


def test_a_line_takes_strings_as_plain_cells() -> None:
    assert line("a\x1b", Cell("b", Role.WARN)) == (Cell("a␛"), Cell("b", Role.WARN))


# Windows


def test_a_window_grows_at_both_ends_and_forgets_what_is_far() -> None:
    window: Window[int] = Window(tuple(range(1000, 2000)), above=True, below=True)
    longer, moved = window.with_below(Slice(tuple(range(2000, 2300)), more=True))
    assert (longer.rows[0], longer.rows[-1], moved) == (1100, 2299, 100)
    assert longer.above
    assert longer.below
    longer, moved = window.with_above(Slice(tuple(range(700, 1000)), more=False))
    assert (longer.rows[0], longer.rows[-1], moved) == (700, 1899, 300)
    assert not longer.above
    assert longer.below
    assert len(longer.rows) == MOST


def test_a_window_knows_its_end() -> None:
    window, _ = Window((1, 2), below=True).with_below(Slice((3,), more=False))
    assert window == Window((1, 2, 3), above=False, below=False)
    assert window.find("3", str) == 2
    assert window.find("4", str) is None


# Columns


def _column(name: str, least: int, most: int, rank: int) -> Column[str]:
    return Column(name, name, least, most, rank, Cell)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 60), st.integers(0, 5)), max_size=8),
    st.integers(0, 200),
)
def test_columns_fit_whenever_they_can(specs: list[tuple[int, int, int]], width: int) -> None:
    columns = [
        _column(str(at), least, least + grow, rank) for at, (least, grow, rank) in enumerate(specs)
    ]
    placed = fitted(columns, width)
    used = sum(p.width for p in placed) + GAP * max(0, len(placed) - 1)
    kept = [p.column for p in placed]
    assert kept == [column for column in columns if column in kept]
    assert all(column in kept for column in columns if column.rank == 0)
    assert used <= width or all(p.column.rank == 0 for p in placed)
    assert all(p.column.least <= p.width <= p.column.most for p in placed)
    # Room is left over only where nobody can use it.
    assert used >= width or all(p.width == p.column.most for p in placed)


def test_extra_columns_come_only_where_the_others_read_well() -> None:
    columns = [Column("url", "url", 10, 100, 0, Cell, good=40), _column("extra", 10, 10, 9)]
    assert [p.width for p in fitted(columns, 45)] == [45]
    assert [p.width for p in fitted(columns, 51)] == [40, 10]


def test_a_cell_says_less_where_there_is_little_room() -> None:
    column = Column("who", "who", 5, 20, 0, Cell, short=lambda row: Cell("short"))
    assert column.fitted_cell("a long name", 20).text.rstrip() == "a long name"
    assert column.fitted_cell("a long name", 6).text == "short "


# Actions and steps


def test_no_key_does_two_things_on_one_kind_of_page() -> None:
    for context in ("any", "rows", "requests", "changes", "changes pane", "drilled"):
        keys = [
            key
            for action in actions.ACTIONS
            if action.where in {"any", context}
            for key in action.keys
        ]
        assert len(keys) == len(set(keys)), context


def test_keys_are_those_that_terminals_and_tmux_let_through() -> None:
    taken = {"ctrl+b", "ctrl+a", "ctrl+s", "ctrl+q", "ctrl+j", "ctrl+o"}
    used = {key: action.id for action in actions.ACTIONS for key in action.keys}
    assert not used.keys() & taken
    assert used["ctrl+z"] == "suspend"


def test_steps_are_undone_one_by_one_the_last_one_first() -> None:
    done: list[str] = []
    history = History()
    for name in ("filter", "page", "exclusion"):
        history.add(Step(name, lambda name=name: done.append(name)))  # type: ignore[misc]
    while history.back():
        pass
    assert done == ["exclusion", "page", "filter"]
    assert history.back() is None


# Filters


@given(ODD)
def test_what_stands_in_the_filter_line_is_safe(text: str) -> None:
    assert Cell(filters.typeable(text)).text == filters.typeable(text)


def test_a_hostile_agent_survives_the_filter_line() -> None:
    agent = 'x \x1b]0;owned\x07 \u202e [@click=app.quit]y[/] "quoted"'
    request = WebLog(id="1", timestamp=0, user_agent=agent)
    from logsleuth.filter import evaluate
    from logsleuth.filter.fields import field
    from logsleuth.filter.tree import Contains, Match

    text = filters.typeable(filters.of_node(Match(field("user_agent"), Contains(agent))).text)
    assert text.isprintable()
    assert evaluate.matches(parse(text), request)


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("course_id:1 and event_type:claimed", False),
        ("timestamp >= now-1d", False),
        ("remote_ip:10.0.0.1", True),
        ("not (user_id:1 or curl)", True),
        ("verdict:strong", True),
    ],
)
def test_a_filter_that_asks_about_causes_is_known(text: str, deep: bool) -> None:
    read = filters.read(text, UTC)
    assert matching.needs_trace(read.node) is deep
    early = matching.without_trace(filters.read(f"course_id:5 and ({text})", UTC).node)
    assert not matching.needs_trace(early)


# Things


def test_around_steps_through_the_scopes_that_there_are() -> None:
    whole = Centre(AT, 101, "9f3a", "192.0.2.1")
    assert whole.scopes() == SCOPES
    assert Centre(AT, None, None, "192.0.2.1").scopes() == ("address", "all")


def test_a_token_call_has_no_session_and_says_so() -> None:
    from unittest.mock import Mock

    from logsleuth.tui.names import Names

    call = WebLog(
        id="1", timestamp=AT, user_id=404, developer_key_id=7, remote_ip="192.0.2.1",
        session_id="00000000-0000-0000-0000-000000000001", user_agent="curl",
    )  # fmt: skip
    thing = things.session(call, Names(Mock()))
    assert "no session" in thing.crumb
    assert "session_id" not in {field.name for field in filters.fields_of(thing.where)}


# Words


def test_both_times_are_told() -> None:
    assert (
        wording.both_times(AT, Zones(DENVER, DENVER))
        == "2026-10-12 16:35:40.250 -06:00 (22:35:40.250 UTC)"
    )
    assert (
        wording.both_times(AT, Zones(UTC, DENVER), fraction=False)
        == "2026-10-12 22:35:40 UTC (16:35:40 -06:00)"
    )
    assert wording.both_times(AT, Zones()) == "2026-10-12 22:35:40.250 UTC"
    night = times.parse("2026-10-13T03:00:00Z")
    assert wording.both_times(night, Zones(DENVER, DENVER), fraction=False).endswith(
        "(2026-10-13 03:00:00 UTC)"
    )


def test_gaps_are_runs_of_hours_that_were_not_fetched() -> None:
    start = times.parse("2026-10-17T00:00:00Z")
    states = ["covered", "none", "none", "partial", "none"]
    hours = [
        Hour(start + at * times.HOUR, state, None)  # type: ignore[arg-type]
        for at, state in enumerate(states)
    ]
    assert wording.gaps(hours, UTC) == ["10-17 01–03", "10-17 04–05"]


def test_who_acts_as_whom_is_told_even_where_there_is_little_room() -> None:
    from unittest.mock import Mock

    from logsleuth.tui.names import Names

    names = Names(Mock())
    acting = WebLog(id="1", timestamp=AT, user_id=202, real_user_id=101)
    viewing = WebLog(id="1", timestamp=AT, user_id=9, real_user_id=101, student_view=True)
    assert wording.who(acting, names) == "101 as 202"
    assert wording.who_short(acting, names) == "101 as 202"
    assert wording.who(viewing, names) == "101 in Student View"
    assert wording.who(WebLog(id="1", timestamp=AT), names) == "(no account)"


def test_an_automatic_request_is_called_one() -> None:
    poll = WebLog(id="1", timestamp=AT, automatic=True)
    page = WebLog(id="1", timestamp=AT, automatic=False, http_method="GET")
    assert wording.automatic(poll) == "sent automatically by page or app"
    assert "not proof" in wording.automatic(page)
    assert wording.automatic(WebLog(id="1", timestamp=AT)) == "not classified"
