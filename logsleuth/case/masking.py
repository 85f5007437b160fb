"""Secrets that somebody pasted into a filter: never kept, in no log and no case.

They are masked by the cache's own fingerprints, as they are in its rows.
"""

import os
import re
from collections.abc import Callable
from typing import Any

from logsleuth.sources.secrets import Masker
from logsleuth.store.cache import Cache

_TOKEN = re.compile(r"\b\d{1,6}~[A-Za-z0-9]{20,}|(?<=earer )[\w.~+/-]{16,}")
"""What looks like an access token of Canvas, or of a header, whatever stands before it."""


class Masking:
    """Masks what looks like a secret with the key of one cache."""

    def __init__(self, cache: Cache) -> None:
        self._masker = Masker(bytes.fromhex(cache.catalogue.meta("mask_key") or ""))

    def __call__(self, value: Any) -> Any:
        """A JSON value with every secret in its texts masked."""
        masked = self._masker.mask_all(value)
        return _each_text(masked, lambda text: _TOKEN.sub(self._mask, text))

    def _mask(self, found: "re.Match[str]") -> str:
        return f"⟨masked {self._masker.fingerprint(found[0])}⟩"


def masked(value: Any) -> Any:
    """A JSON value of texts that a person wrote, with the secrets in them masked by a key that
    nobody keeps.  Names of members say nothing here: a ticket is no ticket of a login."""
    return _each_text(value, Masker(os.urandom(32)).mask)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case list():
            return [_each_text(item, change) for item in value]
        case dict():
            return {name: _each_text(item, change) for name, item in value.items()}
    return value
