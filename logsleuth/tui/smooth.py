"""What keeps the app from standing still while threads read.

Threads of Python take turns: whoever computes keeps the others waiting for the switch
interval, and a round of the garbage collector keeps everybody waiting while it looks at
objects.  Nearly all of those are the program itself, which never becomes garbage, and the
rows of panes, which are in no cycles: so rounds are made only while nothing is read.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH = 0.0005
"""Seconds that a thread may compute on while the screen waits for its turn."""

TIDYING = 60.0
"""Seconds between two rounds of the collector, as far as nothing is being read."""


@contextmanager
def loading() -> Iterator[None]:
    """Let the collector rest while modules are loaded: it would look at all that is there again
    and again, a sixth of the time, and find nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def smooth() -> Iterator[None]:
    """Let threads switch often, and the collector rest but for :func:`tidy`."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    gc.freeze()
    try:
        with loading():
            yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(interval)


def tidy() -> None:
    """Collect what is garbage only because it is in a cycle, such as closed pages."""
    if not gc.isenabled():
        gc.collect()
