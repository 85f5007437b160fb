"""The benchmark runs to its end, and both sides of it answer alike."""

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "benchmarks" / "run.py"


@pytest.mark.slow
def test_the_benchmark_writes_its_page(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    subprocess.run(
        [sys.executable, RUN, "--rows", "6000", "--seconds", "0.001",
         "--scratch", tmp_path / "scratch", "--out", page],
        check=True,
    )  # fmt: skip
    text = page.read_text()
    assert "| import, share of one-process gunzip + orjson |" in text
    assert "| exact or strong: wrong | 0 |" in text
    # Both sides were asked, and no answer of one is another than that of the other.
    assert text.count("| yes |\n") > 40
    assert "**NO**" not in text
