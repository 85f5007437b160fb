"""The global filter: its text, its tree, and what may be typed."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from logsleuth.filter import tree
from logsleuth.filter.fields import Field
from logsleuth.filter.parse import parse
from logsleuth.filter.show import show
from logsleuth.filter.tree import All, Node, both
from logsleuth.model.text import visible
from logsleuth.store.base import Cancel

EVERYTHING = All()


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as it is written, and the tree it means (times resolved)."""

    text: str = ""
    node: Node = EVERYTHING

    @property
    def empty(self) -> bool:
        """Whether it lets everything through."""
        return isinstance(self.node, All)

    def narrowed(self, node: Node) -> "Filter":
        """This filter and one thing more."""
        return of_node(both(self.node, node))


def read(text: str, zone: tzinfo) -> Filter:
    """A filter as it was typed; fields of requests and of course changes alike.

    Raises ``FilterError`` with the column.
    """
    return Filter(text.strip(), parse(text, zone=zone, of="event"))


def warmed(cancel: Cancel) -> Iterator[None]:
    """Make the parser, which takes a moment, before somebody types.  Called from threads."""
    parse("user_id:1")
    yield


def of_node(node: Node) -> Filter:
    """A tree as a filter that one can edit."""
    return Filter(show(node), node)


def in_utc(used: Filter) -> str:
    """A filter as a text that means the same in any zone and on any day; its own text where
    there is none."""
    try:
        return show(used.node)
    except ValueError:
        return used.text


def fields_of(node: Node) -> list[Field]:
    """The fields that a filter tests, each once, in order."""
    return list(dict.fromkeys(match.field for match in tree.field_tests(node)))


def only_of_events(node: Node) -> list[Field]:
    """Fields in the filter that requests do not have."""
    return [field for field in fields_of(node) if "request" not in field.of]


_PLAIN = re.compile(r"[ -~]*\Z")


def typeable(text: str) -> str:
    """The text with everything that a line of input cannot show as ``\\u001b``, which in
    quotes means the same to the filter."""
    if _PLAIN.match(text):
        return text
    return "".join(char if visible(char) == char else json.dumps(char)[1:-1] for char in text)
