"""What a sync of course changes is asked to do, how far it is, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logsleuth.filter.tree import Span
from logsleuth.ingest.descent import Listing
from logsleuth.model import times


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch: courses, accounts (with all accounts below, unless told otherwise), or,
    with neither, the root account; each by its id, or as ``sis_course_id:ABC`` and
    ``sis_account_id:ABC``; ``since`` and ``until`` in microseconds; ``keep_raw`` is a
    folder for copies of the pages as they were received."""

    courses: Sequence[int | str] = ()
    accounts: Sequence[int | str] = ()
    sub_accounts: bool = True
    since: int | None = None
    until: int | None = None
    keep_raw: Path | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: listings done of how many, the one in hand and down to which time
    (microseconds), pages and changes received."""

    done: int = 0
    total: int = 0
    listing: str = ""
    reached: int | None = None
    pages: int = 0
    read: int = 0


@dataclass(slots=True)
class ListingReport:
    """What became of one course's or account's changes; ``error`` is one sentence."""

    listing: Listing
    fetched: list[Span] = field(default_factory=list)
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "scope": self.listing.scope,
            "id": self.listing.id,
            "fetched": [
                {"since": times.iso(span.since or 0), "until": times.iso(span.until or 0)}
                for span in self.fetched
            ],
            "error": self.error,
        }


@dataclass(slots=True)
class Report:
    """read = added + updated + unchanged + rejected: changes received, of all listings.

    A change that came on two pages was read twice.  ``oldest`` is the time of the oldest
    change received; ``notes`` and ``errors`` are sentences.
    """

    since: int
    until: int
    pages: int = 0
    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    oldest: int | None = None
    listings: list[ListingReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object of ``sync course-events --format json``."""
        return {
            "since": times.iso(self.since),
            "until": times.iso(self.until),
            "pages": self.pages,
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "oldest": None if self.oldest is None else times.iso(self.oldest),
            "listings": [one.as_json() for one in self.listings],
            "notes": self.notes,
            "errors": self.errors,
        }
