"""DAP's query API: log in, ask for a job, poll it, and get addresses of its files.

Facts from the API reference of DAP and from its official client, version 2.3.1; the
shapes of questions and answers are in its ``dap_types.py``.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from logsleuth.model import clock
from logsleuth.model.secret import Secret
from logsleuth.sources import dap_wire as wire
from logsleuth.sources import http
from logsleuth.sources.dap_wire import DapError, Job, Query
from logsleuth.sources.download import Told, download
from logsleuth.sources.http import Pace, Patience

T = TypeVar("T")

NAMESPACE, TABLE = "canvas_logs", "web_logs"

POLL_SECONDS = "LOGSLEUTH_DAP_POLL_SECONDS"
"""Environment variable: seconds between two looks at a job, instead of 5 rising to 30."""
_FIRST_POLL, _MOST_POLL, _POLL_GROWTH = 5.0, 30.0, 1.3

STARTS_A_MINUTE, POLLS_A_MINUTE, URLS_A_MINUTE = 5, 500, 200
_TABLES_A_MINUTE, _SCHEMAS_A_MINUTE = 5, 500
"""DAP's limits, each for its endpoint alone."""

_RENEW_SECONDS = 300.0
"""A token with less time left is renewed before it is used."""


class Dap:
    """DAP for one client id, from ``async with`` on; ``HttpError`` for all that goes wrong."""

    def __init__(
        self,
        address: str,
        client_id: str,
        client_secret: Secret,
        patience: Patience | None = None,
        now: Callable[[], float] = clock.monotonic,
        stall_seconds: float = http.STALL_SECONDS,
    ) -> None:
        self._home = http.address(address, "DAP_API_URL")
        self._login = client_id, client_secret
        self.patience = patience or Patience()
        self._now = now
        self._client = http.client(self._home, stall_seconds=stall_seconds)
        self._files = http.client(None, stall_seconds=stall_seconds)
        self._token: Secret | None = None
        self._token_ends = 0.0
        """When it is to be renewed, some time before it ends."""
        self._logging_in = asyncio.Lock()
        self._starts, self._polls, self._urls, self._tables, self._schemas = (
            Pace(calls, self.patience.sleep, now)
            for calls in (
                STARTS_A_MINUTE,
                POLLS_A_MINUTE,
                URLS_A_MINUTE,
                _TABLES_A_MINUTE,
                _SCHEMAS_A_MINUTE,
            )
        )

    @property
    def host(self) -> str:
        """The server that is asked."""
        return self._home.host

    async def __aenter__(self) -> "Dap":
        await self._client.__aenter__()
        await self._files.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        await self._files.aclose()

    async def tables(self) -> Sequence[str]:
        """The tables of the log's namespace that this client id may read."""
        answer = await self._call("GET", f"/dap/query/{NAMESPACE}/table", self._tables)
        return self._read(answer, wire.TablesAnswer).tables

    async def schema_version(self) -> int:
        """The version of the table's schema."""
        path = f"/dap/query/{NAMESPACE}/table/{TABLE}/schema"
        return self._read(await self._call("GET", path, self._schemas), wire.SchemaAnswer).version

    async def start(self, query: Query) -> Job:
        """Ask for a job.  The same query gives the same job while that lives."""
        path = f"/dap/query/{NAMESPACE}/table/{TABLE}/data"
        return self._job(await self._call("POST", path, self._starts, query.body()))

    async def job(self, job_id: str) -> Job:
        """How a job is; ``DapError`` of type ``NotFound`` when it has expired."""
        # An id is a server's word: it is one step of the path and nothing more.
        path = f"/dap/job/{quote(job_id, safe='')}"
        return self._job(await self._call("GET", path, self._polls))

    async def ended(self, job: Job, told: Callable[[Job], None]) -> Job:
        """Poll a job until it is complete or failed; ``told`` hears of every look."""
        fixed = _poll_seconds()
        seconds = _FIRST_POLL if fixed is None else fixed
        while not job.ended:
            told(job)
            await self.patience.sleep(seconds)
            job = await self.job(job.id)
            if fixed is None:
                seconds = min(seconds * _POLL_GROWTH, _MOST_POLL)
        told(job)
        return job

    async def download(self, object_id: str, path: Path, told: Told) -> None:
        """Bring a file of a job to ``path``; see :func:`logsleuth.sources.download.download`."""
        await download(self._files, lambda: self.object_url(object_id), path, self.patience, told)

    async def object_url(self, object_id: str) -> httpx.URL:
        """A fresh address of a file.  It is a secret, good for about 15 minutes."""
        body = [{"id": object_id}]
        answer = await self._call("POST", "/dap/object/url", self._urls, body)
        found = self._read(answer, wire.UrlsAnswer).urls.get(object_id)
        if found is None:
            raise DapError(f"{self.host} gave no address for a file of its job; try again later.")
        try:
            return http.parsed(found.url)
        except httpx.InvalidURL:
            raise DapError(f"{self.host} gave an address that is none; try again later.") from None

    # One call

    async def _call(self, method: str, path: str, pace: Pace, body: Any = None) -> httpx.Response:
        answer = await self._ask(method, path, pace, body)
        if answer.status_code == 401:
            self._token = None
            answer = await self._ask(method, path, pace, body)
        if not answer.is_success:
            raise self._problem(answer)
        return answer

    async def _ask(self, method: str, path: str, pace: Pace, body: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            token = await self._access()
            await pace.turn()
            return await http.whole(
                self._client,
                method,
                self._home.copy_with(path=path),
                json=body,
                headers={"Authorization": f"Bearer {token.reveal()}"},
            )

        return await self.patience.ask(send, self._home)

    async def _access(self) -> Secret:
        """The access token, renewed when it is about to end."""
        async with self._logging_in:
            if self._token is None or self._now() > self._token_ends:
                asked = self._now()
                answer = await self.patience.ask(self._log_in, self._home)
                if 400 <= answer.status_code < 500 and answer.status_code != 429:
                    raise DapError(f"{wire.REFUSED}.", "AuthenticationError")
                if not answer.is_success:
                    raise self._problem(answer)
                given = self._read(answer, wire.TokenAnswer)
                if not (given.access_token.isascii() and given.access_token.isprintable()):
                    raise DapError(f"{self.host} gave a token that is none; try again later.")
                self._token = Secret(given.access_token)
                early = min(_RENEW_SECONDS, given.expires_in / 2)
                self._token_ends = asked + given.expires_in - early
            return self._token

    def _log_in(self) -> Awaitable[httpx.Response]:
        client_id, secret = self._login
        return http.whole(
            self._client,
            "POST",
            self._home.copy_with(path="/ids/auth/login"),
            data={"grant_type": "client_credentials"},
            auth=(client_id, secret.reveal()),
        )

    # Answers

    def _read(self, answer: httpx.Response, shape: type[T]) -> T:
        return wire.read(answer, shape, self.host)

    def _job(self, answer: httpx.Response) -> Job:
        return self._read(answer, wire.JobAnswer).job(self._hidden)

    def _problem(self, answer: httpx.Response) -> DapError:
        return wire.problem(answer, self.host, self._hidden)

    @property
    def _hidden(self) -> Sequence[Secret]:
        """What a server's words must not repeat."""
        return [self._login[1], *([self._token] if self._token else [])]


def _poll_seconds() -> float | None:
    try:
        return max(0.0, float(os.environ[POLL_SECONDS]))
    except (KeyError, ValueError):
        return None
