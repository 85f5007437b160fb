"""What keeps the app small after it has read much.

The C library keeps what was freed for whoever asks next, and the more of it, the larger the
pieces were: after a list of hundreds of thousands of rows that is as much as the rows took.
"""

import ctypes

KEPT = 128 * 1024
"""Bytes at the end of the heap that are kept: what the C library begins with."""

_TRIM_THRESHOLD = -1
"""``M_TRIM_THRESHOLD`` of glibc's ``malloc.h``; once set, it does not grow by itself."""


def give_back() -> None:
    """Have freed memory given back to the system at once, where the C library can do that."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, KEPT)
