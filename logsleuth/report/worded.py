"""Whether a report says what the case's log says: findings, notes, title, and how much evidence.

The log is what a head that was noted elsewhere vouches for; without this, words of the report
could be changed beside a log that holds.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from logsleuth.report import said
from logsleuth.report.archive import Archive
from logsleuth.report.problems import Problem, Unreadable, json_file, json_lines
from logsleuth.report.queries import ACTIVITY, REQUESTS

_FINDING = ("statement", "confidence", "alternative", "cites")
_NOTE = ("on", "text")
_ABOUT = ("title", "questions")


def check_words(archive: Archive, problems: list[Problem]) -> None:
    """Compare ``report.json`` and the rows of evidence with the entries of the log."""
    report = json_file(archive, "report.json")
    try:
        logged = _logged(archive)
        for label, names, words in _said(report):
            wanted = logged.pop(label, None)
            if wanted is None:
                problems.append(_problem(label, f"which no entry of {ACTIVITY} holds"))
            else:
                wrong = [name for name in names if words[name] != wanted[name]]
                for name in wrong:
                    problems.append(_problem(label, f"its {name} is not that of {ACTIVITY}"))
        for label, wanted in logged.items():
            if "copied" not in wanted:
                problems.append(_problem(label, f"it is missing, but {ACTIVITY} holds it"))
        _check_copied(archive, logged, problems)
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(Problem("report.json", None, f"it lacks {error}")) from error


def _logged(archive: Archive) -> dict[str, dict[str, Any]]:
    """What the log says last of each label; of the case itself by the label ``title``."""
    found: dict[str, dict[str, Any]] = {"title": {"questions": []}}
    for _, entry in json_lines(archive, ACTIVITY):
        data = entry["data"]
        match entry["what"]:
            case "created" | "edited":
                found["title"].update(data)
                found["title"]["title"] = said.data(found["title"]["title"]).text
            case "found" | "noted" | "added":
                found[data["label"]] = data
    return found


def _said(report: Any) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    yield "title", _ABOUT, {**report, "title": report["title"]["text"]}
    for finding in report["findings"]:
        yield finding["label"], _FINDING, finding
    for note in report["notes"]:
        yield note["label"], _NOTE, note


def _check_copied(
    archive: Archive, logged: dict[str, dict[str, Any]], problems: list[Problem]
) -> None:
    """Whether each piece of evidence has as many rows as were copied."""
    rows: Counter[str] = Counter()
    for _, row in json_lines(archive, REQUESTS):
        rows.update(row["evidence"])
    for label, data in logged.items():
        if "copied" in data and rows[label] != data["copied"]:
            problems.append(
                Problem(
                    REQUESTS,
                    None,
                    f"it holds {rows[label]:,} requests of {label}, but {ACTIVITY} says that"
                    f" {data['copied']:,} were copied",
                )
            )


def _problem(label: str, text: str) -> Problem:
    return Problem("report.json", None, f"{label}: {text}")
