"""Asking in threads: the newest question counts, and none can end the app."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from logsleuth.store.base import Cancel, StoreError
from logsleuth.tui import crash
from logsleuth.tui.asking import Answer, Asking

LONGEST = 20.0
"""Seconds until a test that waits for a thread gives up."""


class Desk:
    """Stands where the app's event loop would."""

    def __init__(self) -> None:
        self.inbox: Queue[Answer] = Queue()
        self.asking = Asking(self.inbox.put)
        self.answers: list[object] = []
        self.failures: list[str] = []
        self.finished = 0

    def ask(self, lane: str, question: object, **how: bool) -> None:
        self.asking.ask(
            lane,
            question,  # type: ignore[arg-type]
            self.answers.append,
            self.failures.append,
            done=self._finish,
            **how,
        )

    def _finish(self) -> None:
        self.finished += 1

    def listen(self) -> None:
        """Take answers in until no question is open."""
        while self.asking.busy:
            self.asking.receive(self.inbox.get(timeout=LONGEST))


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    yield found
    found.asking.close()


def test_the_last_answer_always_arrives(desk: Desk) -> None:
    desk.ask("rows", lambda cancel: iter(range(1000)))
    desk.listen()
    assert desk.answers[-1] == 999
    assert len(desk.answers) < 1000  # nobody reads so fast
    assert desk.finished == 1


def test_a_newer_question_takes_the_older_back(desk: Desk) -> None:
    started, stopped = threading.Event(), threading.Event()

    def slow(cancel: Cancel) -> Iterator[str]:
        released = threading.Event()
        cancel.add_hook(released.set)
        started.set()
        assert released.wait(LONGEST), "nobody took the question back"
        stopped.set()
        yield "of the older question"

    desk.ask("rows", slow)
    assert started.wait(LONGEST)
    desk.ask("rows", lambda cancel: iter(["of the newer question"]))
    desk.listen()
    assert stopped.wait(LONGEST)
    assert desk.answers == ["of the newer question"]
    assert desk.failures == []


def test_an_answer_that_comes_too_late_is_dropped(desk: Desk) -> None:
    desk.ask("rows", lambda cancel: iter(["old"]))
    late = desk.inbox.get(timeout=LONGEST)
    desk.ask("rows", lambda cancel: iter(["new"]))
    desk.asking.receive(late)
    desk.listen()
    assert desk.answers == ["new"]


def test_lanes_do_not_disturb_each_other(desk: Desk) -> None:
    desk.ask("rows", lambda cancel: iter(["rows"]))
    desk.ask("counts", lambda cancel: iter(["counts"]))
    desk.listen()
    assert sorted(map(str, desk.answers)) == ["counts", "rows"]


def test_what_waits_for_a_network_keeps_no_count_waiting(desk: Desk) -> None:
    counted = threading.Event()

    def fetching(cancel: Cancel) -> Iterator[str]:
        assert counted.wait(LONGEST), "the count waits for what is fetched"
        yield "fetched"

    def counting(cancel: Cancel) -> Iterator[str]:
        counted.set()
        yield "counted"

    desk.ask("sync", fetching, lasting=True)
    assert desk.asking.busy
    assert not desk.asking.reading
    desk.ask("counts", counting, patient=True)
    assert desk.asking.reading
    desk.listen()
    assert sorted(map(str, desk.answers)) == ["counted", "fetched"]
    assert desk.failures == []


def test_what_a_store_says_is_said_as_it_is(desk: Desk) -> None:
    def failing(cancel: Cancel) -> Iterator[str]:
        raise StoreError("The day file cannot be read; import it again.")
        yield ""

    desk.ask("rows", failing)
    desk.listen()
    assert desk.failures == ["The day file cannot be read; import it again."]


def test_a_defect_is_one_sentence_and_a_file_without_values(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda name: str(tmp_path / name))

    def broken(cancel: Cancel) -> Iterator[str]:
        token = "very-secret"
        raise ValueError(f"cannot use {token}")
        yield ""

    desk.ask("rows", broken)
    desk.listen()
    (said,) = desk.failures
    log = tmp_path / "logsleuth" / "errors.log"
    assert "ValueError" in said
    assert str(log) in said
    assert "very-secret" not in said + log.read_text()
    assert "in broken" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_that_cannot_be_written_is_no_second_defect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr("platformdirs.user_state_dir", lambda name: str(blocked))
    assert "could not be written" in crash.sentence(ValueError("x"), "It failed")


def test_a_link_in_place_of_the_log_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda name: str(tmp_path))
    victim = tmp_path / "victim"
    victim.write_text("precious")
    os.symlink(victim, tmp_path / "errors.log")
    assert "could not be written" in crash.sentence(ValueError("x"), "It failed")
    assert victim.read_text() == "precious"


def test_stopping_fails_every_question_but_those_that_last(desk: Desk) -> None:
    held = threading.Event()

    def waits(cancel: Cancel) -> Iterator[str]:
        cancel.add_hook(held.set)
        held.wait(LONGEST)
        cancel.check()
        yield "an answer that nobody waits for"

    going_on = threading.Event()

    def fetches(cancel: Cancel) -> Iterator[str]:
        going_on.wait(LONGEST)
        yield "fetched"

    desk.ask("sync", fetches, lasting=True)
    assert not desk.asking.stop("Stopped.")
    desk.ask("rows", waits)
    assert desk.asking.stop("Stopped.")
    assert desk.failures == ["Stopped."]
    going_on.set()
    desk.listen()
    assert desk.answers == ["fetched"]
