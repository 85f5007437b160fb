"""What the commands that ask Canvas share: patience that tells, and an end in order."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from logsleuth.cli import credentials, errors
from logsleuth.cli.errors import Failed
from logsleuth.ingest.stopping import stoppable
from logsleuth.sources.canvas import Canvas
from logsleuth.sources.http import HttpError, Patience, Sleep
from logsleuth.store.base import Cancel, StoreError

T = TypeVar("T")

SLEEP: Sleep = asyncio.sleep
TRIES = 8
"""A throttled Canvas is left alone for about two minutes in all before we give up."""


def patience(tries: int | None = None) -> Patience:
    """What waits between tries, and says on standard error why."""
    return Patience(sleep=SLEEP, tell=lambda words: errors.say(f"{words}."), tries=tries or TRIES)


def canvas(patient: Patience | None = None) -> Canvas:
    """Canvas, with what the settings say of it; ``Misused`` if that is not enough."""
    found = credentials.canvas()
    return Canvas(found.address, found.token, patience=patient or patience())


def finish(work: Coroutine[Any, Any, T], cancel: Cancel | None = None) -> T:
    """Run to its end what asks servers; ``cancel`` ends it at once, wherever it waits.

    Raises ``Failed`` in one sentence if a server or the cache cannot be used, ``Cancelled``.
    """
    try:
        return asyncio.run(stoppable(work, cancel or Cancel()))
    except (HttpError, StoreError) as error:
        raise Failed(str(error)) from error
