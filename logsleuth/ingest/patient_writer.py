"""The writer's lock of a cache, waited for: a sync writes often, and each time briefly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from logsleuth.sources.http import Patience
from logsleuth.store.base import StoreError
from logsleuth.store.locks import BusyError
from logsleuth.store.writing import CacheWriter

_PAUSE = 0.5
_PAUSES = 600
"""An import of another process is waited for: five minutes in all."""


@asynccontextmanager
async def writing(folder: Path, patience: Patience) -> AsyncIterator[CacheWriter]:
    """The writer of a cache, as soon as nobody else is; ``StoreError`` if that takes too
    long, or if the cache is the demo's, which is no place for what is real."""
    writer = await _opened(folder, patience)
    with writer, writer.explaining():
        if writer.ledger.meta("pinned_clock"):
            raise StoreError(
                f"The cache {folder} holds a made-up campus; choose another one with --cache."
            )
        yield writer


async def _opened(folder: Path, patience: Patience) -> CacheWriter:
    for turn in range(_PAUSES):
        try:
            return CacheWriter(folder)
        except BusyError as error:
            if turn == 0:
                patience.tell(str(error))
            await patience.sleep(_PAUSE)
    return CacheWriter(folder)
