"""The fixed workload: every question that is measured, in the order of its table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import filters
import kinds
from filters import Filter, Row
from kinds import Kind

from logsleuth.model.weblog import COLUMNS

NEEDLES = (
    "submissions",
    "/gradebook",
    "conversations/",
    "zip_imports",
    "week-7-notes",
    "per_page=17",
    ".php?id=3",
    "no such text",
)
"""Parts of URLs, from frequent to none at all."""


@dataclass(frozen=True, slots=True)
class Question:
    """A kind of question with a kind of filter.

    What is compared with a target is so by its group: ``pages`` (``fields``: by one field
    alone), ``texts`` and ``text counts``, ``scans``, ``panes of a day``, ``panes of all``.
    """

    group: str
    name: str
    kind: Kind
    filter: Filter = filters.EVERYTHING

    def sql(self, row: Row) -> str | None:
        """DuckDB's statement; ``None`` where only our side is asked."""
        condition = self.filter.make(row).sql
        if condition is None or self.kind.sql is None:
            return None
        return self.kind.sql(condition, row)


def _pages() -> Iterator[Question]:
    page = kinds.page()
    yield Question("pages", "a newest 200", page)
    for name in ("remote_ip", "user_id", "real_user_id", "developer_key_id", "session_id",
                 "course_id"):  # fmt: skip
        yield Question("pages", f"b {name}", page, filters.equal(name))
    yield Question("pages", "b remote_ip, deep", kinds.deep_page(), filters.equal("remote_ip"))
    yield Question("pages", "c failed writes of a user, 3 days", page,
                   filters.FAILED_WRITES_OF_USER)  # fmt: skip
    yield Question("pages", "c network (/16 or /48)", page, filters.NETWORK)
    for needle in NEEDLES:
        part = filters.url(needle)
        yield Question("texts", f'c url:"{needle}"', page, part)
        yield Question("text counts", f'c count of url:"{needle}"', kinds.count(), part)


def _facets() -> Iterator[Question]:
    by_address, by_agent = kinds.top("remote_ip"), kinds.top("user_agent")
    yield Question("facets", "d1 top addresses of 24 hours", by_address, filters.DAY_BEFORE)
    yield Question("scans", "d2 top users among errors", kinds.top("user_id"), filters.ERRORS)
    yield Question("facets", "d3 agents of an address", by_agent, filters.equal("remote_ip"))
    yield Question("scans", "d3 top agents", by_agent)
    yield Question("facets", "d4 addresses of a course", by_address, filters.equal("course_id"))
    yield Question("facets", "d5 developer keys", kinds.top("developer_key_id"))
    yield Question("facets", "d6 top addresses", by_address)
    yield Question("counts", "e1 requests per hour", kinds.hours())
    yield Question("counts", "e2 requests per hour of a user", kinds.hours(),
                   filters.equal("user_id"))  # fmt: skip
    yield Question("scans", "e3 errors per hour", kinds.hours(), filters.ERRORS)
    yield Question("ids", "f1 request by id", kinds.by_id())
    yield Question("ids", "f2 writes of a user in a course, 5 minutes around",
                   kinds.candidates(), filters.WRITES_NEAR)  # fmt: skip
    yield Question("people", "g sessions of a day", kinds.sessions(), filters.DAY)
    yield Question("people", "h pairs of accounts acting", kinds.acting())
    yield Question("counts", "i1 count of an address", kinds.count(), filters.equal("remote_ip"))
    yield Question("scans", "i2 count of failed writes", kinds.count(), filters.ALL_FAILED_WRITES)


def _panes() -> Iterator[Question]:
    for span, where in (("of a day", filters.DAY), ("of all", filters.EVERYTHING)):
        group = f"panes {span}"
        yield Question(group, f"Addresses {span}, on top", kinds.top("remote_ip"), where)
        yield Question(group, f"Addresses {span}, counted", kinds.top("remote_ip", 0), where)
        yield Question(group, f"Addresses {span}, compared", kinds.compared("remote_ip"), where)
        yield Question(group, f"Users {span}", kinds.users(), where)
        yield Question(group, f"Masquerades {span}", kinds.spans(), where)
        yield Question(group, f"Keys {span}", kinds.keys(), where)
        yield Question(group, f"Sessions {span}", kinds.sessions(), where)
        yield Question("beside panes", f"top addresses {span}, and what they are made of",
                       kinds.profiles(), where)  # fmt: skip


def _fields() -> Iterator[Question]:
    """The first page by each field alone."""

    def by(name: str, where: Filter) -> Question:
        return Question("fields", name, kinds.page(), where)

    for name in COLUMNS[2:]:
        if name not in {"url", "interaction_micros", "user_agent"}:
            yield by(name, filters.equal(name))
    yield by("user_agent", filters.agent())
    yield by("masqueraded:true", filters.fixed("masqueraded:true", "real_user_id IS NOT NULL"))
    yield by("token:true", filters.fixed("token:true", "developer_key_id IS NOT NULL"))
    yield by("write:true", filters.fixed("write:true", filters.WRITES_SQL))
    long = "interaction_micros > 919999"
    yield by(long, filters.fixed(long, long))
    for name in ("actor", "about_user"):
        yield by(name, filters.account(name))
    for text in ("kind:grade", "kind:masquerade", "automatic:false", "automatic:unknown",
                 "foreign:true", "deleted:true", "student_view:true"):  # fmt: skip
        yield by(text, filters.fixed(text))


def questions() -> Sequence[Question]:
    """The whole workload."""
    return [*_pages(), *_facets(), *_panes(), *_fields()]
