"""The store and the evaluation in memory answer every filter alike."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logsleuth.filter.evaluate import matches
from logsleuth.filter.fields import FIELDS, Field, Kind
from logsleuth.filter.parse import parse
from logsleuth.filter.tree import All
from logsleuth.model import times
from logsleuth.model.delivered import Deletion, Delivered
from logsleuth.store.base import last
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite.opening import DayEntry
from logsleuth.store.sqlite.reader import SqliteStore
from logsleuth.store.sqlite.writer import DayWriter

DAY = "2026-10-01"
START = times.day_start(DAY)
TEST_STUDENT = 9
UUIDS = ("01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcde0", "Odd-1")
PIECES = (
    "/",
    "courses",
    "A",
    "a",
    "%",
    "_",
    "?",
    "[",
    "*",
    "é",
    "É",
    "\0",
    "\\",
    "12",
    "login",
    "",
)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "post", "FOO")
ADDRESSES = ("10.0.0.1", "::ffff:10.0.0.1", "10.1.2.3", "2001:DB8::1", "2001:db8::2", "odd")
NUMBERS = (0, 1, 9, 101, 200, 399, 400, 10**13, 7 * 10**13 + 1, -1)


def delivered(number: int, dice: random.Random) -> Delivered:
    """A row with every column null, odd or common."""

    def any_of(values: tuple[object, ...]) -> object:
        return dice.choice((None, *values))

    def text() -> str | None:
        if dice.random() < 0.2:
            return None
        return "".join(dice.choice(PIECES) for _ in range(4))

    values = {
        "id": UUIDS[number] if number < len(UUIDS) else f"row-{number}",
        "timestamp": START + dice.randrange(0, times.DAY, times.HOUR) + dice.choice((0, 1, 999)),
        "meta_ts": START,
        "source_id": 1,
        "url": text(),
        "user_agent": text(),
        "http_method": any_of(METHODS),
        "http_version": any_of(("1.1", "2.0")),
        "remote_ip": any_of(ADDRESSES),
        "web_application_controller": any_of(("courses", "Courses", "login/cas", "a_b")),
        "web_application_action": any_of(("show", "update", "Show", "")),
        "web_application_context_type": any_of(("Course", "User")),
        "session_id": any_of(UUIDS),
        "participated": any_of((True, False)),
    }
    for name in Delivered.__struct_fields__:
        if name not in values:
            values[name] = None if name == "extra" else any_of(NUMBERS)
    return Delivered(**values)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    path: Path = tmp_path_factory.mktemp("days") / f"{DAY}.1.db"
    connection = day_file.create(path)
    writer = DayWriter(connection, DAY, live=True)
    dice = random.Random(20261001)
    writer.add(delivered(number, dice) for number in range(400))
    list(writer.delete([Deletion(f"row-{number}", START + 5, 1) for number in range(50, 60)]))
    summary = writer.finish()
    connection.close()
    entry = DayEntry(DAY, path, summary.rows, summary.first, summary.last)
    opened = SqliteStore(lambda: ((entry,), frozenset({TEST_STUDENT})))
    yield opened
    opened.close()


def quoted(text: str) -> str:
    return '"' + "".join(f"\\u{ord(char):04x}" for char in text) + '"'


TEXTS = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
GLOBS = st.lists(TEXTS, min_size=2, max_size=3).map(
    lambda parts: "*".join("".join("\\" + char for char in part) for part in parts)
)


def values_of(field: Field) -> st.SearchStrategy[str]:
    """Literals that some row of the field may have."""
    match field.kind:
        case Kind.ID | Kind.NUMBER:
            return st.sampled_from(NUMBERS).map(str)
        case Kind.UUID:
            return st.sampled_from((*UUIDS, "0123*", "*F", "Odd*", "row-1*", "*"))
        case Kind.METHOD:
            return st.sampled_from((*METHODS, "p*", "*T", "foo"))
        case Kind.ADDRESS:
            known = [text for text in ADDRESSES if text != "odd"]
            return st.sampled_from((*known, "10.0.0.0/8", "2001:db8::/127", "::/0", "10.*", "o*"))
        case Kind.SEARCHED:
            return TEXTS.map(quoted) | GLOBS
        case Kind.TEXT if not field.values:
            return (
                st.sampled_from(("courses", "show", "1.1", "Course", '""', "a_b", "login*")) | GLOBS
            )
    return st.sampled_from(field.values)


def conditions(field: Field) -> st.SearchStrategy[str]:
    if field.kind is Kind.TIME:
        hours = st.integers(-1, 25).map(lambda hour: times.iso(START + hour * times.HOUR + 1))
        day = st.sampled_from((f"timestamp:{DAY}", "timestamp:2026-10-02", "timestamp:*"))
        signs = st.sampled_from(("<", "<=", ">", ">="))
        return day | st.builds(lambda sign, at: f"timestamp {sign} {at}", signs, hours)
    one = st.just("*") | values_of(field)
    equal = st.lists(one, min_size=1, max_size=3).map(
        lambda values: f"{field.name}:({' or '.join(values)})"
    )
    if not field.ranged:
        return equal
    signs = st.sampled_from(("<", "<=", ">", ">="))
    return equal | st.builds(
        lambda sign, value: f"{field.name}{sign}{value}", signs, values_of(field)
    )


FILTERS = st.recursive(
    st.one_of(TEXTS.map(quoted), *(conditions(field) for field in FIELDS if "request" in field.of)),
    lambda inner: (
        st.builds("({} and {})".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("not {}".format, inner)
    ),
    max_leaves=5,
)


@given(text=FILTERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_same_rows_and_count(store: SqliteStore, text: str) -> None:
    tree = parse(text)
    every = last(store.page(All(), limit=1000)).rows
    expected = [row.id for row in every if matches(tree, row)]
    assert [row.id for row in last(store.page(tree, limit=1000)).rows] == expected
    assert last(store.count(tree)) == len(expected)
