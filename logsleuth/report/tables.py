"""The evidence for other programs: a table for spreadsheets, a timeline for Timesketch.

Both follow from ``requests.jsonl`` and ``course_events.jsonl``; an export writes them so, and
``verify`` makes them again and compares.
"""

import heapq
from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import itemgetter

from logsleuth.model.jsontext import plain, to_json
from logsleuth.model.spreadsheet import defused, quoted
from logsleuth.model.text import visible
from logsleuth.report import records
from logsleuth.report.records import REQUEST_COLUMNS, Row

CSV = "evidence/requests.csv"
TIMESKETCH = "evidence/timesketch.jsonl"

CSV_HEAD = ",".join(quoted(name) for name in REQUEST_COLUMNS) + "\r\n"


def csv_line(row: Row) -> tuple[str, int]:
    """A row of ``requests.jsonl`` as a line of the table, and how many cells were changed for
    that: nothing in them is calculated, and nothing hides."""
    cells, changed = [], 0
    for name in REQUEST_COLUMNS:
        value = row[name]
        match value:
            # A null is an empty cell, an empty text is two quotes.
            case None:
                cells.append("")
            case bool() | int():
                cells.append(plain(value))
            case _:
                cell, safer = _cell(value if isinstance(value, str) else to_json(value))
                changed += safer
                cells.append(cell)
    return ",".join(cells) + "\r\n", changed


@lru_cache(maxsize=8192)
def _cell(text: str) -> tuple[str, bool]:
    safe = visible(defused(text))
    return quoted(safe), safe != text


def timesketch(requests: Iterable[Row], events: Iterable[Row]) -> Iterator[Row]:
    """The rows of both files, each in the order of time, as one timeline."""
    of_requests = ((row["timestamp"], records.timesketch_request(row)) for row in requests)
    of_events = ((row["created_at"], records.timesketch_event(row)) for row in events)
    for _, row in heapq.merge(of_requests, of_events, key=itemgetter(0)):
        yield row
