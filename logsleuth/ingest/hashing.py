"""Files hashed ahead of their turn, on all cores: hashing lets other threads run."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import TracebackType

from logsleuth.sources import files
from logsleuth.sources.files import Digest

_TELL_EVERY = 0.1
"""Seconds between two words about how far a file is, while its digest is waited for."""


class _Stopped(Exception):  # noqa: N818 (says what became of the work, no failure)
    """Nobody waits for the digest any more."""


class Digests:
    """The digests of files, in their order; they are begun when this is entered.

    A thread holds one block of a file at a time, whatever the files are like.
    """

    def __init__(self, paths: Sequence[Path], threads: int) -> None:
        self._paths = paths
        self._pool = ThreadPoolExecutor(max(1, min(threads, len(paths))), "hashing")
        self._stopped = Event()
        self._done = [0] * len(paths)
        self._next = 0
        self._begun: list[Future[Digest]] = []

    def __enter__(self) -> "Digests":
        self._begun = [self._pool.submit(self._digest, place) for place in range(len(self._paths))]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._pool.shutdown(cancel_futures=True)

    def next(self, hear: Callable[[int], None]) -> Digest:
        """Wait for the digest of the next file, and hear how many of its bytes are done.

        Raises ``SourceError`` as :func:`logsleuth.sources.files.digest` does.
        """
        place, self._next = self._next, self._next + 1
        while True:
            try:
                found = self._begun[place].result(_TELL_EVERY)
            except TimeoutError:
                hear(self._done[place])
                continue
            hear(found.size)
            return found

    def _digest(self, place: int) -> Digest:
        def hear(done: int) -> None:
            self._done[place] = done
            if self._stopped.is_set():
                raise _Stopped

        return files.digest(self._paths[place], hear)
