"""Where the app was left, kept for each cache from one start to the next.

One small file for each cache in the state folder, for its owner alone.  It holds no rows: of
what was looked at, only the filters, with the secrets in them masked, and what tells the row
that one stood on from others.
"""

import os
from pathlib import Path

import msgspec
import platformdirs

from logsleuth.store.cache import Cache
from logsleuth.tui import private

VERSION = 1
LARGEST = 1_000_000
"""Bytes of a file that is read."""

MOST_FILTERS = 200
"""Earlier filters that are kept."""

Shown = dict[str, str | bool]
"""What is kept of how a pane was shown: its sort, what it hides, where one stood."""


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """How the app was left.

    ``filter`` has its times in UTC; ``filters`` are those used, as typed, oldest first; ``utc``:
    times were shown in UTC although there is a campus zone, which is ``zone``; ``detail``:
    whether the detail was asked for or closed, ``None`` for neither; ``panes``: what each pane
    kept; ``columns``: the names of those that were chosen, by what the rows are called.
    """

    version: int = VERSION
    pane: str = "requests"
    filter: str = ""
    utc: bool = False
    zone: str = ""
    detail: bool | None = None
    theme: str = ""
    panes: dict[str, Shown] = {}
    filters: tuple[str, ...] = ()
    columns: dict[str, tuple[str, ...]] = {}


class Memory:
    """The file of one cache."""

    def __init__(self, cache: Cache) -> None:
        folder = platformdirs.user_state_path("logsleuth")
        self.path: Path = folder / f"place-{cache.fingerprint}.json"
        self._cache = cache
        self._newer = False

    def recall(self) -> tuple[Left, str]:
        """How the app was left, and a sentence if that cannot be known."""
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(handle, "rb") as file:
                text = file.read(LARGEST)
            version = msgspec.json.decode(text, type=_Versioned).version
            if version > VERSION:
                self._newer = True
                return Left(), f"A newer logsleuth left {self.path}; it is not used."
            return msgspec.json.decode(text, type=Left), ""
        except FileNotFoundError:
            return Left(), ""
        except (OSError, msgspec.DecodeError):
            return Left(), f"Where you were is not known: {self.path} cannot be read."

    def keep(self, left: Left) -> str:
        """Write down how the app was left, whole or not at all; a sentence if that failed."""
        if self._newer:
            return ""
        # Only here: nobody leaves the app before it is there.
        from logsleuth.case.masking import Masking

        told = Masking(self._cache)(msgspec.json.decode(msgspec.json.encode(left)))
        try:
            private.write(self.path, msgspec.json.encode(told))
        except OSError as error:
            return f"Where you were was not kept: {self.path} cannot be written ({error.strerror})."
        return ""


class _Versioned(msgspec.Struct):
    version: int
