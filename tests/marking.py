"""Which values of a test with many of them run every time."""

from collections.abc import Iterable
from typing import Any

import pytest


def mostly_slow(values: Iterable[Any], quick: int = 1) -> list[Any]:
    """The values for ``parametrize``: all but the first ``quick`` are among the slow tests."""
    return [
        value if place < quick else _slow(value if isinstance(value, tuple) else (value,))
        for place, value in enumerate(values)
    ]


def _slow(value: tuple[Any, ...]) -> Any:
    return pytest.param(*value, marks=pytest.mark.slow)
