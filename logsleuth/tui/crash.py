"""What is left of a defect: one sentence on the terminal, and a log file without values.

A traceback with local variables would print tokens, names and log lines; the file holds
the places in the code and the kind of error only, and is readable by its owner alone.
"""

import os
import traceback
from pathlib import Path

import platformdirs

from logsleuth.model import clock, times


def sentence(error: BaseException, what: str) -> str:
    """Record the error and say so: what happened, and where the details are."""
    kind = type(error).__name__
    try:
        path = record(error)
    except OSError:
        return f"{what} ({kind}); the details could not be written to a file."
    return f"{what} ({kind}); the details are in {path}."


def record(error: BaseException) -> Path:
    """Append where the error happened to the log file, mode 0600, and return its path."""
    folder = Path(platformdirs.user_state_dir("logsleuth"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "errors.log"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{times.iso(clock.now_us())} {_without_values(error)}\n")
    return path


def _without_values(error: BaseException) -> str:
    """Kinds and places of the error and of what led to it; messages may quote data."""
    lines = []
    link: BaseException | None = error
    while link is not None:
        lines.append(type(link).__name__)
        for frame in traceback.extract_tb(link.__traceback__):
            lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
        link = link.__cause__ or link.__context__
    return "\n".join(lines)
