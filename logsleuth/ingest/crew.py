"""Work shared among processes, one for each core.

A worker is a Python of its own that is sent jobs and answers with their results.  It ends with
the process that started it, however that ends, and is ended by it when work is taken back:
what it does must be such that it may stop anywhere.
"""

import ctypes
import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from queue import SimpleQueue
from typing import Any

from logsleuth.store.base import StoreError
from logsleuth.store.writing import origin

Tell = Callable[..., None]
"""Hears how far a job is, in terms of the job."""

Job = tuple[Callable[[Any, Tell], Any], Any]
"""A function of a module, and what it is given beside what hears of it."""

_CHILD = "from logsleuth.ingest import reading; from logsleuth.ingest.crew import work; work()"
_TOLD, _DONE, _FAILED = range(3)
_PR_SET_PDEATHSIG = 1


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def alone(jobs: Sequence[Job], hear: Callable[..., None]) -> Iterator[tuple[int, Any]]:
    """Do the jobs here, one after the other: each one's place and result."""
    for place, (function, given) in enumerate(jobs):
        yield place, function(given, lambda *told, place=place: hear(place, *told))


class Crew:
    """Worker processes, started when there is work, ended when this is left."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._workers: dict[Connection, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        for connection, process in self._workers.items():
            process.kill()
            connection.close()
        for process in self._workers.values():
            process.wait()
        self._workers.clear()

    def start(self) -> None:
        """Start the processes, if they were not: they take a moment until they hear."""
        while len(self._workers) < self.size:
            self._start()

    def do(self, jobs: Sequence[Job], hear: Callable[..., None]) -> Iterator[tuple[int, Any]]:
        """Share the jobs out in their order: each one's place and result as it is done.

        What a job raises is raised here; ``StoreError`` if a worker ends before its job.
        """
        if jobs:
            self.start()
        waiting = list(enumerate(jobs))[::-1]
        busy: dict[Connection, int] = {}
        idle = list(self._workers)
        while waiting or busy:
            while waiting and idle:
                connection = idle.pop()
                busy[connection], job = waiting.pop()
                connection.send(job)
            for connection in [one for one in wait(list(busy)) if isinstance(one, Connection)]:
                kind, answer = self._heard(connection)
                if kind == _TOLD:
                    hear(busy[connection], *answer)
                elif kind == _FAILED:
                    raise answer
                else:
                    idle.append(connection)
                    yield busy.pop(connection), answer

    def _start(self) -> None:
        ours, theirs = Pipe()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-c", _CHILD, str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._workers[ours] = process

    def _heard(self, connection: Connection) -> tuple[int, Any]:
        try:
            kind, answer = connection.recv()
        except (EOFError, OSError) as error:
            code = self._workers[connection].wait()
            raise StoreError(
                f"A process that helped with the import ended before its time (exit code {code});"
                " what was in the cache is unharmed. Import again."
            ) from error
        return kind, answer


def work() -> None:
    """Be a worker: do jobs until the process that started this one closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that started it hears it, and ends it
    _end_with(int(sys.argv[2]))
    gc.disable()  # rows by the ten thousand, and no cycles among them, but among what held them
    connection = Connection(int(sys.argv[1]))
    jobs: SimpleQueue[Job] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, jobs), daemon=True).start()
    while True:
        function, given = jobs.get()
        try:
            answer = _DONE, function(given, lambda *told: connection.send((_TOLD, told)))
        except Exception as error:  # whatever it is, it is for the one who gave the job
            answer = _FAILED, origin(error)
        connection.send(answer)
        del answer, given
        gc.collect()


def _end_with(parent: int) -> None:
    """End at once when the process that started this one does, even by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _listen(connection: Connection, jobs: "SimpleQueue[Job]") -> None:
    """Hear of jobs, and end when nobody is there any more to give them."""
    with suppress(EOFError, OSError):
        while True:
            jobs.put(connection.recv())
    os._exit(1)
