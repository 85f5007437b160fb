"""Both engines asked the same, and every difference found."""

import random
from collections.abc import Mapping
from typing import Any

from logsleuth.model import times
from logsleuth.model.weblog import COLUMNS
from oracle.asking import Asked, TopRow
from oracle.duck import Oracle
from oracle.filters import EXACT, FLAGS, IDS, NUMBERS, SEARCHED, Filter

PAGE = 200

_GROUPED = {name: f'"{name}"' for name in (*IDS, *NUMBERS, *EXACT, *SEARCHED, *FLAGS)}
_GROUPED["session_id"] = "session_id"
_GROUPED["remote_ip"] = "address_shown"
_GROUPED["http_method"] = "upper(http_method)"


def same_answers(asked: Asked, oracle: Oracle, wanted: Filter, zone: str, seed: str) -> None:
    """The same count, first page, and values of three fields."""
    same_count(asked, oracle, wanted, zone)
    same_first_page(asked, oracle, wanted, zone)
    rng = random.Random(seed)
    for field in rng.sample(sorted(_GROUPED), 3):
        same_top(asked, oracle, wanted, zone, field, limit=rng.choice((1, 10)))


def same_count(asked: Asked, oracle: Oracle, wanted: Filter, zone: str) -> None:
    expected = oracle.number(f"SELECT count(*) FROM req WHERE {wanted.sql}", wanted.parameters)
    assert asked.count(wanted.kql, zone) == expected, wanted.kql


def same_first_page(asked: Asked, oracle: Oracle, wanted: Filter, zone: str) -> None:
    """Every column of the newest rows; at the cut, any of those that share its instant."""
    newest = oracle.rows(
        f"SELECT us FROM req WHERE {wanted.sql} ORDER BY us DESC LIMIT {PAGE}", wanted.parameters
    )
    expected = [us for (us,) in newest]
    found = asked.page(wanted.kql, zone, PAGE)
    assert [times.parse(row["timestamp"]) for row in found] == expected, wanted.kql
    if not found:
        return
    cut = expected[-1]
    whole = oracle.requests(f"{wanted.sql} AND us >= ?", (*wanted.parameters, cut))
    for row in found:
        assert _plain(row) == _delivered(whole[row["id"]]), wanted.kql
    before_cut = {row["id"] for row in found if times.parse(row["timestamp"]) > cut}
    assert before_cut == {key for key, row in whole.items() if row["us"] > cut}, wanted.kql
    assert len({row["id"] for row in found}) == len(found), wanted.kql


def same_top(
    asked: Asked, oracle: Oracle, wanted: Filter, zone: str, field: str, limit: int
) -> None:
    """``users_all`` is compared where the filter leaves all days in."""
    value = _GROUPED[field]
    rows = oracle.rows(
        f"""
        WITH here AS (
            SELECT {value} AS value, count(*) AS n, count(DISTINCT user_id) AS users,
                   min(us) AS first, max(us) AS last
            FROM req WHERE {wanted.sql} AND {value} IS NOT NULL
            GROUP BY ALL ORDER BY n DESC, value LIMIT {limit}
        ), overall AS (
            SELECT {value} AS value, count(DISTINCT user_id) AS users, min(us) AS first
            FROM req WHERE {value} IN (SELECT value FROM here) GROUP BY ALL
        )
        SELECT here.value, here.n, here.users, overall.users, here.first, here.last, overall.first
        FROM here JOIN overall USING (value) ORDER BY here.n DESC, here.value
        """,
        wanted.parameters,
    )
    found = asked.top(field, wanted.kql, zone, limit)
    assert _comparable(found, wanted) == _comparable(rows, wanted), f"{field}: {wanted.kql}"


def same_timeline(asked: Asked, oracle: Oracle, wanted: Filter, zone: str, by: str) -> None:
    """Stretches that have requests, with their errors and writes."""
    length = {"minute": times.MINUTE, "hour": times.HOUR, "day": times.DAY}[by]
    expected = oracle.rows(
        f"SELECT us - us % {length} AS start, count(*),"
        " count(*) FILTER (http_status >= 400), count(*) FILTER (write)"
        f" FROM req WHERE {wanted.sql} GROUP BY start ORDER BY start",
        wanted.parameters,
    )
    assert asked.timeline(wanted.kql, zone, by) == expected, wanted.kql


def _comparable(rows: list[Any], wanted: Filter) -> list[TopRow]:
    if not wanted.timed:
        return [tuple(row) for row in rows]
    return [(*row[:3], 0, *row[4:]) for row in rows]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A request as printed, its times as microseconds."""
    gone = row["deleted_upstream"]
    return {
        **row,
        "timestamp": times.parse(row["timestamp"]),
        "deleted_upstream": None if gone is None else times.parse(gone),
    }


def _delivered(row: Mapping[str, Any]) -> dict[str, Any]:
    """A request of the raw files under the names that logsleuth prints."""
    found = {name: row["us" if name == "timestamp" else name] for name in COLUMNS}
    return {**found, "deleted_upstream": row["deleted_us"]}
