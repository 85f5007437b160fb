"""A DAP that keeps a made-up log, behaves as its reference says, and fails when told to.

The log is a list of commits: rows and deletions in the order of their ``meta.ts``.  Jobs are
reused while they live, take a few looks to be done, expire with their files; addresses of
files live for a while and are refused after it.  Time is the stand-in's own: :attr:`now`.
"""

import base64
import gzip
import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import unquote

from logsleuth.model import times
from standins.serving import Answer, Asked, Serving

CLIENT_ID = "us-east-1#canary-client"
SECRET = "canary-client-secret-5d2f"
"""In no file, message or log may this appear, nor anything else that holds ``canary-``."""

KEPT = 30 * times.DAY
JOB_LIFE = times.DAY
URL_LIFE = 15 * times.MINUTE
LIMITS = {"start": 5, "job": 500, "tables": 5, "schema": 500, "url": 200}
"""Calls a minute, each kind on its own."""

Row = dict[str, Any]
Where = Literal["login", "start", "job", "url", "file"]


def error(status: int, type_: str, **extra: Any) -> Answer:
    """An error as DAP words it."""
    said = {"type": type_, "uuid": str(uuid.uuid4()), "message": "made up", **extra}
    return _json(status, {"error": said})


def page(status: int, **headers: str) -> Answer:
    """What a gateway says instead of DAP."""
    return Answer(
        status,
        b"<html><body>canary-gateway-page</body></html>",
        {"Content-Type": "text/html", **headers},
    )


@dataclass
class Commit:
    """A row, or a deletion, as it came into the log at ``at`` (microseconds)."""

    at: int
    row: Row

    @property
    def id(self) -> str:
        return str(self.row["key"]["id"])


@dataclass
class _Job:
    id: str
    body: dict[str, str]
    born: int
    objects: dict[str, bytes]
    looks: int
    end: str
    failed: bool = False


@dataclass
class Fault:
    """What happens instead, at one kind of call: ``answer`` gets the answer that would have
    been given, and gives another.  ``skip`` calls pass before it, ``count`` meet it."""

    where: Where
    answer: Callable[[Answer], Answer]
    skip: int = 0
    count: int = 1


@dataclass
class StandIn:
    """The service; ``with StandIn(...) as dap`` starts it, at ``dap.url``.

    ``file_rows`` rows go into a file; ``looks`` is how often a job is asked for before it is
    done.  ``two_members``: files are gzip files of two members.  ``twice``: each third row is
    delivered twice.  ``token_uses``: calls for which a token is good.
    ``failing``: every job fails.
    """

    log: list[Commit] = field(default_factory=list)
    now: int = times.parse("2026-10-20T12:00:00Z")
    file_rows: int = 50
    looks: int = 2
    two_members: bool = False
    twice: bool = False
    names: str = "{job}/part-{n:05d}.json.gz"
    forbidden: frozenset[str] = frozenset()
    snapshot_first: bool = False
    token_uses: int = 10**9
    ranges: bool = True
    chunked: bool = False
    faults: list[Fault] = field(default_factory=list)
    failing: bool = False
    certificate: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        self.jobs: dict[str, _Job] = {}
        self.calls: Counter[str] = Counter()
        self.bodies: list[dict[str, str]] = []
        self._tokens: dict[str, int] = {}
        self._urls: dict[str, tuple[str, str, int]] = {}
        self._lock = threading.Lock()
        self.serving = Serving(self._answer, self.certificate)
        self.files = Serving(self._answer, self.certificate)
        self.fetched: Counter[str] = Counter()
        """How often each file was given, whole or its rest."""
        self.delivered: set[str] = set()
        """Ids of rows that were in some job: one deleted before that is delivered to nobody."""
        self.too_often: list[str] = []
        """Calls beyond a limit of the reference."""
        self._times: dict[str, list[int]] = {}

    @property
    def url(self) -> str:
        return self.serving.url

    def __enter__(self) -> Self:
        self.serving.__enter__()
        self.files.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.serving.__exit__(*error)
        self.files.__exit__(*error)

    def commit(self, rows: Iterable[Row]) -> None:
        """Let rows come into the log; ``meta.ts`` says when."""
        self.log += [Commit(times.parse(row["meta"]["ts"]), row) for row in rows]
        self.log.sort(key=lambda one: one.at)

    def newest(self) -> dict[str, Row]:
        """The newest state of every id: what a cache should hold."""
        return {one.id: one.row for one in self.log}

    # Calls

    def _answer(self, asked: Asked) -> Answer:
        with self._lock:
            where, answer = self._route(asked)
            self.calls[where] += 1
            self._count(where)
            self.seen()
            for fault in self.faults:
                if fault.where == where and fault.count:
                    if fault.skip:
                        fault.skip -= 1
                    else:
                        fault.count -= 1
                        return fault.answer(answer)
            if where == "file" and answer.status in (200, 206):
                self.fetched[self._urls[asked.query["sig"][0]][1]] += 1
            return answer

    def seen(self) -> None:
        """Called at each call; for those who want to know."""

    def _count(self, where: str) -> None:
        made = self._times.setdefault(where, [])
        made.append(self.now)
        limit = LIMITS.get(where)
        if limit and sum(self.now - one < times.MINUTE for one in made) > limit:
            self.too_often.append(where)

    def _route(self, asked: Asked) -> tuple[str, Answer]:
        if asked.path == "/ids/auth/login":
            return "login", self._login(asked)
        if asked.path.startswith("/files/"):
            return "file", self._file(asked)
        if not self._allowed(asked):
            return "refused", error(401, "AuthenticationError")
        table = "/dap/query/canvas_logs/table"
        if asked.path == table:
            return "tables", _json(200, {"tables": ["web_logs"]})
        if asked.path == f"{table}/web_logs/schema":
            return "schema", _json(200, {"schema": _SCHEMA, "version": 1})
        if asked.path == f"{table}/web_logs/data" and asked.method == "POST":
            return "start", self._start(json.loads(asked.body))
        if asked.path.startswith("/dap/job/"):
            return "job", self._look(unquote(asked.path.removeprefix("/dap/job/")))
        if asked.path == "/dap/object/url" and asked.method == "POST":
            return "url", self._sign(json.loads(asked.body))
        return "unknown", error(404, "NotFound", id=asked.path, kind="table")

    def _login(self, asked: Asked) -> Answer:
        given = asked.headers.get("authorization", "")
        right = "Basic " + base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
        if given != right or b"grant_type=client_credentials" not in asked.body:
            return Answer(400, b'{"error": "invalid_client"}')
        token = _token(self.now)
        self._tokens[token] = self.token_uses
        return _json(
            200,
            {"access_token": token, "expires_in": 3600, "scope": "dap", "token_type": "Bearer"},
        )

    def _allowed(self, asked: Asked) -> bool:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0) <= 0:
            return False
        self._tokens[token] -= 1
        return True

    # Jobs

    def _start(self, body: dict[str, str]) -> Answer:
        self.bodies.append(body)
        since, until = body.get("since"), body.get("until")
        kind = "snapshot" if since is None else "incremental"
        if kind in self.forbidden:
            return error(403, "RequestTypeForbidden")
        if since is not None:
            oldest = times.iso(self.now - KEPT)
            if times.parse(since) < self.now - KEPT:
                return error(400, "OutOfRange", since=oldest, until=None)
            if self.snapshot_first:
                return error(400, "SnapshotRequired", since=oldest, until=None)
        else:
            self.snapshot_first = False
        for job in self.jobs.values():
            if job.body == body and self.now < job.born + JOB_LIFE:
                return self.described(job)
        found = self._make(body, since, until)
        self.jobs[found.id] = found
        return self.described(found)

    def _make(self, body: dict[str, str], since: str | None, until: str | None) -> _Job:
        name = str(uuid.uuid4())
        first = self.now - KEPT if since is None else times.parse(since)
        last = self.now if until is None else times.parse(until)
        newest = {one.id: one for one in self.log}
        chosen = [one for one in self.log if first <= one.at <= last]
        if since is None:
            chosen = [one for one in newest.values() if one.row["meta"]["action"] != "D"]
        # What changed again later is delivered by the later query only.
        chosen = [one for one in chosen if newest[one.id] is one or newest[one.id].at <= last]
        rows = [one.row for one in chosen]
        self.delivered |= {one.id for one in chosen if one.row["meta"]["action"] == "U"}
        if self.twice:
            rows = [*rows, *rows[::3]]
        objects = {}
        for n, place in enumerate(range(0, len(rows), self.file_rows)):
            part = rows[place : place + self.file_rows]
            objects[self.names.format(job=name, n=n)] = self._packed(part)
        newest_commit = max((one.at for one in self.log if one.at <= self.now), default=first)
        end = until or times.iso(max(first, newest_commit))
        return _Job(
            name, body, self.now, objects, self.looks, times.iso(self.now) if since is None else end
        )

    def _packed(self, rows: Sequence[Row]) -> bytes:
        lines = [json.dumps(row).encode() + b"\n" for row in rows]
        if not self.two_members:
            return gzip.compress(b"".join(lines))
        half = len(lines) // 2
        return gzip.compress(b"".join(lines[:half])) + gzip.compress(b"".join(lines[half:]))

    def _look(self, name: str) -> Answer:
        job = self.jobs.get(name)
        if job is None or self.now >= job.born + JOB_LIFE:
            return error(404, "NotFound", id=name, kind="job")
        job.looks -= 1
        return self.described(job)

    def described(self, job: _Job) -> Answer:
        said: dict[str, Any] = {
            "id": job.id,
            "status": "complete",
            "expires_at": times.iso(job.born + JOB_LIFE),
        }
        if job.looks > 0:
            said["status"] = "waiting" if job.looks > 1 else "running"
            return _json(202, said)
        if job.failed or self.failing:
            said["status"] = "failed"
            said["error"] = {"type": "ProcessingError", "uuid": "u-1", "message": "made up"}
            return _json(200, said)
        said |= {"objects": [{"id": name} for name in job.objects], "schema_version": 1}
        if "since" in job.body:
            said |= {"since": job.body["since"], "until": job.end}
        else:
            said["at"] = job.end
        return _json(200, said)

    def forget(self) -> None:
        """Let every job expire."""
        with self._lock:
            self.jobs.clear()

    # Files

    def _sign(self, body: list[dict[str, str]]) -> Answer:
        urls = {}
        for one in body:
            job = next((job for job in self.jobs.values() if one["id"] in job.objects), None)
            if job is None:
                return error(404, "NotFound", id=one["id"], kind="object")
            signature = f"canary-{uuid.uuid4()}"
            self._urls[signature] = job.id, one["id"], self.now + URL_LIFE
            name = f"part-{len(self._urls):05d}.json.gz"
            urls[one["id"]] = {"url": f"{self.files.url}/files/{name}?sig={signature}"}
        return _json(200, {"urls": urls})

    def _file(self, asked: Asked) -> Answer:
        known = self._urls.get(asked.query.get("sig", [""])[0])
        if "authorization" in asked.headers:
            return Answer(400, b"<Error><Code>InvalidArgument</Code></Error>")
        if known is None or known[2] < self.now or known[0] not in self.jobs:
            return Answer(403, b"<Error><Code>AccessDenied</Code>canary-expired</Error>")
        content = self.jobs[known[0]].objects[known[1]]
        wanted = asked.headers.get("range", "")
        if not wanted or not self.ranges:
            return Answer(200, content, chunked=self.chunked)
        first = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if first >= len(content):
            return Answer(416, headers={"Content-Range": f"bytes */{len(content)}"})
        where = f"bytes {first}-{len(content) - 1}/{len(content)}"
        return Answer(206, content[first:], {"Content-Range": where}, chunked=self.chunked)

    # What can be told to happen

    def let_expire(self) -> None:
        """Let the addresses of files that were given out be good no longer."""
        with self._lock:
            self._urls = {name: (one, two, 0) for name, (one, two, _) in self._urls.items()}


_SCHEMA = {
    "type": "object",
    "properties": {"meta": {}, "key": {}, "value": {}},
}


def _json(status: int, value: Any) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _token(now: int) -> str:
    """A token in the form of a JWT, as DAP gives: the official client reads ``exp``."""

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = part({"exp": 4_000_000_000, "iat": now // times.SECOND})
    return f"{part({'alg': 'none'})}.{claims}.canary-{uuid.uuid4()}"
