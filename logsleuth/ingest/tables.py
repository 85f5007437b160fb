"""Rows of DAP's ``canvas`` tables as names and logins, into the catalogue."""

from collections.abc import Iterable

from logsleuth.ingest.called import masked
from logsleuth.ingest.rows import TableRow
from logsleuth.model.delivered import Rejected
from logsleuth.sources import names
from logsleuth.sources.secrets import Masker
from logsleuth.store.catalogue import Name
from logsleuth.store.ledger import Ledger, Login
from logsleuth.store.sqlite.writer import Tally


def take(
    ledger: Ledger,
    masker: Masker,
    table: str,
    rows: Iterable[TableRow],
    source: int,
    tally: Tally,
    rejected: list[Rejected],
) -> int:
    """Keep the names in the rows of a table; how many rows there were.

    What holds no name goes to ``rejected``; nothing is kept if that raises ``SourceError``.
    """
    read = 0
    found: list[names.NameRecord | names.LoginRecord] = []
    for line, offset, row, raw, cut in rows:
        read += 1
        try:
            if isinstance(row, str):
                raise ValueError(row)
            one = names.record(table, *row)
        except ValueError as error:
            rejected.append(masker.rejected(line, offset, str(error), raw, cut=cut))
            continue
        if one is None:
            tally.unchanged += 1
        else:
            found.append(one)
    logins = [
        Login(
            one.id,
            one.user_id,
            one.login and masker.mask(one.login),
            one.sis_id and masker.mask(one.sis_id),
            one.seen_at,
        )
        for one in found
        if isinstance(one, names.LoginRecord)
    ]
    called = [
        masked(
            masker,
            Name(one.kind, one.id, one.name, one.detail, one.sis_id, one.seen_at),  # type: ignore[arg-type]
        )
        for one in found
        if isinstance(one, names.NameRecord)
    ]
    ledger.save_logins(logins, source, tally)
    ledger.save_names(called, source, tally)
    return read
