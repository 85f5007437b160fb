"""Whether a cache would answer today as it did when evidence was added.

The evidence stays as it is.  An answer that is otherwise now (a newer version of a request, a
trace made by newer rules, hours that were fetched or pruned since) is told in a sentence.
"""

from collections.abc import Iterable

from logsleuth.case.adding import content_sha256
from logsleuth.case.errors import CaseError
from logsleuth.case.gather import Gathered, Gatherer
from logsleuth.case.model import Evidence
from logsleuth.filter.parse import parse
from logsleuth.store.base import Cancel
from logsleuth.store.cache import Cache

CLOSELY = 2_000
"""Evidence of more rows than this is compared by how many there are, not row by row."""


def differences(
    cache: Cache, evidence: Iterable[Evidence], cancel: Cancel | None = None
) -> tuple[list[str], dict[str, str]]:
    """The labels of the evidence that came from this cache, and what differs, by label."""
    gatherer = Gatherer(cache, cancel)
    compared = [one for one in evidence if one.cache == cache.fingerprint]
    told = {one.label: _difference(gatherer, one) for one in compared}
    return [one.label for one in compared], {
        label: text for label, text in told.items() if text is not None
    }


def _difference(gatherer: Gatherer, one: Evidence) -> str | None:
    if one.kind in {"session", "span", "filter"}:
        where = parse(one.filter or "")
        count = gatherer.count(where)
        if count != one.count:
            return f"{count:,} requests match now, {one.count:,} did then"
        if one.count > CLOSELY:
            return None
        return _changed(one, gatherer.filter(where))
    try:
        if one.kind == "event":
            return _changed(one, gatherer.event(one.reference))
        return _changed(one, gatherer.request(one.reference))
    except CaseError:
        return f"the cache no longer holds this {'course change' if one.event_id else one.kind}"


def _changed(one: Evidence, now: Gathered) -> str | None:
    same = content_sha256((row.key for row in now.rows), now.event) == one.content_sha256
    if same:
        return None
    if one.kind == "event":
        return "the course change, its trace or a request in it is otherwise now"
    return "a request, or what is known of it, is otherwise now"
