"""The collector of garbage rests while the app runs, and is as it was before afterwards."""

import gc
import sys
import weakref

import pytest

from logsleuth.tui.smooth import smooth, tidy


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def dropped() -> weakref.ref[Ring]:
    return weakref.ref(Ring())


def test_the_collector_rests_until_it_is_told_to_tidy() -> None:
    with smooth():
        ring = dropped()
        assert not gc.isenabled()
        assert ring() is not None
        tidy()
        assert ring() is None


def test_all_is_as_before_afterwards_whatever_happened() -> None:
    before = sys.getswitchinterval(), gc.isenabled()
    with pytest.raises(ValueError, match="left"), smooth():
        raise ValueError("left")
    assert (sys.getswitchinterval(), gc.isenabled()) == before
    assert gc.get_freeze_count() == 0
