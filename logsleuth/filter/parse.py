"""Reading a filter: from text to a tree of typed tests."""

import re
from datetime import UTC, tzinfo
from difflib import get_close_matches
from typing import Any, Literal

from logsleuth.filter import grammar, literals
from logsleuth.filter.errors import FilterError, point_at
from logsleuth.filter.fields import BY_NAME, Field, Kind
from logsleuth.filter.tree import All, And, Glob, Match, Node, Not, Or, Phrase
from logsleuth.model import clock
from logsleuth.model.text import visible

__all__ = ["LONGEST", "FilterError", "parse", "point_at"]

LONGEST = 20_000
"""Characters of a filter."""

MOST_CONDITIONS = 1_000
"""Tests and ``not`` of a filter: as many as are written with the tokens that one may have,
however their tree is written."""

_STRAY_TIME = re.compile(r"\s+(?:-\s*\d|\d\d:\d\d)", re.ASCII)
_STRAY_EQUALS = re.compile(r"(?:([^\W\d]\w*)\s*)?(==?|!=)")
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(
    text: str,
    *,
    zone: tzinfo = UTC,
    now: int | None = None,
    of: Literal["request", "event"] = "request",
) -> Node:
    """The tree of a filter; the empty filter is ``All()``.

    ``zone`` is where times without an offset are; ``now`` (microseconds since the epoch;
    the clock's, if None) is what ``now-24h`` counts from.  ``of`` says what is filtered:
    course events take request fields too, which test the request that caused them.

    Brackets leave no trace: ``(a and b) and c`` is one ``And`` of three.

    Raises:
        FilterError: the text is no filter; ``column`` says where.
    """
    if len(text) > LONGEST:
        raise FilterError(
            f"the filter has {len(text):,} characters, and {LONGEST:,} are the most",
            LONGEST + 1,
            "",
        )
    if odd := _SURROGATE.search(text):
        raise FilterError("this is half a character", odd.start() + 1, "text in UTF-8")
    moment = literals.Moment(zone, lambda: clock.now_us() if now is None else now)
    return _Reader(text, of, moment).node(grammar.syntax_tree(text))


class _Reader:
    """Gives the syntax tree of one filter its meaning."""

    def __init__(self, text: str, of: Literal["request", "event"], moment: literals.Moment) -> None:
        self.text = text
        self.of = of
        self.moment = moment
        self._conditions = 0

    def node(self, tree: Any) -> Node:
        match tree.data:
            case "everything":
                return All()
            case "either":
                return _flat(Or, [self.node(part) for part in tree.children])
            case "every":
                return _flat(And, [self.node(part) for part in tree.children])
            case "no":
                self._conditions += 1
                return Not(self.node(tree.children[0]))
            case "phrase":
                return self.phrase(tree.children[0])
            case "compare":
                name, *values = tree.children
                field = self.field(name)
                return _flat(
                    Or,
                    [literals.compare(field, self.value(field, v), self.moment) for v in values],
                )
            case _:
                name, operator, value = tree.children
                field = self.field(name)
                literal = self.value(field, value)
                return literals.compare_order(field, operator.value, literal, self.moment)

    def count(self, more: int, token: Any) -> None:
        """Count conditions; the one too many stands at ``token``."""
        self._conditions += more
        if self._conditions > MOST_CONDITIONS:
            raise FilterError(
                f"the filter has more than {MOST_CONDITIONS:,} conditions",
                token.start_pos + 1,
                "a shorter one",
            )

    def field(self, token: Any) -> Field:
        field = BY_NAME.get(token.value)
        if field is None:
            known = [name for name, known in BY_NAME.items() if self.has(known)]
            nearest = get_close_matches(token.value[:64].lower(), known, 1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            name = visible(token.value[:64])
            raise FilterError(
                f"no field is called '{name}'{hint}",
                token.start_pos + 1,
                "a field, or quotes around the text to search for",
            )
        if not self.has(field):
            raise FilterError(
                f"{field.name} is a field of course events, not of requests: "
                "filter by it where events are listed (logsleuth events)",
                token.start_pos + 1,
                "",
            )
        return field

    def has(self, field: Field) -> bool:
        return self.of == "event" or "request" in field.of

    def value(self, field: Field, token: Any) -> literals.Literal:
        self.count(1, token)
        if field.kind is Kind.TIME and token.type == "VALUE":
            # The rest of the time would be searched for in URLs, and nothing be found.
            stray = _STRAY_TIME.match(self.text, token.end_pos)
            if stray:
                raise FilterError(
                    "a time with spaces needs quotes, and now-24h has none",
                    token.end_pos + 1,
                    '"2026-10-01 08:00" or now-24h',
                )
        return _literal(token)

    def phrase(self, token: Any) -> Node:
        if token.type == "WORD":
            self.check_equals(token)
        literal = _literal(token)
        self.count(2 if literal.starred else 1, token)
        if literal.anything:
            return All()
        if literal.starred:
            glob = Glob(literal.parts)
            return Or((Match(BY_NAME["url"], glob), Match(BY_NAME["user_agent"], glob)))
        return Phrase(literal.text)

    def check_equals(self, token: Any) -> None:
        """``status=403`` would be searched for in URLs: a wrong answer that looks right."""
        found = _STRAY_EQUALS.match(token.value)
        if not found:
            return
        name, sign = found.groups()
        if name is None and found.end() < len(token.value):
            return
        if name is not None and name not in BY_NAME:
            return
        field = name or "field"
        form = f"not {field}:value" if sign == "!=" else f"{field}:value"
        raise FilterError(
            f"'{sign}' is no operator here",
            token.start_pos + found.start(2) + 1,
            f'{form}, or "{visible(token.value[:40])}" in quotes to search for that text',
        )


def _literal(token: Any) -> literals.Literal:
    read = literals.quoted if token.type == "STRING" else literals.bare
    return read(token.value, token.start_pos + 1)


def _flat(kind: type[And] | type[Or], nodes: list[Node]) -> Node:
    """The nodes as one ``And`` or ``Or``, without one inside the other."""
    parts: list[Node] = []
    for node in nodes:
        if isinstance(node, kind):
            parts.extend(node.parts)
        else:
            parts.append(node)
    return parts[0] if len(parts) == 1 else kind(tuple(parts))
