"""How much a file may hold before it is refused, each with the reason why no log does.

Everything is read in blocks, so these bound memory and time whatever a file claims.
"""

from typing import Any

LONGEST_LINE = 8 << 20
"""Bytes of one row, or of one course event.  Front ends refuse a request line and headers
of more than some 32 KiB; what is longer is rejected without being held."""

LARGEST_RATIO = 500
"""Unpacked bytes for one packed byte.

Each request has an id of its own, of which 16 bytes cannot be packed, and a time.  Measured
with ``gzip -9``, rows of up to 31 KiB of one letter, the oddest that a front end lets
through, pack no better than 480 to 1; common logs are near 7, and DEFLATE ends at 1,032.
"""

RATIO_FROM = 64 << 20
"""Unpacked bytes from which the ratio is looked at; a small file can be as odd as it likes."""

MOST_COLUMNS = 1_000
"""Cells of a row of CSV or TSV; ``web_logs`` has 26 and ``courses`` some 80."""

DEEPEST = 100
"""Lists and objects in each other; documents of Canvas have 6."""

LARGEST_DOCUMENT = 32 << 20
"""Bytes of a JSON document, which is held whole: some 50,000 events, and 250 MB of memory."""

MOST_VALUES = 1_500_000
"""Commas and brackets of a JSON document: each can be a value that takes a hundred bytes.
An event has about 25 in 600 bytes."""

MOST_VALUES_OF_ONE = 50_000
"""The same of one event or row, of which there are copies while it is read."""

MOST_PAGES = 10_000
"""Pages of a saved list of answers: half a million events."""

MOST_REJECTS = 100_000
MOST_REJECTED_BYTES = 64 << 20
"""Rejected lines of one file that are kept; where there are more, the file is no log."""

MOST_DELETIONS = 250_000
"""Deletions of one import, which are held until its rows are in: 75 MB.  Canvas lets its log
run out instead of deleting from it, so more of them are no log's."""

SHOWN_OF_LONG = 4_096
"""Bytes that are kept of what is too long to be held."""


def values(content: bytes) -> int:
    """Commas and brackets of JSON text: at least as many as it holds values, but for one."""
    return sum(content.count(sign) for sign in (b",", b"[", b"{"))


def too_deep(loaded: Any) -> bool:
    """Whether lists and objects stand in each other deeper than :data:`DEEPEST`."""
    level = [loaded]
    for _ in range(DEEPEST):
        inside: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inside += one.values()
            elif isinstance(one, list):
                inside += one
        level = inside
        if not level:
            return False
    return True
