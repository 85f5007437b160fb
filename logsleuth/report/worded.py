"""Whether a report says what the case's log says: findings, notes, tags, title, how much evidence.

The log is what a head that was noted elsewhere vouches for; without this, words of the report
could be changed beside a log that holds.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from logsleuth.report import said
from logsleuth.report.archive import Archive
from logsleuth.report.build import TAGS
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
        _check_tags(archive, report, problems)
        _check_copied(archive, logged, problems)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
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


def _check_tags(archive: Archive, report: Any, problems: list[Problem]) -> None:
    """Whether each piece of evidence, and the case, has the tags that were put on it last."""
    logged: dict[str | None, list[str]] = {}
    for _, entry in json_lines(archive, ACTIVITY):
        tags = logged.setdefault(entry["data"].get("on"), [])
        match entry["what"]:
            case "tagged":
                tags.append(entry["data"]["tag"])
            case "untagged":
                tags.remove(entry["data"]["tag"])
    of_case = [
        part["text"]
        for fact in report["facts"]
        if fact["label"] == TAGS
        for part in fact["text"]
        if isinstance(part, dict)
    ]
    wanted = [said.data(tag).text for tag in logged.pop(None, [])]
    if of_case != wanted:
        problems.append(_problem("title", f"the tags of the case are not those of {ACTIVITY}"))
    for evidence in report["evidence"]:
        if evidence["tags"] != logged.get(evidence["label"], []):
            problems.append(_problem(evidence["label"], f"its tags are not those of {ACTIVITY}"))


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
