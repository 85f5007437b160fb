"""Whether every number in a report is what its query gives."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from logsleuth.model import times
from logsleuth.report.archive import Archive
from logsleuth.report.problems import Problem, Unreadable, json_file, json_lines, lines
from logsleuth.report.queries import ACTIVITY, EVENTS, REQUESTS, Answers, Query

QUERIES = "provenance/queries.json"
_HTML = re.compile(r'<data value="(\d+)">([\d,]+)</data><a class="q" href="#(Q\d+)">')
_MARKDOWN = re.compile(r"([\d,]+) \[(Q\d+)\]")
_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_FENCE = re.compile(r"(`{3,})(?:text)?\Z")


def check_numbers(archive: Archive, problems: list[Problem]) -> None:
    """Ask every query again, and compare the numbers in ``report.json`` and in the texts."""
    try:
        queries = msgspec.convert(json_file(archive, QUERIES), list[Query])
    except msgspec.ValidationError as error:
        raise Unreadable(Problem(QUERIES, None, f"it holds no queries: {error}")) from error
    _ask_again(archive, queries, problems)
    values = {query.id: query.value for query in queries}
    report = json_file(archive, "report.json")
    for query, value in _figures(report):
        if values.get(query) != value:
            problems.append(
                Problem(
                    "report.json", None, f"it says {value} for {query}, {_gives(values, query)}"
                )
            )
    for query, counts in _lanes(report):
        if not _same_lane(values.get(query), counts):
            problems.append(Problem("report.json", None, f"a plot is not what {query} gives"))
    for name, marks in (("report.html", _html_marks), ("report.md", _markdown_marks)):
        for number, value, query in marks(lines(archive, name)):
            if values.get(query) != value:
                problems.append(
                    Problem(name, number, f"it says {value} for {query}, {_gives(values, query)}")
                )


def _gives(values: dict[str, Any], query: str) -> str:
    if query not in values:
        return f"which {QUERIES} does not have"
    return f"which gives {values[query]}"


def _ask_again(archive: Archive, queries: list[Query], problems: list[Problem]) -> None:
    answers = Answers(queries)
    for file in (REQUESTS, EVENTS, ACTIVITY):
        for number, row in json_lines(archive, file):
            try:
                answers.take(file, row)
            except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
                raise Unreadable(Problem(file, number, "this is no row of evidence")) from error
    for query in queries:
        answer = answers.of(query)
        if answer != query.value:
            problems.append(
                Problem(
                    QUERIES,
                    None,
                    f"{query.id} ({query.what}) is said to give {query.value}, but {query.file}"
                    f" gives {answer}",
                )
            )


def _figures(value: Any) -> Iterator[tuple[str, int]]:
    """Every number of a report that was counted, with its query."""
    if isinstance(value, list):
        for item in value:
            yield from _figures(item)
    elif isinstance(value, dict):
        if value.get("is") == "figure":
            yield str(value.get("query")), value.get("value", 0)
        else:
            for item in value.values():
                yield from _figures(item)


def _lanes(report: Any) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Every row of a plot: its query, and its numbers as the query gives them."""
    try:
        for plot in report["timeline"]["plots"]:
            first, width = times.parse(plot["first"]), plot["seconds"] * times.SECOND
            for lane in plot["lanes"]:
                yield (
                    lane["query"],
                    [
                        (times.iso(first + at * width), count)
                        for at, count in enumerate(lane["counts"])
                        if count
                    ],
                )
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(Problem("report.json", None, "its plots cannot be read")) from error


def _same_lane(value: Any, counts: list[tuple[str, int]]) -> bool:
    return isinstance(value, list) and [tuple(pair) for pair in value] == counts


def _html_marks(text: Iterator[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    for number, line in text:
        for value, shown, query in _HTML.findall(line):
            if f"{int(value):,}" == shown:
                yield number, int(value), query
            else:
                yield number, int(shown.replace(",", "") or 0), query


def _markdown_marks(text: Iterator[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Numbers with their queries, outside of what is quoted from data or from a person."""
    fence = ""
    for number, line in text:
        bare = line.rstrip("\n")
        if fence:
            fence = "" if bare == fence else fence
            continue
        opened = _FENCE.match(bare)
        if opened:
            fence = opened[1]
            continue
        for value, query in _MARKDOWN.findall(_SPAN.sub("", bare)):
            yield number, int(value.replace(",", "") or 0), query
