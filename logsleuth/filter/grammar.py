"""From text to a syntax tree by the grammar file, and syntax errors in plain words."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logsleuth.filter.errors import FilterError
from logsleuth.model.text import visible

if TYPE_CHECKING:
    from lark import Lark, Token

DEEPEST = 100
"""Brackets and ``not`` around one another; whoever walks a tree may recurse."""

MOST_TOKENS = 5_000
"""Words, operators and brackets of a filter.  Each takes the parser some 10 µs, and whoever
types waits for all of them at every key."""

MOST_STARS = 100
"""Stars of one value."""

_AFTER_STRING = re.compile(r"[\s)]|\Z|(?:and|or)[\s(\"]", re.IGNORECASE)

# What the grammar's terminals are called in messages, in the order they are named.
_CONDITION = "a condition"
_NAMES = (
    ("_RPAR", "')'"),
    ("_AND", "'and'"),
    ("_OR", "'or'"),
    ("FIELD", _CONDITION),
    ("VALUE", "a value"),
    ("_COLON", "':'"),
    ("RANGE", "'<' or '>='"),
)


@cache
def grammar() -> "Lark":
    """The parser of the filter language; built on first use, as it takes a moment."""
    from lark import Lark

    text = Path(__file__).with_name("kql.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="contextual")


def syntax_tree(text: str) -> Any:
    """The tree (or lone token) of a filter; its shapes are the rules of the grammar.

    Raises:
        FilterError: the text is no filter, or nested deeper than ``DEEPEST``, or made of more
            than ``MOST_TOKENS``.
    """
    from lark.exceptions import UnexpectedInput

    reading: Any = grammar().parse_interactive(text)
    depth = _Depth()
    try:
        for number, token in enumerate(reading.lexer_thread.lex(reading.parser_state)):
            _check_size(number, token)
            reading.feed_token(token)
            depth.count(token)
            _check_end_of_string(token, text)
        return reading.feed_eof()
    except UnexpectedInput as error:
        raise _explain(error, text, reading) from None


class _Depth:
    """How many brackets and ``not`` are open."""

    def __init__(self) -> None:
        self.nots = 0
        self.outer: list[int] = []
        self.total = 0

    def count(self, token: "Token") -> None:
        if token.type == "_NOT":
            self.nots += 1
            self.total += 1
        elif token.type == "_LPAR":
            self.outer.append(self.nots)
            self.nots = 0
            self.total += 1
        else:
            # The condition is over, and with it every "not" before it.
            self.total -= self.nots
            self.nots = 0
            if token.type == "_RPAR":
                before = self.outer.pop()
                self.total -= before + 1
        if self.total > DEEPEST:
            raise FilterError(
                f"the filter is nested more than {DEEPEST} deep", _column(token), "fewer brackets"
            )


def _check_size(number: int, token: "Token") -> None:
    if number >= MOST_TOKENS:
        raise FilterError(
            f"the filter has more than {MOST_TOKENS:,} words, operators and brackets",
            _column(token),
            "a shorter one",
        )
    if token.type != "STRING" and token.value.count("*") > MOST_STARS:
        raise FilterError(
            f"the value has more than {MOST_STARS} stars", _column(token), "fewer, or quotes"
        )


def _column(token: "Token") -> int:
    return (token.start_pos or 0) + 1


def _check_end_of_string(token: "Token", text: str) -> None:
    """``"a"b`` and ``"a"*`` look like one value and would be read as two."""
    if token.type != "STRING":
        return
    end = token.end_pos or 0
    if not _AFTER_STRING.match(text, end):
        raise FilterError(
            f"'{visible(text[end])}' follows a quoted text without a space", end + 1, "a space"
        )


def _explain(error: Any, text: str, reading: Any) -> FilterError:
    """A syntax error as one sentence."""
    token = getattr(error, "token", None)
    position = len(text) if token is not None and token.type == "$END" else error.pos_in_stream
    accepted = reading.accepts()
    expected = _expected(accepted)
    rest = text[position:]
    if not rest.strip():
        return FilterError("the filter ends too early", len(text) + 1, expected)
    if rest[0] == '"' and (token is None or token.type != "STRING"):
        return FilterError("the quote that opens here is never closed", position + 1, "")
    if rest == "\\":
        return FilterError("nothing follows the backslash", position + 1, "")
    if rest[0] == ")" and "$END" in accepted:
        return FilterError("this ')' closes no bracket", position + 1, "")
    word = re.match(r"[()<>:]|[^\s()<>:]{1,30}", rest)
    found = visible(word[0] if word else rest[0])
    return FilterError(f"'{found}' cannot stand here", position + 1, expected)


def _expected(accepted: set[str]) -> str:
    """What the parser would take next: ``')', 'and', 'or' or a condition``."""
    names = [name for terminal, name in _NAMES if terminal in accepted]
    if _CONDITION in names and len(names) > 1:
        names[names.index(_CONDITION)] = "another condition"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
