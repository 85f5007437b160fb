"""Audit documents that are valid JSON and odd: taken in or refused, and then answered for."""

import json
from pathlib import Path
from typing import Any

import pytest
from dap import NOON, bring, jsonl, request_id, row, write

from logsleuth.ingest.run import ImportReport, import_paths
from logsleuth.model import times, zones
from logsleuth.store.cache import Cache
from logsleuth.trace import kept
from logsleuth.trace.result import Trace


def taken(cache: Path, document: dict[str, Any]) -> ImportReport:
    path = write(cache.with_name("audit") / "a.json", json.dumps(document).encode())
    return import_paths(cache, [path])


def document(**columns: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "id": "e",
        "created_at": times.iso_seconds(NOON),
        "event_type": "updated",
        "event_source": "api",
        "event_data": {},
    }
    links = {"course": 5, "user": 202, "page_view": columns.pop("page_view", None)}
    return {"events": [event | columns | {"links": links}], "linked": {}}


def traced(cache: Path) -> list[Trace]:
    opened = Cache.open(cache)
    try:
        return list(kept.traces(opened, list(opened.catalogue.events())).values())
    finally:
        opened.close()


@pytest.mark.parametrize(
    "columns",
    [
        {"id": "x\ud800"},
        {"event_type": "up\ud800"},
        {"event_type": {"a": 1}},
        {"event_source": ["\udfff"]},
        {"page_view": "\ud800x"},
        {"event_data": {"a\ud800": ["\udfff", "b"]}},
        {"created_at": "0001-01-01T00:00:00Z"},
        {"created_at": "9999-12-31T23:59:59Z"},
    ],
)
def test_an_odd_event_is_taken_in_and_traced(tmp_path: Path, columns: dict[str, Any]) -> None:
    bring(tmp_path / "c", jsonl([row("a")]))
    report = taken(tmp_path / "c", document(**columns))
    assert report.files[0].added == 1
    assert len(traced(tmp_path / "c")) == 1


def test_an_odd_name_is_kept(tmp_path: Path) -> None:
    people = {"users": [{"id": 202, "name": "M\ud800"}]}
    assert taken(tmp_path / "c", document() | {"linked": people}).files[0].error is None


@pytest.mark.parametrize("depth", [300, 700, 900])
def test_a_document_nested_too_deep_is_refused(tmp_path: Path, depth: int) -> None:
    data: Any = "v"
    for _ in range(depth):
        data = [data]
    report = taken(tmp_path / "c", document(event_data={"a": data}))
    assert "nested too deep" in (report.files[0].error or "")


@pytest.mark.parametrize("took", [float("inf"), float("nan"), 1e308, -1, "x", None])
def test_a_page_view_that_took_for_ever_is_still_one(tmp_path: Path, took: Any) -> None:
    name = request_id(7)
    view = {"id": name, "created_at": times.iso(NOON), "render_time": took}
    taken(tmp_path / "c", document(page_view=name) | {"linked": {"page_views": [view]}})
    assert [trace.verdict for trace in traced(tmp_path / "c")] == ["exact"]


def test_a_time_at_the_end_of_the_calendar_is_shown_with_its_zone() -> None:
    assert times.iso(times.FIRST, zones.zone("America/Denver")) == "0001-01-01T00:00:00.000Z"
    assert times.iso_seconds(times.LAST, zones.zone("Asia/Tokyo")) == "9999-12-31T23:59:59Z"
