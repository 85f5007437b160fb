"""What the commands that ask Canvas share: patience that tells, and an end in order."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from logsleuth.cli import credentials, errors
from logsleuth.cli.errors import Failed
from logsleuth.sources.canvas import Canvas
from logsleuth.sources.http import HttpError, Patience, Sleep

T = TypeVar("T")

SLEEP: Sleep = asyncio.sleep
TRIES = 8
"""A throttled Canvas is left alone for about two minutes in all before we give up."""


def patience() -> Patience:
    """What waits between tries, and says on standard error why."""
    return Patience(sleep=SLEEP, tell=lambda words: errors.say(f"{words}."), tries=TRIES)


def canvas() -> Canvas:
    """Canvas, with what the settings say of it; ``Misused`` if that is not enough."""
    found = credentials.canvas()
    return Canvas(found.address, found.token, patience=patience())


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end what asks servers; ``Failed`` in one sentence if one cannot be used."""
    try:
        return asyncio.run(work)
    except HttpError as error:
        raise Failed(str(error)) from error
