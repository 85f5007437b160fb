"""The configuration file: one TOML file of the user's own."""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from logsleuth.cli.errors import Misused


def config_file() -> Path:
    """The configuration file, which need not exist."""
    return platformdirs.user_config_path("logsleuth") / "config.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """What the file says, with its mode bits and owner as they were when it was read.

    A file that does not exist says nothing.
    """

    path: Path
    values: dict[str, Any] = field(default_factory=dict, repr=False)
    mode: int = 0
    owner: int | None = None

    def text(self, key: str) -> str | None:
        """The text of a key; ``Misused`` if it is something else."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        raise Misused(f"In the configuration file {self.path}, '{key}' must be text in quotes.")


def read() -> Config:
    """Read the configuration file; ``Misused`` if that cannot be done or it is no TOML."""
    path = config_file()
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return Config(path, tomllib.load(file), status.st_mode & 0o777, status.st_uid)
    except FileNotFoundError:
        return Config(path)
    except OSError as error:
        raise Misused(f"The configuration file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misused(f"The configuration file {path} is no TOML: {_place(error)}.") from None


def _place(error: ValueError) -> str:
    """What is wrong and where, without the line itself: a secret may stand there."""
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    return str(error)
