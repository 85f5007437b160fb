"""What goes wrong with reports."""

from logsleuth.report.disguise import Hit
from logsleuth.store.base import StoreError


class ReportError(StoreError):
    """One sentence for the user: what happened, to which file, and what to do next."""


class Unconfirmed(ReportError):  # noqa: N818 (a question, not an error)
    """Text that somebody wrote tells of people; somebody must read what is replaced."""

    def __init__(self, hits: tuple[Hit, ...]) -> None:
        super().__init__(
            "Nothing was written: text of this case tells of people where only somebody who"
            " reads it can judge. Read the list above; --confirm-scan exports with these"
            " replacements, and a note or finding can be written anew."
        )
        self.hits = hits
