"""What keeps the app from standing still while threads read.

Threads of Python take turns: whoever computes keeps the others waiting for the switch
interval, and a full round of the garbage collector keeps everybody waiting while it looks
at every object there is.  Two hundred thousand of those are the program itself, which
never becomes garbage, and most others are the rows of panes, which are in no cycles.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH = 0.0005
"""Seconds that a thread may compute on while the screen waits for its turn."""

YOUNG = 2_000
"""New objects, less those that are gone, between two rounds over the young ones."""

ROUNDS = 10
"""Rounds over the youngest for one over those that outlived it."""

NEVER = 10**9
"""Rounds over those for a full one."""


@contextmanager
def smooth() -> Iterator[None]:
    """Let threads switch often, and the collector leave alone what is there by now.

    What was loaded before is left out of all rounds; rounds are fewer, not none.
    """
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(SWITCH)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, ROUNDS, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        sys.setswitchinterval(interval)
