"""The dictionaries of a day while it is being written: values, and their numbers.

They are held in memory; a value that is new gets the next number at once.
"""

from typing import Any

import apsw

from logsleuth.model import addresses, routes
from logsleuth.model.delivered import Delivered
from logsleuth.model.weblog import is_write
from logsleuth.store.sqlite import schema


class Dictionaries:
    """Addresses, agents, sessions, versions and operations of one day."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self._ips: dict[str, int] = self._load("SELECT text, i FROM ip")
        self._agents: dict[str, int] = self._load("SELECT text, i FROM ua")
        self._sessions = {
            schema.id_text(sid): i for sid, i in self._load("SELECT sid, i FROM ses").items()
        }
        self._versions: dict[tuple[int | None, int], int] = {}
        self._ops: dict[tuple[Any, ...], int] = {}
        every: Any = self.connection.execute("SELECT i, meta_us, source FROM ver")
        for i, meta_us, source in every:
            self._versions[meta_us, source] = i
        every = self.connection.execute(
            "SELECT i, method, version, participated, controller, action, ctx_type, kind,"
            " automatic FROM op"
        )
        for i, *op in every:
            self._ops[tuple(op)] = i
        self._new_versions: list[tuple[int, int | None, int]] = []

    def _load(self, sql: str) -> dict[Any, int]:
        return {row[0]: row[1] for row in self.connection.execute(sql)}

    def ip(self, text: str) -> int:
        """The number of an address as delivered."""
        number = self._ips.get(text)
        if number is None:
            number = self._ips[text] = len(self._ips) + 1
            self.connection.execute(
                "INSERT INTO ip VALUES (?, ?, ?)", (number, text, addresses.pack(text))
            )
        return number

    def agent(self, text: str) -> int:
        """The number of a user agent."""
        number = self._agents.get(text)
        if number is None:
            number = self._agents[text] = len(self._agents) + 1
            self.connection.execute(
                "INSERT INTO ua VALUES (?, ?, ?)", (number, text, int("\0" in text))
            )
        return number

    def session(self, text: str) -> int:
        """The number of a session."""
        number = self._sessions.get(text)
        if number is None:
            number = self._sessions[text] = len(self._sessions) + 1
            self.connection.execute(
                "INSERT INTO ses VALUES (?, ?)", (number, schema.id_value(text))
            )
        return number

    def version(self, meta_us: int | None, source: int) -> int:
        """The number of a commit time and source."""
        number = self._versions.get((meta_us, source))
        if number is None:
            number = self._versions[meta_us, source] = len(self._versions) + 1
            self._new_versions.append((number, meta_us, source))
        return number

    def write_versions(self) -> None:
        """There may be as many as rows, where every row has a commit time of its own."""
        if self._new_versions:
            self.connection.executemany("INSERT INTO ver VALUES (?, ?, ?)", self._new_versions)
            self._new_versions.clear()

    def op(self, row: Delivered) -> int:
        """The number of what a request does: method, route, kind, and so on."""
        route = routes.classify(
            row.http_method,
            row.web_application_controller,
            row.web_application_action,
            (row.url or "").partition("?")[0],
        )
        op = (
            row.http_method,
            row.http_version,
            None if row.participated is None else int(row.participated),
            row.web_application_controller,
            row.web_application_action,
            row.web_application_context_type,
            route.kind,
            None if route.automatic is None else int(route.automatic),
        )
        number = self._ops.get(op)
        if number is None:
            number = self._ops[op] = len(self._ops) + 1
            self.connection.execute(
                "INSERT INTO op VALUES (?,?,?,?,?,?,?,?,?,?)",
                (number, *op, int(is_write(row.http_method))),
            )
        return number
