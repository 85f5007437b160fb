"""From the log of a case to what the case says: every entry changes it a little.

The kinds of entries and what their ``data`` holds:

=============  ==================================================================
``created``    the fields of :class:`Header` that were given, and the case's ``id``
``edited``     those of them that were changed
``earlier``    ``yours``, ``taken`` and ``left_out``: of the author's entries in the cache's
               log, how many there were, which were taken in, how many were not
``added``      the fields of :class:`Evidence`
``noted``      ``label``, ``on``, ``text``; a known label is written anew
``tagged``     ``on``, ``tag``; ``untagged`` takes it away
``found``      the fields of :class:`Finding`; a known label is written anew
``compared``   ``cache``, the labels ``compared``, and ``differences`` by label
``closed``     ``as`` and ``reason``; ``reopened``: ``reason``
``disclosed``  of an export: the only entry that makes no revision
=============  ==================================================================

All others (``query``, ``opened``, ``pivot``, ``copied``, …) tell what was looked at while the
case was open, as the log of the cache does, and change nothing else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from logsleuth.case.errors import CaseError
from logsleuth.case.model import (
    Difference,
    Disclosure,
    Evidence,
    Finding,
    Header,
    Note,
    Tag,
)
from logsleuth.model import chain
from logsleuth.model.chain import Entry, Head

DISCLOSED = "disclosed"


@dataclass(slots=True)
class State:
    """What a case says after some of its entries; all but the rows that were copied.

    ``revision`` is the number of the last entry that is no disclosure, ``as_of`` its time and
    ``head`` the chain's head there.  Evidence, notes and findings are by their labels.
    """

    header: Header | None = None
    revision: int = 0
    as_of: int = 0
    head: Head = chain.START
    evidence: dict[str, Evidence] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    disclosures: list[Disclosure] = field(default_factory=list)

    @property
    def about(self) -> Header:
        """The header, which every case has from its first entry on."""
        if self.header is None:
            raise CaseError("The log of the case does not begin with its making.")
        return self.header

    def in_time_order(self) -> list[Evidence]:
        """The evidence by the time of its first row, oldest first; what has none at the end."""
        return sorted(
            self.evidence.values(),
            key=lambda one: (one.first is None, one.first or 0, one.entry),
        )


def fold(entries: Iterable[Entry], onto: State | None = None) -> State:
    """What a case says after these entries; ``CaseError`` for one that cannot be read.

    ``onto`` is what it said before them, which is changed.
    """
    state = State() if onto is None else onto
    for entry in entries:
        step = _STEPS.get(entry.what)
        if step is not None:
            try:
                step(state, entry)
            except (KeyError, TypeError, ValueError) as error:
                raise CaseError(
                    f"Entry {entry.n} of the case's log ('{entry.what}') does not hold what such"
                    f" an entry must ({error}); was the file changed by hand?"
                ) from error
        if entry.what != DISCLOSED:
            state.revision, state.as_of = entry.n, entry.at
            state.head = Head(entry.n, entry.hash)
    return state


def _created(state: State, entry: Entry) -> None:
    known = {"created_at": entry.at, "created_by": entry.who}
    state.header = msgspec.convert({**entry.data, **known}, Header)


def _edited(state: State, entry: Entry) -> None:
    known = msgspec.to_builtins(state.about)
    state.header = msgspec.convert({**known, **entry.data}, Header)


def _added(state: State, entry: Entry) -> None:
    known = {"added_at": entry.at, "added_by": entry.who, "entry": entry.n}
    one = msgspec.convert({**entry.data, **known}, Evidence)
    state.evidence[one.label] = one


def _noted(state: State, entry: Entry) -> None:
    known = {"at": entry.at, "by": entry.who, "entry": entry.n}
    note = msgspec.convert({**entry.data, **known}, Note)
    state.notes[note.label] = note


def _found(state: State, entry: Entry) -> None:
    known = {"at": entry.at, "by": entry.who, "entry": entry.n}
    finding = msgspec.convert({**entry.data, **known}, Finding)
    state.findings[finding.label] = finding


def _tagged(state: State, entry: Entry) -> None:
    known = {"at": entry.at, "by": entry.who, "entry": entry.n}
    state.tags.append(msgspec.convert({**entry.data, **known}, Tag))


def _untagged(state: State, entry: Entry) -> None:
    gone = (entry.data["on"], entry.data["tag"])
    state.tags = [tag for tag in state.tags if (tag.on, tag.tag) != gone]


def _compared(state: State, entry: Entry) -> None:
    said: dict[str, str] = entry.data["differences"]
    for label in entry.data["compared"]:
        one = state.evidence[label]
        known = one.difference
        if label not in said:
            state.evidence[label] = replace(one, difference=None)
        elif known is None or known.text != said[label]:
            state.evidence[label] = replace(
                one, difference=Difference(said[label], entry.at, entry.n)
            )


def _closed(state: State, entry: Entry) -> None:
    state.header = replace(
        state.about,
        closed_as=entry.data["as"],
        reason=entry.data["reason"],
        closed_at=entry.at,
    )


def _reopened(state: State, entry: Entry) -> None:
    state.header = replace(state.about, closed_as=None, reason=None, closed_at=None)


def _disclosed(state: State, entry: Entry) -> None:
    state.disclosures.append(Disclosure(entry.at, entry.who, entry.data, entry.n))


_STEPS: dict[str, Callable[[State, Entry], None]] = {
    "created": _created,
    "edited": _edited,
    "added": _added,
    "noted": _noted,
    "found": _found,
    "tagged": _tagged,
    "untagged": _untagged,
    "compared": _compared,
    "closed": _closed,
    "reopened": _reopened,
    DISCLOSED: _disclosed,
}


def plain(value: Any) -> Any:
    """A dataclass as the plain JSON that an entry holds."""
    return msgspec.to_builtins(value)
