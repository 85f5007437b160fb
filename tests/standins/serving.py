"""A real HTTP server on loopback for stand-ins, which can also fail in every way.

A stand-in gives a function from :class:`Asked` to :class:`Answer`.  Every request that the
server saw is kept, so that a test can say who was sent what.
"""

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    target: str
    """Path and query as they were sent."""


@dataclass
class Answer:
    """What the server sends back.

    ``cut``: bytes of the body after which the connection is closed.  ``stall``: bytes of
    the body after which nothing more is sent until ``go_on`` is set (or the server stops).
    ``length``: a Content-Length of one's own, right or wrong.  ``chunked``: no
    Content-Length, chunks of 1,000 bytes.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    stall: int | None = None
    go_on: threading.Event = field(default_factory=threading.Event)
    length: int | None = None
    chunked: bool = False


class Serving:
    """The server, while the ``with`` block runs; ``url`` is where it listens.

    ``certificate``: paths of a PEM certificate and its key, for https.
    """

    def __init__(
        self,
        answer: Callable[[Asked], Answer],
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> "Serving":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, where: tuple[str, int], serving: Serving) -> None:
        self.serving = serving
        super().__init__(where, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True  # head and body are written apart; neither waits
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Keep the output of tests clean."""

    def _handle(self) -> None:
        serving = self.server.serving
        parts = urlsplit(self.path)
        asked = Asked(
            self.command,
            parts.path,
            parse_qs(parts.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            self.path,
        )
        serving.asked.append(asked)
        self._send(serving.answer(asked), serving.stopped)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _handle  # noqa: N815 (the base class's names)

    def _send(self, answer: Answer, stopped: threading.Event) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        body = answer.body
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header(
                "Content-Length", str(len(body) if answer.length is None else answer.length)
            )
        self.end_headers()
        stops = [place for place in (answer.cut, answer.stall) if place is not None]
        first = body[: min(stops)] if stops else body
        self._write(first, answer.chunked)
        if answer.cut is not None:
            self.close_connection = True
            return
        if answer.stall is not None:
            self.wfile.flush()
            while not answer.go_on.wait(0.02):
                if stopped.is_set():
                    self.close_connection = True
                    return
            self._write(body[len(first) :], answer.chunked)
        if answer.chunked:
            self.wfile.write(b"0\r\n\r\n")
        elif answer.length is not None and answer.length != len(body):
            self.close_connection = True

    def _write(self, body: bytes, chunked: bool) -> None:
        if not chunked:
            self.wfile.write(body)
            return
        for place in range(0, len(body), 1000):
            part = body[place : place + 1000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
