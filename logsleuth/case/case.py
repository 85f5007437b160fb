"""A case: what one can do with it.  No screen and no command line is known here.

Every addition is one transaction with its entry in the log, and the log is all that decides
what the case says (:mod:`logsleuth.case.fold`).  Everything here may be called from any thread,
and from several processes at once: nothing is lost, and each sees the others' additions.
"""

import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict, Unpack

from logsleuth.case import adding
from logsleuth.case.adding import Added
from logsleuth.case.errors import CaseError
from logsleuth.case.file import CaseFile
from logsleuth.case.fold import DISCLOSED, State, fold, plain
from logsleuth.case.gather import Gathered, Gatherer
from logsleuth.case.masking import masked
from logsleuth.case.model import (
    CLOSINGS,
    CONFIDENCES,
    Closing,
    Confidence,
    Finding,
    Note,
)
from logsleuth.case.naming import Value
from logsleuth.case.view import CaseView
from logsleuth.filter.tree import Node, Span
from logsleuth.model import zones
from logsleuth.model.chain import Entry
from logsleuth.store import chained
from logsleuth.store.base import ActSpan, Cancel
from logsleuth.store.cache import Cache


class About(TypedDict, total=False):
    """What may be said of a case when it is made, and changed later."""

    ticket: str | None
    requester: str | None
    prepared_for: str | None
    prepared_by: str | None
    authority: str | None
    questions: Sequence[str]
    span: Span
    zone: str | None


class Case(CaseView):
    """A case in its file, for reading (:class:`CaseView`) and for adding to."""

    @classmethod
    def create(
        cls,
        path: Path,
        title: str,
        *,
        group: str | None = None,
        earlier: dict[str, Any] | None = None,
        **about: Unpack[About],
    ) -> "Case":
        """Make a case file, whole or not at all; ``CaseError`` where one is already.

        ``group`` may open it too.  ``earlier`` is what of the cache's log is taken in, from
        :func:`logsleuth.case.journal.earlier`.
        """
        said = {"title": _said(title, "title"), **_header(about)}
        first = {"id": str(uuid.uuid4()), "name": path.stem, **said}
        entries = [("created", first)]
        if earlier is not None:
            entries.append(("earlier", earlier))
        return cls(CaseFile.create(path, entries, group))

    def need_open(self) -> None:
        """``CaseError`` if the case is closed."""
        if not self.state().about.open:
            raise CaseError(_closed(self.path))

    # Evidence

    def add_request(self, cache: Cache, request_id: str, cancel: Cancel | None = None) -> Added:
        """Copy a request, by its id in any spelling."""
        return self._add(Gatherer(cache, cancel).request(request_id))

    def add_requests(
        self, cache: Cache, request_ids: Iterable[str], cancel: Cancel | None = None
    ) -> list[Added]:
        """Copy several requests: all of them, or none."""
        gatherer = Gatherer(cache, cancel)
        return self.add([gatherer.request(request_id) for request_id in request_ids])

    def add_event(self, cache: Cache, event_id: str, cancel: Cancel | None = None) -> Added:
        """Copy a course event with its trace, and the requests that the trace lists."""
        return self._add(Gatherer(cache, cancel).event(event_id))

    def add_session(self, cache: Cache, session_id: str, cancel: Cancel | None = None) -> Added:
        """Copy all requests of a browser session."""
        return self._add(Gatherer(cache, cancel).session(session_id))

    def add_span(self, cache: Cache, span: ActSpan | str, cancel: Cancel | None = None) -> Added:
        """Copy a span of acting as another: itself, or that of a request with this id."""
        gatherer = Gatherer(cache, cancel)
        found = gatherer.span(span) if isinstance(span, str) else gatherer.act_span(span)
        return self._add(found)

    def add_filter(self, cache: Cache, where: Node, cancel: Cancel | None = None) -> Added:
        """Keep a filter with its result now: count, coverage, and the newest rows."""
        return self._add(Gatherer(cache, cancel).filter(where))

    def _add(self, found: Gathered) -> Added:
        return self.add([found])[0]

    def add(self, gathered: Sequence[Gathered]) -> list[Added]:
        """Keep what was gathered: all of it, or nothing."""
        with self._adding() as (connection, state):
            return [adding.put(connection, state, found) for found in gathered]

    # What the investigator says

    def note(self, text: str, on: str | None = None, label: str | None = None) -> Note:
        """Write a note in Markdown on evidence, or on the case; ``label`` writes one anew."""
        with self._adding() as (connection, state):
            if label is not None and label not in state.notes:
                raise CaseError(f"The case {self.path.stem} has no note {label}.")
            known = state.notes.get(label or "")
            data = {
                "label": label or f"N{len(state.notes) + 1}",
                "on": known.on if known is not None and on is None else on,
                "text": _said(text, "note"),
            }
            self._need(state, [on] if on else [])
            return self._append(connection, state, "noted", data).notes[data["label"] or ""]

    def find(
        self,
        statement: str,
        confidence: Confidence,
        alternative: str,
        cites: Sequence[str],
        label: str | None = None,
    ) -> Finding:
        """State a finding that cites evidence; ``label`` states one anew."""
        with self._adding() as (connection, state):
            if label is not None and label not in state.findings:
                raise CaseError(f"The case {self.path.stem} has no finding {label}.")
            self._need(state, cites)
            if confidence not in CONFIDENCES:
                raise CaseError(f"'{confidence}' is none of {', '.join(CONFIDENCES)}.")
            data = {
                "label": label or f"F{len(state.findings) + 1}",
                "statement": _said(statement, "statement"),
                "confidence": confidence,
                "alternative": masked(alternative.strip()),
                "cites": list(dict.fromkeys(cites)),
            }
            return self._append(connection, state, "found", data).findings[str(data["label"])]

    def tag(self, tag: str, on: str | None = None) -> bool:
        """Put a word on evidence, or on the case; false if it is there already."""
        with self._adding() as (connection, state):
            self._need(state, [on] if on else [])
            word = _said(tag, "tag")
            if any((known.on, known.tag) == (on, word) for known in state.tags):
                return False
            self._append(connection, state, "tagged", {"on": on, "tag": word})
            return True

    def untag(self, tag: str, on: str | None = None) -> bool:
        """Take a word away again; false if it is not there."""
        with self._adding() as (connection, state):
            if not any((known.on, known.tag) == (on, tag) for known in state.tags):
                return False
            self._append(connection, state, "untagged", {"on": on, "tag": tag})
            return True

    def edit(self, *, title: str | None = None, **about: Unpack[About]) -> bool:
        """Change what was said when the case was made; false where nothing would change."""
        data = _header(about)
        if title is not None:
            data["title"] = _said(title, "title")
        with self._adding() as (connection, state):
            known = plain(state.about)
            changed = {name: value for name, value in data.items() if known[name] != value}
            if changed:
                self._append(connection, state, "edited", changed)
            return bool(changed)

    def close(self, outcome: Closing, reason: str) -> None:
        """Close the case; nothing can be added to it then, until it is opened again."""
        if outcome not in CLOSINGS:
            raise CaseError(f"'{outcome}' is none of {', '.join(CLOSINGS)}.")
        with self._adding() as (connection, state):
            said = {"as": outcome, "reason": _said(reason, "reason")}
            self._append(connection, state, "closed", said)

    def reopen(self, reason: str) -> None:
        """Open a closed case again."""
        with self._file.writing() as connection:
            state = fold(chained.entries(connection))
            if state.about.open:
                raise CaseError(f"The case {self.path.stem} is open.")
            self._append(connection, state, "reopened", {"reason": _said(reason, "reason")})

    # What was done

    def log(self, entries: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Add entries ``(what, data)`` on what was looked at while the case is open."""
        with self._file.writing() as connection:
            last = connection.execute(
                "SELECT what FROM entries WHERE what IN ('closed', 'reopened')"
                " ORDER BY n DESC LIMIT 1"
            ).fetchone()
            if last == ("closed",):
                raise CaseError(_closed(self.path))
            for what, data in entries:
                chained.append(connection, what, data)

    def record_differences(
        self, cache: str, compared: Sequence[str], differences: dict[str, str]
    ) -> None:
        """Flag evidence for which its cache answered otherwise; see :mod:`.comparing`.

        Evidence of a closed case is flagged too.  Nothing is written where all of it is
        known already.
        """
        with self._file.writing() as connection:
            state = fold(chained.entries(connection))
            known = {label: state.evidence[label].difference for label in compared}
            told = {label: one.text for label, one in known.items() if one is not None}
            if told != differences:
                data = {"cache": cache, "compared": list(compared), "differences": differences}
                self._append(connection, state, "compared", data)

    def disclose(self, data: dict[str, Any]) -> Entry:
        """Record an export: its kind, purpose, recipient and hash.  Makes no revision."""
        with self._file.writing() as connection:
            return chained.append(connection, DISCLOSED, data)

    def pseudonyms(self, values: Iterable[Value]) -> dict[Value, int]:
        """The numbers that stand for values (kind, text) in redacted reports.

        Values of kept rows have theirs from the beginning; others get the next ones, in the
        order given, and keep them.
        """
        with self._file.writing() as connection:
            return adding.number(connection, values, None)

    # Transactions

    @contextmanager
    def _adding(self) -> Iterator[tuple[sqlite3.Connection, State]]:
        """A transaction on an open case, and what the case says at its beginning."""
        with self._file.writing() as connection:
            state = fold(chained.entries(connection))
            if not state.about.open:
                raise CaseError(_closed(self.path))
            yield connection, state

    def _append(
        self, connection: sqlite3.Connection, state: State, what: str, data: dict[str, Any]
    ) -> State:
        return fold([chained.append(connection, what, data)], onto=state)

    def _need(self, state: State, labels: Iterable[str]) -> None:
        for label in labels:
            if label not in state.evidence:
                raise CaseError(
                    f"The case {self.path.stem} has no evidence {label};"
                    " 'logsleuth case show' lists what it has."
                )


def _closed(path: Path) -> str:
    return f"The case {path.stem} is closed; 'logsleuth case reopen' opens it again."


def _said(text: str, what: str) -> str:
    found = text.strip()
    if not found:
        raise CaseError(f"The {what} is empty.")
    said: str = masked(found)
    return said


def _header(about: About) -> dict[str, Any]:
    """What was given, as an entry holds it; ``CaseError`` for a zone that is none."""
    zone = about.get("zone")
    if zone is not None:
        try:
            zones.zone(zone)
        except ValueError as error:
            raise CaseError(f"{error}.") from error
    found: dict[str, Any] = masked(plain(dict(about)))
    return found
