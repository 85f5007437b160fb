"""A folder for what all processes of a test run share."""

import os
import shutil
from tempfile import mkdtemp

import pytest
from once import SHARED

_made = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Whoever starts first makes the folder; the workers that it starts are told of it."""
    if SHARED not in os.environ:
        config.stash[_made] = os.environ[SHARED] = mkdtemp(prefix="logsleuth-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever made the folder takes it away, last of all."""
    if folder := config.stash.get(_made, None):
        del os.environ[SHARED]
        shutil.rmtree(folder, ignore_errors=True)
