"""Conditions in SQL, with bound parameters only."""

import json
from dataclasses import dataclass
from typing import Any

NEVER = "0"
ALWAYS = "1"


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition and its parameters, in order; ``reads`` are the columns it looks at."""

    text: str
    parameters: tuple[Any, ...] = ()
    reads: frozenset[str] = frozenset()


def join(word: str, parts: list[Sql]) -> Sql:
    """Conditions joined by ``AND`` or ``OR``, without those that say nothing."""
    neutral, absorbing = (ALWAYS, NEVER) if word == "AND" else (NEVER, ALWAYS)
    if any(part.text == absorbing for part in parts):
        return Sql(absorbing)
    kept = [part for part in parts if part.text != neutral]
    if not kept:
        return Sql(neutral)
    if len(kept) == 1:
        return kept[0]
    # Halved, not chained: SQLite counts the depth of the expression, not its length.
    middle = len(kept) // 2
    left, right = join(word, kept[:middle]), join(word, kept[middle:])
    return Sql(
        f"({left.text}) {word} ({right.text})",
        left.parameters + right.parameters,
        left.reads | right.reads,
    )


def among(column: str, found: list[int]) -> Sql:
    """That a column has one of these numbers."""
    if not found:
        return Sql(NEVER)
    if len(found) == 1:
        return Sql(f"{column} = ?", (found[0],))
    if len(found) <= 500:
        return Sql(f"{column} IN ({','.join(map(str, found))})")
    # A long list as one parameter; json_each is what SQLite has for arrays.
    return Sql(f"{column} IN (SELECT value FROM json_each(?))", (json.dumps(found),))
