"""Ending work that waits for servers as soon as it is taken back, from any thread."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from logsleuth.store.base import Cancel

T = TypeVar("T")


async def stoppable(work: Coroutine[Any, Any, T], cancel: Cancel) -> T:
    """Do the work; ``Cancelled`` as soon as ``cancel`` is used, wherever it waits."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

    def stop() -> None:
        # Whoever takes it back may come a moment after the work, and its loop, ended.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(task.cancel)

    forget = cancel.add_hook(stop)
    try:
        return await task
    except asyncio.CancelledError:
        cancel.check()
        raise
    finally:
        forget()
