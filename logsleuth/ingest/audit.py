"""Course audit documents into the catalogue: one way for files and for Canvas's answers."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from logsleuth.ingest.called import masked
from logsleuth.sources import documents
from logsleuth.sources.documents import AuditDocument
from logsleuth.sources.errors import SourceError
from logsleuth.sources.secrets import Masker
from logsleuth.store import paths
from logsleuth.store.catalogue import Name
from logsleuth.store.ledger import Ledger
from logsleuth.store.reject_book import RejectBook
from logsleuth.store.sqlite.writer import Tally

KIND = "course_audit"

_KEPT = re.compile(r"account-(\d+)-([0-9a-f]{16})\.json\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Received:
    """An answer of the course audit API as it came: where from, its bytes, and when.

    ``account`` is the account whose changes were asked for; Canvas does not repeat it in
    the events.
    """

    url: str
    content: bytes
    seen_at: int
    account: int | None


def take(ledger: Ledger, masker: Masker, received: Received) -> tuple[AuditDocument, Tally]:
    """Record an answer with its hash, then read it and keep all that it says.

    Raises ``SourceError`` for what is no course audit document; that is recorded too.
    """
    source = ledger.record_source(
        masker.mask(received.url),
        sha256(received.content).hexdigest(),
        len(received.content),
        KIND,
        "json",
    )
    tally = Tally()
    try:
        document = documents.course_audit(
            documents.parse(received.content, received.url),
            source,
            received.url,
            account=received.account,
        )
    except SourceError as error:
        ledger.finish_source(source, read=0, rejected=0, days=[], error=masker.mask(str(error)))
        raise
    save(ledger, masker, document, source, received.seen_at, tally)
    save_rejected(ledger, masker, document, source)
    ledger.finish_source(
        source, read=document.read, rejected=len(document.rejected), days=[], error=None
    )
    return document, tally


def keep_raw(folder: Path, received: Received, name: str) -> None:
    """Keep an answer as it was received in ``folder``, as ``name`` and its hash.

    From the name, :func:`kept_of` knows whose it is when it is imported again.  Raises
    ``OSError`` where that cannot be done.
    """
    paths.private_folder(folder)
    kept = folder / f"{name}-{sha256(received.content).hexdigest()[:16]}.json"
    half = kept.with_suffix(".part")
    half.unlink(missing_ok=True)
    paths.private_file(half)
    half.write_bytes(received.content)
    half.rename(kept)


def kept_of(path: Path, content: bytes) -> int | None:
    """The account whose answer a file is, where :func:`keep_raw` named it and it is unchanged."""
    found = _KEPT.match(path.name)
    return int(found[1]) if found and sha256(content).hexdigest().startswith(found[2]) else None


def save(
    ledger: Ledger,
    masker: Masker,
    document: AuditDocument,
    source: int,
    seen_at: int,
    tally: Tally,
) -> None:
    """Keep the events, linked names and page views of a document.

    ``seen_at`` is when Canvas said so: the time that its names are known from.
    """
    ledger.save_events(
        (
            (
                msgspec.structs.replace(
                    event,
                    event_type=event.event_type and masker.mask(event.event_type),
                    event_source=event.event_source and masker.mask(event.event_source),
                    event_data=masker.mask_all(event.event_data),
                ),
                _masked(masker, raw),
            )
            for event, raw in document.events
        ),
        tally,
    )
    ledger.save_page_views(masker.mask_all(document.page_views), source)
    ledger.save_names(
        [
            masked(
                masker,
                Name(name.kind, name.id, name.name, name.detail, name.sis_id, seen_at),  # type: ignore[arg-type]
            )
            for name in document.names
        ],
        source,
        Tally(),
    )


def save_rejected(ledger: Ledger, masker: Masker, document: AuditDocument, source: int) -> None:
    """Keep the rejected events of a document, in place of those of an earlier reading."""
    RejectBook(ledger).replace(
        source,
        (
            masker.rejected(number, number, reason, raw.encode())
            for number, reason, raw in document.rejected
        ),
    )


def _masked(masker: Masker, raw: str) -> str:
    """An event's JSON without secrets; with the hash of the original where there were any."""
    text = masker.mask_json(raw)
    if text == raw:
        return raw
    return json.dumps(json.loads(text) | {"line_sha256": sha256(raw.encode()).hexdigest()})
