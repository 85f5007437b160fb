"""Work that is taken back, in time and too late."""

import asyncio
from collections.abc import Callable

import pytest

from logsleuth.ingest.stopping import stoppable
from logsleuth.store.base import Cancel, Cancelled


class Late(Cancel):
    """Somebody who had already read the list of whom to tell when the work ended."""

    def add_hook(self, hook: Callable[[], None]) -> Callable[[], None]:
        super().add_hook(hook)
        return lambda: None


async def _ended() -> int:
    return 7


def test_what_ended_a_moment_before_it_was_taken_back_is_done() -> None:
    cancel = Late()
    assert asyncio.run(stoppable(_ended(), cancel)) == 7
    cancel.cancel()
    assert cancel.cancelled


def test_what_waits_ends_at_once() -> None:
    cancel = Cancel()

    async def work() -> None:
        cancel.cancel()
        await asyncio.Event().wait()

    with pytest.raises(Cancelled):
        asyncio.run(stoppable(work(), cancel))
