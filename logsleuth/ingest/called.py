"""What Canvas says that accounts, users, courses and keys are called, into the catalogue."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from logsleuth.sources import documents
from logsleuth.sources.documents import LinkedName
from logsleuth.sources.secrets import Masker
from logsleuth.store.catalogue import Name, NameKind
from logsleuth.store.ledger import Ledger
from logsleuth.store.sqlite.writer import Tally

if TYPE_CHECKING:
    # Only for types: what imports files does without what asks servers.
    from logsleuth.sources.canvas_answers import Answer

_KINDS: dict[NameKind, str] = {
    "user": "users",
    "course": "courses",
    "key": "developer_keys",
    "account": "accounts",
}


def take_names(ledger: Ledger, kind: NameKind, answers: "Sequence[Answer]") -> list[LinkedName]:
    """Record answers, then keep the names in them; what was found.

    Answers that were asked for together are one source, named after the first, their bytes
    one after the other with a line end between.  Raises ``HttpError`` for what is no JSON.
    """
    if not answers:
        return []
    received = b"\n".join(answer.content for answer in answers)
    masker = Masker(ledger.mask_key())
    source = ledger.record_source(
        masker.mask(answers[0].url),
        sha256(received).hexdigest(),
        len(received),
        _KINDS[kind],
        "json",
    )
    found = [
        (name, answer.asked_at)
        for answer in answers
        for thing in answer.objects()
        if (name := documents.named(kind, thing))
    ]
    ledger.save_names(
        (
            masked(masker, Name(kind, name.id, name.name, name.detail, name.sis_id, seen_at))
            for name, seen_at in found
        ),
        source,
        Tally(),
    )
    ledger.finish_source(source, read=len(found), rejected=0, days=[], error=None)
    return [name for name, _ in found]


def masked(masker: Masker, name: Name) -> Name:
    """A name without the secrets that somebody may have put into it."""
    return replace(
        name,
        name=masker.mask(name.name),
        detail=name.detail and masker.mask(name.detail),
        sis_id=name.sis_id and masker.mask(name.sis_id),
    )
