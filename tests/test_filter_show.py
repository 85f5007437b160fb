"""Trees written as text: the same tree comes back, in any zone."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.filter.fields import FIELDS, Field, Kind, field
from logsleuth.filter.parse import parse
from logsleuth.filter.show import show
from logsleuth.filter.tree import (
    All,
    And,
    Contains,
    Equals,
    Glob,
    Match,
    Node,
    Not,
    Or,
    Phrase,
    Present,
    Range,
    Within,
)
from logsleuth.model import addresses, ids, times


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("user:101 curl", "user_id:101 and curl"),
        ("(a or b) and not (c d)", "(a or b) and not (c and d)"),
        ("a or (b and c) or not d", "a or b and c or not d"),
        ("((a or b) or c)", "a or b or c"),
        ("method:(post or Put or d*)", "http_method:(POST or PUT or D*)"),
        ("method:post or method:put", "http_method:(POST or PUT)"),
        ("method:post or user:1", "http_method:POST or user_id:1"),
        ("write:TRUE automatic:UNKNOWN", "write:true and automatic:unknown"),
        ("ip:2001:DB8:0::0:1", "remote_ip:2001:db8::1"),
        ("ip:::ffff:10.1.2.3/104", "remote_ip:10.0.0.0/8"),
        ("ip:::/0", "remote_ip:::/0"),
        ('url:"include[]=email"', 'url:"include[]=email"'),
        ("url:/courses/12", "url:/courses/12"),
        (r"url:/a\ b/*", r"url:/a\ b/*"),
        ('"or"', '"or"'),
        ('"a:b"', '"a:b"'),
        ('"\\u202e\\u0000"', r'"\u202e\u0000"'),
        ("not *", "not *"),
        ("* and a", "* and a"),
        (
            "timestamp:2026-10-01",
            'timestamp >= "2026-10-01T06:00:00.000Z" and timestamp < "2026-10-02T06:00:00.000Z"',
        ),
        ("timestamp < 0999-12-31", 'timestamp < "0999-12-31T06:59:56.000Z"'),
        (
            "timestamp >= 2026-10-01T08:00:00.123456",
            'timestamp >= "2026-10-01T14:00:00.123456Z"',
        ),
    ],
)
def test_shows(typed: str, shown: str) -> None:
    assert show(parse(typed, zone=ZoneInfo("America/Denver"))) == shown


def test_an_instant_is_shown_as_a_range_that_finds_the_same() -> None:
    instant = times.parse("2026-10-01T08:00:00Z")
    time = field("timestamp")
    assert parse(show(Not(Match(time, Equals(instant))))) == Not(
        And((Match(time, Range(">=", instant)), Match(time, Range("<=", instant))))
    )


def test_nothing_is_never_shown_as_everything() -> None:
    assert parse(show(Or(()))) == Not(All())


@pytest.mark.parametrize(
    "node",
    [
        Match(field("url"), Equals("/whole")),
        Match(field("remote_ip"), Equals("odd")),
        Match(field("url"), Glob(("/whole",))),
    ],
)
def test_what_no_text_says_is_an_error(node: Node) -> None:
    with pytest.raises(ValueError, match="no filter says"):
        show(node)


TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        *("and", "OR", "not", "*", "a*b", "a:b", "\\", '"', "(", ")", "=", "status=4", " ", "\n"),
        *("\0", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ufeff", "\xa0", "\\*", '\\"', "\\u0000"),
        *(
            "'",
            "%",
            "_",
            "?",
            "[",
            ";--",
            "⟨masked 1⟩",
            "\U0010ffff",
            "<",
            ">=",
            ":",
            "-1",
            "now-1h",
        ),
    ]
)
NUMBERS = st.integers(ids.INT64_MIN, ids.INT64_MAX)
INSTANTS = st.integers(times.parse("0001-01-02T00:00Z"), times.parse("9999-12-31T00:00Z"))
OPERATORS = st.sampled_from(["<", "<=", ">", ">="])


def _glob(parts: list[str]) -> Glob | Present:
    *middle, end = parts
    kept = (middle[0], *(part for part in middle[1:] if part), end)
    return Present() if kept == ("", "") else Glob(kept)


GLOBS = st.lists(TEXT, min_size=2, max_size=4).map(_glob)
ADDRESSES = (st.ip_addresses(v=4) | st.ip_addresses(v=6)).map(str)


def _equal_address(text: str) -> Equals:
    packed = addresses.pack(text)
    assert packed is not None
    return Equals(packed)


@st.composite
def within(draw: st.DrawFn) -> Within:
    address = draw(st.ip_addresses(v=4) | st.ip_addresses(v=6))
    bits = draw(st.integers(0, address.max_prefixlen))
    found = addresses.network(f"{address}/{bits}")
    assert found is not None
    prefix = (
        bits if found[0][:12] != b"\0" * 10 + b"\xff\xff" or address.version == 4 else bits - 96
    )
    return Within(*found, f"{addresses.unpack(found[0])}/{prefix}")


def matches_on(known: Field) -> st.SearchStrategy[Node]:
    present = st.just(Present())
    match known.kind:
        case Kind.ID | Kind.NUMBER:
            tests = st.builds(Equals, NUMBERS) | st.builds(Range, OPERATORS, NUMBERS) | present
        case Kind.TIME:
            tests = st.builds(Range, OPERATORS, INSTANTS) | present
        case Kind.SEARCHED:
            tests = st.builds(Contains, TEXT) | GLOBS | present
        case Kind.ADDRESS:
            tests = ADDRESSES.map(_equal_address) | within() | present
        case Kind.FLAG:
            tests = st.builds(Equals, st.booleans()) | present
        case Kind.TRISTATE:
            tests = st.builds(Equals, st.booleans() | st.just("unknown")) | present
        case Kind.METHOD:
            tests = st.builds(Equals, TEXT.map(str.upper)) | present
        case Kind.UUID:
            tests = st.builds(Equals, st.uuids().map(str)) | present
        case Kind.TEXT if known.values:
            tests = st.builds(Equals, st.sampled_from(known.values)) | GLOBS | present
        case _:
            tests = st.builds(Equals, TEXT) | GLOBS | present
    return st.builds(Match, st.just(known), tests)


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """As the parser has it: none within its like."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else [part])
    return kind(tuple(flat))


LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(All), st.builds(Phrase, TEXT), *(matches_on(known) for known in FIELDS)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(_joined, st.sampled_from([And, Or]), st.lists(inner, min_size=2, max_size=4))
    ),
    max_leaves=8,
)


@given(TREES)
def test_what_is_shown_reads_back_as_the_same_tree(tree: Node) -> None:
    assert parse(show(tree), zone=ZoneInfo("Asia/Kolkata"), of="event") == tree
