"""A small demo cache of one's own, and two ways to run commands on it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from once import once

from logsleuth.cli.main import cli
from logsleuth.demo.build import build
from logsleuth.model import clock

CONCLUDED = "bb304ea6-6ee6-f915-3940-0e8eed1f8de1"
"""The change of the first walk: an administrator concluded Biology 101 as its teacher."""

SESSION = "500c93d9-068b-e891-5d6d-064c139d31a3"
"""The session in which that was done, on 12 October 2026."""


def demo(folder: Path) -> Path:
    """The smallest demo: all stories, and little else."""
    return Path(shutil.copytree(once("campus", partial(build, rows=1)), folder, dirs_exist_ok=True))


@dataclass
class Bench:
    """A cache, folders for settings and cases, and commands on them."""

    cache: Path
    home: Path

    @classmethod
    def at(cls, folder: Path, cache: Path) -> "Bench":
        """A bench with a copy of a cache."""
        shutil.copytree(cache, folder / "cache", ignore=shutil.ignore_patterns("raw"))
        return cls(folder / "cache", folder)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "LOGSLEUTH_CACHE": str(self.cache),
            "LOGSLEUTH_CASE": "",
        }

    @property
    def cases(self) -> Path:
        return self.home / "data" / "logsleuth" / "cases"

    def run(self, *args: str, code: int = 0, **options: Any) -> Result:
        """Run a command in this process; it must end with that code."""
        try:
            result = CliRunner(env=self.environment).invoke(cli, list(args), **options)
        finally:
            clock.pin(None)
        assert result.exit_code == code, result.output
        return result

    def json(self, *args: str) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.run(*args, "--format", "json").stdout)

    def start(self, *args: str) -> "subprocess.Popen[str]":
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "logsleuth", *args],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
