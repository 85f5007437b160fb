"""Secrets that stand in URLs, masked on the way in.

Canvas filters some of them in its own logs; whether DAP does is not documented.  The
mask is a fingerprint by a key of this cache: the same secret has the same mask, so a
leaked one can be found, and the mask gives nothing away.
"""

import hmac
import re
from hashlib import sha256
from typing import Any

_NAMES = "|".join(
    # However the words are joined: access_token, accessToken, access%5Ftoken.
    name.replace("_", "(?:_|%5f)?")
    for name in (
        *("access_token", "refresh_token", "id_token", "id_token_hint", "auth_token", "token"),
        *("api_key", "key_secret", "client_secret", "client_assertion", "secret", "bearer"),
        *("password", "password_confirmation", "old_password", "new_password", "passwd", "pwd"),
        *("verifier", "sf_verifier", "sig", "signature", "jwt", "lti_message_hint", "ticket"),
        *("oauth_token", "oauth_signature", "oauth_verifier", "samlresponse", "wstoken"),
        *("session_token", "authenticity_token", "csrf_token", "_csrf_token", "x-canvas-token"),
        *("x-amz-signature", "x-amz-security-token", "x-amz-credential", "x-goog-signature"),
    )
)
_SECRET = re.compile(
    rf"(?P<name>(?:^|[?&;#\s\"'(\[,{{]|%(?:25)*(?:3f|26)|\\u00(?:3f|26))"
    r"(?:\w+(?:\[|%5b))?"
    rf"(?:{_NAMES})(?:\[\]|%5b%5d|\]|%5d)?(?:=|%(?:25)*3d|\\u003d))"
    r"(?P<value>[^&;#\s\"<>]+)",
    re.IGNORECASE,
)
_ALREADY = re.compile(r"\[FILTERED\]?|%5BFILTERED%5D|⟨masked", re.IGNORECASE)


class Masker:
    """Masks secrets with the key of one cache."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def fingerprint(self, secret: str) -> str:
        """12 hex digits that stand for a secret in this cache."""
        return hmac.digest(self._key, secret.encode(errors="surrogatepass"), sha256).hex()[:12]

    def mask(self, text: str) -> str:
        """The text with every secret in it replaced by ``⟨masked …⟩``."""
        if "=" not in text and "3d" not in text and "3D" not in text:
            return text
        return _SECRET.sub(self._replace, text)

    def _replace(self, found: "re.Match[str]") -> str:
        value = found["value"]
        if _ALREADY.fullmatch(value):
            return found[0]
        return f"{found['name']}⟨masked {self.fingerprint(value)}⟩"

    def mask_all(self, value: Any) -> Any:
        """The same for every text in a JSON value."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, list):
            return [self.mask_all(item) for item in value]
        if isinstance(value, dict):
            return {name: self.mask_all(item) for name, item in value.items()}
        return value

    def mask_bytes(self, raw: bytes) -> bytes:
        """The same for a rejected line, whatever it is encoded in."""
        return self.mask(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
