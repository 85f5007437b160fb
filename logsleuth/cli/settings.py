"""Where things are, and what the configuration file says."""

import os
import tomllib
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

import platformdirs

from logsleuth.cli.errors import Misused
from logsleuth.model import zones


@dataclass(frozen=True, slots=True)
class Settings:
    """``cache``: the folder to read and write; ``zone``: the campus zone, ``None`` if not set."""

    cache: Path
    zone: tzinfo | None

    @property
    def shown_zone(self) -> tzinfo:
        """The zone of printed times, and of typed times without an offset."""
        return self.zone or UTC


def config_file() -> Path:
    """The configuration file, which need not exist."""
    return platformdirs.user_config_path("logsleuth") / "config.toml"


def data_folder() -> Path:
    """The folder that holds the default cache and the demo."""
    return platformdirs.user_data_path("logsleuth")


def load(cache: Path | None = None, timezone: str | None = None) -> Settings:
    """Options win over the environment, the environment over the configuration file.

    Raises ``Misused`` for a file that is no TOML, a value of the wrong type, an unknown
    zone.
    """
    config = _read_config(config_file())
    chosen = cache or os.environ.get("LOGSLEUTH_CACHE") or config.get("cache")
    zone_name = timezone or config.get("timezone")
    return Settings(
        cache=Path(chosen).expanduser() if chosen else data_folder() / "cache",
        zone=_zone(zone_name) if zone_name else None,
    )


def _zone(name: str) -> tzinfo:
    try:
        return zones.zone(name)
    except ValueError as error:
        raise Misused(f"{error}.") from error


def _read_config(path: Path) -> dict[str, str]:
    """The text settings ``cache`` and ``timezone``; other keys belong to other readers."""
    try:
        with path.open("rb") as file:
            config = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Misused(f"The configuration file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misused(f"The configuration file {path} is no TOML: {error}.") from error
    found = {}
    for key in ("cache", "timezone"):
        value = config.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            raise Misused(f"In the configuration file {path}, '{key}' must be text in quotes.")
        found[key] = value
    return found
