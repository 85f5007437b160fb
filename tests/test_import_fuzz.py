"""Files as nobody writes them: no crash, no lost line, nothing kept of a refused file."""

import gzip
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dap import DATA, FIXTURE, balanced, csv, every_row, jsonl, row, tsv, write
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logsleuth.ingest.run import ImportReport, import_paths
from logsleuth.model.weblog import COLUMNS
from logsleuth.sources.sniff import FORMATS, KINDS
from logsleuth.store.cache import Cache

BATCH = 20
"""Files of one import."""


def whole_files() -> Iterator[tuple[str, bytes]]:
    """One file of each kind and format."""
    for form in ("jsonl", "csv", "tsv"):
        yield f"web_logs.{form}", (DATA / f"{FIXTURE}.{form}").read_bytes()
    two = DATA / f"{FIXTURE.replace('.synthetic', '')}.two_member.synthetic.jsonl.gz"
    yield "web_logs.jsonl.gz", two.read_bytes()
    yield "course_audit.json", (DATA / "course_audit_page1.synthetic.json").read_bytes()
    users = [
        {"meta": {"ts": "2026-10-05T00:00:00Z"}, "key": {"id": n}, "value": {"name": f"P {n}"}}
        for n in range(30)
    ]
    yield "users.jsonl", jsonl(users)
    yield "users.csv", b'key.id,value.name,value.sortable_name\n1,Ann,Ann\n2,"B, b",b\n' * 9


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Content with bytes flipped, cut out, doubled or moved."""
    found = bytearray(content)
    for _ in range(chance.choice([1, 1, 3, 40])):
        if not found:
            break
        at, size = chance.randrange(len(found)), chance.choice([1, 2, 7, 300, 5000])
        match chance.randrange(6):
            case 0:
                found[at] ^= 1 << chance.randrange(8)
            case 1:
                found[at] = chance.choice(b'\n\r"\\,\t{}[]\0\xff')
            case 2:
                del found[at : at + size]
            case 3:
                found[at:at] = found[at : at + size]
            case 4:
                found[at:at] = chance.randbytes(size)
            case _:
                del found[at:]
    return bytes(found)


def sound(report: ImportReport, cache: Path) -> None:
    """The sums hold, each refused file says so in a sentence, each rejected line has a place."""
    assert balanced(report)
    for one in report.files:
        if one.error:
            assert (one.read, one.rejected) == (0, 0)
            assert "\n" not in one.error
            assert one.error.endswith((".", "?"))
    opened = Cache.open(cache)
    try:
        rejects = list(opened.catalogue.rejects())
    finally:
        opened.close()
    assert len(rejects) == sum(one.rejected for one in report.files)
    assert all(reject.reason and reject.line >= 1 and reject.offset >= 0 for reject in rejects)
    every_row(cache)


@pytest.mark.parametrize(
    "batch", [0, 1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 50))]
)
def test_a_thousand_damaged_files(tmp_path: Path, batch: int) -> None:
    originals = list(whole_files())
    paths = []
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        chance = random.Random(number)
        name, content = originals[number % len(originals)]
        if chance.random() < 0.3 and not name.endswith(".gz"):
            name, content = f"{name}.gz", gzip.compress(content)
        path = tmp_path / "files" / f"{number}-{name}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(damaged(content, chance))
        paths.append(path)
    report = import_paths(tmp_path / "cache", paths)
    assert [one.name for one in report.files] == [str(path) for path in paths]
    sound(report, tmp_path / "cache")


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(st.characters(), max_size=12),
    st.sampled_from(["2026-10-01T00:00:00Z", "U", "D", "", "\ud800", "\0", "7~1", "9" * 400]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
PARTS = st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS[1:], VALUES))
GOOD = st.integers(0, 20).map(lambda n: row(f"r{n}"))
ROWS: st.SearchStrategy[Any] = st.one_of(
    GOOD,
    VALUES,
    st.fixed_dictionaries(
        {"key": st.fixed_dictionaries({"id": st.sampled_from(["a", "b"]) | VALUES})},
        optional={
            "meta": st.fixed_dictionaries({}, optional={"ts": VALUES, "action": VALUES}) | VALUES,
            "value": st.builds(lambda known, more: {**row("x")["value"], **known, **more},
                               PARTS, st.dictionaries(st.text(max_size=9), VALUES, max_size=2)),
            "other": VALUES,
        },
    ),
)  # fmt: skip
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "id": VALUES,
        "created_at": st.just("2026-10-01T00:00:00Z") | VALUES,
        "event_type": VALUES,
        "event_source": VALUES,
        "event_data": VALUES,
        "links": st.dictionaries(st.sampled_from(["course", "user", "page_view"]), VALUES) | VALUES,
    },
)
DOCUMENTS = st.recursive(
    st.fixed_dictionaries(
        {"events": st.lists(EVENTS | VALUES, max_size=4)},
        optional={
            "linked": st.dictionaries(
                st.sampled_from(["users", "courses", "page_views"]),
                st.lists(st.dictionaries(st.sampled_from(["id", "name"]), VALUES)) | VALUES,
            )
            | VALUES
        },
    ),
    lambda inner: st.lists(inner, max_size=3) | st.builds(lambda body: {"body": body}, inner),
    max_leaves=3,
)


def as_file(made: Any, form: str) -> bytes:
    if form == "json":
        return json.dumps(made).encode()
    return b"".join(json.dumps(one).encode() + b"\n" for one in made)


def fuzzed(content: bytes, kind: str | None, form: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache, path = Path(folder, "cache"), write(Path(folder, "file"), content)
        report = import_paths(cache, [path], kind=kind, input_format=form)
        sound(report, cache)
        again = import_paths(cache, [path], kind=kind, input_format=form)
        assert balanced(again)
        assert again.as_json()["added"] == 0


CONTENTS = st.one_of(
    st.lists(ROWS, max_size=8).map(lambda rows: as_file(rows, "jsonl")),
    DOCUMENTS.map(lambda made: as_file(made, "json")),
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(GOOD, min_size=1, max_size=3).map(csv),
    st.lists(GOOD, min_size=1, max_size=3).map(tsv),
)
KIND = st.none() | st.sampled_from(KINDS)
FORM = st.none() | st.sampled_from(FORMATS)
CALM = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@given(content=CONTENTS, kind=KIND, form=FORM)
@example(jsonl([row("a"), {"key": {"id": "b"}, "meta": {"action": []}}]), None, None)
@example(jsonl([{"key": {"id": 1}, "value": {"name": ["x"]}}]), "users", "jsonl")
@example(b"\n", "web_logs", "csv")
@settings(max_examples=25, **CALM)
def test_no_content_stops_an_import(content: bytes, kind: str | None, form: str | None) -> None:
    fuzzed(content, kind, form)


@pytest.mark.exhaustive
@given(content=CONTENTS, kind=KIND, form=FORM)
@settings(max_examples=6_000, **CALM)
def test_no_content_stops_an_import_in_ten_minutes(
    content: bytes, kind: str | None, form: str | None
) -> None:
    fuzzed(content, kind, form)
