"""What is proposed at the cursor of a filter bar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.filter.complete import Completion, complete
from logsleuth.filter.fields import KINDS


def proposed(text: str, **options: object) -> list[str]:
    return [found.text for found in complete(text, len(text), **options)]


def applied(text: str, cursor: int, completion: Completion) -> str:
    return text[: completion.start] + completion.text + text[completion.end :]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("us", ["user_id", "user", "user_agent"]),
        ("not mas", ["masqueraded"]),
        ("(status >= 400 or http_m", ["http_method"]),
        ("masqueraded", [":", "masqueraded"]),
        ("status", [":", ">=", "<=", ">", "<", "status"]),
        ("status ", [":", ">=", "<=", ">", "<"]),
        ("kind:", list(KINDS)),
        ("kind:(grade or GR", ["grade"]),
        ("kind:xyz", []),
        ("write:t", ["true"]),
        ("automatic:", ["true", "false", "unknown"]),
        ("method:p", ["POST", "PUT", "PATCH"]),
        ("timestamp >= now", ["now-1h", "now-24h"]),
        ("curl an", ["and"]),
        ("kind:(grade ", ["or"]),
        ("curl and ", ["id", "timestamp"]),
        ('"curl"', []),
        ("a)", []),
        ("nofield:", []),
        ("event_ty", []),
    ],
)
def test_proposes(text: str, first: list[str]) -> None:
    found = proposed(text)
    assert found[: len(first)] == first
    if not first:
        assert found == []


def test_events_have_more_fields_and_values() -> None:
    assert proposed("event_ty", of="event") == ["event_type"]
    assert proposed("event_type:unp", of="event") == ["unpublished"]


def test_values_are_asked_for_and_quoted_where_they_must_be() -> None:
    asked = []

    def values(name: str, begun: str) -> list[str]:
        asked.append((name, begun))
        return ["Mozilla", 'My "Agent"']

    text = 'curl and agent:"M'
    found = complete(text, len(text), values)
    assert asked == [("user_agent", "M")]
    assert [applied(text, len(text), one) for one in found] == [
        "curl and agent:Mozilla",
        r'curl and agent:"My \"Agent\""',
    ]


def test_the_whole_word_under_the_cursor_is_replaced() -> None:
    text = "curl and ki:grade"
    replaced = [applied(text, 11, found) for found in complete(text, 11)]
    assert "curl and kind:grade" in replaced


@given(st.text(), st.integers(0, 20))
def test_any_text_can_be_completed(text: str, cursor: int) -> None:
    for found in complete(text, min(cursor, len(text))):
        assert 0 <= found.start <= found.end <= len(text)
