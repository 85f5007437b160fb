"""Where things are, and what the configuration file says."""

import os
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

import platformdirs

from logsleuth.cli import config
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


def data_folder() -> Path:
    """The folder that holds the default cache and the demo."""
    return platformdirs.user_data_path("logsleuth")


def load(cache: Path | None = None, timezone: str | None = None) -> Settings:
    """Options win over the environment, the environment over the configuration file.

    Raises ``Misused`` for a file that is no TOML, a value of the wrong type, an unknown
    zone.
    """
    said = config.read()
    said_cache, said_zone = said.text("cache"), said.text("timezone")
    chosen = cache or os.environ.get("LOGSLEUTH_CACHE") or said_cache
    zone_name = timezone or said_zone
    return Settings(
        cache=Path(chosen).expanduser() if chosen else data_folder() / "cache",
        zone=_zone(zone_name) if zone_name else None,
    )


def _zone(name: str) -> tzinfo:
    try:
        return zones.zone(name)
    except ValueError as error:
        raise Misused(f"{error}.") from error
