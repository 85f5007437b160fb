"""Whether what was made from the evidence, and from ``report.json``, still is what they give.

It is made again and compared, line by line.
"""

import io
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

import msgspec

from logsleuth import __version__
from logsleuth.model.jsontext import harmless, to_json
from logsleuth.report import render, tables
from logsleuth.report.archive import Archive
from logsleuth.report.model import FORMAT, Report
from logsleuth.report.problems import Problem, Unreadable, json_file, json_lines, lines
from logsleuth.report.queries import EVENTS, REQUESTS

MOST_LINES = 3
"""Lines of a file that are named where it says something else."""


class NotChecked(Exception):  # noqa: N818 (it is the answer of a check)
    """The check cannot be made here, for the reason it says."""


def check_tables(archive: Archive, problems: list[Problem], version: str | None) -> None:
    """Make the files for other programs again from the evidence, and compare."""
    _need_same(version, "the files for other programs were not compared row by row")
    try:
        table = (tables.csv_line(row)[0] for row in _rows(archive, REQUESTS))
        _compare(archive, tables.CSV, _after(tables.CSV_HEAD, table), problems, REQUESTS)
        sketch = tables.timesketch(_rows(archive, REQUESTS), _rows(archive, EVENTS))
        wanted = (f"{harmless(to_json(row))}\n" for row in sketch)
        _compare(archive, tables.TIMESKETCH, wanted, problems, "the evidence")
    except (LookupError, TypeError, ValueError) as error:
        raise Unreadable(Problem(REQUESTS, None, "a row of it is no row of evidence")) from error


def check_text(archive: Archive, problems: list[Problem], version: str | None) -> None:
    """Write HTML and Markdown again from ``report.json``, and compare."""
    _need_same(version, "numbers were compared, but not every word")
    try:
        report = msgspec.convert(json_file(archive, "report.json"), Report)
        if report.format != FORMAT:
            raise NotChecked(f"report.json has the format {report.format}, not {FORMAT}")
        written = {"report.html": render.html(report), "report.md": render.markdown(report)}
    except (ValueError, ArithmeticError, LookupError, TypeError) as error:
        raise Unreadable(Problem("report.json", None, f"it is no report: {error}")) from error
    for name, text in written.items():
        _compare(archive, name, io.StringIO(text, newline="\n"), problems, "report.json")


def _need_same(version: str | None, missed: str) -> None:
    if version != __version__:
        raise NotChecked(
            f"the report was written by logsleuth {version or '(unknown)'} and this is"
            f" {__version__}: {missed}"
        )


def _rows(archive: Archive, name: str) -> Iterator[dict[str, Any]]:
    return (row for _, row in json_lines(archive, name))


def _after(first: str, others: Iterable[str]) -> Iterator[str]:
    yield first
    yield from others


def _compare(
    archive: Archive, name: str, wanted: Iterable[str], problems: list[Problem], source: str
) -> None:
    """Problems for the first lines that are not those wanted."""
    there = (line for _, line in lines(archive, name))
    named = 0
    for number, (line, want) in enumerate(zip_longest(there, wanted), 1):
        if named < MOST_LINES and (want is None or line != want.encode(errors="replace").decode()):
            named += 1
            problems.append(Problem(name, number, f"this line is not what {source} gives"))
