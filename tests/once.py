"""What takes long to make and is only read: made once for all processes of a test run."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

SHARED = "LOGSLEUTH_TESTS_SHARED"
"""The environment variable with the folder that the processes of a test run share."""


def once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of that name, filled by ``make`` in the first process that asks for it.

    Whoever wants to change it makes a copy.
    """
    shared = Path(os.environ[SHARED])
    whole = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            made = shared / f"{name}.making"
            make(made)
            made.rename(whole)
    return whole
