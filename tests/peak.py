"""The most memory that a process had, for tests that run one."""

from pathlib import Path


def peak_bytes() -> int:
    """Bytes that this process had at most.

    Not ``ru_maxrss``: on Linux a child starts with the peak of the process that it was forked
    from.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel does not say")
