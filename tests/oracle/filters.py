"""Random filters, each written twice: as KQL, and as SQL that means the same.

Both are written from what the dice chose; the SQL never sees the KQL, nor a parser.
"""

import ipaddress
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from oracle.duck import Oracle, canonical, folded, packed

ZONES = ("UTC", "America/Denver", "Europe/Berlin")

IDS = ("user_id", "real_user_id", "course_id", "quiz_id", "discussion_id", "conversation_id",
       "assignment_id", "web_application_context_id", "developer_key_id", "actor")  # fmt: skip
NUMBERS = ("http_status", "interaction_micros")
EXACT = ("http_version", "web_application_controller", "web_application_action",
         "web_application_context_type")  # fmt: skip
UUIDS = ("id", "session_id")
SEARCHED = ("url", "user_agent")
FLAGS = ("participated", "masqueraded", "student_view", "token", "write", "foreign", "deleted")
ALIASES = {
    "user_id": "user", "real_user_id": "real_user", "course_id": "course", "session_id": "session",
    "developer_key_id": "key", "http_status": "status", "http_method": "method",
    "user_agent": "agent", "web_application_controller": "controller",
    "web_application_action": "action", "remote_ip": "ip",
}  # fmt: skip

ALONE, ALL_OF, ONE_OF = 3, 2, 1
"""How tightly a filter holds together: ``or`` the least."""

_SAFE_WORD = re.compile(r"(?!(?:and|or|not)\Z)[A-Za-z/][A-Za-z0-9/._-]*\Z", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}\Z")
_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filter:
    """A filter as KQL and as a condition of SQL that is true or false, never null."""

    kql: str
    sql: str
    parameters: tuple[Any, ...] = ()
    holds: int = ALONE
    timed: bool = False


@dataclass(frozen=True)
class Dice:
    """Makes filters of one campus: ``now`` in microseconds, ``zone`` of times without one."""

    oracle: Oracle
    rng: random.Random
    now: int
    zone: str

    def filter(self, depth: int = 3) -> Filter:
        """A filter of clauses joined, negated and put in brackets, or a single clause."""
        shape = self.rng.random()
        if depth == 0 or shape < 0.35:
            return self.clause()
        if shape < 0.5:
            return self._negated(self.filter(depth - 1))
        parts = [self.filter(depth - 1) for _ in range(self.rng.choice((2, 2, 3)))]
        return self._joined(parts, ALL_OF if shape < 0.78 else ONE_OF)

    def clause(self) -> Filter:
        """One test of one field, or a word to look for."""
        kinds: tuple[tuple[Callable[[], Filter], int], ...] = (
            (self._id, 4), (self._number, 2), (self._exact, 2), (self._uuid, 2),
            (self._method, 2), (self._address, 3), (self._time, 4), (self._flag, 3),
            (self._searched, 4), (self._phrase, 2), (self._present, 2),
        )  # fmt: skip
        return self.rng.choices([make for make, _ in kinds], [weight for _, weight in kinds])[0]()

    # Joining

    def _negated(self, part: Filter) -> Filter:
        word = self.rng.choice(("not", "NOT", "Not"))
        text = part.kql if part.holds == ALONE and self._toss() else f"({part.kql})"
        gap = "" if text.startswith("(") and self._toss() else " "
        return replace(part, kql=f"{word}{gap}{text}", sql=f"(NOT {part.sql})", holds=ALONE)

    def _joined(self, parts: Sequence[Filter], holds: int) -> Filter:
        texts = []
        for part in parts:
            bare = part.holds > holds and self._toss(0.8)
            texts.append(part.kql if bare else f"({part.kql})")
        if holds == ALL_OF:
            word = self.rng.choice((" and ", " AND ", " "))
        else:
            word = self.rng.choice((" or ", " OR "))
        return Filter(
            word.join(texts),
            "(" + (" AND " if holds == ALL_OF else " OR ").join(p.sql for p in parts) + ")",
            tuple(value for part in parts for value in part.parameters),
            holds,
            any(part.timed for part in parts),
        )

    # Fields

    def _id(self) -> Filter:
        name = self.rng.choice(IDS)
        return self._numeric(name, self._spelt_id)

    def _number(self) -> Filter:
        return self._numeric(self.rng.choice(NUMBERS), str)

    def _numeric(self, name: str, spell: Callable[[int], str]) -> Filter:
        if self._toss(0.3):
            sign, number = self._sign(), self._some_number(name)
            text = self._name(name) + self._spaced(sign) + self._perhaps_quoted(spell(number))
            return _sure(text, f"{name} {sign} ?", number)
        numbers = self._several(lambda: self._some_number(name))
        texts = [self._perhaps_quoted(spell(number)) for number in numbers]
        return self._any_of(name, texts, f"{name} = ?", numbers)

    def _exact(self) -> Filter:
        name = self.rng.choice(EXACT)
        if self._toss(0.3):
            return self._glob(name, name, self._value(name), as_text=str)
        texts = self._several(lambda: self._odd_case(self._value(name)))
        return self._any_of(name, [self._literal(t) for t in texts], f"{name} = ?", texts)

    def _uuid(self) -> Filter:
        name = self.rng.choice(UUIDS)
        if self._toss(0.25):
            value = self._value(name)
            begin = value[: self.rng.randrange(1, 6)]
            shown = self._odd_case(begin) if _UUID.match(value) else begin
            return _sure(f"{self._name(name)}:{_escaped(shown)}*", f"starts_with({name}, ?)", begin)
        values = self._several(lambda: self._value(name))
        return self._any_of(name, [self._spelt_uuid(v) for v in values], f"{name} = ?", values)

    def _method(self) -> Filter:
        name = "http_method"
        if self._toss(0.25):
            return self._glob(name, "upper(http_method)", self._value(name), as_text=str.upper)
        values = self._several(lambda: self._value(name))
        texts = [self._perhaps_quoted(self._odd_case(value)) for value in values]
        upper = [value.upper() for value in values]
        return self._any_of(name, texts, "upper(http_method) = ?", upper)

    def _address(self) -> Filter:
        name = "remote_ip"
        if self._toss(0.15):
            known = canonical(self._value(name))
            return self._glob(name, "address_shown", known, as_text=str)
        addresses = self._several(self._some_address)
        texts, parts, ends = [], [], []
        for number in addresses:
            if self._toss(0.45):
                text, first, last = self._network(number)
                texts.append(self._perhaps_quoted(text))
                parts.append("address BETWEEN ? AND ?")
                ends += [first, last]
            else:
                texts.append(self._perhaps_quoted(self._spelt_address(number)))
                parts.append("address = ?")
                ends.append(f"{number:032x}")
        return self._any_of_parts(name, texts, parts, ends)

    def _time(self) -> Filter:
        sign = self._sign()
        if self._toss(0.25):
            day = datetime.fromtimestamp(self._some_time() // _US, UTC).date()
            start, end = self._midnight(day), self._midnight(day + timedelta(days=1))
            text = self._perhaps_quoted(day.isoformat())
            if self._toss(0.4):
                filter_ = _sure(f"timestamp:{text}", "us >= ? AND us < ?", start, end)
            else:
                # A date is the whole day: after it, and up to it, mean its last instant.
                edge = {"<": start, ">=": start, "<=": end, ">": end}[sign]
                order = {"<": "<", "<=": "<", ">": ">=", ">=": ">="}[sign]
                filter_ = _sure(f"timestamp{self._spaced(sign)}{text}", f"us {order} ?", edge)
            return replace(filter_, timed=True)
        if self._toss(0.3):
            unit = self.rng.choice("smhdw")
            amount = self.rng.randrange({"s": 10**6, "m": 40_000, "h": 700, "d": 31, "w": 5}[unit])
            seconds = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}[unit]
            us, text = self.now - amount * seconds * _US, f"now-{amount}{unit}"
        else:
            us, text = self._spelt_time(self._some_time())
        text = self._perhaps_quoted(text)
        return replace(
            _sure(f"timestamp{self._spaced(sign)}{text}", f"us {sign} ?", us), timed=True
        )

    def _flag(self) -> Filter:
        name = self.rng.choice(FLAGS)
        values = self._several(lambda: self._toss(), most=2)
        texts = [self._perhaps_quoted(self._odd_case(str(value).lower())) for value in values]
        return self._any_of(name, texts, f'"{name}" = ?', values)

    def _searched(self) -> Filter:
        name = self.rng.choice(SEARCHED)
        column = f"{name}_folded"
        if self._toss(0.35):
            return self._glob(name, column, self._value(name), as_text=folded)
        pieces = self._several(lambda: self._piece(name))
        texts = [self._literal(self._odd_case(piece)) for piece in pieces]
        wanted = [folded(piece) for piece in pieces]
        return self._any_of(name, texts, f"contains({column}, ?)", wanted)

    def _phrase(self) -> Filter:
        piece = self._piece(self.rng.choice(SEARCHED))
        word = _SAFE_WORD.match(piece) and self._toss()
        text = self._odd_case(piece) if word else self._quoted(self._odd_case(piece))
        wanted = folded(piece)
        return _sure(
            text,
            "contains(url_folded, ?) OR coalesce(contains(user_agent_folded, ?), false)",
            wanted,
            wanted,
            either=True,
        )

    def _present(self) -> Filter:
        groups = (IDS, NUMBERS, EXACT, UUIDS, SEARCHED, FLAGS, ("http_method", "remote_ip"))
        name = self.rng.choice([name for group in groups for name in group])
        return _sure(f"{self._name(name)}:*", f'"{name}" IS NOT NULL')

    # Values

    def _value(self, name: str) -> Any:
        return self.rng.choice(self.oracle.values(name))

    def _some_number(self, name: str) -> int:
        """A value of the field, or one beside it, or one that nothing has."""
        chance = self.rng.random()
        if chance < 0.75:
            return int(self._value(name))
        if chance < 0.9:
            return min(int(self._value(name)) + self.rng.choice((-1, 1)), 2**63 - 1)
        return self.rng.choice((0, -5, 424_242_424_242, 2**63 - 1))

    def _some_address(self) -> int:
        found = packed(self._value("remote_ip"))
        if found is None or self._toss(0.15):
            found = packed(self.rng.choice(("203.0.113.254", "2001:db8::dead:beef")))
        return int(found or "0", 16)

    def _some_time(self) -> int:
        return int(self._value("us")) + self.rng.choice((0, 0, 1, -1, 1000, -1000, 3600 * _US))

    def _piece(self, name: str) -> str:
        """A part of a value, or something that pattern languages know."""
        if self._toss(0.2):
            return self.rng.choice(
                ("%", "_", "?", "[", "]", "*", "\\", '"', "100%", "a_b", "", "é", "É", "\0", "\n",
                 "no such thing", "⟨masked", "'", "include[]", "%2F", "1_0", "5.0 (")
            )  # fmt: skip
        value = self._value(name)
        start = self.rng.randrange(len(value) + 1)
        return str(value[start : start + self.rng.randrange(1, 12)])

    def _midnight(self, day: date) -> int:
        return _to_us(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)))

    # Spelling

    def _spelt_id(self, number: int) -> str:
        if number >= 10**13 and number // 10**13 < 10**6 and self._toss():
            shard, local = divmod(number, 10**13)
            return f"{shard}~{local}"
        return str(number)

    def _spelt_uuid(self, value: str) -> str:
        if _UUID.match(value):
            spelling = self.rng.choice((str, str.upper, lambda text: text.replace("-", "")))
            return self._perhaps_quoted(spelling(value))
        return self._literal(value)

    def _spelt_address(self, number: int) -> str:
        six = ipaddress.IPv6Address(number)
        spellings = [str(six), six.exploded, six.exploded.upper()]
        if six.ipv4_mapped is not None:
            spellings += [str(six.ipv4_mapped)] * 3 + [f"::ffff:{six.ipv4_mapped}"]
        return self.rng.choice(spellings)

    def _network(self, number: int) -> tuple[str, str, str]:
        """A network around an address: its text, and its ends as hex digits."""
        four = ipaddress.IPv6Address(number).ipv4_mapped
        if four is not None and self._toss(0.8):
            bits = self.rng.choice((0, 4, 8, 12, 16, 20, 24, 25, 28, 31, 32))
            text, host = f"{four}/{bits}", 32 - bits
        else:
            bits = self.rng.choice((0, 3, 16, 32, 33, 48, 64, 96, 104, 127, 128))
            text, host = f"{self._six(number)}/{bits}", 128 - bits
        first = number >> host << host
        return text, f"{first:032x}", f"{first + (1 << host) - 1:032x}"

    def _six(self, number: int) -> str:
        six = ipaddress.IPv6Address(number)
        return self.rng.choice((str(six), six.exploded))

    def _spelt_time(self, us: int) -> tuple[int, str]:
        """An instant cut to the precision of its spelling, and that spelling."""
        unit = self.rng.choice((1, 1000, _US, 60 * _US))
        us -= us % unit
        digits = {1: "microseconds", 1000: "milliseconds", _US: "seconds", 60 * _US: "minutes"}
        instant = _EPOCH + timedelta(microseconds=us)
        form = self.rng.choice(("Z", "offset", "zone"))
        if form == "zone":
            local = instant.astimezone(ZoneInfo(self.zone))
            text = local.replace(tzinfo=None).isoformat(timespec=digits[unit])
            us = _to_us(local.replace(fold=0))
        elif form == "offset":
            shifted = instant.astimezone(timezone(timedelta(hours=self.rng.randrange(-11, 14))))
            text = shifted.isoformat(timespec=digits[unit])
        else:
            text = instant.replace(tzinfo=None).isoformat(timespec=digits[unit]) + "Z"
        return us, text

    def _name(self, name: str) -> str:
        return ALIASES[name] if name in ALIASES and self._toss(0.3) else name

    def _literal(self, text: str) -> str:
        """The text as a value: in quotes, or with what would end it escaped."""
        return _escaped(text) if text and self._toss() else self._quoted(text)

    def _quoted(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self._toss())

    def _perhaps_quoted(self, text: str) -> str:
        return f'"{text}"' if self._toss() else text

    def _odd_case(self, text: str) -> str:
        """ASCII letters in another case, sometimes; where case matters, another text."""
        if not text.isascii() or self._toss(0.8):
            return text
        return self.rng.choice((text.upper(), text.lower(), text.swapcase()))

    def _sign(self) -> str:
        return self.rng.choice(("<", "<=", ">", ">="))

    def _spaced(self, sign: str) -> str:
        return self.rng.choice((sign, f" {sign} ", f" {sign}"))

    # Forms

    def _several(self, make: Callable[[], Any], most: int = 3) -> list[Any]:
        return [make() for _ in range(self.rng.choice((1, 1, 1, 1, 2, most)))]

    def _any_of(self, name: str, texts: list[str], part: str, values: Sequence[Any]) -> Filter:
        return self._any_of_parts(name, texts, [part] * len(texts), values)

    def _any_of_parts(
        self, name: str, texts: list[str], parts: list[str], values: Sequence[Any]
    ) -> Filter:
        """``name:value``, or ``name:(value or value)``."""
        if len(texts) > 1 or self._toss(0.1):
            literal = "(" + self.rng.choice((" or ", " OR ")).join(texts) + ")"
        else:
            literal = texts[0]
        colon = self.rng.choice((":", ":", ": ", " : "))
        return _sure(f"{self._name(name)}{colon}{literal}", " OR ".join(parts), *values)

    def _glob(self, name: str, column: str, value: str, *, as_text: Callable[[str], str]) -> Filter:
        """A value with some of its parts replaced by stars, which may fit others too."""
        first = self.rng.randrange(len(value) + 1)
        last = self.rng.randrange(first, len(value) + 1)
        parts = [value[:first], value[last:]]
        if self._toss(0.3):
            middle = len(parts[1]) // 2
            parts[1:] = [parts[1][: middle // 2], parts[1][middle:]]
        text = "*".join(_escaped(part) for part in parts)
        pattern = ".*".join(re.escape(as_text(part)) for part in parts)
        return _sure(f"{self._name(name)}:{text}", f"regexp_full_match({column}, ?, 's')", pattern)

    def _toss(self, chance: float = 0.5) -> bool:
        return self.rng.random() < chance


def _sure(kql: str, sql: str, *parameters: Any, either: bool = False) -> Filter:
    """A clause whose SQL is false where a null would make it neither."""
    if either:
        left, _, right = sql.partition(" OR ")
        sql = f"coalesce({left}, false) OR {right}"
    return Filter(kql, f"coalesce(({sql}), false)", parameters)


def _escaped(text: str) -> str:
    """The text as a value without quotes: a backslash before all that means something."""
    first = re.sub(r"[\s()\"\\*:<>]", lambda found: f"\\{found[0]}", text)
    return f"\\{first}" if re.match(r"(?:and|or|not)(?![^\s()\"])", first, re.IGNORECASE) else first


def _to_us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
