"""The zone that times without an offset are read in, and times are shown in."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone(name: str) -> tzinfo:
    """A zone by its IANA name (``America/Denver``) or ``UTC``; ``ValueError`` if unknown."""
    if name.upper() in {"UTC", "Z", "ETC/UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"'{name}' is no time zone known here; give an IANA name such as America/Denver"
        ) from error
