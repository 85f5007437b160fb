"""The raw web_logs files as a table of DuckDB: one row a request, the newest version.

Nothing in here asks logsleuth what a row is or means; it lends only the list of columns
and the key by which one cache masks secrets.
"""

import hmac
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from logsleuth.model.weblog import COLUMNS

NAMES = tuple(name for name in COLUMNS if name != "id")
_NO_IDS = {"timestamp", "url", "http_method", "http_version", "remote_ip", "session_id",
           "web_application_controller", "web_application_action",
           "web_application_context_type", "user_agent"}  # fmt: skip
_TYPES = {name: "VARCHAR" if name in _NO_IDS else "BIGINT" for name in NAMES}
_TYPES["participated"] = "BOOLEAN"

UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_SECRET = re.compile(r"([?&](?:sig|access_token)=|/images/thumbnails/\d+/)([^&]+)")
"""The only secrets in these files, each up to the next parameter or to the end."""


def folded(text: str) -> str:
    """ASCII letters in lower case, and no others."""
    return text.translate(str.maketrans(UPPER, LOWER))


def packed(address: str) -> str | None:
    """An address as 32 hex digits, IPv4 mapped into IPv6; ``None`` where it is none."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    number = int(found) if found.version == 6 else 0xFFFF_0000_0000 + int(found)
    return f"{number:032x}"


def canonical(address: str) -> str:
    """The one spelling of an address, mapped IPv4 as IPv4; other text as it is."""
    if packed(address) is None:
        return address
    found = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(found, "ipv4_mapped", None) or found)


def _uuid(column: str) -> str:
    """SQL for the one spelling of a UUID, and for other text as it is."""
    form = "[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){4}[0-9a-fA-F]{8}"
    return (
        f"CASE WHEN regexp_full_match({column}, '{form}')"
        f" THEN CAST(CAST({column} AS UUID) AS VARCHAR) ELSE {column} END"
    )


class Oracle:
    """DuckDB over raw files, with columns computed for what the filters can ask."""

    def __init__(
        self, files: Iterable[Path], *, test_students: Iterable[int], mask_key: bytes
    ) -> None:
        self._mask_key = mask_key
        self._values: dict[str, list[Any]] = {}
        self.db = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "threads": 1,
            }
        )
        self.db.execute("SET TimeZone = 'UTC'")
        self._load(sorted(str(path) for path in files))
        self._addresses()
        self._texts("url")
        self._texts("user_agent")
        self._newest(test_students)

    def _load(self, files: list[str]) -> None:
        value = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
        self.db.execute(
            f"""
            CREATE TABLE delivered AS
            SELECT
                {_uuid("key.id")} AS row_id,
                epoch_us(CAST(meta.ts AS TIMESTAMPTZ)) AS commit_us,
                meta.action AS action,
                epoch_us(CAST(value.timestamp AS TIMESTAMPTZ)) AS us,
                value.*
            FROM read_json(
                $files, format = 'newline_delimited',
                columns = {{meta: 'STRUCT(ts VARCHAR, action VARCHAR)',
                            key: 'STRUCT(id VARCHAR)', value: 'STRUCT({value})'}})
            """,
            {"files": files},
        )

    def _addresses(self) -> None:
        self.db.execute("CREATE TABLE address (delivered VARCHAR, packed VARCHAR, shown VARCHAR)")
        found = self.rows("SELECT DISTINCT remote_ip FROM delivered WHERE remote_ip IS NOT NULL")
        self.db.executemany(
            "INSERT INTO address VALUES (?, ?, ?)",
            [(text, packed(text), canonical(text)) for (text,) in found],
        )

    def _texts(self, column: str) -> None:
        """A dictionary of a text column: as delivered, as kept, and folded."""
        found = self.rows(f"SELECT DISTINCT {column} FROM delivered WHERE {column} IS NOT NULL")
        kept = [(text, self._masked(text)) for (text,) in found]
        self.db.execute(f"CREATE TABLE {column}s (delivered VARCHAR, kept VARCHAR, folded VARCHAR)")
        self.db.execute(
            f"INSERT INTO {column}s SELECT unnest($delivered), unnest($kept), unnest($folded)",
            {
                "delivered": [delivered for delivered, _ in kept],
                "kept": [text for _, text in kept],
                "folded": [folded(text) for _, text in kept],
            },
        )

    def _masked(self, url: str) -> str:
        def mask(found: re.Match[str]) -> str:
            digest = hmac.new(self._mask_key, found[2].encode(), sha256).hexdigest()
            return f"{found[1]}⟨masked {digest[:12]}⟩"

        return _SECRET.sub(mask, url)

    def _newest(self, test_students: Iterable[int]) -> None:
        others = ", ".join(
            f"d.{name}"
            for name in NAMES
            if name not in {"timestamp", "url", "user_agent", "session_id"}
        )
        self.db.execute(
            f"""
            CREATE TABLE req AS
            WITH newest AS (
                SELECT * FROM delivered WHERE action IS DISTINCT FROM 'D'
                QUALIFY row_number() OVER (PARTITION BY row_id ORDER BY commit_us DESC) = 1
            ), gone AS (
                SELECT row_id, max(commit_us) AS gone_us FROM delivered WHERE action = 'D'
                GROUP BY row_id
            )
            SELECT
                d.row_id AS id, d.us, {others}, u.kept AS url, u.folded AS url_folded,
                g.kept AS user_agent, g.folded AS user_agent_folded,
                a.packed AS address, a.shown AS address_shown,
                {_uuid("d.session_id")} AS session_id,
                CASE WHEN gone_us >= commit_us THEN gone_us END AS deleted_us,
                coalesce(d.real_user_id, d.user_id) AS actor,
                d.real_user_id IS NOT NULL
                    AND coalesce(list_contains($students, d.user_id), false) AS student_view,
                d.real_user_id IS NOT NULL AND NOT student_view AS masqueraded,
                d.developer_key_id IS NOT NULL AS token,
                coalesce(upper(d.http_method) IN ('POST', 'PUT', 'PATCH', 'DELETE'), false)
                    AS write,
                coalesce(d.user_id >= 10000000000000, false) AS "foreign",
                deleted_us IS NOT NULL AS deleted
            FROM newest d
            LEFT JOIN gone ON gone.row_id = d.row_id
            LEFT JOIN urls u ON u.delivered = d.url
            LEFT JOIN user_agents g ON g.delivered = d.user_agent
            LEFT JOIN address a ON a.delivered = d.remote_ip
            """,
            {"students": sorted(test_students)},
        )

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        return self.db.execute(sql, list(parameters)).fetchall()

    def number(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """An answer that is one integer."""
        return int(self.rows(sql, parameters)[0][0])

    def values(self, column: str) -> list[Any]:
        """The distinct values of a column, in order."""
        if column not in self._values:
            found = self.rows(
                f'SELECT DISTINCT "{column}" FROM req WHERE "{column}" IS NOT NULL ORDER BY 1'
            )
            self._values[column] = [value for (value,) in found]
        return self._values[column]

    def requests(self, sql: str, parameters: Sequence[Any]) -> dict[str, Mapping[str, Any]]:
        """Requests that meet a condition, by id, with their columns as delivered."""
        names = ("id", "us", *NAMES[1:], "deleted_us")
        columns = ", ".join(f'"{name}"' for name in names)
        found = self.rows(f"SELECT {columns} FROM req WHERE {sql}", parameters)
        return {row[0]: dict(zip(names, row, strict=True)) for row in found}
