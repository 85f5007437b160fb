"""The Canvas REST API: course audit, accounts, and what things are called.

One answer is one :class:`Answer`, with its bytes as received.  Pages follow each other by
``Link: <…>; rel="next"``, verbatim, on the configured server only.  What Canvas answers when
it refuses or is too busy: canvas-lms ``lib/api.rb`` and the docs on throttling; both forms
that were ever in use are understood.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Literal

import httpx
import msgspec

from logsleuth.model import clock, times
from logsleuth.model.secret import Secret
from logsleuth.sources import http
from logsleuth.sources.http import HttpError, Patience

PAGE = 100
"""Events or objects a page; Canvas lowers more than this in silence."""

LARGEST = 64 << 20
"""Bytes of one answer; a page of 100 events has about 100 kB."""

EMPTY_PAGES = 100
"""So many pages without anything on them, each naming a next one, are no listing."""

_LOW_LEVEL, _LEAK, _LONGEST_REST = 100.0, 10.0, 30.0
"""Below so much of the allowance left we rest; Canvas gives about so much back a second."""

Scope = Literal["course", "account"]
_AUDITS = {"course": "courses", "account": "accounts"}


class TokenRefusedError(HttpError):
    """Canvas got no token, or one that it does not accept: no other question will do better."""


class NotPermittedError(HttpError):
    """The token is good, but its user may not see this."""


class NotThereError(HttpError):
    """Canvas knows no such thing, or says so to hide one of another institution."""


class ElsewhereError(HttpError):
    """A link or a redirect leads to another server, which is not asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Canvas answered: bytes as received, where from, and by whose clock when.

    ``asked_at`` is when the question was sent by our clock, ``date`` when Canvas answered by
    its own (microseconds).  ``following`` is the link to the next page; it is not checked
    before it is followed.
    """

    url: str
    content: bytes
    asked_at: int
    date: int | None
    following: str | None

    def objects(self) -> list[dict[str, object]]:
        """The JSON objects of an answer that is one or a list of them; ``HttpError`` if not."""
        try:
            loaded = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HttpError(f"{_host(self.url)} answered with what is no JSON document.") from error
        found = loaded if isinstance(loaded, list) else [loaded]
        return [one for one in found if isinstance(one, dict)]


class Canvas:
    """Canvas at one address, asked with one token, one question after the other or a few at
    a time; use it in ``async with``.

    Every method raises an ``HttpError`` whose sentence names what was asked for.
    """

    def __init__(
        self,
        address: str,
        token: Secret,
        *,
        patience: Patience | None = None,
        stall_seconds: float = http.STALL_SECONDS,
    ) -> None:
        self.address = http.address(address, "CANVAS_API_URL")
        self._token = token
        self._patience = patience or Patience()
        self._client = http.client(self.address, stall_seconds=stall_seconds)

    async def __aenter__(self) -> "Canvas":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    # What can be asked

    def course_changes(
        self, scope: Scope, number: int, since: int, until: int, per_page: int = PAGE
    ) -> str:
        """Where changes of a course, or of an account's own courses, are listed, the newest
        first; ``since`` and ``until`` (microseconds) are included, at whole seconds."""
        # Canvas ignores a time that it cannot read, and then answers without bounds: this
        # form it can.
        return self._at(
            f"audit/course/{_AUDITS[scope]}/{number}",
            start_time=times.iso_seconds(since),
            end_time=times.iso_seconds(until),
            per_page=per_page,
        )

    async def user(self, number: int | Literal["self"]) -> Answer:
        """The user object of an id, or of the token's own user."""
        return await self.ask(self._at(f"users/{number}"), f"user {number}")

    async def thing(self, kind: Literal["user", "course", "account"], number: int) -> Answer:
        """The object of a user, a course or an account, with its name."""
        return await self.ask(self._at(f"{kind}s/{number}"), f"{kind} {number}")

    async def account(self, number: int | Literal["self"]) -> Answer:
        """An account object; ``self`` is the root account of the configured address."""
        return await self.ask(self._at(f"accounts/{number}"), f"account {number}")

    def sub_accounts(self, number: int) -> AsyncIterator[Answer]:
        """Pages of all accounts below one, however deep."""
        url = self._at(f"accounts/{number}/sub_accounts", recursive="true", per_page=PAGE)
        return self.pages(url, f"the sub-accounts of account {number}")

    def developer_keys(self, number: int, *, inherited: bool) -> AsyncIterator[Answer]:
        """Pages of the developer keys of a root account, or of those it has from above."""
        url = self._at(
            f"accounts/{number}/developer_keys",
            inherited="true" if inherited else "false",
            per_page=PAGE,
        )
        return self.pages(url, f"the developer keys of account {number}")

    async def pages(self, url: str, what: str) -> AsyncIterator[Answer]:
        """The pages of a listing to its end; a link that comes again ends it."""
        seen: set[str] = set()
        following: str | None = url
        while following is not None and following not in seen:
            seen.add(following)
            answer = await self.ask(following, what)
            yield answer
            following = answer.following

    # Asking

    def _at(self, path: str, **params: str | int) -> str:
        return str(self.address.copy_with(path=f"/api/v1/{path}", params=params))

    async def ask(self, url: str, what: str) -> Answer:
        """One answer, asked for with patience; ``what`` names it in what goes wrong.

        ``url`` may come from a ``Link`` header: ``ElsewhereError`` if it leads away from the
        configured server.
        """
        place = self._place(url, what)
        asked_at = clock.now_us()
        response = await self._patience.ask(lambda: self._send(place), place, again=_again)
        if not response.is_success:
            raise self._refusal(response, what)
        if response.content.lstrip()[:1] not in {b"{", b"["}:
            raise HttpError(
                f"{place.host} answered no JSON for {what}: a proxy, or a page of another"
                " program; is CANVAS_API_URL right?"
            )
        await self._rest(response)
        return Answer(
            url,
            response.content,
            asked_at,
            _date(response),
            response.links.get("next", {}).get("url"),
        )

    def _place(self, url: str, what: str) -> httpx.URL:
        try:
            place = self.address.join(url)
        except httpx.InvalidURL as error:
            raise ElsewhereError(
                f"{self.address.host} names a next page of {what} that is no address."
            ) from error
        if not http.same_server(place, self.address) or place.userinfo:
            raise ElsewhereError(
                f"{self.address.host} says that {what} goes on at"
                f" {place.scheme}://{place.netloc.decode('ascii', 'replace')}, which is not the"
                " configured server; it was not asked, and no token was sent there."
            )
        return place

    async def _send(self, place: httpx.URL) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {self._token.reveal()}",
            "Accept": "application/json",
        }
        async with self._client.stream("GET", place, headers=headers) as response:
            content = bytearray()
            async for block in response.aiter_bytes():
                content += block
                if len(content) > LARGEST:
                    raise HttpError(
                        f"{place.host} answered with more than {LARGEST >> 20} MiB where a page"
                        " was expected; it was not taken in."
                    )
        # With the headers of the encoded body, httpx would decode it a second time.
        kept = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name.lower() not in {"content-encoding", "transfer-encoding", "content-length"}
        ]
        return httpx.Response(
            response.status_code, headers=kept, content=bytes(content), request=response.request
        )

    async def _rest(self, response: httpx.Response) -> None:
        """Wait a little where the allowance runs low, before Canvas has to refuse."""
        left = _number(response.headers.get("X-Rate-Limit-Remaining"))
        if left is None or left >= _LOW_LEVEL:
            return
        cost = _number(response.headers.get("X-Request-Cost")) or 0.0
        seconds = (_LOW_LEVEL - left + cost) / _LEAK
        await self._patience.sleep(min(max(seconds, 0.0), _LONGEST_REST))

    def _refusal(self, response: httpx.Response, what: str) -> HttpError:
        """What an answer that gives nothing means, as an error of its own kind."""
        host, status = self.address.host, response.status_code
        if _throttled(response):
            return HttpError(f"{host} lets us ask no more for now; try again in some minutes.")
        if status == 401 and _says(response, '"unauthenticated"'):
            return TokenRefusedError(
                f"{host} saw no access token with the question for {what}; does a proxy take it"
                " away, or is CANVAS_API_URL the address of something else?"
            )
        if status in {401, 403} and _says(response, '"unauthorized"', "not authorized"):
            return NotPermittedError(
                f"{host} does not let the token's user see {what}; ask an administrator of"
                " Canvas for the permission (course changes: 'View course change logs')."
            )
        if status == 401:
            return TokenRefusedError(
                f"{host} does not accept the access token (CANVAS_API_TOKEN): it is wrong, has"
                " expired or was deleted; make a new one in Canvas."
            )
        if status == 403:
            return NotPermittedError(f"{host} forbids the token's user to see {what} (403).")
        if status == 404:
            return NotThereError(f"{host} knows no {what}.")
        if response.is_redirect:
            return ElsewhereError(
                f"{host} sends the question for {what} on to"
                f" {_target(response)}; redirects are not followed, so that the token reaches no"
                " other server. Is CANVAS_API_URL right?"
            )
        return HttpError(f"{host} answered {status} for {what}; try again later.")


def _again(response: httpx.Response) -> bool:
    return http.wait_again(response) or _throttled(response)


def _throttled(response: httpx.Response) -> bool:
    """403 with a text in canvas-lms, 429 in its documentation."""
    return response.status_code == 429 or (
        response.status_code == 403 and _says(response, "rate limit exceeded")
    )


def _says(response: httpx.Response, *phrases: str) -> bool:
    text = response.content[:4096].decode("utf-8", "replace").lower()
    return any(phrase in text for phrase in phrases)


def _target(response: httpx.Response) -> str:
    """Scheme and host of a redirect, which is all of it that may be shown."""
    try:
        place = response.url.join(response.headers.get("Location", ""))
    except httpx.InvalidURL:
        return "no address"
    return f"{place.scheme}://{place.netloc.decode('ascii', 'replace')}"


def _date(response: httpx.Response) -> int | None:
    """The server's clock, in microseconds."""
    try:
        moment = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return times.to_us(moment) if moment.tzinfo is not None else None


def _number(text: str | None) -> float | None:
    """A finite number of a header."""
    try:
        found = float(text) if text is not None else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < 1e9 else None


def _host(url: str) -> str:
    return httpx.URL(url).host
