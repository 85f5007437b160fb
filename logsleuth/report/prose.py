"""Sentences of a report that follow from what the case holds."""

from dataclasses import dataclass

from logsleuth.case.masking import masked
from logsleuth.report import said
from logsleuth.report.context import Context
from logsleuth.report.model import Data, Mode, Sentence
from logsleuth.report.queries import ACTIVITY, EVENTS
from logsleuth.trace import words


@dataclass(frozen=True, slots=True)
class Purpose:
    """For whom a report in full is, and why; written into it, and into the case's log."""

    purpose: str
    recipient: str
    basis: str | None = None

    def __post_init__(self) -> None:
        for name in ("purpose", "recipient", "basis"):
            object.__setattr__(self, name, masked(getattr(self, name)))


def redaction(mode: Mode, purpose: Purpose | None) -> list[Sentence]:
    """What of people stands in the report, and for whom it is."""
    if mode == "full":
        found: list[Sentence] = [["This report is in full: it names people and addresses."]]
        if purpose is not None:
            found.append(
                ["For ", Data(purpose.recipient), ". Purpose: ", Data(purpose.purpose), "."]
            )
            if purpose.basis:
                found.append(["Basis: ", Data(purpose.basis), "."])
        return found
    found = [
        [
            "People, addresses, sessions and keys have pseudonyms, the same throughout this case;"
            " names in text are replaced, and what is not known to be harmless is left out ([…])."
            " Who keeps the case can tell whom a pseudonym means."
        ],
        [
            "Ids of courses, requests and course changes are kept, for they name no person;"
            " user agents are kept but for names in them. Exact times may tell somebody who"
            " knows the place who is meant."
        ],
    ]
    if mode == "named":
        found.append(["The accounts under investigation are named; bystanders are not."])
    return found


def summary(context: Context) -> list[Sentence]:
    """What the evidence holds, in numbers."""
    split = context.split(" in the evidence")
    changes: Sentence = ["Course changes: ", context.book.figure("course changes", file=EVENTS)]
    for at, verdict in enumerate(words.DEFINITIONS):
        count = context.book.figure(
            f"course changes whose cause is {verdict}", {"verdict": verdict}, EVENTS
        )
        changes += [" (cause: " if at == 0 else ", ", f"{verdict} ", count]
    return [
        [
            "Requests: ",
            split.requests,
            " (opened or changed something: ",
            split.opened_or_changed,
            " · sent automatically by page or app: ",
            split.automatic,
            " · not classified: ",
            split.not_classified,
            ").",
        ],
        [
            "Writes: ",
            split.writes,
            ", of grades: ",
            split.grades,
            ", opaque: ",
            split.opaque,
            " (GraphQL requests, whose content cannot be read).",
        ],
        [
            "Accounts signed in: ",
            context.count("accounts signed in, in the evidence", distinct="actor"),
            ", addresses: ",
            context.count("addresses in the evidence", distinct="remote_ip"),
            ", sessions: ",
            context.count("sessions in the evidence", distinct="session_id"),
            "; requests while acting as another: ",
            context.count(
                "requests in the evidence while acting as another", {"masqueraded": True}
            ),
            ".",
        ],
        [*changes, ")."],
    ]


def method(context: Context) -> list[Sentence]:
    """How it was found, and what the log cannot show."""
    return [
        [said.CAVEAT],
        [
            "The content of requests is not logged. Causes of course changes are inferred from"
            " account, course, action and time unless Canvas stored the request's id with the"
            " change; how sure each one is stands with it, and appendix D says what the words"
            " mean."
        ],
        [
            "Pages and apps send much by themselves. A request counts as sent automatically, as"
            " opened or changed (consistent with a person, not proof), or as not classified,"
            " where nobody can tell."
        ],
        [
            "opaque ",
            context.count(
                "GraphQL requests in the evidence, whose content cannot be read", {"kind": "opaque"}
            ),
            ": GraphQL requests may read or change anything; the log does not say what.",
        ],
        [
            context.count("requests with a masked secret", {"masked": True}),
            " requests had a secret in their URL, which was replaced by a fingerprint when the"
            " log was read.",
        ],
        [
            "Evidence was copied into the case when it was added, with the coverage of the log at"
            " that time; what the source says now may differ, and where it was found to, the"
            " evidence says so."
        ],
        [
            "Numbers carry the query that gives them (Q1, Q2 …; appendix F). Text of the"
            " investigator (findings, notes, questions) is set apart, and no query speaks for"
            " it."
        ],
        [
            "Whether this copy is the one that was exported is shown by its signature, or by the"
            " SHA-256 of MANIFEST.sha256 as noted when it was exported; 'logsleuth verify' checks"
            " these, and that the files of this report agree with one another."
        ],
    ]


def actions(context: Context) -> list[Sentence]:
    """What was done in the case, from its log."""
    kinds: dict[str, None] = dict.fromkeys(entry.what for entry in context.snapshot.activity)
    counts: Sentence = []
    for what in sorted(kinds):
        counts += [
            ", " if counts else "Entries by kind: ",
            Data(what),
            " ",
            context.book.figure(f"entries '{what}' of the log", {"what": what}, ACTIVITY),
        ]
    return [
        [
            "The case's log holds ",
            context.book.figure("entries of the log", file=ACTIVITY),
            " entries up to this revision: what was asked, added, written and exported, each"
            " with the hash of the one before (activity.jsonl).",
        ],
        [*counts, "."],
    ]
