"""What a request is: a plain-English label, a kind, and whether it was automatic."""

from dataclasses import dataclass

ROUTES_VERSION = 1


@dataclass(frozen=True, slots=True)
class Route:
    """``automatic``: sent by page or app by itself; ``None`` where that cannot be told."""

    label: str
    kind: str
    automatic: bool | None


def classify(method: str | None, controller: str | None, action: str | None, path: str) -> Route:
    """The label, kind and automatic mark of a request; ``path`` has no query."""
    return Route("", "other", None)


def about_user(url: str | None) -> int | None:
    """The account in the path or query of a URL: whose grades, inbox, profile."""
    return None
