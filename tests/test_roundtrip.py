"""What goes in comes out: any text of a log, exactly, through files, cache and command line."""

import hashlib
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from dap import NOON, balanced, bring, csv, every_row, jsonl, row, tsv
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logsleuth.cli.main import cli
from logsleuth.model import clock, ids, times

TEXT_COLUMNS = (
    *("url", "http_method", "http_version", "remote_ip", "user_agent"),
    *("web_application_controller", "web_application_action", "web_application_context_type"),
)

NASTY = st.sampled_from(
    [
        *("\0", "\x1b[31m", "\x1b]0;t\x07", "\x9b2J", "\x85", "\u202e", "\u200b", "\ufeff"),
        *('"', "'", "\\", "\\N", "\\n", "\t", "\n", "\r", "\r\n", ",", ";", "NULL", "null", '""'),
        *("=", "%", "_", "*", "?", "[a]", "[@click=app.quit]", "{}", "⟨masked 1⟩", "[FILTERED]"),
        *("é", "e\u0301", "日本", "\U0001f469\u200d\U0001f467", "\U0010ffff", "\ufffd", "\u2028"),
        *("%00", "%ff", "-1", "1e9", "+1", "@a"),
    ]
)  # fmt: skip
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(NASTY | st.text(max_size=3), max_size=6).map("".join),
).filter(lambda text: all(not "\ud800" <= char <= "\udfff" for char in text))


def found_by_search(cache: Path, *args: str) -> dict[str, dict[str, Any]]:
    result = CliRunner().invoke(
        cli, ["--cache", str(cache), "search", "--limit", "0", "--format", "jsonl", *args]
    )
    clock.pin(None)
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.split("\n") if line]
    return {one["id"]: one for one in rows}


@given(
    values=st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(TEXT_COLUMNS, ANY_TEXT)), max_size=8
    ),
    form=st.sampled_from(["jsonl", "csv", "tsv"]),
    ascii_only=st.booleans(),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(values=[{"url": "/x?access_token=s"}], form="jsonl", ascii_only=False)
@example(values=[{"url": '/a\n"b",c'}, {"user_agent": "\0"}], form="csv", ascii_only=False)
def test_any_text_comes_back_equal(
    values: list[dict[str, str]], form: str, ascii_only: bool
) -> None:
    rows = [row(f"r{n}", at=NOON + n, **value) for n, value in enumerate(values)]
    if form == "jsonl":
        content = jsonl(rows, ensure_ascii=ascii_only)
    else:
        content = {"csv": csv, "tsv": tsv}[form](rows)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        report = bring(cache, content, suffix=form)
        assert balanced(report)
        assert report.as_json()["rejected"] == 0
        found = found_by_search(cache) if rows else {}
        stored = {one.id: one for one in every_row(cache)} if rows else {}
    assert found.keys() == {one["key"]["id"] for one in rows}
    lines = content.split(b"\n")
    for place, one in enumerate(rows):
        back, kept = found[one["key"]["id"]], stored[one["key"]["id"]]
        if kept.masked:
            assert "⟨masked " in f"{back['url']}{back['user_agent']}"
            if form == "jsonl":
                assert kept.line_sha256 == hashlib.sha256(lines[place]).hexdigest()
            continue
        for name in TEXT_COLUMNS:
            assert back[name] == one["value"].get(name), name


@given(
    numbers=st.lists(st.integers(ids.INT64_MIN, ids.INT64_MAX), min_size=1, max_size=6),
    form=st.sampled_from(["jsonl", "csv", "tsv"]),
)
@settings(max_examples=8, deadline=None)
def test_any_number_comes_back_equal(numbers: list[int], form: str) -> None:
    rows = [row(f"r{n}", at=NOON + n, user_id=one, course_id=one) for n, one in enumerate(numbers)]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        bring(cache, {"jsonl": jsonl, "csv": csv, "tsv": tsv}[form](rows), suffix=form)
        found = found_by_search(cache)
    assert [found[f"r{n}"]["user_id"] for n in range(len(numbers))] == numbers


ZONES = (
    *("America/Denver", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca"),
    "Pacific/Chatham",
)
START = datetime(2025, 1, 1, tzinfo=UTC)
TWO_YEARS = [START + timedelta(hours=n) for n in range(24 * 730)]


def changes(zone: ZoneInfo) -> list[datetime]:
    """The hours of two years in which the clocks of a zone are set."""
    shifts = [at.astimezone(zone).utcoffset() for at in TWO_YEARS]
    return [at for place, at in enumerate(TWO_YEARS[:-1]) if shifts[place] != shifts[place + 1]]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("step", [24 * 61, pytest.param(5, marks=pytest.mark.slow)])
def test_two_years_in_a_zone_are_sorted_shown_with_offset_and_read_back(
    tmp_path: Path, name: str, step: int
) -> None:
    """Some hours of two years, and every ten minutes around each change of the clocks."""
    zone = ZoneInfo(name)
    moments = set(TWO_YEARS[::step])
    for at in changes(zone):
        moments |= {at + timedelta(minutes=10 * n) for n in range(-18, 24)}
    order = sorted(moments)
    rows = [row(f"r{n}", at=times.to_us(at)) for n, at in enumerate(order)]
    # As Canvas writes some of them: in the zone of whoever asked, with its offset.
    for one, at in zip(rows[::3], order[::3], strict=True):
        one["value"]["timestamp"] = at.astimezone(zone).isoformat(timespec="milliseconds")
    cache = tmp_path / "cache"
    assert bring(cache, jsonl(rows)).as_json()["added"] == len(rows)
    runner = ["--cache", str(cache), "--timezone", name, "search", "--oldest-first"]
    shown = CliRunner().invoke(
        cli, [*runner, "--limit", "0", "--format", "table", "--columns", "timestamp,id"]
    )
    assert shown.exit_code == 0, shown.output
    cells = [line.split()[:2] for line in shown.stdout.splitlines()[1:] if "T" in line]
    assert [cell[1] for cell in cells] == [f"r{n}" for n in range(len(order))]
    for (text, _), at in zip(cells, order, strict=True):
        assert times.parse(text) == times.to_us(at)
        local = datetime.fromisoformat(text)
        assert local.utcoffset() == at.astimezone(zone).utcoffset()
    found = found_by_search(cache, "--oldest-first")
    assert [times.parse(one["timestamp"]) for one in found.values()] == [
        times.to_us(at) for at in order
    ]


@pytest.mark.parametrize("name", ZONES)
def test_an_hour_that_comes_twice_is_two_hours_in_a_filter(tmp_path: Path, name: str) -> None:
    """A bound shown with its offset finds exactly its own instant."""
    zone = ZoneInfo(name)
    rows = [
        row(f"r{n}-{step}", at=times.to_us(at + timedelta(minutes=30 * step)))
        for n, at in enumerate(changes(zone)[:2])
        for step in range(-4, 5)
    ]
    assert rows
    cache = tmp_path / "cache"
    bring(cache, jsonl(rows))
    for one in rows:
        bound = times.iso(times.parse(one["value"]["timestamp"]), zone)
        ask = f'timestamp >= "{bound}" and timestamp <= "{bound}"'
        assert found_by_search(cache, ask).keys() == {one["key"]["id"]}
