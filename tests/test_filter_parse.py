"""Filters as text: what is read, and what is refused, where and why."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logsleuth.filter.fields import FIELDS, field
from logsleuth.filter.parse import LONGEST, FilterError, parse, point_at
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
    Test,
    Within,
)
from logsleuth.model import addresses, clock, times

NOW = times.parse("2026-10-05T12:00:00Z")
DENVER = ZoneInfo("America/Denver")


def on(name: str, test: Test) -> Match:
    return Match(field(name), test)


def packed(text: str) -> bytes:
    found = addresses.pack(text)
    assert found is not None
    return found


def at(text: str) -> int:
    return times.parse(text)


def error_of(text: str, of: str = "request") -> FilterError:
    with pytest.raises(FilterError) as caught:
        parse(text, now=NOW, of=of)
    return caught.value


def within(text: str) -> Within:
    found = addresses.network(text)
    assert found is not None
    return Within(*found, text)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", All()),
        ("  \n ", All()),
        ("*", All()),
        ("user_id:101", on("user_id", Equals(101))),
        ("user_id : 101", on("user_id", Equals(101))),
        ('user_id:"101"', on("user_id", Equals(101))),
        ("user:-5", on("user_id", Equals(-5))),
        ("real_user:7~123", on("real_user_id", Equals(70_000_000_000_123))),
        ("key:9223372036854775807", on("developer_key_id", Equals(2**63 - 1))),
        ("http_status>=400", on("http_status", Range(">=", 400))),
        ("status < 300", on("http_status", Range("<", 300))),
        ("status > 499", on("http_status", Range(">", 499))),
        ("status <= 399", on("http_status", Range("<=", 399))),
        ("user_id >= 7~0", on("user_id", Range(">=", 70_000_000_000_000))),
        ("http_method:post", on("http_method", Equals("POST"))),
        ("method:p*", on("http_method", Glob(("P", "")))),
        (
            "http_method:(POST or Put OR delete)",
            Or(tuple(on("http_method", Equals(m)) for m in ("POST", "PUT", "DELETE"))),
        ),
        ("http_method:(POST)", on("http_method", Equals("POST"))),
        ("real_user_id:*", on("real_user_id", Present())),
        ("not real_user_id:*", Not(on("real_user_id", Present()))),
        ("url:**", on("url", Present())),
        ('url:"include[]=email"', on("url", Contains("include[]=email"))),
        ("user_agent:curl", on("user_agent", Contains("curl"))),
        ('url:""', on("url", Contains(""))),
        ("url:/api/v1/*", on("url", Glob(("/api/v1/", "")))),
        ("url:*a**b", on("url", Glob(("", "a", "b")))),
        ('url:"/a*"', on("url", Contains("/a*"))),
        (r"url:/a\*b", on("url", Contains("/a*b"))),
        (r"url:a\ b\)\\", on("url", Contains("a b)\\"))),
        ("url:/a%b_c?d[e", on("url", Contains("/a%b_c?d[e"))),
        ("url:a(b", on("url", Contains("a(b"))),
        ("controller:login*", on("web_application_controller", Glob(("login", "")))),
        ("action:Show", on("web_application_action", Equals("Show"))),
        ("http_version:1.1", on("http_version", Equals("1.1"))),
        ("ip:192.0.2.7", on("remote_ip", Equals(packed("192.0.2.7")))),
        ("ip:::ffff:192.0.2.7", on("remote_ip", Equals(packed("192.0.2.7")))),
        ("ip:2001:DB8::1", on("remote_ip", Equals(packed("2001:db8:0::0:1")))),
        ('remote_ip:"10.0.0.0/8"', on("remote_ip", within("10.0.0.0/8"))),
        ("ip:10.1.2.3/8", on("remote_ip", within("10.0.0.0/8"))),
        ("ip:::ffff:10.0.0.0/104", on("remote_ip", within("10.0.0.0/8"))),
        ('remote_ip:"2001:db8::/32"', on("remote_ip", within("2001:db8::/32"))),
        ("ip:10.1.*", on("remote_ip", Glob(("10.1.", "")))),
        (
            "ip:(10.0.0.0/8 or 192.0.2.7 or 10.*)",
            Or(
                (
                    on("remote_ip", within("10.0.0.0/8")),
                    on("remote_ip", Equals(packed("192.0.2.7"))),
                    on("remote_ip", Glob(("10.", ""))),
                )
            ),
        ),
        (
            "session:0123456789ABCDEF0123456789abcdef",
            on("session_id", Equals("01234567-89ab-cdef-0123-456789abcdef")),
        ),
        ("id:0123456789AB", on("id", Equals("0123456789AB"))),
        ("id:01AB*", on("id", Glob(("01ab", "")))),
        ("id:Odd-*", on("id", Glob(("Odd-", "")))),
        ("masqueraded:TRUE", on("masqueraded", Equals(True))),
        ("participated:false", on("participated", Equals(False))),
        ("automatic:unknown", on("automatic", Equals("unknown"))),
        ("automatic:true", on("automatic", Equals(True))),
        ("kind:grade", on("kind", Equals("grade"))),
        ("kind:g*", on("kind", Glob(("g", "")))),
        ("curl", Phrase("curl")),
        ('"page=2"', Phrase("page=2")),
        ("page=2", Phrase("page=2")),
        ("/a:b", Phrase("/a:b")),
        ("08:15", Phrase("08:15")),
        ('"and"', Phrase("and")),
        ("android", Phrase("android")),
        ('"*"', Phrase("*")),
        (
            "curl*",
            Or((on("url", Glob(("curl", ""))), on("user_agent", Glob(("curl", ""))))),
        ),
        (r'"a\"\u00e9\n"', Phrase('a"é\n')),
        ("a b", And((Phrase("a"), Phrase("b")))),
        ("a AND b", And((Phrase("a"), Phrase("b")))),
        ("a not b", And((Phrase("a"), Not(Phrase("b"))))),
        ("a or b c", Or((Phrase("a"), And((Phrase("b"), Phrase("c")))))),
        ("a and b or c", Or((And((Phrase("a"), Phrase("b"))), Phrase("c")))),
        ("(a or b) c", And((Or((Phrase("a"), Phrase("b"))), Phrase("c")))),
        ("(a b) and (c)", And((Phrase("a"), Phrase("b"), Phrase("c")))),
        ("not a or b", Or((Not(Phrase("a")), Phrase("b")))),
        ("not not a", Not(Not(Phrase("a")))),
        ("NOT(a)or(b)", Or((Not(Phrase("a")), Phrase("b")))),
        ('"a"and"b"', And((Phrase("a"), Phrase("b")))),
    ],
)
def test_reads(text: str, tree: Node) -> None:
    assert parse(text) == tree


def test_every_name_and_alias_of_a_field_is_that_field() -> None:
    for known in FIELDS:
        for name in (known.name, *known.aliases):
            assert parse(f"{name}:*", of="event") == Match(known, Present())


@pytest.mark.parametrize(
    ("text", "operator", "instant"),
    [
        ('timestamp >= "2026-10-01T08:00:00Z"', ">=", "2026-10-01T08:00:00Z"),
        ('timestamp >= "2026-10-01T08:00"', ">=", "2026-10-01T14:00:00Z"),
        ('timestamp < "2026-10-01 08:00"', "<", "2026-10-01T14:00:00Z"),
        ("timestamp > 2026-10-01T08:00:00+02:00", ">", "2026-10-01T06:00:00Z"),
        ("timestamp >= now-24h", ">=", "2026-10-04T12:00:00Z"),
        ("timestamp >= NOW-90S", ">=", "2026-10-05T11:58:30Z"),
        ("timestamp >= now-30m", ">=", "2026-10-05T11:30:00Z"),
        ("timestamp >= now-2d", ">=", "2026-10-03T12:00:00Z"),
        ("timestamp >= now-1w", ">=", "2026-09-28T12:00:00Z"),
        ("timestamp <= now", "<=", "2026-10-05T12:00:00Z"),
        ('timestamp >= "2026-10-01"', ">=", "2026-10-01T06:00:00Z"),
        ('timestamp > "2026-10-01"', ">=", "2026-10-02T06:00:00Z"),
        ('timestamp < "2026-10-01"', "<", "2026-10-01T06:00:00Z"),
        ('timestamp <= "2026-10-01"', "<", "2026-10-02T06:00:00Z"),
    ],
)
def test_times(text: str, operator: str, instant: str) -> None:
    expected = on("timestamp", Range(operator, at(instant)))
    assert parse(text, zone=DENVER, now=NOW) == expected


def test_a_date_is_the_whole_day_of_the_zone_also_when_the_clocks_change() -> None:
    tree = parse('timestamp:"2026-11-01"', zone=DENVER)
    assert tree == And(
        (
            on("timestamp", Range(">=", at("2026-11-01T06:00:00Z"))),
            on("timestamp", Range("<", at("2026-11-02T07:00:00Z"))),
        )
    )


def test_any_of_several_days() -> None:
    tree = parse("timestamp:(2026-10-01 or 2026-10-03)")
    assert tree == Or((parse("timestamp:2026-10-01"), parse("timestamp:2026-10-03")))


def test_now_is_the_clocks_unless_given() -> None:
    clock.pin(NOW)
    try:
        assert parse("timestamp >= now-1h") == parse("timestamp >= now-1h", now=NOW)
    finally:
        clock.pin(None)


def test_events_have_fields_of_their_own_beside_those_of_their_cause() -> None:
    tree = parse("event_type:concluded and ip:192.0.2.7 verdict:exact", of="event")
    assert isinstance(tree, And)
    assert len(tree.parts) == 3
    assert "logsleuth events" in error_of("event_type:concluded").message


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("usr_id:5", 1, "did you mean user_id?"),
        ("user-id:5", 1, "did you mean user_id?"),
        ("a and http_statsu >= 4", 7, "did you mean http_status?"),
        ("http://example.edu/", 1, "quotes"),
        ("user_id:abc", 9, "an id such as 101"),
        ("user_id:", 9, "a value"),
        ("user_id:1.5", 9, "no number"),
        ("user_id:99999999999999999999", 9, "64 bits"),
        ("user_id:999999~1", 9, "64 bits"),
        ("http_status:7~1", 13, "whole number"),
        ("http_status:4*", 13, "star"),
        ("http_status >= 4*", 16, "star"),
        ("http_status >= (1 or 2)", 16, "a value"),
        ("url > 3", 7, "no order"),
        ("write >= true", 10, "no order"),
        ("write:yes", 7, "true or false"),
        ("automatic:maybe", 11, "unknown"),
        ("kind:grades", 6, "did you mean grade?"),
        ("kind:Grade", 6, "did you mean grade?"),
        ("ip:10.0.0.300", 4, "an address"),
        ("ip:10.0.0.0/33", 4, "no network"),
        ("timestamp:2026-10-01T08:00", 11, "timestamp >="),
        ("timestamp:now-24h", 11, "timestamp >="),
        ("timestamp:2026-10-*", 11, "timestamp >="),
        ("timestamp >= yesterday", 14, "now-24h"),
        ("timestamp >= now-24y", 14, "now-24h"),
        ("timestamp >= 2026-13-01", 14, "no time"),
        ("timestamp >= now-999999999w", 14, "years 1 to 9999"),
        ("timestamp >= 0001-01-01T00:00+10:00", 14, "no time"),
        ("timestamp <= 9999-12-31", 14, "last day"),
        ("timestamp >= 2026-10-01 08:00", 24, "quotes"),
        ("timestamp >= now - 24h", 17, "now-24h"),
        ("status=403", 7, "status:value"),
        ("status != 403", 8, "not field:value"),
        ("user_id!=403", 8, "not user_id:value"),
        ("and a", 1, "a condition"),
        ("a and", 6, "a condition"),
        ("a and or b", 7, "a condition"),
        ("not", 4, "a condition"),
        ("(a", 3, "')'"),
        ("a)", 2, "closes no bracket"),
        ("()", 2, "a condition"),
        ("method:(GET and PUT)", 13, "'or'"),
        ("method:(GET", 12, "')'"),
        ("user_id: or 5", 10, "a value"),
        (">= 5", 1, "a condition"),
        (": 5", 1, "a condition"),
        ('"abc', 1, "never closed"),
        ('url:"abc', 5, "never closed"),
        ("abc\\", 4, "backslash"),
        (r'"a\qb"', 1, "JSON"),
        (r'"\ud800"', 1, "half a character"),
        ("a \ud800", 3, "half a character"),
        ('"a"b', 4, "a space"),
        ('url:"a"*', 8, "a space"),
        ("a" * (LONGEST + 1), LONGEST + 1, "20,000"),
        ("(" * 300, 101, "nested"),
        ("not " * 300, 401, "nested"),
    ],
)
def test_refuses(text: str, column: int, words: str) -> None:
    error = error_of(text)
    assert error.column == column
    assert words in str(error)
    assert str(error).startswith(f"column {column}: ")


@pytest.mark.parametrize(
    ("part", "times", "column", "words"),
    [
        ("a ", 1_001, 2_001, "1,000 conditions"),
        ("a* ", 501, 1_501, "1,000 conditions"),
        ("not (a) ", 501, 4_006, "1,000 conditions"),
        ("((((a)))) ", 1_000, 5_556, "5,000 words"),
        ("status : 1 ", 1_001, 11_010, "1,000 conditions"),
        ("*b", 101, 1, "100 stars"),
        ("not ((", 3_000, 203, "nested"),
    ],
)
def test_a_filter_is_refused_before_it_takes_long(
    part: str, times: int, column: int, words: str
) -> None:
    error = error_of(part * times)
    assert words in str(error)
    assert error.column == column


def test_a_filter_as_large_as_one_may_be_is_written_as_one_that_can_be_read() -> None:
    for part in ("a ", "user_id:1 ", "(a or b) ", "not url:a* "):
        fits = next(n for n in (1_000, 500, 333, 250) if not _refused(part * n))
        tree = parse(part * fits)
        assert parse(show(tree)) == tree


def _refused(text: str) -> bool:
    try:
        parse(text)
    except FilterError:
        return True
    return False


def test_many_conditions_side_by_side_are_not_deep() -> None:
    tree = parse(" ".join(["not (a)"] * 500))
    assert isinstance(tree, And)
    assert len(tree.parts) == 500


def test_the_deepest_filter_can_be_read() -> None:
    assert parse("(" * 100 + "a" + ")" * 100) == Phrase("a")


WORDS = st.sampled_from(
    [*'()":<>=*\\ \t\n', "and", "or", "not", "user_id", "ip", "url", "timestamp", "id", "kind"]
) | st.sampled_from(["101", "now-1h", "2026-10-01", "10.0.0.0/8", "9" * 30, "true", "é", "\u202e"])


@given(st.text() | st.lists(WORDS).map("".join) | st.lists(WORDS).map(" ".join))
@example("timestamp:0001-01-01")
@example("timestamp:9999-12-31")
@example('"\\u0000"')
@example("user_id:١")
@example("ip:١.1.1.1/٨")
def test_any_text_is_a_filter_or_an_error_that_points_into_it(text: str) -> None:
    for of in ("request", "event"):
        error = None
        try:
            parse(text, zone=DENVER, of=of)
        except FilterError as caught:
            error = caught
        if error is not None:
            assert 1 <= error.column <= len(text) + 1
            assert error.message
            assert "\n" not in str(error)


def test_the_caret_stands_below_the_column() -> None:
    assert point_at("a usr:5", 3) == "a usr:5\n  ^"


def test_the_caret_minds_wide_and_hidden_characters() -> None:
    line, caret = point_at("日\u202e\nx )", 6).split("\n")
    assert line == "日⟨U+202E⟩␊x )"
    # 2 cells, 8 cells, 1, "x", blank
    assert caret == " " * 13 + "^"


def test_of_a_long_filter_the_surroundings_are_drawn() -> None:
    line, caret = point_at("a" * 5000 + ")" + "b" * 5000, 5001).split("\n")
    assert len(line) < 100
    assert line[caret.index("^")] == ")"
