"""The Canvas REST API: course audit, accounts, and what things are called.

One answer is one :class:`Answer`, with its bytes as received.  Pages follow each other by
``Link: <…>; rel="next"``, verbatim, on the configured server only.  What Canvas answers when
it refuses or is too busy: canvas-lms ``lib/api.rb`` and the docs on throttling; both forms
that were ever in use are understood.
"""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Literal
from urllib.parse import quote

import httpx

from logsleuth.model import clock, times
from logsleuth.model.secret import Secret
from logsleuth.sources import http
from logsleuth.sources.canvas_answers import (
    Answer,
    ElsewhereError,
    date,
    number,
    refusal,
    throttled,
)
from logsleuth.sources.http import HttpError, Patience

PAGE = 100
"""Events or objects a page; Canvas lowers more than this in silence."""

EMPTY_PAGES = 100
"""So many pages without anything on them, each naming a next one, are no listing."""

_LOW_LEVEL, _LEAK, _LONGEST_REST = 100.0, 10.0, 30.0
"""Below so much of the allowance left we rest; Canvas gives about so much back a second."""

Scope = Literal["course", "account"]
_AUDITS = {"course": "courses", "account": "accounts"}


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

    async def thing(self, kind: Literal["user", "course", "account"], given: int | str) -> Answer:
        """The object of a user, a course or an account, with its name.

        ``given`` is its id, or what Canvas takes in its place: ``sis_course_id:ABC`` for its
        SIS id, ``self`` for the root account of the configured address.
        """
        # A text is one step of the path, whatever it holds.
        step = quote(str(given), safe=":")
        return await self.ask(self._at(f"{kind}s/{step}"), f"{kind} {given}")

    async def account(self, given: int | str) -> Answer:
        """An account object; see :meth:`thing`."""
        return await self.thing("account", given)

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
            raise refusal(response, place.host, what)
        if response.content.lstrip()[:1] not in {b"{", b"["}:
            raise HttpError(
                f"{place.host} answered no JSON for {what}: a proxy, or a page of another"
                " program; is CANVAS_API_URL right?"
            )
        await self._rest(response)
        return Answer(
            str(place),
            response.content,
            asked_at,
            date(response),
            response.links.get("next", {}).get("url"),
        )

    def _place(self, url: str, what: str) -> httpx.URL:
        try:
            place = http.parsed(url, self.address)
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
        return await http.whole(self._client, "GET", place, headers=headers)

    async def _rest(self, response: httpx.Response) -> None:
        """Wait a little where the allowance runs low, before Canvas has to refuse."""
        left = number(response.headers.get("X-Rate-Limit-Remaining"))
        if left is None or left >= _LOW_LEVEL:
            return
        cost = number(response.headers.get("X-Request-Cost")) or 0.0
        seconds = (_LOW_LEVEL - left + cost) / _LEAK
        await self._patience.sleep(min(max(seconds, 0.0), _LONGEST_REST))


def _again(response: httpx.Response) -> bool:
    return http.wait_again(response) or throttled(response)
