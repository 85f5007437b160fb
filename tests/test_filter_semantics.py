"""What filters mean: text and rows against answers worked out another way."""

import ipaddress
import re
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.filter.evaluate import matches
from logsleuth.filter.parse import parse
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog

SESSION = "01234567-89ab-cdef-0123-456789abcdef"


def row(**values: Any) -> WebLog:
    return WebLog(id="r", timestamp=values.pop("timestamp", 0), **values)


def finds(text: str, **values: Any) -> bool:
    return matches(parse(text), row(**values))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("user_id:101", {"user_id": 101}, {"user_id": 102}),
        ("user_id:101", {"user_id": 101}, {"user_id": None}),
        ("not user_id:101", {"user_id": None}, {"user_id": 101}),
        ("not user_id > 5", {"user_id": None}, {"user_id": 6}),
        ("real_user_id:*", {"real_user_id": 0}, {"real_user_id": None}),
        ("not real_user_id:*", {"real_user_id": None}, {"real_user_id": 0}),
        ("http_status >= 400", {"http_status": 400}, {"http_status": 399}),
        ("http_status > 400", {"http_status": 401}, {"http_status": 400}),
        ("http_status <= 400", {"http_status": 400}, {"http_status": 401}),
        ("http_status < 400", {"http_status": 399}, {"http_status": 400}),
        ("http_status < 400", {"http_status": 0}, {"http_status": None}),
        ("method:(put or p*t)", {"http_method": "POST"}, {"http_method": "PATCH"}),
        ("method:post", {"http_method": "post"}, {"http_method": None}),
        ("ip:10.0.0.0/8", {"remote_ip": "10.255.255.255"}, {"remote_ip": "11.0.0.0"}),
        ("ip:10.0.0.0/8", {"remote_ip": "::ffff:10.0.0.1"}, {"remote_ip": "not an address"}),
        ("ip:2001:db8::/32", {"remote_ip": "2001:0DB8::5"}, {"remote_ip": "2001:db9::"}),
        ("ip:::ffff:192.0.2.7", {"remote_ip": "192.0.2.7"}, {"remote_ip": "192.0.2.8"}),
        ("ip:2001:db8:0:0::1", {"remote_ip": "2001:DB8::1"}, {"remote_ip": None}),
        ("ip:10.1.*", {"remote_ip": "::ffff:10.1.2.3"}, {"remote_ip": "10.10.2.3"}),
        ("url:INCLUDE", {"url": "/x?include[]=a"}, {"url": None}),
        ("url:é", {"url": "/é"}, {"url": "/É"}),
        ('url:"/a*"', {"url": "/b/a*"}, {"url": "/b/ab"}),
        ("url:/API/*", {"url": "/api/v1"}, {"url": "x/api/v1"}),
        ("url:a_c", {"url": "xa_cx"}, {"url": "abc"}),
        ("url:5%25", {"url": "/5%25"}, {"url": "/5x25"}),
        ("url:*a*a", {"url": "aa"}, {"url": "a"}),
        ('url:""', {"url": ""}, {"url": None}),
        ('url:"a\\u0000b"', {"url": "xA\0B"}, {"url": "xA"}),
        ("user_agent:curl", {"user_agent": "libCURL/8"}, {"user_agent": "cur"}),
        (
            "controller:login*",
            {"web_application_controller": "login/cas"},
            {"web_application_controller": "Login/cas"},
        ),
        ("action:sh*how", {"web_application_action": "shhow"}, {"web_application_action": "show"}),
        ("action:show", {"web_application_action": "show"}, {"web_application_action": "Show"}),
        ("curl", {"user_agent": "Curl"}, {"session_id": "curl"}),
        ("curl", {"url": "/curl"}, {}),
        (f"session:{SESSION.upper()}", {"session_id": SESSION}, {"session_id": None}),
        (f"session:{SESSION.replace('-', '')}", {"session_id": SESSION}, {"session_id": "x"}),
        ("session:0123*", {"session_id": SESSION.upper()}, {"session_id": "1" + SESSION}),
        ("session:Odd", {"session_id": "Odd"}, {"session_id": "odd"}),
        ("actor:5", {"real_user_id": 5, "user_id": 6}, {"real_user_id": 6, "user_id": 5}),
        ("actor:5", {"user_id": 5}, {}),
        ("masqueraded:true", {"real_user_id": 5}, {"real_user_id": 5, "student_view": True}),
        ("masqueraded:false", {}, {"real_user_id": 5}),
        ("student_view:true", {"student_view": True}, {}),
        ("token:true", {"developer_key_id": 1}, {"developer_key_id": None}),
        ("token:false", {}, {"developer_key_id": 1}),
        ("write:true", {"http_method": "PATCH"}, {"http_method": "GET"}),
        ("write:false", {"http_method": None}, {"http_method": "DELETE"}),
        ("kind:grade", {"kind": "grade"}, {}),
        ("automatic:true", {"automatic": True}, {"automatic": None}),
        ("automatic:unknown", {"automatic": None}, {"automatic": False}),
        ("automatic:false", {"automatic": False}, {"automatic": None}),
        ("about_user:7~1", {"about_user": 70_000_000_000_001}, {"about_user": None}),
        ("foreign:true", {"user_id": 10**13}, {"user_id": 10**13 - 1}),
        ("foreign:false", {"user_id": None}, {"user_id": 10**13}),
        ("deleted:true", {"deleted_upstream": 0}, {"deleted_upstream": None}),
        ("participated:false", {"participated": False}, {"participated": None}),
        ("interaction_micros > 5", {"interaction_micros": 6}, {}),
        ("*", {}, None),
        ("", {}, None),
    ],
)
def test_in_or_out(text: str, inside: dict[str, Any], outside: dict[str, Any] | None) -> None:
    assert finds(text, **inside)
    if outside is not None:
        assert not finds(text, **outside)


def test_a_day_begins_and_ends_with_its_first_and_last_microsecond() -> None:
    start = times.parse("2026-10-01T00:00:00Z")
    day = 'timestamp:"2026-10-01"'
    found = [finds(day, timestamp=start + at) for at in (-1, 0, times.DAY - 1, times.DAY)]
    assert found == [False, True, True, False]
    up_to = 'timestamp <= "2026-10-01"'
    assert finds(up_to, timestamp=start + times.DAY - 1)
    assert not finds(up_to, timestamp=start + times.DAY)


EVENT = CourseEvent(
    id="e1",
    created_at=times.parse("2026-10-01T08:00:00Z"),
    event_type="claimed",
    event_source="api",
    course_id=12,
    user_id=202,
    account_id=3,
    sis_batch_id=777,
)
CAUSE = row(user_id=203, course_id=13, real_user_id=101, remote_ip="192.0.2.7", user_agent="curl/8")


@pytest.mark.parametrize(
    ("text", "with_cause", "without"),
    [
        ("user_id:202", True, True),
        ("user_id:203", False, False),
        ("course_id:12", True, True),
        ("course_id:13", False, False),
        ("id:e1", True, True),
        ("account_id:3 sis_batch_id:777 event_source:api", True, True),
        ("timestamp:2026-10-01", True, True),
        ("event_type:claimed", True, True),
        ("event_type:unpublished", True, True),
        ("event_type:unpub*", True, True),
        ("not event_type:unpublished", False, False),
        ("event_type:published", False, False),
        ("event_type:concluded", False, False),
        ("real_user_id:101", True, False),
        ("ip:192.0.2.0/24", True, False),
        ("masqueraded:true", True, False),
        ("masqueraded:false", False, False),
        ("not masqueraded:true", False, True),
        ("automatic:unknown", True, False),
        ("http_status >= 400", False, False),
        ("not ip:*", False, True),
        ("curl", True, False),
        ("not curl", False, True),
        ("verdict:strong", True, False),
        ("verdict:none", False, True),
        ("signed_in_user_id:101", True, False),
        ("not signed_in_user_id:*", False, True),
    ],
)
def test_events(text: str, with_cause: bool, without: bool) -> None:
    tree = parse(text, of="event")
    traced = {"verdict": "strong", "signed_in_user_id": 101}
    untraced = {"verdict": "none", "signed_in_user_id": None}
    assert matches(tree, CAUSE, EVENT, traced) is with_cause
    assert matches(tree, None, EVENT, untraced) is without


def test_an_event_that_was_never_traced_has_no_verdict() -> None:
    assert matches(parse("not verdict:*", of="event"), None, EVENT)


# An oracle: each condition as text, and worked out by other means on the row.

Oracle = Callable[[WebLog], bool]
LETTERS = "aAbB/*%_é\0\\ )"
TEXTS = st.text(LETTERS, max_size=6)
ADDRESSES = ("10.0.0.1", "10.0.0.130", "::ffff:10.0.0.1", "2001:DB8::1", "2001:db8:0::2", "odd")


def lower(text: str) -> str:
    return "".join(chr(ord(char) + 32) if char in string.ascii_uppercase else char for char in text)


def escaped(text: str) -> str:
    return "".join("\\" + char for char in text)


def in_quotes(text: str) -> str:
    return '"' + "".join(f"\\u{ord(char):04x}" for char in text) + '"'


def v6(text: str | None) -> ipaddress.IPv6Address | None:
    if text in {None, "odd"}:
        return None
    return ipaddress.IPv6Address(text if ":" in text else f"::ffff:{text}")


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, Oracle]:
    name = draw(st.sampled_from(["user_id", "http_status", "course_id"]))
    sign = draw(st.sampled_from([":", "<", "<=", ">", ">="]))
    bound = draw(st.integers(-2, 3))
    compare: dict[str, Callable[[int], bool]] = {
        ":": lambda value: value == bound,
        "<": lambda value: value < bound,
        "<=": lambda value: value <= bound,
        ">": lambda value: value > bound,
        ">=": lambda value: value >= bound,
    }

    def oracle(found: WebLog) -> bool:
        value = getattr(found, name)
        return value is not None and compare[sign](value)

    return f"{name}{sign}{bound}", oracle


@st.composite
def substrings(draw: st.DrawFn) -> tuple[str, Oracle]:
    name = draw(st.sampled_from(["url", "user_agent", ""]))
    text = draw(TEXTS)
    plain = draw(st.booleans()) and text != ""
    needle = escaped(text) if plain else in_quotes(text)

    def oracle(found: WebLog) -> bool:
        values = [found.url, found.user_agent] if name == "" else [getattr(found, name)]
        return any(value is not None and lower(text) in lower(value) for value in values)

    return (f"{name}:{needle}" if name else needle), oracle


@st.composite
def globs(draw: st.DrawFn) -> tuple[str, Oracle]:
    name = draw(st.sampled_from(["url", "user_agent", "web_application_action"]))
    parts = draw(st.lists(TEXTS, min_size=2, max_size=4))
    fold = (lambda text: text) if name == "web_application_action" else lower
    pattern = re.compile(".*".join(re.escape(fold(part)) for part in parts), re.DOTALL)

    def oracle(found: WebLog) -> bool:
        value = getattr(found, name)
        return value is not None and pattern.fullmatch(fold(value)) is not None

    return f"{name}:{'*'.join(map(escaped, parts))}", oracle


@st.composite
def networks(draw: st.DrawFn) -> tuple[str, Oracle]:
    base = draw(st.sampled_from([text for text in ADDRESSES if text != "odd"]))
    bits = draw(st.integers(0, 128 if ":" in base else 32))
    network = ipaddress.IPv6Network((v6(base), bits if ":" in base else 96 + bits), strict=False)

    def oracle(found: WebLog) -> bool:
        address = v6(found.remote_ip)
        return address is not None and address in network

    return f"ip:{base}/{bits}", oracle


@st.composite
def instants(draw: st.DrawFn) -> tuple[str, Oracle]:
    hours = draw(st.integers(-3, 3))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    sign = draw(st.sampled_from(["<", ">="]))
    text = moment.strftime('"%Y-%m-%dT%H:%M:%SZ"')

    def oracle(found: WebLog) -> bool:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found.timestamp)
        return at < moment if sign == "<" else at >= moment

    return f"timestamp {sign} {text}", oracle


def both(left: tuple[str, Oracle], right: tuple[str, Oracle]) -> tuple[str, Oracle]:
    return f"({left[0]} and {right[0]})", lambda found: left[1](found) and right[1](found)


def either(left: tuple[str, Oracle], right: tuple[str, Oracle]) -> tuple[str, Oracle]:
    return f"({left[0]} or {right[0]})", lambda found: left[1](found) or right[1](found)


def neither(part: tuple[str, Oracle]) -> tuple[str, Oracle]:
    return f"not {part[0]}", lambda found: not part[1](found)


FILTERS = st.recursive(
    numbers() | substrings() | globs() | networks() | instants(),
    lambda inner: (
        st.builds(both, inner, inner) | st.builds(either, inner, inner) | st.builds(neither, inner)
    ),
    max_leaves=6,
)
MAYBE_TEXT = st.none() | st.text(LETTERS, max_size=12)
ROWS = st.builds(
    row,
    timestamp=st.integers(-3 * times.HOUR, 3 * times.HOUR),
    user_id=st.none() | st.integers(-2, 3),
    course_id=st.none() | st.integers(-2, 3),
    http_status=st.none() | st.integers(-2, 3),
    url=MAYBE_TEXT,
    user_agent=MAYBE_TEXT,
    web_application_action=MAYBE_TEXT,
    remote_ip=st.none() | st.sampled_from(ADDRESSES),
)


@given(FILTERS, st.lists(ROWS, min_size=1, max_size=8))
def test_agrees_with_an_oracle(made: tuple[str, Oracle], rows: list[WebLog]) -> None:
    text, oracle = made
    tree = parse(text)
    assert [matches(tree, found) for found in rows] == [oracle(found) for found in rows]
