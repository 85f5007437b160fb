"""What is a secret in a text: the one table of rules, and a quick word on whether any can hit.

A mask destroys evidence where it hits what is no secret, so each rule says what somebody
could do with the text.  An id, the name of a course, a page of a list and the session of a
request (which is the number of a session, not the cookie that opens it) are never masked.
"""

import re
from functools import lru_cache
from typing import NamedTuple

ENCODED = r"(?:%(?:25)*|\\u00)"
"""What stands before the two hex digits of an encoded character, encoded however often."""

BACKSLASHES = r"\\{0,15}"
"""What stands before a quote or slash of JSON in JSON, up to four deep.  Bounded, since a
pattern that begins with any number of something takes the square of its length."""

_NAMED = (
    (
        "Whoever has one calls the API as its owner, or gets a token that does.",
        ("accesstoken", "refreshtoken", "idtoken", "idtokenhint", "authtoken", "token"),
        ("apikey", "xapikey", "bearer", "jwt", "assertion", "clientassertion", "xcanvastoken"),
        ("clientsecret", "keysecret", "secret", "sharedsecret", "oauthtoken", "oauthverifier"),
        ("codeverifier", "wstoken", "ltimessagehint", "samlresponse", "ticket"),
    ),
    (
        "It signs in: a password, or a code that stands for one.",
        ("password", "passwordconfirmation", "oldpassword", "newpassword", "passwd", "pwd"),
        ("verificationcode", "pairingcode", "accesscode", "codeandroid", "codeios"),
    ),
    (
        "Whoever has it joins a course, or answers a quiz in another's name.",
        ("invitation", "selfenrollmentcode", "validationtoken"),
    ),
    (
        "A session can be taken over with it.",
        ("sessiontoken", "sessionid", "jsessionid", "phpsessid", "canvassession"),
        ("normandysession", "pseudonymcredentials", "authenticitytoken", "csrftoken"),
    ),
    (
        "A link with it opens a file for whoever has the link.",
        ("verifier", "sfverifier", "sig", "signature", "oauthsignature", "xamzsignature"),
        ("xamzsecuritytoken", "xamzcredential", "xgoogsignature", "xgoogcredential"),
    ),
)
"""Why, and the names of parameters whose value is a secret: lower case letters only."""

_NAMES = frozenset(name for _, *rows in _NAMED for row in rows for name in row)

_NO_MEMBERS = frozenset({"sessionid"})
"""Names that are no secret in JSON: there ``session_id`` is the column of DAP."""

_SOMETIMES = {
    # What OAuth exchanges for a token; elsewhere it is the code of a course.
    "code": re.compile(r"oauth|login|callback|(?:state|grant_type)=", re.IGNORECASE),
    # The end of an upload names the file by what opens it; elsewhere a UUID is an id.
    "uuid": re.compile(r"create_success", re.IGNORECASE),
}
"""Names whose value is a secret where something else stands in the text."""


class Rule(NamedTuple):
    """A form of secret: ``hint`` stands in every text (lower case, decoded) that it hits."""

    hint: str
    pattern: "re.Pattern[str]"


def _rule(hint: str, *pattern: str) -> Rule:
    return Rule(hint, re.compile("".join(pattern), re.IGNORECASE))


_SLASH = rf"(?:{BACKSLASHES}/|{ENCODED}2f)"
_CODE = (
    r"(?P<value>(?:[^/?&;#\s\"<>%⟨\\]"
    r"|%(?:25)*(?!25|2[0236f]|3[bcef])[0-9a-f]{2})+)"
)
"""A part of a path: it ends where the path or its part does, encoded or not."""

RULES = (
    # The code in the address of a calendar or news feed reads it without signing in.
    _rule(
        "feeds",
        rf"{_SLASH}feeds{_SLASH}[a-z_]+{_SLASH}(?:\d+{_SLASH})?+"
        r"(?:(?:user|course|group_membership|group|enrollment|section|account|context)_)?+"
        r"(?P<value>(?!\d+\b)[a-z0-9\-]+)",
    ),
    # The link in a mail that sets a new password, or confirms an address.
    _rule("change_password/", rf"{_SLASH}change_password{_SLASH}{_CODE}"),
    _rule("register/", rf"{_SLASH}register{_SLASH}{_CODE}"),
    # The code that lets anybody join a course, or leave it for somebody.
    _rule("enroll/", rf"{_SLASH}enroll{_SLASH}{_CODE}"),
    _rule("enrollment/", rf"{_SLASH}self_(?:un)?enrollment{_SLASH}{_CODE}"),
    # The code of a mail that makes its reader a member of a group.
    _rule("accept_invitation/", rf"{_SLASH}accept_invitation{_SLASH}{_CODE}"),
    # A file's verifier as a part of a path: it opens the file.
    _rule(
        "thumbnails/",
        rf"{_SLASH}images{_SLASH}thumbnails{_SLASH}(?:show{_SLASH})?\d+{_SLASH}{_CODE}",
    ),
    _rule("/status", rf"{_SLASH}files{_SLASH}[\d~]+{_SLASH}{_CODE}(?={_SLASH}status\b)"),
    # A name and password before the host of a URL.
    _rule(
        "@",
        rf":{BACKSLASHES}/{BACKSLASHES}/[^/\s:@?#&\"%]*:(?P<value>[^/\s@?#&\"⟨]{{1,200}})(?=@)",
    ),
    _rule(
        "@",
        rf"{ENCODED}3a{_SLASH}{{2}}[^/\s:@?#&\"%]*{ENCODED}3a",
        rf"(?P<value>[^/\s@?#&\"⟨]{{1,200}}?)(?={ENCODED}40)",
    ),
    # What the header Authorization holds, which badly made clients put elsewhere.
    _rule(
        "authorization",
        r"\bauthorization(?:[\s+:=]|%20|%3a)+(?:basic|bearer|token)(?:[\s+:=]|%20)+"
        r"(?P<value>[a-z0-9._~+/=\-]+)",
    ),
    _rule(
        "bearer",
        r"\bbearer(?:[\s+:=]|%20)+(?P<value>(?=[^\s\d]{0,200}\d)[a-z0-9._~+/=\-]{16,})",
    ),
    # An access token of Canvas, known by its form: shard, tilde, letters and digits.
    _rule("~", r"(?<![0-9%])(?<!%[0-9a-f])(?P<value>\d{1,8}~[a-z0-9]{40,})"),
    _rule("~", rf"(?<![0-9%])(?P<value>\d{{1,8}}{ENCODED}7e[a-z0-9]{{40,}})"),
    # A signed token (JWT), known by the beginning of its JSON.
    # Looked for from the start of a word that two dots follow, so that no word is read twice.
    _rule(
        "eyj",
        r"(?<![\w\-])(?=[\w\-]++\.[\w\-]*+\.)[\w\-]*?"
        r"(?P<value>eyj[\w\-]{8,}+(?:\.[\w\-]*+){2,4})",
    ),
)  # fmt: skip


_ESCAPE = re.compile(rf"{ENCODED}([0-9a-f]{{2}})", re.IGNORECASE)
_ESCAPES = re.compile(r"(?:%(?:25)*[0-9a-f]{2}|\\u00[0-9a-f]{2})+", re.IGNORECASE)


def decoded(text: str) -> str:
    """A text without percent and ``\\u00`` escapes, however often it was encoded."""
    if "%" not in text and "\\" not in text:
        return text
    return _ESCAPES.sub(_plain, text)


def _plain(found: "re.Match[str]") -> str:
    octets = bytes(int(digits, 16) for digits in _ESCAPE.findall(found[0]))
    return octets.decode("utf-8", "surrogateescape")


@lru_cache(maxsize=4096)
def _bare(raw: str) -> str:
    """The bare name of a parameter: ``next%3FUser%5BAccess%5FToken%5D`` is ``accesstoken``."""
    whole = re.split(r"[?&;#/\s\"'(,{]", decoded(raw))[-1]
    parts = [part for part in re.split(r"[\[\].]", whole) if part and not part.isdecimal()]
    return re.sub(r"[^a-z0-9]", "", parts[-1].lower()) if parts else ""


class Parameters:
    """Which parameters of one text are secrets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stands: dict[str, bool] = {}

    def is_secret(self, name: str) -> bool:
        """Whether the value of a parameter is a secret, by its name as it is spelt."""
        bare = _bare(name)
        if bare in _SOMETIMES and bare not in self._stands:
            self._stands[bare] = _SOMETIMES[bare].search(self._text) is not None
        return bare in _NAMES or self._stands.get(bare, False)


def is_secret_member(name: str) -> bool:
    """Whether the value of a member of JSON is a secret."""
    bare = _bare(name)
    return bare in _NAMES and bare not in _NO_MEMBERS


# Whether there is anything to look for

_HINTS = tuple(dict.fromkeys(rule.hint for rule in RULES))
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_SIGNS = bytes(ord("=") if sign == ord('"') else sign for sign in range(256))
_NEITHER = bytes(sign for sign in range(256) if sign not in _LETTERS + b'="')


def _shortest(names: frozenset[str]) -> tuple[bytes, ...]:
    """The names that end in no other one: where none of them ends, no name does."""
    return tuple(
        name.encode()
        for name in sorted(names)
        if not any(name != other and name.endswith(other) for other in names)
    )


_ENDS = _shortest(_NAMES | _SOMETIMES.keys())


def _seen_through(text: str) -> str:
    """A text in lower case, as it stands and decoded."""
    plain = text.lower()
    if "%" in plain:
        # The commonest escapes, of square brackets: no hint holds one, and no name needs them.
        plain = plain.replace("%5b", "").replace("%5d", "")
    if "%" in plain or "\\" in plain:
        # Decoding may eat a letter of a word that stands behind a lone percent sign.
        plain = f"{plain}\n{decoded(plain).lower()}"
        plain = f"{plain}\n{plain.replace(chr(92), '')}"
    return plain


def rules_for(text: str) -> list[Rule]:
    """The rules that can hit a text."""
    plain = _seen_through(text)
    return [rule for rule in RULES if rule.hint in plain]


def may_hold_secret(text: str) -> bool:
    """Whether any rule can hit a text, or several texts joined by line ends.

    Quick, so that most rows need nothing else: ``False`` is certain, ``True`` is a reason to
    look closely.  The letters before each equals sign or quote must end in a name of the
    table, or a rule's hint be there.
    """
    plain = _seen_through(text)
    for hint in _HINTS:
        if hint in plain:
            return True
    if "=" not in plain and '"' not in plain:
        return False
    letters = plain.encode("ascii", "ignore").translate(_SIGNS, _NEITHER)
    return any(word.endswith(_ENDS) for word in letters.split(b"=")[:-1])
