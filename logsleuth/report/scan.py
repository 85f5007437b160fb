"""People in text that somebody wrote: names, logins, ids, addresses, sessions.

What is known of the case is found in any case and with or without accents, as part of a longer
word, over the end of a line and percent-encoded; e-mail addresses and addresses that nobody
knows are taken out all the same.  Nothing finds all of it ("the tall colleague"), so whoever
exports reads the list of what was found.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from logsleuth.model import addresses, ids
from logsleuth.report.urls import WITHHELD, word_set

_COMMON = word_set(
    "art bill chance chase christian constant faith field gene glen grace grant hope hunt joy"
    " king lane law long love low major mark may miles pace page page park pat paul penny price"
    " ray read rich rob rose sky star summer trace true view ward west will wise wood young"
    " black brown gray green white april august june test student teacher user admin account"
)
"""Words that are names, too: these count as names with a capital only."""

_HIDDEN = r"[\u00ad\u0300-\u036f\u200b-\u200f\u2060-\u2064\ufeff]|[-\u2010]\r?\n[ \t]*"
"""What may stand within a word and is not seen: soft hyphens, the end of a line, …"""

_DOT = r"(?:\.|\[\.\]|\(\.\))"
"""The dot of an address; in brackets, as reports write what nobody shall click."""

# What may begin anywhere and ends far away is bounded: else it takes the square of a text.
_TOKEN = re.compile(
    r"(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"
    r"|(?<![\w.:])\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?![\w:]))"
    r"|(?P<hash>\b[0-9a-fA-F]{64}\b)"
    r"|(?P<uuid>\b[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<begun>\b(?=[a-fA-F-]{0,32}\d)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{0,4}){0,4}(?!\w))"
    r"|(?P<mail>[\w.+%'-]{1,256}@[\w-]+(?:\.[\w-]+)*)"
    rf"|(?P<address>(?<![\w.:])(?:\d{{1,3}}(?:{_DOT}\d{{1,3}}){{3}}(?!{_DOT}?\d)"
    r"|(?=[0-9a-fA-F:.]{0,64}[0-9a-fA-F])[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]*"
    r"(?<!\.)(?<!(?<!:):)(?!\w))(?:/\d{1,3}\b)?)"
    r"|(?P<network>(?<![\w.:/])\d{1,3}(?:\.\d{1,3}){2}(?:\.[*xX])?(?!\.?\w))"
    r"|(?P<number>\d+(?:~\d+)?)"
    rf"|(?P<word>(?:[^\W\d_](?:{_HIDDEN})*)+)"
)
_GAP = re.compile(r"[\s.,_'’@+-]{0,3}\Z")
_CAMEL = re.compile(r"[^\W\d_](?:(?![A-Z])[^\W\d_])*")
_ENDINGS = word_set("s es n en")
"""What a name may have at its end and is still one, as in "the Millers"."""
_WITHIN = 6
"""Letters from which on a name is found anywhere within a word."""
_LONGEST_WITHIN = 64
"""Letters up to which it is."""
_RUN = re.compile(r"[^\s<>\"'`()\[\],;]+")
_LED_BY = re.compile(r"[^\W\d_]+\Z")
_ID_WORDS = word_set("u id uid user usr userid account acct person student teacher admin sis")
"""Words after which a number may follow at once and is an id, as in user202."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something in a text that tells of a person: where, what, and what stands there now."""

    start: int
    text: str
    replacement: str


@dataclass(slots=True)
class Known:
    """What tells of people in a case, and what stands for it in the report.

    ``names`` maps a name or login to a replacement; ``None`` keeps it (somebody who is named
    in the report).  ``numbers`` are ids of accounts and keys, ``addresses`` 16 bytes each,
    ``uuids`` in lower case with dashes; a UUID that maps to ``None`` is none of a person.
    """

    names: dict[str, str | None] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    addresses: dict[bytes, str] = field(default_factory=dict)
    uuids: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Name:
    tokens: tuple[str, ...]
    replacement: str | None
    capital: bool = False


class Scanner:
    """Finds in text what is known, and what looks like it."""

    def __init__(self, known: Known, people: Mapping[str, str | None]) -> None:
        """``people`` are names whose parts count, too: a first name, a last name."""
        self._known = known
        self._names: dict[str, list[_Name]] = {}
        self._parts: dict[str, _Name] = {}
        self._begun: dict[str, set[tuple[str, str | None]]] = {}
        for uuid, replacement in known.uuids.items():
            self._begun.setdefault(uuid[:8], set()).add((uuid, replacement))
        self._networks = {
            addresses.unpack(packed).rpartition(".")[0] for packed in known.addresses
        } - {""}
        for text, replacement in (*known.names.items(), *people.items()):
            self._add(_Name(tuple(_folded(text)), replacement))
        self._add_parts(people)
        self._longest = min(max(map(len, self._parts), default=0), _LONGEST_WITHIN)
        for names in self._names.values():
            names.sort(key=lambda name: -len(name.tokens))

    def _add(self, name: _Name) -> None:
        if name.tokens:
            self._names.setdefault(name.tokens[0], []).append(name)

    def _add_parts(self, people: Mapping[str, str | None]) -> None:
        parts: dict[str, set[str | None]] = {}
        for text, replacement in people.items():
            tokens = _folded(text)
            if len(tokens) > 1:
                # Also as "Last, First", and as "First Last" around a middle name.
                self._add(_Name((tokens[-1], *tokens[:-1]), replacement))
                self._add(_Name((tokens[0], tokens[-1]), replacement))
                parts.setdefault("".join(tokens), set()).add(replacement)
            for token in tokens:
                if len(token) > 1 and not token.isdecimal():
                    parts.setdefault(token, set()).add(replacement)
        for token, replacements in parts.items():
            alone = next(iter(replacements)) if len(replacements) == 1 else WITHHELD
            name = _Name((token,), alone, token in _COMMON or len(token) == 2)
            self._parts[token] = name
            self._add(name)

    def scan(self, text: str, *, versions: bool = False) -> list[Found]:
        """What there is, in the order of the text.

        ``versions``: numbers beside a slash or a dot are parts of versions, as in user agents.
        """
        if not text:
            return []
        encoded = self._encoded(text) if "%" in text else []
        found: list[Found] = []
        for one in self._scan(text, versions):
            while encoded and encoded[0].start < one.start + len(one.text):
                found.append(encoded.pop(0))
            if not found or found[-1].start + len(found[-1].text) <= one.start:
                found.append(one)
        return found + encoded

    def replaced(self, text: str, *, versions: bool = False) -> str:
        """The text with all that was found replaced."""
        return replaced(text, self.scan(text, versions=versions))

    def _encoded(self, text: str) -> list[Found]:
        """What is percent-encoded and tells of people, each as a whole."""
        found = []
        for run in _RUN.finditer(text):
            plain = unquote(run[0])
            if plain != run[0]:
                within = self.scan(plain)
                whole = within[0].replacement if [one.text for one in within] == [plain] else None
                if within:
                    found.append(Found(run.start(), run[0], whole or WITHHELD))
        return found

    def _scan(self, text: str, versions: bool) -> Iterator[Found]:
        tokens = list(_TOKEN.finditer(text))
        at = 0
        while at < len(tokens):
            token = tokens[at]
            kind = token.lastgroup or ""
            length, replacement = self._named(text, tokens, at)
            if not length:
                length, replacement = 1, self._alone(text, token, kind, versions)
            start, stop = token.start(), tokens[at + length - 1].end()
            at += length
            if replacement is not None and replacement != text[start:stop]:
                yield Found(start, text[start:stop], replacement)

    def _named(self, text: str, tokens: list[re.Match[str]], at: int) -> tuple[int, str | None]:
        """How many tokens from here on are a name, and what stands for it."""
        first = tokens[at]
        if first.lastgroup not in {"word", "number", "mail", "begun"}:
            return 0, None
        words = _folded(first[0])
        for name in self._names.get(words[0], ()) if words else ():
            if name.capital and first[0][:1].islower():
                continue
            end, have = at, list(words)
            while len(have) < len(name.tokens) and end + 1 < len(tokens):
                if not _GAP.match(text[tokens[end].end() : tokens[end + 1].start()]):
                    break
                end += 1
                have += _folded(tokens[end][0])
            if tuple(have) == name.tokens and (len(have) > 1 or first.lastgroup == "word"):
                return end + 1 - at, name.replacement
        return 0, None

    def _alone(self, text: str, token: re.Match[str], kind: str, versions: bool) -> str | None:
        before, after = text[: token.start()][-1:], text[token.end() :][:1]
        match kind:
            case "mail":
                return WITHHELD
            case "uuid":
                uuid = ids.parse_uuid(token[0])
                return self._known.uuids.get(uuid, WITHHELD) if uuid else None
            case "begun":
                return self._beginning(token[0])
            case "address":
                return self._address(token[0], version=versions and before == "/")
            case "network":
                return WITHHELD if token[0].rstrip(".*xX") in self._networks else None
            case "number":
                if versions and (before in "/." or after == ".") and before:
                    return None
                led = _LED_BY.search(text[max(0, token.start() - 12) : token.start()])
                if led and led[0].casefold() not in _ID_WORDS:
                    return None
                number = ids.parse_id(token[0])
                # Nothing but an id of Canvas is written with a tilde.
                unknown = WITHHELD if "~" in token[0] else None
                return None if number is None else self._known.numbers.get(number, unknown)
            case "word":
                return self._within(token[0])
        return None

    def _beginning(self, text: str) -> str | None:
        """What stands for a session of which somebody wrote the beginning only."""
        begin = text.rstrip("-").lower()
        stand = {of for uuid, of in self._begun.get(begin[:8], ()) if uuid.startswith(begin)}
        return WITHHELD if len(stand) > 1 else next(iter(stand), None)

    def _address(self, text: str, *, version: bool) -> str | None:
        """``version``: four numbers that nobody knows are a version of a program."""
        base, slash, _ = text.replace("[", "").replace("]", "").partition("/")
        base = base.replace("(.)", ".")
        if base.count(".") == 3 and ":" not in base:
            base = ".".join(str(int(part)) for part in base.split("."))
        packed = addresses.pack(base)
        if packed is None:
            return None
        if slash and not version:
            return WITHHELD
        return self._known.addresses.get(packed, None if version else WITHHELD)

    def _within(self, word: str) -> str | None:
        """What stands for a word that holds a name: ``Millers``, ``DanaMiller``."""
        plain = "".join(_folded(word))
        length = len(plain)
        found = [
            self._parts[plain[start:stop]].replacement
            for start in range(length - _WITHIN + 1)
            for stop in range(start + _WITHIN, min(start + self._longest, length) + 1)
            if plain[start:stop] in self._parts
        ]
        pieces = [piece.group().casefold() for piece in _CAMEL.finditer(word)]
        stems = [plain.removesuffix(ending) for ending in _ENDINGS if plain.endswith(ending)]
        for piece in (*(one for one in pieces if len(one) > 3), *stems):
            name = self._parts.get(piece)
            if name is not None and not (name.capital and word[:1].islower()):
                found.append(name.replacement)
        if not found:
            return None
        return found[0] if len(set(found)) == 1 else WITHHELD


def replaced(text: str, found: list[Found]) -> str:
    """The text with what was found replaced."""
    parts = []
    done = 0
    for item in found:
        parts += [text[done : item.start], item.replacement]
        done = item.start + len(item.text)
    return "".join((*parts, text[done:]))


def _folded(text: str) -> list[str]:
    """The words and numbers of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", re.sub(_HIDDEN, "", text))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return re.findall(r"\d+|[^\W\d_]+", plain)
