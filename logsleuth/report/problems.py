"""What does not hold in a report, and reading its files so that it can be said where."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from logsleuth.report.archive import Archive

LONGEST_LINE = 64 << 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: in which file, on which line (from 1), and what."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.text}"


class Unreadable(Exception):  # noqa: N818 (it is the answer of a check)
    """A file cannot be read as what it should be; nothing more can be said of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def lines(archive: Archive, name: str) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers."""
    if name not in archive.names:
        raise Unreadable(Problem(name, None, "it is missing"))
    number = 0
    try:
        with archive.open(name) as stream:
            while line := stream.readline(LONGEST_LINE):
                number += 1
                yield number, line.decode()
    except (OSError, ValueError, EOFError) as error:
        raise Unreadable(Problem(name, number or None, f"it cannot be read: {error}")) from error


def json_lines(archive: Archive, name: str) -> Iterator[tuple[int, Any]]:
    """The objects of a file with one on each line, with the lines' numbers."""
    for number, line in lines(archive, name):
        row = _decoded(line, name, number)
        if not isinstance(row, dict):
            raise Unreadable(Problem(name, number, "this line is no JSON object"))
        yield number, row


def json_file(archive: Archive, name: str) -> Any:
    """A JSON file."""
    return _decoded("".join(line for _, line in lines(archive, name)), name, None)


def _decoded(text: str, name: str, line: int | None) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        place = getattr(error, "lineno", None) if line is None else line
        raise Unreadable(Problem(name, place, "this is no JSON")) from error
