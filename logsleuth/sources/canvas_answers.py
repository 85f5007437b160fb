"""What Canvas answers: a page, or one of the many ways to refuse.

The error bodies are those of canvas-lms (``lib/api.rb`` and the throttle's own text); a
proxy in between may answer anything.
"""

import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from logsleuth.model import times
from logsleuth.sources.http import HttpError, parsed


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
            loaded = json.loads(self.content)
        except (ValueError, RecursionError) as error:
            host = httpx.URL(self.url).host
            raise HttpError(f"{host} answered with what is no JSON document.") from error
        found = loaded if isinstance(loaded, list) else [loaded]
        return [one for one in found if isinstance(one, dict)]


def refusal(response: httpx.Response, host: str, what: str) -> HttpError:
    """What an answer that gives nothing means, as an error of its own kind."""
    status = response.status_code
    if throttled(response):
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
        return NotThereError(f"{host} knows nothing of {what} (404).")
    if response.is_redirect:
        return ElsewhereError(
            f"{host} sends the question for {what} on to"
            f" {_target(response)}; redirects are not followed, so that the token reaches no"
            " other server. Is CANVAS_API_URL right?"
        )
    return HttpError(f"{host} answered {status} for {what}; try again later.")


def throttled(response: httpx.Response) -> bool:
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
        place = parsed(response.headers.get("Location", ""), response.url)
    except httpx.InvalidURL:
        return "no address"
    return f"{place.scheme}://{place.netloc.decode('ascii', 'replace')}"


def date(response: httpx.Response) -> int | None:
    """The server's clock, in microseconds."""
    try:
        moment = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return times.to_us(moment) if moment.tzinfo is not None else None


def number(text: str | None) -> float | None:
    """A finite number of a header."""
    try:
        found = float(text) if text is not None else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < 1e9 else None
