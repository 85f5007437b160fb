"""What a request is: a plain-English label, a kind, and whether it was automatic.

The knowledge is in ``route_table.tsv`` beside this file, one route a line.  Controller,
action and method decide; the path only where they leave a choice (a quiz page and a quiz
attempt are both ``quizzes/quizzes#show``).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from urllib.parse import parse_qsl, unquote

from logsleuth.model.ids import parse_id
from logsleuth.model.weblog import UNSPECIFIED

ROUTES_VERSION = 1
"""Goes up with every change of the table: kinds are computed at import and kept."""

KINDS = (
    "foreground",
    "background",
    "change",
    "grade",
    "participation",
    "masquerade",
    "credential",
    "login",
    "bulk",
    "investigation",
    "opaque",
    "other",
)

_OVERRIDABLE = frozenset({"PUT", "PATCH", "DELETE"})
"""Methods that a browser form sends as POST, with the real one in its body."""


@dataclass(frozen=True, slots=True)
class Route:
    """``automatic``: sent by page or app by itself; ``None`` where that cannot be told."""

    label: str
    kind: str
    automatic: bool | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table: ``pattern`` has ``None`` where any one segment may stand."""

    method: str
    path: str
    pattern: tuple[str | None, ...]
    controller: str
    action: str
    route: Route

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/")

    def takes(self, method: str | None) -> bool:
        """Whether the method is the rule's, or may stand for it in the log."""
        if self.method in ("ANY", method):
            return True
        return method == "POST" and not self.api and self.method in _OVERRIDABLE

    def fits(self, segments: list[str]) -> bool:
        """Whether the path has the rule's shape."""
        return len(segments) == len(self.pattern) and all(
            want is None or want == got for want, got in zip(self.pattern, segments, strict=True)
        )


UNKNOWN = Route("", "other", None)
"""A request without a rule: nothing is claimed about it."""

_AUTOMATIC = {"yes": True, "no": False, "unknown": None}


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """The table, in its order."""
    text = files("logsleuth.model").joinpath("route_table.tsv").read_text(encoding="utf-8")
    found = []
    for line in text.splitlines()[1:]:
        method, path, controller, action, kind, automatic, label = line.split("\t")
        pattern = tuple(None if part.startswith(":") else part for part in _segments(path))
        route = Route(label, kind, _AUTOMATIC[automatic])
        found.append(Rule(method, path, pattern, controller, action, route))
    return tuple(found)


def classify(method: str | None, controller: str | None, action: str | None, path: str) -> Route:
    """The label, kind and automatic mark of a request; ``path`` has no query."""
    if controller is None or controller == UNSPECIFIED:
        return _by_path(method, path)
    fitting = _fitting(method, controller, action, path.startswith("/api/"))
    if len(fitting) == 1:
        return fitting[0].route
    segments = _segments(path)
    for rule in fitting:
        if rule.fits(segments):
            return rule.route
    return fitting[0].route if fitting else UNKNOWN


def describe(method: str | None, controller: str | None, action: str | None, url: str) -> str:
    """The label of a request, with what its query says about acting as somebody else."""
    path, _, query = url.partition("?")
    label = classify(method, controller, action, path).label
    asked = dict(parse_qsl(query, keep_blank_values=True))
    if "stop_acting_as_user" in asked or asked.get("become_user_id") == "me":
        return "stopped acting as another user"
    if "become_user_id" in asked:
        return "followed a link to act as another user"
    if "as_user_id" in asked:
        return f"{label or 'made a request'}, acting as another user through the API"
    return label


_PERSON_IN_PATH = re.compile(
    r"/(?:users|grades|students|graders|admins|about|extensions"
    r"|assignments/[^/]+/submissions|custom_gradebook_columns/[^/]+/data)"
    r"/([0-9]+(?:(?:~|%7E)[0-9]+)?)(?=[/.?]|\Z)",
    re.ASCII | re.IGNORECASE,
)
_PERSON_IN_QUERY = re.compile(
    r"[?&](?:user_id|student_id|as_user_id|become_user_id)=([0-9]+(?:(?:~|%7E)[0-9]+)?)(?=&|\Z)",
    re.ASCII | re.IGNORECASE,
)


def about_user(url: str | None) -> int | None:
    """The account in the path or query of a URL: whose grades, inbox, profile.

    The path speaks first.  ``self`` is nobody in particular, and a SIS id is no account
    id; the last id of a quiz submission is no person either.
    """
    if not url:
        return None
    path, mark, _ = url.partition("?")
    found = _PERSON_IN_PATH.search(path)
    if found is None and mark:
        found = _PERSON_IN_QUERY.search(url, len(path))
    return parse_id(unquote(found[1])) if found else None


_DIGITLESS = tuple(
    re.compile(pattern.pattern.replace("[0-9]+", "[0-9]*"), re.ASCII | re.IGNORECASE)
    for pattern in (_PERSON_IN_PATH, _PERSON_IN_QUERY)
)


def may_be_about(shape: str) -> bool:
    """Whether :func:`about_user` can find somebody in a URL that is ``shape`` but for digits."""
    return any(pattern.search(shape) for pattern in _DIGITLESS)


def depends_on_path(
    method: str | None, controller: str | None, action: str | None, api: bool
) -> bool:
    """Whether :func:`classify` looks at more of a path than whether it is of the API."""
    if controller is None or controller == UNSPECIFIED:
        return True
    return len(_fitting(method, controller, action, api)) > 1


@lru_cache(maxsize=4096)
def _fitting(
    method: str | None, controller: str, action: str | None, api: bool
) -> tuple[Rule, ...]:
    """Rules of a controller's action, those that name the method before those that a
    form's POST may stand for; one alone where all say the same."""
    fitting = [
        rule
        for rule in rules()
        if rule.controller == controller
        and rule.action == action
        and rule.api == api
        and rule.takes(method)
    ]
    fitting.sort(key=lambda rule: rule.method not in ("ANY", method))
    if len({rule.route for rule in fitting}) == 1:
        return (fitting[0],)
    return tuple(fitting)


@lru_cache(maxsize=1)
def _by_shape() -> dict[tuple[str, int], tuple[Rule, ...]]:
    """Rules by first segment and number of segments, the most literal ones first."""
    found: dict[tuple[str, int], list[Rule]] = {}
    for rule in rules():
        found.setdefault((rule.pattern[0] or "", len(rule.pattern)), []).append(rule)
    return {
        shape: tuple(sorted(group, key=lambda rule: rule.pattern.count(None)))
        for shape, group in found.items()
    }


def _by_path(method: str | None, path: str) -> Route:
    """A request that names no controller: its path is a hint, and no page was served."""
    segments = _segments(path)
    for rule in _by_shape().get((segments[0], len(segments)), ()):
        if rule.method in ("ANY", method) and rule.fits(segments):
            if rule.route.kind == "foreground":
                return UNKNOWN
            return Route(rule.route.label, rule.route.kind, rule.route.automatic or None)
    return UNKNOWN


def _segments(path: str) -> list[str]:
    """``/courses/5.json`` as ``["courses", "5"]``."""
    return path.strip("/").removesuffix(".json").split("/")
