"""The quick way of ordinary lines and the patient way of all others come to the same.

A column that nobody has heard of, and that is null, changes nothing about a row, but sends
its line the patient way.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from dap import WRITTEN, jsonl, outcome, row, write
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.recount import check_cache

from logsleuth.ingest.run import import_paths
from logsleuth.model import times
from logsleuth.store.writing import CacheWriter

PIECES = (
    *("/courses/12", "/users/7", "/users/self", "/api/v1/", "/files/9", "/grades/5.json", "//"),
    *("?", "&", "user_id=5", "as_user_id=1%7E3", "student_id=", "become_user_id=me", "page=2"),
    *("access_token=", "Access_Token%3D", "code=", "sig%5B%5D=", "verifier=", "secret9", "abc"),
    *(
        "%2Fusers%2F31",
        "%252Fusers",
        "%41",
        "%4",
        "%",
        "%2540",
        "a%40b",
        "7e",
        "~",
        "1~" + "q" * 45,
    ),
    *("/feeds/calendars/user_x1.ics", "/change_password/k", "/quizzes/3", "/take", "bearer ab12cd"),
    *("\\u0022", "\\", '"password":"x"', "\0", "é", "\u202e", "/images/thumbnails/6/ab3", "eyJ"),
)
IDS = ("6a0f9d1e-0000-4000-8000-%012x", "6A0F9D1E-0000-4000-8000-%012X", "6a0f9d1e00004000%016x")
STAMPS = (
    *("2026-10-01T08:15:07.123Z", "2026-10-01T23:59:59.999Z", "2026-10-02T00:00:00.000Z"),
    *("2026-10-01T08:15:07.123456Z", "2026-10-01T08:15:07Z", "2026-10-01T10:15:07.123+02:00"),
    *("2026-10-01T08:15:60.000Z", "2026-10-01 08:15:07.123Z", "2026-02-30T08:15:07.123Z"),
    *("2026-10-01T08:15:07.1234567Z", "1969-12-31T23:59:59.001Z", "٢026-10-01T08:15:07.123Z"),
)
texts = st.none() | st.sampled_from(("GET", "post", "PUT", "1.1", "Course", "token=abc", "", "x\0"))
numbers = st.none() | st.integers(-(2**63), 2**63 - 1)
columns = st.fixed_dictionaries(
    {
        "timestamp": st.sampled_from(STAMPS),
        "url": st.none() | st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
        "http_method": texts,
        "http_version": texts,
        "web_application_controller": texts
        | st.sampled_from(("quizzes/quizzes", "courses", "__dap_unspecified__", "grades")),
        "web_application_action": texts | st.sampled_from(("show", "update", "index")),
        "web_application_context_type": texts,
        "participated": st.sampled_from((None, True, False)),
        "remote_ip": st.sampled_from((None, "10.0.0.1", "::ffff:10.0.0.1", "no address", "sig=1")),
        "session_id": st.sampled_from((None, IDS[0] % 5, IDS[1] % 5, "5", "token=5")),
        "user_agent": st.sampled_from((None, "curl", "a\0b", "curl?token=5", "long " * 400)),
        "user_id": numbers,
        "real_user_id": numbers,
        "course_id": numbers,
        "http_status": numbers,
    }
)
metas = st.sampled_from(
    (
        {"ts": times.iso(WRITTEN), "action": "U"},
        {"ts": times.iso(WRITTEN + 1), "action": "U"},
        {"ts": times.iso(WRITTEN + times.SECOND)},
        {"ts": "2026-10-05", "action": "U"},
        {"ts": times.iso(WRITTEN), "action": "D"},
        {"ts": None, "action": "U"},
        {},
    )
)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, 30), metas, columns), max_size=60))
def test_both_ways_come_to_the_same(found: list[tuple[str, int, Any, dict[str, Any]]]) -> None:
    rows = [
        {"meta": meta, "key": {"id": form % number}, "value": value}
        for form, number, meta, value in found
    ]
    with tempfile.TemporaryDirectory() as folder:
        quick, patient = Path(folder, "quick"), Path(folder, "patient")
        with CacheWriter(quick) as one, CacheWriter(patient) as other:
            other.ledger.set_meta("mask_key", str(one.ledger.meta("mask_key")))
        for row in rows[::2]:
            row["value"]["unheard_of"] = None
        slow = [row | {"value": row["value"] | {"unheard_of": None}} for row in rows]
        first = import_paths(quick, [write(Path(folder, "1.jsonl"), jsonl(rows))], kind="web_logs")
        second = import_paths(
            patient, [write(Path(folder, "2.jsonl"), jsonl(slow))], kind="web_logs"
        )
        assert _counts(first) == _counts(second)
        assert outcome(quick) == outcome(patient)
        check_cache(quick)


def _counts(report: Any) -> list[dict[str, Any]]:
    left_out = {"name", "sha256", "error"}
    return [
        json.loads(json.dumps({k: v for k, v in one.as_json().items() if k not in left_out}))
        for one in report.files
    ]


def test_a_line_stands_for_itself_wherever_others_end(tmp_path: Path) -> None:
    """Lines are decoded together where each is an object: not where two stand in one line and
    none in the next, nor where one is spread over two."""
    one, two, three = jsonl([row("a"), row("b"), row("c")]).decode().split("\n")[:3]
    spread = three.replace('"value":', '"value":\n')
    for number, (text, rejected) in enumerate(
        (
            (f"{one}{two}\n\n{three}\n", {1}),
            (f"{one}\n{spread}\n", {2, 3}),
            (f"{one}{two}\n{spread}\n{one}\n", {1, 2, 3}),
            (f"{one}\n{two} {three}", {2}),
            (f"{one}\r\n{two}\r\n", set()),
        )
    ):
        cache = tmp_path / f"cache{number}"
        file = tmp_path / f"{number}.jsonl"
        file.write_bytes(text.encode())
        import_paths(cache, [file], kind="web_logs")
        with CacheWriter(cache) as writer:
            lines = {line for (line,) in writer.ledger.execute("SELECT line FROM rejects")}
        assert lines == rejected, text
