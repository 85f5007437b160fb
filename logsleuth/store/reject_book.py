"""Rejected lines, as the catalogue keeps them: to be listed, and to be tried again."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from logsleuth.model import clock
from logsleuth.model.delivered import Rejected
from logsleuth.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class RejectedSource:
    """A source with rejected lines; ``header`` is the first row of a CSV or TSV file."""

    id: int
    name: str
    kind: str
    format: str
    read: int
    header: bytes | None
    days: tuple[str, ...]


class RejectBook:
    """The rejected lines of a catalogue, for the one who writes to it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def replace(
        self, source: int, rejected: Iterable[Rejected], header: bytes | None = None
    ) -> None:
        """Keep the rejected lines of a source, in place of those of an earlier reading."""
        execute = self._ledger.execute
        with self._ledger.atomic():
            for table in ("rejects", "reject_lines", "reject_headers"):
                execute(f"DELETE FROM {table} WHERE source_id = ?", source)
            for one in rejected:
                execute(
                    "INSERT INTO rejects(source_id, line, offset, reason, raw, seen_us)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    *(source, one.line, one.offset, one.reason, one.raw, clock.now_us()),
                )
                if one.sha256 is not None:
                    execute(
                        "INSERT INTO reject_lines VALUES (?, ?, ?)", source, one.offset, one.sha256
                    )
            if header is not None:
                execute("INSERT INTO reject_headers VALUES (?, ?)", source, header)

    def settle(self, source: RejectedSource, left: Sequence[Rejected], days: Iterable[str]) -> None:
        """After another try: keep the lines that are left, and the days that got rows."""
        with self._ledger.atomic():
            self.replace(source.id, left, source.header if left else None)
            self._ledger.finish_source(
                source.id,
                read=source.read,
                rejected=len(left),
                days={*source.days, *days},
                error=None,
            )

    def sources(self) -> Sequence[RejectedSource]:
        """The sources that have rejected lines, in the order of import."""
        found = self._ledger.execute(
            "SELECT s.id, s.name, s.kind, s.format, s.read, h.header, s.days FROM sources s"
            " LEFT JOIN reject_headers h ON h.source_id = s.id"
            " WHERE s.id IN (SELECT source_id FROM rejects) AND s.finished ORDER BY s.id"
        )
        return [
            RejectedSource(source, name, kind, form, read, header, tuple(json.loads(days)))
            for source, name, kind, form, read, header, days in found
        ]

    def lines(self, source: int) -> Sequence[Rejected]:
        """The rejected lines of a source, in their order."""
        found = self._ledger.execute(
            "SELECT r.line, r.offset, r.reason, r.raw, l.sha256 FROM rejects r"
            " LEFT JOIN reject_lines l ON l.source_id = r.source_id AND l.offset = r.offset"
            " WHERE r.source_id = ? ORDER BY r.offset",
            source,
        )
        return [Rejected(*row) for row in found]
