"""Whether a report says of sources and coverage what the files in ``provenance/`` say.

What nobody fetched is what a reader must know most of; one word changed there turns "the log of
that hour is missing" into "there was no such request".
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from logsleuth.model import times
from logsleuth.report import said, scope
from logsleuth.report.archive import Archive
from logsleuth.report.model import CoverageLine, SourceText
from logsleuth.report.problems import Problem, Unreadable, json_file, json_lines
from logsleuth.report.queries import EVENTS, REQUESTS
from logsleuth.store.coverage import REASON_WORDS, STATE_WORDS

SOURCES = "provenance/sources.json"
COVERAGE = "provenance/coverage.json"

LONGEST = 100 * 366 * times.DAY
"""Of a stretch that is gone through hour by hour; who makes up a report could name any."""


def check_provenance(archive: Archive, problems: list[Problem]) -> None:
    """Compare ``report.json`` with both files, and the rows of evidence with their sources."""
    report = json_file(archive, "report.json")
    _read(SOURCES, lambda: _check_sources(archive, report, problems))
    _read(COVERAGE, lambda: _check_coverage(archive, report, problems))


def _read(name: str, check: Any) -> None:
    try:
        check()
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        text = f"it and report.json cannot be compared: {error}"
        raise Unreadable(Problem(name, None, text)) from error


def _check_sources(archive: Archive, report: Any, problems: list[Problem]) -> None:
    sources = json_file(archive, SOURCES)
    wanted = [
        SourceText(
            number=one["number"],
            name=said.data(one["name"] or ""),
            sha256=one["sha256"],
            size=one["size"],
            rows=one["rows"],
            seen_at=times.iso_seconds(times.parse(one["recorded_at"])),
        )
        for one in sources
    ]
    if report["sources"] != msgspec.to_builtins(wanted):
        problems.append(_other("its sources are", SOURCES))
    numbers = {None, *(one["number"] for one in sources)}
    for name in (REQUESTS, EVENTS):
        for line, row in json_lines(archive, name):
            if row["source"] not in numbers:
                text = f"its source is {row['source']}, which {SOURCES} does not have"
                problems.append(Problem(name, line, text))


def _check_coverage(archive: Archive, report: Any, problems: list[Problem]) -> None:
    known = json_file(archive, COVERAGE)
    lines = {one["evidence"]: list(_lines(one["stretches"])) for one in known}
    as_of = {one["evidence"]: times.iso_seconds(times.parse(one["as_of"])) for one in known}
    labels = [evidence["label"] for evidence in report["evidence"]]
    if labels != list(lines):
        problems.append(_other("its pieces of evidence are", COVERAGE))
        return
    for evidence in report["evidence"]:
        label = evidence["label"]
        if evidence["coverage"] != msgspec.to_builtins(lines[label]):
            problems.append(_other(f"the coverage of {label} is", COVERAGE))
        if evidence["added_at"] != as_of[label]:
            problems.append(_other(f"the time at which {label} was added is", COVERAGE))
    whole = scope.merged(line for some in lines.values() for line in some)
    if report["coverage"] != msgspec.to_builtins(whole):
        problems.append(_other("its coverage as a whole is", COVERAGE))


def _lines(stretches: Any) -> Iterator[CoverageLine]:
    """Stretches in the words of a report."""
    for one in stretches:
        since, until = times.parse(one["since"]), times.parse(one["until"])
        if until - since > LONGEST:
            raise ValueError("a stretch of it is longer than a century")
        reason = one["reason"] or ""
        yield CoverageLine(
            times.iso_seconds(since),
            times.iso_seconds(until),
            STATE_WORDS[one["state"]],
            REASON_WORDS.get(reason, reason),
        )


def _other(what: str, file: str) -> Problem:
    return Problem("report.json", None, f"{what} not what {file} says")
