"""A stand-in for Canvas: accounts, course audit, users and keys over real HTTP.

It answers as canvas-lms does: events newest first, ``Link`` headers with bookmarks, whole
seconds, an account's own courses only, and the error bodies of ``data/canvas_rest_errors.json``.
"""

import json
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlencode

from logsleuth.model import clock, times
from standins.serving import Answer, Asked, Serving

TOKEN = "7~canary0TokenOfNobody1234567890abcdef"
"""What opens the stand-in, and what no file, log or message may ever hold."""

ERRORS = json.loads((Path(__file__).parent.parent / "data" / "canvas_rest_errors.json").read_text())
MOST = 100
ROOT = 1


@dataclass
class Change:
    """A course event as Canvas keeps it; ``at`` is microseconds, at a whole second."""

    number: int
    at: int
    course: int = 5001
    account: int = ROOT
    user: int | None = 202
    type: str = "updated"
    source: str = "manual"
    data: Any = field(default_factory=dict)
    page_view: str | None = None
    links: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(uuid.UUID(int=(0xE << 124) + self.number))


@dataclass
class StandIn:
    """Canvas's data, and how it misbehaves.

    ``page``: most on one page.  ``faults``: names from :data:`FAULTS` (or ``None``), one for
    each of the next requests of the audit API.  ``old_bookmarks``: a bookmark is only the
    second of the last change, and the next page begins ``below`` it or ``at`` it.
    ``ends_in_circle``: the last page links to itself.  ``arriving``: changes that come to be,
    one with each page served, at that moment.  ``elsewhere``: another server, for links and
    redirects.  ``string_ids``: ids in links are texts.  ``hidden``: courses and accounts that are
    answered with 404.
    """

    changes: list[Change] = field(default_factory=list)
    accounts: dict[int, tuple[int | None, str]] = field(
        default_factory=lambda: {ROOT: (None, "University")}
    )
    users: dict[int, dict[str, Any]] = field(default_factory=dict)
    courses: dict[int, dict[str, Any]] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    page_views: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    page: int = MOST
    faults: deque[str | None] = field(default_factory=deque)
    old_bookmarks: Literal["", "below", "at"] = ""
    ends_in_circle: bool = False
    string_ids: bool = False
    arriving: list[Change] = field(default_factory=list)
    elsewhere: str = ""
    home: str = ""
    allowance: str = "700.0"

    def serve(self) -> Serving:
        """A server of this stand-in; use it in ``with``."""
        serving = Serving(self.answer)
        self.home = serving.url
        return serving

    # Answers

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") is None:
            return refused("unauthenticated")
        if asked.headers["authorization"] != f"Bearer {TOKEN}":
            return refused("bad_token")
        parts = asked.path.removeprefix("/api/v1/").split("/")
        match parts:
            case ["users", number]:
                thing = self.users.get(101 if number == "self" else int(number))
            case ["courses", number]:
                thing = self._course(unquote(number))
            case ["accounts", number]:
                thing = self._account(ROOT if number == "self" else int(number))
            case ["accounts", number, "sub_accounts"]:
                return self._listed(asked, self._below(int(number)))
            case ["accounts", _, "developer_keys"]:
                return self._listed(asked, self.keys)
            case ["audit", "course", ("courses" | "accounts") as scope, number]:
                return self._audit(asked, scope, int(number))
            case _:
                thing = None
        return self._json(thing) if thing else refused("not_found")

    def _course(self, given: str) -> dict[str, Any] | None:
        """A course by its id, or as ``sis_course_id:ABC``."""
        word, _, sis = given.partition(":")
        if word == "sis_course_id":
            found = (one for one in self.courses.values() if one.get("sis_course_id") == sis)
            return next(found, None)
        return self.courses.get(int(given))

    def _json(self, body: Any, link: str | None = None) -> Answer:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Request-Cost": "0.41",
            "X-Rate-Limit-Remaining": self.allowance,
        }
        if link:
            headers["Link"] = link
        return Answer(200, json.dumps(body).encode(), headers)

    def _account(self, number: int) -> dict[str, Any] | None:
        if number not in self.accounts:
            return None
        parent, name = self.accounts[number]
        return {"id": number, "name": name, "parent_account_id": parent, "sis_account_id": None}

    def _below(self, number: int) -> list[dict[str, Any]]:
        found = []
        for child, (parent, _) in self.accounts.items():
            if parent == number:
                found += [self._account(child), *self._below(child)]
        return [one for one in found if one]

    def _listed(self, asked: Asked, things: list[dict[str, Any]]) -> Answer:
        """A listing in numbered pages."""
        number, size = int(asked.query.get("page", ["1"])[0]), self._size(asked)
        start, end = (number - 1) * size, number * size
        link = None
        if end < len(things):
            link = f'<{self._url(asked, page=str(number + 1))}>; rel="next"'
        return self._json(things[start:end], link)

    def _size(self, asked: Asked) -> int:
        return min(int(asked.query.get("per_page", ["10"])[0]), self.page, MOST)

    def _url(self, asked: Asked, **changed: str) -> str:
        query = {name: values[0] for name, values in asked.query.items()} | changed
        return f"{self.home}{asked.path}?{urlencode(query)}"

    # Course audit

    def _audit(self, asked: Asked, scope: str, number: int) -> Answer:
        fault = self.faults.popleft() if self.faults else None
        if fault and fault not in LINK_FAULTS:
            return FAULTS[fault](self, asked)
        if number in self.hidden:
            return refused("not_found")
        found = [
            change
            for change in self.changes
            if (change.course if scope == "courses" else change.account) == number
            and self._within(change, asked)
        ]
        if self.arriving:
            change = self.arriving.pop()
            change.at = clock.now_us() // times.SECOND * times.SECOND
            self.changes.append(change)
        found.sort(key=lambda change: (change.at, change.id), reverse=True)
        found = self._from_bookmark(found, asked)
        shown, rest = found[: self._size(asked)], found[self._size(asked) :]
        following = None
        if rest:
            following = self._url(asked, page=f"bookmark:{self._bookmark(shown[-1])}")
        elif self.ends_in_circle:
            following = f"{self.home}{asked.target}"
        if fault == "repeated_next":
            following = f"{self.home}{asked.target}"
        if fault == "next_elsewhere":
            following = f"{self.elsewhere}{asked.target}"
        first = self._url(asked, page="first")
        links = [f'<{first}>; rel="current"', f'<{first}>; rel="first"']
        if following:
            links.insert(1, f'<{following}>; rel="next"')
        return self._json(self._document(shown), ",".join(links))

    @staticmethod
    def _within(change: Change, asked: Asked) -> bool:
        """Both ends included, at whole seconds; a time that cannot be read is ignored."""
        since, until = asked.query.get("start_time"), asked.query.get("end_time")
        try:
            return not (
                (since and change.at < times.parse(since[0]))
                or (until and change.at > times.parse(until[0]))
            )
        except ValueError:
            return True

    def _bookmark(self, last: Change) -> str:
        place = [last.at] if self.old_bookmarks else [last.at, last.id]
        return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")

    def _from_bookmark(self, found: list[Change], asked: Asked) -> list[Change]:
        page = asked.query.get("page", [""])[0]
        if not page.startswith("bookmark:"):
            return found
        packed = page.removeprefix("bookmark:")
        place = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        if self.old_bookmarks == "at":
            return [change for change in found if change.at <= place[0]]
        if self.old_bookmarks == "below":
            return [change for change in found if change.at < place[0]]
        return [change for change in found if [change.at, change.id] < place]

    def _document(self, shown: list[Change]) -> dict[str, Any]:
        views = [self.page_views[c.page_view] for c in shown if c.page_view in self.page_views]
        users = {c.user: self.users[c.user] for c in shown if c.user in self.users}
        courses = {c.course: self.courses[c.course] for c in shown if c.course in self.courses}
        return {
            "links": {"events.course": None, "events.user": None, "events.sis_batch": None},
            "events": [self._event(change) for change in shown],
            "linked": {
                "page_views": views,
                "courses": list(courses.values()),
                "users": list(users.values()),
            },
        }

    def _event(self, change: Change) -> dict[str, Any]:
        links = {
            "course": change.course,
            "page_view": change.page_view,
            "user": change.user,
            "sis_batch": None,
            **change.links,
        }
        if self.string_ids:
            links = {name: None if one is None else str(one) for name, one in links.items()}
        return {
            "id": change.id,
            "created_at": times.iso_seconds(change.at),
            "event_type": change.type,
            "event_source": change.source,
            "event_data": change.data,
            "links": links,
        }


def refused(kind: str) -> Answer:
    """An error as ``data/canvas_rest_errors.json`` has it."""
    found = ERRORS[kind]
    body = found.get("body_text")
    content = body.encode() if body is not None else json.dumps(found["body"]).encode()
    return Answer(found["status"], content, dict(found.get("headers", {})))


def _elsewhere(standin: StandIn, asked: Asked) -> Answer:
    return Answer(302, b"", {"Location": f"{standin.elsewhere}{asked.target}"})


FAULTS: dict[str, Callable[[StandIn, Asked], Answer]] = {
    "throttled_403": lambda *_: refused("throttled_source"),
    "throttled_429": lambda *_: refused("throttled_documented"),
    "told_to_wait": lambda *_: Answer(429, b"", {"Retry-After": "3"}),
    "server_error": lambda *_: Answer(502, b"<html>Bad Gateway</html>"),
    "maintenance": lambda *_: Answer(503, b"<html>Canvas is down</html>"),
    "cut": lambda *_: Answer(200, b'{"links": {}, "events": [', length=9000, cut=20),
    "hung_up": lambda *_: Answer(200, b"", length=10, cut=0),
    "redirect": _elsewhere,
}
"""What a request may meet instead of its answer."""

LINK_FAULTS = ("repeated_next", "next_elsewhere")
"""What may be wrong with the link of an answer."""
