"""What the processes of a test run share: a folder, in memory if there is room; whom to trust."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from once import SHARED

NOBODY = Path(__file__).parent / "data" / "nobody.pem"
"""A certificate whose key nobody has: no test trusts a server of the world, and a hundred and more
certificates are not read again for each connection."""

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that are free in memory before it is used: many times what tests keep there."""


def pytest_configure(config: pytest.Config) -> None:
    """Whoever starts first makes the folder; the workers that it starts are told of it."""
    if SHARED in os.environ:
        return
    if world := os.environ.get("SSL_CERT_FILE"):
        os.environ.setdefault("PIP_CERT", world)  # For the test that installs DAP's own client.
    os.environ["SSL_CERT_FILE"] = str(NOBODY)
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        tempfile.tempdir = str(MEMORY)
        _forget_the_dead()
    shared = tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-")
    os.chmod(shared, 0o711)  # Some tests make somebody else look at their files.
    os.environ[SHARED] = os.environ["TMPDIR"] = tempfile.tempdir = shared


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever made the folder takes it away, last of all."""
    shared = Path(os.environ[SHARED])
    if _owner(shared) == os.getpid():
        shutil.rmtree(shared, ignore_errors=True)


_NAME = "logsleuth-tests-"


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


def _owner(shared: Path) -> int:
    return int(shared.name.removeprefix(_NAME).partition("-")[0])


def _forget_the_dead() -> None:
    """Take away what test runs left in memory that were killed."""
    for left in MEMORY.glob(f"{_NAME}*"):
        if not Path(f"/proc/{_owner(left)}").exists():
            shutil.rmtree(left, ignore_errors=True)
