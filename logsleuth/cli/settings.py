"""Where things are, and what the configuration file says."""

import os
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path

import platformdirs

from logsleuth.cli import config
from logsleuth.cli.errors import Misused
from logsleuth.model import networks, zones
from logsleuth.model.networks import Networks


@dataclass(frozen=True, slots=True)
class Settings:
    """``cache``: the folder to read and write; ``zone``: the campus zone, ``None`` if not set;
    ``networks``: the names of networks, from the file that ``networks`` names; ``case``: name
    or path of the case that is open."""

    cache: Path
    zone: tzinfo | None
    networks: Networks = field(default_factory=Networks)
    case: str | None = None

    @property
    def shown_zone(self) -> tzinfo:
        """The zone of printed times, and of typed times without an offset."""
        return self.zone or UTC


def data_folder() -> Path:
    """The folder that holds the default cache and the demo."""
    return platformdirs.user_data_path("logsleuth")


def load(
    cache: Path | None = None, timezone: str | None = None, case: str | None = None
) -> Settings:
    """Options win over the environment, the environment over the configuration file.

    Raises ``Misused`` for a file that is no TOML, a value of the wrong type, an unknown
    zone, a file of networks that cannot be read.
    """
    said = config.read()
    said_cache, said_zone = said.text("cache"), said.text("timezone")
    said_networks = said.text("networks")
    chosen = cache or os.environ.get("LOGSLEUTH_CACHE") or said_cache
    zone_name = timezone or said_zone
    return Settings(
        cache=Path(chosen).expanduser() if chosen else data_folder() / "cache",
        zone=read_zone(zone_name) if zone_name else None,
        networks=_networks(said_networks) if said_networks else Networks(),
        case=case or os.environ.get("LOGSLEUTH_CASE") or None,
    )


def read_zone(name: str) -> tzinfo:
    """A zone by its name; ``Misused`` if there is none."""
    try:
        return zones.zone(name)
    except ValueError as error:
        raise Misused(f"{error}.") from error


def _networks(name: str) -> Networks:
    """The networks of a file; one without a folder lies beside the configuration file."""
    try:
        return networks.read(config.config_file().parent / Path(name).expanduser())
    except networks.NetworksError as error:
        raise Misused(str(error)) from error
