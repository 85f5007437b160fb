"""Reading a case: what it says now, its rows, its log, and whether all of that holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from logsleuth.case import checking, reading
from logsleuth.case.errors import CaseError
from logsleuth.case.file import CaseFile
from logsleuth.case.fold import DISCLOSED, State, fold
from logsleuth.case.model import Evidence, KeptEvent, KeptRequest, Snapshot
from logsleuth.model.chain import Entry, Head
from logsleuth.store import chained


@dataclass(frozen=True, slots=True)
class Overview:
    """What a case says at one moment, with enough of its rows to name its evidence.

    ``requests`` holds those that are evidence by themselves and ``events`` the course events,
    both by the label of their evidence.
    """

    state: State
    head: Head
    requests: dict[str, KeptRequest]
    events: dict[str, KeptEvent]


class CaseView:
    """A case in its file, for reading."""

    def __init__(self, file: CaseFile) -> None:
        self._file = file
        self.path = file.path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a case; ``CaseError`` for a file that is missing, foreign, newer or damaged."""
        case = cls(CaseFile(path))
        case.state()
        return case

    def state(self) -> State:
        """What the case says now; all but the rows that were copied."""
        with self._file.reading() as connection:
            return fold(chained.entries(connection))

    def snapshot(self, revision: int | None = None) -> Snapshot:
        """The case at its revision, or at an earlier one, with all its rows: what a report is
        made of.  ``CaseError`` for a revision that the case does not have."""
        with self._file.reading() as connection:
            now = chained.head(connection).length
            if revision is not None and not 1 <= revision <= now:
                raise CaseError(
                    f"The case {self.path.stem} has no revision {revision}: its log has"
                    f" {now:,} entries."
                )
            return reading.snapshot(connection, revision)

    def overview(self) -> Overview:
        """What the case says now, to be listed."""
        with self._file.reading() as connection:
            state = fold(chained.entries(connection))
            return Overview(
                state,
                chained.head(connection),
                reading.single_requests(connection, state),
                {one.label: one for one in reading.events(connection, state)},
            )

    def evidence(self) -> list[Evidence]:
        """All evidence by the time of its first row, without the keys of its rows."""
        return self.state().in_time_order()

    def rows(self, label: str, limit: int = 0) -> list[KeptRequest]:
        """The requests of a piece of evidence, oldest first; 0 for all."""
        with self._file.reading() as connection:
            return reading.rows_of(connection, label, limit)

    def event(self, label: str) -> KeptEvent | None:
        """The course event of a piece of evidence, with its trace; ``None`` if it is none."""
        with self._file.reading() as connection:
            state = fold(chained.entries(connection))
            return reading.event_of(connection, state, label)

    def entries(self) -> list[Entry]:
        """The whole log, disclosures after the revision included."""
        with self._file.reading() as connection:
            return list(chained.entries(connection))

    def head(self) -> Head:
        """Length of the log and hash of its last entry, to note where nobody can change it."""
        with self._file.reading() as connection:
            return chained.head(connection)

    @property
    def revision(self) -> int:
        """The number of the last entry that is no disclosure."""
        with self._file.reading() as connection:
            found: int = connection.execute(
                "SELECT max(n) FROM entries WHERE what <> ?", (DISCLOSED,)
            ).fetchone()[0]
            return found

    def changed_since(self, head: Head) -> bool:
        """Whether anybody added anything since ``head``; cheap enough to ask every second."""
        return self.head() != head

    def check(self, expected: Head | None = None) -> list[str]:
        """What does not hold: sentences about entries and rows that were changed by hand.

        ``expected`` is a head that was noted elsewhere; without it, nobody can tell whether
        the end of the log was cut off.
        """
        with self._file.reading() as connection:
            return checking.flaws(connection, expected)
