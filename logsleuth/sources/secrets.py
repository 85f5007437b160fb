"""Secrets that stand in URLs and texts, masked on the way in.

Canvas filters some of them in its own logs; whether DAP does is not documented.  The
mask is a fingerprint by a key of this cache: the same secret has the same mask however it
was spelt, so a leaked one can be found, and the mask gives nothing away.

What is a secret is said in :mod:`logsleuth.sources.secret_rules`.
"""

import hmac
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import Any

from logsleuth.model.delivered import Rejected
from logsleuth.sources import limits
from logsleuth.sources.secret_rules import (
    BACKSLASHES,
    ENCODED,
    Parameters,
    decoded,
    is_secret_member,
    may_hold_secret,
    rules_for,
)

_EQUALS = re.compile(rf"=|(?P<encoded>{ENCODED})3d", re.IGNORECASE)
_REVERSED_NAME = re.compile(r"[\w.\-\[\]%\\]+")
_LONGEST_NAME = 240
_ALREADY = re.compile(r"\[FILTERED\]?|%5BFILTERED%5D|⟨masked.*", re.IGNORECASE)

_QUOTE = rf"(?:{BACKSLASHES}\"|{ENCODED}22)"
_MEMBER = re.compile(
    rf"(?P<quote>{_QUOTE})(?P<name>[\w.\-]{{1,60}})(?P=quote)\s*(?::|{ENCODED}3a)\s*"
    r"(?:(?P=quote)(?P<value>(?:(?!(?P=quote))(?:\\.|[^\\]))+)|(?P<number>-?\d+(?:\.\d+)?))",
    re.IGNORECASE | re.DOTALL,
)
"""A text or number in JSON that stands in another text: ``"password": "…"``."""


@lru_cache(maxsize=8)
def _value(depth: int) -> "re.Pattern[str]":
    """A value behind an equals sign that was percent-encoded ``depth`` times.

    What ends it may be encoded as often, or less.  A semicolon ends it only where
    another parameter follows: it may stand in a password.
    """
    ends = r'[&#\s"<>]|\\"|\\u00(?:20|22|23|26|3b|3c|3e)'
    if depth:
        ends += rf"|%(?:25){{0,{depth - 1}}}(?:20|22|23|26|3b|3c|3e)"
    return re.compile(rf"(?:(?!{ends}|;[\w.\-\[\]%]{{1,80}}=).)+", re.IGNORECASE | re.DOTALL)


class Masker:
    """Masks secrets with the key of one cache."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def fingerprint(self, secret: str) -> str:
        """12 hex digits that stand for a secret in this cache, in any spelling of it."""
        plain = decoded(secret).encode(errors="surrogatepass")
        return hmac.digest(self._key, plain, sha256).hex()[:12]

    def mask(self, text: str) -> str:
        """The text with every secret in it replaced by ``⟨masked …⟩``."""
        if not may_hold_secret(text):
            return text
        rules = rules_for(text)
        text = self._replaced(text, _parameters(text))
        text = _MEMBER.sub(self._member, text)
        for rule in rules:
            text = self._replaced(text, (hit.span("value") for hit in rule.pattern.finditer(text)))
        return text

    def mask_all(self, value: Any) -> Any:
        """The same for every text in a JSON value, and for members that are secrets."""
        return self._all(value, self.mask)

    def mask_json(self, text: str) -> str:
        """The same for JSON text; unchanged where nothing in it is a secret."""
        loaded = json.loads(text)
        masked = self.mask_all(loaded)
        return text if masked == loaded else json.dumps(masked, sort_keys=True)

    def rejected(
        self, line: int, offset: int, reason: str, raw: bytes, *, cut: bool = False
    ) -> Rejected:
        """A line that cannot be taken in, masked whatever it is encoded in.

        ``cut``: ``raw`` is only its beginning, so its hash is not known.  Of a line that is
        longer than any may be, or holds more, only the beginning is kept.
        """
        if len(raw) > limits.LONGEST_LINE or limits.values(raw) > limits.MOST_VALUES_OF_ONE:
            raw, cut = raw[: limits.SHOWN_OF_LONG], True
        text = self.mask(raw.decode("utf-8", "surrogateescape"))
        with suppress(ValueError, RecursionError):
            # A list of secrets is known as that only by the member of JSON that it is.
            text = self.mask_json(text)
        kept = text.encode("utf-8", "surrogateescape")
        return Rejected(line, offset, reason, kept, None if cut else sha256(raw).hexdigest())

    def _all(self, value: Any, mask: Callable[[str], str]) -> Any:
        if isinstance(value, str):
            return mask(value)
        if isinstance(value, list):
            return [self._all(item, mask) for item in value]
        if isinstance(value, dict):
            return {
                self.mask(name): self._all(item, self._whole if is_secret_member(name) else mask)
                for name, item in value.items()
            }
        if mask == self._whole and isinstance(value, int | float) and not isinstance(value, bool):
            return mask(str(value))
        return value

    def _whole(self, secret: str) -> str:
        if not secret or _ALREADY.fullmatch(secret):
            return secret
        return f"⟨masked {self.fingerprint(secret)}⟩"

    def _member(self, found: "re.Match[str]") -> str:
        if not is_secret_member(found["name"]):
            return found[0]
        if found["number"]:
            before = found[0].removesuffix(found["number"])
            return f"{before}{found['quote']}{self._whole(found['number'])}{found['quote']}"
        start = found.start("value") - found.start()
        return found[0][:start] + self._whole(found["value"])

    def _replaced(self, text: str, spans: Iterator[tuple[int, int]]) -> str:
        parts, end = [], 0
        for start, stop in spans:
            parts += [text[end:start], self._whole(text[start:stop])]
            end = stop
        return "".join([*parts, text[end:]]) if parts else text


def _parameters(text: str) -> Iterator[tuple[int, int]]:
    """Where the values of secret parameters begin and end."""
    end = 0
    parameters = Parameters(text)
    equals = _EQUALS.search(text)
    while equals:
        start = equals.start()
        before = text[max(end, start - _LONGEST_NAME) : start]
        end = equals.end()
        backwards = _REVERSED_NAME.match(before[::-1])
        if backwards and parameters.is_secret(backwards[0][::-1]):
            encoded = equals["encoded"] or ""
            depth = encoded.count("25") + encoded.startswith("%")
            value = _value(depth).match(text, end)
            if value:
                yield value.span()
                end = value.end()
        equals = _EQUALS.search(text, end)
