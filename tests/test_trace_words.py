"""Traces in sentences, as JSON, and kept."""

import json
from collections.abc import Iterable

import pytest
from campus.scene import NOON, event, request, tracer
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.filter.tree import Span
from logsleuth.model.weblog import WebLog
from logsleuth.trace import encode, words
from logsleuth.trace.kept import KeptTraces
from logsleuth.trace.result import Cause, Trace

KEYS = [
    "event_id", "verdict", "reason", "reason_text", "recorded_user_id", "signed_in_user_id",
    "coverage", "rules_version", "causes",
]  # fmt: skip
CAUSE_KEYS = [
    "request_id", "source", "score", "user_id", "real_user_id", "student_view", "remote_ip",
    "session_id", "developer_key_id", "user_agent", "timestamp", "http_method", "http_status",
    "url", "evidence", "against",
]  # fmt: skip


def names(_kind: words.Named, number: int) -> str | None:
    return {101: "Ortiz", 202: "Miller"}.get(number)


def told(signed_in: int | None, *rows: WebLog, **columns: object) -> str:
    changed = event(0, **columns)
    causes = tuple(Cause(row, "web_logs", 100, ("same account",)) for row in rows)
    verdict = "strong" if len(rows) == 1 else "ambiguous"
    trace = Trace(changed.id, verdict, None, "", changed.user_id, signed_in, "covered", causes)
    return words.who(changed, trace, names)


def test_who_was_recorded_and_who_was_signed_in() -> None:
    acting = request(0, real_user_id=101)
    assert told(101, acting) == ("recorded as 202 Miller · signed in as 101 Ortiz, acting as 202")
    assert told(202, request(0)) == "recorded as 202 Miller · signed in as 202 Miller"
    assert told(202, request(0), request(1)) == (
        "recorded as 202 Miller · signed in as 202 Miller (either request)"
    )
    assert told(101, acting, request(1, real_user_id=101)) == (
        "recorded as 202 Miller · signed in as 101 Ortiz, acting as 202 (either request)"
    )
    assert told(202, request(0), request(1), request(2)).endswith("(any of the requests)")
    assert told(None, request(0), request(1)) == "recorded as 202 Miller · signed in: not known"
    assert told(None) == "recorded as 202 Miller · signed in: not known"
    assert told(None, user_id=None) == "recorded as no account · signed in: not known"


def test_imports_and_student_view_have_words_of_their_own() -> None:
    upload = request(0, user_id=405)
    assert told(405, upload, event_source="sis", sis_batch_id=777, user_id=405) == (
        "recorded as 405 · import 777 uploaded by 405"
    )
    viewing = request(0, user_id=9990, real_user_id=202, student_view=True)
    assert told(202, viewing, user_id=9990) == (
        "recorded as 9990 · signed in as teacher 202 Miller in Student View"
    )


def test_a_global_id_is_shown_with_its_shard() -> None:
    assert words.account(70_000_000_001_234) == "7~1234"


def test_every_verdict_has_a_definition() -> None:
    assert set(words.DEFINITIONS) == {"exact", "strong", "possible", "ambiguous", "none"}


def test_the_json_has_the_promised_keys_in_their_order() -> None:
    row = request(0.35, real_user_id=101)
    engine = tracer([row], [event(1)])
    found = encode.as_json(engine.trace(event(1)))
    assert list(found) == KEYS
    assert list(found["causes"][0]) == CAUSE_KEYS
    assert found["causes"][0]["timestamp"] == "2026-10-05T12:00:00.350Z"
    assert json.loads(json.dumps(found)) == found


nullable = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
text = st.text(st.characters(exclude_categories=["Cs"]))
requests = st.builds(
    WebLog,
    id=st.uuids().map(str),
    timestamp=st.integers(0, 2**52),
    user_id=nullable,
    real_user_id=nullable,
    url=st.one_of(st.none(), text),
    user_agent=st.one_of(st.none(), text),
    participated=st.one_of(st.none(), st.booleans()),
    student_view=st.booleans(),
    extra=st.dictionaries(text, st.one_of(text, nullable), max_size=3),
)
traces = st.builds(
    Trace,
    event_id=st.uuids().map(str),
    verdict=st.sampled_from(["exact", "strong", "possible", "ambiguous", "none"]),
    reason=st.sampled_from([None, "gap", "no_user"]),
    reason_text=text,
    recorded_user_id=nullable,
    signed_in_user_id=nullable,
    coverage=st.sampled_from(["covered", "partial", "none"]),
    causes=st.lists(
        st.builds(
            Cause,
            request=requests,
            source=st.sampled_from(["web_logs", "canvas_page_view"]),
            score=st.integers(-100, 300),
            evidence=st.lists(text, max_size=3).map(tuple),
            against=st.lists(text, max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)


@given(traces)
def test_a_kept_trace_is_the_same_trace(trace: Trace) -> None:
    assert encode.from_text(encode.to_text(trace)) == trace


class Keeping:
    """A catalogue's shelf for traces, and how often it was asked to keep some."""

    def __init__(self) -> None:
        self.shelf: dict[str, tuple[str, str]] = {}
        self.made_at = "1"
        self.saved: list[set[str]] = []

    def revision(self, span: Span = Span()) -> str:  # noqa: B008
        assert span.since is not None
        assert span.until is not None
        assert span.since < NOON < span.until
        return self.made_at

    def traces(self, event_ids: Iterable[str] | None = None) -> dict[str, tuple[str, str]]:
        return {name: self.shelf[name] for name in event_ids or () if name in self.shelf}

    def save(self, made: dict[str, tuple[str, str]]) -> bool:
        self.saved.append(set(made))
        self.shelf.update(made)
        return True


def test_kept_traces_are_made_anew_only_when_something_changed() -> None:
    events = [event(1), event(300), event(600)]
    shelf = Keeping()
    kept = KeptTraces(tracer([request(0.3)], events), shelf, shelf.save)
    first = list(kept.trace_all(events))
    assert shelf.saved == [{e.id for e in events}]
    assert list(kept.trace_all(events)) == first
    assert kept.trace(events[0]) == first[0]
    assert len(shelf.saved) == 1
    shelf.made_at = "2"
    assert list(kept.trace_all(events)) == first
    assert len(shelf.saved) == 2


def test_a_kept_trace_is_what_was_kept() -> None:
    changed = event(1)
    shelf = Keeping()
    old = KeptTraces(tracer([request(0.3)], [changed]), shelf, shelf.save).trace(changed)
    emptied = KeptTraces(tracer([], [changed]), shelf, shelf.save)
    assert emptied.trace(changed) == old
    shelf.made_at = "2"
    assert emptied.trace(changed).verdict == "none"


@pytest.mark.parametrize("text", ["", "{}", "[", '{"event_id": 5}'])
def test_a_kept_text_that_cannot_be_read_is_made_anew(text: str) -> None:
    changed = event(1)
    shelf = Keeping()
    kept = KeptTraces(tracer([request(0.3)], [changed]), shelf, shelf.save)
    good = kept.trace(changed)
    shelf.shelf[changed.id] = (shelf.shelf[changed.id][0], text)
    assert kept.trace(changed) == good


def test_what_was_made_is_kept_even_if_the_asking_ends_early() -> None:
    events = [event(1), event(300)]
    shelf = Keeping()
    asking = KeptTraces(tracer([], events), shelf, shelf.save).trace_all(events)
    next(asking)
    asking.close()  # type: ignore[attr-defined]
    assert shelf.saved == [{events[0].id}]
