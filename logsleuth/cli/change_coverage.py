"""Which course changes were fetched from Canvas, in words."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

from logsleuth.cli import errors, moments
from logsleuth.cli.settings import Settings
from logsleuth.filter.tree import And, Equals, Match, Node, Or, Span, span_of
from logsleuth.model import clock, ids, times
from logsleuth.store.cache import Cache
from logsleuth.store.event_spans import EventSpan, unfetched


def as_json(spans: Sequence[EventSpan]) -> list[dict[str, Any]]:
    """The spans in ``status --format json``."""
    return [
        {
            "scope": span.scope,
            "id": span.id,
            "since": times.iso(span.since),
            "until": times.iso(span.until),
            "fetched_at": times.iso(span.said_at),
        }
        for span in spans
    ]


def lines(spans: Sequence[EventSpan], zone: tzinfo) -> Iterator[str]:
    """A line for each institution; for courses and accounts what goes beyond that."""
    whole = [span for span in spans if span.scope == "institution"]
    for span in whole:
        yield f"fetched: the institution (root account {ids.show_id(span.id)}), {_when(span, zone)}"
    alike: dict[tuple[str, int, int], list[EventSpan]] = defaultdict(list)
    for span in spans:
        inside = any(one.since <= span.since and span.until <= one.until for one in whole)
        if not inside:
            alike[span.scope, span.since, span.until].append(span)
    for (scope, _, _), found in alike.items():
        whose = f"{scope} {ids.show_id(found[0].id)}"
        if len(found) > 1:
            whose = f"{len(found):,} {scope}s"
        yield f"fetched: {whose}, {_when(found[0], zone)}"


def say_unfetched_changes(cache: Cache, where: Node, settings: Settings) -> None:
    """After an answer of nothing: say which changes it is about were never fetched."""
    spans = cache.catalogue.event_spans()
    if not spans:
        errors.say(
            "No course changes were fetched from Canvas ('logsleuth sync course-events' does);"
            " whether imported documents hold all of them is not established, so this is no"
            " evidence that nothing was changed."
        )
        return
    span, now = span_of(where), clock.now_us()
    since = min(one.since for one in spans) if span.since is None else span.since
    until = now if span.until is None else min(span.until, now)
    courses, accounts = _named(where, "course_id"), _named(where, "account_id")
    found = unfetched(Span(since, until), spans, courses, accounts) if since < until else []
    if not found:
        return
    more = f", and {len(found) - 1} more stretches" if len(found) > 1 else ""
    errors.say(
        f"Course changes of {moments.span_text(found[0], settings.shown_zone)} were not fetched"
        f"{more}; this is no evidence that nothing was changed."
    )


def _named(where: Node, name: str) -> list[int]:
    """Values that one of which a field must have, as far as a filter says so plainly."""
    parts = where.parts if isinstance(where, And) else (where,)
    for part in parts:
        choices = part.parts if isinstance(part, Or) else (part,)
        values = [
            choice.test.value
            for choice in choices
            if isinstance(choice, Match)
            and choice.field.name == name
            and isinstance(choice.test, Equals)
        ]
        if len(values) == len(choices):
            return [value for value in values if isinstance(value, int)]
    return []


def _when(span: EventSpan, zone: tzinfo) -> str:
    return moments.span_text(Span(span.since, span.until), zone)
