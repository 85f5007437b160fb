"""What the tests of disks need beside Python."""

import shutil
import sys

import pytest

COMPILER = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None,
    reason="the disk is watched by a library for Linux, which a C compiler makes",
)
