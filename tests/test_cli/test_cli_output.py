"""The three forms of a listing: exact as data, harmless on a terminal."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from logsleuth.cli import output
from logsleuth.cli.output import Column, time_column, write_listing
from logsleuth.model.zones import zone

HOSTILE = "\x1b]0;owned\x07 \x9b31m \u202egnp.exe\u200b [@click=app.quit]x[/nope]"
texts = st.text(st.characters(exclude_categories=["Cs"]))


class Captured(io.TextIOWrapper):
    """Standard output in memory, which may claim to be a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="ascii")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def listing(
    rows: list[dict[str, Any]],
    *columns: Column,
    style: str | None = None,
    terminal: bool = False,
    width: int = 80,
    shown_zone: str = "UTC",
) -> str:
    """What a listing writes, whatever the encoding of the terminal."""
    captured = Captured(terminal)
    with (
        patch("sys.stdout", captured),
        patch.dict("os.environ", {"COLUMNS": str(width)}),
    ):
        written = write_listing(rows, columns, style=style, zone=zone(shown_zone))
        assert written == len(rows)
    data = captured.buffer
    assert isinstance(data, io.BytesIO)
    return data.getvalue().decode("utf-8")


A, B = Column("a"), Column("b")


def test_a_pipe_gets_json_lines_with_exact_values() -> None:
    text = listing([{"a": 9007199254740993, "b": "é 😀"}, {"a": None, "b": True}], A, B)
    assert text == '{"a":9007199254740993,"b":"é 😀"}\n{"a":null,"b":true}\n'


def test_json_lines_hold_the_named_columns_only() -> None:
    assert listing([{"a": 1, "b": 2, "c": 3}], B) == '{"b":2}\n'


def test_a_terminal_gets_a_table() -> None:
    text = listing([{"a": 1, "b": "x"}, {"a": 22, "b": None}], A, B, terminal=True)
    assert text == "a   b\n1   x\n22\n"


@given(texts)
def test_json_on_a_terminal_means_the_same_and_hides_nothing(value: str) -> None:
    line = listing([{"a": value}], A, style="jsonl", terminal=True)
    assert json.loads(line) == {"a": value}
    assert line.rstrip("\n").isprintable()


@given(texts, texts)
def test_a_table_on_a_terminal_is_printable_and_no_wider_than_it(first: str, second: str) -> None:
    cut = (Column("a", cut=True), Column("b", cut=True))
    text = listing([{"a": first, "b": second}], *cut, terminal=True, width=40)
    heading, row = text.removesuffix("\n").split("\n")
    assert row.isprintable()
    assert max(cell_len(heading), cell_len(row)) <= 40


def test_what_is_cut_ends_in_an_ellipsis_and_times_are_never_cut() -> None:
    row = {"at": "2026-10-01T08:00:00.123Z", "b": "x" * 100}
    columns = (time_column("at"), Column("b", cut=True))
    text = listing([row], *columns, terminal=True, width=50)
    assert text.splitlines()[1] == "2026-10-01T08:00:00.123Z  " + "x" * 23 + "…"


def test_a_table_in_a_pipe_is_not_cut() -> None:
    text = listing([{"b": "x" * 500}], Column("b", cut=True), style="table", width=50)
    assert "x" * 500 in text


def test_a_table_shows_local_times_with_their_offset_and_data_stays_utc() -> None:
    row = {"at": "2026-10-01T08:00:00.000Z"}
    column = time_column("at")
    denver = {"shown_zone": "America/Denver"}
    assert "2026-10-01T02:00:00.000-06:00" in listing([row], column, style="table", **denver)
    assert "2026-10-01T08:00:00.000Z" in listing([row], column, style="jsonl", **denver)
    assert "2026-10-01T08:00:00.000Z" in listing([row], column, style="csv", **denver)


def test_a_table_never_passes_what_moves_a_cursor() -> None:
    for terminal in (False, True):
        text = listing([{"a": HOSTILE}], A, style="table", terminal=terminal, width=200)
        assert "␛]0;owned␇ ⟨U+009B⟩31m ⟨U+202E⟩gnp.exe⟨U+200B⟩ [@click=app.quit]x[/nope]" in text


def test_wide_characters_keep_columns_in_line() -> None:
    text = listing([{"a": "学生", "b": "x"}, {"a": "abcd", "b": "y"}], A, B, style="table")
    assert text.splitlines()[1:] == ["学生  x", "abcd  y"]


def test_csv_tells_null_from_empty_and_quotes_what_needs_it() -> None:
    rows = [{"a": None, "b": ""}, {"a": 'say "x", y', "b": "two\nlines"}]
    text = listing(rows, A, B, style="csv")
    assert text == 'a,b\r\n,""\r\n"say ""x"", y","two\nlines"\r\n'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_takes_the_sting_out_of_formulas_and_says_so(
    start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = listing([{"a": f"{start}1+cmd|x"}, {"a": "plain"}], A, style="csv")
    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""))]
    assert cells == ["a", f"'{start}1+cmd|x", "plain"]
    assert capsys.readouterr().err.startswith("1 cell was changed")


def test_csv_is_harmless_where_semicolons_part_cells(capsys: pytest.CaptureFixture[str]) -> None:
    text = listing([{"a": "x;=1+cmd|y"}, {"a": "(X11; Linux)"}], A, style="csv")
    assert text.split("\r\n") == ["a", "x;'=1+cmd|y", "(X11; Linux)", ""]
    assert capsys.readouterr().err.startswith("1 cell was changed")


def test_csv_leaves_numbers_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert listing([{"a": -5}, {"a": "-5"}, {"a": "+1.5"}], A, style="csv").split() == [
        "a",
        "-5",
        "-5",
        "+1.5",
    ]
    assert capsys.readouterr().err == ""


@given(st.lists(st.tuples(texts, st.none() | texts)))
def test_csv_reads_back_as_the_same_values(values: list[tuple[str, str | None]]) -> None:
    text = listing([{"a": a, "b": b} for a, b in values], A, B, style="csv")
    read = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert len(read) == len(values)
    for cells, wanted in zip(read, values, strict=True):
        for cell, value in zip(cells, wanted, strict=True):
            assert cell.replace("'", "") == (value or "").replace("'", "")


def test_nothing_to_list_is_said_beside_an_empty_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert listing([], A, style="table") == ""
    assert capsys.readouterr().err == "Nothing matches.\n"


def test_rows_are_written_as_they_come() -> None:
    captured = Captured(terminal=False)

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(20_000):
            yield {"a": number}
        assert captured.buffer.tell() > 50_000

    with patch("sys.stdout", captured):
        output.write_listing(rows(), (A,), style="jsonl", zone=UTC)


def test_a_lone_surrogate_and_a_huge_integer_survive_as_json() -> None:
    row = {"a": "\ud800", "b": 2**70}
    assert json.loads(listing([row], A, B)) == row
