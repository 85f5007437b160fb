"""The only reader of the current time.

A cache may pin the clock (the demo does), so that relative filters and screens
mean the same on every day.
"""

import time

_pinned_us: int | None = None


def now_us() -> int:
    """Microseconds since 1970-01-01T00:00:00Z: the pinned time, else the system's."""
    if _pinned_us is not None:
        return _pinned_us
    return wall_us()


def wall_us() -> int:
    """Microseconds since 1970-01-01T00:00:00Z by the system's clock, whatever is pinned: for
    saying when something was done."""
    return time.time_ns() // 1000


def pin(us: int | None) -> None:
    """Hold the clock at ``us`` microseconds; ``None`` lets it run again."""
    global _pinned_us
    _pinned_us = us


def monotonic() -> float:
    """Seconds for measuring how long something takes; never pinned."""
    return time.monotonic()
