"""HTTP to Canvas and DAP: one kind of client for both, with what goes wrong in words.

TLS is always verified and redirects are never followed.  The Authorization header goes to
the configured server and to nobody else, and no address is ever logged or shown with its
query: that of a pre-signed file is a secret.
"""

import asyncio
import logging
import os
import random
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx

from logsleuth import __version__
from logsleuth.model import clock, times
from logsleuth.sources import limits
from logsleuth.sources.errors import SourceError

ALLOW_LOOPBACK = "LOGSLEUTH_ALLOW_LOOPBACK_HTTP"
"""Environment variable: ``1`` allows plain http to this machine, for tests."""

CONNECT_SECONDS = 20.0
STALL_SECONDS = 60.0
"""A connection on which nothing came for so long is given up."""

ANSWER_SECONDS = 300.0
"""An answer that is not whole by then is given up, however steadily it drips."""

LARGEST_ANSWER = limits.LARGEST_DOCUMENT
"""Unpacked bytes of one answer; a page of 100 events has about 100 kB.  Files are no answers."""

LONGEST_WAIT = 900.0
"""Seconds that a server may ask us to wait; whoever asks for more is asked later."""
_FIRST_WAIT, _MOST_WAIT = 1.0, 60.0
_THROTTLED_WAIT = 30.0
"""Seconds to wait after a 429 that names none, as DAP's own client does."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine; only these are kept from every proxy."""

_AGAIN = frozenset({429, 500, 502, 503, 504})

# Both write whole addresses, and with them the signatures of pre-signed files.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

Sleep = Callable[[float], Awaitable[None]]
Tell = Callable[[str], None]


class HttpError(SourceError):
    """A server that cannot be used: one sentence that says which and why, without secrets."""


def address(text: str, setting: str) -> httpx.URL:
    """The address of a server as the user gave it in ``setting``.

    Raises ``HttpError`` if it is none, carries a name or password, or is neither https nor
    an allowed loopback address.
    """
    try:
        url = parsed(text.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    if not url.host or url.userinfo:
        raise HttpError(
            f"{setting} is not the address of a server; give it as https://canvas.example.edu."
        )
    if not allowed(url):
        raise HttpError(
            f"{setting} names {url.host} over {url.scheme}; only https is used, so that nobody on"
            " the way can read the token."
        )
    return url


def parsed(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """An address that a server gave, seen from ``base``; ``httpx.InvalidURL`` if it is none."""
    try:
        url = httpx.URL(text) if base is None else base.join(text)
        url.host  # noqa: B018  (only now is a name in Punycode read)
    except UnicodeError as error:
        raise httpx.InvalidURL("its host is no name") from error
    return url


def allowed(url: httpx.URL) -> bool:
    """Whether an address may be asked at all: https, or plain http to an allowed loopback."""
    if url.scheme == "https":
        return bool(url.host)
    plain = url.scheme == "http" and url.host in _LOOPBACK
    return plain and os.environ.get(ALLOW_LOOPBACK) == "1"


def same_server(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two addresses have one scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"https": 443, "http": 80}.get(url.scheme)


def client(home: httpx.URL | None, *, stall_seconds: float = STALL_SECONDS) -> httpx.AsyncClient:
    """A client that sends an Authorization header to ``home`` only; to nobody for ``None``.

    It raises ``HttpError`` before anything is sent that must not be sent.
    """

    async def guard(request: httpx.Request) -> None:
        if not allowed(request.url):
            raise HttpError(
                f"An address on {request.url.host or 'no host'} is not https; it was not asked."
            )
        if "authorization" in request.headers and not (home and same_server(request.url, home)):
            raise HttpError(
                f"{request.url.host} is not the configured server; it was not sent the token."
            )

    made = httpx.AsyncClient(
        verify=_trust(),
        follow_redirects=False,
        timeout=httpx.Timeout(stall_seconds, connect=CONNECT_SECONDS, pool=None),
        headers={"User-Agent": f"logsleuth/{__version__}"},
        event_hooks={"request": [guard]},
        # A proxy is for the world outside, never for this machine.
        mounts={f"all://{httpx.URL(host=host).netloc.decode()}": None for host in _LOOPBACK},
    )
    made.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return made


def _trust() -> ssl.SSLContext:
    """Verification by the usual certificates.

    SSLKEYLOGFILE, which Python heeds, would write to a file what opens the token's connection.
    """
    context = httpx.create_ssl_context()
    context.keylog_filename = None  # type: ignore[assignment]  # (None ends it, as in CPython)
    return context


async def whole(
    client: httpx.AsyncClient, method: str, url: httpx.URL, **more: Any
) -> httpx.Response:
    """Ask, and hold the whole answer, unpacked; ``more`` is what ``client.stream`` takes.

    Raises ``HttpError`` for one that is too large or packed in an odd way, and
    ``httpx.ReadTimeout`` for one that takes too long.
    """
    try:
        async with asyncio.timeout(ANSWER_SECONDS), client.stream(method, url, **more) as response:
            packed = response.headers.get_list("Content-Encoding", split_commas=True)
            if len(packed) > 1:
                # Each unpacking may make a thousand bytes of one.
                raise HttpError(
                    f"{url.host} answered in something packed {len(packed)} times over; it was"
                    " not taken in."
                )
            content = bytearray()
            async for block in response.aiter_bytes():
                content += block
                if len(content) > LARGEST_ANSWER:
                    raise HttpError(
                        f"{url.host} answered with more than {LARGEST_ANSWER >> 20} MiB; it was"
                        " not taken in."
                    )
    except TimeoutError as error:
        raise httpx.ReadTimeout("the answer does not end") from error
    # With the headers of the encoded body, httpx would decode it a second time.
    kept = [
        (name, value)
        for name, value in response.headers.multi_items()
        if name.lower() not in {"content-encoding", "transfer-encoding", "content-length"}
    ]
    return httpx.Response(
        response.status_code, headers=kept, content=bytes(content), request=response.request
    )


def in_words(error: httpx.HTTPError | httpx.InvalidURL, url: httpx.URL) -> str:
    """What went wrong on the way to a server, in words that hold no address beyond its host."""
    host = url.host
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {host} is not trusted ({cause.verify_message})"
        cause = cause.__cause__ or cause.__context__
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return f"{host} could not be reached"
        case httpx.TimeoutException():
            return f"{host} stopped answering"
        case httpx.NetworkError() | httpx.RemoteProtocolError():
            return f"the connection to {host} broke off"
        case httpx.ProxyError():
            return f"the proxy on the way to {host} refused"
    return f"the connection to {host} failed ({type(error).__name__})"


def retry_after(response: httpx.Response) -> float | None:
    """Seconds that a ``Retry-After`` header asks for: a number, or a date; else ``None``."""
    given = response.headers.get("Retry-After", "").strip()
    if given.isdecimal() and given.isascii():
        return float(given)
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (times.to_us(moment) - clock.now_us()) / times.SECOND)


def wait_again(response: httpx.Response) -> bool:
    """Whether an answer means: the same question may be answered later."""
    return response.status_code in _AGAIN


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and after what pauses, something is tried again.

    ``tell`` gets each problem in words; ``sleep`` waits (tests put another in its place).
    """

    sleep: Sleep = asyncio.sleep
    tell: Tell = lambda _words: None
    tries: int = 6

    async def ask(
        self,
        send: Callable[[], Awaitable[httpx.Response]],
        url: httpx.URL,
        *,
        again: Callable[[httpx.Response], bool] = wait_again,
    ) -> httpx.Response:
        """Send until there is an answer that ``again`` does not turn down.

        After the last try a turned down answer is returned as it is, for the caller to put
        in words; a connection that never worked raises ``HttpError``.
        """
        for turn in range(self.tries):
            final = turn + 1 == self.tries
            response = None
            try:
                response = await send()
            except httpx.HTTPError as error:
                problem = in_words(error, url)
                if final:
                    raise HttpError(f"{_sentence(problem)}; try again later.") from error
            else:
                if final or not again(response):
                    return response
                problem = f"{url.host} answered {response.status_code}"
            await self.pause(problem, turn, response)
        raise AssertionError("the last try returns or raises")

    async def pause(self, problem: str, turn: int, response: httpx.Response | None = None) -> None:
        """Wait before try number ``turn + 1``: as long as the server asks, or ever longer.

        Raises ``HttpError`` if the server asks for more than :data:`LONGEST_WAIT`.
        """
        asked = None if response is None else retry_after(response)
        if asked is not None and asked > LONGEST_WAIT:
            raise HttpError(
                f"{_sentence(problem)} and asks to be left alone for {asked / 60:,.0f} minutes;"
                " try again after that."
            )
        if asked is None and response is not None and response.status_code == 429:
            asked = _THROTTLED_WAIT
        if asked is None:
            asked = min(_FIRST_WAIT * 2**turn, _MOST_WAIT) * random.uniform(0.75, 1.25)
        self.tell(f"{_sentence(problem)}; trying again in {asked:.0f} s")
        await self.sleep(asked)


class Pace:
    """At most so many calls in any 60 seconds, over all tasks that share it."""

    def __init__(
        self,
        calls: int,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._calls = calls
        self._sleep = sleep
        self._now = now
        self._made: deque[float] = deque(maxlen=calls)
        self._turns = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until one more call keeps within the limit, and count it."""
        async with self._turns:
            while (
                len(self._made) == self._calls and (left := self._made[0] + 60.0 - self._now()) > 0
            ):
                await self._sleep(left)
            self._made.append(self._now())


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] if words.startswith("the ") else words
