"""The app as a process of its own on a real pseudo-terminal, as a shell would start it."""

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSCTTY, TIOCSWINSZ

from screen_reader import Screen

LONGEST = 60.0
"""Seconds that are waited for anything, at most."""

APP = (sys.executable, "-m", "logsleuth")


class OnPty:
    """A program on a terminal of its own, of which it is the foreground job."""

    def __init__(
        self,
        arguments: list[str],
        home: Path,
        *,
        size: tuple[int, int] = (80, 24),
        job: bool = False,
        piped: bool = False,
        program: Sequence[str] = APP,
        **environment: str,
    ) -> None:
        """``program`` is what the arguments are for.  ``job``: behind a process in the place
        of a shell, from which it can be stopped; ``piped``: its standard input is a pipe."""
        self._ours, theirs = pty.openpty()
        self.sent = b""
        self.resize(*size)
        command = [*program, *arguments]
        if job:
            command = [sys.executable, __file__, *command]
        self.child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if piped else theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: ioctl(theirs, TIOCSCTTY, 0),
            pass_fds=[theirs],
            env=_environment(home) | environment,
        )
        os.close(theirs)

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size; the program is told as always."""
        ioctl(self._ours, TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def echoes(self) -> bool:
        """Whether the terminal itself shows what is typed, as it does for a shell."""
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

    def type(self, keys: str | bytes) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode() if isinstance(keys, str) else keys)

    def until(self, text: str) -> bytes:
        """Read until the text comes, which was not there before; what came until then."""
        start, wanted = len(self.sent), text.encode()
        while wanted not in self.sent[start:]:
            if not self._read():
                raise AssertionError(f"{text!r} did not come after {self.sent[-800:]!r}")
        return self.sent[start:]

    def shows(self, *texts: str) -> None:
        """Read until each of the texts stands on the screen."""
        while missing := [text for text in texts if text not in self._screen()]:
            if not self._read():
                raise AssertionError(f"{missing} did not come: {self._screen()}")

    def _screen(self) -> str:
        """The lines as they stand after the last whole sequence."""
        screen = Screen()
        screen.send(self.sent[: max(0, self.sent.rfind(b"\x1b"))].decode())
        return "\n".join(screen.text(y) for y in sorted(screen.lines))

    def ended(self) -> int:
        """Wait for the end; its exit code, negative for a signal that killed it."""
        while self._read():
            pass
        return self.child.wait(LONGEST)

    def hang_up(self) -> int:
        """Drop the line, as SSH does; the exit code."""
        os.close(self._ours)
        self._ours = -1
        return self.child.wait(LONGEST)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        if self.child.stdin is not None:
            self.child.stdin.close()
        if self._ours >= 0:
            os.close(self._ours)

    def _read(self) -> bool:
        """Take in what comes next; false once there is no more."""
        if not select.select([self._ours], [], [], LONGEST)[0]:
            return False
        try:
            part = os.read(self._ours, 1 << 16)
        except OSError:  # how Linux says that the other end was closed
            return False
        self.sent += part
        return bool(part)


def _environment(home: Path) -> dict[str, str]:
    mine = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return mine | {
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
    }


def shell(command: list[str]) -> int:
    """In the place of a shell: run a job of its own group, say when it was stopped, and go on
    with it when Enter is pressed."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = subprocess.Popen(command, process_group=0)
    os.tcsetpgrp(0, job.pid)
    while True:
        _, status = os.waitpid(job.pid, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpgrp())
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        print("STOPPED", flush=True)
        sys.stdin.readline()
        os.tcsetpgrp(0, job.pid)
        os.killpg(job.pid, signal.SIGCONT)


if __name__ == "__main__":
    sys.exit(shell(sys.argv[1:]))
