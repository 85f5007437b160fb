"""Runs a command and watches it from outside: time, and memory of each of its processes."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = 0.02
MB = 1024 * 1024


class Failed(Exception):  # noqa: N818 (the command's failure, told on)
    """A command of the benchmark ended with an error."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ran: seconds, what it printed, and its largest process in bytes.

    ``peak`` is the most that any one of its processes held in memory, shared and mapped
    pages included; ``processes`` is how many there were.
    """

    seconds: float
    output: str
    peak: int
    processes: int


def run(command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> Ran:
    """Run a command to its end; ``Failed`` with what it said if that was an error."""
    begin = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    ) as process:
        peaks: dict[int, int] = {}
        while True:
            for pid in _family(process.pid):
                peaks[pid] = max(peaks.get(pid, 0), _status(pid, "VmHWM"))
            try:
                output, errors = process.communicate(timeout=TICK)
                break
            except subprocess.TimeoutExpired:
                continue
    seconds = time.perf_counter() - begin
    if process.returncode:
        raise Failed(f"{' '.join(map(str, command))} ended with {process.returncode}: {errors}")
    return Ran(seconds, output, max(peaks.values(), default=0), len(peaks))


def run_loudly(command: Sequence[str | Path]) -> None:
    """Run a command whose words go where ours go; ``Failed`` if it ends with an error."""
    ended = subprocess.run([str(part) for part in command], check=False).returncode
    if ended:
        raise Failed(f"{' '.join(map(str, command))} ended with {ended}")


def own_anonymous() -> int:
    """Bytes of this process that are not pages of files."""
    return _status(os.getpid(), "RssAnon")


def _family(pid: int) -> list[int]:
    """A process and all that it started, as far as they live."""
    found, at = [pid], 0
    while at < len(found):
        for task in Path(f"/proc/{found[at]}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
        at += 1
    return found


def _status(pid: int, name: str) -> int:
    """A line of a process's status in bytes; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)


class Warm:
    """Keeps files in the system's memory, which may drop what nobody read for half a minute."""

    EVERY = 10.0
    """Seconds that may pass without a look."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._looked = -self.EVERY

    def keep(self) -> None:
        """Read all of the files, if they were not read just now."""
        if time.monotonic() - self._looked < self.EVERY:
            return
        for path in self._place.rglob("*") if self._place.is_dir() else [self._place]:
            if path.is_file():
                with path.open("rb", buffering=0) as file:
                    while file.read(1 << 20):
                        pass
        self._looked = time.monotonic()


def forget(folder: Path) -> None:
    """Drop what the system keeps in memory of the files of a folder."""
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)
