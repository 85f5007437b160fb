"""What every section of a report is made from."""

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from logsleuth.case.model import Evidence, KeptRequest, Snapshot
from logsleuth.report.disguise import Disguise
from logsleuth.report.model import Lane, Split
from logsleuth.report.queries import Figure, Query, QueryBook, Wanted, Where
from logsleuth.report.records import newest_versions


@dataclass
class Context:
    """A case at a revision, what everything is called, and the book of numbers.

    ``lanes`` are rows of plots, filled in when the numbers are known: the query of each, and
    the start (microseconds) and number of its steps.
    """

    snapshot: Snapshot
    disguise: Disguise
    book: QueryBook
    lanes: list[tuple[Lane, Query, int]]

    @cached_property
    def requests(self) -> list[KeptRequest]:
        """The newest kept version of each request, in the order of time."""
        newest = newest_versions(self.snapshot.requests)
        return [kept for kept in self.snapshot.requests if kept.key in newest]

    @cached_property
    def labels(self) -> dict[str, list[str]]:
        """The evidence that holds a request, by the request's id."""
        ids = {kept.key: kept.row.id for kept in self.snapshot.requests}
        found: dict[str, list[str]] = {}
        for evidence in self.snapshot.evidence:
            for key in evidence.requests:
                labels = found.setdefault(ids[key], [])
                if evidence.label not in labels:
                    labels.append(evidence.label)
        return found

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """Evidence by its label."""
        return {evidence.label: evidence for evidence in self.snapshot.evidence}

    def count(
        self,
        what: str,
        where: Where = MappingProxyType({}),
        *,
        distinct: str | None = None,
    ) -> Figure:
        """A number of requests, each counted once, in its newest version."""
        return self.book.figure(what, {**where, "superseded": False}, distinct=distinct)

    def split(self, of: str, where: Where = MappingProxyType({})) -> Split:
        """Requests, always split by who sent them."""

        def part(what: str, **more: Wanted) -> Figure:
            return self.count(what, {**where, **more})

        return Split(
            requests=part(f"requests{of}"),
            opened_or_changed=part(
                f"requests{of} that opened or changed something", automatic=False
            ),
            automatic=part(f"requests{of} sent automatically by page or app", automatic=True),
            not_classified=part(f"requests{of} that are not classified", automatic=None),
            writes=part(f"requests{of} that may write", write=True),
            grades=part(f"requests{of} that change grades", kind="grade"),
            opaque=part(f"GraphQL requests{of}, whose content cannot be read", kind="opaque"),
        )
