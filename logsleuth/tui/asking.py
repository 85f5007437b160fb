"""Asking without waiting: questions run in threads, answers come back as messages.

A question belongs to a lane (the rows of one table, the counts of one headline).  A lane
has one question at a time: a newer one takes the older back through ``Cancel``, which
stops the statement in the database itself, and an answer that was under way already is
dropped by its number.  A question that fails ends as one sentence, never as a crash.
"""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from textual.message import Message

from logsleuth.model import clock
from logsleuth.store.base import Cancel, Cancelled, StoreError
from logsleuth.tui import crash

T = TypeVar("T")

PACE = 0.1
"""Seconds between two answers so far to one question: nobody reads faster, and each
costs the screen a little."""

Question = Callable[[Cancel], Iterator[T]]
"""Runs in a thread; yields answers, each replacing the one before; must heed ``Cancel``."""


class Answer(Message):
    """What a thread has to say: a value, a failure, or that it is done."""

    def __init__(self, lane: str, number: int, news: "_News") -> None:
        super().__init__()
        self.lane = lane
        self.number = number
        self.news = news


@dataclass(frozen=True, slots=True)
class _Value:
    value: Any


@dataclass(frozen=True, slots=True)
class _Failure:
    sentence: str


@dataclass(frozen=True, slots=True)
class _Done:
    pass


_News = _Value | _Failure | _Done


@dataclass(slots=True)
class _Asked(Generic[T]):
    number: int
    cancel: Cancel
    answered: Callable[[T], None]
    failed: Callable[[str], None]
    done: Callable[[], None]
    lasting: bool


def _nothing() -> None:
    return


class Asking:
    """The threads that ask.  Rows have threads of their own, so that a slow count never
    keeps a person waiting for the next page; counts and traces wait for one another,
    because each thread at work takes turns with the one that draws the screen."""

    def __init__(self, post: Callable[[Answer], object]) -> None:
        self._post = post
        self._numbers = itertools.count(1)
        self._open: dict[str, _Asked[Any]] = {}
        self._soon = ThreadPoolExecutor(2, thread_name_prefix="ask-soon")
        self._later = ThreadPoolExecutor(1, thread_name_prefix="ask-later")
        self._lasting = ThreadPoolExecutor(2, thread_name_prefix="ask-lasting")

    @property
    def busy(self) -> bool:
        """Whether any question is open."""
        return bool(self._open)

    @property
    def reading(self) -> bool:
        """Whether a question is open that is no lasting one."""
        return any(not asked.lasting for asked in self._open.values())

    def asks(self, lane: str) -> bool:
        """Whether a question of that lane is open."""
        return lane in self._open

    def ask(
        self,
        lane: str,
        question: Question[T],
        answered: Callable[[T], None],
        failed: Callable[[str], None],
        *,
        done: Callable[[], None] = _nothing,
        patient: bool = False,
        lasting: bool = False,
    ) -> None:
        """Ask; ``patient`` questions (counts, traces) give way to those for rows, and
        ``lasting`` ones (whatever waits for a network) keep nobody waiting.

        ``answered``, ``failed`` and ``done`` are called by :meth:`receive`.
        """
        self.take_back(lane)
        asked = _Asked(next(self._numbers), Cancel(), answered, failed, done, lasting)
        self._open[lane] = asked
        pool = self._lasting if lasting else self._later if patient else self._soon
        pool.submit(self._run, lane, asked.number, question, asked.cancel)

    def take_back(self, lane: str) -> None:
        """Cancel the open question of a lane, if there is one."""
        asked = self._open.pop(lane, None)
        if asked:
            asked.cancel.cancel()

    def stop(self, sentence: str) -> bool:
        """Take back what is being read, lasting questions apart, because somebody said so:
        whoever asked gets the sentence as a failure.  Whether there was anything to stop."""
        stopped = [(lane, asked) for lane, asked in self._open.items() if not asked.lasting]
        for lane, asked in stopped:
            self.take_back(lane)
            asked.failed(sentence)
        return bool(stopped)

    def receive(self, answer: Answer) -> None:
        """Pass an answer on, in the app's own thread, unless nobody waits for it now."""
        asked = self._open.get(answer.lane)
        if asked is None or asked.number != answer.number:
            return
        match answer.news:
            case _Value(value):
                asked.answered(value)
            case _Failure(sentence):
                del self._open[answer.lane]
                asked.failed(sentence)
            case _Done():
                del self._open[answer.lane]
                asked.done()

    def close(self) -> None:
        """Take every question back and let the threads end."""
        for lane in list(self._open):
            self.take_back(lane)
        self._soon.shutdown(wait=False, cancel_futures=True)
        self._later.shutdown(wait=False, cancel_futures=True)
        self._lasting.shutdown(wait=False, cancel_futures=True)

    def _run(self, lane: str, number: int, question: Question[T], cancel: Cancel) -> None:
        news: _News = _Done()
        try:
            cancel.check()
            held: _Value | None = None
            due = 0.0
            for value in question(cancel):
                cancel.check()
                held = _Value(value)
                if clock.monotonic() >= due:
                    self._post(Answer(lane, number, held))
                    held, due = None, clock.monotonic() + PACE
            if held is not None:
                self._post(Answer(lane, number, held))
        except Cancelled:
            return
        except StoreError as error:
            news = _Failure(str(error))
        except Exception as error:
            if cancel.cancelled:
                return
            news = _Failure(crash.sentence(error, "A question to the cache failed"))
        self._post(Answer(lane, number, news))
