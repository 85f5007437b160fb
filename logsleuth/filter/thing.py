"""Filters that mean one thing: everything of a quiz, a file, a person.

A request belongs to a thing if its column says so or its URL names the thing.  An id is
a whole segment of the path, or a whole value of the query: quiz 12 is never quiz 123.
"""

from collections.abc import Iterator

from logsleuth.filter.building import equal
from logsleuth.filter.fields import field
from logsleuth.filter.tree import And, Glob, Match, Node, Not, Or, both
from logsleuth.model.ids import SHARD, show_id
from logsleuth.model.urls import NEW_QUIZZES, QUERIES, SEGMENTS, ThingKind

_COLUMNS: dict[ThingKind, str] = {
    "course": "course_id",
    "quiz": "quiz_id",
    "assignment": "assignment_id",
    "discussion": "discussion_id",
    "conversation": "conversation_id",
    "key": "developer_key_id",
}
"""The column of a request that names such a thing."""

_CONTEXTS: dict[ThingKind, str] = {"course": "Course", "account": "Account"}


def account_is(user_id: int) -> Node:
    """Requests of an account, as itself or as others, and of others as it."""
    return Or((equal("user_id", user_id), equal("real_user_id", user_id)))


def everything_of(kind: ThingKind, number: int) -> Node:
    """Requests that belong to a thing, by their columns or by their URL."""
    if kind == "user":
        return account_is(number)
    if kind == "key":
        return equal("developer_key_id", number)
    parts: list[Node] = []
    if kind in _COLUMNS:
        parts.append(equal(_COLUMNS[kind], number))
    if kind in _CONTEXTS:
        context = equal("web_application_context_type", _CONTEXTS[kind])
        parts.append(both(context, equal("web_application_context_id", number)))
    named: Node = _any_url(_named(kind, number))
    if kind == "quiz":
        named = And((named, Not(_url(NEW_QUIZZES, ""))))
    return Or((*parts, named))


def at_path(path: str) -> Node:
    """Requests for exactly this path, with any query.

    A glob that begins with a star would take longer paths with the same end, too; so it
    says besides that nothing stands in front.
    """
    bare = And((_url("", path), Not(_url("/", path))))
    return Or((bare, _url(f"{path}?", "")))


def _named(kind: ThingKind, number: int) -> Iterator[Node]:
    ids = [str(number)] if number < SHARD else [show_id(number), str(number)]
    for one in ids:
        for segment in SEGMENTS[kind]:
            yield from _segment(f"/{segment}/{one}")
        if kind == "assignment":
            yield from _segment(f"/quizzes/{one}", NEW_QUIZZES)
        for name in QUERIES.get(kind, ()):
            for sign in "?&":
                asked = f"{sign}{name}={one}"
                yield _url("", asked)
                yield _url("", f"{asked}&", "")


def _segment(words: str, start: str = "") -> Iterator[Node]:
    yield _url(start, words)
    for sign in "/?.":
        yield _url(start, f"{words}{sign}", "")


def _url(*parts: str) -> Node:
    return Match(field("url"), Glob(parts))


def _any_url(tests: Iterator[Node]) -> Node:
    return Or(tuple(tests))
