"""The documented story: twenty changes, fourteen with a request in the log.

Through a store in memory, and through import and cache from each of the file formats.
"""

import json
from pathlib import Path

import pytest
from campus.memory import MemoryCatalogue, MemoryStore

from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.cache import Cache
from logsleuth.trace import kept, words
from logsleuth.trace.engine import Tracer
from logsleuth.trace.result import Trace

DATA = Path(__file__).parent / "data"
PAGES = [DATA / f"course_audit_page{number}.synthetic.json" for number in (1, 2)]
LINKS = ("copied_from", "copied_to", "reset_from", "reset_to")

SETTINGS_FORM = "e7e4734f-134d-f4c3-0e5e-44f02ce00513"
CONCLUDED = "550e3b5d-e623-4e8c-a290-69fcbbb94fec"
PUBLISHED = "fc700ebd-6faa-e0be-fe7e-d20f64e93d79"
BATCH = "022a824d-b020-6172-b0d0-fdcbc7d06bf4"
UPLOAD = "b6132a34-29a9-e4d6-a013-21df7f5a07c2"
COPY = "12cba3ee-81cf-4a79-3796-a51b6327c678"
RESET = "86266ee9-37d9-7f81-2a8e-57d22b62ee29"

STORY = [
    ("published", 5010, None),
    ("published", 5011, None),
    ("reset_from", 5004, RESET),
    ("reset_to", 5003, RESET),
    ("copied_from", 5002, COPY),
    ("copied_to", 5001, COPY),
    ("deleted", 5022, UPLOAD),
    ("updated", 5020, UPLOAD),
    ("published", 5020, UPLOAD),
    ("created", 5021, UPLOAD),
    ("unconcluded", 5033, BATCH),
    ("published", 5031, BATCH),
    ("published", 5032, BATCH),
    ("concluded", 5001, CONCLUDED),
    ("updated", 5001, SETTINGS_FORM),
    ("published", 5001, PUBLISHED),
    ("updated", 5001, None),
    ("claimed", 5001, None),
    ("restored", 5022, None),
    ("corrupted", 5001, None),
]
NAMES = {101: "Ortiz", 202: "Miller"}
REASONS = ["starter_missing"] * 2 + ["outside_span"] * 4


def events() -> list[CourseEvent]:
    found = []
    for page in PAGES:
        for raw in json.loads(page.read_text())["body"]["events"]:
            links = raw["links"]
            found.append(
                CourseEvent(
                    id=raw["id"],
                    created_at=times.parse(raw["created_at"]),
                    event_type=raw["event_type"],
                    event_source=raw["event_source"],
                    course_id=links["course"],
                    user_id=links["user"],
                    page_view_id=links["page_view"],
                    sis_batch_id=links["sis_batch"],
                    **{name: links[name] for name in LINKS if name in links},
                )
            )
    return found


def rows() -> list[WebLog]:
    found = {}
    for line in (DATA / "web_logs_incremental.synthetic.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "value" in record:
            value = {**record["value"], "timestamp": times.parse(record["value"]["timestamp"])}
            found[record["key"]["id"]] = WebLog(id=record["key"]["id"], **value)
    return list(found.values())


def in_memory(complete: bool) -> list[Trace]:
    log = rows()
    days = (times.parse("2024-03-05T00:00:00Z"), times.parse("2024-03-07T00:00:00Z"))
    catalogue = MemoryCatalogue(
        events(),
        covered=[days] if complete else [],
        partial={row.timestamp - row.timestamp % times.HOUR for row in log},
    )
    return list(Tracer(MemoryStore(log), catalogue).trace_all(events()))


def told(found: list[Trace]) -> list[tuple[str, int | None, str | None]]:
    """Type, course and best request of each change, as in the story."""
    return [
        (event.event_type or "", event.course_id, t.causes[0].request.id if t.causes else None)
        for event, t in zip(events(), found, strict=True)
    ]


@pytest.mark.parametrize("complete", [True, False])
def test_fourteen_changes_have_their_request_and_six_have_none(complete: bool) -> None:
    found = in_memory(complete)
    assert told(found) == STORY
    assert [t.reason for t in found if not t.causes] == REASONS
    assert all(len(t.causes) <= 1 for t in found)


def test_the_administrator_is_behind_the_teacher() -> None:
    event, trace = next(
        (e, t)
        for e, t in zip(events(), in_memory(True), strict=True)
        if e.event_type == "concluded"
    )
    assert (trace.verdict, trace.recorded_user_id, trace.signed_in_user_id) == ("strong", 202, 101)
    assert words.who(event, trace, lambda _kind, number: NAMES.get(number)) == (
        "recorded as 202 Miller · signed in as 101 Ortiz, acting as 202"
    )


def test_without_a_complete_log_nothing_is_strong() -> None:
    assert {t.verdict for t in in_memory(False)} == {"possible", "none"}
    assert [t.verdict for t in in_memory(True)].count("strong") == 12


@pytest.mark.parametrize("form", ["jsonl", "csv", "tsv"])
def test_every_file_format_tells_the_same_story(tmp_path: Path, form: str) -> None:
    import_paths(tmp_path / "cache", [DATA / f"web_logs_incremental.synthetic.{form}", *PAGES])
    cache = Cache.open(tmp_path / "cache")
    try:
        made = kept.traces(cache, cache.catalogue.events())
        again = kept.traces(cache, cache.catalogue.events())
    finally:
        cache.close()
    assert made == again
    found = [made[event.id] for event in events()]
    assert told(found) == STORY
    concluded = found[13]
    assert (concluded.recorded_user_id, concluded.signed_in_user_id) == (202, 101)
