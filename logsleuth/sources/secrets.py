"""Secrets that stand in URLs and texts, masked on the way in.

Canvas filters some of them in its own logs; whether DAP does is not documented.  The
mask is a fingerprint by a key of this cache: the same secret has the same mask however it
was spelt, so a leaked one can be found, and the mask gives nothing away.

A mask destroys evidence where it hits what is no secret, so each rule says what somebody
could do with the text.  An id, the name of a course or a page of a list is never masked.
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
from logsleuth.sources.limits import LONGEST_LINE, SHOWN_OF_LONG

_ENCODED = r"(?:%(?:25)*|\\u00)"
"""What stands before the two hex digits of an encoded character, encoded however often."""

_NAMES = frozenset(
    {
        # Whoever has one calls the API as its owner, or gets a token that does.
        *("accesstoken", "refreshtoken", "idtoken", "idtokenhint", "authtoken", "token"),
        *("apikey", "xapikey", "bearer", "jwt", "assertion", "clientassertion", "xcanvastoken"),
        *("clientsecret", "keysecret", "secret", "sharedsecret", "oauthtoken", "oauthverifier"),
        *("codeverifier", "wstoken", "ltimessagehint", "samlresponse", "ticket"),
        # Passwords, and codes that stand for one: of an account, a second factor, the
        # pairing of an observer, an invitation to a course, a quiz.
        *("password", "passwordconfirmation", "oldpassword", "newpassword", "passwd", "pwd"),
        *("verificationcode", "pairingcode", "invitation", "accesscode"),
        # A session that can be taken over.
        *("sessiontoken", "sessionid", "jsessionid", "phpsessid", "canvassession"),
        *("normandysession", "pseudonymcredentials", "authenticitytoken", "csrftoken"),
        # Links that open a file for whoever has them.
        *("verifier", "sfverifier", "sig", "signature", "oauthsignature", "xamzsignature"),
        *("xamzsecuritytoken", "xamzcredential", "xgoogsignature", "xgoogcredential"),
    }
)
"""Names of parameters whose value is a secret: lower case, letters and digits only."""

_SIGNING_IN = re.compile(r"oauth|login|callback|(?:state|grant_type)=", re.IGNORECASE)
"""Where ``code`` is what OAuth exchanges for a token; elsewhere it is the code of a course."""

_EQUALS = re.compile(rf"=|(?P<encoded>{_ENCODED})3d", re.IGNORECASE)
_REVERSED_NAME = re.compile(r"[\w.\-\[\]%\\]+")
_LONGEST_NAME = 240
_ESCAPE = re.compile(rf"{_ENCODED}([0-9a-f]{{2}})", re.IGNORECASE)
_ESCAPES = re.compile(r"(?:%(?:25)*[0-9a-f]{2}|\\u00[0-9a-f]{2})+", re.IGNORECASE)
_ALREADY = re.compile(r"\[FILTERED\]?|%5BFILTERED%5D|⟨masked.*", re.IGNORECASE)

_SLASH = rf"(?:/|{_ENCODED}2f)"
_QUOTE = rf"(?:\\*\"|{_ENCODED}22)"
_RULES = tuple(
    (hint, re.compile(pattern, re.IGNORECASE))
    for hint, pattern in (
        # The code in the address of a calendar or news feed reads it without signing in.
        (
            "feeds",
            rf"{_SLASH}feeds{_SLASH}[a-z_]+{_SLASH}(?:\d+{_SLASH})?+"
            r"(?:(?:user|course|group_membership|group|enrollment|section|account|context)_)?+"
            r"(?P<value>(?!\d+\b)[a-z0-9\-]+)",
        ),
        # The link in a mail that sets a new password, or confirms an address.
        ("password", rf"{_SLASH}change_password{_SLASH}(?P<value>[^/?&;#\s\"<>%⟨]+)"),
        ("register", rf"{_SLASH}register{_SLASH}(?P<value>[^/?&;#\s\"<>%⟨]+)"),
        # A name and password before the host of a URL.
        (
            "://",
            rf":{_SLASH}{{2}}[^/\s:@?#&\"%]*:(?P<value>[^/\s@?#&\"⟨]+)(?=@)",
        ),
        (
            "%2f",
            rf"{_ENCODED}3a{_SLASH}{{2}}[^/\s:@?#&\"%]*{_ENCODED}3a"
            rf"(?P<value>[^/\s@?#&\"⟨]+?)(?={_ENCODED}40)",
        ),
        # What the header Authorization holds, which badly made clients put elsewhere.
        (
            "authorization",
            r"\bauthorization(?:[\s+:=]|%20|%3a)+(?:basic|bearer|token)(?:[\s+:=]|%20)+"
            r"(?P<value>[a-z0-9._~+/=\-]+)",
        ),
        (
            "bearer",
            r"\bbearer(?:[\s+:=]|%20)+(?P<value>(?=[^\s\d]*\d)[a-z0-9._~+/=\-]{16,})",
        ),
        # An access token of Canvas, known by its form: shard, tilde, letters and digits.
        ("~", r"(?<![0-9%])(?<!%[0-9a-f])(?P<value>\d{1,8}~[a-z0-9]{40,})"),
        ("7e", rf"(?<![0-9%])(?P<value>\d{{1,8}}{_ENCODED}7e[a-z0-9]{{40,}})"),
        # A signed token (JWT), known by the beginning of its JSON.
        ("eyj", r"(?P<value>eyj[\w\-]{8,}(?:\.[\w\-]*){2,4})"),
    )
)
"""A word without which a rule cannot hit, in lower case, and the rule."""

_MEMBER = re.compile(
    rf"(?P<quote>{_QUOTE})(?P<name>[\w.\-]{{1,60}})(?P=quote)\s*(?::|{_ENCODED}3a)\s*"
    r"(?P=quote)(?P<value>(?:(?!(?P=quote))(?:\\.|[^\\]))+)",
    re.IGNORECASE | re.DOTALL,
)
"""A text in JSON that stands in another text: ``"password": "…"``."""


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


@lru_cache(maxsize=4096)
def _name(raw: str) -> str:
    """The bare name of a parameter: ``next%3FUser%5BAccess%5FToken%5D`` is ``accesstoken``."""
    whole = re.split(r"[?&;#/\s\"'(,{]", decoded(raw))[-1]
    parts = [part for part in re.split(r"[\[\].]", whole) if part and not part.isdecimal()]
    return re.sub(r"[^a-z0-9]", "", parts[-1].lower()) if parts else ""


def decoded(text: str) -> str:
    """A text without percent and ``\\u00`` escapes, however often it was encoded."""
    if "%" not in text and "\\" not in text:
        return text
    return _ESCAPES.sub(_plain, text)


def _plain(found: "re.Match[str]") -> str:
    octets = bytes(int(digits, 16) for digits in _ESCAPE.findall(found[0]))
    return octets.decode("utf-8", "surrogateescape")


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
        lower = text.lower()
        if "=" in lower or "3d" in lower:
            text = self._replaced(text, _parameters(text))
        if '"' in lower or "22" in lower:
            text = _MEMBER.sub(self._member, text)
        for hint, rule in _RULES:
            if hint in lower:
                text = self._replaced(text, (found.span("value") for found in rule.finditer(text)))
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
        longer than any may be, only the beginning is kept.
        """
        if len(raw) > LONGEST_LINE:
            raw, cut = raw[:SHOWN_OF_LONG], True
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
                self.mask(name): self._all(item, self._whole if _name(name) in _NAMES else mask)
                for name, item in value.items()
            }
        return value

    def _whole(self, secret: str) -> str:
        if not secret or _ALREADY.fullmatch(secret):
            return secret
        return f"⟨masked {self.fingerprint(secret)}⟩"

    def _member(self, found: "re.Match[str]") -> str:
        if _name(found["name"]) not in _NAMES:
            return found[0]
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
    equals = _EQUALS.search(text)
    while equals:
        start = equals.start()
        before = text[max(end, start - _LONGEST_NAME) : start]
        end = equals.end()
        backwards = _REVERSED_NAME.match(before[::-1])
        if backwards and _is_secret(_name(backwards[0][::-1]), text):
            encoded = equals["encoded"] or ""
            depth = encoded.count("25") + encoded.startswith("%")
            value = _value(depth).match(text, end)
            if value:
                yield value.span()
                end = value.end()
        equals = _EQUALS.search(text, end)


def _is_secret(name: str, text: str) -> bool:
    return name in _NAMES or (name == "code" and _SIGNING_IN.search(text) is not None)
