"""Getting text to the clipboard, over SSH and inside tmux too, or at least into a file."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs

from logsleuth.tui import private

TMUX_SECONDS = 2.0

OSC_52_MOST = 74_994
"""Base64 characters that terminals take in one go."""

NO_CLIPBOARD = ("linux", "vt")
"""Terminals that have none begin with this."""


def copy(text: str, what: str, environ: Mapping[str, str], send: Callable[[str], object]) -> str:
    """Hand safe text over by the first way that there is; a sentence on which one it was.

    With its default settings tmux drops the escape sequence (OSC 52) that other terminals
    take, which ``send`` sends; but it has a command for it.  Whether a terminal took the
    sequence nobody can know.
    """
    if environ.get("TMUX"):
        if _through_tmux(text, environ):
            return f"Copied the {what} through tmux."
        return _into_file(text, "tmux did not take it")
    if environ.get("STY"):
        return _into_file(text, "screen passes nothing on")
    if environ.get("TERM", "").startswith(NO_CLIPBOARD):
        return _into_file(text, "there is no clipboard")
    if not _fits(text):
        return _into_file(text, "too long for a clipboard")
    send(text)
    return f"Copied the {what} by OSC 52, if the terminal takes it; else A."


def _through_tmux(text: str, environ: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],
            input=text.encode("utf-8", "replace"),
            env=environ,
            timeout=TMUX_SECONDS,
            capture_output=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _fits(text: str) -> bool:
    return len(text.encode("utf-8", "replace")) * 4 / 3 <= OSC_52_MOST


def _into_file(text: str, why: str) -> str:
    path = platformdirs.user_state_path("logsleuth") / "copied.txt"
    try:
        private.write(path, f"{text}\n".encode("utf-8", "replace"))
    except OSError as error:
        return f"Not copied: {why}, and {path} cannot be written ({error.strerror})."
    home = Path.home()
    short = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else path
    return f"Copied into {short}: {why}."
