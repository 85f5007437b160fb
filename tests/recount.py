"""What the counts by sort are recounted with, written without the code that counts."""

from collections.abc import Iterable

from logsleuth.model.weblog import WebLog

NO_DEED = {"background", "opaque", "other"}
"""Kinds of which it cannot be told that somebody did something."""


def sort_of(row: WebLog) -> str:
    """``automatic``, ``opened``, ``changed`` or ``unknown``."""
    if row.automatic:
        return "automatic"
    if row.write:
        known = row.automatic is False or row.kind not in NO_DEED
        return "changed" if known else "unknown"
    return "opened" if row.automatic is False else "unknown"


def count_sorts(rows: Iterable[WebLog], *names: str) -> int:
    """How many of the rows are of one of the sorts."""
    return sum(sort_of(row) in names for row in rows)
