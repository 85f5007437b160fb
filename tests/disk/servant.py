"""Runs commands behind ``watch.c``, each in a fork of one process that has loaded everything.

A fork costs milliseconds where a start of Python costs half a second, so that hundreds of
kills fit into a test.
"""

import functools
import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

_STATE = struct.Struct("<qqii")
"""Changes so far, the one to strike at, how, and whether to write the log."""


class How(IntEnum):
    """What happens at a change; the numbers are those of ``watch.c``."""

    WATCH = 0
    KILL = 1
    """The process that is about to make the change is killed."""
    KILL_TORN = 2
    """The same, but half of what it writes is written."""
    KILL_PARENT = 3
    """The command itself is killed, whichever of its processes makes the change."""
    FULL = 4
    """From this change on no file may grow."""
    BROKEN = 5
    """From this change on every change fails."""


@dataclass(frozen=True)
class Ran:
    """How a command ended: ``code`` is negative for a signal.

    ``changes`` are those that it made below the root; ``left`` processes of its own did not
    end with it and had to be killed.
    """

    code: int
    said: str
    changes: int
    left: int


@functools.cache
def library() -> Path:
    """``watch.c``, compiled."""
    made = Path(tempfile.mkdtemp(), "watch.so")
    source = Path(__file__).with_name("watch.c")
    subprocess.run(
        ["cc", "-O1", "-shared", "-fPIC", "-o", made, source, "-ldl", "-lpthread"], check=True
    )
    return made


class Servant:
    """One loaded process, and a root below which its commands are watched.

    ``root`` should hold the caches and nothing else; ``scratch`` is for settings and logs.
    With a ``crew``, every import is shared among processes, however small it is.
    ``environment`` is added to that of the tests.
    """

    def __init__(
        self, root: Path, scratch: Path, *, crew: bool = False, **environment: str
    ) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self.log = scratch / "log"
        self._said = scratch / "said"
        state = scratch / "state"
        for path in (self.log, state):
            path.touch()
        self._process = subprocess.Popen(
            [sys.executable, __file__, *(["crew"] if crew else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "LD_PRELOAD": str(library()),
                "DISK_ROOT": str(self.root),
                "DISK_STATE": str(state),
                "DISK_LOG": str(self.log),
                **{f"XDG_{kind}_HOME": str(scratch) for kind in ("CONFIG", "STATE", "DATA")},
                **environment,
            },
        )
        assert self._read() == "ready"
        with state.open("r+b") as file:
            self._state = mmap.mmap(file.fileno(), 0)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._state.close()

    def __enter__(self) -> "Servant":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, *args: str | Path, at: int = 0, how: How = How.WATCH, log: bool = False) -> Ran:
        """Run ``logsleuth ARGS``, and strike at its change number ``at``, counted from 1."""
        os.truncate(self.log, 0)
        _STATE.pack_into(self._state, 0, 0, at, how, log)
        assert self._process.stdin is not None
        order = {"args": [str(arg) for arg in args], "said": str(self._said)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code, left = json.loads(self._read())
        changes = _STATE.unpack_from(self._state)[0]
        _STATE.pack_into(self._state, 0, 0, 0, How.WATCH, False)
        return Ran(code, self._said.read_text(), changes, left)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")


# In the process itself

_SUBREAPER = 36
"""``PR_SET_CHILD_SUBREAPER``: orphans of this process become its children."""
_PATIENCE = 20.0
"""Seconds that what a command left behind has to end by itself."""


def _serve() -> None:
    import ctypes

    import logsleuth.cli.commands.import_files
    import logsleuth.cli.commands.prune
    import logsleuth.cli.commands.sync_web_logs  # noqa: F401 (loaded before any fork)
    from logsleuth.cli.main import cli
    from logsleuth.ingest import run

    if sys.argv[1:] == ["crew"]:
        run.WORTH_A_CREW = 0
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _obey(cli, order)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([code, _wait_for_orphans()]), flush=True)


def _obey(cli: Any, order: dict[str, Any]) -> None:
    os.setpgid(0, 0)
    said = os.open(order["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for handle, kind in ((null, 0), (said, 1), (said, 2)):
        os.dup2(handle, kind)
    code = 70
    try:
        cli.main(order["args"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait_for_orphans() -> int:
    """Wait for processes that the command left; how many did not end by themselves."""

    def ring(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, ring)
    left = 0
    while True:
        try:
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
            os.waitpid(-1, 0)
        except ChildProcessError:
            return left
        except TimeoutError:
            orphans = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            left += len(orphans)
            for orphan in orphans:
                os.kill(int(orphan), signal.SIGKILL)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    _serve()
