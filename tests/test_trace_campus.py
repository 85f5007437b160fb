"""The trace against a campus whose truth is known: how often it is right.

The campus does not know how the trace weighs.  What it cannot tell apart either is left
in: double clicks, saves that change nothing, uploads at the same time.
"""

import pytest
from campus.build import Campus, build
from campus.measure import Measured, measure

from logsleuth.model.weblog import WebLog
from logsleuth.trace.engine import Tracer
from logsleuth.trace.result import Trace

SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def campuses() -> list[Campus]:
    return [build(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def measured(campuses: list[Campus]) -> Measured:
    found = Measured()
    for campus in campuses:
        measure(campus, found)
    return found


def test_the_campus_is_large_and_confusing_enough_to_tell(measured: Measured) -> None:
    assert measured.events > 6000
    assert measured.cached["sync"] > 2500
    assert measured.cached["async"] > 1500
    assert measured.missing > 1000


def test_the_first_cause_is_right(measured: Measured) -> None:
    assert measured.share("sync") >= 0.97
    assert measured.share("async") >= 0.85


def test_a_wrong_request_is_hardly_ever_called_sure(measured: Measured) -> None:
    assert len(measured.wrong) <= 0.005 * measured.events


def test_where_the_request_is_not_cached_no_other_is_called_sure(measured: Measured) -> None:
    assert measured.from_nowhere == []
    assert measured.named_though_missing <= 0.15 * measured.missing


def test_the_account_signed_in_is_right_wherever_the_request_is(measured: Measured) -> None:
    assert measured.wrong_account == []


def test_much_of_what_can_be_sure_is_called_sure(measured: Measured) -> None:
    assert measured.verdicts["cached", "strong"] >= 0.55 * measured.cached.total()


def test_rows_lost_one_by_one_mislead_hardly_ever() -> None:
    # The twin of a double click, left alone, cannot be told from the lost request.
    found = Measured()
    for seed in SEEDS:
        measure(build(seed, single_losses=True), found)
    assert len(found.wrong) <= 0.002 * found.events
    assert found.share("sync") >= 0.97
    assert found.share("async") >= 0.85
    assert found.wrong_account == []


def test_one_event_alone_is_traced_as_among_all(campuses: list[Campus]) -> None:
    campus = campuses[0]
    engine = Tracer(campus.store, campus.catalogue)
    sample = campus.events[::37]
    assert list(engine.trace_all(sample)) == [engine.trace(event) for event in sample]


def test_the_order_of_asking_does_not_matter(campuses: list[Campus]) -> None:
    campus = campuses[1]
    engine = Tracer(campus.store, campus.catalogue)
    forth = {t.event_id: t for t in engine.trace_all(campus.events)}
    back = {t.event_id: t for t in engine.trace_all(campus.events[::-1])}
    assert forth == back


def test_back_from_a_cause_to_its_event(campuses: list[Campus]) -> None:
    campus = campuses[2]
    engine = Tracer(campus.store, campus.catalogue)
    for event in campus.events[::53]:
        trace = engine.trace(event)
        for cause in trace.causes[:1]:
            found = dict(engine_events(engine, cause.request))
            assert found[event.id] == trace


def engine_events(engine: Tracer, request: WebLog) -> list[tuple[str, Trace]]:
    return [(event.id, trace) for event, trace in engine.events_of(request)]


def test_neighbouring_events_share_their_questions(campuses: list[Campus]) -> None:
    campus = campuses[3]
    campus.store.questions = 0
    list(Tracer(campus.store, campus.catalogue).trace_all(campus.events))
    assert campus.store.questions < len(campus.events)
