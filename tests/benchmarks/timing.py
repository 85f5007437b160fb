"""Times of questions: how they are taken, kept, and put into figures."""

import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filters import Row
from workload import Question

LEAST, MOST = 3, 120
"""How often each question is asked: of up to so many random requests, as time allows."""
WARM_UP = 2
PATIENCE = 5
"""What takes so many times the time that a question has is asked once."""
COMPARED = 10
"""Answers of each question that are kept to be compared."""


@dataclass(slots=True)
class Times:
    """Milliseconds of the askings of one question, and its first answers.

    ``first`` is until the first answer that says something, ``whole`` until the last one;
    ``cold`` is the whole, from opening the cache on, with none of it in memory; ``error`` why
    there are none of these.
    """

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One asking: when its answers came, after so many milliseconds, and the last of them."""

    first: float
    whole: float
    answer: Callable[[], Any]


Once = Callable[[Question, Row], Asked]


def rows_for(question: Question, rows: list[Row]) -> Iterator[Row]:
    """Requests that the question can be made from, over and over if they are few."""
    fit = [row for row in rows if question.filter.fits(row)]
    for number in range(MOST if fit else 0):
        yield fit[number % len(fit)]


def ask_often(question: Question, rows: list[Row], seconds: float, once: Once) -> Times:
    """Ask a question of random requests until it was asked often enough, or for long."""
    found = Times()
    begin = time.perf_counter()
    for number, row in enumerate(rows_for(question, rows)):
        asked = once(question, row)
        if number < COMPARED:
            found.answers.append(asked.answer())
        taken = time.perf_counter() - begin
        long = taken > seconds
        if number >= WARM_UP or long:
            found.first.append(asked.first)
            found.whole.append(asked.whole)
        if taken > PATIENCE * seconds or (long and len(found.whole) >= LEAST):
            break
    return found


def at(values: list[float], share: float) -> float:
    """A percentile: the least of the values that so many of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Book:
    """Things kept in a file one by one, so that no process has to hold them all."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def new(cls, path: Path) -> "Book":
        """An empty book."""
        path.write_bytes(b"")
        return cls(path)

    def keep(self, name: object, thing: object) -> None:
        """Add a thing under a name; a later one takes its place."""
        with self.path.open("ab") as out:
            pickle.dump((name, thing), out)

    def all(self) -> dict[Any, Any]:
        """Everything that was kept."""
        found = {}
        with self.path.open("rb") as kept:
            while True:
                try:
                    name, thing = pickle.load(kept)
                except EOFError:
                    return found
                found[name] = thing
