"""What the rows of a page are as evidence: in words, and how a case gathers them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsleuth.filter.tree import Node
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog
from logsleuth.store.base import ActSpan

if TYPE_CHECKING:
    # Only for types: the app starts without what cases need.
    from logsleuth.case.gather import Gathered, Gatherer


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be put into a case."""

    words: str
    gather: "Callable[[Gatherer], Gathered]"


def request(row: WebLog) -> Subject:
    """A request."""
    words = f"request {row.http_method or ''} {row.path}".rstrip()
    return Subject(words, lambda gatherer: gatherer.request(row.id))


def change(event: CourseEvent) -> Subject:
    """A course change, with its trace and the requests that this lists."""
    return Subject(f"change '{event.label}'", lambda gatherer: gatherer.event(event.id))


def session(session_id: str) -> Subject:
    """All requests of a browser session."""
    return Subject(f"session {session_id}", lambda gatherer: gatherer.session(session_id))


def span(found: ActSpan) -> Subject:
    """A span of acting as another."""
    who = f"{found.real_user_id} as {found.user_id}"
    return Subject(f"span of acting as another, {who}", lambda gatherer: gatherer.act_span(found))


def requests(where: Node) -> Subject:
    """A filter with its result: how many requests match now, the newest of them, and coverage."""
    return Subject("the filter and what matches it", lambda gatherer: gatherer.filter(where))
