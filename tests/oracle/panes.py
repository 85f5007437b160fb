"""The rows of the panes as SQL over the raw files, by the definitions of the store.

Of logsleuth's own work only what a request *is* (kind, automatic, whom it is about) is
taken over; how requests become addresses, spans and sessions is written here once more.
"""

from collections.abc import Sequence
from typing import Any

from oracle.duck import Oracle
from oracle.filters import Filter

QUIET = 30 * 60 * 1_000_000
HOUR = 3_600_000_000
MINUTE = 60_000_000

Figures = list[dict[str, Any]]
"""Rows of a pane: figures by column."""

_ENDPOINT = (
    "coalesce(http_method, '-') || chr(0) || coalesce(web_application_controller, '-')"
    " || chr(0) || coalesce(web_application_action, '-')"
)


class Panes:
    """Figures of the panes under a filter."""

    def __init__(self, oracle: Oracle, classified: Sequence[tuple[Any, ...]]) -> None:
        """``classified``: id, kind, automatic and about_user of every request."""
        self._oracle = oracle
        oracle.db.execute(
            "CREATE TABLE class (id VARCHAR, kind VARCHAR, automatic BOOLEAN, about BIGINT)"
        )
        oracle.db.executemany("INSERT INTO class VALUES (?, ?, ?, ?)", list(classified))
        oracle.db.execute(
            """
            CREATE TABLE sorted AS
            SELECT req.*, class.kind, class.about,
                coalesce(automatic, false) AS auto,
                CASE
                    WHEN automatic THEN 'automatic'
                    WHEN write AND (automatic = false
                        OR kind NOT IN ('background', 'opaque', 'other')) THEN 'changed'
                    WHEN automatic = false THEN 'opened'
                    ELSE 'unknown'
                END AS sort,
                coalesce(http_status BETWEEN 200 AND 299, false) AS answered
            FROM req JOIN class USING (id)
            """
        )

    def under(self, wanted: Filter) -> None:
        """Ask under this filter from now on."""
        self._oracle.db.execute(
            f"CREATE OR REPLACE TABLE seen AS SELECT *, ({wanted.sql}) AS hit FROM sorted",
            list(wanted.parameters),
        )

    def _figures(self, names: Sequence[str], sql: str) -> Figures:
        return [dict(zip(names, row, strict=True)) for row in self._oracle.rows(sql)]

    def addresses(self) -> Figures:
        names = ("remote_ip", "count", "users", "users_all", "sessions", "errors", "writes",
                 "opaque", "attended", "first", "last", "first_in_cache")  # fmt: skip
        return self._figures(
            names,
            """
            WITH overall AS (
                SELECT address_shown, count(DISTINCT user_id) AS users, min(us) AS first
                FROM seen GROUP BY ALL
            )
            SELECT address_shown, count(*), count(DISTINCT user_id), any_value(overall.users),
                count(DISTINCT session_id), count(*) FILTER (http_status >= 400),
                count(*) FILTER (write), count(*) FILTER (kind = 'opaque'),
                count(*) FILTER (NOT auto), min(us), max(us), any_value(overall.first)
            FROM seen JOIN overall USING (address_shown) WHERE hit GROUP BY address_shown
            """,
        )

    def users(self) -> Figures:
        names = ("user_id", "total", "own", "by_others", "as_others", "viewing", "addresses",
                 "addresses_automatic", "agents", "sessions", "last")  # fmt: skip
        return self._figures(
            names,
            """
            WITH part AS (
                SELECT user_id AS who, 'own' AS part, us FROM seen
                    WHERE hit AND real_user_id IS NULL
                UNION ALL SELECT user_id, 'by_others', us FROM seen WHERE hit AND masqueraded
                UNION ALL SELECT real_user_id, 'as_others', us FROM seen WHERE hit AND masqueraded
                UNION ALL SELECT user_id, 'viewing', us FROM seen WHERE hit AND student_view
                UNION ALL SELECT real_user_id, 'viewing', us FROM seen WHERE hit AND student_view
            ), parts AS (
                SELECT who, count(*) AS n, count(*) FILTER (part = 'own') AS own,
                    count(*) FILTER (part = 'by_others') AS by_others,
                    count(*) FILTER (part = 'as_others') AS as_others,
                    count(*) FILTER (part = 'viewing') AS viewing, max(us) AS last
                FROM part WHERE who IS NOT NULL GROUP BY who
            ), place AS (
                SELECT actor AS who, address_shown, bool_and(auto) AS auto FROM seen
                WHERE hit AND address_shown IS NOT NULL GROUP BY ALL
            ), places AS (
                SELECT who, count(*) AS n, count(*) FILTER (auto) AS auto FROM place GROUP BY who
            ), made AS (
                SELECT actor AS who, count(DISTINCT user_agent) AS agents,
                    count(DISTINCT session_id) AS sessions FROM seen WHERE hit GROUP BY actor
            )
            SELECT who, parts.n, own, by_others, as_others, viewing, coalesce(places.n, 0),
                coalesce(places.auto, 0), coalesce(agents, 0), coalesce(sessions, 0), last
            FROM parts LEFT JOIN places USING (who) LEFT JOIN made USING (who)
            """,
        )

    def keys(self) -> Figures:
        names = ("developer_key_id", "actor", "count", "writes", "errors", "opaque", "addresses",
                 "agents", "endpoints", "rate", "peak", "courses", "people", "first",
                 "last")  # fmt: skip
        return self._figures(
            names,
            f"""
            WITH pair AS (
                SELECT developer_key_id AS dev, actor, min(us) AS first FROM seen GROUP BY ALL
            ), hourly AS (
                SELECT developer_key_id AS dev, actor, us // {HOUR} AS h, count(*) AS n
                FROM seen WHERE hit GROUP BY ALL
            ), rate AS (
                SELECT dev, actor, round_even(sum(n) / count(*), 0)::INT AS mean, max(n) AS peak
                FROM hourly GROUP BY ALL
            ), here AS (SELECT *, developer_key_id AS dev FROM seen WHERE hit AND token)
            SELECT here.dev, here.actor, count(*), count(*) FILTER (write),
                count(*) FILTER (http_status >= 400), count(*) FILTER (kind = 'opaque'),
                count(DISTINCT address_shown), count(DISTINCT user_agent),
                count(DISTINCT {_ENDPOINT}), any_value(rate.mean), any_value(rate.peak),
                count(DISTINCT course_id) FILTER (answered AND NOT write),
                count(DISTINCT about) FILTER (answered AND NOT write),
                any_value(pair.first), max(us)
            FROM here
            JOIN pair ON pair.dev = here.dev AND pair.actor IS NOT DISTINCT FROM here.actor
            JOIN rate ON rate.dev = here.dev AND rate.actor IS NOT DISTINCT FROM here.actor
            GROUP BY here.dev, here.actor
            """,
        )

    def spans(self) -> Figures:
        names = ("place", "real_user_id", "user_id", "start", "end", "matching", "active_minutes",
                 "opened", "changed", "switched", "automatic", "not_classified", "opaque", "people",
                 "courses", "how", "ended", "marks", "requests", "writes", "reads")  # fmt: skip
        return self._figures(
            names,
            f"""
            WITH act AS (
                SELECT *, token OR session_id IS NULL AS api,
                    CASE WHEN api THEN coalesce(developer_key_id::VARCHAR, '-') || ' '
                        || coalesce(address_shown, '-') ELSE session_id END AS place,
                    coalesce(web_application_action = 'leave_student_view'
                        OR web_application_action = 'masquerade'
                        AND (contains(url_folded, 'stop_acting_as_user=true')
                            OR contains(url_folded, 'become_user_id=me')), false) AS stops,
                    lead(us) OVER run_of AS next_us
                FROM seen WHERE real_user_id IS NOT NULL
                WINDOW run_of AS (PARTITION BY place, api, real_user_id, user_id ORDER BY us, id)
            ), stopping AS (
                SELECT act.*, stops OR NOT api AND EXISTS (
                    SELECT 1 FROM seen q
                    WHERE q.session_id = act.session_id AND NOT q.token
                      AND q.us > act.us AND q.us < coalesce(act.next_us, act.us + {QUIET} + 1)
                      AND q.us - act.us <= {QUIET}
                      AND (q.real_user_id IS NULL AND q.user_id = act.real_user_id
                        OR q.real_user_id IS NOT NULL
                          AND (q.real_user_id, q.user_id)
                            IS DISTINCT FROM (act.real_user_id, act.user_id))
                ) AS stopped
                FROM act
            ), begun AS (
                SELECT *, coalesce(lag(stopped) OVER run_of
                    OR us - lag(us) OVER run_of > {QUIET}, true) AS begins
                FROM stopping
                WINDOW run_of AS (PARTITION BY place, api, real_user_id, user_id ORDER BY us, id)
            ), numbered AS (
                SELECT *, count(*) FILTER (begins) OVER (
                    PARTITION BY place, api, real_user_id, user_id ORDER BY us, id) AS run
                FROM begun
            )
            SELECT place, real_user_id, user_id, min(us), max(us), count(*) FILTER (hit),
                count(DISTINCT us // {MINUTE}) FILTER (NOT auto),
                count(*) FILTER (sort = 'opened'),
                count(*) FILTER (sort = 'changed' AND kind <> 'masquerade'),
                count(*) FILTER (sort = 'changed' AND kind = 'masquerade'),
                count(*) FILTER (sort = 'automatic'), count(*) FILTER (sort = 'unknown'),
                count(*) FILTER (kind = 'opaque'),
                count(DISTINCT about) FILTER (answered AND NOT write AND NOT auto),
                count(DISTINCT course_id), CASE WHEN api THEN 'api' ELSE 'browser' END,
                CASE WHEN arg_max(stopped, (us, id)) THEN 'stopped'
                    WHEN (SELECT max(us) FROM seen) - max(us) > {QUIET} THEN 'idle'
                    ELSE 'unknown' END,
                bool_or(student_view), count(*), count(*) FILTER (write),
                count(*) FILTER (NOT auto AND NOT write)
            FROM numbered GROUP BY place, api, real_user_id, user_id, run
            HAVING count(*) FILTER (hit) > 0
            """,
        )

    def sessions(self) -> Figures:
        names = ("session_id", "start", "end", "users", "addresses", "agents", "requests",
                 "writes", "matching", "automatic", "opaque", "addresses_automatic")  # fmt: skip
        return self._figures(
            names,
            f"""
            WITH call AS (
                SELECT *, CASE WHEN token THEN NULL ELSE session_id END AS sid,
                    CASE WHEN token THEN coalesce(us - lag(us) OVER run_of > {QUIET}, true)
                        ELSE false END AS begins,
                    CASE WHEN token THEN [developer_key_id::VARCHAR, user_id::VARCHAR,
                        address_shown, user_agent] ELSE [session_id] END AS place
                FROM seen WHERE token OR session_id IS NOT NULL
                WINDOW run_of AS (PARTITION BY token, developer_key_id, user_id, address_shown,
                    user_agent ORDER BY us, id)
            ), numbered AS (
                SELECT *, count(*) FILTER (begins) OVER (
                    PARTITION BY token, place ORDER BY us, id) AS run
                FROM call
            ), session AS (
                SELECT token, place, CASE WHEN token THEN run ELSE 0 END AS run, * EXCLUDE
                    (token, place, run) FROM numbered
            ), alone AS (
                SELECT token, place, run, address_shown, bool_and(auto) AS auto FROM session
                WHERE address_shown IS NOT NULL GROUP BY ALL
            ), polled AS (
                SELECT token, place, run, list(address_shown ORDER BY address_shown)
                    FILTER (auto) AS addresses FROM alone GROUP BY ALL
            )
            SELECT any_value(sid), min(us), max(us),
                list_sort(list(DISTINCT user_id) FILTER (user_id IS NOT NULL)),
                list_sort(list(DISTINCT address_shown) FILTER (address_shown IS NOT NULL)),
                count(DISTINCT user_agent), count(*), count(*) FILTER (write),
                count(*) FILTER (hit), count(*) FILTER (auto), count(*) FILTER (kind = 'opaque'),
                any_value(polled.addresses)
            FROM session LEFT JOIN polled USING (token, place, run)
            GROUP BY token, place, run HAVING count(*) FILTER (hit) > 0
            """,
        )
